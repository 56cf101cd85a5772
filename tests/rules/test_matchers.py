"""Compiled clauses: three-valued, honest about unknown, able to explain themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.charger import Charger, Facet
from healer.fleet.inventory import Placement
from healer.fleet.profiles import Profile
from healer.model import UNKNOWN, ChargerId, ConnectionId, OcppVersion, Status, Target, Truth, all_of, any_of, negation
from healer.rules import matchers
from healer.rules.rule import All, Any, Clause, Compared, Counted, Like, Not, OneOf, Versioned

ID = ChargerId("DEPOT-1")
HERE = Target(ID, 1, 1)
NOW = 10_000.0


def charger(connected: bool = True, firmware: str | None = "1.9", vendor: str | None = None) -> Charger:
    """A charger with one connector that reported Faulted/InternalError at 9000."""
    made = Charger(ID, Placement(ID, "Depot", tags=frozenset({"public", "fast"})), watched_since=0.0)
    made.firmware, made.vendor, made.model = firmware, vendor, "DC50"
    plug = made.connector(1, 1)
    if connected:
        made.connect(ConnectionId("c1"), OcppVersion.V16, 8_000.0)
        plug.reported = plug.status = Status.FAULTED
        plug.error_code, plug.vendor_error_code = "InternalError", "E-42"
        plug.status_since = plug.error_since = 9_000.0
        plug.epoch = made.epoch
    return made


def ask(clause: Clause, of: Charger | None = None, target: Target = HERE, now: float = NOW) -> Truth:
    return matchers.compile_clause(clause).test(of or charger(), target, now)


# --- single clauses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "truth"),
    [
        (OneOf("status", ("Faulted",)), True),
        (OneOf("status", ("Available",)), False),
        (OneOf("status", ("Available", "Faulted")), True),
        (OneOf("status", ("Available", "Faulted"), negated=True), False),
        (OneOf("online", (True,)), True),
        (OneOf("offline", (True,)), False),
        (OneOf("offline", (False,)), True),
        (OneOf("tag", ("public", "other")), True),
        (OneOf("tag", ("other",)), False),
        (OneOf("tag", ("other",), negated=True), True),
        (OneOf("firmware", ("v1.9.0",)), True),
        (OneOf("firmware", ("1.90",), negated=True), True),
        (OneOf("vendor", ("Acme",)), UNKNOWN),
        (OneOf("vendor", ("Acme",), negated=True), UNKNOWN),
        (OneOf("profile.hangs_in_finishing", (False,)), True),
        (Versioned("firmware", older_than="1.10"), True),
        (Versioned("firmware", newer_than="1.10"), False),
        (Versioned("firmware", newer_than="1.8", older_than="1.10"), True),
        (Like("vendor_error_code", "E-4*"), True),
        (Like("vendor_error_code", "e-4*"), False),
        (Like("vendor_error_code", "E-4?"), True),
        (Like("vendor_error_code", "E-[0-9]*"), False),
        (Like("tag", "pub*"), True),
        (Like("tag", "priv*"), False),
        (Like("vendor", "*"), UNKNOWN),
    ],
)
def test_a_clause_is_true_false_or_unknown(clause: Clause, truth: Truth) -> None:
    assert ask(clause) is truth


def test_a_version_that_cannot_be_read_is_unknown() -> None:
    strange = charger(firmware="development build")
    assert ask(Versioned("firmware", older_than="1.10"), strange) is UNKNOWN
    assert ask(OneOf("firmware", ("1.10",)), strange) is False


@pytest.mark.parametrize(
    ("clause", "truth"),
    [
        (Compared("x", above=5), False),
        (Compared("x", at_least=5), True),
        (Compared("x", at_least=5, at_most=5), True),
        (Compared("x", above=4, below=6), True),
        (Compared("x", below=5), False),
    ],
)
def test_bounds_include_what_they_say(clause: Compared, truth: Truth) -> None:
    assert matchers._fits_bounds(clause, 5.0) is truth
    assert matchers._fits_bounds(clause, UNKNOWN) is UNKNOWN
    assert matchers._fits_bounds(clause, True) is UNKNOWN


def test_what_a_charger_reported_is_unknown_while_its_link_is_down() -> None:
    gone = charger()
    gone.disconnect(ConnectionId("c1"), 9_500.0)
    for clause in (OneOf("status", ("Faulted",)), OneOf("status", ("Faulted",), negated=True), Like("mrec", "*")):
        assert ask(clause, gone) is UNKNOWN
    assert ask(OneOf("offline", (True,)), gone) is True


def test_offline_is_unknown_while_the_daemon_settles() -> None:
    started = charger(connected=False)
    started.settling = True
    assert ask(OneOf("offline", (True,)), started) is UNKNOWN
    assert ask(OneOf("online", (True,)), started) is UNKNOWN


# --- places -----------------------------------------------------------------------------------------------------------


def test_each_signal_is_read_at_its_own_scope() -> None:
    two = charger()
    other = two.connector(2, 1)
    other.reported = other.status = Status.AVAILABLE
    other.epoch = two.epoch
    there = Target(ID, 2, 1)
    assert ask(OneOf("status", ("Faulted",)), two, HERE) is True
    assert ask(OneOf("status", ("Faulted",)), two, there) is False
    assert ask(OneOf("session_active", (False,)), two, there) is True
    assert ask(OneOf("firmware", ("1.9",)), two, there) is True


def test_at_connector_0_a_session_anywhere_on_the_charger_counts() -> None:
    two = charger()
    two.itself.epoch = two.epoch
    two.itself.status = Status.FAULTED
    other = two.connector(2, 1)
    other.reported = other.status = Status.CHARGING
    other.epoch = two.epoch
    assert ask(OneOf("session_active", (True,)), two, HERE) is False
    assert ask(OneOf("session_active", (True,)), two, Target(ID)) is True
    assert ask(OneOf("status", ("Faulted",)), two, Target(ID)) is True


# --- three values -----------------------------------------------------------------------------------------------------

LEAVES: dict[Truth, Clause] = {
    True: OneOf("firmware", ("1.9",)),
    False: OneOf("firmware", ("2.0",)),
    UNKNOWN: OneOf("vendor", ("Acme",)),
}


def clauses() -> st.SearchStrategy[tuple[Clause, Truth]]:
    """A clause and the truth that Kleene's tables give it."""
    leaves = st.sampled_from(list(LEAVES)).map(lambda truth: (LEAVES[truth], truth))

    def blocks(inner: st.SearchStrategy[tuple[Clause, Truth]]) -> st.SearchStrategy[tuple[Clause, Truth]]:
        several = st.lists(inner, max_size=4)
        return st.one_of(
            several.map(lambda parts: (All(tuple(c for c, _ in parts)), all_of(t for _, t in parts))),
            several.map(lambda parts: (Any(tuple(c for c, _ in parts)), any_of(t for _, t in parts))),
            inner.map(lambda part: (Not(part[0]), negation(part[1]))),
        )

    return st.recursive(leaves, blocks, max_leaves=12)


