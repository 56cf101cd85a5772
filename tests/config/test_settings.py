"""The settings as a program makes them; how files are read is tested in test_reading."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from healer.config import OcppSettings, Settings
from healer.config.authorization import Authorization
from healer.fleet.tokens import TokenPolicy
from healer.healing.settings import HealingSettings


def test_a_program_may_use_python_names_and_numbers() -> None:
    settings = OcppSettings(port=0, ping_interval_s=0.01)
    assert (settings.port, settings.ping_interval_s) == (0, 0.01)


def test_only_the_private_port_is_private_by_default() -> None:
    settings = Settings(authorization=Authorization.REJECT)
    assert (settings.ocpp.host, settings.http.host) == ("0.0.0.0", "127.0.0.1")


def test_others_are_handed_what_they_need() -> None:
    settings = Settings(authorization=Authorization.ACCEPT, ocpp=OcppSettings(heartbeat_interval_s=60.0))
    assert settings.link.silence_s == 120.0
    assert settings.answers(TokenPolicy.nobody(bytes(32))).heartbeat_interval_s == 60


def test_an_upload_address_is_not_in_the_repr() -> None:
    healing = HealingSettings(diagnostics_url="ftp://u:hunter2@logs/")
    assert "hunter2" not in repr(Settings(authorization=Authorization.ACCEPT, healing=healing))


def test_they_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        OcppSettings().port = 5  # type: ignore[misc]
