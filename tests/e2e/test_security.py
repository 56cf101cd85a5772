"""The OCPP ports with their gate: passwords, TLS and mutual TLS on real sockets, with certificates made here."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvloop
from cryptography.hazmat.primitives.serialization import Encoding
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from healer import events
from healer.adapters import logs
from healer.adapters.access import secret
from healer.adapters.access.credentials import Credentials, Override
from healer.adapters.access.gate import Expectation, Gate
from healer.adapters.access.hashing import Hashing
from healer.adapters.access.passwords import key_verifier
from healer.adapters.access.throttle import Throttle
from healer.adapters.access.tls import ReloadableContext
from healer.adapters.server import OcppServer
from healer.config import OcppSettings
from healer.config.security import SecuritySettings, TlsSettings
from healer.fleet.peer import Proof, Refusal
from healer.model import ChargerId
from tests.certificates import HOST, Holder, Issuer, rsa_key

pytestmark = pytest.mark.e2e

BOUND_S = 10.0
CP = ChargerId("CP-1")
KEY, NEW = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


class House:
    """A server with its gate, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issuer = Issuer(folder)
        self.ecdsa = self.issuer.holder(HOST, file="ecdsa")
        self.rsa = self.issuer.holder(HOST, rsa_key(), file="rsa")
        self.secret = secret.load(folder / "healer.secret")
        self.hashing = Hashing(self.secret)
        self.rotated: list[ChargerId] = []
        self.credentials = Credentials(
            self.secret, self.hashing, on_pending_shown=lambda charger, _: self.rotated.append(charger)
        )
        self.events: asyncio.Queue[events.Event] = asyncio.Queue()
        self.context: ReloadableContext

    @contextlib.asynccontextmanager
    async def open(
        self, profile: int = 0, *, serial: str | None = None, client_ca: bool = False, **changes: object
    ) -> AsyncIterator[OcppServer]:
        files = TlsSettings(
            port=0,
            certificates=(self.ecdsa.files, self.rsa.files),
            client_ca=self.issuer.own.certificate if client_ca else None,
        )
        settings = OcppSettings.model_validate(
            {
                "host": HOST,
                "port": 0,
                "close_timeout_s": 0.5,
                "tls": files,
                "security": SecuritySettings(profile=profile),
                **changes,
            }
        )
        gate = Gate(
            settings.security,
            expect=lambda _: Expectation(listed=True, serial=serial),
            credentials=self.credentials,
            throttle=Throttle(now=asyncio.get_running_loop().time, sleep=lambda _: asyncio.sleep(0)),
        )
        self.context = ReloadableContext(files)
        server = OcppServer(settings, self.events.put_nowait, gate=gate, tls=self.context)
        await server.start()
        try:
            yield server
        finally:
            await server.stop(within_s=2.0)
            self.hashing.close()

    def client(self, holder: Holder | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.issuer.own.certificate)
        if holder is not None:
            context.load_cert_chain(holder.certificate, holder.key)
        return context

    async def opened(self) -> events.ConnectionOpened:
        return await self._next(events.ConnectionOpened)

    async def refused(self) -> events.ConnectionRefused:
        return await self._next(events.ConnectionRefused)

    async def _next(self, kind: type[Any]) -> Any:
        async with asyncio.timeout(BOUND_S):
            while True:
                event = await self.events.get()
                if isinstance(event, kind):
                    return event


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def dial(
    server: OcppServer, tls: ssl.SSLContext | None = None, key: str | bytes | None = None, path: str = "/ocpp/CP-1"
) -> connect:
    scheme = "wss" if tls is not None else "ws"
    host, port = (server.tls_address if tls is not None else server.address) or ("", 0)
    raw = key.encode() if isinstance(key, str) else key
    headers = {} if raw is None else {"Authorization": "Basic " + base64.b64encode(b"CP-1:" + raw).decode()}
    return connect(
        f"{scheme}://{host}:{port}{path}",
        ssl=tls,
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers=headers,
        ping_interval=None,
        close_timeout=0.5,
        proxy=None,
    )


async def status_of(dialling: connect) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await dialling
    return refused.value.response.status_code


# --- the profiles -----------------------------------------------------------------------------------------------------