@given(clauses())
def test_blocks_follow_kleene(made: tuple[Clause, Truth]) -> None:
    clause, truth = made
    assert ask(clause) is truth


@given(clauses(), clauses())
def test_de_morgan_holds(one: tuple[Clause, Truth], two: tuple[Clause, Truth]) -> None:
    a, b = one[0], two[0]
    assert ask(Not(All((a, b)))) is ask(Any((Not(a), Not(b))))
    assert ask(Not(Any((a, b)))) is ask(All((Not(a), Not(b))))
    assert ask(Not(Not(a))) is ask(a)


@given(clauses())
def test_unknown_never_becomes_true_by_itself(made: tuple[Clause, Truth]) -> None:
    """What is true with an unknown vendor stays true whatever the vendor turns out to be."""
    clause, truth = made
    if truth is not UNKNOWN:
        assert ask(clause, charger(vendor="Acme")) is truth
        assert ask(clause, charger(vendor="Other")) is truth


@given(clauses())
def test_an_explanation_never_contradicts_the_decision(made: tuple[Clause, Truth]) -> None:
    clause, truth = made
    readings = matchers.compile_clause(clause).explain(charger(), HERE, NOW)
    assert all_of(reading.truth for reading in readings if reading.depth == 0) is truth


# --- time -------------------------------------------------------------------------------------------------------------

LOOP = Counted("reboot", 2, 3600.0)


def test_events_are_counted_over_their_window() -> None:
    looping = charger()
    assert ask(LOOP, looping) is False
    looping.window("reboot").add(NOW - 1_000)
    looping.window("reboot").add(NOW - 10)
    assert ask(LOOP, looping) is True
    assert ask(LOOP, looping, now=NOW - 1_000 + 3_600) is False


def test_a_window_that_reaches_back_before_we_watched_is_unknown() -> None:
    young = charger()
    young.watched_since = NOW - 100
    assert ask(LOOP, young) is UNKNOWN
    assert matchers.compile_clause(LOOP).next_change(young, HERE, NOW) == NOW - 100 + 3600
    assert "reboot" not in young.events, "asking changes nothing"


def test_a_window_says_when_its_count_can_change() -> None:
    looping = charger()
    compiled = matchers.compile_clause(All((OneOf("online", (True,)), LOOP)))
    assert compiled.timed
    assert compiled.next_change(looping, HERE, NOW) is None
    looping.window("reboot").add(NOW - 1_000)
    assert compiled.next_change(looping, HERE, NOW) == NOW + 2_600


