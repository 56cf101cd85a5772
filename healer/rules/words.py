"""Words of other systems and near misses, answered with the word used here.

Data only. Whoever knows Prometheus, Home Assistant or OCPP should need the manual for nothing but the unusual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOP: Final[Mapping[str, str]] = {
    "groups": "Prometheus groups rules; here all stand in one list under 'rules'",
    "rule": "rules are items of a list: write 'rules:' and below it '- rule: ...'",
    "alert": "rules are items of a list: write 'rules:' and below it '- rule: ...'",
    "automation": "the list of rules is called 'rules' here",
    "automations": "the list of rules is called 'rules' here",
    "alerts": "the list of rules is called 'rules' here",
    "tests": "tests stand in a file of their own, named <pack>.test.yaml",
    "name": "the name of the pack is called 'pack' here",
    "id": "the name of the pack is called 'pack' here",
}
"""Wrong keys at the top of a file."""

_CONDITIONS: Final = "Home Assistant's 'conditions' are more clauses of 'when' here, or 'where' (which chargers)"

RULE: Final[Mapping[str, str]] = {
    "expr": "Prometheus' 'expr' is 'when' here, a mapping of signals: when: {status: Faulted}",
    "annotations": "Prometheus' 'annotations' are the keys 'description' and 'runbook' here",
    "keep_firing_for": "Prometheus' 'keep_firing_for' is called 'stable_for' here",
    "record": "there are no recording rules here",
    "severity": "'alert' is raised when the rule fires, 'if_not_healed' when healing failed; both take the severity",
    "summary": "write it as 'description'",
    "message": "write it as 'description'",
    "runbook_url": "write it as 'runbook'",
    "name": "the name of a rule is called 'rule' here",
    "id": "the name of a rule is called 'rule' here",
    "alias": "Home Assistant's 'alias' is called 'rule' here",
    "trigger": "Home Assistant's 'triggers' are called 'when' here",
    "triggers": "Home Assistant's 'triggers' are called 'when' here",
    "platform": "Home Assistant's 'triggers' are called 'when' here, a mapping of signals",
    "if": "what is wrong is called 'when' here",
    "condition": _CONDITIONS,
    "conditions": _CONDITIONS,
    "unless": "write it in 'when' or 'where' as 'not: {...}'",
    "action": "the ladder of actions is called 'heal' here",
    "actions": "the ladder of actions is called 'heal' here",
    "steps": "the ladder of actions is called 'heal' here",
    "sequence": "the ladder of actions is called 'heal' here",
    "then": "the ladder of actions is called 'heal' here",
    "do": "the ladder of actions is called 'heal' here",
    "else": "what comes when healing failed is called 'if_not_healed' here",
    "duration": "how long it must hold is called 'for' here",
    "for_": "write it as 'for'",
    "enabled": "write it as 'mode: off', 'mode: dry-run' or 'mode: auto'",
    "verify_within": "'verify_within' belongs to a step of 'heal'",
    "attempts": "'attempts' belongs to a step of 'heal'",
    "notify": "write it as 'alert' (when firing) or 'if_not_healed' (when healing failed)",
    "ask": "'ask' belongs to a step of 'heal'; for the whole rule write 'mode: ask'",
    "deprecated": "write it as 'status: deprecated'",
    "renamed_from": "a former name is called 'formerly' here",
    "aliases": "a former name is called 'formerly' here",
    "schedule": "the time in which something may be done is called 'window' here",
    "budget": "a rule's own limits are called 'limits' here",
    "tags": "write it as 'labels', or as 'where: {tag: ...}' for the tags of chargers",
}
"""Wrong keys of a rule."""

SIGNALS: Final[Mapping[str, str]] = {
    "state": "did you mean 'status'?",
    "connector_status": "did you mean 'status'?",
    "error": "did you mean 'error_code'?",
    "code": "did you mean 'error_code'?",
    "transaction": "did you mean 'session_active'?",
    "charging": "did you mean 'session_active: yes' or 'status: Charging'?",
    "session": "did you mean 'session_active'?",
    "connected": "did you mean 'online'?",
    "disconnected": "did you mean 'offline'?",
    "version": "did you mean 'firmware'?",
    "tags": "did you mean 'tag'?",
    "id": "did you mean 'charger'?",
    "identity": "did you mean 'charger'?",
    "charge_point": "did you mean 'charger'?",
    "station": "did you mean 'charger' or 'site'?",
    "location": "did you mean 'site'?",
    "group": "did you mean 'site' or 'tag'?",
    "manufacturer": "did you mean 'vendor'?",
    "make": "did you mean 'vendor'?",
    "protocol": "did you mean 'ocpp'?",
    "and": "did you mean 'all'? The clauses of one mapping must all hold anyway",
    "or": "did you mean 'any'?",
}
"""Wrong names of signals in `when` and `where`."""

OPERATORS: Final[Mapping[str, str]] = {
    ">": "above",
    ">=": "at_least",
    "<": "below",
    "<=": "at_most",
    "gt": "above",
    "gte": "at_least",
    "lt": "below",
    "lte": "at_most",
    "min": "at_least",
    "max": "at_most",
    "more_than": "above",
    "less_than": "below",
    "older": "older_than",
    "newer": "newer_than",
    "before": "older_than",
    "after": "newer_than",
    "regex": "like",
    "match": "like",
    "matches": "like",
    "contains": "like",
    "glob": "like",
    "is_not": "not",
    "!=": "not",
    "none_of": "not",
}
"""Wrong words in a matcher -> the right one."""

ACTIONS: Final[Mapping[str, str]] = {
    "reboot": "write 'reset: soft' or 'reset: hard'",
    "restart": "write 'reset: soft' or 'reset: hard'",
    "soft-reset": "write 'reset: soft'",
    "soft_reset": "write 'reset: soft'",
    "hard-reset": "write 'reset: hard'",
    "hard_reset": "write 'reset: hard'",
    "unlock-connector": "write 'unlock'",
    "UnlockConnector": "write 'unlock'",
    "TriggerMessage": "write 'probe'",
    "trigger-message": "write 'probe'",
    "ChangeAvailability": "write 'cycle-availability', 'take-out-of-service' or 'put-in-service'",
    "disable": "write 'take-out-of-service'",
    "enable": "write 'put-in-service'",
    "GetDiagnostics": "write 'collect-diagnostics'",
    "GetLog": "write 'collect-diagnostics'",
    "diagnostics": "write 'collect-diagnostics'",
    "firmware": "write 'update-firmware: VERSION'",
    "delay": "write 'wait: 5m'",
    "sleep": "write 'wait: 5m'",
    "pause": "write 'wait: 5m'",
    "alert": "write 'notify' (it raises the alert of 'if_not_healed')",
    "RemoteStopTransaction": "write 'stop-transaction'",
    "RequestStopTransaction": "write 'stop-transaction'",
    "ClearCache": "write 'clear-cache'",
    "ChangeConfiguration": "write 'set-config: {KEY: VALUE}'",
    "SetVariables": "write 'set-config: {Component.Variable: VALUE}'",
    "SetChargingProfile": "write 'limit-power: {amps: 16}'",
    "DataTransfer": "write 'send: {vendor: ..., message: ...}'",
    "shell_command": "healer runs no commands of its own machine; a switched outlet is a 'webhook'",
    "service": "Home Assistant's services do not exist here",
    "disconnect": "write 'reconnect'",
}
"""Wrong names of actions."""
