"""Settings files: what is read, what is refused, and where the mistake is said to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from healer import documents
from healer.config import Settings, load, reading
from healer.config.authorization import Authorization
from healer.config.settings import LogLevel
from healer.errors import SettingsError
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Period
from healer.fleet.profiles import BootMeaning
from healer.fleet.tokens import TokenPolicy
from healer.healing.settings import HealingSettings, StormLimit
from healer.model import ChargerId, Mode
from healer.rules.windows import Window

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def loaded(text: str, environ: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None) -> Settings:
    def read_file(path: Path) -> str:
        try:
            return (files or {})[str(path)]
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory") from None

    return load(text, "/etc/healer/config.yaml", environ or {}, read_file)


def mistakes(text: str, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(text, environ)
    return str(refused.value)


def heads(text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    return [line.removeprefix("/etc/healer/") for line in mistakes(text, environ).splitlines() if ": error: " in line]


# --- windows ----------------------------------------------------------------------------------------------------------


def test_windows_are_read_as_in_packs() -> None:
    settings = loaded("authorization: accept\nwindows: {nights: {days: fri, from: 22:00, to: 05:00}}")
    assert settings.windows == {"nights": Window("nights", (Period(4, 22 * 60, 29 * 60),))}
    assert loaded("authorization: accept").windows == {}


def test_mistakes_of_windows_are_told_with_all_others() -> None:
    text = "authorization: accept\nwindows:\n  nights: {from: 22, to: 05:00}\nhttp: {prot: 1}\n"
    assert heads(text) == [
        "config.yaml:3:18: error: '22' is not a time of day  [E-WINDOW]",
        "config.yaml:4:8: error: 'prot' is not a key of 'http'  [E-KEY]",
    ]


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_authorization_is_all_that_must_be_written() -> None:
    settings = loaded("authorization: reject")
    assert settings.authorization is Authorization.REJECT
    assert settings.healing == HealingSettings()
    assert settings.healing.mode is Mode.DRY_RUN
    assert settings.rules == ("shipped",)
    assert (settings.ocpp.port, settings.http.host) == (9000, "127.0.0.1")


def test_a_section_of_nothing_but_comments_is_the_default() -> None:
    assert loaded("authorization: accept\nocpp:\n  # port: 1\nhealing:\n  budget:\nsites:\n") == loaded(
        "authorization: accept"
    )


def test_the_example_shows_every_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert loaded(text) == loaded("authorization: accept")


def test_the_example_shows_every_setting() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    root = documents.parse(text, "example", documents.Mistakes())
    shown = set(re.findall(r"^ *# *-? *([a-z_]+):", text, re.MULTILINE))
    assert missing(reading._File, root, shown) == []


def missing(model: type[BaseModel], node: documents.Node | None, shown: set[str]) -> list[str]:
    """The keys that neither stand in the document nor in its comments."""
    found = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        value = node.get(key) if isinstance(node, documents.Mapping) else None
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            found += missing(type(default), value, shown)
        elif value is None and key not in shown:
            found.append(key)
    return found


def test_the_example_shows_every_key_of_a_profile() -> None:
    shown = set(re.findall(r"^# +-? *([a-z_]+):", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {field.alias for field in reading._ProfileEntry.model_fields.values()} <= shown


# --- values -----------------------------------------------------------------------------------------------------------


def test_values_have_their_units() -> None:
    settings = loaded(
        """
        authorization: accept
        ocpp: {port: 0, ping_interval: 90s, heartbeat_interval: 1h30m}
        log: {level: debug}
        healing:
          mode: auto
          budget: {disruptive_within: 2d}
          backoff: {factor: 1.5}
          storm: {site: {count: 4}}
          parallel: {fleet_share: 2.5%}
        """
    )
    assert (settings.ocpp.port, settings.ocpp.ping_interval_s, settings.ocpp.heartbeat_interval_s) == (0, 90, 5400)
    assert settings.log.level is LogLevel.DEBUG
    assert settings.healing.mode is Mode.AUTO
    assert settings.healing.budget.disruptive_within_s == 172_800
    assert settings.healing.backoff.factor == 1.5
    assert settings.healing.storm.site == StormLimit(4, 0.5, 1800.0)
    assert settings.healing.parallel.fleet_share == 0.025


def test_what_others_need_is_handed_out() -> None:
    settings = loaded("authorization: accept\nocpp: {heartbeat_interval: 1m, ping_interval: 10s}")
    assert (settings.link.heartbeat_interval_s, settings.link.ping_interval_s) == (60, 10)
    tokens = TokenPolicy.everybody(bytes(32))
    assert settings.answers(tokens) == AnswerPolicy(tokens, 60)


def test_paths_to_read_count_from_the_file() -> None:
    settings = loaded("authorization: accept\nrules: [shipped, my.yaml, /abs]\ninventory: fleet.yaml")
    assert settings.rules == ("shipped", "/etc/healer/my.yaml", "/abs")
    assert settings.inventory_file == Path("/etc/healer/fleet.yaml")
    assert settings.store.path == Path("healer.sqlite")


def test_own_profiles_beat_the_shipped_ones() -> None:
    assert reading.shipped_profiles().find("FoxESS", "A", "1").boot_time_s == 1200
    settings = loaded(
        """
        authorization: accept
        profiles:
          - {vendor: FoxESS, silence: 10m, boot_means: reboot, hangs_in_finishing: yes, unsupported: [reset soft]}
        """
    )
    profile = settings.profiles.find("FoxESS", "A", "1")
    assert (profile.boot_time_s, profile.silence_s) == (180, 600)
    assert (profile.boot_means, profile.hangs_in_finishing) == (BootMeaning.REBOOT, True)
    assert profile.unsupported == {"reset soft"}


def test_chargers_may_be_listed_in_the_settings() -> None:
    settings = loaded("authorization: accept\nsites: {Depot: {}}\nchargers: {CP-1: {site: Depot}}")
    assert settings.inventory.placement(ChargerId("CP-1")).site == "Depot"


def test_settings_cannot_be_changed() -> None:
    settings: Any = loaded("authorization: accept")
    with pytest.raises(AttributeError):
        settings.rules = ()
    with pytest.raises(ValueError, match="frozen"):
        settings.ocpp.port = 1


# --- mistakes ---------------------------------------------------------------------------------------------------------


def test_every_mistake_comes_in_one_pass_with_its_place() -> None:
    text = """
