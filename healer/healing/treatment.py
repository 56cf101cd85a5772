"""The course of every incident: what is observed moves it along the table, guards are asked, steps are taken.

The engine tells what a rule says about a target (`observe`), then lets every incident of the charger move as far as it
can (`advance`). One function a state; which state may follow which is `incident.TABLE`'s alone.
"""

from __future__ import annotations

from collections.abc import Callable

from healer.errors import LocalError
from healer.fleet.charger import Charger
from healer.healing import guards, ladder, steps
from healer.healing.casebook import Casebook, Leaving
from healer.healing.incident import Happening, Incident, State
from healer.healing.records import AlertKind
from healer.healing.verdict import Verdict, Wake
from healer.model import UNKNOWN, Instant, Target, Truth, format_duration
from healer.rules.evaluate import CompiledRule
from healer.rules.rule import Clear, Rule

_LONGEST_CHAIN = 50
"""More moves than this in one go is a bug of the table's users, not a busy incident."""

_FORGET_PENDING_S = 600.0
"""The least unknown time after which a pending condition must be proved anew."""


# --- observing ----------------------------------------------------------------------------------------------------


def observe(casebook: Casebook, rule: Rule, charger: Charger, target: Target, truth: Truth, now: Instant) -> None:
    """What a rule says about a target now."""
    if rule.rollout is not None:
        return  # such a rule makes a campaign, never an incident
    incident = casebook.find(rule.name, target)
    if incident is not None and incident.id in casebook.leaving:
        return  # it ends under the old text; what the new one says is for the incident after it
    if incident is not None and truth is True and _is_history(casebook, incident, now):
        casebook.drop(incident)
        incident = None
    if incident is None:
        incident = _open(casebook, rule, charger, target, now) if truth is True else None
    if incident is None:
        return
    forget_after_s = max(rule.for_s, _FORGET_PENDING_S) if incident.state is State.PENDING else None
    incident.held.observe(truth, now, forget_after_s=forget_after_s)
    incident.stable.observe(truth, now)
    if incident.state is State.INACTIVE:
        casebook.move(incident, Happening.CONDITION_TRUE, "the condition is true", now)
    _track_storm(casebook, rule, charger, incident)


def observe_rule(casebook: Casebook, compiled: CompiledRule, charger: Charger, now: Instant) -> None:
    """What a rule says about each of its targets on a charger; of a place it no longer speaks of, nothing is known."""
    spoken_of = set()
    for target, truth in compiled.judge(charger, now):
        spoken_of.add(target)
        observe(casebook, compiled.rule, charger, target, truth, now)
    for incident in list(casebook.incidents(charger.id)):
        if incident.rule != compiled.rule.name or incident.target in spoken_of:
            continue
        if incident.target.connector is not None and charger.connector_at(incident.target) is None:
            _cancel(casebook, incident, "the place is no more", now)
        else:
            observe(casebook, compiled.rule, charger, incident.target, UNKNOWN, now)


def _cancel(casebook: Casebook, incident: Incident, reason: str, now: Instant) -> None:
    if incident.state is not State.RESOLVED and incident.state is not State.CANCELLED:
        casebook.move(incident, Happening.CANCELLED, reason, now)
    casebook.drop(incident)


def _open(casebook: Casebook, rule: Rule, charger: Charger, target: Target, now: Instant) -> Incident | None:
    number = casebook.ids.take("incident")
    if number is None:
        # Without a durable id there is no incident; the charger is looked at again when ids have come.
        casebook.wait(charger.id, Wake("store"))
        return None
    incident = Incident(number, rule.name, rule.hash, target, charger.site, opened_at=now, state_since=now)
    casebook.add(incident)
    return incident


def _is_history(casebook: Casebook, incident: Incident, now: Instant) -> bool:
    """Whether a new occurrence is a new incident and no relapse."""
    if incident.state is State.RESOLVED:
        return now - incident.state_since > casebook.ward.settings.reopen_within_s
    return incident.state is State.CANCELLED


