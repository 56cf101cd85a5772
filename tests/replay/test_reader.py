"""`*.test.yaml` -> stories: every key, and every kind of mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.behaviour import Reaction
from healer.documents import Mistakes
from healer.healing.settings import HealingSettings
from healer.model import Mode, OcppVersion, Status
from healer.replay import reader
from healer.replay.story import (
    Boots,
    Fact,
    GoesDeaf,
    GoesOffline,
    IsCleared,
    Reacts,
    Reboots,
    Says,
    ShowsTime,
    StartsSession,
    StopsSession,
)
from tests.replay.telling import read, rules, story

BAD = sorted((Path(__file__).parent / "stories").glob("*.bad.yaml"))

HEAD = "tests:\n  - test: a\n    rule: internal-error\n"
QUIET = "    timeline: [{at: 1m, expect: {state: none}}]\n"


# --- what can be said ---------------------------------------------------------------------------------------------


def test_a_whole_test_is_read() -> None:
    told = story("""
        chargers: 3 at Depot
        replies: {reset soft: no-effect}
        settings: {mode: dry-run, budget: {disruptive_within: 12h}, parallel: {fleet_share: 10%}}
        never: [reset hard, unlock]
        restart_at: [8m, 2m]
        reload_at: {9m: other.yaml}
        timeline:
          - {at: 1m, charger: Depot/1, status: Faulted, error_code: InternalError, vendor_error_code: E-1}
          - {at: 7m, expect: {state: [acting, verifying], sent: [reset soft, reset: hard]}}
    """)
    assert [part.id for part in told.cast] == ["Depot/1", "Depot/2", "Depot/3"]
    assert {part.site for part in told.cast} == {"Depot"}
    assert told.cast[2].replies == {"reset soft": Reaction.NO_EFFECT}
    assert (told.settings.mode, told.settings.budget.disruptive_within_s) == (Mode.DRY_RUN, 12 * 3600)
    assert told.settings.parallel.fleet_share == 0.1
    assert [str(action) for action, _ in told.never] == ["reset hard", "unlock"]
    assert (told.restarts, [(one.at_s, one.file) for one in told.reloads]) == ((120, 480), [(540, "other.yaml")])
    assert told.scenes[0].acts == (Says(1, Status.FAULTED, "InternalError", "E-1"),)
    state, sent = told.scenes[1].claims
    assert (state.fact, state.wanted, state.each) == (Fact.STATE, ("acting", "verifying"), False)
    assert (sent.fact, sent.wanted) == (Fact.SENT, ("reset soft", "reset hard"))
    assert sent.chargers == ("Depot/1", "Depot/2", "Depot/3")
    assert told.end_s == 540


def test_the_shipped_settings_hold_but_for_the_mode_and_the_start() -> None:
    settings = story("timeline: [{at: 1m, expect: {state: none}}]").settings
    assert settings.mode is Mode.AUTO
    assert settings.startup.settle_s == 0
    assert (settings.budget, settings.backoff, settings.storm) == (
        HealingSettings().budget,
        HealingSettings().backoff,
        HealingSettings().storm,
    )


def test_a_group_of_chargers_says_what_they_are() -> None:
    told = story("""
        chargers:
          - 1 at Depot
          - {count: 2, site: Depot, vendor: Other, model: X1, firmware: 1.10, ocpp: 2.0.1, connectors: 2, tags: [a]}
          - charger: LONE
            profile: {hangs_in_finishing: yes, boot_time: 10m, boot_means: reboot}
            replies: {reset: silent}
        timeline: [{at: 1m, expect: {state: none}}]
    """)
    assert [(part.id, part.site) for part in told.cast] == [
        ("Depot/1", "Depot"),
        ("Depot/2", "Depot"),
        ("Depot/3", "Depot"),
        ("LONE", "LONE"),
    ]
    second = told.cast[1].identity
    assert (second.vendor, second.model, second.firmware) == ("Other", "X1", "1.10")
    assert (second.version, second.connectors) == (OcppVersion.V201, 2)
    assert told.cast[1].tags == {"a"}
    assert told.cast[3].habits == {"hangs_in_finishing": True, "boot_time_s": 600, "boot_means": "reboot"}
    assert told.cast[3].replies == {"reset": Reaction.SILENT}


def test_everything_that_can_happen_is_read() -> None:
    told = story("""
        chargers: {connectors: 2}
        timeline:
          - {at: 1m, offline: yes, for: 5m}
          - {at: 2m, offline}
          - {at: 3m, online}
          - {at: 4m, boot: Watchdog}
          - {at: 5m, reboot: yes}
          - {at: 6m, reboot: PowerUp}
          - {at: 7m, firmware: 1.10}
          - {at: 8m, session: start, connector: 2, for: 10m}
          - {at: 9m, session: stop}
          - {at: 10m, replies: {unlock: rejected}}
          - {at: 11m, cleared_by: Jo}
          - {at: 12m, deaf: yes}
          - {at: 12m, clock: 2h behind}
          - {at: 12m, clock: 5m ahead}
          - {at: 12m, clock: right}
          - {at: 12m, serial: S2}
          - {at: 12m, status: Faulted, connector: 0, expect: {incidents: 0, alerts: [page, not-healed ticket]}}
    """)
    acts = [scene.acts[0] for scene in told.scenes]
    assert acts[:2] == [GoesOffline(300), GoesOffline(None)]
    assert acts[3:7] == [Boots("Watchdog"), Reboots("Watchdog"), Reboots("PowerUp"), Boots("FirmwareUpdate", "1.10")]
    assert acts[7:9] == [StartsSession(2, 600), StopsSession(1)]
    assert acts[9:11] == [Reacts({"unlock": Reaction.REJECTED}), IsCleared("Jo")]
    assert acts[11:15] == [GoesDeaf(), ShowsTime(-7200), ShowsTime(300), ShowsTime(0)]
    assert acts[15:] == [Boots("Unknown", serial="S2"), Says(0, Status.FAULTED)]
    assert told.scenes[16].claims[1].wanted == ("page", "not-healed ticket")


def test_an_expectation_may_name_the_charger_of_each_value() -> None:
    told = story("""
        chargers: 3 at Depot
        timeline: [{at: 1m, expect: {sent: {Depot/1: [reset soft]}, state: {Depot/2: pending}}}]
    """)
    claims = [(claim.fact.value, claim.chargers, claim.wanted) for claim in told.scenes[0].claims]
    assert claims == [
        ("sent", ("Depot/1",), ("reset soft",)),
        ("sent", ("Depot/2", "Depot/3"), ()),
        ("state", ("Depot/2",), ("pending",)),
    ]


# --- mistakes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.name.removesuffix(".bad.yaml"))
def test_each_kind_of_mistake_is_told_as_expected(file: Path) -> None:
    """The file's leading comment holds `line:column: severity: message  [code]` and the hint of each mistake."""
    text = file.read_text(encoding="utf-8")
    expected = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    told = []
    for mistake in read(text)[1]:
        mark = mistake.mark
        told.append(f"{mark.line}:{mark.column}: {mistake.severity}: {mistake.message}  [{mistake.code}]")
        told += [f"    = {mistake.hint}"] if mistake.hint is not None else []
    assert told == expected


def test_a_test_with_a_mistake_leaves_the_others() -> None:
    text = f"{HEAD}{QUIET}  - test: b\n    rule: foo\n{QUIET}  - test: c\n    rule: internal-error\n{QUIET}"
    assert [one.name for one in read(text)[0]] == ["a", "c"]


@given(
    st.recursive(
        st.sampled_from(["", "a", "1m", "3 at Depot", "reset soft", "Faulted", "yes", "none", "Depot/1"]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
            st.dictionaries(
                st.sampled_from(
                    [*reader.KEYS, "tests", "at", "charger", "status", "expect", "sent", "state", "offline"]
                ),
                inner,
                max_size=4,
            ).map(lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"),
        ),
        max_leaves=12,
    )
)
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    for whole in (f"tests: [{text}]", f"tests: [{{test: a, rule: internal-error, timeline: [{text}]}}]", text):
        reader.read(whole, "a.test.yaml", Mistakes(), rules().rules)
