"""Every guard: a reason not to act now, with its name, its verdict and what may lift it.

All guards that concern an action are asked and recorded, not only the first that blocks. They consult the traits of the
action, never its name, and they only look: nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from healer.fleet.charger import Charger
from healer.fleet.inventory import Site
from healer.fleet.occupancy import Occupancy, judge
from healer.healing.bookings import Bookings, Use
from healer.healing.incident import Incident
from healer.healing.ladder import place_of, step_of
from healer.healing.settings import HealingSettings
from healer.healing.startup import Startup
from healer.healing.storms import Storm
from healer.healing.verdict import Verdict, Wake
from healer.model import ChargerId, Instant, Mode, Seconds, Target, format_duration
from healer.rules.actions import Action, Trait
from healer.rules.rule import Rule


@dataclass(slots=True)
class Ward:
    """What guards may look at besides the charger itself."""

    settings: HealingSettings
    startup: Startup
    site: Callable[[str], Site] = Site
    """What is known of a site, by its name."""
    bookings: Bookings = field(default_factory=Bookings)
    fleet_size: int = 0
    stopping: bool = False
    """The daemon is being stopped: nothing more is sent."""
    store_trouble: str | None = None
    """Why no intent can be stored; None while the store works."""
    store_refusal: Verdict | None = None
    """The store's last no to an intent: no other is proposed until its time is up or the store tells better news."""
    in_flight: dict[ChargerId, dict[int, str]] = field(default_factory=dict)
    """Incidents with a step under way: charger -> incident id -> rule."""
    forbidding: dict[ChargerId, dict[int, Rule]] = field(default_factory=dict)
    """Open incidents whose rule forbids something: charger -> incident id -> rule."""
    slot_taken: set[ChargerId] = field(default_factory=set)
    """Chargers that owe us an answer."""
    quarantined: set[ChargerId] = field(default_factory=set)
    """Chargers of which an event hit a bug of ours: their healing is held until the next start."""

    @property
    def trouble(self) -> str | None:
        """Why nothing durable can be begun now; None when it can."""
        return "the daemon is stopping" if self.stopping else self.store_trouble


@dataclass(frozen=True, slots=True)
class Question:
    """One step that wants to be taken."""

    incident: Incident
    rule: Rule
    action: Action
    charger: Charger
    ward: Ward
    storm: Storm | None
    now: Instant

    @property
    def trait(self) -> Trait:
        return self.action.trait

    @property
    def place(self) -> Target:
        return place_of(self.action, self.incident.target)

    @property
    def wake_charger(self) -> Wake:
        return Wake("charger", self.charger.id)


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard: which actions concern it, and its judgement."""

    name: str
    concerns: Callable[[Trait], bool]
    judge: Callable[[Question], Verdict]
    again: bool = True
    """Asked a second time between the ledger entry and the frame. The step's own booking would trip the others."""


def _pass(name: str, reason: str) -> Verdict:
    return Verdict(name, blocks=False, reason=reason)


def _block(name: str, reason: str, *wake_on: Wake, until: Instant | None = None) -> Verdict:
    return Verdict(name, blocks=True, reason=reason, until=until, wake_on=wake_on)


def mode_of(ward: Ward, rule: Rule, site: str) -> Mode:
    """How far healing may go for a rule at a site: the strictest word of daemon, site, pack and rule wins."""
    return Mode.strictest(ward.settings.mode, ward.site(site).mode, rule.mode)


def _mode(question: Question) -> Verdict:
    mode = mode_of(question.ward, question.rule, question.charger.site)
    if mode is Mode.AUTO or mode is Mode.ASK:
        return _pass("mode", f"mode is {mode}")
    return _block("mode", f"mode is {mode}", Wake("rules"))


def _quarantine(question: Question) -> Verdict:
    if question.charger.id in question.ward.quarantined:
        return _block("quarantine", "healer failed on an event of this charger and holds its healing until restarted")
    return _pass("quarantine", "healer has had no trouble with this charger")


def _interlock(question: Question) -> Verdict:
    charger, name = question.charger, question.action.name
    for rule in question.ward.forbidding.get(charger.id, {}).values():
        if name in rule.forbid:
            return _block("interlock", f"{rule.name} forbids {name} on this charger", question.wake_charger)
    if charger.latches and not question.trait.safe_under_interlock:
        latch = min(charger.latches.values(), key=lambda latch: latch.since)
        return _block("interlock", f"{latch.code} was seen at {latch.target}", question.wake_charger)
    return _pass("interlock", "nothing forbids it")


