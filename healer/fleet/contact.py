"""How well we can talk with a charger: whether it hears us, whether its clock is right, whether its name is its own.

Small bounded state beside what the charger reports; `charger` holds one and tells it what happens. All times are engine
time but for those called `said`, which a charger's own clock wrote.
"""

from __future__ import annotations

import enum
import statistics
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from healer.fleet.inventory import Placement
from healer.model import UNKNOWN, Instant, Seconds, Target, Truth

HALF_DEAF_AFTER: Final = 3
"""Commands in a row without an answer, while the charger was heard, after which it counts as half-deaf."""

LIVE_AFTER_S: Final[Seconds] = 60.0
"""For so long after its connection a charger may tell of the past: what it says then does not show its clock."""

DRAINED_AFTER_S: Final[Seconds] = 600.0
"""After so long most have told what they had kept: from then on a strange time may show the clock."""

OLD_S: Final[Seconds] = 300.0
"""A message that is dated so long before the connection tells of the past."""

STEADY_S: Final[Seconds] = 600.0
"""A clock counts as behind once messages have been off by the same for so long: what was kept is told faster."""

STEADY_WITHIN_S: Final[Seconds] = 30.0
"""By so much such messages may differ."""

CLOCK_SET_AFTER: Final[Instant] = 1_420_070_400.0
"""2015: no charger that speaks OCPP 1.6 or later is older; a clock that shows less was never set."""

FROZEN_S: Final[Seconds] = 60.0
"""A clock that shows the same time after so long stands still."""

SAMPLES: Final = 5
ENOUGH_SAMPLES: Final = 3

REFUSED_TIMES: Final = 3
"""A charger that refused so often to tell the status of a place will not tell it."""

ALIVE_S: Final[Seconds] = 30.0
"""A connection on which something came in so lately was alive when it was replaced."""

REPLACED_TIMES: Final = 3
REPLACED_WITHIN_S: Final[Seconds] = 600.0
"""So many live connections replaced within this time: two chargers take the place from each other."""

RIVAL_LINK_S: Final[Seconds] = 3600.0
"""How long after the last such replacement a rival is suspected."""

RIVAL_SERIAL_S: Final[Seconds] = 24 * 3600.0
"""How long after a change of the serial number; if the old one comes back meanwhile, anew."""

BOOT_ANSWER_S: Final[Seconds] = 60.0
"""A boot so soon after we asked for one is the answer, no restart."""

RESTARTED_BY_TRIGGER_S: Final[Seconds] = 30.0
"""A link that is lost so soon after we asked for a boot: the charger took the question for an order."""


@dataclass(slots=True)
class Clock:
    """What live messages show of a charger's clock.

    No message of the past is dated in the future, but many are dated long before now: what a charger tells after the
    fact, and a status that it dates by its event. Only a clock shows the same delay for minutes on end.
    """

    _offsets: deque[Seconds] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    _held: deque[Seconds] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    """Offsets of a clock that is behind, or of the past; since when they have been like the first of them."""
    _held_first: Seconds = 0.0
    _held_since: Instant | None = None
    _shown: Instant | None = None
    """The last time it showed, and since when it has."""
    _shown_since: Instant = 0.0
    frozen: bool = False

    @property
    def skew_s(self) -> Seconds | None:
        """How far the clock is ahead (negative: behind); None while that is not known, or while it stands still."""
        return None if self.frozen else self._median()

    def _median(self) -> Seconds | None:
        return statistics.median(self._offsets) if len(self._offsets) >= ENOUGH_SAMPLES else None

    def note(self, said: Instant, now: Instant) -> bool:
        """A live message was dated so; True if the skew is another one, by a second or more."""
        before = self.skew_s
        if said != self._shown:
            self._shown, self._shown_since = said, now
            self._take(said - now, now)
        self.frozen = now - self._shown_since >= FROZEN_S
        after = self.skew_s
        if before is None or after is None:
            return before is not after
        return abs(after - before) >= 1.0

    def _take(self, offset: Seconds, now: Instant) -> None:
        if offset >= -OLD_S:
            self._held.clear()
            self._held_since = None
            self._offsets.append(offset)
            return
        if self._held_since is None or abs(offset - self._held_first) > STEADY_WITHIN_S:
            self._held.clear()
            self._held_first, self._held_since = offset, now
        self._held.append(offset)
        if now >= self._held_since + STEADY_S:
            self._offsets.extend(self._held)
            self._held.clear()

    def is_before(self, said: Instant | None, moment: Instant, now: Instant) -> bool:
        """Whether a message that came `now` is dated long before `moment`, as far as anybody can tell.

        A clock that is known to be behind speaks only for what it dates now: it may have been set meanwhile. One that
        was never set dates nothing.
        """
        if said is None or said < CLOCK_SET_AFTER:
            return False
        skew_s = self._median() or 0.0
        if said - max(skew_s, 0.0) >= moment - OLD_S:
            return False
        return skew_s >= 0 or abs(said - skew_s - now) > OLD_S


