"""From a charger that falls ill to its proven cure, over real websockets, with the shipped rules in short times."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from healer.adapters.store import schema
from healer.behaviour import Reaction, SimulatedCharger
from healer.healing.incident import State
from healer.healing.records import AlertKind
from healer.model import Instant, OcppVersion, Severity, Status
from healer.ocpp import messages
from tests.e2e.daemon import (
    Heard,
    charger,
    fetch,
    fleet,
    given,
    hurried,
    incident,
    ledger_of,
    rows,
    running,
    scrape,
    series,
    stands,
    until,
    ways,
)

pytestmark = pytest.mark.e2e

VERSIONS = [OcppVersion.V16, OcppVersion.V201]
RULE = "internal-error"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "healer.sqlite"


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_internal_error_is_healed_by_a_soft_reset_and_every_step_is_proved(
    store: Path, version: OcppVersion
) -> None:
    sick, well = charger("CP-1", version), charger("CP-2", version)
    async with running(store) as app, fleet(app.ocpp_url, [sick, well]) as simulated:
        await until(lambda: sick.registered and well.registered)
        sick.fault(1, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.RESOLVED), "the incident is resolved")
        healed = incident(app, RULE, "CP-1")
        assert healed is not None
        assert (healed.healed_by, sick.status(1)) == ("reset soft", Status.AVAILABLE)
        assert given(sick) == ["Reset soft"]
        assert given(well) == []
        numbers = await scrape(app)
    action = {"action": "reset soft", "rule": RULE}
    assert numbers[series("healer_actions_total", **action, outcome="healed")] == 1
    assert numbers[series("healer_incidents_total", rule=RULE, resolution="healed")] == 1
    assert numbers[series("healer_charger_connected", charger="CP-1", site="CP-1")] == 1
    boots = {name: number for name, number in numbers.items() if "charger_boots" in name and "charger=CP-1" in name}
    assert sum(boots.values()) == 2
    assert not [name for name in numbers if name.startswith("healer_incident_open{")]
    lines = ledger_of(store, healed.id)
    assert ways(lines) == ["pending", "firing", "recording", "acting", "verifying", "stabilising", "resolved"]
    (intent,) = rows(store, schema.INTENTS)
    assert (intent["body"]["action"], intent["body"]["incident"]) == ("reset soft", healed.id)
    assert intent["body"]["facts"]
    assert any("session" in verdict and "idle" in verdict for verdict in intent["body"]["verdicts"])
    (outcome,) = rows(store, schema.OUTCOMES)
    assert (outcome["intent"], outcome["fate"]) == (intent["id"], "accepted")


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_hard_reset_follows_when_the_soft_one_did_nothing(store: Path, version: OcppVersion) -> None:
    sick = charger("CP-1", version, reset_soft=Reaction.NO_EFFECT)
    async with running(store, rules=hurried(verify_within_s=1.5)) as app, fleet(app.ocpp_url, [sick]) as simulated:
        await until(lambda: sick.registered)
        sick.fault(1, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.RESOLVED), "the incident is resolved")
        numbers = await scrape(app)
    assert given(sick) == ["Reset soft", "Reset hard"]
    assert sick.reboots == 2
    assert numbers[series("healer_actions_total", action="reset soft", rule=RULE, outcome="no-effect")] == 1
    assert numbers[series("healer_actions_total", action="reset hard", rule=RULE, outcome="healed")] == 1
    intents = rows(store, schema.INTENTS)
    assert [intent["body"]["action"] for intent in intents] == ["reset soft", "reset hard"]
    assert [row["fate"] for row in rows(store, schema.OUTCOMES)] == ["accepted", "accepted"]


async def test_a_rejected_step_is_not_waited_for_and_an_exhausted_ladder_tells_people(store: Path) -> None:
    heard = Heard()
    sick = charger("CP-1", reset=Reaction.REJECTED)
    async with running(store, heard=heard) as app, fleet(app.ocpp_url, [sick]) as simulated:
        await until(lambda: sick.registered)
        sick.fault(1, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.EXHAUSTED), "the ladder has ended")
        numbers = await scrape(app)
        found = incident(app, RULE, "CP-1")
    assert found is not None
    assert given(sick) == ["Reset soft", "Reset hard"]
    assert [(alert.kind, alert.severity) for alert in heard.alerts] == [(AlertKind.NOT_HEALED, Severity.TICKET)]
    open_one = {"charger": "CP-1", "site": "CP-1", "rule": RULE, "state": "exhausted"}
    assert numbers[series("healer_incident_open", **open_one)] == 1
    assert [row["fate"] for row in rows(store, schema.OUTCOMES)] == ["rejected", "rejected"]
    assert "alert.raised" in [line["kind"] for line in ledger_of(store, found.id)]


class Witness(SimulatedCharger):
    """Looks into the daemon's store at the moment a command arrives."""

    def __init__(self, twin: SimulatedCharger, store: Path) -> None:
        super().__init__(twin.identity, twin.habits, twin.replies)
        self._store = store
        self.seen: list[list[str]] = []
        """For each reset: the resets that were durable when it came."""

    def obey(self, command: messages.Command, now: Instant) -> str | None:
        if isinstance(command, messages.Reset):
            self.seen.append([intent["body"]["action"] for intent in rows(self._store, schema.INTENTS)])
        return super().obey(command, now)