def _session(question: Question) -> Verdict:
    settings = question.ward.settings
    judgement = judge(question.charger, question.place, settings.dead_session_after_s, question.now)
    if judgement.harmless:
        return _pass("session", judgement.reason)
    reason = judgement.reason if judgement.occupancy is not Occupancy.UNKNOWN else f"unknown: {judgement.reason}"
    return _block("session", reason, question.wake_charger, until=judgement.lifts_at)


def _connected(question: Question) -> Verdict:
    charger = question.charger
    if not charger.heard:
        return _block("connected", "the charger is not connected", question.wake_charger)
    settled_at = charger.settled_at()
    if settled_at is not None and question.now < settled_at:
        ago = format_duration(question.now - (charger.connected_at or question.now))
        return _block("connected", f"connected only {ago} ago", question.wake_charger, until=settled_at)
    return _pass("connected", "the connection has settled")


def _store(question: Question) -> Verdict:
    trouble = question.ward.trouble
    if trouble is not None:
        return _block("store", f"no intent can be stored: {trouble}", Wake("store"))
    refusal = question.ward.store_refusal
    if refusal is not None and refusal.until is not None and question.now < refusal.until:
        return refusal
    return _pass("store", "the ledger takes entries")


def _firmware(question: Question) -> Verdict:
    job = question.charger.firmware_job_at(question.now)
    if job is not None:
        until = question.charger.firmware_job_until
        return _block("firmware", f"a firmware job is {job}", question.wake_charger, until=until)
    return _pass("firmware", "no firmware job runs")


def _budget(question: Question) -> Verdict:
    spent = [verdict for allowance in _allowances(question) if (verdict := _spent(question, allowance)) is not None]
    if spent:
        return max(spent, key=lambda verdict: verdict.until or 0.0)
    limit, within_s, what, _, _ = next(iter(_allowances(question)))
    used = len(question.ward.bookings.matching(question.charger.id, within_s, question.now))
    return _pass("budget", f"{used} of {limit} {what} used in {format_duration(within_s)}")


_Allowance: TypeAlias = tuple[int, Seconds, str, Callable[[Use], bool], str]
"""So many uses in so long, what they are, which count, and whose word it is."""


def _allowances(question: Question) -> Iterator[_Allowance]:
    """The daemon's budgets and, behind them, the rule's own."""
    daemon, own = question.ward.settings.budget, question.rule.limits
    any_use, what = _any_use, "disruptive actions"
    yield daemon.disruptive, daemon.disruptive_within_s, what, any_use, ""
    if own.disruptive is not None or own.disruptive_within_s is not None:
        within_s = own.disruptive_within_s or daemon.disruptive_within_s
        yield own.disruptive or daemon.disruptive, within_s, what, any_use, _OWN
    if str(question.action) != "reset hard":
        return
    yield daemon.hard_resets, daemon.hard_resets_within_s, "hard resets", _hard_reset, ""
    if own.hard_resets is not None or own.hard_resets_within_s is not None:
        within_s = own.hard_resets_within_s or daemon.hard_resets_within_s
        yield own.hard_resets or daemon.hard_resets, within_s, "hard resets", _hard_reset, _OWN


_OWN: Final = " (the rule's limit)"


def _any_use(use: Use) -> bool:
    return True


def _hard_reset(use: Use) -> bool:
    return use.action == "reset hard"


def _spent(question: Question, allowance: _Allowance) -> Verdict | None:
    limit, within_s, what, counts, whose = allowance
    uses = question.ward.bookings.matching(question.charger.id, within_s, question.now, counts)
    if len(uses) < limit:
        return None
    until = uses[len(uses) - limit].at + within_s
    return _block("budget", f"{len(uses)} of {limit} {what} used in {format_duration(within_s)}{whose}", until=until)


def _backoff(question: Question) -> Verdict:
    limits, now = question.ward.settings.backoff, question.now
    streak = question.ward.bookings.streak(question.charger.id, limits.forgotten_after_s, now)
    pause_s = min(limits.first_s * limits.factor ** (len(streak) - 1), limits.longest_s) if streak else 0.0
    own_s, whose = question.rule.limits.backoff_s or 0.0, ""
    if own_s > pause_s:
        pause_s, whose = own_s, _OWN
    lately = question.ward.bookings.matching(question.charger.id, pause_s, now)
    if lately:
        last = lately[-1]
        reason = f"{last.action} was sent {format_duration(now - last.at)} ago, {format_duration(pause_s)} apart{whose}"
        return _block("backoff", reason, until=last.at + pause_s)
    if not streak:
        return _pass("backoff", "nothing disruptive was done lately")
    return _pass("backoff", f"{format_duration(pause_s)} since the last disruptive action have passed")


