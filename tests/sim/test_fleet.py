"""Simulated chargers at a real websocket, against a central system that shares no code with them."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import Any

import pytest

from healer.behaviour import Habits, Identity, Reaction, SimulatedCharger
from healer.model import ChargerId, OcppVersion, Status
from healer.ocpp import messages
from healer.sim.fleet import Fleet, loop_clock
from healer.sim.live import Dialling
from healer.sim.script import Scene, play
from tests.sim.central import Central, a_central_system, until

V16, V201 = OcppVersion.V16, OcppVersion.V201
QUICK = Habits(
    drop_after_s=0.02,
    boot_time_s=0.1,
    status_after_boot_s=0.02,
    redial_s=0.05,
    retry_s=0.1,
    start_after_s=0.02,
    meter_every_s=0.1,
    unplug_after_s=0.1,
    upload_s=0.02,
    download_s=0.02,
    install_s=0.02,
)


def a_charger(name: str = "A", version: OcppVersion = V16, **replies: Reaction) -> SimulatedCharger:
    identity = Identity(ChargerId(name), version, "Acme", "AC22", "S1", "1.0.0", connectors=2)
    by_action = {action.replace("_", "-").replace("reset-", "reset "): word for action, word in replies.items()}
    return SimulatedCharger(identity, QUICK, by_action)


def a_fleet(url: str, *chargers: SimulatedCharger, **dialling: float) -> Fleet:
    settings = {"spread_s": 0.0, "retry_s": 0.05, "longest_retry_s": 0.2, **dialling}
    return Fleet(Dialling(url, **settings), chargers, loop_clock(), rng=random.Random(1))


@pytest.fixture(params=list(OcppVersion))
def version(request: pytest.FixtureRequest) -> OcppVersion:
    return OcppVersion(request.param)


async def booted(central: Central, charger: str = "A") -> None:
    await until(lambda: bool(central.statuses(charger, 2)))


def reset(version: OcppVersion, hard: bool = False) -> dict[str, Any]:
    words = ("Soft", "Hard") if version is V16 else ("OnIdle", "Immediate")
    return {"type": words[hard]}


def place(version: OcppVersion, number: int) -> dict[str, Any]:
    return {"connectorId": number} if version is V16 else {"evseId": number, "connectorId": 1}


async def test_it_connects_boots_and_reports_each_connector(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger("Depot 1/A", version)) as fleet:
        await booted(central, "Depot 1/A")
        (boot,) = central.of("Depot 1/A", "BootNotification")
        assert central.statuses("Depot 1/A", 1) == ["Available"]
        if version is V16:
            assert boot["chargePointVendor"] == "Acme"
            assert central.statuses("Depot 1/A", 0) == ["Available"]
        else:
            assert boot["reason"] == "PowerUp"
            assert boot["chargingStation"]["serialNumber"] == "S1"
        assert fleet.connected == 1
        assert fleet.ever_connected


async def test_a_reset_is_answered_before_the_link_drops_and_heals(version: OcppVersion) -> None:
    charger = a_charger("A", version)
    async with a_central_system() as central, a_fleet(central.url, charger) as fleet:
        await booted(central)
        fleet.charger("A").fault(1, "InternalError", fleet.now())
        await until(lambda: central.statuses("A")[-1] == "Faulted")
        assert await central.command("A", "Reset", reset(version)) == (3, {"status": "Accepted"})
        await until(lambda: len(central.of("A", "BootNotification")) == 2)
        await until(lambda: central.statuses("A")[-1] == "Available")
        assert central.arrivals == ["A", "A"]
        assert charger.status(1) is Status.AVAILABLE
        await until(lambda: version is V16 or len(central.of("A", "NotifyEvent")) == 2)
    if version is not V16:
        told = [event for said in central.of("A", "NotifyEvent") for event in said["eventData"]]
        assert [event["techCode"] for event in told] == ["InternalError", "InternalError"]
        assert told[1]["cleared"] is True
        assert central.of("A", "BootNotification")[1]["reason"] == "RemoteReset"


async def test_a_silent_charger_never_answers_and_goes_on_living(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger("A", version, reset=Reaction.SILENT)):
        await booted(central)
        silent = await central.send("A", "Reset", reset(version))
        answer = await central.command("A", "TriggerMessage", {"requestedMessage": "Heartbeat"})
        assert answer == (3, {"status": "Accepted"})
        await until(lambda: bool(central.of("A", "Heartbeat")))
        assert silent not in central.answers


async def test_a_triggered_message_comes_after_the_answer(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger("A", version)):
        await booted(central)
        central.frames.clear()
        await central.command("A", "TriggerMessage", {"requestedMessage": "StatusNotification"})
        await until(lambda: len(central.frames) >= 3)
        assert [frame[0] for frame in central.frames[:3]] == [3, 2, 2]
        trigger = {"requestedMessage": "FirmwareStatusNotification"}
        assert await central.command("A", "TriggerMessage", trigger) == (3, {"status": "NotImplemented"})


async def test_every_command_is_answered_in_its_own_words(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger("A", version)):
        await booted(central)
        whole = {"connectorId": 0, "type": "Inoperative"} if version is V16 else {"operationalStatus": "Inoperative"}
        one = (
            {"connectorId": 1, "type": "Operative"}
            if version is V16
            else {"operationalStatus": "Operative", "evse": {"id": 1, "connectorId": 1}}
        )
        assert await central.command("A", "UnlockConnector", place(version, 1)) == (3, {"status": "Unlocked"})
        assert await central.command("A", "ChangeAvailability", whole) == (3, {"status": "Accepted"})
        await until(lambda: central.statuses("A", 2)[-1] == "Unavailable")
        assert await central.command("A", "ChangeAvailability", one) == (3, {"status": "Accepted"})
        await until(lambda: central.statuses("A", 1)[-1] == "Available")
        if version is V16:
            answer = await central.command("A", "GetDiagnostics", {"location": "https://logs/x"})
            assert answer == (3, {"fileName": "diagnostics.log"})
            await until(lambda: len(central.of("A", "DiagnosticsStatusNotification")) == 2)
        else:
            log = {"log": {"remoteLocation": "https://logs/x"}, "logType": "DiagnosticsLog", "requestId": 7}
            assert await central.command("A", "GetLog", log) == (
                3,
                {"status": "Accepted", "filename": "diagnostics.log"},
            )
            await until(lambda: len(central.of("A", "LogStatusNotification")) == 2)
            assert central.of("A", "LogStatusNotification")[1] == {"status": "Uploaded", "requestId": 7}


async def test_firmware_is_updated(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger("A", version)):
        await booted(central)
        when, where = "2020-01-01T00:00:00Z", "https://fw/ac-2.0.1.bin"
        update: dict[str, Any] = {"location": where, "retrieveDate": when}
        if version is not V16:
            update = {"requestId": 3, "firmware": {"location": where, "retrieveDateTime": when}}
        kind, _ = await central.command("A", "UpdateFirmware", update)
        assert kind == 3
        await until(lambda: len(central.of("A", "FirmwareStatusNotification")) == 4)
        boot = central.of("A", "BootNotification")[1]
        assert boot.get("firmwareVersion", boot.get("chargingStation", {}).get("firmwareVersion")) == "2.0.1"


@pytest.mark.parametrize("reaction", [Reaction.REJECTED, Reaction.NOT_SUPPORTED])
async def test_a_refusal_is_said_as_the_version_can_say_it(version: OcppVersion, reaction: Reaction) -> None:
    charger = a_charger("A", version)
    for action in ("reset", "unlock", "probe", "collect-diagnostics", "update-firmware"):
        charger.react(action, reaction)
    rejected = reaction is Reaction.REJECTED
    async with a_central_system() as central, a_fleet(central.url, charger):
        await booted(central)
        refusals: dict[str, tuple[dict[str, Any], Any]] = {
            "Reset": (reset(version), {"status": "Rejected"} if rejected else "NotSupported"),
            "TriggerMessage": (
                {"requestedMessage": "Heartbeat"},
                {"status": "Rejected" if rejected else "NotImplemented"},
            ),
            "UnlockConnector": (place(version, 1), {"status": "UnlockFailed"} if rejected else "NotSupported"),
        }
        if version is V16:
            update = {"location": "https://fw/1", "retrieveDate": "2020-01-01T00:00:00Z"}
            refusals["UpdateFirmware"] = (update, "InternalError" if rejected else "NotSupported")
            refusals["GetDiagnostics"] = ({"location": "https://logs"}, {} if rejected else "NotSupported")
            if not rejected:
                refusals["UnlockConnector"] = (place(version, 1), {"status": "NotSupported"})
        for action, (payload, expected) in refusals.items():
            assert (await central.command("A", action, payload))[1] == expected, action
        assert (await central.command("A", "ClearCache", {}))[1] == "NotImplemented"


async def test_a_session_has_meter_values_and_an_end(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, charger := a_charger("A", version)) as fleet:
        await booted(central)
        assert fleet.charger("A").start_session(1, fleet.now())
        if version is V16:
            await until(lambda: len(central.of("A", "MeterValues")) >= 2)
            charger.stop_session(1, fleet.now())
            await until(lambda: bool(central.of("A", "StopTransaction")))
            assert central.of("A", "StopTransaction")[0]["transactionId"] == 1
            assert central.of("A", "MeterValues")[0]["transactionId"] == 1
            await until(lambda: central.statuses("A")[-1] == "Available")
            assert central.statuses("A") == ["Available", "Preparing", "Charging", "Finishing", "Available"]
        else:

            def events() -> list[dict[str, Any]]:
                return central.of("A", "TransactionEvent")

            await until(lambda: len(events()) >= 4)
            charger.stop_session(1, fleet.now())
            await until(lambda: events()[-1]["eventType"] == "Ended")
            assert [event["eventType"] for event in events()[:2]] == ["Started", "Updated"]
            assert events()[1]["transactionInfo"]["chargingState"] == "Charging"
            assert len({event["transactionInfo"]["transactionId"] for event in events()}) == 1
            await until(lambda: central.statuses("A")[-1] == "Available")


async def test_it_says_the_rarer_things_too_and_keeps_what_its_version_cannot_say(version: OcppVersion) -> None:
    async with a_central_system() as central, a_fleet(central.url, charger := a_charger("A", version)) as fleet:
        await booted(central)
        charger.say(fleet.now(), messages.OtherReport("NotifyReport"))
        charger.say(fleet.now(), messages.SecurityReported("TamperDetectionActivated", None, fleet.now()))
        charger.say(fleet.now(), messages.DataTransferred("Acme", "hello"))
        await central.command("A", "TriggerMessage", {"requestedMessage": "MeterValues"})
        await until(lambda: len(central.of("A", "MeterValues")) == 2)
        assert central.of("A", "SecurityEventNotification")[0]["type"] == "TamperDetectionActivated"
        assert central.of("A", "DataTransfer") == [{"vendorId": "Acme", "messageId": "hello"}]


async def test_only_one_call_is_open_at_a_time() -> None:
    charger = a_charger()
    async with a_central_system() as central:
        central.silent.add("Heartbeat")
        async with a_fleet(central.url, charger, response_timeout_s=0.3) as fleet:
            await booted(central)
            await central.command("A", "TriggerMessage", {"requestedMessage": "Heartbeat"})
            await until(lambda: bool(central.of("A", "Heartbeat")))
            charger.fault(1, "InternalError", fleet.now())
            said = len(central.heard)
            await central.command("A", "TriggerMessage", {"requestedMessage": "Heartbeat"})
            assert len(central.heard) == said, "it commands nothing while its own call waits"
            await until(lambda: central.statuses("A")[-1] == "Faulted")


async def test_a_boot_that_is_refused_is_repeated() -> None:
    async with a_central_system() as central:
        central.refused.add("BootNotification")
        async with a_fleet(central.url, a_charger()):
            await until(lambda: len(central.of("A", "BootNotification")) == 2)
            assert central.statuses("A") == []
            central.refused.clear()
            await booted(central)


async def test_a_closed_link_is_dialled_again_even_while_an_answer_is_awaited(version: OcppVersion) -> None:
    async with a_central_system() as central:
        central.silent.add("BootNotification")
        async with a_fleet(central.url, a_charger("A", version)):
            await until(lambda: bool(central.of("A", "BootNotification")))
            central.silent.clear()
            await central.connections["A"].close(1012)
            await booted(central)
            assert central.arrivals == ["A", "A"]


async def test_a_frame_that_is_no_ocpp_costs_at_most_the_connection() -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger()):
        await booted(central)
        for frame in ("{", "{}", "[]", "[9]", '[2, "x", ["list"], {}]'):
            if "A" in central.connections:
                await central.connections["A"].send(frame)
        await until(lambda: central.arrivals == ["A", "A"])
        await until(lambda: len(central.statuses("A", 2)) == 2)


async def test_a_charger_goes_offline_and_comes_back() -> None:
    async with a_central_system() as central, a_fleet(central.url, charger := a_charger()) as fleet:
        await booted(central)
        charger.go_offline(fleet.now(), for_s=0.3)
        await until(lambda: not central.connections)
        assert fleet.connected == 0
        await until(lambda: len(central.statuses("A", 2)) == 2)
        assert len(central.of("A", "BootNotification")) == 1


async def test_nobody_listening_is_a_problem_that_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with a_fleet(f"ws://127.0.0.1:{port}/ocpp", a_charger()) as fleet:
        await until(lambda: bool(fleet.problems))
        assert not fleet.ever_connected
        async with a_central_system(port) as central:
            await booted(central)
            assert not fleet.problems


async def test_a_hundred_chargers_in_one_process_connect_and_boot() -> None:
    chargers = [a_charger(f"C{number}", V16 if number % 2 else V201) for number in range(100)]
    async with a_central_system() as central:
        fleet = a_fleet(central.url, *chargers, spread_s=0.5)
        await fleet.start()
        await until(lambda: all(central.statuses(charger.id, 2) for charger in chargers))
        assert fleet.connected == 100
        assert len({heard.charger for heard in central.heard}) == 100
        await fleet.stop()
        await until(lambda: not central.connections)
        assert fleet.connected == 0


async def test_a_fleet_that_stands_can_be_stopped_twice_and_before_its_start() -> None:
    fleet = a_fleet("ws://127.0.0.1:1/ocpp", a_charger())
    await fleet.stop()
    await fleet.start()
    await fleet.stop()
    await fleet.stop()


async def test_a_bug_in_a_charger_ends_the_fleet_and_is_told() -> None:
    charger = a_charger()
    async with a_central_system() as central:
        fleet = a_fleet(central.url, charger)
        await fleet.start()
        await booted(central)
        charger.say(fleet.now(), messages.UploadReported("NoSuchStatus"))
        charger.on_change()
        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await asyncio.wait_for(fleet.ended(), 20)
        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await fleet.stop()


async def test_a_script_plays_in_the_order_of_its_times() -> None:
    async with a_central_system() as central, a_fleet(central.url, a_charger()) as fleet:
        await booted(central)
        await play(
            fleet,
            [
                Scene(0.1, "A", lambda charger, now: charger.clear_fault(1, now)),
                Scene(0.0, "A", lambda charger, now: charger.fault(1, "InternalError", now)),
            ],
        )
        await until(lambda: central.statuses("A") == ["Available", "Faulted", "Available"])