def test_the_earliest_of_several_changes_counts() -> None:
    looping = charger()
    looping.window("reboot").add(NOW - 1_000)
    both = Any((Counted("reboot", 3, 7_200.0), LOOP))
    assert matchers.compile_clause(both).next_change(looping, HERE, NOW) == NOW + 2_600


def test_a_session_that_time_ends_is_looked_at_again() -> None:
    busy = charger()
    evse = busy.evse(1)
    evse.moved_at = NOW - 100
    compiled = matchers.compile_clause(OneOf("session_active", (False,)))
    assert compiled.test(busy, HERE, NOW) is False
    due = compiled.next_change(busy, HERE, NOW)
    assert due is not None
    assert due > NOW
    assert compiled.test(busy, HERE, due) is True
    assert compiled.next_change(busy, HERE, due) is None


def test_what_only_events_change_has_no_next_change() -> None:
    compiled = matchers.compile_clause(
        Not(Any((OneOf("status", ("Faulted",)), OneOf("error_code", ("InternalError",)))))
    )
    assert not compiled.timed
    assert compiled.next_change(charger(), HERE, NOW) is None


# --- what is read, and words ------------------------------------------------------------------------------------------


def test_a_clause_names_the_facets_it_reads() -> None:
    clause = Any((All((OneOf("status", ("Faulted",)), LOOP)), Not(Versioned("firmware", older_than="2"))))
    compiled = matchers.compile_clause(clause)
    assert compiled.facets == {Facet.STATUS, Facet.LINK, Facet.EVENTS, Facet.IDENTITY}
    assert matchers.compile_clause(All()).facets == frozenset()


def explain(clause: Clause, of: Charger | None = None) -> list[tuple[Truth, str, str, float | None, int]]:
    readings = matchers.compile_clause(clause).explain(of or charger(), HERE, NOW)
    return [(r.truth, r.sentence, r.now, r.since, r.depth) for r in readings]


def test_each_clause_explains_itself_with_value_and_since() -> None:
    clause = All((OneOf("status", ("Faulted",)), OneOf("error_code", ("GroundFailure", "OverCurrentFailure"))))
    assert explain(clause) == [
        (True, "status is Faulted", "Faulted", 9_000.0, 0),
        (False, "error_code is GroundFailure or OverCurrentFailure", "InternalError", 9_000.0, 0),
    ]


def test_unknown_is_said_without_a_since() -> None:
    gone = charger()
    gone.disconnect(ConnectionId("c1"), 9_500.0)
    assert explain(OneOf("status", ("Faulted",)), gone) == [(UNKNOWN, "status is Faulted", "unknown", None, 0)]


@pytest.mark.parametrize(
    ("clause", "sentence", "now"),
    [
        (OneOf("status", ("Faulted",), negated=True), "status is not Faulted", "Faulted"),
        (OneOf("status", ("Faulted", "Reserved"), negated=True), "status is neither Faulted nor Reserved", "Faulted"),
        (OneOf("session_active", (False,)), "session_active is no", "no"),
        (OneOf("tag", ("x",)), "tag is x", "fast, public"),
        (Versioned("firmware", older_than="1.10"), "firmware is older than 1.10", "1.9"),
        (
            Versioned("firmware", older_than="2", newer_than="1"),
            "firmware is newer than 1 and older than 2",
            "1.9",
        ),
        (Like("vendor_error_code", "E-4*"), "vendor_error_code is like E-4*", "E-42"),
        (LOOP, "reboot happened 2 times or more within 1h", "0 within 1h"),
        (
            Counted("reboot", 1, 86_400.0),
            "reboot happened once or more within 1d",
            "0 within 1d, watched for 2h46m only",
        ),
    ],
)
def test_every_kind_of_clause_has_its_sentence(clause: Clause, sentence: str, now: str) -> None:
    assert [(line[1], line[2]) for line in explain(clause)] == [(sentence, now)]


def test_blocks_are_told_with_their_parts_below() -> None:
    clause = Any((OneOf("online", (True,)), Not(All((OneOf("status", ("Faulted",)), OneOf("vendor", ("Acme",)))))))
    assert [(truth, sentence, depth) for truth, sentence, _, _, depth in explain(clause)] == [
        (True, "any of", 0),
        (True, "online is yes", 1),
        (UNKNOWN, "not", 1),
        (UNKNOWN, "all of", 2),
        (True, "status is Faulted", 3),
        (UNKNOWN, "vendor is Acme", 3),
    ]


def test_a_profile_can_be_asked_for() -> None:
    hanging = charger()
    hanging.profile = Profile(hangs_in_finishing=True)
    assert ask(OneOf("profile.hangs_in_finishing", (True,)), hanging) is True
