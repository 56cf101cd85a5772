"""Rule files -> rules: the shipped pack, every kind of mistake, and that none hides another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.documents import Level, Mistakes
from healer.fleet.inventory import Period
from healer.model import Mode, Scope, Severity
from healer.rules import packs, reader
from healer.rules.actions import ACTIONS, Action
from healer.rules.rule import All, Any, Clear, Counted, Like, Not, OneOf, Rollout, Rule, RuleStatus, Versioned
from healer.rules.windows import Window

TESTS = Path(__file__).parents[1]
CORE = (TESTS.parent / "rules" / "core.yaml").read_text(encoding="utf-8")
BAD = sorted((TESTS / "packs").glob("*.bad.yaml"))


def load(text: str) -> packs.Loaded:
    return packs.load([("a.yaml", text)])


def rule(body: str) -> Rule:
    """The one rule with these lines, which must have no error."""
    loaded = load("rules:\n  - rule: it\n" + "".join(f"    {line}\n" for line in body.splitlines()))
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    return loaded.rules.rules["it"]


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.name.removesuffix(".bad.yaml"))
def test_each_kind_of_mistake_is_told_as_expected(file: Path) -> None:
    """The file's leading comment holds `line:column: severity: message  [code]` and the hint of each mistake."""
    text = file.read_text(encoding="utf-8")
    expected = []
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        expected.append(line.removeprefix("# "))
    told = []
    for mistake in packs.load([(file.name, text)]).mistakes:
        mark = mistake.mark
        told.append(f"{mark.line}:{mark.column}: {mistake.severity}: {mistake.message}  [{mistake.code}]")
        told += [f"    = {mistake.hint}"] if mistake.hint is not None else []
    assert told == expected


def test_there_is_an_example_of_every_code() -> None:
    """Codes stand in the sources as literals; each is met in tests/packs, but those of the settings and of files."""
    package = TESTS.parent / "healer"
    sources = [*(package / "rules").glob("*.py"), *(package / "documents").glob("*.py")]
    words = {word for file in sources for word in file.read_text(encoding="utf-8").split('"')}
    codes = {word for word in words if word[:2] in {"E-", "F-", "W-", "N-"} and word[2:].replace("-", "").isupper()}
    shown = "".join(file.read_text(encoding="utf-8") for file in BAD) + load(CORE).mistakes.render()
    # Told in test_documents, test_overrides, test_tightening, and test_lints.
    elsewhere = {"E-SIZE", "W-OUTDATED", "E-LOOSE", "W-OUTLIVED", "W-NAME", "W-NOBODY"}  # the last two: test_audience
    assert {code for code in codes if f"[{code}]" not in shown} == elsewhere


def test_a_bad_rule_hides_neither_its_siblings_nor_its_own_other_mistakes() -> None:
    loaded = load(
        "rules:\n"
        "  - rule: one\n    when: {status: Faluted}\n    for: 5\n    heal: [reboot]\n    alert: louder\n"
        "  - rule: two\n    when: offline\n"
        "  - rule: three\n    wenn: offline\n"
    )
    assert [m.mark.line for m in loaded.mistakes if m.severity is Level.ERROR] == [3, 4, 5, 6, 9, 10]
    assert list(loaded.rules.rules) == ["two"]
    assert loaded.written == 3


def test_mistakes_of_all_files_come_in_one_pass() -> None:
    loaded = packs.load([("b.yaml", "rules: 1\n"), ("a.yaml", "{\n"), ("c.yaml", "rules: [{rule: x, when: online}]\n")])
    assert [m.mark.file for m in loaded.mistakes] == ["a.yaml", "b.yaml"]
    assert list(loaded.rules.rules) == ["x"]


def test_rules_are_unique_over_files_even_when_the_first_cannot_be_used() -> None:
    loaded = packs.load(
        [("a.yaml", "rules: [{rule: x, when: offlin}]\n"), ("b.yaml", "rules: [{rule: x, when: offline}]\n")]
    )
    assert [str(m.mark) for m in loaded.mistakes] == ["a.yaml:1:25", "b.yaml:1:16"]
    assert not loaded.rules.rules


def test_mistakes_made_before_are_carried_on() -> None:
    before = Mistakes()
    assert packs.load([], mistakes=before).mistakes is before


