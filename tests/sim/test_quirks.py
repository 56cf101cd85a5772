"""Quirks over real websockets: what is told of them in virtual time is what goes over the wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from healer.behaviour import Habits, Identity, quirks
from healer.model import ChargerId
from healer.sim.fleet import Fleet, loop_clock
from healer.sim.live import Dialling
from tests.sim.central import Central, a_central_system, until

SPEED = 100.0


@asynccontextmanager
async def met(name: str, speed: float = SPEED) -> AsyncIterator[tuple[Central, Fleet]]:
    """A central system and one charger with this quirk, A."""
    quirk = quirks.find(name)
    charger = quirk.charger(Identity(ChargerId("A")), Habits())
    charger.habits = charger.habits.faster(speed)
    async with a_central_system() as central:
        dialling = Dialling(central.url, spread_s=0.0, retry_s=0.05, longest_retry_s=0.2)
        async with Fleet(dialling, [charger], loop_clock(), rng=random.Random(1)) as fleet:
            yield central, fleet


@pytest.mark.parametrize("name", quirks.QUIRKS)
async def test_a_charger_with_any_quirk_connects_and_boots(name: str) -> None:
    async with met(name) as (central, fleet):
        await until(lambda: bool(central.of("A", "BootNotification")))
        said = central.of("A", "BootNotification")[0]
        quirk = quirks.find(name)
        station = said.get("chargingStation", said)
        assert quirk.vendor in {station.get("vendorName"), station.get("chargePointVendor")}
        assert fleet.problems.total() == 0


async def test_broken_answers_are_no_json_on_the_wire() -> None:
    async with met("broken-answers") as (central, _):
        await until(lambda: bool(central.statuses("A")))
        await central.send("A", "TriggerMessage", {"requestedMessage": "Heartbeat"})
        await until(lambda: bool(central.unreadable))
        assert str(central.unreadable[0]).endswith(",}]")


async def test_stray_answers_come_twice_and_late() -> None:
    async with met("stray-answers") as (central, _):
        await until(lambda: bool(central.statuses("A")))
        message_id = await central.send("A", "TriggerMessage", {"requestedMessage": "Heartbeat"})
        await until(lambda: [frame[1] for frame in central.frames].count(message_id) == 2)
        beat = next(at for at, frame in enumerate(central.frames) if frame[2] == "Heartbeat")
        answer = next(at for at, frame in enumerate(central.frames) if frame[1] == message_id)
        assert beat < answer
        assert [4, "-1", "GenericError", "", {}] in central.frames


async def test_a_second_socket_comes_before_the_first_is_closed() -> None:
    async with met("two-sockets") as (central, fleet):
        await until(lambda: len(central.arrivals) >= 3)
        await until(lambda: central.connections.get("A") is not None and fleet.connected == 1)
        heard = len(central.heard)
        await until(lambda: len(central.heard) > heard)


async def test_a_deaf_charger_reports_and_answers_nothing() -> None:
    async with met("deaf-from-the-start") as (central, fleet):
        await until(lambda: bool(central.statuses("A")))
        asked = await central.send("A", "TriggerMessage", {"requestedMessage": "StatusNotification"})
        fleet.charger("A").fault(1, "InternalError", fleet.now())
        await until(lambda: central.statuses("A")[-1] == "Faulted")
        assert asked not in central.answers


async def test_message_ids_are_repeated() -> None:
    async with met("ids-repeated") as (central, _):
        await until(lambda: len(central.heard) >= 3)
        assert {frame[1] for frame in central.frames} == {"1000001", "1000002"}


async def test_no_version_is_named() -> None:
    async with met("names-no-version") as (central, _):
        await until(lambda: bool(central.statuses("A")))
        assert central.connections["A"].subprotocol is None


async def test_a_state_goes_out_as_an_event() -> None:
    async with met("status-by-event") as (central, _):
        await until(lambda: bool(central.of("A", "NotifyEvent")))
        (event,) = central.of("A", "NotifyEvent")[0]["eventData"]
        assert (event["variable"]["name"], event["actualValue"]) == ("AvailabilityState", "Available")
        assert central.statuses("A") == []


async def test_a_setting_makes_it_crash() -> None:
    async with met("reboots-on-write") as (central, _):
        await until(lambda: bool(central.statuses("A")))
        key = {"key": "MeterValueSampleInterval", "value": "30"}
        assert await central.command("A", "ChangeConfiguration", key) == (3, {"status": "Accepted"})
        await until(lambda: len(central.of("A", "BootNotification")) == 2)
        _, told = await central.command("A", "GetConfiguration", {"key": ["MeterValueSampleInterval", "X"]})
        assert told["configurationKey"] == [{"key": "MeterValueSampleInterval", "readonly": False, "value": "60"}]
        assert told["unknownKey"] == ["X"]


async def test_a_new_password_is_its_end() -> None:
    async with met("lost-after-new-password") as (central, fleet):
        await until(lambda: bool(central.statuses("A")))
        datum = {
            "attributeValue": "0123456789abcdef",
            "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "BasicAuthPassword"},
        }
        _, told = await central.command("A", "SetVariables", {"setVariableData": [datum]})
        assert told["setVariableResult"][0]["attributeStatus"] == "Accepted"
        await until(lambda: fleet.connected == 0 and not central.connections)


async def test_a_low_limit_ends_the_transaction() -> None:
    async with met("ends-below-minimum") as (central, fleet):
        await until(lambda: bool(central.statuses("A")))
        fleet.charger("A").start_session(1, fleet.now())
        await until(lambda: bool(central.of("A", "StartTransaction")))
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4.0}]}
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": schedule,
        }
        limit = {"connectorId": 1, "csChargingProfiles": profile}
        assert await central.command("A", "SetChargingProfile", limit) == (3, {"status": "Accepted"})
        await until(lambda: bool(central.of("A", "StopTransaction")))
