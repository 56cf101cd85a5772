"""Connectors, evses and their transactions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.fleet.place import NO_ID_YET, Connector, Evse, Finished, Transaction
from healer.model import Status
from healer.ocpp.messages import ChargingState


def _occupied(transaction: Transaction | None = None, *, ended: bool = False) -> Status | None:
    plug = Connector(1, 1, reported=Status.PREPARING, occupied=True)
    plug.refine(transaction, ended, 5.0)
    return plug.status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (ChargingState.EV_CONNECTED, Status.PREPARING),
        (ChargingState.CHARGING, Status.CHARGING),
        (ChargingState.SUSPENDED_EV, Status.SUSPENDED_EV),
        (ChargingState.SUSPENDED_EVSE, Status.SUSPENDED_EVSE),
        (ChargingState.IDLE, Status.FINISHING),
        (None, Status.CHARGING),
    ],
)
def test_occupied_is_refined_by_the_transaction(state: ChargingState | None, status: Status) -> None:
    assert _occupied(Transaction("T", 1, 1, 0.0, charging_state=state)) is status


def test_occupied_after_a_transaction_is_finishing_and_without_one_preparing() -> None:
    assert _occupied(ended=True) is Status.FINISHING
    assert _occupied() is Status.PREPARING


def test_the_status_stands_since_it_changed() -> None:
    plug = Connector(1, 1, reported=Status.FAULTED)
    assert plug.refine(None, ended=False, now=1.0)
    assert not plug.refine(None, ended=False, now=2.0)
    assert plug.status_since == 1.0


def test_energy_that_rises_or_power_that_flows_is_progress_and_noise_is_none() -> None:
    transaction = Transaction("T", 1, 1, 0.0)
    transaction.meter(100.0, None, 1.0)
    assert transaction.progress_at is None
    transaction.meter(100.0, 20.0, 2.0)
    assert transaction.progress_at is None
    transaction.meter(101.0, None, 3.0)
    assert transaction.progress_at == 3.0
    transaction = replace(transaction)  # what mypy believes of it would be in the way
    transaction.meter(None, 7000.0, 4.0)
    assert (transaction.progress_at, transaction.energy_wh, transaction.power_w) == (4.0, 101.0, 7000.0)


def test_an_evse_refines_all_its_plugs() -> None:
    evse = Evse(1, {1: Connector(1, 1, reported=Status.AVAILABLE), 2: Connector(1, 2, reported=Status.FAULTED)})
    assert evse.refine(1.0)
    assert [plug.status for plug in evse.connectors.values()] == [Status.AVAILABLE, Status.FAULTED]
    assert not evse.refine(2.0)


def test_energy_flows_from_one_reading_to_the_next_and_standby_is_none() -> None:
    evse = Evse(1)
    assert not evse.meter(1000.0, None, 0.0)
    assert not evse.meter(1010.0, None, 3600.0)
    assert evse.moved_at is None
    assert evse.meter(1110.0, None, 7200.0)
    assert evse.moved_at == 7200.0
    assert not evse.meter(None, 20.0, 7300.0)
    assert evse.moved_at is None
    evse.forget_energy()
    assert not evse.meter(9000.0, None, 7400.0)


def test_a_plug_is_asked_in_vain_once_a_boot() -> None:
    plug = Connector(1, 1)
    assert [plug.asked_in_vain(booted_at) for booted_at in (None, 5.0, 5.0, 9.0)] == [False, False, False, True]


def test_the_first_reading_stands_for_the_beginning_where_that_was_not_told() -> None:
    transaction = Transaction("T", 1, 1, 0.0)
    assert transaction.finished(5000.0).energy_wh == 0.0
    transaction.meter(4000.0, None, 1.0)
    transaction.meter(4500.0, None, 2.0)
    assert transaction.finished() == Finished(1, 500.0)
    assert transaction.finished(5000.0).energy_wh == 1000.0
    assert transaction.finished(10.0).energy_wh == 0.0


def test_an_event_is_late_only_if_both_its_number_and_its_time_say_so() -> None:
    transaction = Transaction("T", 1, 1, 0.0, told_at=100.0, number=5)
    assert transaction.is_late(4, 100.0)
    assert [transaction.is_late(*said) for said in ((5, 100.0), (0, 101.0), (None, 1.0), (1, None))] == [False] * 4


def test_doubt_begins_once_and_ends_when_the_charger_speaks_of_it() -> None:
    transaction = Transaction("T", 1, 1, 0.0)
    transaction.doubt(1.0)
    transaction.doubt(2.0)
    assert transaction.doubted_since == 1.0
    transaction.confirm()
    assert transaction.doubted_since is None


def test_whatever_ended_unseen_waits_for_its_end_until_the_next_does() -> None:
    evse = Evse(1)
    first, second, third = (Transaction(name, 1, 1, 0.0) for name in ("1", "2", "3"))
    assert evse.begin(first) is None
    assert evse.begin(second) is None
    assert evse.closing is first
    assert evse.vacate() is first
    assert evse.closing is second
    assert evse.begin(second) is None
    assert evse.closing is None
    evse.end(1)
    assert evse.begin(third) is None


def test_a_transaction_without_a_name_gives_way_to_its_name() -> None:
    evse = Evse(1)
    evse.begin(Transaction(NO_ID_YET, 1, 1, 0.0))
    evse.begin(Transaction("1", 1, 1, 0.0))
    assert evse.closing is None
