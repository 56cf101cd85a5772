"""What each charger may show: the key in force, and during a rotation the new one beside it.

The inventory says what the key is; what the daemon itself has set since then (`Override`) wins. A key that the
inventory holds in clear text is turned into an HMAC at once, and no clear text is kept.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from healer.adapters.access import passwords
from healer.adapters.access.hashing import Hashing
from healer.adapters.access.passwords import NOTHING_FITS, KeyVerifier, PasswordVerifier, Unusable, Verifier
from healer.adapters.access.secret import Secret
from healer.config import verifiers
from healer.model import ChargerId


@dataclass(frozen=True, slots=True)
class Override:
    """What the daemon itself has set, as texts of verifiers."""

    current: str | None = field(default=None, repr=False)
    """In place of the inventory's; None leaves that in force."""
    pending: tuple[str, ...] = field(default=(), repr=False)
    """Offered to the charger, and not yet shown by it."""


class Verdict(enum.Enum):
    """What came of checking a key."""

    RIGHT = "right"
    WRONG = "wrong"
    BUSY = "busy"
    """There was no room to find out."""
    NOTHING_TO_CHECK = "nothing-to-check"
    """No key of the charger is known."""


class Effort(enum.Enum):
    """How much is done to find out whether a password is right."""

    NORMAL = "normal"
    NONE = "none"
    """Only what costs nothing."""


Complaints: TypeAlias = dict[ChargerId, str]
"""Why a charger's verifier cannot be used: until that is mended, nothing it shows is right."""


class Credentials:
    """The keys of the fleet. Used in the loop's thread only."""

    def __init__(
        self,
        secret: Secret,
        hashing: Hashing,
        *,
        on_pending_shown: Callable[[ChargerId, str], None] = lambda _charger, _text: None,
    ) -> None:
        """`on_pending_shown`: a charger shows a new key (its verifier) for the first time: the old can be dropped."""
        self._secret = secret
        self._hashing = hashing
        self._on_pending_shown = on_pending_shown
        self._listed: dict[ChargerId, Verifier] = {}
        self._current: dict[ChargerId, Verifier] = {}
        self._pending: dict[ChargerId, tuple[Verifier, ...]] = {}
        self._reported: set[Verifier] = set()

    # --- what is in force ---------------------------------------------------------------------------------------------

    def replace_listed(self, keys: Mapping[ChargerId, str]) -> Complaints:
        """The inventory's keys, each as clear text or as a verifier; they take the place of those before."""
        complaints: Complaints = {}
        self._listed = {charger: self._read(charger, text, complaints) for charger, text in keys.items()}
        self._forget()
        return complaints

    def replace_overrides(self, overrides: Mapping[ChargerId, Override]) -> Complaints:
        """What the daemon has set for all chargers, as restored from the store."""
        self._current, self._pending, self._reported = {}, {}, set()
        complaints: Complaints = {}
        for charger, override in overrides.items():
            complaints |= self._set(charger, override)
        self._forget()
        return complaints

    def override(self, charger: ChargerId, override: Override) -> Complaints:
        """What the daemon has set for one charger; it takes the place of what it had set before."""
        # What scrypt has found out stays: rotated keys are random, and nothing here is O(fleet).
        return self._set(charger, override)

    def _set(self, charger: ChargerId, override: Override) -> Complaints:
        complaints: Complaints = {}
        self._current.pop(charger, None)
        self._reported.difference_update(self._pending.pop(charger, ()))
        if override.current is not None:
            self._current[charger] = self._read(charger, override.current, complaints, clear=False)
        if override.pending:
            read = (self._read(charger, text, complaints, clear=False) for text in override.pending)
            self._pending[charger] = tuple(read)
        return complaints

    def _read(self, charger: ChargerId, text: str, complaints: Complaints, *, clear: bool = True) -> Verifier:
        if clear and not verifiers.is_verifier(text):
            if text:
                return passwords.key_verifier(text, self._secret)
            complaints[charger] = "a key cannot be empty"
            return NOTHING_FITS
        found = passwords.parse(text)
        if isinstance(found, Unusable):
            complaints[charger] = found.reason
            return NOTHING_FITS
        return found

    def _forget(self) -> None:
        pending = (verifier for verifiers in self._pending.values() for verifier in verifiers)
        found = (*self._listed.values(), *self._current.values(), *pending)
        self._hashing.forget_all_but({verifier for verifier in found if isinstance(verifier, PasswordVerifier)})

    # --- checking -----------------------------------------------------------------------------------------------------

    def known(self, charger: ChargerId) -> bool:
        """Whether a charger has a key that it must show. A pending one alone is not demanded before it was shown."""
        return charger in self._current or charger in self._listed

    async def check(self, charger: ChargerId, shown: bytes, effort: Effort = Effort.NORMAL) -> Verdict:
        """What a key is worth."""
        found = (self._current.get(charger) or self._listed.get(charger), *self._pending.get(charger, ()))
        verifiers = [verifier for verifier in found if verifier is not None]
        if not verifiers:
            return Verdict.NOTHING_TO_CHECK
        slow = []
        for verifier in verifiers:  # a right key does not wait for the other's scrypt
            fits = self._quick(verifier, shown)
            if fits:
                return self._right(charger, verifier)
            if fits is None and isinstance(verifier, PasswordVerifier):
                slow.append(verifier)
        return await self._check_slowly(charger, slow, shown, effort)

    async def _check_slowly(
        self, charger: ChargerId, verifiers: list[PasswordVerifier], shown: bytes, effort: Effort
    ) -> Verdict:
        verdict = Verdict.WRONG
        for verifier in verifiers:
            fits = None if effort is Effort.NONE else await self._hashing.fits(charger, verifier, shown)
            if fits:
                return self._right(charger, verifier)
            verdict = Verdict.BUSY if fits is None else verdict
        return verdict

    def _quick(self, verifier: Verifier, shown: bytes) -> bool | None:
        """Whether it fits, None when only scrypt can say."""
        if isinstance(verifier, KeyVerifier):
            return passwords.fits_key(verifier, shown, self._secret)
        return self._hashing.recall(verifier, shown)

    def _right(self, charger: ChargerId, verifier: Verifier) -> Verdict:
        if verifier in self._pending.get(charger, ()) and verifier not in self._reported:
            self._reported.add(verifier)
            self._on_pending_shown(charger, str(verifier))
        return Verdict.RIGHT
