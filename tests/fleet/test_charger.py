"""One charger as we believe it to be."""

from __future__ import annotations

from healer.fleet.charger import Charger, Facet, LinkSettings
from healer.fleet.inventory import Placement
from healer.fleet.learned import HOLDS_S
from healer.fleet.place import Transaction
from healer.fleet.profiles import Profile
from healer.model import ChargerId, ConnectionId, OcppVersion, Status, Target
from tests.bench import Bench

A = ChargerId("A")
PLUG = Target(A, 1, 1)


def _charger() -> Charger:
    return Charger(A, Placement(A, "Depot"), watched_since=0.0)


def _connected(now: float = 0.0) -> Charger:
    charger = _charger()
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, now)
    return charger


def _good(charger: Charger, evse: int, *, now: float) -> None:
    plug = charger.connector(evse, evse)
    plug.status, plug.epoch, plug.reported_at = Status.AVAILABLE, charger.epoch, now


def test_silence_is_measured_from_the_last_sign_of_life() -> None:
    charger = _connected()
    assert charger.silence_s() == LinkSettings().silence_s == 600
    charger.seen(100.0)
    assert charger.silent_at() == 700
    assert not charger.fall_silent(699.0)
    assert charger.fall_silent(700.0)
    assert (charger.connected, charger.heard, charger.silent_at()) == (True, False, None)
    assert charger.seen(800.0)
    assert charger.heard


def test_a_sign_of_life_long_after_ends_what_was_learnt_by_then() -> None:
    charger = _connected()
    charger.vendor, charger.model = "Acme", "DC50"
    charger.learning.unknown_variable(charger.kind, A, "X", 0.0)
    charger.seen(HOLDS_S - 1)
    assert charger.learned.forbids_reading("X", A)
    charger.seen(HOLDS_S)
    assert not charger.learned.forbids_reading("X", A)


def test_a_profile_may_allow_more_silence() -> None:
    charger = _connected()
    charger.profile = Profile(silence_s=3600.0)
    assert charger.silent_at() == 3600


def test_short_heartbeats_leave_the_pings_their_time() -> None:
    assert LinkSettings(heartbeat_interval_s=10).silence_s == 90


def test_the_end_of_an_old_connection_is_no_news() -> None:
    charger = _connected()
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 5.0)
    assert charger.disconnect(ConnectionId("A#1"), 6.0) == set()
    assert charger.connected
    assert charger.disconnect(ConnectionId("A#2"), 7.0)
    assert charger.link_lost_at == 7.0


def test_what_was_reported_before_a_reconnect_or_a_boot_is_stale() -> None:
    charger = _connected()
    _good(charger, 1, now=1.0)
    plug = charger.connector(1, 1)
    assert charger.is_fresh(plug)
    charger.restarted(2.0)
    assert not charger.is_fresh(plug)
    _good(charger, 1, now=3.0)
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 4.0)
    assert not charger.is_fresh(plug)


def test_the_first_boot_on_a_new_connection_makes_nothing_stale() -> None:
    charger = _connected()
    epoch = charger.epoch
    charger.restarted(1.0)
    assert charger.epoch == epoch


def test_a_latch_stands_until_its_place_was_good_for_long_enough() -> None:
    charger = _connected()
    assert charger.latch(PLUG, "GroundFailure", 0.0)
    assert not charger.latch(PLUG, "OtherError", 1.0)
    assert charger.latches[PLUG].code == "GroundFailure"
    _good(charger, 1, now=10.0)
    assert not charger.review_latches(600.0, 10.0)
    assert charger.latch_deadline(600.0) == 610.0
    assert not charger.review_latches(600.0, 609.0)
    assert charger.review_latches(600.0, 610.0)
    assert charger.latches == {}


def test_a_lost_link_starts_the_good_time_anew() -> None:
    charger = _connected()
    charger.latch(PLUG, "GroundFailure", 0.0)
    _good(charger, 1, now=10.0)
    charger.review_latches(600.0, 10.0)
    charger.disconnect(ConnectionId("A#1"), 300.0)
    charger.review_latches(600.0, 300.0)
    assert charger.latch_deadline(600.0) is None


def test_a_latch_on_a_whole_evse_or_charger_is_released_by_all_its_plugs() -> None:
    for place in (Target(A), Target(A, 1)):
        charger = _connected()
        charger.latch(place, "GroundFailure", 0.0)
        charger.connector(1, 1)
        charger.review_latches(600.0, 5.0)
        assert charger.latch_deadline(600.0) is None
        _good(charger, 1, now=10.0)
        charger.review_latches(600.0, 10.0)
        assert charger.review_latches(600.0, 610.0)


def test_connector_zero_speaks_for_the_charger_where_it_reports() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 0, "Faulted", "GroundFailure")
    charger = bench.engine.chargers[A]
    assert list(charger.latches) == [Target(A)]
    bench.status("A", 1, "Available")
    bench.wait(1200)
    assert charger.latches
    bench.status("A", 0, "Available")
    bench.wait(600)
    assert not charger.latches


def test_siblings_of_a_power_stage_belong_together() -> None:
    charger = Charger(A, Placement(A, "Depot", power_stages={1: "x", 2: "x"}), watched_since=0.0)
    for number in (3, 2, 1):
        charger.connector(number, 1)
    assert [evse.number for evse in charger.evses_within(Target(A, 1, 1))] == [1, 2]
    assert [evse.number for evse in charger.evses_within(Target(A, 3))] == [3]
    assert [evse.number for evse in charger.evses_within(Target(A))] == [1, 2, 3]


