"""Who is hashed next, and who is told that there is no room."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access.turns import Turns
from healer.model import ChargerId

CP, CP2, CP3 = (ChargerId(f"CP-{number}") for number in (1, 2, 3))


class Queue:
    """Those who take turns, and the order in which they had them."""

    def __init__(self, **bounds: int) -> None:
        self.turns = Turns(**bounds)
        self.had: list[str] = []
        self.refused: list[str] = []
        self.running: list[ChargerId] = []
        self._go: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str, charger: ChargerId = CP, place: str = "", *, preferred: bool = False) -> None:
        self._go[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._take(name, charger, place or name, preferred))
        await settle()

    async def _take(self, name: str, charger: ChargerId, place: str, preferred: bool) -> None:
        async with self.turns.take(charger, place, preferred=preferred) as taken:
            if not taken:
                self.refused.append(name)
                return
            self.had.append(name)
            self.running.append(charger)
            try:
                await self._go[name].wait()
            finally:
                self.running.remove(charger)

    async def finish(self, *names: str) -> None:
        for name in names or list(self.tasks):
            self._go[name].set()
            await settle()


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


async def test_one_at_a_time_for_each_charger_and_two_in_all() -> None:
    queue = Queue()
    for name, charger in (("a", CP), ("b", CP), ("c", CP2), ("d", CP3)):
        await queue.join(name, charger)
    assert queue.had == ["a", "c"]
    await queue.finish("c")
    assert queue.had == ["a", "c", "d"]
    await queue.finish("a")
    assert queue.had == ["a", "c", "d", "b"]
    await queue.finish()


async def test_each_address_is_heard_in_its_turn() -> None:
    queue = Queue(at_once=1, of_place=9)
    for name, place in (("a", "x"), ("x1", "x"), ("x2", "x"), ("x3", "x"), ("y1", "y"), ("z1", "z")):
        await queue.join(name, place=place)
    await queue.finish()
    assert queue.had == ["a", "x1", "y1", "z1", "x2", "x3"]


async def test_who_comes_from_where_a_right_key_was_shown_comes_first_and_has_room_of_its_own() -> None:
    queue = Queue(at_once=1, waiting=2, reserved=1)
    for name in ("a", "b", "c", "d"):
        await queue.join(name)
    await queue.join("ours", preferred=True)
    await queue.join("ours too", preferred=True)
    assert queue.refused == ["d", "ours too"]
    await queue.finish("a")
    assert queue.had == ["a", "ours"]
    await queue.finish()


async def test_neither_a_charger_nor_an_address_takes_all_the_room() -> None:
    queue = Queue(of_charger=3, of_place=2)
    for name, place in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "x"), ("e", "y"), ("f", "z")):
        await queue.join(name, place=place)
    assert queue.refused == ["d", "f"]
    await queue.join("other", CP2, "x")
    assert queue.had == ["a", "other"]
    await queue.finish()


async def test_who_gives_up_makes_room_waiting_or_not() -> None:
    queue = Queue(at_once=1, waiting=1)
    await queue.join("a")
    await queue.join("b")
    queue.tasks["b"].cancel()
    queue.tasks["a"].cancel()
    await settle()
    await queue.join("c")
    assert (queue.had, queue.refused) == (["a", "c"], [])
    await queue.finish()
    await asyncio.gather(*queue.tasks.values(), return_exceptions=True)


@given(st.lists(st.tuples(st.sampled_from("jfc"), st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=60))
def test_in_whatever_order_they_come_go_and_give_up_nobody_is_forgotten(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    async def story() -> None:
        queue = Queue(waiting=5, of_charger=3)
        for number, (step, charger, place, preferred) in enumerate(steps):
            names = list(queue.tasks)
            if step == "j" or not names:
                await queue.join(str(number), ChargerId(str(charger)), str(place), preferred=preferred)
            elif step == "f":
                await queue.finish(names[(4 * charger + place) % len(names)])
            else:
                queue.tasks[names[(4 * charger + place) % len(names)]].cancel()
                await asyncio.sleep(0)
            assert len(queue.running) <= 2
            assert len(set(queue.running)) == len(queue.running)
        await queue.finish()
        await settle()
        assert all(task.done() for task in queue.tasks.values())
        assert not queue.turns._waiting
        assert not queue.turns._busy

    asyncio.run(story())
