"""What a step sends and what proves that it was carried out."""

from __future__ import annotations

import pytest

from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.fleet.place import Transaction
from healer.fleet.profiles import Profile
from healer.healing import ladder
from healer.healing.incident import Incident
from healer.model import ChargerId, ConnectionId, OcppVersion, Scope, Status, Target
from healer.ocpp import messages
from healer.ocpp.session import Session
from healer.rules.actions import ACTIONS, Action
from tests.bench import rules

A = ChargerId("A")
WHOLE, EVSE, PLUG = Target(A), Target(A, 2), Target(A, 2, 1)
URL = "ftp://logs"


def charger(version: OcppVersion = OcppVersion.V201, now: float = 0.0) -> Charger:
    """Connected, with evses 1 and 2 of one plug each (in 1.6 connectors 1 and 2)."""
    one = Charger(A, Placement(A, "Depot"), watched_since=0.0)
    one.connect(ConnectionId("A#1"), version, now)
    for number in (1, 2):
        report(one, number, number if version is OcppVersion.V16 else 1, Status.AVAILABLE, now)
    return one


def report(one: Charger, evse: int, connector: int, status: Status, now: float) -> None:
    plug = one.connector(evse, connector)
    plug.status = plug.reported = status
    plug.epoch, plug.reported_at = one.epoch, now
    if status is Status.UNAVAILABLE:
        plug.unavailable_at = now


def sent(action: str, place: Target, version: OcppVersion = OcppVersion.V201) -> ladder.Order:
    return ladder.order(Action.named(action), charger(version), place, 5, URL)


@pytest.mark.parametrize(
    ("action", "place", "command"),
    [
        ("probe", PLUG, messages.TriggerMessage(messages.Trigger.STATUS, 2, 1)),
        ("probe", WHOLE, messages.TriggerMessage(messages.Trigger.STATUS)),
        ("reset soft", WHOLE, messages.Reset(hard=False)),
        ("reset hard", WHOLE, messages.Reset(hard=True)),
        ("unlock", PLUG, messages.UnlockConnector(2, 1)),
        ("cycle-availability", PLUG, messages.ChangeAvailability(False, 2, 1)),
        ("take-out-of-service evse", EVSE, messages.ChangeAvailability(False, 2, None)),
        ("put-in-service charger", WHOLE, messages.ChangeAvailability(True)),
        ("collect-diagnostics", WHOLE, messages.CollectDiagnostics(URL, 5)),
        ("reconnect", WHOLE, ladder.DropLink()),
        ("wait 5m", PLUG, ladder.Nothing()),
        ("notify", PLUG, ladder.Nothing()),
    ],
)
def test_each_action_is_a_command_of_2x(action: str, place: Target, command: ladder.Order) -> None:
    assert sent(action, place) == command


@pytest.mark.parametrize(
    ("action", "place", "command"),
    [
        ("probe", Target(A, 2, 2), messages.TriggerMessage(messages.Trigger.STATUS, None, 2)),
        ("unlock", Target(A, 2, 2), messages.UnlockConnector(None, 2)),
        ("take-out-of-service evse", Target(A, 2), messages.ChangeAvailability(False, None, 2)),
        ("take-out-of-service charger", WHOLE, messages.ChangeAvailability(False)),
    ],
)
def test_1_6_knows_connectors_only(action: str, place: Target, command: ladder.Order) -> None:
    assert sent(action, place, OcppVersion.V16) == command


def written(name: str, **details: str) -> Action:
    return Action(name, ",".join(details), details=tuple(details.items()))


def ordered(action: Action, one: Charger, place: Target = WHOLE) -> ladder.Order:
    return ladder.order(action, one, place, 5, URL)


def run(one: Charger, evse: int, transaction: str = "17", started_at: float = 1.0) -> None:
    one.evses[evse].transaction = Transaction(transaction, evse, None, started_at)