async def test_every_step_is_durable_before_the_charger_hears_of_it(store: Path) -> None:
    sick = Witness(charger("CP-1", reset_soft=Reaction.REJECTED), store)
    async with running(store) as app, fleet(app.ocpp_url, [sick]) as simulated:
        await until(lambda: sick.registered)
        sick.fault(1, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.RESOLVED), "the incident is resolved")
    assert sick.seen == [["reset soft"], ["reset soft", "reset hard"]]


@pytest.mark.parametrize("version", VERSIONS)
async def test_nobody_is_reset_while_a_car_charges_beside_the_fault(store: Path, version: OcppVersion) -> None:
    sick = charger("CP-1", version)
    async with running(store) as app, fleet(app.ocpp_url, [sick]) as simulated:
        await until(lambda: sick.registered)
        assert sick.start_session(2, simulated.now())
        await until(lambda: any(app.engine.chargers[sick.id].transactions()), "the daemon knows of the session")
        sick.fault(1, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.SUPPRESSED), "the reset is held back")
        held = incident(app, RULE, "CP-1")
        assert held is not None
        assert [verdict.guard for verdict in held.blocking()] == ["session"]
        # Not by chance: every frame is an occasion to act, and after many more the session still stands in the way.
        frames = app.engine.tally.numbers("ocpp_messages_total")
        before = sum(frames.values())
        await until(lambda: sum(frames.values()) >= before + 6, "the car goes on charging")
        assert given(sick) == []
        assert sick.status(2) is Status.CHARGING
        assert [verdict.guard for verdict in held.blocking()] == ["session"]
        numbers = await scrape(app)
        assert numbers[series("healer_actions_suppressed_total", action="reset soft", guard="session")] >= 1
        assert numbers[series("healer_session_active", charger="CP-1", site="CP-1", evse="2")] == 1
        assert rows(store, schema.INTENTS) == []
        # It was the session and nothing else: with its end the reset comes.
        sick.stop_session(2, simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.RESOLVED), "the incident is resolved")
    assert given(sick) == ["Reset soft"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_ground_failure_is_never_reset_but_taken_out_of_service_and_paged(
    store: Path, version: OcppVersion
) -> None:
    heard = Heard()
    sick = charger("CP-1", version)
    async with running(store, heard=heard) as app, fleet(app.ocpp_url, [sick]) as simulated:
        await until(lambda: sick.registered)
        sick.fault(1, "GroundFailure", simulated.now())
        await until(lambda: stands(app, "ground-failure", "CP-1", State.EXHAUSTED), "the ladder has ended")
        # An internal error on top of it is not reset either, on whichever connector.
        sick.fault(2, "InternalError", simulated.now())
        await until(lambda: stands(app, RULE, "CP-1", State.SUPPRESSED), "the reset is held back")
        held = incident(app, RULE, "CP-1")
        assert held is not None
        assert "interlock" in [verdict.guard for verdict in held.blocking()]
        numbers = await scrape(app)
    assert given(sick) == ["Inoperative"]
    pages = [alert for alert in heard.alerts if alert.severity is Severity.PAGE]
    assert [(alert.kind, alert.rule, alert.active) for alert in pages] == [(AlertKind.FIRING, "ground-failure", True)]
    assert numbers[series("healer_actions_suppressed_total", action="reset soft", guard="interlock")] >= 1
    assert {intent["body"]["action"] for intent in rows(store, schema.INTENTS)} == {"take-out-of-service connector"}


async def test_promtool_finds_nothing_wrong_with_the_metrics_of_a_fleet_that_was_healed(store: Path) -> None:
    sick = [
        charger("CP-1", OcppVersion.V16),
        charger("CP-2", OcppVersion.V201),
        charger('odd "one"\\', OcppVersion.V16),
    ]
    async with running(store) as app, fleet(app.ocpp_url, sick) as simulated:
        await until(lambda: all(one.registered for one in sick))
        for one in sick:
            assert one.start_session(2, simulated.now(), for_s=0.5)
            one.fault(1, "InternalError", simulated.now())
        await until(lambda: all(stands(app, RULE, one.id, State.RESOLVED) for one in sick), "all are healed")
        _, text = await fetch(f"{app.http_url}/metrics")
    assert 'charger="odd \\"one\\"\\\\"' in text
    status, said = await _promtool(text)
    assert (status, said) == (0, "")


async def _promtool(text: str) -> tuple[int, str]:
    beside = Path(sys.executable).parent / "promtool"
    found = str(beside) if beside.is_file() else shutil.which("promtool")
    if found is None:
        pytest.skip("PROMTOOL IS MISSING: /metrics was not checked (`make tools` fetches it)")
    process = await asyncio.create_subprocess_exec(
        found, "check", "metrics", stdin=-1, stdout=-1, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate(text.encode())
    assert process.returncode is not None
    return process.returncode, said.decode()
