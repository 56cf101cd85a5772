"""The way in, put together: a whole daemon whose chargers prove who they are, get new keys and new certificates."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from healer.app import App
from healer.config import Settings
from healer.config.inventory import load_inventory
from healer.model import ChargerId
from tests.adapters.control.line import ask
from tests.certificates import HOST, Issuer, request
from tests.e2e import daemon

pytestmark = pytest.mark.e2e

BOUND_S = 10.0
DAY_S = 86_400.0
CP = ChargerId("CP-1")
KEY = "00112233445566778899aabbccddeeff"
INVENTORY = f"sites: {{Depot: {{}}}}\nchargers:\n  CP-1: {{site: Depot, serial: S-1, password: {KEY}}}\n"
BOOT = {"chargePointVendor": "Acme", "chargePointModel": "DC50", "chargePointSerialNumber": "S-1"}


def _settings(folder: Path, issuer: Issuer | None = None, profile: int = 1) -> Settings:
    security: dict[str, Any] = {"profile": profile, "secret": folder / "healer.secret"}
    changes: dict[str, Any] = {"security": security}
    if issuer is not None:
        own = issuer.own
        security["authority"] = {"certificate": own.certificate, "key": own.key}
        files = issuer.holder(HOST, file="server").files
        changes |= {"port": "off", "tls": {"port": 0, "certificates": (files,), "client_ca": own.certificate}}
    listed = load_inventory(INVENTORY, "inventory.yaml", {}, lambda _: "")
    made = daemon.settings(folder / "healer.sqlite", **changes)
    return replace(made, inventory=listed.inventory, secrets=listed.secrets)


class Client:
    """A charger's side of a connection: answers nothing by itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: list[list[Any]] = []

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Say something; the answer. What the daemon asks meanwhile is kept for `asked`."""
        await self._socket.send(json.dumps([2, action, action, payload]))
        async with asyncio.timeout(BOUND_S):
            while True:
                frame = json.loads(await self._socket.recv())
                if frame[0] != 2:
                    return frame[2]
                self._waiting.append(frame)

    async def asked(self, action: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Wait for a command of ours, and answer it; others are refused."""
        async with asyncio.timeout(BOUND_S):
            while True:
                frame = self._waiting.pop(0) if self._waiting else json.loads(await self._socket.recv())
                if frame[0] == 2:
                    fits = frame[2] == action
                    await self._socket.send(json.dumps([3, frame[1], answer if fits else {"status": "Rejected"}]))
                    if fits:
                        return frame[3]


def _dial(app: App, key: str | None = None, tls: ssl.SSLContext | None = None) -> connect:
    headers = {}
    if key is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{CP}:".encode() + bytes.fromhex(key)).decode()
    return connect(f"{app.ocpp_url}/{CP}", subprotocols=[Subprotocol("ocpp1.6")], additional_headers=headers, ssl=tls)


async def _is_refused(app: App, key: str | None) -> bool:
    try:
        async with _dial(app, key):
            return False
    except InvalidStatus as refused:
        return refused.response.status_code == 401


async def _rotate(folder: Path, charger: ChargerId) -> tuple[int, Any]:
    """A person wants the charger to have a new key."""
    signed = {"author": "ada", "reason": "yearly"}
    return await ask(folder / "healer.sock", "POST", f"/chargers/{charger}/rotate-key", json=signed)


async def test_a_charger_needs_its_key_and_gets_a_new_one_that_outlives_the_daemon(tmp_path: Path) -> None:
    async with daemon.running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)) as app:
        assert await _is_refused(app, None)
        assert await _is_refused(app, "ff" * 16)
        async with _dial(app, KEY) as socket:
            charger = Client(socket)
            await charger.call("BootNotification", BOOT)
            assert await _rotate(tmp_path, CP) == (200, {"offered": True})
            new = (await charger.asked("ChangeConfiguration", {"status": "Accepted"}))["value"]
            await daemon.until(lambda: app.engine.chargers[CP].standing.credential.unproved, "the key was taken")
        async with _dial(app, KEY) as socket:  # it went on using the old one
            await Client(socket).call("BootNotification", BOOT)
        async with _dial(app, new) as socket:
            await Client(socket).call("Heartbeat", {})
        await daemon.until(lambda: not app.engine.chargers[CP].standing.credential.unproved, "the key was proved")
        assert await _is_refused(app, KEY)
    async with daemon.running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)) as app:
        assert await _is_refused(app, KEY)
        async with _dial(app, new) as socket:
            await Client(socket).call("Heartbeat", {})
    stored = _everything_in(tmp_path)
    assert not any(key.encode() in stored for key in (KEY, new))


def _everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("healer.sqlite*"))


async def test_nobody_gets_a_key_who_is_not_known(tmp_path: Path) -> None:
    async with daemon.running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)):
        status, problem = await _rotate(tmp_path, ChargerId("CP-9"))
        assert (status, problem["detail"]) == (409, "there is no such charger")


async def test_a_charger_with_a_certificate_gets_its_next_one_signed(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    mine = issuer.holder("S-1")
    tls = ssl.create_default_context(cafile=issuer.own.certificate)
    tls.load_cert_chain(mine.certificate, mine.key)
    wanted = _settings(tmp_path, issuer, profile=3)
    async with daemon.running(tmp_path / "healer.sqlite", wanted=wanted) as app, _dial(app, tls=tls) as socket:
        charger = Client(socket)
        await charger.call("BootNotification", BOOT)
        assert await charger.call("SignCertificate", {"csr": request("S-1")}) == {"status": "Accepted"}
        chain = (await charger.asked("CertificateSigned", {"status": "Accepted"}))["certificateChain"]
        signed = x509.load_pem_x509_certificates(chain.encode())[0]
        signed.verify_directly_issued_by(issuer.own.x509)
        assert signed.subject.rfc4514_string().startswith("CN=S-1")


async def test_a_request_in_another_chargers_name_is_not_signed(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    mine = issuer.holder("S-1")
    tls = ssl.create_default_context(cafile=issuer.own.certificate)
    tls.load_cert_chain(mine.certificate, mine.key)
    wanted = _settings(tmp_path, issuer, profile=3)
    async with daemon.running(tmp_path / "healer.sqlite", wanted=wanted) as app, _dial(app, tls=tls) as socket:
        charger = Client(socket)
        await charger.call("BootNotification", BOOT)
        await charger.call("SignCertificate", {"csr": request("S-2")})
        standing = app.engine.chargers[CP].standing
        await daemon.until(lambda: standing.request is None, "it was looked at")
        assert standing.certificate is None


async def test_certificates_are_read_again_and_bad_ones_leave_the_old_in_force(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    wanted = _settings(tmp_path, issuer, profile=0)
    async with daemon.running(tmp_path / "healer.sqlite", wanted=wanted) as app:
        before = app.engine.tally.numbers("tls_certificate_expiry_timestamp_seconds")[()]
        issuer.holder(HOST, days=300, file="server")
        assert (await app.reload()).successful
        assert app.engine.tally.numbers("tls_certificate_expiry_timestamp_seconds")[()] > before + 200 * DAY_S
        (tmp_path / "server.pem").write_text("no certificate", encoding="utf-8")
        assert not (await app.reload()).successful
        tls = ssl.create_default_context(cafile=issuer.own.certificate)
        tls.load_cert_chain(issuer.holder("S-1").certificate, tmp_path / "S-1.key")
        async with _dial(app, tls=tls) as socket:
            await Client(socket).call("Heartbeat", {})
