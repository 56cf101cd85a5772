"""Clients that send garbage, in ones and in hundreds: each is answered as OCPP-J says, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from healer.app import App
from healer.model import OcppVersion
from tests.e2e.daemon import PATIENCE_S, fetch, running, scrape, series, settings, until

pytestmark = pytest.mark.e2e

FRAME_LIMIT = 200_000
V16, V201 = OcppVersion.V16, OcppVersion.V201
VERSIONS = [V16, V201]

SILENCE: Expected = None
RESULT = "result"

Expected = str | None
"""A CALLERROR's code with the message id it names, `RESULT`, or `SILENCE`."""


@dataclass(frozen=True)
class Nasty:
    """A frame, and how each version is to answer it."""

    name: str
    frame: str | bytes
    on_16: Expected
    on_201: Expected
    refused: str | None = "malformed"
    """The `result` under which it is counted; None: it is taken, with what can be read of it."""

    def expected(self, version: OcppVersion) -> Expected:
        return self.on_16 if version is V16 else self.on_201


def _call(action: str, payload: object, message_id: object = "x") -> str:
    return json.dumps([2, message_id, action, payload])


def _formed_wrongly(on_201: str) -> tuple[str, str]:
    """1.6 has one code for everything that is formed wrongly."""
    return "FormationViolation x", f"{on_201} x"


def _taken(name: str, frame: str) -> Nasty:
    """Garbage within a frame that is in order: it is answered, and what can be read of it is taken in."""
    return Nasty(name, frame, RESULT, RESULT, None)


NO_ID = (SILENCE, "RpcFrameworkError -1")
"""1.6 has no way to answer a frame whose message id cannot be read."""

NO_JSON = _formed_wrongly("FormatViolation")
NO_CALL = _formed_wrongly("RpcFrameworkError")

NASTY = [
    Nasty("no JSON", "no JSON at all", *NO_ID),
    Nasty("nothing", "", *NO_ID),
    Nasty("cut off", '[2,"x","BootNotification",{"chargePointVe', *NO_JSON),
    Nasty("an object", '{"action":"Heartbeat"}', *NO_ID),
    Nasty("a number", "12", *NO_ID),
    Nasty("null", "null", *NO_ID),
    Nasty("an empty array", "[]", *NO_ID),
    Nasty("a type alone", "[2]", *NO_ID),
    Nasty("no action", '[2,"x"]', *NO_CALL),
    Nasty("an action that is a list", '[2,"x",["Heartbeat"],{}]', *NO_CALL),
    Nasty("an action that is a number", '[2,"x",7,{}]', *NO_CALL),
    Nasty("a payload that is a list", '[2,"x","Heartbeat",[1]]', *_formed_wrongly("ProtocolError")),
    Nasty("a message id that is a list", '[2,["x"],"Heartbeat",{}]', *NO_ID),
    Nasty("a message id without end", _call("Heartbeat", {}, "x" * 5000), *NO_ID),
    Nasty("a message type of tomorrow", '[7,"x",{}]', SILENCE, "MessageTypeNotSupported x"),
    Nasty("half a message type", '[2.5,"x","Heartbeat",{}]', *NO_CALL),
    Nasty("depth without end", '[2,"x","DataTransfer",' + "[" * 50_000, *NO_JSON),
    Nasty("depth", '[2,"x","DataTransfer",{"vendorId":' + "[" * 20_000 + "]" * 20_000 + "}]", *NO_JSON),
    Nasty("a number without end", '[2,"x","StatusNotification",{"connectorId":' + "9" * 9000 + "}]", *NO_JSON),
    Nasty("infinity", '[2,"x","MeterValues",{"connectorId":1e999999}]', *NO_JSON),
    Nasty("half a character", '[2,"x","DataTransfer",{"vendorId":"\\ud800"}]', *NO_JSON),
    Nasty("bytes", b"\x00\xff\xfe\x80", *NO_ID),
    Nasty("zeros", b"\x00" * 1000, *NO_ID),
    Nasty("an unknown action", _call("MakeCoffee", {}), "NotImplemented x", "NotImplemented x", "unknown-action"),
    Nasty("an action without end", _call("A" * 9000, {}), "NotImplemented x", "NotImplemented x", "unknown-action"),
    Nasty("a command of ours", _call("Reset", {"type": "Hard"}), "NotSupported x", "NotSupported x", "unknown-action"),
    Nasty("an answer nobody asked for", '[3,"x",{}]', SILENCE, SILENCE, "foreign"),
    Nasty("an error nobody asked for", '[4,"x"]', SILENCE, SILENCE, "foreign"),
    Nasty("an answer to nothing", "[3]", SILENCE, SILENCE),
    Nasty("an answer that is text", '[3,"x","fine"]', SILENCE, SILENCE),
    _taken("a boot of wrong types", _call("BootNotification", {"chargePointVendor": 7, "chargingStation": []})),
    _taken("a status of wrong types", _call("StatusNotification", {"connectorId": [], "evseId": {}, "status": 3})),
    _taken(
        "a connector of another world",
        _call("StatusNotification", {"connectorId": 2**62, "status": "Faulted", "errorCode": "x" * 9000}),
    ),
    Nasty("a start of nothing", _call("StartTransaction", {}), RESULT, "NotImplemented x", None),
    Nasty("an event of nothing", _call("TransactionEvent", {}), "NotImplemented x", RESULT, None),
    _taken("a meter of lists", _call("MeterValues", {"connectorId": 1, "meterValue": [[[]], 4, None]})),
]


