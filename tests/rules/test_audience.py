"""Rules held against a fleet."""

from __future__ import annotations

import pytest

from healer.documents import Mistakes
from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.model import ChargerId
from healer.rules import audience, packs
from healer.rules.audience import Fleet


def charger(name: str, site: str, *tags: str, vendor: str | None = None, model: str | None = None) -> Charger:
    found = Charger(ChargerId(name), Placement(ChargerId(name), site, frozenset(tags)), watched_since=0.0)
    found.vendor, found.model = vendor, model
    return found


FLEET = Fleet(
    "inventory.yaml",
    (charger("CP-1", "Depot", "bus", vendor="Acme", model="DC50"), charger("CP-2", "Harbour")),
    frozenset({"Depot", "Harbour", "Empty"}),
)


def told(where: str, fleet: Fleet = FLEET) -> list[tuple[str, str, str | None]]:
    loaded = packs.load([("a.yaml", f"rules:\n  - rule: it\n    when: offline\n    where: {where}\n")])
    assert not loaded.mistakes, loaded.mistakes.render()
    mistakes = Mistakes()
    audience.hold_against(loaded.rules, fleet, mistakes)
    return [(f"{m.mark.line}:{m.mark.column} {m.code}", m.message, m.hint) for m in mistakes]


@pytest.mark.parametrize(
    "where",
    [
        "{site: Depot}",
        "{tag: bus}",
        "{charger: {like: CP-*}}",
        "{vendor: Other}",  # CP-2 may be one
        "{firmware: {older_than: 1.2}}",
        "{profile: {hangs_in_finishing: yes}}",
        "{not: {site: Depot}}",
        "{any: [{site: Depot}, {vendor: Nobody}]}",
    ],
)
def test_what_may_match_is_no_mistake(where: str) -> None:
    assert told(where) == []


@pytest.mark.parametrize(
    ("where", "message", "hint"),
    [
        ("{site: Depto}", "'Depto' is no site of inventory.yaml", "did you mean 'Depot'?"),
        ("{tag: [bus, tram]}", "'tram' is no tag of inventory.yaml", "1 are known"),
        ("{charger: CP-9}", "'CP-9' is no charger of inventory.yaml", "did you mean 'CP-2'?"),
        ("{not: {site: Habour}}", "'Habour' is no site of inventory.yaml", "did you mean 'Harbour'?"),
    ],
)
def test_names_nobody_has_are_told_once(where: str, message: str, hint: str) -> None:
    found = told(where)
    assert len(found) == 1
    assert found[0][0].endswith("W-NAME")
    assert found[0][1] == message
    assert found[0][2] in {hint, "did you mean 'CP-1'?"}


@pytest.mark.parametrize("where", ["{site: Empty}", "{site: Harbour, tag: bus}", "{charger: {like: X-*}}"])
def test_a_where_that_matches_nobody_is_told(where: str) -> None:
    found = told(where)
    assert [one[0].split()[1] for one in found] == ["W-NOBODY"]
    assert found[0][1] == "'where' of 'it' matches no charger of inventory.yaml"


def test_of_an_empty_fleet_only_names_are_told() -> None:
    assert [one[0].split()[1] for one in told("{site: Depot}", Fleet("x", ()))] == ["W-NAME"]
    assert told("{firmware: 1.2}", Fleet("x", ())) == []


def test_a_rule_for_all_is_for_all() -> None:
    loaded = packs.load([("a.yaml", "rules: [{rule: a, when: offline}]")])
    mistakes = Mistakes()
    audience.hold_against(loaded.rules, FLEET, mistakes)
    assert not mistakes


def test_it_is_known_which_signals_choose_chargers() -> None:
    text = "rules: [{rule: a, when: offline, where: {any: [{tag: x}, {not: {site: y}}]}}]"
    assert audience.asked(packs.load([("a.yaml", text)]).rules) == {"tag", "site"}
