"""Random reloads into random fleets: whatever is edited at whatever moment, nothing is lost and nothing sent twice.

The fleet, its moods and the judgement over each command are those of `test_machine_stateful`; here the rules change
under its feet as well.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from healer.events import RulesReplaced
from healer.healing.incident import State
from healer.healing.records import AlertKind, Transition
from healer.healing.reload_plan import Outlook
from tests.bench import rules
from tests.test_machine_stateful import CHARGERS, RULES, Fleet

PROBED = RULES.replace("      - reset: soft\n        verify_within: 2m\n", "      - probe\n      - reset: soft\n", 1)
ONLY_HARD = RULES.replace("      - reset: soft\n        verify_within: 2m\n", "", 1)
ONLY_SOFT = RULES.replace("      - reset: hard\n        verify_within: 2m\n", "", 1)
LATER = RULES.replace("for: 1m", "for: 3m").replace("stable_for: 2m", "stable_for: 5m")
TELLS = "rules: [{rule: internal-error, when: {status: Faulted, error_code: InternalError}, alert: ticket}]"
RENAMED = RULES.replace("rule: internal-error\n", "rule: hung\n    formerly: [internal-error]\n")
"""What reverting it does is a removal of one rule and a new other one."""
HANDS_OFF = (
    RULES
    + """
  - rule: hands-off
    when: {status: Faulted, error_code: OtherError}
    forbid: [reset, unlock]
    alert: info
"""
)
TEXTS = {
    "as shipped": RULES,
    "a step more": PROBED,
    "the first step gone": ONLY_HARD,
    "the last step gone": ONLY_SOFT,
    "other times": LATER,
    "no ladders": TELLS,
    "renamed": RENAMED,
    "forbidding": HANDS_OFF,
    "nothing": "rules: []",
}
OPEN = {state.value for state in State if state.open}


class Reloads(Fleet):
    """A fleet whose admin cannot leave the rules alone."""

    def __init__(self) -> None:
        super().__init__()
        self.text = RULES
        self.words = 0

    @rule(name=st.sampled_from(sorted(TEXTS)))
    def the_rules_are_replaced(self, name: str) -> None:
        self.text = TEXTS[name]
        plan = self.bench.engine.rulings.foresee(rules(self.text))
        self.bench.give(RulesReplaced(rules(self.text)))
        for prospect in plan:
            last = self._last_words()[prospect.incident.id]
            if prospect.outlook is Outlook.CANCELLED:
                assert (last.after, last.reason) == ("cancelled", prospect.reason)
        self._judge()

    @rule(name=st.sampled_from(["as shipped", "a step more", "forbidding", "nothing"]))
    def the_rules_are_replaced_between_ledger_and_frame(self, name: str) -> None:
        self.bench.store_answers = False
        for charger in CHARGERS:
            if self.bench.connected(charger):
                self._report(charger, 1, "Faulted", "InternalError")
        self._wait(61)
        self.the_rules_are_replaced(name)
        for intent in self._pending():
            self._store(intent)
        self.bench.store_answers = True

    @rule()
    def only_words_change(self) -> None:
        self.words += 1
        described = self.text.replace("    when:", f"    description: edit {self.words}\n    when:")
        journal, sent = len(self.bench.journal), len(self.bench.sent)
        plan = self.bench.engine.rulings.foresee(rules(described))
        assert {prospect.outlook for prospect in plan} <= {Outlook.UNCHANGED} | self._leaving()
        self.bench.give(RulesReplaced(rules(described)))
        # Who lost the place of begun work is told until the next reload, whatever it changes.
        written = [one for one in self.bench.journal[journal:] if getattr(one, "kind", None) is not AlertKind.RULES]
        assert (written, len(self.bench.sent)) == ([], sent)

    def _leaving(self) -> set[Outlook]:
        """Of those whose running step is seen through, nothing else is said than before."""
        return {Outlook.ENDS} if self.bench.engine.casebook.leaving else set()

    @rule(seconds=st.sampled_from([5.0, 120.0, 5000.0]))
    def the_daemon_dies_and_comes_back(self, seconds: float) -> None:
        self._restart(self.text, seconds)

    @rule(name=st.sampled_from(sorted(TEXTS)))
    def the_daemon_comes_back_with_other_rules(self, name: str) -> None:
        self.text = TEXTS[name]
        self._restart(self.text, 60.0)

    # --- the judgement --------------------------------------------------------------------------------------------

    def _last_words(self) -> dict[int, Transition]:
        return {record.incident.id: record for record in self.bench.journal if isinstance(record, Transition)}

    @invariant()
    def no_incident_is_lost(self) -> None:
        """What the ledger says is open is open, and what is not was closed with a reason."""
        standing = {one.id: one for one in self.bench.engine.casebook.incidents() if one.state.open}
        written = {number: last for number, last in self._last_words().items() if last.after in OPEN}
        assert standing.keys() == written.keys()
        assert all(standing[number].rule == last.incident.rule for number, last in written.items())
        assert all(last.reason for last in self._last_words().values() if last.after == "cancelled")

    @invariant()
    def no_incident_sends_a_disruptive_step_twice(self) -> None:
        intents = {intent.message_id: intent for intent in self.bench.intents if intent.disruptive}
        frames = [str(frame[1]) for _, frame in self.bench.sent if frame[0] == 2]
        sent = [intents[number] for number in frames if number in intents]
        steps = Counter((one.incident, one.action, str(one.target)) for one in sent)
        assert max(steps.values(), default=1) == 1, steps

    @invariant()
    def every_open_incident_has_a_rule(self) -> None:
        casebook = self.bench.engine.casebook
        assert all(casebook.rule_of(one) is not None for one in casebook.incidents() if one.state.open)

    def _judge_command(self, charger: str, frame: list[object], now: float) -> None:
        super()._judge_command(charger, frame, now)
        if self.text is HANDS_OFF and frame[2] in {"Reset", "UnlockConnector"}:
            plugs = self.world.plugs[charger].values()
            assert not any(plug.fresh and plug.error == "OtherError" for plug in plugs), "it was forbidden"


Reloads.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestReloads = Reloads.TestCase
