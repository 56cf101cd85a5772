"""What stands behind the name of an action. Each mistake has its example in tests/packs."""

from __future__ import annotations

import pytest

from healer.documents import Mapping, Mistakes, parse
from healer.rules.actions import ACTIONS, Action
from healer.rules.arguments import LONGEST_NAME, LONGEST_VALUE, read_action


def read(text: str) -> tuple[Action | None, list[str]]:
    """The action of `name: argument`, and the codes of its mistakes."""
    mistakes = Mistakes()
    root = parse(text, "a.yaml", mistakes)
    assert isinstance(root, Mapping)
    key, node = root.entries[0]
    return read_action(ACTIONS[key.text], node, key.mark, mistakes), [mistake.code for mistake in mistakes]


@pytest.mark.parametrize(
    ("text", "action", "shown"),
    [
        ("clear-cache:", Action("clear-cache"), "clear-cache"),
        ("stop-transaction:", Action("stop-transaction"), "stop-transaction"),
        ("clear-power-limit:", Action("clear-power-limit"), "clear-power-limit"),
        ("webhook: outlet", Action("webhook", "outlet"), "webhook outlet"),
        ("reset: hard", Action("reset", "hard"), "reset hard"),
        ("wait: 90s", Action("wait", "1m30s", 90.0), "wait 1m30s"),
        ("take-out-of-service:", Action("take-out-of-service", "connector"), "take-out-of-service connector"),
        (
            "set-config: {HeartbeatInterval: 60}",
            Action("set-config", "HeartbeatInterval", details=(("HeartbeatInterval", "60"),)),
            "set-config HeartbeatInterval",
        ),
        (
            "set-config: {OCPPCommCtrlr.HeartbeatInterval: yes}",
            Action(
                "set-config",
                "OCPPCommCtrlr.HeartbeatInterval",
                details=(("OCPPCommCtrlr.HeartbeatInterval", "yes"),),
            ),
            "set-config OCPPCommCtrlr.HeartbeatInterval",
        ),
        ("limit-power: {amps: 16}", Action("limit-power", "16 amps", details=(("amps", "16"),)), "limit-power 16 amps"),
        (
            "limit-power: {watts: 11000.0}",
            Action("limit-power", "11000 watts", details=(("watts", "11000"),)),
            "limit-power 11000 watts",
        ),
        (
            "send: {vendor: com.example, message: go, data: secret}",
            Action(
                "send",
                "com.example/go",
                details=(("vendor", "com.example"), ("message", "go"), ("data", "secret")),
            ),
            "send com.example/go",
        ),
        ("send: {vendor: a}", Action("send", "a", details=(("vendor", "a"),)), "send a"),
    ],
)
def test_an_action_is_read_with_its_argument_and_shown_without_values(text: str, action: Action, shown: str) -> None:
    assert read(text) == (action, [])
    assert str(action) == shown
    assert "secret" not in repr(action)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"set-config: {{{'K' * LONGEST_NAME}: {'v' * LONGEST_VALUE}}}", []),
        (f"set-config: {{{'K' * (LONGEST_NAME + 1)}: v}}", ["E-VALUE"]),
        (f"set-config: {{K: {'v' * (LONGEST_VALUE + 1)}}}", ["E-RANGE"]),
        (f"send: {{vendor: {'v' * 256}}}", ["E-RANGE"]),
        (f"send: {{vendor: v, message: {'m' * 51}}}", ["E-RANGE"]),
        ("limit-power: {watts: 2000000}", ["E-RANGE"]),
        ("limit-power: {amps: many, kw: 11}", ["E-ARGUMENT", "E-NUMBER", "E-KEY"]),
        ("set-config: {Password: [a], b: c}", ["E-ARGUMENT", "E-SECRET", "E-TYPE"]),
    ],
)
def test_what_ocpp_has_no_room_for_is_refused_and_nothing_hides_anything(text: str, codes: list[str]) -> None:
    action, told = read(text)
    assert told == codes
    assert (action is None) == bool(codes)
