"""The reference pages, written from the catalogues themselves: the language, guards, the course of an incident.

`docs/reference.md` and `docs/incident.md` are this module's word; `make docs` renews them and a test sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from healer.fleet.signals import ValueType
from healer.healing.guards import GUARDS, Guard
from healer.healing.incident import TABLE, State
from healer.model import format_duration
from healer.rules import schema, tightening
from healer.rules.actions import ACTIONS, Trait
from healer.rules.clauses import FITTING
from healer.rules.steps import OPTIONS


def reference() -> str:
    """How a rule is written, what it may do, and what may hold it back."""
    return "\n".join(
        (
            "# The language of rules",
            "",
            "Written by `make docs`, from the catalogues in the code.",
            "",
            "## Keys of a rule",
            "",
            *_table(("key", "meaning"), ((f"`{key}`", text) for key, text in schema.key_help().items())),
            "",
            "A step of `heal` is one action, with "
            + ", ".join(f"`{option}`" for option in OPTIONS)
            + " where wanted; `limits` are "
            + ", ".join(f"`{key}`" for key in tightening.KEYS)
            + ".",
            "",
            "## Matchers",
            "",
            "A value equals, a list is any of. `any`, `all`, `not` take clauses; `$name` stands for a list of `lists`.",
            "",
            *_table(("signal that is", "takes besides"), map(_fitting, FITTING)),
            "",
            "Signals and events stand in [signals.md](signals.md).",
            "",
            "## Actions",
            "",
            *_table(
                ("action", "does", "disruptive", "ends a session", "at", "evidence", "time to verify"),
                (_action(trait) for trait in ACTIONS.values() if trait.available),
            ),
            "",
            "Accepted, but passed over by this version: "
            + ", ".join(trait.name for trait in ACTIONS.values() if not trait.available)
            + ". Steps that wait for approval are not sent, for nobody can give it yet.",
            "",
            "## Guards",
            "",
            "Every guard that concerns an action is asked before it is recorded; those marked are asked again between",
            "the ledger entry and the frame.",
            "",
            *_table(("guard", "concerns", "asked again"), map(_guard, GUARDS)),
            "",
        )
    )


def incident() -> str:
    """The state machine of an incident, as a diagram and as a list."""
    arrows = [
        f"    {_id(before)} --> {_id(after)}: {happening}"
        for before, row in TABLE.items()
        for happening, after in row.items()
    ]
    states = [f"- **{state}**: {_meaning(state)}" for state in State]
    return "\n".join(
        (
            "# The course of an incident",
            "",
            "Written by `make docs`, from the table in `healer/healing/incident.py`; a pair not in it is an error.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {_id(State.INACTIVE)}",
            *arrows,
            "```",
            "",
            *states,
            "",
        )
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _fitting(kind: ValueType) -> tuple[str, ...]:
    return (kind.value, ", ".join(f"`{{{operator}: ...}}`" for operator in FITTING[kind]))


def _action(trait: Trait) -> tuple[str, ...]:
    words = " or ".join(trait.choices)
    times = {word or "": format_duration(seconds) for word, seconds in trait.verify_within_s.items()}
    verify = ", ".join(f"{word} {time}".strip() for word, time in times.items())
    return (
        f"`{trait.name}`" + (f": {words}" if words else ""),
        trait.help,
        "yes" if trait.disruptive else "containment" if trait.containment else "no",
        "yes" if trait.ends_session else "no",
        trait.scope.name.lower(),
        trait.evidence.value,
        verify or "-",
    )


def _guard(guard: Guard) -> tuple[str, ...]:
    concerned = [trait.name for trait in ACTIONS.values() if trait.available and guard.concerns(trait)]
    every = len(concerned) == sum(trait.available for trait in ACTIONS.values())
    return (f"`{guard.name}`", "every action" if every else ", ".join(concerned), "yes" if guard.again else "no")


def _id(state: State) -> str:
    return state.value.replace("-", "_")


_MEANINGS = {
    State.INACTIVE: "the condition is not true; nothing is remembered",
    State.PENDING: "the condition is true, but not yet for long enough",
    State.FIRING: "true for long enough: the next step is due, or there is no ladder and the alert is up",
    State.SUPPRESSED: "a guard blocks the next step; nothing is sent",
    State.RECORDING: "the intent of a step is on its way into the ledger; nothing has been sent",
    State.ACTING: "the command is out, its answer is awaited",
    State.VERIFYING: "the command is or may be carried out: evidence and cure are awaited until the deadline",
    State.STABILISING: "the condition is false, but not yet for long enough",
    State.EXHAUSTED: "no step is left: people were told, nothing more is sent",
    State.AWAITING_CLEAR: "healed, but the rule wants a person to clear it (`healer clear`)",
    State.RESOLVED: "over; the same fault within a day reopens it behind the steps that were tried",
    State.CANCELLED: "its rule is gone, or a person closed it",
}


def _meaning(state: State) -> str:
    return _MEANINGS[state]
