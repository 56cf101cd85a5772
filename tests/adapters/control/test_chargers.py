"""What can be asked and told of chargers on the control socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from healer.fleet.enrolment import AdmissionSettings, Decision, UnknownChargers
from healer.fleet.inventory import Inventory, Placement, Site
from healer.model import ChargerId
from tests.adapters.control.line import ask, serving
from tests.bench import Bench, placements

PENDING = AdmissionSettings(UnknownChargers.PENDING)
SIGNED = {"author": "ada", "reason": "seen on site"}


def held() -> Bench:
    """A and B are listed, B is away; N waits."""
    bench = Bench.make(inventory=placements("A", "B"), admission=PENDING)
    bench.arrive("A")
    bench.connect("N")
    bench.boot("N")
    return bench


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "healer.sock"


async def test_chargers_are_listed_with_what_they_are(path: Path) -> None:
    async with serving(path, held()):
        status, body = await ask(path, "GET", "/chargers")
    assert (status, body["next"]) == (200, None)
    assert [(one["charger"], one["membership"], one["connected"]) for one in body["chargers"]] == [
        ("A", "member", True),
        ("B", "member", False),
        ("N", "pending", True),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?pending=1", ["N"]),
        ("?offline=1", ["B"]),
        ("?site=Depot", ["A", "B"]),
        ("?site=Nowhere", []),
        ("?limit=2", ["A", "B"]),
        ("?limit=2&after=B", ["N"]),
        ("?limit=1&after=A", ["B"]),
    ],
)
async def test_a_list_is_filtered_and_paged(path: Path, query: str, found: list[str]) -> None:
    async with serving(path, held()):
        _, body = await ask(path, "GET", f"/chargers{query}")
    assert [one["charger"] for one in body["chargers"]] == found


async def test_the_next_page_begins_behind_the_last_of_this_one(path: Path) -> None:
    async with serving(path, held()):
        _, first = await ask(path, "GET", "/chargers?limit=2")
        _, last = await ask(path, "GET", f"/chargers?limit=2&after={first['next']}")
    assert (first["next"], last["next"]) == ("B", None)


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", "%C2%B2", "9999999999"])
async def test_a_limit_that_is_none_is_refused(path: Path, limit: str) -> None:
    async with serving(path):
        status, body = await ask(path, "GET", f"/chargers?limit={limit}")
    assert (status, body["detail"]) == (400, "limit is a number from 1 to 1000")


async def test_one_charger_is_shown(path: Path) -> None:
    bench = Bench.make(inventory=placements("Depot/1"))
    bench.arrive("Depot/1")
    async with serving(path, bench):
        status, body = await ask(path, "GET", "/chargers/Depot%2F1")
    assert (status, body["charger"], body["identity"]["vendor"]) == (200, "Depot/1", "Acme")


async def test_a_charger_nobody_knows_is_not_found(path: Path) -> None:
    async with serving(path):
        assert (await ask(path, "GET", "/chargers/X"))[0] == 404
        assert (await ask(path, "POST", "/chargers/X/clear", json=SIGNED))[0] == 404


async def test_a_person_approves_a_charger(path: Path) -> None:
    bench = held()
    async with serving(path, bench):
        said = {**SIGNED, "site": "Depot", "tags": ["bus", "ac", "bus"]}
        status, body = await ask(path, "POST", "/chargers/N/approve", json=said)
    assert (status, body) == (200, {"approved": True})
    enrolment = bench.engine.roster.enrolments[ChargerId("N")]
    assert (enrolment.decision, enrolment.author, enrolment.reason) == (Decision.APPROVED, "ada", "seen on site")
    assert (enrolment.site, enrolment.tags, enrolment.at) == ("Depot", ("ac", "bus"), bench.now)
    assert bench.connected("N")


async def test_a_person_rejects_a_charger(path: Path) -> None:
    bench = held()
    async with serving(path, bench):
        assert await ask(path, "POST", "/chargers/N/reject", json=SIGNED) == (200, {"rejected": True})
        _, body = await ask(path, "GET", "/chargers")
    assert not bench.engine.roster.is_welcome(ChargerId("N"))
    assert body["chargers"][-1] | {"last_seen_at": 0} == {
        "charger": "N",
        "membership": "refused",
        "site": None,
        "connected": False,
        "vendor": None,
        "model": None,
        "firmware": None,
        "last_seen_at": 0,
        "incidents": 0,
    }


async def test_a_decision_that_would_change_nothing_is_refused(path: Path) -> None:
    listed = Inventory({"Depot": Site("Depot")}, {ChargerId("A"): Placement(ChargerId("A"), "Depot")})
    async with serving(path, Bench.make(inventory=listed)):
        status, body = await ask(path, "POST", "/chargers/A/reject", json=SIGNED)
        assert (status, "the inventory lists it" in body["detail"]) == (409, True)
        status, body = await ask(path, "POST", "/chargers/N/approve", json={**SIGNED, "site": "Depto"})
        assert (status, "there is no site Depto" in body["detail"]) == (409, True)


@pytest.mark.parametrize(
    "more", [{"site": 5}, {"site": " "}, {"site": "a\nb"}, {"tags": "bus"}, {"tags": ["a b"]}, {"tags": ["x"] * 21}]
)
async def test_a_place_that_is_none_is_refused(path: Path, more: dict[str, object]) -> None:
    bench = held()
    async with serving(path, bench):
        assert (await ask(path, "POST", "/chargers/N/approve", json={**SIGNED, **more}))[0] == 400
    assert bench.engine.roster.enrolments == {}


async def test_a_name_with_control_characters_is_no_charger(path: Path) -> None:
    async with serving(path):
        assert (await ask(path, "POST", "/chargers/%1B%5B2J/approve", json=SIGNED))[0] == 400


async def test_a_person_clears_a_charger(path: Path) -> None:
    bench = Bench.make()
    bench.arrive("Depot/1")
    bench.status("Depot/1", 1, "Faulted", "GroundFailure")
    bench.status("Depot/1", 1, "Available")
    assert bench.engine.chargers[ChargerId("Depot/1")].latches
    async with serving(path, bench):
        assert await ask(path, "POST", "/chargers/Depot%2F1/clear", json=SIGNED) == (200, {"cleared": True})
    assert not bench.engine.chargers[ChargerId("Depot/1")].latches


async def test_a_charger_that_still_reports_its_fault_is_not_cleared(path: Path) -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    async with serving(path, bench):
        status, body = await ask(path, "POST", "/chargers/A/clear", json=SIGNED)
    assert (status, "still reports" in body["detail"]) == (409, True)
    assert bench.engine.chargers[ChargerId("A")].latches


@pytest.mark.parametrize("order", ["clear", "approve", "reject"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"author": "ada"}', b'{"author": "ada", "reason": " "}', b'{"author": 1, "reason": "x"}'],
)
async def test_an_order_without_author_and_reason_does_nothing(path: Path, order: str, body: bytes) -> None:
    bench = held()
    async with serving(path, bench):
        status, said = await ask(path, "POST", f"/chargers/N/{order}", data=body)
    assert (status, said["title"]) == (400, "not done")
    assert bench.engine.roster.enrolments == {}