BOOT = {"chargePointVendor": "Acme", "chargePointModel": "DC50", "chargingStation": {"vendorName": "A", "model": "B"}}
"""Enough for both versions to know who it is."""


# --- clients ----------------------------------------------------------------------------------------------------------


def dial(app: App, charger: str, version: OcppVersion = V16) -> connect:
    return connect(
        f"{app.ocpp_url}/{charger}",
        subprotocols=[Subprotocol(version.subprotocol)],
        ping_interval=None,
        close_timeout=0.5,
        proxy=None,
    )


async def ask(client: ClientConnection, action: str, payload: dict[str, Any], message_id: str) -> list[Any]:
    """Every frame that came until the answer to this CALL, the answer last."""
    await client.send(_call(action, payload, message_id))
    came: list[Any] = []
    async with asyncio.timeout(PATIENCE_S):
        while not came or came[-1][1] != message_id:
            came.append(json.loads(await client.recv()))
    return came


async def answers_to(client: ClientConnection, frame: str | bytes) -> list[str]:
    """How a frame is answered, and that the connection lives on."""
    await client.send(frame)
    *before, alive = await ask(client, "Heartbeat", {}, "alive")
    assert alive[0] == 3
    answers = [frame for frame in before if frame[0] != 2]  # the daemon may ask for a status of its own accord
    return [f"{answer[2]} {answer[1]}" if answer[0] == 4 else RESULT for answer in answers]


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_kind_of_garbage_is_answered_as_ocpp_j_says_and_the_connection_lives_on(
    tmp_path: Path, version: OcppVersion
) -> None:
    wanted, got = {}, {}
    async with running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)) as app, dial(app, "BAD", version) as bad:
        for nasty in NASTY:
            expected = nasty.expected(version)
            wanted[nasty.name] = [] if expected is SILENCE else [expected]
            got[nasty.name] = await answers_to(bad, nasty.frame)
        numbers = await scrape(app)
    assert got == wanted
    assert numbers[series("healer_chargers_quarantined_total")] == 0
    refused = Counter(nasty.refused for nasty in NASTY if nasty.refused in {"malformed", "foreign"})
    for result, count in refused.items():
        assert _counted(numbers, result) >= count


def _counted(numbers: dict[str, float], result: str) -> float:
    """Messages that came in and were counted under a result, over all actions."""
    return sum(
        number
        for name, number in numbers.items()
        if name.startswith("healer_ocpp_messages_total{") and "direction=in" in name and f"result={result}}}" in name
    )


def _settings(tmp_path: Path) -> Any:
    """No pacing: how a flood is slowed down is the server's own test's matter."""
    return settings(tmp_path / "healer.sqlite", max_frame_bytes=FRAME_LIMIT, max_frame_rate=10_000)


# --- a crowd of them --------------------------------------------------------------------------------------------------


async def _talk_nonsense(app: App, name: str, version: OcppVersion) -> None:
    async with dial(app, name, version) as client:
        for nasty in NASTY:
            await client.send(nasty.frame)
        await ask(client, "Heartbeat", {}, "alive")


ANSWERS = 200


async def _answer_unasked(app: App, name: str, version: OcppVersion) -> None:
    async with dial(app, name, version) as client:
        for number in range(ANSWERS):
            await client.send(json.dumps([3 + number % 2, f"nobody-{number}", {}]))
        await ask(client, "Heartbeat", {}, "alive")


async def _send_too_much(app: App, name: str, version: OcppVersion) -> None:
    async with dial(app, name, version) as client:
        await ask(client, "BootNotification", BOOT, "boot")
        with contextlib.suppress(ConnectionClosed):
            await client.send(_call("DataTransfer", {"vendorId": "x" * FRAME_LIMIT}))
        async with asyncio.timeout(PATIENCE_S):
            await client.wait_closed()
        assert client.close_code == 1009


async def _speak_no_ocpp(app: App, name: str, version: OcppVersion) -> None:
    for subprotocols in (None, [Subprotocol("ocpp1.5")], [Subprotocol("chat")]):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{app.ocpp_url}/{name}", subprotocols=subprotocols, proxy=None)
        assert refused.value.response.status_code == 400


async def _come_by_a_wrong_path(app: App, name: str, version: OcppVersion) -> None:
    for path in ("/", "/%00", "/%ff%fe", "/" + "x" * 300):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{app.ocpp_url}{path}", subprotocols=[Subprotocol(version.subprotocol)], proxy=None)
        assert refused.value.response.status_code == 404


