"""The slow hash of passwords, within bounds: two at a time, one per charger, few waiting, and none twice.

What was found right is remembered in memory as an HMAC for as long as its verifier is in force, so that thousands of
chargers that come back at once, after an outage of the network, cost microseconds each. What was found wrong is
remembered for a while, so that a charger that shows the same wrong password for ever costs nothing either.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter, OrderedDict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from healer.adapters.access import passwords
from healer.adapters.access.passwords import PasswordVerifier, Scrypt
from healer.adapters.access.secret import Secret
from healer.model import ChargerId

_REMEMBERED_WRONG: Final = 4096
_PURPOSE: Final = "seen-password"


class Hashing:
    """Checks passwords of humans."""

    def __init__(
        self, secret: Secret, *, workers: int = 2, waiting: int = 64, per_charger: int = 4, scrypt: Scrypt | None = None
    ) -> None:
        """`waiting` checks may be under way or wait in all, `per_charger` of them for one charger."""
        self._secret = secret
        self._scrypt = scrypt or passwords.scrypt
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="scrypt")
        self._most = waiting
        self._most_per_charger = per_charger
        self._waiting: Counter[ChargerId] = Counter()
        self._turns: dict[ChargerId, asyncio.Lock] = {}
        self._right: dict[PasswordVerifier, bytes] = {}
        self._wrong: OrderedDict[tuple[PasswordVerifier, bytes], None] = OrderedDict()

    def recall(self, verifier: PasswordVerifier, shown: bytes) -> bool | None:
        """What was found out about a password before; None if nothing was."""
        digest = self._secret.digest(_PURPOSE, shown)
        if hmac.compare_digest(self._right.get(verifier, b""), digest):
            return True
        return False if (verifier, digest) in self._wrong else None

    async def fits(self, charger: ChargerId, verifier: PasswordVerifier, shown: bytes) -> bool | None:
        """Whether it is the right one; None when there is no room to find out."""
        known = self.recall(verifier, shown)
        if known is not None:
            return known
        if self._waiting[charger] >= self._most_per_charger or self._waiting.total() >= self._most:
            return None
        self._waiting[charger] += 1
        try:
            async with self._turns.setdefault(charger, asyncio.Lock()):
                known = self.recall(verifier, shown)  # the one before may have shown the same
                return await self._find_out(verifier, shown) if known is None else known
        finally:
            self._waiting[charger] -= 1
            if not self._waiting[charger]:
                del self._waiting[charger], self._turns[charger]

    async def _find_out(self, verifier: PasswordVerifier, shown: bytes) -> bool:
        loop = asyncio.get_running_loop()
        fits = await loop.run_in_executor(self._pool, passwords.fits_password, verifier, shown, self._scrypt)
        digest = self._secret.digest(_PURPOSE, shown)
        if fits:
            self._right[verifier] = digest
        else:
            self._wrong[verifier, digest] = None
            if len(self._wrong) > _REMEMBERED_WRONG:
                self._wrong.popitem(last=False)
        return fits

    def forget_all_but(self, verifiers: Collection[PasswordVerifier]) -> None:
        """Those in force; what was remembered of others is gone."""
        self._right = {verifier: digest for verifier, digest in self._right.items() if verifier in verifiers}

    def close(self) -> None:
        """Start no more hashing."""
        self._pool.shutdown(wait=False, cancel_futures=True)