@given(st.recursive(st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner)))
def test_no_shape_of_a_rule_raises(value: object) -> None:
    for key in ("rules", "lists", "pack", "windows"):
        load(f"{key}: {value!r}\n")
    for key in reader.KEYS:
        load(f"rules:\n  - rule: x\n    when: offline\n    {key}: {value!r}\n")
    load(f"rules:\n  - rule: x\n    when: {{any: {value!r}, all: {value!r}, not: {value!r}, profile: {value!r}}}\n")
    load(f"windows: {{nights: {{days: {value!r}, from: {value!r}, to: '05:00'}}}}\n")
    for action in ACTIONS:
        load(f"rules:\n  - rule: x\n    when: offline\n    heal: [{action}: {value!r}]\n")
    load(f"rules:\n  - rule: x\n    when: {{status: {value!r}, firmware: {value!r}, event: {value!r}}}\n")


# --- the shipped rules ------------------------------------------------------------------------------------------------


def test_the_shipped_rules_have_no_mistakes() -> None:
    loaded = load(CORE)
    assert [(m.severity, m.code) for m in loaded.mistakes] == [(Level.NOTE, "N-ROLLOUT")]
    assert [(pack.name, pack.version, pack.written) for pack in loaded.packs] == [("core", "1.0", 10)]


def test_the_shipped_rules_are_what_the_contract_says() -> None:
    rules = load(CORE).rules.rules
    assert {name: rule.scope for name, rule in rules.items()} == {
        "charger-offline": Scope.CHARGER,
        "flapping-link": Scope.CHARGER,
        "half-deaf": Scope.CHARGER,
        "clock-wrong": Scope.CHARGER,
        "duplicate-identity": Scope.CHARGER,
        "internal-error": Scope.CONNECTOR,
        "hangs-in-finishing": Scope.CONNECTOR,
        "boot-loop": Scope.CHARGER,
        "ground-failure": Scope.CONNECTOR,
        "acme-dc50-firmware": Scope.CHARGER,
    }
    internal = rules["internal-error"]
    assert internal.when == All((OneOf("status", ("Faulted",)), OneOf("error_code", ("InternalError",))))
    assert [(step.action, step.verify_within_s) for step in internal.heal] == [
        (Action("reset", "soft"), 600.0),
        (Action("reset", "hard"), 900.0),
    ]
    assert (internal.for_s, internal.if_not_healed, internal.alert) == (300.0, Severity.TICKET, None)
    hangs = rules["hangs-in-finishing"]
    assert hangs.where == OneOf("profile.hangs_in_finishing", (True,))
    assert [str(step.action) for step in hangs.heal] == ["cycle-availability", "unlock", "reset soft"]
    loop = rules["boot-loop"]
    assert (loop.when, loop.stable_for_s) == (Counted("reboot", 4, 3600.0), 21_600.0)
    assert loop.forbid == {"reset", "update-firmware"}
    ground = rules["ground-failure"]
    assert (ground.clear, ground.alert, ground.severity) == (Clear.BY_HAND, Severity.PAGE, Severity.PAGE)
    assert [step.action for step in ground.heal] == [Action("take-out-of-service", "connector")]
    firmware = rules["acme-dc50-firmware"]
    assert firmware.when == Versioned("firmware", older_than="1.10")
    assert firmware.rollout == Rollout(("1", "5%", "25%", "100%"), 86_400.0, "5%")
    assert firmware.window == Window("nights", tuple(Period(day, 22 * 60, 29 * 60) for day in range(7)))


# --- the language -----------------------------------------------------------------------------------------------------


def test_defaults_are_those_of_the_contract() -> None:
    plain = rule("when: offline")
    assert plain.when == OneOf("offline", (True,))
    assert (plain.where, plain.for_s, plain.heal, plain.forbid) == (All(), 0.0, (), frozenset())
    assert (plain.alert, plain.if_not_healed, plain.stable_for_s) == (Severity.WARNING, None, 600.0)
    assert (plain.clear, plain.mode, plain.status) == (Clear.AUTO, Mode.AUTO, RuleStatus.STABLE)
    assert rule("when: {status: Faulted}\nheal: [probe]").alert is None


def test_metadata_is_kept() -> None:
    described = rule(
        "when: offline\ndescription: why\nrunbook: https://x/y\nlabels: {team: field}\nstatus: experimental\nmode: off"
    )
    assert (described.description, described.runbook, described.labels) == ("why", "https://x/y", {"team": "field"})
    assert (described.status, described.mode) == (RuleStatus.EXPERIMENTAL, Mode.OFF)
    assert described.mark is not None
    assert str(described.mark) == "a.yaml:2:11"


