"""Every command in every version: the message it becomes, and what a version cannot say."""

from __future__ import annotations

import typing

import pytest

from healer.errors import PayloadError
from healer.model import OcppVersion
from healer.ocpp.commands import (
    Assignment,
    ClearChargingProfile,
    Command,
    InstallCertificate,
    ListCertificates,
    ReadConfiguration,
    Reset,
    Result,
    SetChargingProfile,
    SettingOutcome,
    StopTransaction,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    WriteConfiguration,
)
from healer.ocpp.frames import Payload
from healer.ocpp.session import CODECS
from healer.ocpp.subjects import (
    CertificateUse,
    ChargingPeriod,
    ChargingProfile,
    ProfilePurpose,
    RateUnit,
    Setting,
    Variable,
)
from tests.ocpp.spelt import AT_NOON, INTERVAL, KEY, ONLY_IN_21, PROFILE, SPELT, V16, V21, V201


@pytest.mark.parametrize(
    ("version", "command", "action", "payload"),
    [(version, *row) for version, rows in SPELT.items() for row in rows],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_a_command_is_spelt(version: OcppVersion, command: Command, action: str, payload: Payload) -> None:
    assert CODECS[version].request(command) == (action, payload)


@pytest.mark.parametrize("version", list(OcppVersion))
def test_every_command_can_be_said_by_what_the_table_says(version: OcppVersion) -> None:
    said: dict[type[Command], set[str]] = {}
    for command, action, _ in SPELT[version]:
        said.setdefault(type(command), set()).add(action)
    assert said == {command: set(actions) for command, actions in CODECS[version].spoken.items()}
    assert set(said) == set(typing.get_args(Command))


@pytest.mark.parametrize(
    ("version", "command"),
    [
        (V16, Reset(hard=True, evse=1)),
        (V16, TriggerMessage(Trigger.TRANSACTION)),
        (V16, TriggerMessage(Trigger.LOG, evse=1)),
        (V16, SetChargingProfile(PROFILE, evse=1)),
        (V16, ClearChargingProfile(evse=1)),
        (V16, StopTransaction("T-17")),
        (V16, ReadConfiguration(())),
        (V16, ReadConfiguration((INTERVAL,))),
        (V16, WriteConfiguration(())),
        (V16, WriteConfiguration((Assignment(KEY, "1"), Assignment(KEY, "2")))),
        (V16, WriteConfiguration((Assignment(KEY, "x" * 501),))),
        (V16, UpdateFirmware("https://host/fw", AT_NOON, 3, install_at=AT_NOON)),
        (V16, ListCertificates()),
        (V16, ListCertificates((CertificateUse.MO_ROOT,))),
        (V16, InstallCertificate(CertificateUse.V2G_ROOT, "PEM")),
        (V201, UnlockConnector(None, 1)),
        (V201, SetChargingProfile(PROFILE, connector=1)),
        (V201, ClearChargingProfile(connector=1)),
        (V201, StopTransaction("x" * 37)),
        (V201, ReadConfiguration(())),
        (V201, ReadConfiguration((KEY,))),
        (V201, WriteConfiguration(())),
        (V201, InstallCertificate(CertificateUse.V2G_CHAIN, "PEM")),
        *((V201, command) for command, _, _ in ONLY_IN_21),
        (V21, Reset(hard=True, evse=-1)),
        (V21, InstallCertificate(CertificateUse.V2G_CHAIN, "PEM")),
    ],
)
def test_what_a_version_cannot_say_is_a_bug_of_ours(version: OcppVersion, command: Command) -> None:
    with pytest.raises(PayloadError):
        CODECS[version].request(command)


def test_a_limit_is_rounded_down_for_1_6_and_never_up() -> None:
    for limit, written in ((6.3, 6.3), (16.06, 16.0), (0.29999999999999998, 0.3), (11.09, 11.0)):
        profile = ChargingProfile(1, ProfilePurpose.TX_DEFAULT, RateUnit.AMPERE, (ChargingPeriod(0, limit),))
        _, payload = CODECS[V16].request(SetChargingProfile(profile))
        assert str(written) in str(payload)


def test_a_value_is_never_shown() -> None:
    secret = Assignment(Variable("AuthorizationKey"), "s3cret")
    told = SettingOutcome(Setting(secret.variable, "s3cret"), Result.ACCEPTED)
    assert "s3cret" not in f"{WriteConfiguration((secret,))!r} {told!r}"
    with pytest.raises(PayloadError) as raised:
        CODECS[V16].request(WriteConfiguration((secret, secret)))
    assert "s3cret" not in str(raised.value)
