"""The baseline of a settings file: what is read, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from healer.fleet.baseline import Baseline, BaselineEntry, variable_named
from healer.fleet.signals import SIGNALS
from healer.model import OcppVersion
from healer.ocpp.messages import Variable
from tests.config.test_reading import heads, loaded, mistakes

HEAD = "authorization: accept\nbaseline:\n"


def test_entries_say_what_is_wanted_of_whom() -> None:
    text = """
  - set: {HeartbeatInterval: 0300, OCPPCommCtrlr.HeartbeatInterval: 300}
  - vendor: Acme
    model: "DC*"
    firmware: "1.*"
    site: Depot
    tag: bus
    ocpp: 1.6
    set: {Acme.LocalMode: true}
"""
    assert loaded(HEAD + text).baseline == Baseline(
        (
            BaselineEntry(
                {Variable("HeartbeatInterval"): "0300", Variable("HeartbeatInterval", "OCPPCommCtrlr"): "300"}
            ),
            BaselineEntry({Variable("Acme.LocalMode"): "true"}, "Acme", "DC*", "1.*", "Depot", "bus", OcppVersion.V16),
        )
    )


@pytest.mark.parametrize(
    "name",
    [
        "AuthorizationKey",
        "authorizationkey",
        "SecurityCtrlr.BasicAuthPassword",
        "SecurityCtrlr.Identity",
        "SecurityProfile",
        "WifiPassword",
    ],
)
def test_keys_and_passwords_are_refused(name: str) -> None:
    said = mistakes(HEAD + f"  - set: {{{name}: abc123}}\n")
    assert "[E-SECRET]" in said
    assert "never by a baseline" in said


def test_mistakes_are_told_where_they_stand() -> None:
    text = """  - set: {HeartbeatInterval: yes}
  - set: {Component.: 1}
  - set: {}
  - vendor: Acme
  - set: {A: 1}
    ocpp: 3.0
  - set: [A]
  - set: {HeartbeatInterval: 1}
    vendr: Acme
"""
    assert heads(HEAD + text) == [
        "config.yaml:3:30: error: 'yes' is no value that chargers know  [E-VALUE]",
        "config.yaml:4:5: error: 'Component.' names no variable  [E-CONFLICT]",
        "config.yaml:5:5: error: an entry of the baseline wants nothing  [E-CONFLICT]",
        "config.yaml:6:5: error: 'set' is missing  [E-MISSING]",
        "config.yaml:8:11: error: '3.0' is not a known version of OCPP  [E-VALUE]",
        "config.yaml:9:10: error: a mapping (key: value) belongs here, not a list  [E-TYPE]",
        "config.yaml:11:5: error: 'vendr' is not a key of 'baseline.6'  [E-KEY]",
    ]


def test_what_ocpp_has_no_room_for_is_refused() -> None:
    assert "too long" in mistakes(HEAD + f"  - set: {{A: {'x' * 501}}}\n")
    assert "names no variable" in mistakes(HEAD + f"  - set: {{{'A' * 51}: 1}}\n")


def test_the_page_about_the_baseline_shows_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "baseline.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shown = loaded("authorization: accept\n" + snippet).baseline
    assert [len(entry.values) for entry in shown.entries] == [2, 2, 1]
    assert set(re.findall(r"`(config_\w+)`", page)) == {name for name in SIGNALS if name.startswith("config_")}
    [written] = re.findall(r"`(DeviceDataCtrlr[^`]*)`", page)
    assert str(variable_named(written)) == written