def _track_storm(casebook: Casebook, rule: Rule, charger: Charger, incident: Incident) -> None:
    due = incident.fired_at if incident.state.open else incident.held.due(rule.for_s)
    if incident.held.truth is True and due is not None:
        casebook.enter_storm(incident, charger, due)
    elif incident.held.truth is False:
        casebook.leave_storm(incident)


# --- advancing ----------------------------------------------------------------------------------------------------


def advance(casebook: Casebook, charger: Charger, now: Instant) -> None:
    """Let every incident of the charger move as far as it can, the most urgent first."""
    for _ in range(_LONGEST_CHAIN):
        moved = [_advance(casebook, incident, charger, now) for incident in list(casebook.incidents(charger.id))]
        if not any(moved):
            return
    raise LocalError(f"the incidents of {charger.id} do not come to rest")


def _advance(casebook: Casebook, incident: Incident, charger: Charger, now: Instant) -> bool:
    """One move, if one is due."""
    leaving = casebook.leaving.get(incident.id)
    if leaving is not None:
        return _see_through(casebook, incident, leaving, charger, now)
    rule = casebook.rule_of(incident)
    course = _COURSES.get(incident.state)
    if rule is None or course is None:
        return False
    moved = course(casebook, incident, rule, charger, now)
    _review_alert(casebook, incident, rule, now)
    return moved


def _see_through(casebook: Casebook, incident: Incident, leaving: Leaving, charger: Charger, now: Instant) -> bool:
    """Its rule is gone: the running step is verified under the old text, and nothing is done after it."""
    judged = leaving.compiled.judge(charger, now)
    truth = next((truth for target, truth in judged if target == incident.target), UNKNOWN)
    incident.held.observe(truth, now)
    moved = incident.state is State.VERIFYING and _advance_verifying(
        casebook, incident, leaving.compiled.rule, charger, now
    )
    if incident.state.in_flight:
        return moved
    step = f"; {incident.taken[-1].action}: {incident.taken[-1].result}" if incident.taken else ""
    _cancel(casebook, incident, leaving.reason + step, now)
    # What a new text of its rule says of the place was not listened to until now.
    again = Wake("charger", charger.id)
    casebook.wait(charger.id, again)
    casebook.freed.append(again)
    return True


def _advance_waiting(casebook: Casebook, incident: Incident, rule: Rule, charger: Charger, now: Instant) -> bool:
    """Pending, or resolved and perhaps relapsing."""
    if incident.state is State.PENDING and incident.held.truth is False:
        casebook.move(incident, Happening.CONDITION_FALSE, "it ended before it had lasted long enough", now)
        casebook.drop(incident)
        return True
    if not incident.held.reached(rule.for_s, now):
        return False
    relapsed = incident.state is State.RESOLVED
    if relapsed:
        incident.reopened += 1
        _go_on_behind(incident)
    incident.fired_at = now
    lasted = f"true for {format_duration(incident.held.held_s(now))}"
    casebook.move(incident, Happening.HELD, f"it is back, {lasted}" if relapsed else lasted, now)
    casebook.forbid(incident, rule)
    casebook.enter_storm(incident, charger, now)
    return True


def _go_on_behind(incident: Incident) -> None:
    """A relapse goes on behind what was tried, never back to it."""
    incident.healed_by = None
    if any(taken.step == incident.step for taken in incident.taken):
        incident.step, incident.attempt = incident.step + 1, 1


