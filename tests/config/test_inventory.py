"""Inventory files."""

from __future__ import annotations

import contextlib
import gc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from healer import config
from healer.config import Listed
from healer.config.discretion import InventoryMistakes
from healer.config.inventory import read_document
from healer.config.variables import Variables
from healer.errors import SettingsError
from healer.fleet.inventory import Contact, Inventory, Period, Site
from healer.model import ChargerId, Mode


def listed(text: str, **environ: str) -> Listed:
    return config.load_inventory(text, "fleet.yaml", environ, config.read_file)


def load_inventory(text: str, file: str) -> Inventory:
    assert file == "fleet.yaml"
    return listed(text).inventory


def refusal(text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        listed(text, **environ)
    return str(refused.value)


def test_it_reads_sites_and_chargers() -> None:
    inventory = load_inventory(
        """
        sites:
          Depot: {time_zone: Europe/Berlin}
          Yard:
        chargers:
          Depot/1: {site: Depot, tags: [bus, ac], connectors: {1: 1, 2: 1}, power_stages: {1: A}}
          lonely:
        """,
        "fleet.yaml",
    )
    assert inventory.sites == {"Depot": Site("Depot", "Europe/Berlin"), "Yard": Site("Yard", "UTC")}
    placement = inventory.placement(ChargerId("Depot/1"))
    assert (placement.site, sorted(placement.tags)) == ("Depot", ["ac", "bus"])
    assert [placement.evse_of(connector) for connector in (1, 2, 3)] == [1, 1, 3]
    assert placement.power_stages == {1: "A"}
    assert inventory.placement(ChargerId("lonely")).site == "lonely"


def test_an_empty_file_lists_nobody() -> None:
    assert load_inventory("", "fleet.yaml").chargers == {}


def test_it_tells_every_mistake_with_its_place() -> None:
    with pytest.raises(SettingsError) as refused:
        load_inventory(
            """\
site: {}
sites:
  Depot: {time_zone: Berlin, times: 5}
  Yard: 5
chargers:
  CP-1: {site: Dpot, connectors: {x: 1, 2: 0}, power_stages: [1]}
  CP-1: {}
  CP-2: {tags: {a: b}, power_stages: {1: }}
""",
            "fleet.yaml",
        )
    places = [line.split(": error: ")[0] for line in str(refused.value).splitlines() if ": error: " in line]
    assert places == [
        "fleet.yaml:1:1",
        "fleet.yaml:3:22",
        "fleet.yaml:3:30",
        "fleet.yaml:4:9",
        "fleet.yaml:6:16",
        "fleet.yaml:6:35",
        "fleet.yaml:6:44",
        "fleet.yaml:6:62",
        "fleet.yaml:7:3",
        "fleet.yaml:8:16",
        "fleet.yaml:8:39",
    ]


def test_it_is_a_mapping() -> None:
    with pytest.raises(SettingsError, match="a mapping"):
        load_inventory("- CP-1", "fleet.yaml")


def test_it_reads_everything_that_is_expected_of_a_charger() -> None:
    placement = listed(
        """
        chargers:
          CP-1: {vendor: Acme, model: " DC50 ", serial: "0042", commissioned: 2025-03-31, security_profile: 2}
        """
    ).inventory.placement(ChargerId("CP-1"))
    assert (placement.vendor, placement.model, placement.serial) == ("Acme", "DC50", "0042")
    assert (placement.commissioned, placement.security_profile) == (date(2025, 3, 31), 2)


def test_it_reads_hours_and_contacts_of_a_site() -> None:
    site = listed(
        """
        sites:
          Depot:
            hours: {mon-tue: ["06:00-12:00", "13:00-24:00"], sat: "22:00-02:00", sun: closed}
            contacts:
              - {name: Ada, email: ada@example.org, phone: +49 30 1}
              - name: Bob
          Yard: {hours: always, mode: dry-run}
        """
    ).inventory.sites
    workday = [(360, 720), (780, 1440)]
    assert site["Depot"].hours == (
        *(Period(day, opens, closes) for day in (0, 1) for opens, closes in workday),
        Period(5, 1320, 1560),
    )
    assert site["Depot"].contacts == (Contact("Ada", "ada@example.org", "+49 30 1"), Contact("Bob"))
    assert site["Yard"].hours is None
    assert (site["Depot"].mode, site["Yard"].mode) == (Mode.AUTO, Mode.DRY_RUN)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("security_profile: 4", "too large"),
        ("commissioned: 31.03.2025", "'31.03.2025' is not a date"),
        ("serial: ''", "'serial' has no value"),
        ("password: ' '", "'password' has no value"),
        ("tags: [two words]", "'two words' is not the name of a tag"),
        ("power_stages: {1: left half}", "'left half' is not the name of a power stage"),
        ("sereal: 42", "did you mean 'serial'?"),
        ('model: "a\\nb"', "has control characters"),
    ],
)
def test_a_wrong_entry_of_a_charger_is_told(entry: str, message: str) -> None:
    assert message in refusal(f"chargers:\n  CP-1: {{{entry}}}\n")