async def test_profile_0_lets_in_whoever_names_itself(house: House) -> None:
    async with house.open() as server, dial(server):
        peer = (await house.opened()).peer
        assert (peer.address, peer.encrypted, peer.proof) == (HOST, False, Proof.NONE)


async def test_profile_1_wants_the_key_as_hex_or_as_bytes(house: House) -> None:
    house.credentials.replace_listed({CP: KEY})
    async with house.open(profile=1) as server:
        for shown in (KEY, bytes.fromhex(KEY)):
            async with dial(server, key=shown):
                assert (await house.opened()).peer.proof is Proof.PASSWORD
        assert await status_of(dial(server)) == 401
        assert (await house.refused()).reason is Refusal.NO_CREDENTIALS
        assert await status_of(dial(server, key="wrong")) == 401
        assert (await house.refused()).reason is Refusal.WRONG_CREDENTIALS


async def test_profile_2_wants_the_key_by_tls(house: House) -> None:
    house.credentials.replace_listed({CP: KEY})
    async with house.open(profile=2) as server:
        assert await status_of(dial(server, key=KEY)) == 403
        assert (await house.refused()).reason is Refusal.TLS_REQUIRED
        assert await status_of(dial(server, house.client(), "wrong")) == 401
        async with dial(server, house.client(), KEY):
            peer = (await house.opened()).peer
            assert (peer.encrypted, peer.proof) == (True, Proof.PASSWORD)


async def test_profile_3_wants_the_right_certificate(house: House) -> None:
    async with house.open(profile=3, serial="SN-1", client_ca=True) as server:
        holder = house.issuer.holder("SN-1")
        async with dial(server, house.client(holder)):
            peer = (await house.opened()).peer
            assert (peer.proof, peer.certificate_name) == (Proof.CERTIFICATE, "SN-1")
            assert peer.certificate_expires_at == holder.x509.not_valid_after_utc.timestamp()
        assert await status_of(dial(server, house.client())) == 403
        assert (await house.refused()).reason is Refusal.NO_CLIENT_CERTIFICATE
        assert await status_of(dial(server, house.client(house.issuer.holder("SN-2", rsa_key())))) == 403
        assert (await house.refused()).reason is Refusal.WRONG_CERTIFICATE


@pytest.mark.parametrize("which", ["expired", "of another authority"])
async def test_a_certificate_that_is_not_valid_does_not_get_past_tls(house: House, tmp_path: Path, which: str) -> None:
    if which == "expired":
        holder = house.issuer.holder("SN-1", days=-1)
    else:
        (tmp_path / "other").mkdir()
        holder = Issuer(tmp_path / "other", "Other CA").holder("SN-1")
    async with house.open(profile=3, serial="SN-1", client_ca=True) as server:
        with pytest.raises((OSError, InvalidMessage)):  # in TLS 1.3 the client hears of it only when it reads
            await dial(server, house.client(holder))
        assert house.events.empty()
        async with dial(server, house.client(house.issuer.holder("SN-1", file="good"))):
            await house.opened()


async def test_a_rotation_lets_in_by_the_old_and_the_new_key(house: House) -> None:
    house.credentials.replace_listed({CP: KEY})
    house.credentials.override(CP, Override(pending=(str(key_verifier(NEW, house.secret)),)))
    async with house.open(profile=1) as server:
        for key in (KEY, NEW, KEY):
            async with dial(server, key=key):
                await house.opened()
        assert house.rotated == [CP]


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ciphers", "kind"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "id-ecPublicKey"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "id-ecPublicKey"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "rsaEncryption"),
        ("AES128-GCM-SHA256", "rsaEncryption"),
        ("AES256-GCM-SHA384", "rsaEncryption"),
    ],
)
async def test_chargers_that_know_only_one_kind_of_certificate_get_it(house: House, ciphers: str, kind: str) -> None:
    client = house.client()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(ciphers)
    async with house.open() as server, dial(server, client) as charger:
        tls = charger.transport.get_extra_info("ssl_object")
        assert tls.cipher()[0] == ciphers
        assert tls.compression() is None
        served = house.ecdsa if kind == "id-ecPublicKey" else house.rsa
        assert tls.getpeercert(binary_form=True) == served.x509.public_bytes(Encoding.DER)