def test_only_the_transaction_of_the_place_is_stopped() -> None:
    for version in (OcppVersion.V16, OcppVersion.V201):
        one = charger(version)
        run(one, 2)
        assert ordered(Action("stop-transaction"), one, EVSE) == messages.StopTransaction("17")
        assert ordered(Action("stop-transaction"), one) == messages.StopTransaction("17")
        assert isinstance(ordered(Action("stop-transaction"), one, Target(A, 1)), ladder.Impossible)
        run(one, 1, "18")
        assert ordered(Action("stop-transaction"), one, EVSE) == messages.StopTransaction("17")
        assert isinstance(ordered(Action("stop-transaction"), one), ladder.Impossible)


def test_1_6_stops_only_what_has_a_number() -> None:
    one = charger(OcppVersion.V16)
    run(one, 2, "abc")
    assert isinstance(ordered(Action("stop-transaction"), one, EVSE), ladder.Impossible)


def test_the_end_of_the_stopped_transaction_is_the_evidence() -> None:
    one, action = charger(), Action("stop-transaction")
    run(one, 2)
    incident = Incident(1, "r", "h", EVSE, "Depot", opened_at=0.0, sent_at=5.0)
    assert not ladder.evidence_seen(action, incident, one, 6.0)
    run(one, 2, "18", started_at=7.0)
    assert ladder.evidence_seen(action, incident, one, 8.0)
    one.evses[2].transaction = None
    assert ladder.evidence_seen(action, incident, one, 8.0)


def test_the_cache_is_cleared_and_a_vendor_s_message_sent() -> None:
    assert ordered(Action("clear-cache"), charger()) == messages.ClearCache()
    full = written("send", vendor="com.example", message="go", data="1")
    assert ordered(full, charger()) == messages.TransferData("com.example", "go", "1")
    assert ordered(written("send", vendor="com.example"), charger()) == messages.TransferData("com.example")


def test_configuration_is_written_in_the_words_of_the_version() -> None:
    plain, dotted = written("set-config", Interval="60"), written("set-config", **{"Ctrlr.Interval": "60"})
    assert ordered(plain, charger(OcppVersion.V16)) == messages.WriteConfiguration(
        (messages.Assignment(messages.Variable("Interval"), "60"),)
    )
    assert ordered(dotted, charger()) == messages.WriteConfiguration(
        (messages.Assignment(messages.Variable("Interval", "Ctrlr"), "60"),)
    )
    assert isinstance(ordered(plain, charger()), ladder.Impossible)


def test_what_a_charger_is_known_not_to_take_is_not_written() -> None:
    one = charger(OcppVersion.V16)
    one.vendor, one.model = "Acme", "DC50"
    one.learning.read_only_variable(one.kind, A, "Interval", 0.0)
    assert isinstance(ordered(written("set-config", Interval="60"), one), ladder.Impossible)


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201, OcppVersion.V21])
@pytest.mark.parametrize(
    "action",
    [
        written("limit-power", amps="16"),
        written("limit-power", watts="11000"),
        Action("clear-power-limit"),
        Action("clear-cache"),
        Action("stop-transaction"),
        written("send", vendor="com.example", message="go", data="1"),
        written("set-config", **{"Ctrlr.Interval": "60"}),
    ],
    ids=str,
)
def test_every_version_can_say_it(action: Action, version: OcppVersion) -> None:
    one = charger(version)
    run(one, 2)
    command = ordered(action, one, EVSE)
    assert isinstance(command, messages.Command)
    session = Session(version, call_timeout_s=30.0, max_frame_bytes=1 << 20)
    assert session.call(command, "healer-1", 0.0) is not None


def test_a_limit_holds_for_the_whole_charger_until_it_is_lifted() -> None:
    order = ordered(written("limit-power", amps="16"), charger(), PLUG)
    assert isinstance(order, messages.SetChargingProfile)
    assert (order.evse, order.connector, order.profile.purpose) == (None, None, messages.ProfilePurpose.CHARGER_MAX)
    assert (order.profile.unit, order.profile.periods) == (
        messages.RateUnit.AMPERE,
        (messages.ChargingPeriod(0, 16.0),),
    )
    assert order.profile.duration_s is None
    assert ordered(Action("clear-power-limit"), charger()) == messages.ClearChargingProfile(order.profile.id)