def _advance_firing(casebook: Casebook, incident: Incident, rule: Rule, charger: Charger, now: Instant) -> bool:
    """Firing or suppressed: take the next step, or say why not."""
    if incident.held.truth is False:
        incident.suppressed_since = None
        casebook.move(incident, Happening.CONDITION_FALSE, "the condition is false", now)
        return True
    step = ladder.step_of(rule, incident)
    if step is None:
        return _exhaust(casebook, incident, rule, now)
    if incident.held.truth is UNKNOWN:
        return False  # unknown never acts
    settings = casebook.ward.settings
    order = ladder.order(
        step.action, charger, ladder.place_of(step.action, incident.target), 0, settings.diagnostics_url
    )
    if isinstance(order, ladder.Impossible):
        steps.decline(casebook, incident, step, order.reason, now)
        return True
    verdicts = guards.ask(casebook.question(incident, rule, step.action, charger, now))
    if any(verdict.blocks for verdict in verdicts):
        return _suppress(casebook, incident, rule, verdicts, now)
    incident.verdicts, incident.suppressed_since = verdicts, None
    if isinstance(order, ladder.Nothing):
        steps.take_silently(casebook, incident, rule, step, now)
        return True
    return steps.propose(casebook, incident, rule, step, charger, now)


def _suppress(casebook: Casebook, incident: Incident, rule: Rule, verdicts: tuple[Verdict, ...], now: Instant) -> bool:
    before = {verdict.guard for verdict in incident.blocking()} if incident.state is State.SUPPRESSED else None
    incident.verdicts = verdicts
    blocking = incident.blocking()
    for verdict in blocking:
        for wake in verdict.wake_on:
            casebook.wait(incident.target.charger, wake)
    if incident.suppressed_since is None:
        incident.suppressed_since = now
    _give_up(casebook, incident, rule, now)
    # A suppressed incident that stays suppressed for the same reasons writes nothing.
    if before == {verdict.guard for verdict in blocking}:
        return False
    reason = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in blocking)
    casebook.move(incident, Happening.BLOCKED, reason, now)
    return True


def _give_up(casebook: Casebook, incident: Incident, rule: Rule, now: Instant) -> None:
    """Blocked for too long: people are told, once."""
    moment = _gives_up_at(casebook, incident, rule)
    if moment is not None and now >= moment and rule.if_not_healed is not None:
        casebook.raise_alert(incident, rule, AlertKind.NOT_HEALED, rule.if_not_healed, now)


def _gives_up_at(casebook: Casebook, incident: Incident, rule: Rule) -> Instant | None:
    """When people are told if nothing changes.

    Neither dry-run, nor a storm, which has its own alert, nor waiting for the rule's window counts.
    """
    quiet = {verdict.guard for verdict in incident.blocking()} & {"mode", "storm", "window"}
    told = AlertKind.NOT_HEALED.value in incident.alerts
    if rule.if_not_healed is None or quiet or told or incident.suppressed_since is None:
        return None
    return incident.suppressed_since + casebook.ward.settings.give_up_after_s


def _exhaust(casebook: Casebook, incident: Incident, rule: Rule, now: Instant) -> bool:
    if not rule.heal:
        return False
    tried = "; ".join(f"{taken.action}: {taken.result}" for taken in incident.taken)
    casebook.move(incident, Happening.LADDER_ENDED, f"no step is left ({tried}); a person has to look", now)
    if rule.if_not_healed is not None:
        casebook.raise_alert(incident, rule, AlertKind.NOT_HEALED, rule.if_not_healed, now)
    return True


def _advance_verifying(casebook: Casebook, incident: Incident, rule: Rule, charger: Charger, now: Instant) -> bool:
    step = ladder.step_of(rule, incident)
    if step is None:
        return False
    cures = step.action.trait.cures
    seen = ladder.evidence_seen(step.action, incident, charger, now)
    if seen and incident.held.truth is False:
        incident.taken[-1].result = "healed" if cures else "done"
        incident.healed_by = str(step.action) if cures else None
        casebook.move(incident, Happening.CURED, f"{step.action} was carried out and the condition is false", now)
        return True
    if seen and not cures:
        incident.taken[-1].result = "done"
        casebook.move(incident, Happening.DONE, f"{step.action} is done", now, next_rung=True)
        return True
    if incident.deadline is None or now < incident.deadline:
        return False
    incident.taken[-1].result = "no-effect"
    again = incident.attempt < step.attempts
    if again:
        incident.attempt += 1
    why = "carried out, but the condition is still true" if seen else "not seen to be carried out"
    casebook.move(incident, Happening.DEADLINE, f"{step.action}: {why}", now, next_rung=not again)
    return True


