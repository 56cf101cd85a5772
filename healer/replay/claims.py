"""`expect: {state: verifying, sent: [reset soft]}` -> claims.

Any value may be a mapping from charger to value instead: `sent: {Depot/1: [reset soft]}`; of `sent` and the alerts,
whoever is not named there has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table
from typing import Final

from healer.documents import Mapping, Mistakes, Node, Scalar, Sequence, fields, shown
from healer.healing.guards import GUARDS
from healer.healing.incident import State
from healer.healing.records import AlertKind
from healer.model import ChargerId, Severity
from healer.replay import wording
from healer.replay.story import NONE, Claim, Fact
from healer.rules.actions import ACTIONS

STATES: Final = (NONE, *(state.value for state in State if state is not State.INACTIVE))
GUARD_NAMES: Final = tuple(guard.name for guard in GUARDS)
_SEVERITIES: Final = tuple(severity.value for severity in Severity)
_KINDS: Final = tuple(kind.value for kind in AlertKind)

_EXACT: Final = frozenset({Fact.SENT, Fact.ALERTS, Fact.RAISED})
"""Facts of which a charger that is not named has none."""

_HINTS: Final = {
    "status": "'state' is where the incident stands; a charger's status is not expected but told",
    "alert": "did you mean 'alerts'?",
    "guard": "did you mean 'blocked_by'?",
    "suppressed_by": "did you mean 'blocked_by'?",
    "actions": "did you mean 'sent'?",
    "commands": "did you mean 'sent'?",
    "exp_alerts": "did you mean 'alerts'?",
    "healed": "did you mean 'healed_by'?",
    "never": "'never' is a key of the test",
}


def read_claims(
    node: Node,
    chargers: tuple[ChargerId, ...],
    connector: int | None,
    everybody: tuple[ChargerId, ...],
    mistakes: Mistakes,
) -> list[Claim]:
    """The claims of an entry that is about these chargers, or about everybody when it names none."""
    body = fields.mapping(node, mistakes, "write for example 'expect: {state: pending, sent: []}'")
    if body is None:
        return []
    if not body.entries:
        mistakes.error(body.mark, "E-EMPTY", "nothing is expected", f"known are {fields.listed(Fact)}")
    found = fields.entries(body, [fact.value for fact in Fact], mistakes, "an expectation", _HINTS)
    claims: list[Claim] = []
    for key, value in found.items():
        fact, whom = Fact(key), chargers or everybody
        if isinstance(value, Mapping) and not _is_action(fact, value):
            claims += _by_charger(fact, value, whom, connector, mistakes)
        else:
            wanted = _WANTED[fact](value, mistakes)
            if wanted is not None:
                claims.append(Claim(fact, wanted, value.mark, whom, connector, each=bool(chargers)))
    return claims


def _is_action(fact: Fact, node: Mapping) -> bool:
    """`healed_by: {reset: hard}` is an action, not a charger with its value."""
    return fact is Fact.HEALED_BY and len(node.entries) == 1 and node.entries[0][0].text in ACTIONS


def _by_charger(
    fact: Fact, node: Mapping, whom: tuple[ChargerId, ...], connector: int | None, mistakes: Mistakes
) -> Iterable[Claim]:
    named = set()
    for key, value in node.entries:
        name = fields.choice(key, mistakes, whom, "charger of this test")
        wanted = _WANTED[fact](value, mistakes)
        if name is not None and wanted is not None:
            named.add(name)
            yield Claim(fact, wanted, value.mark, (ChargerId(name),), connector, each=True)
    rest = tuple(charger for charger in whom if charger not in named)
    if rest and fact in _EXACT:
        yield Claim(fact, (), node.mark, rest, connector, each=True)


# --- values -------------------------------------------------------------------------------------------------------


def _states(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    words = [fields.choice(one, mistakes, STATES, "state") for one in fields.scalars(node, mistakes, "a state")]
    return tuple(word for word in words if word is not None) or None


def _sent(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    hint = "write a list: 'sent: []' for nothing, 'sent: [reset soft]'"
    items = fields.sequence(node, mistakes, hint)
    read = None if items is None else [wording.action(item, mistakes) for item in items]
    return None if read is None else tuple(str(action) for action in read if action is not None)


def _healed_by(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    if isinstance(node, Scalar) and node.text == NONE:
        return (NONE,)
    action = wording.action(node, mistakes)
    return None if action is None else (str(action),)


def _guards(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    if isinstance(node, Sequence) and not node.items:
        return ()
    words = [fields.choice(one, mistakes, GUARD_NAMES, "guard") for one in fields.scalars(node, mistakes, "a guard")]
    return tuple(word for word in words if word is not None) or None


def _alerts(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    """Severities, kinds, or both: `[page]`, `[storm]`, `[not-healed ticket]`."""
    items = fields.sequence(node, mistakes, "write a list: 'alerts: []' for none, 'alerts: [ticket]'")
    if items is None:
        return None
    return tuple(
        " ".join(sorted(item.text.split(), key=lambda word: word in _SEVERITIES))
        for item in items
        if isinstance(item, Scalar) and _is_alert(item, mistakes)
    )


def _is_alert(item: Scalar, mistakes: Mistakes) -> bool:
    words = item.text.split()
    known = (*_SEVERITIES, *_KINDS)
    for word in words:
        if word not in known:
            hint = fields.did_you_mean(word, known) or f"known are {fields.listed(known)}"
            mistakes.error(item.mark, "E-VALUE", f"{shown(word)} is neither a severity nor a kind of alert", hint)
            return False
    if not words or len(words) > 2 or sum(word in _SEVERITIES for word in words) == len(words) > 1:
        mistakes.error(
            item.mark, "E-VALUE", f"{shown(item.text)} is not an alert", "write for example 'storm' or 'page'"
        )
        return False
    return True


def _number(node: Node, mistakes: Mistakes) -> tuple[str, ...] | None:
    count = fields.integer(node, mistakes, 0)
    return None if count is None else (str(count),)


_WANTED: Final[Table[Fact, Callable[[Node, Mistakes], tuple[str, ...] | None]]] = {
    Fact.STATE: _states,
    Fact.SENT: _sent,
    Fact.HEALED_BY: _healed_by,
    Fact.BLOCKED_BY: _guards,
    Fact.ALERTS: _alerts,
    Fact.RAISED: _alerts,
    Fact.INCIDENTS: _number,
}
