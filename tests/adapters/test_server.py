"""The OCPP port, met by real websocket clients on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from healer import events
from healer.adapters.server import OcppServer, identity_of
from healer.config import OcppSettings
from healer.config.security import SecuritySettings
from healer.fleet.peer import Peer, Proof, Refusal
from healer.model import ChargerId, ConnectionId, OcppVersion
from healer.ports import Admitted, Gate, Knock, Refused

BOUND_S = 10.0
V16 = Subprotocol("ocpp1.6")
V201 = Subprotocol("ocpp2.0.1")
Kind = TypeVar("Kind", bound=events.Event)


class Reports:
    """What the server reported, and a way to wait for more."""

    def __init__(self) -> None:
        self.all: list[events.Event] = []
        self._news = asyncio.Event()
        self.fail_on: Callable[[events.Event], bool] = lambda _: False

    def __call__(self, event: events.Event) -> None:
        self.all.append(event)
        self._news.set()
        if self.fail_on(event):
            raise RuntimeError("a bug of ours")

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.all if isinstance(event, kind)]

    async def first(self, kind: type[Kind], count: int = 1) -> Kind:
        """The count-th event of a kind, waited for."""
        async with asyncio.timeout(BOUND_S):
            while len(self.of(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return self.of(kind)[count - 1]


class OpenGate:
    """Lets everybody in."""

    async def admit(self, charger: ChargerId, knock: Knock) -> Admitted | Refused:
        return Admitted()


@contextlib.asynccontextmanager
async def serving(gate: Gate | None = None, **changes: object) -> AsyncIterator[tuple[OcppServer, Reports]]:
    reports = Reports()
    settings = OcppSettings.model_validate({"host": "127.0.0.1", "port": 0, "close_timeout_s": 0.5, **changes})
    server = OcppServer(settings, reports, gate=gate or OpenGate())
    await server.start()
    try:
        yield server, reports
    finally:
        await server.stop(within_s=4.0)


def dial(
    server: OcppServer, path: str = "/CP-1", *protocols: Subprotocol, headers: Mapping[str, str] | None = None
) -> connect:
    host, port = server.address
    return connect(
        f"ws://{host}:{port}{path}",
        subprotocols=protocols or (V16,),
        additional_headers=headers,
        ping_interval=None,
        close_timeout=0.5,
        proxy=None,
    )


async def deaf(server: OcppServer, path: str = "/deaf") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A charger that opens a websocket by hand and reads nothing more than the handshake."""
    reader, writer = await asyncio.open_connection(*server.address, limit=1024)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def closed(client: ClientConnection) -> tuple[int, str]:
    async with asyncio.timeout(BOUND_S):
        await client.wait_closed()
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


# --- handshake --------------------------------------------------------------------------------------------------------


async def test_it_reports_a_charger_by_the_last_segment_of_its_path() -> None:
    async with serving() as (server, reports), dial(server, "/any/prefix/Depot%2F1?token=x") as client:
        opened = await reports.first(events.ConnectionOpened)
        assert (opened.charger, opened.version) == ("Depot/1", OcppVersion.V16)
        assert client.subprotocol == "ocpp1.6"


async def test_it_picks_the_highest_version_that_both_speak() -> None:
    async with serving() as (server, reports), dial(server, "/CP-1", Subprotocol("ocpp9.9"), V16, V201) as client:
        assert client.subprotocol == "ocpp2.0.1"
        assert (await reports.first(events.ConnectionOpened)).version is OcppVersion.V201


async def test_it_refuses_a_charger_without_a_common_subprotocol_and_says_why() -> None:
    async with serving() as (server, reports):
        with capture_logs() as logs, pytest.raises(InvalidStatus) as refused:
            await dial(server, "/CP-1", Subprotocol("ocpp1.5"))
        assert refused.value.response.status_code == 400
        assert b"ocpp2.0.1 or ocpp1.6" in refused.value.response.body
        assert [log["event"] for log in logs] == ["connection.refused"]
        host, port = server.address
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{host}:{port}/CP-1", proxy=None)
        assert reports.all == []


@pytest.mark.parametrize("path", ["/", "/ocpp/", "/%0a", "/" + "x" * 256, "/%ff", "/%20CP", "/?CP-1", "/..", "/%2e"])
async def test_it_refuses_a_path_without_an_identity(path: str) -> None:
    async with serving() as (server, reports):
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, path)
        assert refused.value.response.status_code == 404
        assert reports.all == []