def _advance_stabilising(casebook: Casebook, incident: Incident, rule: Rule, charger: Charger, now: Instant) -> bool:
    """Stabilising or exhausted: wait until the condition has been false for long enough."""
    if incident.held.truth is True and incident.state is State.STABILISING:
        _go_on_behind(incident)
        casebook.move(incident, Happening.CONDITION_TRUE, "it is back", now)
        return True
    if not incident.stable.reached(rule.stable_for_s, now):
        return False
    what = f"healed by {incident.healed_by}" if incident.healed_by else "it ended by itself"
    happening = Happening.STABLE_BY_HAND if rule.clear is Clear.BY_HAND else Happening.STABLE
    casebook.move(incident, happening, f"{what}, false for {format_duration(rule.stable_for_s)}", now)
    return True


_COURSES: dict[State, Callable[[Casebook, Incident, Rule, Charger, Instant], bool]] = {
    State.PENDING: _advance_waiting,
    State.RESOLVED: _advance_waiting,
    State.FIRING: _advance_firing,
    State.SUPPRESSED: _advance_firing,
    State.VERIFYING: _advance_verifying,
    State.STABILISING: _advance_stabilising,
    State.EXHAUSTED: _advance_stabilising,
}


def _review_alert(casebook: Casebook, incident: Incident, rule: Rule, now: Instant) -> None:
    """Raise the rule's own alert while it fires; within a storm the storm's one alert speaks for all."""
    if rule.alert is None or AlertKind.FIRING.value in incident.alerts:
        return
    if not incident.state.open or incident.state in {State.STABILISING, State.AWAITING_CLEAR}:
        return
    storm = casebook.storm_over(incident, rule, now)
    if storm is not None:
        casebook.wait(incident.target.charger, storm.wake)
        return
    casebook.raise_alert(incident, rule, AlertKind.FIRING, rule.alert, now)


# --- time and people ----------------------------------------------------------------------------------------------


def deadline(casebook: Casebook, charger: Charger, now: Instant) -> Instant | None:
    """When time alone may next move an incident of the charger, which has just been advanced."""
    moments = [moment for incident in casebook.incidents(charger.id) for moment in _deadlines(casebook, incident)]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _deadlines(casebook: Casebook, incident: Incident) -> list[Instant | None]:
    rule = casebook.rule_of(incident)
    if rule is None:
        return []
    match incident.state:
        case State.PENDING | State.RESOLVED:
            return [incident.held.due(rule.for_s)]
        case State.SUPPRESSED | State.FIRING:
            if incident.held.truth is UNKNOWN:
                return []  # nothing moves it until the charger speaks again
            return [_gives_up_at(casebook, incident, rule), *(verdict.until for verdict in incident.blocking())]
        case State.VERIFYING:
            step = ladder.step_of(rule, incident)
            waits = step is not None and step.action.seconds is not None and incident.sent_at is not None
            over = (incident.sent_at or 0) + (step.action.seconds or 0) if waits and step is not None else None
            return [incident.deadline, over]
        case State.STABILISING | State.EXHAUSTED:
            return [incident.stable.due(rule.stable_for_s)]
        case _:
            return []


def clear(casebook: Casebook, incident: Incident, author: str, now: Instant) -> bool:
    """A person clears an incident; False when there is nothing to clear in its state."""
    if incident.state not in {State.AWAITING_CLEAR, State.EXHAUSTED, State.STABILISING}:
        return False
    casebook.move(incident, Happening.CLEARED, f"cleared by {author}", now)
    return True