class Suspicion(enum.StrEnum):
    """Why there may be two chargers of one name."""

    LINKS = "links"
    SERIAL = "serial"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Rival:
    """One reason to think that another charger uses the name, too."""

    suspicion: Suspicion
    why: str
    since: Instant
    until: Instant | None = None
    """When it is taken back if nothing more is seen; None: when it is known to be settled."""


@dataclass(slots=True)
class ContactState:
    """How well we can talk with one charger."""

    clock: Clock = field(default_factory=Clock)

    unanswered: int = 0
    """Commands in a row that timed out on this connection."""
    unproven: bool = False
    """One timed out, and none has been answered since: nobody knows whether the charger hears us."""
    call_lost_at: Instant | None = None
    """When the last one timed out."""
    _lost_since: Instant | None = None
    """When the first of `unanswered` was sent."""
    _heard_meanwhile: bool = False

    heard_at: Instant | None = None
    """When anything last came in on this connection."""
    status_refusals: Counter[Target] = field(default_factory=Counter)
    """How often it refused to tell the status of a place when asked in this epoch."""
    status_untold: set[Target] = field(default_factory=set)
    """Places whose status it will not tell when asked in this epoch."""
    status_unsupported: bool = False
    """It cannot be asked for any status in this epoch."""
    boot_asked_at: Instant | None = None
    """When we asked for a BootNotification on this connection."""
    boot_asks: int = 0
    """How often we asked for one without getting it."""
    boot_trigger_restarts: bool = False
    """It once took that question for an order to restart."""

    rivals: dict[Suspicion, Rival] = field(default_factory=dict)
    _replaced: deque[Instant] = field(default_factory=lambda: deque(maxlen=REPLACED_TIMES))

    # --- the link -------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        """A new connection: what the former one could not do says nothing of it."""
        self.heard_at = self.boot_asked_at = None
        self._forget_calls()
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """How it answered before a restart says nothing of after it."""
        self.status_refusals.clear()
        self.status_untold.clear()
        self.status_unsupported = False

    def heard(self, now: Instant) -> bool:
        """A frame or pong came in; True if that makes the charger half-deaf."""
        self.heard_at = now
        if self.unanswered == 0 or self._heard_meanwhile:
            return False
        self._heard_meanwhile = True
        return self.unanswered >= HALF_DEAF_AFTER

    # --- whether it hears us --------------------------------------------------------------------------------------

    @property
    def half_deaf(self) -> Truth:
        """It talks, and answers no command; unknown from the first that timed out until one is answered."""
        if self.unanswered >= HALF_DEAF_AFTER and self._heard_meanwhile:
            return True
        return UNKNOWN if self.unproven else False

    @property
    def half_deaf_since(self) -> Instant | None:
        return self._lost_since

    def call_answered(self) -> bool:
        """A command was answered, whatever the answer; True if that was in doubt."""
        doubted, self.unproven = self.unproven, False
        self._forget_calls()
        return doubted

    def call_timed_out(self, sent_at: Instant, now: Instant) -> bool:
        """A command was not answered in time; True if that changes what is known."""
        before = self.half_deaf
        if self.unanswered == 0:
            self._lost_since = sent_at
        self.unanswered += 1
        self.unproven, self.call_lost_at = True, now
        if self.heard_at is not None and self.heard_at > sent_at:
            self._heard_meanwhile = True
        return self.half_deaf is not before

    def _forget_calls(self) -> None:
        self.unanswered = 0
        self._lost_since = self.call_lost_at = None
        self._heard_meanwhile = False

    # --- what we asked for ----------------------------------------------------------------------------------------

    def status_promised(self, place: Target) -> None:
        """It was asked for the status of a place, and will tell it."""
        self.status_refusals.pop(place, None)
        self.status_untold.discard(place)

    def status_refused(self, place: Target) -> None:
        """It was asked for the status of a place, and will not tell it now."""
        self.status_refusals[place] += 1
        if self.status_refusals[place] >= REFUSED_TIMES:
            self.status_untold.add(place)

    def tells_status(self, place: Target) -> bool:
        """Whether it may still tell the status of a place if it is asked."""
        return not self.status_unsupported and place not in self.status_untold

    def is_boot_answer(self, now: Instant) -> bool:
        """Whether a boot now is what we asked for."""
        return self.boot_asked_at is not None and now <= self.boot_asked_at + BOOT_ANSWER_S

    def booted(self) -> None:
        """A boot was told: nothing has to be asked for."""
        self.boot_asks = 0
        self.boot_asked_at = None

    def lost_by_boot_trigger(self, now: Instant) -> bool:
        """The link is lost; True if it is because we asked for a boot, which is remembered."""
        if self.boot_asked_at is None or now > self.boot_asked_at + RESTARTED_BY_TRIGGER_S:
            return False
        self.boot_trigger_restarts = True
        return True

    # --- whether its name is its own ------------------------------------------------------------------------------

    def replaced(self, now: Instant) -> bool:
        """Its connection is replaced by a newer one; True if a rival is suspected now.

        A flaky link replaces a connection that has died; only one that was alive may belong to another charger. That
        an address changes says nothing: those of mobile links do.
        """
        if self.heard_at is None or now > self.heard_at + ALIVE_S:
            return False
        self._replaced.append(now)
        known = self.rivals.get(Suspicion.LINKS)
        often = len(self._replaced) == REPLACED_TIMES and now <= self._replaced[0] + REPLACED_WITHIN_S
        if known is None and not often:
            return False
        why = "connections that were alive replace each other"
        since = now if known is None else known.since
        self.suspect(Rival(Suspicion.LINKS, why, since, now + RIVAL_LINK_S))
        return True

    def serial_changed(self, old: str, new: str, now: Instant) -> None:
        """It booted with another serial number than before: another box, or a swapped one."""
        why = f"serial number {new[:50]} came after {old[:50]}"
        self.suspect(Rival(Suspicion.SERIAL, why, now, now + RIVAL_SERIAL_S))

    def review_serial(self, placement: Placement, serial: str | None) -> None:
        """Where the inventory names the serial number that was told last there is no doubt about it."""
        if placement.serial and serial and placement.mismatch(None, None, serial) is None:
            self.trust(Suspicion.SERIAL)

    def suspect(self, rival: Rival) -> None:
        self.rivals[rival.suspicion] = rival

    def trust(self, *suspicions: Suspicion) -> bool:
        """There is no rival after all, for these reasons or (none named) for any; True if that is news."""
        dropped = [self.rivals.pop(one, None) for one in suspicions or tuple(Suspicion)]
        return any(rival is not None for rival in dropped)

    def rivals_at(self, now: Instant) -> list[Rival]:
        return [rival for rival in self.rivals.values() if rival.until is None or now < rival.until]

    def why_duplicate(self, now: Instant) -> str | None:
        """Why there may be two chargers of this name; None when nothing says so."""
        return "; ".join(rival.why for rival in self.rivals_at(now)) or None

    def rivals_change_at(self, now: Instant) -> Instant | None:
        """When the next suspicion ends by time alone."""
        return min((rival.until for rival in self.rivals_at(now) if rival.until is not None), default=None)