def test_the_error_of_a_2x_connector_is_that_of_the_nearest_component_in_trouble() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    charger = bench.engine.chargers[A]
    plug = charger.connector(1, 1)
    bench.problem201("A", None, "CX015")
    assert charger.error_code(plug) == "PowerLoss"
    bench.problem201("A", 1, "InternalError")
    assert charger.error_code(plug) == "InternalError"
    bench.problem201("A", 1, "InternalError", cleared=True)
    assert charger.error_code(plug) == "PowerLoss"


def test_danger_told_by_a_2x_event_survives_a_restart_of_ours_and_ends_by_an_event_only() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.problem201("A", 1, "CX002")
    bench.status201("A", 1, "Faulted")
    bench = bench.restarted()
    charger = bench.engine.chargers[A]
    bench.connect("A", OcppVersion.V201)
    bench.status201("A", 1, "Available")
    assert charger.error_code(charger.connector(1, 1)) == "NoError"
    bench.wait(3600)
    assert list(charger.latches) == [PLUG]
    bench.problem201("A", 1, "CX002", cleared=True)
    bench.wait(600)
    assert not charger.latches
    assert not bench.restarted().engine.chargers[A].problems.dangers()


def test_a_boot_releases_no_latch_of_a_2x_station() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.problem201("A", 1, "CX002")
    bench.boot201("A")
    bench.status201("A", 1, "Available")
    bench.wait(3600)
    assert list(bench.engine.chargers[A].latches) == [PLUG]


def test_a_vendors_word_of_danger_is_not_good() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.status("A", 1, "Available", vendorErrorCode="EmergencyStop")
    bench.wait(3600)
    charger = bench.engine.chargers[A]
    charger.review_latches(600.0, bench.now)
    assert list(charger.latches) == [PLUG]
    assert charger.latch_deadline(600.0) is None


def test_a_charger_that_never_booted_is_asked_as_a_whole_and_then_place_by_place() -> None:
    charger = _connected()
    assert charger.places_to_ask() == [Target(A)]
    _good(charger, 1, now=1.0)
    charger.connector(2, 2)
    assert charger.places_to_ask() == [Target(A), Target(A, 2, 2)]
    charger.restarted(2.0)
    _good(charger, 1, now=3.0)
    assert charger.places_to_ask() == [Target(A, 2, 2)]
    _good(charger, 2, now=3.0)
    assert charger.places_to_ask() == []


def test_a_place_that_does_not_answer_over_two_boots_is_forgotten() -> None:
    charger = _connected()
    charger.connector(2, 2)
    for booted_at in (1.0, 1.0, 5.0):
        charger.booted_at = booted_at
        assert list(charger.evses) == [2]
        changed = charger.asked_in_vain(Target(A, 2, 2), 9.0)
    assert changed == {Facet.PLACES, Facet.STATUS}
    assert charger.evses == {}
    assert charger.asked_in_vain(Target(A, 2, 2), 9.0) == set()


def test_a_place_with_a_transaction_is_never_forgotten_and_a_report_lets_the_count_begin_anew() -> None:
    bench = Bench.make()
    bench.arrive("A")
    charger = bench.engine.chargers[A]
    charger.evse(1).transaction = Transaction("7", 1, 1, bench.now)
    for _ in range(3):
        bench.boot("A")
        assert charger.asked_in_vain(PLUG, bench.now) == set()
        bench.wait(1)
    bench.status("A", 1, "Available")
    bench.boot("A")
    assert charger.asked_in_vain(PLUG, bench.now) == set()
    assert list(charger.evses) == [1]


def test_another_ocpp_version_forgets_the_places_and_no_latch() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Faulted", "GroundFailure")
    bench.drop("A")
    bench.connect("A", OcppVersion.V201)
    charger = bench.engine.chargers[A]
    assert (charger.evses, charger.itself.reported_at) == ({}, None)
    assert list(charger.latches) == [Target(A, 2, 2)]
    bench.status201("A", 1, "Available")
    assert [charger.place(plug) for plug in charger.connectors()] == [PLUG]


def test_connectors_that_share_an_evse_from_now_on_take_along_what_is_known_of_them() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Charging")
    bench.start_session("A", 2)
    bench.status("A", 1, "Faulted", "GroundFailure")
    charger = bench.engine.chargers[A]
    charger.out_of_service.add(Target(A, 2))
    charger.put_back[Target(A, 2, 2)] = 5.0
    joined = Placement(A, "Depot", connectors={1: 7, 2: 7})
    assert charger.replace_placement(joined) >= {Facet.PLACEMENT, Facet.PLACES, Facet.TRANSACTION}
    assert [charger.place(plug) for plug in charger.connectors()] == [Target(A, 7, 1), Target(A, 7, 2)]
    assert [transaction.evse for transaction in charger.transactions()] == [7]
    assert list(charger.latches) == [Target(A, 7, 1)]
    assert charger.out_of_service == {Target(A, 7)}
    assert charger.put_back == {Target(A, 7, 2): 5.0}
    bench.stop_session("A", 1)
    assert list(charger.transactions()) == []


def test_two_transactions_that_meet_on_one_evse_are_both_remembered() -> None:
    charger = _connected()
    for number in (1, 2):
        _good(charger, number, now=1.0)
        charger.evse(number).transaction = Transaction(str(number), number, number, 1.0)
    charger.replace_placement(Placement(A, "Depot", connectors={2: 1}))
    assert sorted(transaction.id for transaction in charger.transactions()) == ["1", "2"]


def test_who_only_moves_to_another_site_keeps_its_places() -> None:
    charger = _connected()
    _good(charger, 1, now=1.0)
    evses = charger.evses
    assert charger.replace_placement(Placement(A, "Mall")) == {Facet.PLACEMENT}
    assert charger.evses is evses
    assert charger.site == "Mall"
