"""What each charger may show, and when the new key takes over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from healer.adapters.access import passwords
from healer.adapters.access.credentials import Credentials, Effort, Override, Verdict
from healer.adapters.access.hashing import Hashing
from healer.adapters.access.passwords import PasswordVerifier
from healer.adapters.access.secret import Secret
from healer.model import ChargerId

OURS = Secret(b"s" * 32)
CP, CP2 = ChargerId("CP-1"), ChargerId("CP-2")
OLD, NEW = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


def kept(key: str) -> str:
    return str(passwords.key_verifier(key, OURS))


def kept_slowly(password: bytes) -> str:
    return str(PasswordVerifier(2, 1, 1, b"salt", OURS.digest("test", password)))


class Keys:
    """Credentials with a hash that is not slow, and what they told."""

    def __init__(self) -> None:
        self.hashed = 0
        self.shown: list[ChargerId] = []
        self.hashing = Hashing(OURS, scrypt=self._hash)
        self.all = Credentials(OURS, self.hashing, on_pending_shown=lambda charger, _: self.shown.append(charger))

    def _hash(self, password: bytes, _: PasswordVerifier) -> bytes:
        self.hashed += 1
        return OURS.digest("test", password)

    async def check(self, shown: str, effort: Effort = Effort.NORMAL) -> Verdict:
        return await self.all.check(CP, shown.encode(), effort)


@pytest.fixture
def keys() -> Iterator[Keys]:
    found = Keys()
    yield found
    found.hashing.close()


async def test_nothing_is_known_of_a_charger_that_nobody_gave_a_key(keys: Keys) -> None:
    assert not keys.all.known(CP)
    assert await keys.check(OLD) is Verdict.NOTHING_TO_CHECK


async def test_the_inventory_may_hold_the_key_itself_or_a_verifier(keys: Keys) -> None:
    for text in (OLD, OLD.upper(), kept(OLD)):
        assert keys.all.replace_listed({CP: text}) == {}
        assert keys.all.known(CP)
        assert (await keys.check(OLD), await keys.check(NEW)) == (Verdict.RIGHT, Verdict.WRONG)
    assert keys.hashed == 0


async def test_a_password_in_clear_costs_no_hashing(keys: Keys) -> None:
    keys.all.replace_listed({CP: "secret"})
    assert await keys.check("secret") is Verdict.RIGHT
    assert keys.hashed == 0


async def test_a_new_inventory_takes_the_place_of_the_one_before(keys: Keys) -> None:
    keys.all.replace_listed({CP: OLD, CP2: OLD})
    keys.all.replace_listed({CP: NEW})
    assert (await keys.check(OLD), await keys.check(NEW)) == (Verdict.WRONG, Verdict.RIGHT)
    assert not keys.all.known(CP2)


async def test_what_the_daemon_has_set_wins(keys: Keys) -> None:
    keys.all.replace_overrides({CP: Override(kept(NEW))})
    keys.all.replace_listed({CP: OLD})
    assert (await keys.check(OLD), await keys.check(NEW)) == (Verdict.WRONG, Verdict.RIGHT)
    keys.all.replace_overrides({})
    assert await keys.check(OLD) is Verdict.RIGHT


async def test_old_and_new_key_are_right_during_a_rotation_and_the_first_use_of_the_new_one_is_told(keys: Keys) -> None:
    keys.all.replace_listed({CP: OLD})
    keys.all.override(CP, Override(pending=(kept(NEW),)))
    assert await keys.check(OLD) is Verdict.RIGHT
    assert keys.shown == []
    assert [await keys.check(NEW) for _ in range(3)] == [Verdict.RIGHT] * 3
    assert keys.shown == [CP]
    assert await keys.check(OLD) is Verdict.RIGHT  # until the caller promotes it
    keys.all.override(CP, Override(kept(NEW)))
    assert (await keys.check(OLD), await keys.check(NEW)) == (Verdict.WRONG, Verdict.RIGHT)
    assert keys.shown == [CP]


async def test_each_rotation_is_told(keys: Keys) -> None:
    for key in (NEW, OLD):
        keys.all.override(CP, Override(pending=(kept(key),)))
        await keys.check(key)
    assert keys.shown == [CP, CP]


async def test_a_first_key_is_not_demanded_before_it_was_shown(keys: Keys) -> None:
    keys.all.override(CP, Override(pending=(kept(NEW),)))
    assert not keys.all.known(CP)
    assert await keys.check(NEW) is Verdict.RIGHT


async def test_a_right_new_key_does_not_wait_for_the_old_ones_scrypt(keys: Keys) -> None:
    keys.all.replace_overrides({CP: Override(kept_slowly(b"secret"), (kept(NEW),))})
    assert await keys.check(NEW) is Verdict.RIGHT
    assert keys.hashed == 0
    assert await keys.check("secret") is Verdict.RIGHT
    assert keys.hashed == 1


async def test_without_effort_only_what_is_remembered_is_right(keys: Keys) -> None:
    keys.all.replace_listed({CP: kept_slowly(b"secret")})
    assert await keys.check("secret", Effort.NONE) is Verdict.BUSY
    assert await keys.check("secret") is Verdict.RIGHT
    assert await keys.check("secret", Effort.NONE) is Verdict.RIGHT
    assert keys.hashed == 1


@pytest.mark.parametrize("text", ["", "scrypt$broken", "hmac-sha256$"])
async def test_a_broken_verifier_opens_no_door(keys: Keys, text: str) -> None:
    assert set(keys.all.replace_listed({CP: text})) == {CP}
    assert keys.all.known(CP)
    assert await keys.check(text) is Verdict.WRONG


async def test_an_override_is_never_clear_text(keys: Keys) -> None:
    assert set(keys.all.override(CP, Override(OLD))) == {CP}
    assert await keys.check(OLD) is Verdict.WRONG


def test_no_repr_shows_a_key() -> None:
    assert repr(Override(kept(OLD), (kept(NEW),))) == "Override()"


async def test_a_change_for_one_charger_does_not_look_at_the_keys_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rotations are thousands of looks, not millions."""
    looks: list[int] = []
    hashing = Hashing(OURS)
    monkeypatch.setattr(hashing, "forget_all_but", lambda kept: looks.append(len(kept)))
    every = Credentials(OURS, hashing)
    every.replace_overrides({ChargerId(f"CP-{number}"): Override(kept(OLD)) for number in range(1000)})
    assert len(looks) == 1
    for number in range(1000):
        every.override(ChargerId(f"CP-{number}"), Override(kept(NEW)))
    assert len(looks) == 1
    hashing.close()
