"""The script: who takes part, and that nothing in it is misspelt. That it comes true is `tests/cli/test_demo.py`'s."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from healer.demo import stage, story
from healer.model import ChargerId, Mode, OcppVersion, Severity
from healer.ocpp import messages
from healer.rulebook import Rules


def test_twelve_chargers_stand_on_three_sites_and_eight_of_them_speak_1_6() -> None:
    chargers = story.fleet()
    listed = stage.settings(Path("x")).inventory.chargers
    assert Counter(charger.version for charger in chargers) == {OcppVersion.V16: 8, OcppVersion.V201: 4}
    assert {charger.id for charger in chargers} == set(listed)
    assert Counter(listed[charger.id].site for charger in chargers) == {"Harbour": 4, "Depot": 4, "Mall": 4}
    assert set(story.MALL) == {charger.id for charger in chargers if listed[charger.id].site == "Mall"}


def test_every_scene_is_about_a_charger_of_the_fleet_and_can_be_played() -> None:
    chargers = {charger.id: charger for charger in story.fleet()}
    for scene in story.scenes():
        assert scene.at_s < story.LENGTH_S
        scene.act(chargers[ChargerId(scene.charger)], 1_000.0)


def test_the_demo_heals_by_the_shipped_rules_with_times_of_its_own() -> None:
    settings = stage.settings(Path("x"))
    shipped = Rules.of(settings).load().rules
    hurried = stage.rules(settings).load().rules
    assert settings.healing.mode is Mode.AUTO
    assert hurried.keys() == shipped.keys()
    for name, rule in hurried.items():
        assert [step.action for step in rule.heal] == [step.action for step in shipped[name].heal]
        assert (rule.forbid, rule.alert, rule.clear) == (shipped[name].forbid, shipped[name].alert, shipped[name].clear)
    assert hurried["ground-failure"].alert is Severity.PAGE


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (messages.Reset(hard=False), "Reset soft"),
        (messages.Reset(hard=True), "Reset hard"),
        (messages.ChangeAvailability(operative=False), "Inoperative"),
        (messages.ChangeAvailability(operative=True), "Operative"),
        (messages.UnlockConnector(None, 1), "UnlockConnector"),
    ],
)
def test_commands_are_counted_by_what_they_do(command: messages.Command, name: str) -> None:
    assert story.named(command) == name
