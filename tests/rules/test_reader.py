"""Every key and matcher that the language has, as it is written and as it is understood."""

from __future__ import annotations

from datetime import date

import pytest

from healer.fleet.inventory import Period
from healer.model import Mode, Severity
from healer.rules import packs, reader
from healer.rules.actions import Action
from healer.rules.rule import (
    All,
    Any,
    Clause,
    Clear,
    Compared,
    Counted,
    Like,
    Not,
    OneOf,
    Rollout,
    RuleLimits,
    RuleStatus,
    Step,
    Versioned,
)
from healer.rules.windows import Window

EVERY_KEY = """
windows: {nights: {days: mon, from: "22:00", to: "23:00"}}
rules:
  - rule: it
    description: why
    when: {status: Faulted}
    where: {site: Depot}
    for: 5m
    heal:
      - probe:
        verify_within: 3m
        attempts: 2
        ask: yes
      - update-firmware: "1.10"
    if_not_healed: ticket
    alert: info
    forbid: [unlock]
    stable_for: 20m
    clear: by-hand
    mode: ask
    window: nights
    rollout: {stages: [1, 100%], soak: 24h, stop_if_failed: 5%}
    limits: {disruptive: 1}
    runbook: https://example.org/it
    labels: {team: field}
    status: deprecated
    formerly: [was, been]
    replaced_by: other
    remove_after: 2027-03-31
  - {rule: other, when: offline}
"""


