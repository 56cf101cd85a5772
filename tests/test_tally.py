"""What the daemon counts."""

from __future__ import annotations

import pytest

from healer.errors import LocalError
from healer.model import ChargerId
from healer.tally import FAMILIES, MOST_MODELS, MOST_SERIES, Kind, Tally, fold_action, fold_error_code

CP = ChargerId("CP-1")


def of_charger(tally: Tally) -> dict[tuple[str, ...], float]:
    return {(family.name, *values): number for family, values, number in tally.of_charger(CP)}


def test_counters_add_up_by_their_labels() -> None:
    tally = Tally()
    tally.count("incidents_total", rule="r", resolution="healed")
    tally.count("incidents_total", rule="r", resolution="healed")
    tally.count("incidents_total", 3, resolution="cancelled", rule="r")
    assert tally.numbers("incidents_total") == {("r", "healed"): 2, ("r", "cancelled"): 3}


def test_series_of_a_charger_are_kept_apart_and_go_with_it() -> None:
    tally = Tally()
    tally.count("charger_connections_total", charger=CP)
    tally.count("energy_joules_total", 3600, charger=CP, evse=2)
    tally.count("charger_connections_total", charger="CP-2")
    assert of_charger(tally) == {("charger_connections_total",): 1, ("energy_joules_total", "2"): 3600}
    tally.forget(CP)
    tally.forget(CP)
    assert of_charger(tally) == {}
    assert len(list(tally.of_charger(ChargerId("CP-2")))) == 1


def test_histograms_count_up_to_and_including_their_bounds() -> None:
    tally = Tally()
    for value in (0.05, 0.06, 1000.0):
        tally.observe("ocpp_call_duration_seconds", value, action="Reset", outcome="accepted")
    seen = tally.histograms("ocpp_call_duration_seconds")[("Reset", "accepted")]
    assert (seen.counts[0], seen.counts[1], seen.counts[-1], sum(seen.counts)) == (1, 1, 1, 3)
    assert seen.sum == pytest.approx(1000.11)


def test_gauges_are_set() -> None:
    tally = Tally()
    tally.set("rules_loaded", 6)
    tally.set("rules_loaded", 7)
    assert tally.numbers("rules_loaded") == {(): 7}


def test_families_without_labels_exist_from_the_start() -> None:
    assert sum(Tally().histograms("engine_handle_seconds")[()].counts) == 0


@pytest.mark.parametrize(
    ("family", "labels"),
    [
        ("incident_total", {}),
        ("incidents_total", {"rule": "r"}),
        ("incidents_total", {"rule": "r", "resolution": "x", "idTag": "secret"}),
        ("rules_loaded", {}),
    ],
)
def test_a_misspelt_family_or_label_is_an_error(family: str, labels: dict[str, str]) -> None:
    with pytest.raises(LocalError):
        Tally().count(family, 1.0, **labels)


def test_a_counter_never_falls() -> None:
    with pytest.raises(LocalError):
        Tally().count("energy_joules_total", -1, charger=CP, evse=1)


# --- bounded labels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("BootNotification", "BootNotification"),
        ("TransactionEvent", "TransactionEvent"),
        ("BootNotificationResponse", "other"),
        ("../../etc/passwd", "other"),
        ("bootnotification", "other"),
    ],
)
def test_actions_beyond_the_standard_are_other(action: str, label: str) -> None:
    assert fold_action(action) == label
    tally = Tally()
    tally.count("ocpp_messages_total", direction="in", action=action, result="ok")
    assert list(tally.numbers("ocpp_messages_total")) == [("in", label, "ok")]


def test_error_codes_beyond_the_standard_are_other() -> None:
    assert [fold_error_code(code) for code in ("GroundFailure", "CX002", "E-4711")] == [
        "GroundFailure",
        "GroundFailure",
        "other",
    ]
    tally = Tally()
    tally.count("connector_errors_total", charger=CP, evse=1, connector=1, error_code="weird\n")
    assert of_charger(tally) == {("connector_errors_total", "1", "1", "other"): 1}


def test_boot_reasons_beyond_the_standard_are_other_and_1_6_has_none() -> None:
    tally = Tally()
    for reason in ("PowerUp", "because", None):
        tally.count("charger_boots_total", charger=CP, reason=reason)
    assert {values[1] for values in of_charger(tally)} == {"PowerUp", "other", "unknown"}


def test_endless_models_become_other() -> None:
    tally = Tally()
    for number in range(MOST_MODELS + 50):
        tally.count("ocpp_schema_violations_total", vendor="V" * 500, model=f"M{number}", action="Heartbeat")
    series = tally.numbers("ocpp_schema_violations_total")
    assert len(series) == MOST_MODELS + 1
    assert series[("other", "other", "Heartbeat")] == 50
    assert max(len(values[0]) for values in series) == 100
    tally.count("ocpp_schema_violations_total", vendor="V" * 500, model="M0", action="Heartbeat")
    assert series[("V" * 100, "M0", "Heartbeat")] == 2


def test_endless_connectors_of_one_charger_are_not_all_counted() -> None:
    tally = Tally()
    for number in range(MOST_SERIES + 50):
        tally.count("energy_joules_total", 1, charger=CP, evse=number)
    assert len(of_charger(tally)) == MOST_SERIES
    tally.count("energy_joules_total", 1, charger=CP, evse=0)
    assert of_charger(tally)[("energy_joules_total", "0")] == 2


def test_the_table_follows_prometheus() -> None:
    for name, family in FAMILIES.items():
        assert name == family.name
        assert name.endswith("_total") == (family.kind is Kind.COUNTER)
        assert family.help.endswith(".")
        assert bool(family.buckets) == (family.kind is Kind.HISTOGRAM)
        assert list(family.buckets) == sorted(set(family.buckets))
        assert not {"token", "id_tag", "transaction", "info", "ip"} & set(family.labels)