@pytest.mark.parametrize(
    ("contact", "message"),
    [("phone: 1", "'name' of the contact is missing"), ("name: A, email: '@'", "no"), ("name: A, phone: x", "no")],
)
def test_a_wrong_contact_is_told(contact: str, message: str) -> None:
    assert message in refusal(f"sites: {{Depot: {{contacts: [{{{contact}}}]}}}}")


def test_one_serial_cannot_be_that_of_two_chargers() -> None:
    told = refusal('chargers:\n  A: {serial: ab1}\n  B: {serial: " AB1"}\n')
    assert "fleet.yaml:3:15: error: the serial 'AB1' is that of 'A' already" in told


def test_a_name_has_no_blanks_around_it() -> None:
    assert "is not the name of a charger" in refusal('chargers: {" A": {}}')


def test_a_date_to_come_is_a_warning() -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    mistakes = InventoryMistakes()
    text = f"chargers: {{A: {{commissioned: {tomorrow}}}}}"
    found = read_document(text, "fleet.yaml", mistakes, Variables({}, config.read_file, Path()))
    assert found.inventory.chargers[ChargerId("A")].commissioned == tomorrow
    assert mistakes.summary() == "1 warning"


def test_secrets_come_beside_the_inventory_and_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "cp-1").write_text("hunter2\n", encoding="utf-8")
    text = "chargers: {CP-1: {password: '${file:cp-1}'}, CP-2: {password: '${KEY}'}, CP-3: {}}"
    found = config.load_inventory(text, str(tmp_path / "fleet.yaml"), {"KEY": "hunter3"}, config.read_file)
    assert found.secrets == {"CP-1": "hunter2", "CP-2": "hunter3"}
    assert "hunter" not in repr(found)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("scrypt$99$x$1$aa$Geheim", "scrypt's N, R and P are whole numbers"),
        ("hmac-sha256$Geheim", "hmac-sha256$ is followed by 64 hex digits"),
        ("${HASH}", "a verifier is written 'hmac-sha256$HEX' or 'scrypt$N$R$P$SALT$HASH'"),
    ],
)
def test_a_hash_that_is_none_is_a_mistake(written: str, why: str) -> None:
    told = refusal(f"chargers: {{CP-1: {{password: '{written}'}}}}", HASH="scrypt$Geheim")
    assert f"fleet.yaml:1:29: error: {why}  [E-VERIFIER]" in told
    assert "'scrypt$N$R$P$SALT$HASH'" in told
    assert "Geheim" not in told


def test_a_short_password_is_a_warning() -> None:
    text = "chargers: {A: {password: 1234567}, B: {password: '${KEY}'}, C: {password: 12345678}}"
    warnings = listed(text, KEY="hunter2").warnings
    message = "the password has fewer than 8 characters"
    assert [(one.mark.column, one.code, one.message) for one in warnings] == [
        (26, "W-SHORT", message),
        (50, "W-SHORT", message),
    ]
    assert len(listed(text, KEY="hunter22").secrets) == 3


def test_text_in_another_encoding_is_refused_and_its_line_told() -> None:
    text = "sites:\n  Straße: {}\n".encode("latin-1").decode("utf-8", errors="replace")
    assert "fleet.yaml:2:1: error: a letter in this line is not UTF-8  [E-ENCODING]" in refusal(text)
    assert listed("\ufeffsites: {Straße: {}}").inventory.sites.keys() == {"Straße"}


@pytest.mark.parametrize("text", ["chargers: {A: {}}", "chargers: {A: {sereal: 1}}", "- A"])
def test_the_garbage_collector_is_on_again_afterwards(text: str) -> None:
    with contextlib.suppress(SettingsError):
        listed(text)
    assert gc.isenabled()


def test_variables_stand_for_values_as_in_the_settings() -> None:
    found = listed("chargers: {CP-1: {serial: '${SERIAL}', model: '${MODEL:-DC50}'}}", SERIAL="42")
    placement = found.inventory.chargers[ChargerId("CP-1")]
    assert (placement.serial, placement.model) == ("42", "DC50")
    assert "'NOBODY' is not set" in refusal("chargers: {A: {model: '${NOBODY}'}}")