def _parallel(question: Question) -> Verdict:
    ward, site, own = question.ward, question.charger.site, question.rule.limits
    per_site = min(ward.settings.parallel.per_site, own.per_site or ward.settings.parallel.per_site)
    here = ward.bookings.under_way(site)
    if here >= per_site:
        whose = _OWN if per_site < ward.settings.parallel.per_site else ""
        return _block("parallel", f"{here} of {per_site} steps under way at {site}{whose}", Wake("site", site))
    most = fleet_limit(ward, own.fleet_share)
    everywhere = ward.bookings.under_way()
    if everywhere >= most:
        whose = _OWN if most < fleet_limit(ward) else ""
        return _block("parallel", f"{everywhere} of {most} steps under way in the fleet{whose}", Wake("fleet"))
    return _pass("parallel", f"{here} of {per_site} at {site}, {everywhere} of {most} in the fleet")


def fleet_limit(ward: Ward, own_share: float | None = None) -> int:
    """How many disruptive steps the fleet bears at once: at least 1, however small it is."""
    share = ward.settings.parallel.fleet_share
    return max(1, int(min(share, share if own_share is None else own_share) * ward.fleet_size))


def _window(question: Question) -> Verdict:
    window = question.rule.window
    if window is None:
        return _pass("window", "the rule names no window")
    zone = question.ward.site(question.charger.site).time_zone
    if window.is_open(question.now, zone):
        return _pass("window", f"{window.name} is open ({zone})")
    opens_at = window.opens_at(question.now, zone)
    if opens_at is None:
        return _block("window", f"nobody said when {window.name} is open", Wake("rules"))
    return _block("window", f"{window.name} is closed ({zone})", until=opens_at)


def _approval(question: Question) -> Verdict:
    step = step_of(question.rule, question.incident)
    asks = step is not None and step.ask and step.action == question.action
    if asks or mode_of(question.ward, question.rule, question.charger.site) is Mode.ASK:
        return _block("approval", "the step waits for approval", Wake("rules"))
    return _pass("approval", "nobody has to approve")


def _storm(question: Question) -> Verdict:
    storm = question.storm
    if storm is None:
        return _pass("storm", "no storm")
    return _block("storm", storm.sentence, storm.wake)


def _startup(question: Question) -> Verdict:
    startup = question.ward.startup
    if startup.settled:
        return _pass("startup", "the fleet has settled since the start")
    return _block("startup", startup.sentence, Wake("startup"), until=startup.next_review)


def _busy(question: Question) -> Verdict:
    others = question.ward.in_flight.get(question.charger.id, {})
    for incident, rule in others.items():
        if incident != question.incident.id:
            return _block("busy", f"{rule} is being treated on this charger", question.wake_charger)
    if question.charger.id in question.ward.slot_taken and question.trait.needs_link:
        return _block("busy", "the charger still owes an answer", question.wake_charger)
    return _pass("busy", "nothing else is under way")


def _always(trait: Trait) -> bool:
    return True


def _sends(trait: Trait) -> bool:
    return trait.needs_link


def _ends_session(trait: Trait) -> bool:
    return trait.ends_session


def _disruptive(trait: Trait) -> bool:
    return trait.disruptive and not trait.containment


GUARDS: tuple[Guard, ...] = (
    Guard("mode", _sends, _mode),
    Guard("approval", _sends, _approval),
    Guard("quarantine", _always, _quarantine),
    Guard("interlock", _always, _interlock),
    Guard("session", _ends_session, _session),
    Guard("connected", _sends, _connected),
    Guard("store", _sends, _store),
    Guard("firmware", _disruptive, _firmware),
    Guard("window", _disruptive, _window),
    Guard("startup", _disruptive, _startup),
    Guard("storm", _disruptive, _storm),
    Guard("budget", _disruptive, _budget, again=False),
    Guard("backoff", _disruptive, _backoff, again=False),
    Guard("parallel", _disruptive, _parallel, again=False),
    Guard("busy", _sends, _busy),
)
"""Every guard, in the order in which verdicts are shown."""


def ask(question: Question, *, again: bool = False) -> tuple[Verdict, ...]:
    """The verdict of every guard that concerns the action; `again`: of those that are asked a second time."""
    return tuple(
        guard.judge(question) for guard in GUARDS if guard.concerns(question.trait) and (guard.again or not again)
    )