ocpp:
  port: 90000
  ping_intervall: 5m
  pong_timeout: 30
  call_timeout: [1]
  close_timeout:
http: 5
rules: core.yaml
healing:
  mode: automatic
  storm: {site: {share: 50, cuont: 3}, fleet: {share: 0.5}}
profiles: [{modell: x, unsupported: [unlok]}]
chargers: {CP: {site: Depo}}
sites: {Depot: {time_zone: Europe/Berlinn}}
"""
    assert heads(text) == [
        "config.yaml:2:1: error: 'authorization' is missing  [E-MISSING]",
        "config.yaml:3:9: error: '90000' is too large  [E-RANGE]",
        "config.yaml:4:3: error: 'ping_intervall' is not a key of 'ocpp'  [E-KEY]",
        "config.yaml:5:17: error: the duration '30' has no unit  [E-DURATION]",
        "config.yaml:6:17: error: a single value belongs here, not a list  [E-TYPE]",
        "config.yaml:7:3: error: 'close_timeout' has no value  [E-EMPTY]",
        "config.yaml:8:7: error: a mapping (key: value) belongs here, not '5'  [E-TYPE]",
        "config.yaml:9:8: error: a list belongs here, not 'core.yaml'  [E-TYPE]",
        "config.yaml:11:9: error: 'automatic' is not a known mode  [E-VALUE]",
        "config.yaml:12:25: error: '50' is not a percentage  [E-PERCENTAGE]",
        "config.yaml:12:29: error: 'cuont' is not a key of 'healing.storm.site'  [E-KEY]",
        "config.yaml:12:55: error: '0.5' is not a percentage  [E-PERCENTAGE]",
        "config.yaml:13:12: error: 'vendor' is missing  [E-MISSING]",
        "config.yaml:13:13: error: 'modell' is not a key of 'profiles.0'  [E-KEY]",
        "config.yaml:13:38: error: 'unlok' is not a known action  [E-VALUE]",
        "config.yaml:14:23: error: 'Depo' is not a known site  [E-VALUE]",
        "config.yaml:15:28: error: 'Europe/Berlinn' is not a known time zone  [E-VALUE]",
    ]
    told = mistakes(text)
    for hint in (
        "authorization: reject",
        "at most 65535",
        "did you mean 'ping_interval'?",
        "write '[core.yaml]'",
        "write '50%'",
        "did you mean 'count'?",
        "did you mean 'model'?",
        "did you mean 'unlock'?",
        "did you mean 'Depot'?",
        "did you mean 'Europe/Berlin'?",
    ):
        assert f"= {hint}" in told or hint in told
    assert told.endswith("17 errors")


def test_a_misspelt_section_is_recognised() -> None:
    told = mistakes("authorization: accept\ncharger: {}\nlogg: {}\n")
    assert "did you mean 'chargers'?" in told
    assert "did you mean 'log'?" in told


def test_an_empty_file_lacks_what_is_required() -> None:
    assert heads("") == ["config.yaml:1:1: error: 'authorization' is missing  [E-MISSING]"]
    assert "every driver may charge" in mistakes("# nothing\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "a mapping (key: value) belongs here"),
        ("ocpp: {port: 1\n", "this is not YAML"),
        ("authorization: accept\nocpp: {host: ''}\n", "a text belongs here"),
        ("authorization: accept\nocpp: {ping_interval: 0}\n", "this cannot be 0"),
        ("authorization: accept\nocpp: {ping_interval_s: 5}\n", "'ping_interval_s' is not a key"),
        ("authorization: perhaps\n", "'perhaps' is not a known answer to drivers"),
        ("authorization: accept\nhealing: {parallel: {fleet_share: many}}\n", "'many' is not a percentage"),
        ("authorization: accept\nhealing: {storm: [1]}\n", "a mapping (key: value) belongs here, not a list"),
        ("authorization: accept\nprofiles: [{vendor: x, unsupported: ['']}]\n", "a text belongs here"),
        ("authorization: accept\ninventory: {chargers: {A: {}}}\n", "'sites' and 'chargers' stand at the top"),
        ("authorization: accept\nchargers: {Stra\ufffde: {}}\n", "config.yaml:2:1: error: a letter in this line"),
        ("authorization: accept\ninventory: x.yaml\nsites: {A: {}}\n", "'sites' stands here and in the inventory file"),
    ],
)
def test_each_mistake_says_what_belongs_there(text: str, message: str) -> None:
    assert message in mistakes(text)
