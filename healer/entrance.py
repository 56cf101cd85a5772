"""The way in, put together: the OCPP port, who guards it, whose keys it knows, and who signs certificates.

Settings, inventory and what the engine remembers become the gate's knowledge here; what the gate learns goes back to
the engine as events.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping

import structlog

from healer import config, events
from healer.adapters.access import authority, passwords
from healer.adapters.access.authority import Authority, Rejected, Signed
from healer.adapters.access.credentials import Credentials, Override
from healer.adapters.access.gate import Expectation, Gate
from healer.adapters.access.hashing import Hashing
from healer.adapters.access.secret import Secret
from healer.adapters.access.throttle import Throttle
from healer.adapters.access.tls import ReloadableContext
from healer.adapters.server import OcppServer
from healer.config.security import ClientIdentity
from healer.effects import ChangeKeys, SignCertificate
from healer.engine import Engine
from healer.errors import SettingsError
from healer.fleet.standing import Credential
from healer.model import ChargerId, Instant
from healer.ports import Report

KEY_BYTES = 20
"""Of a new key: 40 hexadecimal digits, the longest AuthorizationKey of 1.6, and fit for BasicAuthPassword of 2.x."""

LONGEST_DELAY_S = 4.0
"""How long the answer to a wrong password may be held back."""

_log = structlog.get_logger("healer.entrance")


class Entrance:
    """Of one daemon. It is `ports.Doorkeeper` to the runtime; its `server` is `ports.Links`."""

    def __init__(
        self, ocpp: config.OcppSettings, own: Secret, engine: Engine, report: Report, now: Callable[[], Instant]
    ) -> None:
        """Raises SettingsError for a certificate or key that cannot be used."""
        self._settings = ocpp
        self._own = own
        self._engine = engine
        self._report = report
        self._now = now
        self._hashing = Hashing(own)
        self._credentials = Credentials(own, self._hashing, on_pending_shown=self._prove)
        throttle = Throttle(
            now=lambda: asyncio.get_running_loop().time(),
            sleep=asyncio.sleep,
            longest_s=min(LONGEST_DELAY_S, ocpp.handshake_timeout_s / 2),
        )
        gate = Gate(ocpp.security, expect=self._expect, credentials=self._credentials, throttle=throttle)
        self._tls = ReloadableContext(ocpp.tls) if ocpp.tls.enabled else None
        self._authority: Authority | None = authority.load(ocpp.security.authority)
        self._signing: set[asyncio.Task[None]] = set()
        self._listed: dict[ChargerId, str] = {}
        """Digests of the inventory's passwords."""
        self.server = OcppServer(ocpp, report, gate=gate, tls=self._tls)
        self._note_certificates()

    def close(self) -> None:
        """No more passwords are hashed and no more certificates signed."""
        for task in self._signing:
            task.cancel()
        self._hashing.close()

    # --- what it knows --------------------------------------------------------------------------------------------

    def list_keys(self, keys: Mapping[ChargerId, str]) -> None:
        """The inventory's keys; one that cannot be used locks its charger out, and is complained of."""
        self._listed = {charger: self._own.digest("listed-key", key.encode()).hex() for charger, key in keys.items()}
        self._complain(self._credentials.replace_listed(keys))
        for charger in list(self._engine.chargers.values()):
            credential, listed = charger.standing.credential, self._listed.get(charger.id)
            if credential != Credential() and listed is not None and listed != credential.replaces:
                self._report(events.KeysForgotten(charger.id, "its password in the inventory was changed"))

    def recall_keys(self) -> None:
        """The keys that rotations have left, as the engine remembers them."""
        found = {charger.id: charger.standing.credential for charger in self._engine.chargers.values()}
        overrides = {
            charger: Override(credential.current, credential.pending)
            for charger, credential in found.items()
            if credential != Credential()
        }
        self._complain(self._credentials.replace_overrides(overrides))

    def change_keys(self, change: ChangeKeys) -> None:
        """These keys open the door from now on; of `ports.Doorkeeper`."""
        credential = change.credential
        override = Override(credential.current, credential.pending)
        self._complain(self._credentials.override(change.charger, override))

    def _complain(self, complaints: Mapping[ChargerId, str]) -> None:
        for charger, why in complaints.items():
            _log.error("key.unusable", charger=charger, reason=why)

    def reload(self) -> bool:
        """Read certificates again, of the port and of the authority; False if any is refused, and the old stays."""
        try:
            fresh = authority.load(self._settings.security.authority)
            if self._tls is not None:
                self._tls.reload()
        except SettingsError as error:
            _log.error("certificates.refused", mistakes=str(error))
            return False
        self._authority = fresh
        self._note_certificates()
        return True

    def _note_certificates(self) -> None:
        if self._tls is not None:
            self._engine.tally.set("tls_certificate_expiry_timestamp_seconds", self._tls.expires_at)

    def _expect(self, charger: ChargerId) -> Expectation | None:
        roster = self._engine.roster
        if not roster.is_welcome(charger):
            return None
        placement = roster.placement(charger)
        return Expectation(
            listed=roster.is_known(charger),
            waiting=not roster.is_member(charger),
            serial=placement.serial,
            security_profile=placement.security_profile or 0,
        )

    # --- rotating keys --------------------------------------------------------------------------------------------

    def rotate_key(self, charger_id: ChargerId, author: str, reason: str) -> str | None:
        """Give a charger a new random key; why not, or None when it is on its way."""
        charger = self._engine.chargers.get(charger_id)
        if charger is None or self._engine.roster.is_stranger(charger):
            return "there is no such charger"
        if self._engine.ward.trouble is not None:
            return f"a new key cannot be kept now: {self._engine.ward.trouble}"
        why_not = charger.standing.why_not_offer()
        if why_not is None:
            key = secrets.token_hex(KEY_BYTES)
            verifier = str(passwords.make(key, self._own))
            replaces = self._listed.get(charger_id)
            self._report(events.KeyOffered(charger_id, key, verifier, replaces, author, reason))
        return why_not

    def forget_keys(self, charger_id: ChargerId, author: str, reason: str) -> str | None:
        """Let the inventory's password count again; why not, or None when it does."""
        charger = self._engine.chargers.get(charger_id)
        if charger is None or charger.standing.credential == Credential():
            return "no rotation has given it a key"
        self._report(events.KeysForgotten(charger_id, f"{author}: {reason}"))
        return None

    def _prove(self, charger_id: ChargerId, verifier: str) -> None:
        """A charger has shown a new key: those before it open the door no longer."""
        # Not now: the check that found it right is still under way.
        asyncio.get_running_loop().call_soon(self._report, events.KeyProved(charger_id, verifier))

    # --- signing ------------------------------------------------------------------------------------------------------

    def sign(self, request: SignCertificate) -> None:
        """Sign, aside of the loop; the result is reported as an event."""
        task = asyncio.get_running_loop().create_task(self._sign(request))
        self._signing.add(task)
        task.add_done_callback(self._signing.discard)

    async def _sign(self, request: SignCertificate) -> None:
        found = await self._signed(request)
        if isinstance(found, Rejected):
            _log.warning("certificate.refused", charger=request.charger, reason=found.reason, detail=found.detail)
            self._report(events.CertificateRefused(request.charger, request.csr, found.reason))
        else:
            self._report(events.CertificateSigned(request.charger, request.csr, found.chain))

    async def _signed(self, request: SignCertificate) -> Signed | Rejected:
        if self._authority is None:
            return Rejected("no-authority", "the settings name no authority")
        by_identity = self._settings.security.client_identity is ClientIdentity.IDENTITY
        name = str(request.charger) if by_identity else request.serial
        if name is None:
            # What a charger tells of itself proves nothing: it would get a certificate in any other's name.
            return Rejected("unknown-name", "the inventory does not list the charger's serial number")
        return await asyncio.to_thread(self._authority.sign, request.csr, self._now(), name=name)