def test_an_identity_keeps_its_letters() -> None:
    assert identity_of("/CP-1") == "CP-1"
    assert identity_of("/a/b/S%C3%A4ule%204") == "Säule 4"
    assert identity_of("CP") == "CP"
    assert identity_of("/a/..CP") == "..CP"


@pytest.mark.parametrize("path", ["/ocpp/.", "/ocpp/..", "/%2E%2e", "/a/%2E", "http://u:p@h", "http://u:p@h/"])
def test_a_step_in_a_path_and_a_host_are_no_identity(path: str) -> None:
    assert identity_of(path) is None


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/ocpp/\x1b[31mEVIL\x07", r"/ocpp/\x1b[31mEVIL\x07"),
        (b"http://user:hunter2@h/ocpp/CP-1?token=hunter2", "/ocpp/CP-1"),
        (b"http://user:hunter2@h", "/"),
        (b"/ocpp/CP-1?next=http://user:hunter2@h/", "/ocpp/CP-1"),
    ],
)
async def test_the_log_shows_no_secrets_and_nothing_that_a_terminal_obeys(target: bytes, shown: str) -> None:
    async with serving(Doorman(Refused(Refusal.BUSY))) as (server, _):
        with capture_logs() as logs:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
            writer.write(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            async with asyncio.timeout(BOUND_S):
                assert await reader.read()
            writer.close()
        assert [log["path"] for log in logs] == [shown]


async def test_many_refusals_of_a_kind_are_summed_up() -> None:
    async with serving(Doorman(Refused(Refusal.WRONG_CREDENTIALS))) as (server, _):
        with capture_logs() as logs:
            for _ in range(5):
                with pytest.raises(InvalidStatus):
                    await dial(server)
            await server.stop()
        assert [(log["event"], log.get("count")) for log in logs] == [
            ("connection.refused", None),
            ("connection.refused", 4),
        ]


# --- those who are not open yet ---------------------------------------------------------------------------------------


async def silent(server: OcppServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Somebody who connects and says nothing."""
    return await asyncio.open_connection(*server.address)


async def test_beyond_the_bound_of_handshakes_under_way_sockets_are_closed_at_once() -> None:
    async with serving(max_connections=100, handshake_timeout_s=60.0) as (server, reports):
        with capture_logs() as logs:
            crowd = [await silent(server) for _ in range(64)]
            for _ in range(3):
                reader, writer = await silent(server)
                async with asyncio.timeout(BOUND_S):
                    assert await reader.read() == b""
                writer.close()
            assert [log["event"] for log in logs] == ["handshakes.exceeded"]
            crowd.pop()[1].close()
            async with asyncio.timeout(BOUND_S):
                while True:  # the server hears of it in its own time
                    with contextlib.suppress(InvalidMessage, OSError):
                        async with dial(server):
                            break
            await reports.first(events.ConnectionOpened)
        for _, writer in crowd:
            writer.close()


async def test_open_connections_do_not_count_as_handshakes() -> None:
    async with serving(max_connections=100) as (server, reports), contextlib.AsyncExitStack() as stack:
        for number in range(80):
            await stack.enter_async_context(dial(server, f"/CP-{number}"))
        await reports.first(events.ConnectionOpened, 80)


async def test_it_refuses_connections_beyond_the_bound() -> None:
    async with serving(max_connections=1) as (server, reports), dial(server):
        await reports.first(events.ConnectionOpened)
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, "/CP-2")
        assert refused.value.response.status_code == 503


async def test_it_compresses_without_context_takeover() -> None:
    async with serving() as (server, _), dial(server) as client:
        assert client.response is not None
        extension = client.response.headers["Sec-WebSocket-Extensions"]
        assert "permessage-deflate" in extension
        assert "server_no_context_takeover" in extension
        assert "client_no_context_takeover" in extension


# --- the gate ---------------------------------------------------------------------------------------------------------


class Doorman:
    """A gate that says what it is told to, and remembers who came."""

    def __init__(self, says: Admitted | Refused | Exception) -> None:
        self.says = says
        self.came: list[tuple[ChargerId, Knock]] = []

    async def admit(self, charger: ChargerId, knock: Knock) -> Admitted | Refused:
        self.came.append((charger, knock))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def test_the_gate_sees_what_is_shown_and_the_event_says_what_it_proved() -> None:
    peer = Peer("192.0.2.1", proof=Proof.PASSWORD)
    doorman = Doorman(Admitted(peer))
    headers = {"Authorization": "Basic eDp5", "X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
    async with serving(doorman) as (server, reports), dial(server, "/a/CP%201", headers=headers):
        assert (await reports.first(events.ConnectionOpened)).peer == peer
    (charger, knock) = doorman.came[0]
    assert charger == "CP 1"
    assert knock == Knock("127.0.0.1", False, None, "Basic eDp5", ("for=192.0.2.1",), ("192.0.2.1",))


@pytest.mark.parametrize("reason", Refusal)
async def test_each_refusal_has_its_answer_and_is_reported(reason: Refusal) -> None:
    wanted = {
        Refusal.NO_CREDENTIALS: 401,
        Refusal.WRONG_CREDENTIALS: 401,
        Refusal.TLS_REQUIRED: 403,
        Refusal.NO_CLIENT_CERTIFICATE: 403,
        Refusal.WRONG_CERTIFICATE: 403,
        Refusal.UNKNOWN_CHARGER: 404,
        Refusal.TOO_MANY_ATTEMPTS: 429,
        Refusal.ADDRESS_LIMIT: 429,
        Refusal.BUSY: 503,
    }[reason]
    async with serving(Doorman(Refused(reason, retry_after_s=1.5))) as (server, reports):
        with capture_logs() as logs, pytest.raises(InvalidStatus) as refused:
            await dial(server)
        response = refused.value.response
        assert response.status_code == wanted
        assert response.headers["Retry-After"] == "2"
        assert response.headers.get("WWW-Authenticate", "").startswith("Basic") == (wanted == 401)
        assert reports.all == [events.ConnectionRefused(ChargerId("CP-1"), reason)]
        assert [(log["event"], log["reason"]) for log in logs] == [("connection.refused", reason)]


async def test_a_path_without_an_identity_is_refused_before_the_gate_and_not_reported() -> None:
    doorman = Doorman(Admitted())
    async with serving(doorman) as (server, reports):
        with pytest.raises(InvalidStatus):
            await dial(server, "/")
        assert (doorman.came, reports.all) == ([], [])


async def test_a_gate_that_fails_lets_nobody_in() -> None:
    async with serving(Doorman(RuntimeError("a bug of ours"))) as (server, reports):
        with pytest.raises(InvalidStatus) as refused:
            await dial(server)
        assert refused.value.response.status_code == 500
        assert reports.all == []


async def test_one_address_has_only_so_many_connections_once_proxies_are_trusted() -> None:
    security = SecuritySettings(trusted_proxies=("10.0.0.0/8",), max_connections_per_address=1)
    doorman = Doorman(Admitted(Peer("192.0.2.1")))
    async with serving(doorman, security=security) as (server, reports), dial(server):
        await reports.first(events.ConnectionOpened)
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, "/CP-2")
        assert refused.value.response.status_code == 429
        assert reports.of(events.ConnectionRefused)[0].reason is Refusal.ADDRESS_LIMIT
        doorman.says = Admitted(Peer("192.0.2.2"))
        async with dial(server, "/CP-3"):
            await reports.first(events.ConnectionOpened, 2)
        await reports.first(events.ConnectionClosed)
        async with dial(server, "/CP-3"):
            await reports.first(events.ConnectionOpened, 3)


@pytest.mark.parametrize(("default", "listed"), [(OcppVersion.V16, False), (None, True)])
async def test_a_charger_without_a_subprotocol_is_refused(default: OcppVersion | None, listed: bool) -> None:
    async with serving(Doorman(Admitted(listed=listed)), without_subprotocol=default) as (server, reports):
        host, port = server.address
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{host}:{port}/CP-1", proxy=None)
        assert refused.value.response.status_code == 400
        assert reports.of(events.ConnectionOpened) == []


async def test_a_listed_charger_without_a_subprotocol_speaks_the_version_that_the_settings_name() -> None:
    async with serving(Doorman(Admitted(listed=True)), without_subprotocol=OcppVersion.V16) as (server, reports):
        host, port = server.address
        async with connect(f"ws://{host}:{port}/CP-1", proxy=None) as client:
            assert client.subprotocol is None
            assert (await reports.first(events.ConnectionOpened)).version is OcppVersion.V16
            await client.send("heard")
            assert (await reports.first(events.FrameReceived)).data == "heard"
        with pytest.raises(InvalidStatus):
            await dial(server, "/CP-1", Subprotocol("ocpp1.5"))


async def test_an_address_that_cannot_be_had_is_named() -> None:
    async with serving() as (server, _):
        host, port = server.address
        other = OcppServer(OcppSettings(host=host, port=port), Reports(), gate=OpenGate())
        with pytest.raises(OSError, match="in use") as refused:
            await other.start()
        assert refused.value.filename == f"{host} port {port}"


# --- frames -----------------------------------------------------------------------------------------------------------


async def test_it_hands_on_text_and_bytes_as_they_are_and_in_order() -> None:
    async with serving() as (server, reports), dial(server) as client:
        await client.send("no JSON at all")
        await client.send(b"\xff\x00")
        await reports.first(events.FrameReceived, 2)
        assert [frame.data for frame in reports.of(events.FrameReceived)] == ["no JSON at all", b"\xff\x00"]
        assert isinstance(reports.all[0], events.ConnectionOpened)
        assert {frame.connection for frame in reports.of(events.FrameReceived)} == {reports.all[0].connection}


async def test_it_sends_frames_in_order_and_knows_no_foreign_connection() -> None:
    async with serving() as (server, reports), dial(server) as client:
        connection = (await reports.first(events.ConnectionOpened)).connection
        assert [server.send(connection, str(number)) for number in range(20)] == [True] * 20
        async with asyncio.timeout(BOUND_S):
            assert [await client.recv() for _ in range(20)] == [str(number) for number in range(20)]
        assert server.send(ConnectionId("nobody"), "x") is False


async def test_a_frame_beyond_the_limit_closes_its_connection_alone() -> None:
    async with serving(max_frame_bytes=1024) as (server, reports), dial(server) as bad, dial(server, "/CP-2") as good:
        await bad.send("x" * 2000)
        assert (await closed(bad))[0] == 1009
        assert (await reports.first(events.ConnectionClosed)).reason == "too-large"
        await good.send("still here")
        assert (await reports.first(events.FrameReceived)).data == "still here"


async def test_text_that_is_no_utf8_is_a_protocol_error() -> None:
    async with serving() as (server, reports):
        _, writer = await deaf(server)
        writer.write(b"\x81\x81\x00\x00\x00\x00\xff")
        assert (await reports.first(events.ConnectionClosed)).reason == "protocol-error"
        writer.close()


async def test_a_flood_is_slowed_down_and_others_are_served_meanwhile() -> None:
    async with serving(max_frame_rate=20) as (server, reports), dial(server) as loud, dial(server, "/CP-2") as calm:
        flood = asyncio.create_task(_flood(loud))
        await reports.first(events.FrameReceived, 200)
        await calm.send("calm")
        async with asyncio.timeout(BOUND_S):
            while not any(frame.data == "calm" for frame in reports.of(events.FrameReceived)):
                await reports.first(events.FrameReceived, len(reports.of(events.FrameReceived)) + 1)
        assert len(reports.of(events.FrameReceived)) < 400
        flood.cancel()


async def _flood(client: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.send("x" * 500)
            await asyncio.sleep(0)


# --- liveness ---------------------------------------------------------------------------------------------------------


async def test_it_reports_pongs() -> None:
    async with serving(ping_interval_s=0.01) as (server, reports), dial(server):
        opened = await reports.first(events.ConnectionOpened)
        assert (await reports.first(events.PongReceived, 2)).connection == opened.connection


async def test_a_charger_that_answers_no_ping_is_cut_off() -> None:
    async with serving(ping_interval_s=0.01, pong_timeout_s=0.05) as (server, reports):
        _, writer = await deaf(server)
        assert (await reports.first(events.ConnectionClosed)).reason == "ping-timeout"
        writer.close()


async def test_a_charger_that_answers_no_ping_but_sends_frames_is_alive() -> None:
    async with serving(ping_interval_s=0.01, pong_timeout_s=0.2) as (server, reports):
        _, writer = await deaf(server)
        for count in range(1, 30):
            writer.write(b"\x81\x81\x00\x00\x00\x00x")
            await reports.first(events.FrameReceived, count)
            await asyncio.sleep(0.02)  # not to wait for anything: this is how often it speaks
        assert reports.of(events.ConnectionClosed) == []
        writer.close()
        assert (await reports.first(events.ConnectionClosed)).reason == "lost"


# --- closing ----------------------------------------------------------------------------------------------------------


async def test_a_charger_that_hangs_up_is_reported_once() -> None:
    async with serving() as (server, reports):
        async with dial(server) as client:
            connection = (await reports.first(events.ConnectionOpened)).connection
            await client.send("last words")
        ended = await reports.first(events.ConnectionClosed)
        assert ended == events.ConnectionClosed(connection, "closed")
        assert reports.all[-1] is ended
        assert server.send(connection, "x") is False
        assert len(reports.of(events.ConnectionClosed)) == 1
        assert server.connections == 0


async def test_a_close_goes_out_after_what_was_sent_before_it() -> None:
    async with serving() as (server, reports), dial(server) as client:
        connection = (await reports.first(events.ConnectionOpened)).connection
        assert server.send(connection, "goodbye") is True
        server.close(connection, 1000, "replaced")
        server.close(connection, 1000, "too late")
        assert server.send(connection, "x") is False
        async with asyncio.timeout(BOUND_S):
            assert await client.recv() == "goodbye"
        assert await closed(client) == (1000, "replaced")
        assert reports.of(events.ConnectionClosed) == [events.ConnectionClosed(connection, "replaced")]


async def test_two_connections_of_one_charger_are_two_connections() -> None:
    async with serving() as (server, reports), dial(server), dial(server):
        await reports.first(events.ConnectionOpened, 2)
        assert len({opened.connection for opened in reports.of(events.ConnectionOpened)}) == 2


async def test_a_charger_that_does_not_read_fills_its_own_outbox_and_is_closed() -> None:
    async with serving(max_outbox=5) as (server, reports), dial(server, "/CP-2") as other:
        _, writer = await deaf(server)
        slow = (await reports.first(events.ConnectionOpened, 2)).connection
        taken = 0
        while server.send(slow, "x" * 100_000):
            taken += 1
            await asyncio.sleep(0)
            assert taken < 1000
        assert taken > 5
        assert (await reports.first(events.ConnectionClosed)).reason == "outbox-full"
        await other.send("unharmed")
        assert (await reports.first(events.FrameReceived)).data == "unharmed"
        writer.close()


async def test_pings_of_a_charger_that_does_not_read_do_not_pile_up() -> None:
    async with serving() as (server, reports):
        _, writer = await deaf(server)
        await reports.first(events.ConnectionOpened)
        pings = (b"\x89\xfd" + bytes(4) + b"x" * 125) * 1000
        sent = 0
        with contextlib.suppress(TimeoutError):  # it is not read any more once its answers are stuck
            async with asyncio.timeout(1):
                while sent < 200_000_000:
                    writer.write(pings)
                    sent += len(pings)
                    await writer.drain()
        assert sent < 50_000_000
        writer.transport.abort()


async def test_a_fault_in_one_connection_ends_that_connection_only() -> None:
    async with serving() as (server, reports), dial(server) as bad, dial(server, "/CP-2") as good:
        reports.fail_on = lambda event: isinstance(event, events.FrameReceived) and event.data == "poison"
        with capture_logs() as logs:
            await bad.send("poison")
            assert (await closed(bad))[0] == 1011
        assert "connection.failed" in [log["event"] for log in logs]
        assert [ended.reason for ended in reports.of(events.ConnectionClosed)] == ["error"]
        await good.send("well")
        assert (await reports.first(events.FrameReceived, 2)).data == "well"


async def test_stopping_closes_every_connection_with_1012_and_refuses_new_ones() -> None:
    async with serving() as (server, reports), dial(server) as one, dial(server, "/CP-2") as two:
        await reports.first(events.ConnectionOpened, 2)
        address = server.address
        await server.stop(within_s=4.0)
        assert [(await closed(client))[0] for client in (one, two)] == [1012, 1012]
        assert [ended.reason for ended in reports.of(events.ConnectionClosed)] == ["shutdown", "shutdown"]
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection(*address)
        await server.stop()


async def test_stopping_does_not_wait_for_those_that_do_not_answer() -> None:
    async with serving(close_timeout_s=60.0, handshake_timeout_s=60.0) as (server, reports):
        _, writer = await deaf(server)
        await reports.first(events.ConnectionOpened)
        _, silent = await asyncio.open_connection(*server.address)
        async with asyncio.timeout(5):
            await server.stop(within_s=0.2)
        assert (await reports.first(events.ConnectionClosed)).reason == "shutdown"
        writer.close()
        silent.close()