async def _be_no_websocket(app: App, name: str, version: OcppVersion) -> None:
    url = urlsplit(app.ocpp_url)
    assert url.port is not None
    for said in (
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00" * 9000,
        b"GET /" + b"x" * 99_999,
    ):
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(said)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _vanish(app: App, name: str, version: OcppVersion) -> None:
    for _ in range(5):
        client = await dial(app, name, version)
        await client.send(_call("BootNotification", {}))
        client.transport.abort()
        await client.wait_closed()


ROLES: list[Callable[[App, str, OcppVersion], Coroutine[None, None, None]]] = [
    _talk_nonsense,
    _answer_unasked,
    _send_too_much,
    _speak_no_ocpp,
    _come_by_a_wrong_path,
    _be_no_websocket,
    _vanish,
]

CROWD = 203
"""Clients at once, as many of each role."""


class GoodCharger:
    """Sends one Heartbeat after the other and notes how each was answered."""

    def __init__(self) -> None:
        self.answered = 0
        self.strange: list[Any] = []
        """Frames that were neither answers to a Heartbeat nor commands."""

    async def beat(self, client: ClientConnection) -> None:
        while True:
            *before, answer = await ask(client, "Heartbeat", {}, f"beat-{self.answered}")
            assert answer[0] == 3
            assert "currentTime" in answer[2]
            self.answered += 1
            for kind, message_id, *rest in before:
                if kind == 2:
                    await client.send(json.dumps([3, message_id, {"status": "Rejected"}]))
                else:
                    self.strange.append([kind, message_id, *rest])


async def test_a_crowd_of_hostile_clients_does_not_keep_a_good_charger_from_being_heard(tmp_path: Path) -> None:
    good = GoodCharger()
    with capture_logs() as logs:
        async with running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)) as app, dial(app, "GOOD") as client:
            await ask(client, "BootNotification", BOOT, "boot")
            beating = asyncio.create_task(good.beat(client))
            async with asyncio.TaskGroup() as crowd:
                for number in range(CROWD):
                    role, version = ROLES[number % len(ROLES)], VERSIONS[number // len(ROLES) % 2]
                    crowd.create_task(role(app, f"BAD-{number}", version))
            during = good.answered
            await until(lambda: good.answered >= during + 10 or beating.done(), "the good charger is still answered")
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            numbers = await scrape(app)
            assert (await fetch(f"{app.http_url}/healthz"))[0] == 200
            assert (await fetch(f"{app.http_url}/readyz"))[0] == 200
            # Whoever never said what it is (BAD-1 only answered) is forgotten with its connection.
            assert {"GOOD", "BAD-0"} <= app.engine.chargers.keys()
            assert "BAD-1" not in app.engine.chargers
    assert during >= 10
    assert good.strange == []
    each = CROWD // len(ROLES)
    assert _counted(numbers, "foreign") == each * (ANSWERS + _how_many("foreign"))
    assert _counted(numbers, "malformed") == each * _how_many("malformed")
    assert numbers[series("healer_chargers_quarantined_total")] == 0
    too_large = [name for name in numbers if "charger_disconnects_total" in name and "reason=too-large" in name]
    assert len(too_large) == each
    failures = {"event.failed", "connection.failed", "store.failed", "record.rejected"}
    assert [log for log in logs if log["event"] in failures] == []
    refused = Counter[int]()
    for log in logs:
        if log["event"] == "connection.refused":
            refused[log["status"]] += log.get("count", 1)
    assert refused[400] == 3 * each
    assert refused[404] >= 4 * each


def _how_many(refused: str) -> int:
    return sum(nasty.refused == refused for nasty in NASTY)


async def test_identities_and_words_of_chargers_cannot_break_the_metrics(tmp_path: Path) -> None:
    wild = 'x"},{=\\n'
    async with running(tmp_path / "healer.sqlite", wanted=_settings(tmp_path)) as app, dial(app, "a%22b%5Cc") as client:
        boot = {"chargePointVendor": wild, "chargePointModel": "\n\r\t\u2028" + "é" * 300, "firmwareVersion": "\x00"}
        await ask(client, "BootNotification", boot, "boot")
        await ask(client, "StatusNotification", {"connectorId": 1, "errorCode": wild, "status": "Faulted"}, "status")
        for number in range(60):
            report = {"connectorId": 1, "errorCode": f"Code{number}", "status": "Faulted"}
            await ask(client, "StatusNotification", report, f"s{number}")
        _, text = await fetch(f"{app.http_url}/metrics")
    lines = [line for line in text.splitlines() if 'charger="a\\"b\\\\c"' in line]
    assert any(line.startswith("healer_charger_info{") for line in lines)
    assert len([line for line in lines if line.startswith("healer_connector_errors_total{")]) == 1
    assert all(line.startswith(("#", "healer_", "process_", "python_")) for line in text.splitlines())
