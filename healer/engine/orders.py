"""What healing wants of the world, and what the world answers: intents, frames and their outcomes.

An intent belongs to an incident's step or to an errand; who asks for it here need not know which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from healer.effects import Effect, Notify, RecordFact, RecordIntent
from healer.engine.conversations import Conversations
from healer.engine.tracking import count_output
from healer.fleet.charger import Charger, Facet
from healer.healing import steps
from healer.healing.casebook import Casebook
from healer.healing.errands import Errands
from healer.healing.outputs import Ask, Deliver, Drop, Output, Propose, Record
from healer.healing.records import Alert
from healer.model import ChargerId, Instant
from healer.ocpp.messages import Outcome, Result
from healer.ocpp.session import Answered
from healer.tally import Tally


class Orders:
    """Turns healing's outputs into effects, and outcomes into healing's terms."""

    def __init__(
        self,
        casebook: Casebook,
        errands: Errands,
        conversations: Conversations,
        tally: Tally,
        chargers: Mapping[ChargerId, Charger],
        look_again: Callable[[ChargerId], None],
    ) -> None:
        self._casebook = casebook
        self._errands = errands
        self._conversations = conversations
        self._tally = tally
        self._chargers = chargers
        self._look_again = look_again
        self._effects: list[Effect] = conversations.effects

    def owner(self, intent: int) -> ChargerId | None:
        """The charger an intent without outcome is for."""
        found = self._casebook.open_intents.get(intent)
        return found[0].charger if found is not None else self._errands.owner(intent)

    def stored(self, intent: int, charger: Charger, now: Instant) -> None:
        """It is durable: check again and deliver."""
        if intent in self._errands.open:
            self._perform(self._errands.stored(intent, charger, now), now)
        else:
            steps.stored(self._casebook, intent, charger, now)

    def refused(self, intent: int, reason: str, now: Instant) -> None:
        """It never became durable."""
        if intent in self._errands.open:
            self._errands.refused(intent, now)
        else:
            steps.refused(self._casebook, intent, reason, now)

    def unsent(self, intent: int, reason: str, now: Instant) -> None:
        """It is durable, and its frame was not sent."""
        if intent in self._errands.open:
            self._perform(self._errands.failed(intent, reason, now), now)
        else:
            steps.unsent(self._casebook, intent, reason, now)

    def answered(self, charger: Charger, answered: Answered, now: Instant) -> set[Facet]:
        """The end of one of our CALLs; what of the charger it changed."""
        number = steps.intent_of(answered.message_id)
        if number in self._casebook.open_intents:
            changed = steps.answered(self._casebook, number, answered.outcome, charger, now)
            return {Facet.PLACES} if changed else set()
        if number in self._errands.open:
            self._casebook.outputs.extend(self._errands.answered(number, answered.outcome, charger, now))
            return {Facet.PLACES, Facet.CONFIGURATION}
        if number in self._errands.asking.open:
            return self._errands.asking.answered(number, answered.outcome, charger, now)
        return set()

    def run_errands(self, charger: Charger, now: Instant) -> None:
        """Do what we owe the charger, unless it still owes us an answer or a step of healing is about to be sent."""
        if self._is_free(charger):
            self._perform(self._errands.run(charger, now), now)

    def errands_due(self, charger: Charger, now: Instant) -> Instant | None:
        """When there may be an errand to run."""
        return self._errands.deadline(charger, now) if self._is_free(charger) else None

    def _is_free(self, charger: Charger) -> bool:
        return charger.id not in self._conversations.busy and not self._casebook.is_recording(charger.id)

    def dismiss(self, charger: ChargerId, now: Instant) -> None:
        """Nothing more is owed to a charger that is none of ours."""
        self._perform(self._errands.forget(charger, now), now)

    def drain(self, now: Instant) -> None:
        """Turn what healing wants into effects until it wants nothing more."""
        while self._casebook.outputs:
            outputs, self._casebook.outputs = self._casebook.outputs, []
            self._perform(outputs, now)

    def _perform(self, outputs: Iterable[Output], now: Instant) -> None:
        for output in outputs:
            count_output(self._tally, output)
            match output:
                case Propose(intent):
                    self._effects.append(RecordIntent(intent))
                case Deliver(intent, command):
                    charger = self._chargers[intent.charger]
                    reason = self._conversations.call(charger, command, intent.message_id, intent.id, now)
                    if reason is not None:
                        self.unsent(intent.id, reason, now)
                        self._look_again(intent.charger)
                case Ask(charger_id, message_id, command):
                    charger = self._chargers[charger_id]
                    reason = self._conversations.call(charger, command, message_id, None, now)
                    if reason is not None:
                        lost = Outcome(Result.LINK_LOST, reason)
                        self._errands.asking.answered(steps.intent_of(message_id), lost, charger, now)
                case Drop(_, charger_id):
                    self._conversations.drop(self._chargers[charger_id], "healer asks you to dial again")
                case Record(record):
                    self._effects.append(RecordFact(record))
                    if isinstance(record, Alert):
                        self._effects.append(Notify(record))