def test_every_key_is_understood() -> None:
    loaded = packs.load([("a.yaml", EVERY_KEY)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    written = {line.split(":")[0].strip(" -") for line in EVERY_KEY.splitlines()}
    assert set(reader.KEYS) <= written
    rule = loaded.rules.rules["it"]
    assert (rule.description, rule.runbook, rule.labels) == ("why", "https://example.org/it", {"team": "field"})
    assert (rule.when, rule.where) == (OneOf("status", ("Faulted",)), OneOf("site", ("Depot",)))
    assert (rule.for_s, rule.stable_for_s) == (300.0, 1200.0)
    assert rule.heal == (
        Step(Action("probe"), 180.0, attempts=2, ask=True),
        Step(Action("update-firmware", "1.10"), 3600.0),
    )
    assert (rule.if_not_healed, rule.alert) == (Severity.TICKET, Severity.INFO)
    assert rule.forbid == {"unlock"}
    assert (rule.clear, rule.mode) == (Clear.BY_HAND, Mode.ASK)
    assert rule.window == Window("nights", (Period(0, 22 * 60, 23 * 60),))
    assert rule.rollout == Rollout(("1", "100%"), 86_400.0, "5%")
    assert rule.limits == RuleLimits(disruptive=1)
    assert (rule.status, rule.formerly) == (RuleStatus.DEPRECATED, ("was", "been"))
    assert (rule.replaced_by, rule.remove_after) == ("other", date(2027, 3, 31))


@pytest.mark.parametrize(
    ("when", "clause"),
    [
        ("offline", OneOf("offline", (True,))),
        ("{status: Faulted}", OneOf("status", ("Faulted",))),
        ("{status: [Faulted, Reserved]}", OneOf("status", ("Faulted", "Reserved"))),
        ("{status: {not: Faulted}}", OneOf("status", ("Faulted",), negated=True)),
        ("{status: {not: [Faulted, Reserved]}}", OneOf("status", ("Faulted", "Reserved"), negated=True)),
        ("{error_code: $safety}", OneOf("error_code", ("GroundFailure", "OverCurrentFailure"))),
        (
            "{error_code: {not: [$safety, NoError]}}",
            OneOf("error_code", ("GroundFailure", "OverCurrentFailure", "NoError"), negated=True),
        ),
        ("{clock_skew: {above: 5m}}", Compared("clock_skew", above=300.0)),
        ("{clock_skew: {below: 5m}}", Compared("clock_skew", below=300.0)),
        ("{clock_skew: {at_least: 1m, at_most: 5m}}", Compared("clock_skew", at_least=60.0, at_most=300.0)),
        ("{firmware: 1.10}", OneOf("firmware", ("1.10",))),
        ("{firmware: {older_than: 1.10}}", Versioned("firmware", older_than="1.10")),
        ("{firmware: {newer_than: 1.9}}", Versioned("firmware", newer_than="1.9")),
        ('{vendor_error_code: {like: "E-4*"}}', Like("vendor_error_code", "E-4*")),
        ("{event: reboot, count: 4, within: 1h}", Counted("reboot", 4, 3600.0)),
        ("[offline, {status: Faulted}]", Any((OneOf("offline", (True,)), OneOf("status", ("Faulted",))))),
        ("{any: [offline, online]}", Any((OneOf("offline", (True,)), OneOf("online", (True,))))),
        ("{all: [online, {status: Faulted}]}", All((OneOf("online", (True,)), OneOf("status", ("Faulted",))))),
        ("{not: {any: [offline, half_deaf]}}", Not(Any((OneOf("offline", (True,)), OneOf("half_deaf", (True,)))))),
    ],
)
def test_every_matcher_is_understood(when: str, clause: Clause) -> None:
    text = f"lists: {{safety: [GroundFailure, OverCurrentFailure]}}\nrules:\n  - rule: it\n    when: {when}\n"
    loaded = packs.load([("a.yaml", text)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    assert loaded.rules.rules["it"].when == clause


@pytest.mark.parametrize(
    ("where", "clause"),
    [
        ("{vendor: Acme, model: [DC50, DC100]}", All((OneOf("vendor", ("Acme",)), OneOf("model", ("DC50", "DC100"))))),
        ("{firmware: {newer_than: 1.2}}", Versioned("firmware", newer_than="1.2")),
        ("{site: {not: Depot}}", OneOf("site", ("Depot",), negated=True)),
        ("{tag: [public, hub]}", OneOf("tag", ("public", "hub"))),
        ("{ocpp: 1.6}", OneOf("ocpp", ("1.6",))),
        ('{charger: {like: "DE-*"}}', Like("charger", "DE-*")),
        ("{profile: {hangs_in_finishing: yes}}", OneOf("profile.hangs_in_finishing", (True,))),
        ("{not: {vendor: Acme}}", Not(OneOf("vendor", ("Acme",)))),
    ],
)
def test_every_filter_is_understood(where: str, clause: Clause) -> None:
    loaded = packs.load([("a.yaml", f"rules:\n  - rule: it\n    when: offline\n    where: {where}\n")])
    assert not loaded.mistakes, loaded.mistakes.render()
    assert loaded.rules.rules["it"].where == clause


def test_a_pack_s_window_gives_way_to_that_of_the_settings() -> None:
    ours = Window("nights", (Period(6, 0, 60),))
    loaded = packs.load([("a.yaml", EVERY_KEY)], packs.Limits(windows={"nights": ours}))
    assert loaded.rules.rules["it"].window == ours


def test_an_override_may_name_a_window_of_its_own_file() -> None:
    local = "windows: {noon: {days: sun, from: 12:00, to: 13:00}}\noverrides: [{rule: it, window: noon}]\n"
    loaded = packs.load([("a.yaml", EVERY_KEY), ("local.yaml", local)], packs.Limits(windows={}))
    assert loaded.rules.rules["it"].window == Window("noon", (Period(6, 12 * 60, 13 * 60),))


def test_a_file_s_own_window_beats_another_file_s() -> None:
    other = "windows: {nights: {days: sun, from: 01:00, to: 02:00}}\nrules: []\n"
    loaded = packs.load([("a.yaml", EVERY_KEY), ("b.yaml", other)])
    assert loaded.rules.rules["it"].window == Window("nights", (Period(0, 22 * 60, 23 * 60),))


@pytest.mark.parametrize(
    ("pack", "own", "mode"), [("dry-run", "auto", "dry-run"), ("ask", "off", "off"), ("auto", "ask", "ask")]
)
def test_the_stricter_mode_of_pack_and_rule_wins(pack: str, own: str, mode: str) -> None:
    text = f"mode: {pack}\nrules: [{{rule: it, when: offline, mode: {own}}}, {{rule: other, when: offline}}]\n"
    rules = packs.load([("a.yaml", text)]).rules.rules
    assert (rules["it"].mode, rules["other"].mode) == (Mode(mode), Mode(pack))