def test_matchers_are_read_by_the_type_of_their_signal() -> None:
    assert rule("when: {status: {not: [Available, Charging]}}").when == OneOf(
        "status", ("Available", "Charging"), negated=True
    )
    assert rule("when: {firmware: {newer_than: 1.2, older_than: 1.10}}").when == Versioned("firmware", "1.10", "1.2")
    assert rule('when: {vendor_error_code: {like: ["E-4*", "F*"]}}').when == Any(
        (Like("vendor_error_code", "E-4*"), Like("vendor_error_code", "F*"))
    )
    assert rule('when: {vendor_error_code: {not: {like: "E*"}}}').when == Not(Like("vendor_error_code", "E*"))
    assert rule('when: {vendor_error_code: {not: "", like: "E*"}}').when == All(
        (OneOf("vendor_error_code", ("",), negated=True), Like("vendor_error_code", "E*"))
    )


def test_blocks_nest() -> None:
    faulted, offline = OneOf("status", ("Faulted",)), OneOf("offline", (True,))
    assert rule("when: [offline, {status: Faulted}]").when == Any((offline, faulted))
    assert rule("when: {any: [offline, {status: Faulted}]}").when == Any((offline, faulted))
    assert rule("when: {all: [online, {status: Faulted}]}").when == All((OneOf("online", (True,)), faulted))
    assert rule("when: {not: {status: Faulted}, session_active: no}").when == All(
        (Not(faulted), OneOf("session_active", (False,)))
    )
    assert rule("when: offline\nwhere: {not: {vendor: Acme, tag: [a, b]}}").where == Not(
        All((OneOf("vendor", ("Acme",)), OneOf("tag", ("a", "b"))))
    )


def test_an_event_may_stand_beside_other_clauses() -> None:
    assert rule("when: {event: reboot, within: 10m, status: Faulted}").when == All(
        (OneOf("status", ("Faulted",)), Counted("reboot", 1, 600.0))
    )


def test_named_lists_are_filled_in() -> None:
    lists = "lists: {bad: [InternalError, OtherError]}\n"
    loaded = load(f"{lists}rules:\n  - rule: it\n    when: {{error_code: [$bad, WeakSignal]}}\n")
    assert not loaded.mistakes
    assert loaded.rules.rules["it"].when == OneOf("error_code", ("InternalError", "OtherError", "WeakSignal"))


def test_a_quoted_dollar_is_no_list() -> None:
    assert rule('when: {vendor_error_code: "$5"}').when == OneOf("vendor_error_code", ("$5",))


def test_off_stays_off_and_1_10_stays_1_10() -> None:
    read = rule("when: {firmware: 1.10}\nmode: off")
    assert (read.when, read.mode) == (OneOf("firmware", ("1.10",)), Mode.OFF)


def test_anchors_spare_repetition() -> None:
    loaded = load(
        "rules:\n"
        "  - {rule: a, when: {status: Faulted}, for: 5m, heal: &ladder [reset: soft], if_not_healed: ticket}\n"
        "  - {rule: b, when: {status: Faulted}, for: 5m, heal: *ladder, if_not_healed: ticket}\n"
    )
    assert not loaded.mistakes
    assert loaded.rules.rules["a"].heal == loaded.rules.rules["b"].heal


def test_limits_are_the_callers() -> None:
    text = (
        "rules:\n  - rule: it\n    when: {status: Faulted}\n    for: 2s\n    if_not_healed: ticket\n"
        "    heal:\n      - reset: soft\n        verify_within: 5s\n"
    )
    assert [m.code for m in load(text).mistakes] == ["W-HASTE", "E-RANGE"]
    short = packs.load([("a.yaml", text)], packs.Limits(verify_floor_s=1.0, disruptive_for_s=1.0))
    assert not short.mistakes
    assert short.rules.rules["it"].heal[0].verify_within_s == 5.0


# --- the hash ---------------------------------------------------------------------------------------------------------


def test_the_hash_changes_with_behaviour_only() -> None:
    body = "when: {status: Faulted}\nfor: 5m\nif_not_healed: ticket\nheal: [reset: soft]"
    same = rule(body).hash
    assert rule(f"description: other\n{body}\nlabels: {{a: b}}\nstatus: deprecated\nrunbook: x").hash == same
    assert rule(f"\n\n{body}").hash == same
    assert rule(f"{body}\nformerly: old\nstatus: deprecated\nremove_after: 2030-01-01").hash == same
    for changed in (
        body.replace("5m", "6m"),
        body.replace("Faulted", "Unavailable"),
        body.replace("soft", "hard"),
        body.replace("ticket", "page"),
        f"{body}\nforbid: unlock",
        f"{body}\nmode: dry-run",
        f"{body}\nwhere: {{vendor: Acme}}",
        f"{body}\nlimits: {{disruptive: 1}}",
        f"{body}\nheal: [{{reset: soft, ask: yes}}]".replace("heal: [reset: soft]\n", ""),
    ):
        assert rule(changed).hash != same, changed