async def test_tls_1_3_is_spoken(house: House) -> None:
    client = house.client()
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    async with house.open() as server, dial(server, client) as charger:
        assert charger.transport.get_extra_info("ssl_object").version() == "TLSv1.3"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_1_1_is_not(house: House) -> None:
    client = house.client()
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    client.minimum_version = ssl.TLSVersion.TLSv1
    client.maximum_version = ssl.TLSVersion.TLSv1_1
    async with house.open() as server:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await dial(server, client)
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        async with dial(server, client):
            await house.opened()


async def test_new_certificates_are_served_and_nobody_is_dropped(house: House) -> None:
    async with house.open() as server, dial(server, house.client()) as before:
        await house.opened()
        renewed = house.issuer.holder(HOST, file="ecdsa", days=60)
        house.context.reload()
        async with dial(server, house.client()) as after:
            await house.opened()
            assert _served(after) == renewed.x509.public_bytes(Encoding.DER)
        await before.send("still here")
        assert (await house._next(events.FrameReceived)).data == "still here"
        assert _served(before) == house.ecdsa.x509.public_bytes(Encoding.DER)


async def test_a_client_that_never_ends_its_tls_handshake_is_cut_off(house: House) -> None:
    async with house.open(handshake_timeout_s=0.1) as server:
        assert server.tls_address is not None
        reader, writer = await asyncio.open_connection(*server.tls_address)
        async with asyncio.timeout(BOUND_S):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


async def test_handshakes_of_tls_under_way_are_bounded(house: House) -> None:
    async with house.open(max_connections=100, handshake_timeout_s=60.0) as server:
        assert server.tls_address is not None
        crowd = [await asyncio.open_connection(*server.tls_address) for _ in range(64)]
        reader, writer = await asyncio.open_connection(*server.tls_address)
        async with asyncio.timeout(BOUND_S):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
        for reader, writer in crowd:  # a handshake that fails makes room
            writer.write(b"this is not TLS")
            async with asyncio.timeout(BOUND_S):
                with contextlib.suppress(ConnectionResetError):
                    await reader.read()
            writer.close()
        async with dial(server, house.client()):
            await house.opened()


async def test_without_a_plain_port_there_is_only_tls(house: House) -> None:
    async with house.open(port=None) as server:
        assert server.address == server.tls_address
        assert [url.partition(":")[0] for url in server.urls] == ["wss"]
        async with dial(server, house.client()):
            await house.opened()


@pytest.mark.parametrize(
    "story",
    [
        test_profile_3_wants_the_right_certificate,
        test_new_certificates_are_served_and_nobody_is_dropped,
        test_handshakes_of_tls_under_way_are_bounded,
    ],
)
def test_it_is_the_same_with_uvloop(house: House, story: Callable[[House], Coroutine[None, None, None]]) -> None:
    uvloop.run(story(house))


def _served(client: ClientConnection) -> bytes:
    found: bytes = client.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return found


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def log_lines(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Everything that is logged, at debug."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("websockets", "aiohttp", "alembic", "asyncio")}
    file = tmp_path / "log"
    with file.open("w") as stream:
        logs.configure("debug", "json", stream)
        try:
            yield file.read_text
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            for name, value in levels.items():
                logging.getLogger(name).setLevel(value)
            structlog.reset_defaults()


async def test_no_secret_reaches_the_log(house: House, log_lines: Callable[[], str]) -> None:
    house.credentials.replace_listed({CP: KEY})
    wrong = "hunter2hunter2"
    async with house.open(profile=1) as server:
        async with dial(server, key=KEY, path="/ocpp/CP-1?token=tok-en"):
            await house.opened()
        assert await status_of(dial(server, house.client(), wrong)) == 401
    # From our side: the client is in this process too, and the library says what it sends.
    said = "\n".join(line for line in log_lines().splitlines() if '"websockets.client"' not in line)
    assert "connection.opened" in said
    assert "wrong-credentials" in said
    for shown in (KEY, wrong, base64.b64encode(f"CP-1:{KEY}".encode()).decode(), "Authorization", "tok-en"):
        assert shown not in said
