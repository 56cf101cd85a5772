"""What the file's text allows and a charger does not: rules that never fire, steps that never arrive or never run.

Each lint takes a rule beside its text and adds mistakes. A lint stays silent when a value it needs was itself a
mistake, so that one slip of the pen is one message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from healer.documents import Mark, Mistakes
from healer.fleet import codes
from healer.fleet.signals import SIGNALS, Source, ValueType
from healer.model import Mode, Scope, format_duration
from healer.rules.contradictions import contradictions
from healer.rules.reader import Written
from healer.rules.rule import All, Any, Clause, Counted, Not, OneOf, RuleStatus, Step
from healer.rules.steps import Limits

Lint: TypeAlias = Callable[[Written, Mistakes, Limits], None]


def lint(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    """Every lint over one rule. Those that find an error make it unusable."""
    before = mistakes.errors
    for one in GRAVE:
        one(written, mistakes, limits)
    # What is only unwise about a rule that cannot be used can wait until it can.
    for one in MILD if mistakes.errors == before else ():
        one(written, mistakes, limits)
    written.usable = written.usable and mistakes.errors == before


# --- the link ---------------------------------------------------------------------------------------------------------


def _can_be(clause: Clause, wanted: bool, online: bool) -> bool:
    """Whether the clause can be true (or false) on a charger that is online (or offline)."""
    match clause:
        case All():
            return (all if wanted else any)(_can_be(part, wanted, online) for part in clause.clauses)
        case Any():
            return (any if wanted else all)(_can_be(part, wanted, online) for part in clause.clauses)
        case Not():
            return _can_be(clause.clause, not wanted, online)
        case OneOf(signal="online" | "offline"):
            value = online if clause.signal == "online" else not online
            return ((value in clause.values) is not clause.negated) is wanted
        case Counted():
            return True
        case _:
            # What a charger reports is unknown while it is offline: neither true nor false.
            signal = SIGNALS[clause.signal]
            return online or signal.source not in {Source.REPORTED, Source.DERIVED}


def _branches(clause: Clause) -> Iterator[Clause]:
    """The alternatives of which any may make the rule fire."""
    if isinstance(clause, Any):
        for part in clause.clauses:
            yield from _branches(part)
    else:
        yield clause


def _never_fires(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    if not written.sound("when"):
        return
    for branch in _branches(written.rule.when):
        if not _can_be(branch, True, online=True) and not _can_be(branch, True, online=False):
            message = "this can never hold: what a charger reports is unknown while it is offline"
            hint = "remove either 'offline' or what the charger reports"
            mistakes.error(_mark_of(branch) or written.mark("when"), "E-IMPOSSIBLE", message, hint)


def _contradicts_itself(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    for key, clause in (("when", written.rule.when), ("where", written.rule.where)):
        if not written.sound(key):
            continue
        for signal, mark in contradictions(clause):
            message = f"this can never hold: the clauses about '{signal}' exclude each other"
            hint = f"for one or the other write a list, '{signal}: [...]', or 'any: [...]'"
            if SIGNALS[signal].type in {ValueType.NUMBER, ValueType.DURATION}:
                hint = "look at the bounds, or write 'any: [...]' for one or the other"
            mistakes.error(mark or written.mark(key), "E-IMPOSSIBLE", message, hint)


def _cannot_arrive(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    if not written.sound("when"):
        return
    branches = [branch for branch in _branches(written.rule.when) if _can_be(branch, True, online=False)]
    only_offline = [branch for branch in branches if not _can_be(branch, True, online=True)]
    for step in written.rule.heal:
        if not only_offline or not step.action.trait.needs_link:
            continue
        mark = step.mark or written.mark("heal")
        if all(not _can_be(branch, True, online=True) for branch in _branches(written.rule.when)):
            message = f"'{step.action}' cannot arrive: the rule fires only while the charger is offline"
            mistakes.error(mark, "E-LINK", message, "leave 'heal' out and raise an 'alert'")
        else:
            message = f"'{step.action}' cannot arrive while the charger is offline, for which the rule fires, too"
            mistakes.warn(mark, "W-LINK", message, "make two rules of it")


def _mark_of(clause: Clause) -> Mark | None:
    match clause:
        case All() | Any():
            return next((mark for part in clause.clauses if (mark := _mark_of(part)) is not None), None)
        case Not():
            return _mark_of(clause.clause)
        case _:
            return clause.mark


# --- safety -----------------------------------------------------------------------------------------------------------

_ERROR_SIGNALS: Final = frozenset({"error_code", "vendor_error_code", "mrec"})


def _safety_codes(clause: Clause) -> Iterator[str]:
    match clause:
        case All() | Any():
            for part in clause.clauses:
                yield from _safety_codes(part)
        case OneOf(negated=False) if clause.signal in _ERROR_SIGNALS:
            yield from (str(value) for value in clause.values if codes.is_safety(str(value)))
        case _:
            return


def _blocked_by_interlock(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    dangerous = next(_safety_codes(written.rule.when), None)
    if dangerous is None:
        return
    for step in written.rule.heal:
        if not step.action.trait.safe_under_interlock:
            message = f"'{step.action}' will never run: the interlock forbids it while {dangerous} stands"
            hint = "a person has to look at it: 'take-out-of-service', 'collect-diagnostics' or an 'alert'"
            mistakes.fatal(step.mark or written.mark("heal"), "F-INTERLOCK", message, hint)


def _forbids_itself(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    for step in written.rule.heal:
        if step.action.name in written.rule.forbid:
            message = f"'{step.action}' will never run: the rule itself forbids '{step.action.name}'"
            mistakes.fatal(step.mark or written.mark("heal"), "F-FORBIDDEN", message, "take it out of one of the two")


def _no_single_place(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    if not written.sound("when") or written.rule.scope is Scope.CONNECTOR:
        return
    for step in written.rule.heal:
        if step.action.name == "unlock":
            scope = written.rule.scope.name.lower()
            message = f"'unlock' will never run: the rule speaks of the {scope}, and only one connector can be unlocked"
            hint = "add a clause about connectors to 'when', for example 'status: ...', or take it out"
            mistakes.fatal(step.mark or written.mark("heal"), "F-PLACE", message, hint)


# --- haste and silence ------------------------------------------------------------------------------------------------


def _hasty(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    rule = written.rule
    if (
        not written.sound("for", "rollout", "when")
        or rule.for_s >= limits.disruptive_for_s
        or "rollout" in written.keys
    ):
        return
    step = next((step for step in rule.heal if step.action.trait.disruptive), None)
    if step is None or _counts(rule.when):
        return
    message = f"'{step.action}' interrupts service after only {format_duration(rule.for_s)} of trouble"
    hint = f"add 'for:' of at least {format_duration(limits.disruptive_for_s)}: many faults pass by themselves"
    mistakes.warn(written.keys.get("for") or step.mark or written.mark("heal"), "W-HASTE", message, hint)


def _counts(clause: Clause) -> bool:
    """Whether events over a time are asked for, which is patience enough."""
    if isinstance(clause, Counted):
        return True
    return isinstance(clause, (All, Any)) and any(_counts(part) for part in clause.clauses)


def _silent(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    rule, keys = written.rule, written.keys
    if rule.heal and "if_not_healed" not in keys and "alert" not in keys:
        hint = "add for example 'if_not_healed: ticket'"
        mistakes.warn(written.mark("heal"), "W-SILENT", "when the ladder is used up, nobody is told", hint)
    if "if_not_healed" in keys and "heal" not in keys:
        hint = "without 'heal' the word is 'alert'"
        mistakes.warn(written.mark("if_not_healed"), "W-NEVER", "there is no ladder that could fail", hint)


def _notifies_nothing(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    step = _step(written, "notify")
    if step is not None and "if_not_healed" not in written.keys:
        message = "'notify' raises the alert of 'if_not_healed', and there is none"
        mistakes.error(
            step.mark or written.mark("heal"), "E-NOTIFY", message, "add for example 'if_not_healed: ticket'"
        )


# --- campaigns --------------------------------------------------------------------------------------------------------


def _step(written: Written, action: str) -> Step | None:
    return next((step for step in written.rule.heal if step.action.name == action), None)


def _campaign(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    keys, update = written.keys, _step(written, "update-firmware")
    if update is not None and "rollout" not in keys:
        hint = "add for example 'rollout: {stages: [1, 5%, 100%], soak: 24h, stop_if_failed: 5%}'"
        message = "firmware is updated in stages only, never on all chargers at once"
        mistakes.error(update.mark or written.mark("heal"), "E-ROLLOUT", message, hint)
    if "rollout" in keys and update is None and written.sound("heal"):
        hint = "add '- update-firmware: VERSION' to 'heal', or remove 'rollout'"
        mistakes.error(keys["rollout"], "E-ROLLOUT", "'rollout' is for 'update-firmware'", hint)


def _only_counts(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    if "rollout" in written.keys and written.usable:
        message = "campaigns are not carried out by this version: the rule only counts the chargers it matches"
        mistakes.note(written.keys["rollout"], "N-ROLLOUT", message)


# --- what holds nothing back, and what cannot be done yet -------------------------------------------------------------


def _holds_nothing_back(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    """Guards of a rule that never does what they guard."""
    rule, keys = written.rule, written.keys
    if not written.sound("heal"):
        return
    disruptive = any(step.action.trait.disruptive for step in rule.heal)
    for key in ("window", "limits"):
        if key in keys and not disruptive and written.sound(key):
            message = f"'{key}' is for steps that interrupt service, and there is none"
            mistakes.warn(keys[key], "W-NEVER", message, f"remove '{key}'")
    if rule.mode is Mode.OFF and rule.heal and "mode" in keys:
        message = "the ladder is never used while the rule's 'mode' is off"
        mistakes.warn(keys["mode"], "W-NEVER", message, "'mode: dry-run' shows what it would do")


def _waits_for_approval(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    hint = "until then nothing is sent, and 'if_not_healed' is raised after a while"
    message = "approval cannot be given in this version yet"
    if written.rule.mode is Mode.ASK and written.rule.heal:
        mistakes.note(written.mark("mode"), "N-APPROVAL", message, hint)
        return
    for step in written.rule.heal:
        if step.ask:
            mistakes.note(step.mark or written.mark("heal"), "N-APPROVAL", message, hint)


def _passed_over(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    for step in written.rule.heal if written.sound("heal") else ():
        mark = step.mark or written.mark("heal")
        if not step.action.trait.available:
            message = f"'{step.action.name}' is not carried out by this version: the step is passed over"
            mistakes.note(mark, "N-ACTION", message, "the next step follows at once; the incident tells it")
        elif step.action.name == "send":
            message = "healer cannot know what 'send' does: neither sessions nor budgets hold it back"
            mistakes.note(mark, "N-SEND", message, "use it for what interrupts nobody")


def _outlived(written: Written, mistakes: Mistakes, limits: Limits) -> None:
    rule, keys = written.rule, written.keys
    if rule.status is not RuleStatus.DEPRECATED:
        for key in ("replaced_by", "remove_after"):
            if key in keys and written.sound("status"):
                mistakes.warn(keys[key], "W-STATUS", f"'{key}' is for deprecated rules", "add 'status: deprecated'")
        return
    instead = f"use '{rule.replaced_by}'" if rule.replaced_by else None
    if limits.today is not None and rule.remove_after is not None and limits.today > rule.remove_after:
        message = f"this rule was to be removed after {rule.remove_after}"
        mistakes.warn(keys["remove_after"], "W-OUTLIVED", message, instead or "remove it, or give it more time")
    else:
        until = f" and will be removed after {rule.remove_after}" if rule.remove_after else ""
        mistakes.note(written.mark("status"), "N-DEPRECATED", f"this rule is deprecated{until}", instead)


GRAVE: Final[tuple[Lint, ...]] = (
    _never_fires,
    _contradicts_itself,
    _cannot_arrive,
    _blocked_by_interlock,
    _forbids_itself,
    _no_single_place,
    _notifies_nothing,
    _campaign,
)
MILD: Final[tuple[Lint, ...]] = (
    _hasty,
    _silent,
    _only_counts,
    _holds_nothing_back,
    _waits_for_approval,
    _passed_over,
    _outlived,
)