def test_what_cannot_be_done_is_declined_before_anything_is_sent() -> None:
    one = charger()
    assert isinstance(ladder.order(Action("unlock"), one, WHOLE, 5, URL), ladder.Impossible)
    assert isinstance(ladder.order(Action("collect-diagnostics"), one, WHOLE, 5, None), ladder.Impossible)
    hook = ladder.order(Action("webhook", "outlet"), one, WHOLE, 5, URL)
    assert hook == ladder.Impossible("not supported: this version cannot carry out webhook outlet")
    one.profile = Profile(unsupported=frozenset({"unlock", "reset hard"}))
    assert isinstance(ladder.order(Action("unlock"), one, PLUG, 5, URL), ladder.Impossible)
    assert isinstance(ladder.order(Action("reset", "hard"), one, WHOLE, 5, URL), ladder.Impossible)
    assert ladder.order(Action("reset", "soft"), one, WHOLE, 5, URL) == messages.Reset(hard=False)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_an_action_never_takes_place_more_narrowly_than_its_target_or_its_own_scope(name: str) -> None:
    trait = ACTIONS[name]
    for target in (WHOLE, EVSE, PLUG):
        place = ladder.place_of(Action(name, trait.default), target)
        assert place.covers(target)
        assert place.scope <= min(trait.scope, target.scope)


def test_containment_may_be_wished_wider_than_the_fault() -> None:
    assert ladder.place_of(Action("take-out-of-service", "charger"), PLUG) == WHOLE
    assert ladder.place_of(Action("take-out-of-service", "evse"), PLUG) == EVSE
    assert ladder.place_of(Action("take-out-of-service", "connector"), PLUG) == PLUG
    assert ladder.place_of(Action("take-out-of-service", "connector"), EVSE).scope is Scope.EVSE


def test_the_step_that_is_due_is_that_of_the_ladder_until_it_ends() -> None:
    rule = rules().rules["internal-error"]
    incident = Incident(1, rule.name, rule.hash, PLUG, "Depot", 0.0)
    assert [str(step.action) for step in [ladder.step_of(rule, incident)] if step is not None] == ["reset soft"]
    incident.step = 2
    assert ladder.step_of(rule, incident) is None


# --- evidence -------------------------------------------------------------------------------------------------------


def seen(
    action: str, one: Charger, *, accepted: bool = False, now: float = 100.0, sent_at: float | None = 10.0
) -> bool:
    incident = Incident(1, "r", "h", PLUG, "Depot", 0.0, sent_at=sent_at, accepted=accepted)
    return ladder.evidence_seen(Action.named(action), incident, one, now)


def test_before_anything_was_sent_nothing_is_proved() -> None:
    assert not seen("notify", charger(), sent_at=None)


def test_a_reset_is_proved_by_coming_back_with_every_connector() -> None:
    one = charger()
    assert not seen("reset soft", one)
    one.disconnect(ConnectionId("A#1"), 20.0)
    assert not seen("reset soft", one)
    one.connect(ConnectionId("A#2"), OcppVersion.V201, 50.0)
    assert not seen("reset soft", one)
    report(one, 1, 1, Status.AVAILABLE, 60.0)
    assert not seen("reset soft", one)
    report(one, 2, 1, Status.FAULTED, 60.0)
    assert seen("reset soft", one)


def test_a_boot_on_the_standing_link_is_a_restart_as_well() -> None:
    one = charger()
    one.restarted(50.0)
    assert not seen("reset hard", one)
    for evse in (1, 2):
        report(one, evse, 1, Status.AVAILABLE, 60.0)
    assert seen("reset hard", one)


def test_reconnecting_is_proved_by_a_newer_connection() -> None:
    one = charger()
    assert not seen("reconnect", one)
    one.connect(ConnectionId("A#2"), OcppVersion.V201, 50.0)
    assert seen("reconnect", one)


def test_a_probe_is_proved_by_a_fresh_report_of_the_place() -> None:
    one = charger()
    assert not seen("probe", one)
    report(one, 1, 1, Status.AVAILABLE, 20.0)
    assert not seen("probe", one)
    report(one, 2, 1, Status.FAULTED, 20.0)
    assert seen("probe", one)


