"""What is remembered of past transactions: enough to recognise what is told again, and never more."""

from __future__ import annotations

from healer.fleet.history import CLOCK_SET, MOST_ENDS, MOST_PRESENTED, MOST_STARTS, History, Presented, Start, is_dated

AT = CLOCK_SET + 1
SAID = Start(1, "hash", AT, 5.0)


def _given(said: Start, transaction: str) -> Start:
    return Start(said.connector, said.token_hash, said.charger_time, said.meter_start_wh, transaction)


def test_a_start_is_known_by_all_it_said_and_by_nothing_else() -> None:
    history = History().with_start(_given(SAID, "7"))
    assert history.given(SAID) == _given(SAID, "7")
    for other in (Start(2, "hash", AT, 5.0), Start(1, "x", AT, 5.0), Start(1, "hash", AT + 1, 5.0)):
        assert history.given(other) is None
    assert history.given(Start(1, "hash", AT, 6.0)) is None


def test_only_the_last_start_of_a_connector_is_the_latest() -> None:
    first, second, elsewhere = _given(SAID, "1"), Start(1, "x", AT, 6.0, "2"), Start(2, "x", AT, 6.0, "3")
    history = History().with_start(first).with_start(second).with_start(elsewhere)
    assert [history.is_latest(start) for start in (first, second, elsewhere)] == [False, True, True]


def test_an_end_is_remembered_once_and_taken_back_when_the_id_is_given_again() -> None:
    history = History().with_end("T", 5.0).with_end("T", 6.0)
    assert [(end.transaction, end.charger_time) for end in history.ends] == [("T", 5.0)]
    assert not history.without_end("T").has_ended("T")


def test_it_is_bounded() -> None:
    history = History()
    for number in range(100):
        history = history.with_start(_given(SAID, str(number))).with_end(str(number))
        history = history.with_presented(Presented("hash", float(number), accepted=True))
    sizes = (len(history.starts), len(history.ends), len(history.presented))
    assert sizes == (MOST_STARTS, MOST_ENDS, MOST_PRESENTED)
    assert history.has_ended("99")
    assert not history.has_ended("0")


def test_a_clock_that_was_never_set_dates_nothing() -> None:
    assert [is_dated(moment) for moment in (None, 0.0, -62_135_596_800.0, AT)] == [False, False, False, True]
