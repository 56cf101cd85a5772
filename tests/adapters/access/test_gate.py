"""Who is let in: the matrix of security profiles, rotation, certificates, failures."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access.credentials import Credentials, Override
from healer.adapters.access.gate import Expectation, Gate, basic_password
from healer.adapters.access.hashing import Hashing
from healer.adapters.access.passwords import PasswordVerifier, key_verifier
from healer.adapters.access.secret import Secret
from healer.adapters.access.throttle import Throttle
from healer.config.security import ClientIdentity, SecuritySettings
from healer.fleet.peer import Proof, Refusal
from healer.model import ChargerId, Seconds
from healer.ports import Admitted, Knock, Refused

OURS = Secret(b"s" * 32)
CP = ChargerId("CP-1")
KEY, NEW = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
WRONG = "wrong"
HERE = "192.0.2.1"
ANYBODY = Expectation()


def basic(password: str | bytes = KEY, user: str = "CP-1") -> str:
    raw = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user.encode() + b":" + raw).decode()


def certificate(name: str | None) -> dict[str, Any]:
    subject: tuple[tuple[tuple[str, str], ...], ...] = ((("organizationName", "Acme"),),)
    if name is not None:
        subject += ((("commonName", name),),)
    return {"subject": subject, "notAfter": "Jan  1 00:00:00 2030 GMT"}


class Door:
    """A gate whose clock stands still and whose answers do not wait, unless told to."""

    def __init__(self, expect: Callable[[ChargerId], Expectation | None], **settings: object) -> None:
        self.held_back: list[Seconds] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.hashing_goes_on = threading.Event()
        self.hashing_goes_on.set()
        self.hashed = 0
        self.now = 0.0
        self.rotated: list[ChargerId] = []
        self.hashing = Hashing(OURS, scrypt=self._hash)
        self.credentials = Credentials(
            OURS, self.hashing, on_pending_shown=lambda charger, _: self.rotated.append(charger)
        )
        self.throttle = Throttle(now=lambda: self.now, sleep=self._sleep)
        self.gate = Gate(
            SecuritySettings.model_validate(settings),
            expect=expect,
            credentials=self.credentials,
            throttle=self.throttle,
        )

    def _hash(self, password: bytes, _: PasswordVerifier) -> bytes:
        self.hashed += 1
        self.hashing_goes_on.wait(10)
        return OURS.digest("test", password)

    async def _sleep(self, seconds: Seconds) -> None:
        self.held_back.append(seconds)
        await self.answers.wait()

    async def knock(
        self,
        authorization: str | None = None,
        *,
        tls: bool = True,
        cert: Mapping[str, Any] | None = None,
        address: str = HERE,
        charger: ChargerId = CP,
        forwarded_for: tuple[str, ...] = (),
    ) -> Admitted | Refused:
        knock = Knock(address, tls, cert, authorization, forwarded_for=forwarded_for)
        return await self.gate.admit(charger, knock)


Make = Callable[..., Door]


@pytest.fixture
def door() -> Iterator[Make]:
    made: list[Door] = []

    def make(
        expected: Expectation | None = ANYBODY, *, keys: Mapping[str, str] | None = None, **settings: object
    ) -> Door:
        found = Door(lambda _: expected, **settings)
        found.credentials.replace_listed({ChargerId(charger): key for charger, key in (keys or {}).items()})
        made.append(found)
        return found

    yield make
    for one in made:
        one.hashing.close()


def outcome(found: Admitted | Refused) -> Proof | Refusal:
    return found.peer.proof if isinstance(found, Admitted) else found.reason


# --- profiles ---------------------------------------------------------------------------------------------------------

# profile, a key is known, TLS, what is shown -> what comes of it
MATRIX = [
    (0, False, False, None, Proof.NONE),
    (0, False, False, WRONG, Proof.NONE),
    (0, False, True, None, Proof.NONE),
    (0, True, False, None, Refusal.NO_CREDENTIALS),
    (0, True, False, WRONG, Refusal.WRONG_CREDENTIALS),
    (0, True, False, KEY, Proof.PASSWORD),
    (0, True, True, KEY, Proof.PASSWORD),
    (1, False, False, None, Refusal.NO_CREDENTIALS),
    (1, False, False, KEY, Refusal.WRONG_CREDENTIALS),
    (1, True, False, None, Refusal.NO_CREDENTIALS),
    (1, True, False, WRONG, Refusal.WRONG_CREDENTIALS),
    (1, True, False, KEY, Proof.PASSWORD),
    (2, True, False, KEY, Refusal.TLS_REQUIRED),
    (2, True, False, None, Refusal.TLS_REQUIRED),
    (2, False, True, KEY, Refusal.WRONG_CREDENTIALS),
    (2, True, True, None, Refusal.NO_CREDENTIALS),
    (2, True, True, WRONG, Refusal.WRONG_CREDENTIALS),
    (2, True, True, KEY, Proof.PASSWORD),
    (3, True, False, KEY, Refusal.TLS_REQUIRED),
    (3, True, True, KEY, Refusal.NO_CLIENT_CERTIFICATE),
    (3, False, True, None, Refusal.NO_CLIENT_CERTIFICATE),
]


@pytest.mark.parametrize(("profile", "known", "tls", "shown", "wanted"), MATRIX)
@pytest.mark.parametrize("of_all", [True, False], ids=["demanded of all", "of this charger"])
async def test_each_profile_demands_its_own(
    door: Make, profile: int, known: bool, tls: bool, shown: str | None, wanted: Proof | Refusal, of_all: bool
) -> None:
    subject = door(
        Expectation(security_profile=0 if of_all else profile),
        keys={CP: KEY} if known else {},
        profile=profile if of_all else 0,
    )
    found = await subject.knock(None if shown is None else basic(shown), tls=tls)
    assert outcome(found) == wanted
    assert found.peer.encrypted is tls


# profile, a key is known, expected serial, common name -> what comes of it without a password
CERTIFICATES = [
    (0, False, "SN-1", "SN-1", Proof.CERTIFICATE),
    (0, True, "SN-1", "SN-1", Proof.CERTIFICATE),
    (0, False, "SN-1", "SN-2", Proof.NONE),
    (0, True, "SN-1", "SN-2", Refusal.WRONG_CERTIFICATE),
    (0, True, None, "SN-1", Refusal.WRONG_CERTIFICATE),  # it may be that of another charger: the key decides
    (1, True, "SN-1", "SN-1", Proof.CERTIFICATE),
    (0, False, None, "SN-1", Proof.NONE),
    (2, False, None, "SN-1", Refusal.WRONG_CERTIFICATE),  # of our authority, but of which charger?
    (2, False, None, "CP-1", Proof.CERTIFICATE),
    (2, False, "SN-1", "SN-2", Refusal.WRONG_CERTIFICATE),
    (3, False, "SN-1", "SN-1", Proof.CERTIFICATE),
    (3, True, "SN-1", "SN-1", Proof.CERTIFICATE),
    (3, True, None, "SN-1", Refusal.WRONG_CERTIFICATE),
    (3, False, None, "SN-1", Refusal.WRONG_CERTIFICATE),
    (3, True, None, "CP-1", Proof.CERTIFICATE),
    (3, True, "SN-1", "sn-1", Refusal.WRONG_CERTIFICATE),
    (3, False, "SN-1", "CP-1", Refusal.WRONG_CERTIFICATE),
    (3, False, None, None, Refusal.WRONG_CERTIFICATE),
]


@pytest.mark.parametrize(("profile", "known", "serial", "name", "wanted"), CERTIFICATES)
async def test_a_certificate_proves_the_serial(
    door: Make, profile: int, known: bool, serial: str | None, name: str | None, wanted: Proof | Refusal
) -> None:
    subject = door(Expectation(serial=serial), keys={CP: KEY} if known else {}, profile=profile)
    found = await subject.knock(cert=certificate(name))
    assert found.peer.certificate_name == name
    assert found.peer.certificate_expires_at == 1_893_456_000
    assert outcome(found) == wanted


async def test_in_some_fleets_a_certificate_proves_the_identity(door: Make) -> None:
    subject = door(Expectation(serial="SN-1"), profile=3, client_identity=ClientIdentity.IDENTITY)
    assert outcome(await subject.knock(cert=certificate("CP-1"))) == Proof.CERTIFICATE
    assert outcome(await subject.knock(cert=certificate("SN-1"))) == Refusal.WRONG_CERTIFICATE


async def test_the_right_key_makes_up_for_another_certificate_below_profile_3(door: Make) -> None:
    subject = door(Expectation(serial="SN-1"), keys={CP: KEY}, profile=2)
    assert outcome(await subject.knock(basic(), cert=certificate("SN-2"))) == Proof.PASSWORD


# profile, TLS, what is shown, common name -> what comes of it
LOBBY = [
    (0, False, None, None, Proof.NONE),
    (1, False, None, None, Proof.NONE),
    (1, False, WRONG, None, Proof.NONE),
    (2, False, KEY, None, Refusal.TLS_REQUIRED),
    (2, True, None, None, Proof.NONE),
    (3, False, None, None, Refusal.TLS_REQUIRED),
    (3, True, None, None, Proof.NONE),
    (3, True, None, "SN-9", Proof.NONE),
    (3, True, None, "CP-1", Proof.NONE),
]


@pytest.mark.parametrize(("profile", "tls", "shown", "name", "wanted"), LOBBY)
async def test_who_would_only_be_held_until_approved_has_nothing_to_prove(
    door: Make, profile: int, tls: bool, shown: str | None, name: str | None, wanted: Proof | Refusal
) -> None:
    subject = door(Expectation(waiting=True), profile=profile)
    cert = None if name is None else certificate(name)
    found = await subject.knock(None if shown is None else basic(shown), tls=tls, cert=cert)
    assert outcome(found) == wanted
    assert found.peer.certificate_name == name


async def test_who_is_not_welcome_is_told_nothing_else(door: Make) -> None:
    subject = door(None, keys={CP: KEY}, profile=3)
    assert outcome(await subject.knock(basic(), tls=False)) == Refusal.UNKNOWN_CHARGER


async def test_a_listed_charger_is_told_from_others(door: Make) -> None:
    for listed in (True, False):
        found = await door(Expectation(listed=listed)).knock()
        assert isinstance(found, Admitted)
        assert found.listed is listed


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [KEY, KEY.upper(), bytes.fromhex(KEY)])
async def test_the_key_is_right_as_hex_and_as_bytes(door: Make, shown: str | bytes) -> None:
    assert outcome(await door(keys={CP: KEY}).knock(basic(shown))) == Proof.PASSWORD


async def test_old_and_new_key_are_right_during_a_rotation(door: Make) -> None:
    subject = door(keys={CP: KEY}, profile=1)
    subject.credentials.override(CP, Override(pending=(str(key_verifier(NEW, OURS)),)))
    assert [outcome(await subject.knock(basic(key))) for key in (KEY, NEW)] == [Proof.PASSWORD] * 2
    assert subject.rotated == [CP]
    subject.credentials.override(CP, Override(str(key_verifier(NEW, OURS))))
    assert outcome(await subject.knock(basic(KEY))) == Refusal.WRONG_CREDENTIALS


async def test_a_storm_of_reconnects_hashes_nothing(door: Make) -> None:
    chargers = [ChargerId(f"CP-{number}") for number in range(10_000)]
    subject = door(keys=dict.fromkeys(chargers, KEY), profile=1)
    found = [await subject.knock(basic(user=charger), charger=charger) for charger in chargers]
    assert {outcome(one) for one in found} == {Proof.PASSWORD}
    assert (subject.hashed, subject.held_back) == (0, [])


async def test_a_human_password_is_hashed_once(door: Make) -> None:
    subject = door(keys={CP: str(PasswordVerifier(2, 1, 1, b"salt", OURS.digest("test", b"secret")))}, profile=1)
    assert {outcome(await subject.knock(basic("secret"))) for _ in range(1000)} == {Proof.PASSWORD}
    assert subject.hashed == 1


@pytest.mark.parametrize(
    ("header", "charger", "wanted"),
    [
        (basic("x"), "CP-1", b"x"),
        (basic(b"\x00:\xff"), "CP-1", b"\x00:\xff"),
        (basic("x").replace("Basic", "bAsIc "), "CP-1", b"x"),
        (basic("x", user="Depot%2F1"), "Depot/1", b"x"),
        (basic("x", user="Depot/1"), "Depot/1", b"x"),
        (basic("x", user="a:b"), "a:b", b"x"),
        (basic("x", user="Säule"), "Säule", b"x"),
        (basic("x", user="cp-1"), "CP-1", Refusal.WRONG_CREDENTIALS),
        (basic("x", user=""), "CP-1", Refusal.WRONG_CREDENTIALS),
        ("Basic", "CP-1", Refusal.WRONG_CREDENTIALS),
        ("Basic ???", "CP-1", Refusal.WRONG_CREDENTIALS),
        ("Basic Q1AtMQ==", "CP-1", Refusal.WRONG_CREDENTIALS),  # no colon
        ("Bearer abc", "CP-1", Refusal.NO_CREDENTIALS),
        ("", "CP-1", Refusal.NO_CREDENTIALS),
    ],
)
def test_the_user_name_is_the_identity(header: str, charger: str, wanted: bytes | Refusal) -> None:
    assert basic_password(ChargerId(charger), header) == wanted


@given(
    st.text() | st.text().map("Basic ".__add__) | st.binary().map(lambda raw: f"Basic {base64.b64encode(raw).decode()}")
)
def test_no_header_breaks_it(header: str) -> None:
    assert isinstance(basic_password(CP, header), bytes | Refusal)


# --- failures ---------------------------------------------------------------------------------------------------------


async def test_answers_that_say_no_come_later_each_time(door: Make) -> None:
    subject = door(keys={CP: KEY})
    for _ in range(6):
        assert outcome(await subject.knock(basic(WRONG))) == Refusal.WRONG_CREDENTIALS
    assert subject.held_back == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize("address", [HERE, "198.51.100.7"])
async def test_the_right_key_is_let_in_at_once_whatever_failed_before(door: Make, address: str) -> None:
    subject = door(keys={CP: KEY})
    for _ in range(1000):
        await subject.knock(basic(WRONG))
    subject.held_back.clear()
    assert outcome(await subject.knock(basic(), address=address)) == Proof.PASSWORD
    assert subject.held_back == []


@contextlib.asynccontextmanager
async def held(subject: Door, tries: Iterable[Awaitable[Admitted | Refused]]) -> AsyncIterator[None]:
    """Others whose answers wait meanwhile."""
    subject.answers.clear()
    waiting = [asyncio.ensure_future(one) for one in tries]
    await asyncio.sleep(0)
    yield
    subject.answers.set()
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("shown", [WRONG, "hunter2"])
async def test_beyond_what_is_held_back_a_guess_learns_nothing(door: Make, shown: str) -> None:
    subject = door(keys={CP: "hunter2"}, profile=1)
    async with held(subject, (subject.knock(basic(WRONG)) for _ in range(300))):
        assert len(subject.held_back) == 4
        found = await subject.knock(basic(shown))
        assert outcome(found) == Refusal.TOO_MANY_ATTEMPTS
        assert isinstance(found, Refused)
        assert found.retry_after_s == 5
        assert outcome(await subject.knock(basic("hunter2"), address="198.51.100.7")) == Proof.PASSWORD
    assert outcome(await subject.knock(basic("hunter2"))) == Proof.PASSWORD


@pytest.mark.parametrize("limits", [{}, {"trusted_proxies": ("10.0.0.0/8",), "max_failures_per_address": 1}])
async def test_nor_does_it_from_the_haste_of_an_answer_that_took_no_hash(door: Make, limits: dict[str, object]) -> None:
    human = str(PasswordVerifier(2, 1, 1, b"salt", OURS.digest("test", b"secret")))
    subject = door(keys={CP: human}, profile=1, **limits)
    await subject.knock(basic("secret"))  # from now on it is remembered
    subject.throttle.note(CP, HERE)
    subject.hashing_goes_on.clear()
    subject.answers.clear()
    guesses = [asyncio.ensure_future(subject.knock(basic(f"w{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answered = [outcome(guess.result()) for guess in guesses if guess.done()]
    assert set(answered) == {Refusal.TOO_MANY_ATTEMPTS}  # not looked at: none of them learns anything
    assert outcome(await subject.knock(basic("secret"))) == Refusal.TOO_MANY_ATTEMPTS
    subject.hashing_goes_on.set()
    subject.answers.set()
    found = Counter(outcome(one) for one in await asyncio.gather(*guesses))
    assert found[Refusal.WRONG_CREDENTIALS] + found[Refusal.BUSY] <= 7


@pytest.mark.parametrize("shown", [KEY, bytes.fromhex(KEY)])
async def test_a_key_that_nobody_can_guess_is_heard_even_then(door: Make, shown: str | bytes) -> None:
    subject = door(keys={CP: KEY}, profile=1)
    async with held(subject, (subject.knock(basic(WRONG)) for _ in range(300))):
        assert outcome(await subject.knock(basic(shown))) == Proof.PASSWORD
        assert outcome(await subject.knock(basic(NEW))) == Refusal.TOO_MANY_ATTEMPTS


async def test_when_all_room_is_taken_only_who_has_failed_before_is_not_heard(door: Make) -> None:
    subject = door(keys={CP: "hunter2"}, profile=1)
    async with held(subject, (subject.knock(basic(WRONG), address=f"10.0.0.{n}") for n in range(256))):
        assert len(subject.held_back) == 256
        assert outcome(await subject.knock(basic(WRONG), address="10.0.1.1")) == Refusal.TOO_MANY_ATTEMPTS
        assert outcome(await subject.knock(basic("hunter2"), address="10.0.1.1")) == Refusal.TOO_MANY_ATTEMPTS
        assert outcome(await subject.knock(basic("hunter2"), address="10.0.1.2")) == Proof.PASSWORD


async def test_a_network_of_ipv6_is_one_address(door: Make) -> None:
    subject = door(keys={CP: KEY})
    for number in range(3):
        await subject.knock(basic(WRONG), address=f"2001:db8::{number}")
    assert subject.held_back == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("proven", [False, True])
async def test_wrong_passwords_from_ever_new_addresses_do_not_keep_the_right_one_out(door: Make, proven: bool) -> None:
    human = str(PasswordVerifier(2, 1, 1, b"salt", OURS.digest("test", b"secret")))
    subject = door(keys={CP: human, "CP-2": KEY}, profile=1)
    if proven:
        await subject.knock(basic(user="CP-2"), charger=ChargerId("CP-2"))
    subject.hashing_goes_on.clear()
    floods = 400 if proven else 60
    flood = [
        asyncio.ensure_future(subject.knock(basic(f"w{n}"), address=f"2001:db8:0:{n:x}::1")) for n in range(floods)
    ]
    await asyncio.sleep(0)
    charger = asyncio.ensure_future(subject.knock(basic("secret")))
    await asyncio.sleep(0)
    subject.hashing_goes_on.set()
    assert outcome(await charger) == Proof.PASSWORD
    if proven:
        assert subject.hashed <= 3  # it did not wait behind the others
    await asyncio.gather(*flood)


async def test_addresses_have_no_limits_before_proxies_are_trusted(door: Make) -> None:
    subject = door(keys={CP: KEY})
    for number in range(1000):
        await subject.knock(basic(WRONG), charger=ChargerId(f"CP-{number}"))
    assert outcome(await subject.knock(basic(WRONG))) == Refusal.WRONG_CREDENTIALS


async def test_an_address_that_has_failed_too_often_is_heard_only_with_the_right_key(door: Make) -> None:
    human = str(PasswordVerifier(2, 1, 1, b"salt", OURS.digest("test", b"secret")))
    subject = door(
        keys={CP: KEY, "CP-2": human}, trusted_proxies=("10.0.0.0/8",), max_failures_per_address=5, profile=1
    )

    async def knock(password: str, charger: str = "CP-1", client: str = HERE) -> Proof | Refusal:
        authorization = basic(password, user=charger)
        found = await subject.knock(
            authorization, charger=ChargerId(charger), address="10.0.0.1", forwarded_for=(client,)
        )
        assert found.peer.address == client
        return outcome(found)

    assert [await knock(WRONG) for _ in range(7)] == [Refusal.WRONG_CREDENTIALS] * 5 + [Refusal.TOO_MANY_ATTEMPTS] * 2
    assert await knock(KEY) == Proof.PASSWORD
    assert await knock("secret", "CP-2") == Refusal.TOO_MANY_ATTEMPTS
    assert subject.hashed == 0
    assert await knock("secret", "CP-2", "198.51.100.7") == Proof.PASSWORD
    assert await knock("secret", "CP-2") == Proof.PASSWORD
    subject.now = 601
    assert await knock(WRONG) == Refusal.WRONG_CREDENTIALS


async def test_nothing_that_is_shown_is_in_a_repr() -> None:
    knock = Knock(HERE, True, certificate("SN-1"), basic("hunter2"))
    assert basic("hunter2").removeprefix("Basic ") not in repr(knock)