def test_an_unlock_is_proved_by_its_answer() -> None:
    assert not seen("unlock", charger())
    assert seen("unlock", charger(), accepted=True)


def test_a_cycle_is_proved_by_unavailable_and_the_way_back() -> None:
    one = charger()
    one.put_back[PLUG] = 10.0
    report(one, 2, 1, Status.UNAVAILABLE, 20.0)
    assert not seen("cycle-availability", one)
    del one.put_back[PLUG]
    assert not seen("cycle-availability", one)
    report(one, 2, 1, Status.AVAILABLE, 30.0)
    assert seen("cycle-availability", one)


def test_a_cycle_that_never_showed_unavailable_proves_nothing() -> None:
    assert not seen("cycle-availability", charger())


@pytest.mark.parametrize(
    ("status", "out"), [(Status.UNAVAILABLE, True), (Status.FAULTED, True), (Status.CHARGING, False)]
)
def test_out_of_service_is_whatever_cannot_serve(status: Status, out: bool) -> None:
    one = charger()
    report(one, 2, 1, status, 20.0)
    assert seen("take-out-of-service connector", one) is out
    one.disconnect(ConnectionId("A#1"), 30.0)
    assert not seen("take-out-of-service connector", one)


def test_in_service_is_any_fresh_status_but_unavailable() -> None:
    one = charger()
    assert seen("put-in-service connector", one)
    report(one, 2, 1, Status.UNAVAILABLE, 20.0)
    assert not seen("put-in-service connector", one)


@pytest.mark.parametrize(
    ("word", "at", "proved"),
    [("Uploaded", 20.0, True), ("UploadFailed", 20.0, True), ("Uploading", 20.0, False), ("Uploaded", 5.0, False)],
)
def test_diagnostics_are_proved_by_their_upload_or_its_failure(word: str, at: float, proved: bool) -> None:
    one = charger()
    one.upload, one.upload_at = word, at
    assert seen("collect-diagnostics", one) is proved


def test_a_command_that_the_charger_does_not_know_is_not_sent_again() -> None:
    one, unlock = charger(), Action("unlock")
    one.vendor, one.model = "Acme", "DC50"
    wanted = ladder.order(unlock, one, PLUG, 0, None)
    assert isinstance(wanted, messages.UnlockConnector)
    no = messages.Outcome(messages.Result.NOT_SUPPORTED, "NotSupported")
    one.learning.answered(one.kind, one.id, wanted, no, 1.0)
    assert isinstance(ladder.order(unlock, one, PLUG, 0, None), ladder.Impossible)
    assert isinstance(ladder.order(Action("reset", "soft"), one, PLUG, 0, None), messages.Reset)


def test_what_other_chargers_do_not_know_is_tried_all_the_same() -> None:
    one, reset = charger(), Action("reset", "soft")
    one.vendor, one.model = "Acme", "DC50"
    no = messages.Outcome(messages.Result.NOT_SUPPORTED, "NotImplemented")
    for teller in ("B", "C", "D"):
        one.learning.answered(one.kind, ChargerId(teller), messages.Reset(hard=False), no, 1.0)
    assert isinstance(ladder.order(reset, one, PLUG, 0, None), messages.Reset)


def test_what_is_dangerous_is_taken_out_of_service_whatever_was_said_before() -> None:
    one, out = charger(), Action("take-out-of-service", "connector")
    one.vendor, one.model = "Acme", "DC50"
    wanted = ladder.order(out, one, PLUG, 0, None)
    assert isinstance(wanted, messages.ChangeAvailability)
    no = messages.Outcome(messages.Result.NOT_SUPPORTED, "NotSupported")
    one.learning.answered(one.kind, one.id, wanted, no, 1.0)
    assert ladder.order(out, one, PLUG, 0, None) == wanted


def test_waiting_is_proved_by_time() -> None:
    incident = Incident(1, "r", "h", PLUG, "Depot", 0.0, sent_at=10.0)
    wait = Action("wait", "5m", 300.0)
    assert not ladder.evidence_seen(wait, incident, charger(), 309.0)
    assert ladder.evidence_seen(wait, incident, charger(), 310.0)
    assert seen("notify", charger())
