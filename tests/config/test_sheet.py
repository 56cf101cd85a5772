"""CSV in and out."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.config import load_inventory, read_file
from healer.config.sheet import COLUMNS, SheetMistakes, read_sheet, write_inventory, write_sheet
from healer.fleet.inventory import Contact, Inventory, Period, Placement, Site
from healer.model import ChargerId, Mode


def reading(text: str) -> tuple[Inventory, list[str]]:
    mistakes = SheetMistakes()
    found = read_sheet(text, "fleet.csv", mistakes)
    return found, [f"{mistake.mark.line}: {mistake.message}" for mistake in mistakes]


def test_a_row_is_a_charger() -> None:
    found, wrong = reading(
        "charger,site,time_zone,tags,connectors,power_stages,serial,commissioned,security_profile\n"
        "Depot/1,Depot,Europe/Berlin,bus ac,1:1 2:1,1:A 2:A,0042,2025-03-31,2\n"
        "CP-2,Depot,,,,,,,\n"
    )
    assert wrong == []
    assert found.sites == {"Depot": Site("Depot", "Europe/Berlin")}
    assert found.chargers[ChargerId("Depot/1")] == Placement(
        ChargerId("Depot/1"),
        "Depot",
        frozenset({"bus", "ac"}),
        {1: 1, 2: 1},
        {1: "A", 2: "A"},
        serial="0042",
        commissioned=date(2025, 3, 31),
        security_profile=2,
    )
    assert found.placement(ChargerId("CP-2")).site == "Depot"


@pytest.mark.parametrize("text", ["\ufeffcharger;site\r\nCP-1;Depot\r\n", 'charger,site\n"CP-1",Depot\n\n,\n'])
def test_what_spreadsheets_write_is_read(text: str) -> None:
    found, wrong = reading(text)
    assert (wrong, list(found.chargers), list(found.sites)) == ([], ["CP-1"], ["Depot"])


def test_a_header_may_be_written_in_any_case() -> None:
    found, wrong = reading("Charger;SITE;Time_Zone\nCP-1;Depot;UTC\n")
    assert (wrong, list(found.chargers), list(found.sites)) == ([], ["CP-1"], ["Depot"])
    assert reading("Charger,CHARGER\nA,B\n")[1] == ["1: the column 'charger' stands here twice"]


def test_a_sheet_in_another_encoding_is_refused() -> None:
    text = "charger,site\nCP-1,Depot\nCP-2,Straße\n".encode("latin-1").decode("utf-8", errors="replace")
    assert reading(text)[1] == ["3: a letter in this line is not UTF-8"]


def test_every_mistake_is_told_with_line_and_column() -> None:
    _, wrong = reading(
        "charger,site,time_zone,connectors,serial,commissioned,sereal,password\n"
        "A,Depot,Europe/Berlin,1:1 2,42,2025-13-01,,\n"
        "A,Depot,Europe/Paris,,42,,,\n"
        ",Depot\n"
        "C,,Europe/Paris,,,,,,x\n"
        'D,"Dep\not",,,42\n'
    )
    assert wrong == [
        "1: 'sereal' is not a column of an inventory",
        "1: 'password' is not a column of an inventory",
        "2: column 'connectors': '2' is no pair",
        "2: column 'commissioned': '2025-13-01' is not a date",
        "3: column 'charger': 'A' stands in line 2 already",
        "3: column 'time_zone': line 2 says that 'Depot' is in Europe/Berlin, this one 'Europe/Paris'",
        "4: column 'charger': the row has no charger",
        "5: column 'time_zone': a time zone is that of a site, and no site is named in this row",
        "5: this cell stands in no column",
        "6: column 'site': 'Dep ot' is not the name of a site",
        "6: column 'serial': the serial '42' is that of 'A' already",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: there is no header"),
        ("site\nDepot\n", "1: there is no column 'charger'"),
        ('charger\n"CP', "2: this is not CSV: unexpected end of data"),
        ("charger,charger\nA,B\n", "1: the column 'charger' stands here twice"),
    ],
)
def test_what_is_no_inventory_is_refused(text: str, message: str) -> None:
    assert message in reading(text)[1]


@pytest.mark.parametrize("formula", ["=1+1", "+49", "-x", "@SUM(A1)", "'=1", "'"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_written_as_text_and_read_back(formula: str) -> None:
    listed = Inventory(chargers={ChargerId("A"): Placement(ChargerId("A"), "A", vendor=formula)})
    written = write_sheet(listed)
    [_, row] = csv.reader(io.StringIO(written))
    assert row[COLUMNS.index("vendor")][0] not in "=+-@"
    assert reading(written) == (listed, [])


# --- there and back ---------------------------------------------------------------------------------------------------

LETTERS = st.sampled_from("aZ0ßé漢€=+-@'\"`,;:|{}[]#&*!%$~?<>/\\.")
WORDS = st.text(LETTERS, min_size=1, max_size=8)
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
NUMBERS = st.integers(1, 20)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    zones = draw(st.dictionaries(TEXTS, st.sampled_from(["UTC", "Europe/Berlin"]), max_size=3))
    sites = {name: Site(name, zone) for name, zone in zones.items()}
    serials = draw(st.lists(TEXTS, max_size=6, unique_by=str.casefold))
    chargers: dict[ChargerId, Placement] = {}
    for name in draw(st.lists(TEXTS, max_size=6, unique=True)):
        chargers[ChargerId(name)] = Placement(
            ChargerId(name),
            site=draw(st.sampled_from([*sites, name])),
            tags=draw(st.frozensets(WORDS, max_size=3)),
            connectors=draw(st.dictionaries(NUMBERS, NUMBERS, max_size=3)),
            power_stages=draw(st.dictionaries(NUMBERS, WORDS, max_size=3)),
            vendor=draw(st.none() | TEXTS),
            model=draw(st.none() | TEXTS),
            serial=serials.pop() if serials else None,
            commissioned=draw(st.none() | st.dates(date(2000, 1, 1), date(2025, 1, 1))),
            security_profile=draw(st.none() | st.integers(0, 3)),
        )
    stood_at = {one.site for one in chargers.values()}
    return Inventory({name: site for name, site in sites.items() if name in stood_at}, chargers)


@given(inventories())
def test_what_is_exported_is_imported_as_it_was(listed: Inventory) -> None:
    assert reading(write_sheet(listed)) == (listed, [])


@given(inventories())
def test_what_is_imported_is_an_inventory_file(listed: Inventory) -> None:
    assert load_inventory(write_inventory(listed), "fleet.yaml", {}, read_file).inventory == listed


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading("charger,site,time_zone,tags,connectors\n" + text)


def test_hours_contacts_and_mode_are_written_into_the_inventory_file() -> None:
    hours = (Period(0, 360, 1320), Period(5, 1320, 1800))
    site = Site(
        "Depot", "Europe/Berlin", hours, (Contact("Ada", "ada@example.org", "+49 30 1"), Contact("Bob")), Mode.OFF
    )
    listed = Inventory({"Depot": site})
    assert load_inventory(write_inventory(listed), "fleet.yaml", {}, read_file).inventory == listed
