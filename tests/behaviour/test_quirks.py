"""The catalogue of quirks as a table; what each of them does to the daemon is tested in tests/quirks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from healer.behaviour import Habits, Identity, Quirk, quirks
from healer.errors import LocalError
from healer.model import ChargerId

DOCUMENT = Path(__file__).parents[2] / "docs" / "quirks.md"


@pytest.mark.parametrize("quirk", quirks.QUIRKS.values(), ids=lambda quirk: quirk.name)
def test_each_quirk_changes_a_charger_and_says_how(quirk: Quirk) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", quirk.name)
    assert all((quirk.who, quirk.does, quirk.daemon))
    charger = quirk.charger(Identity(ChargerId("A")), Habits())
    assert charger.identity == quirk.identity(Identity(ChargerId("A")))
    assert charger.replies == dict(quirk.replies)
    assert charger.habits != Habits() or charger.replies or quirk.name == "no-boot-on-connect"  # which is the usual


def test_no_two_quirks_say_the_same() -> None:
    sentences = [quirk.does for quirk in quirks.QUIRKS.values()]
    assert len(set(sentences)) == len(sentences)


def test_an_unknown_name_is_met_with_the_nearest_one() -> None:
    with pytest.raises(LocalError, match="did you mean 'half-deaf'"):
        quirks.find("halfdeaf")
    with pytest.raises(LocalError, match="there are commanded-too-early"):
        quirks.find("xxxxxxxx")


def test_the_document_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == quirks.markdown(), "run `make docs`"


def test_the_usual_times_run_faster_and_manners_stay() -> None:
    usual = quirks.find("flaps").over(Habits())
    faster = usual.faster(10.0)
    assert (faster.drops_link_every_s, faster.redial_s, faster.heartbeat_s) == (30.0, 2.5, 6.0)
    assert (faster.power_w, faster.meters_after_stop, faster.deaf_after_s) == (usual.power_w, True, None)
