"""No message shows a password."""

from __future__ import annotations

import os

import pytest

from healer import config
from healer.config.discretion import masked
from healer.errors import SettingsError


@pytest.mark.parametrize(
    "text",
    [
        "chargers:\n  A: {password: hunter2, site: Nowhere}\n",
        "chargers:\n  A: {site: Nowhere, password: 'hunter2'}\n",
        'chargers:\n  A: {"password": "hunter2", site: Nowhere}\n',
        "chargers:\n  A: {password:\n      hunter2, site: Nowhere}\n",
        "chargers:\n  A: {password: hunter2, password: hunter2}\n",
        "chargers:\n  A: {passwort: hunter2}\n",
        "chargers:\n  A: {Password: hunter2}\n",
        "chargers:\n  A: {password:hunter2}\n",
        "chargers:\n  A:\n    password:hunter2\n",
        "chargers:\n  A: {secret: hunter2}\n",
        "chargers:\n  A: {password: hunter2: hunter2}\n",
        "chargers:\n  A: {password: [hunter2]}\n",
        "chargers:\n  A: {password: {hunter2: hunter2}}\n",
        "chargers:\n  A: {password: 'hunter2\n",
        "chargers:\n  A: {password: hunter2\n",
        "chargers:\n  A:\n    password: 'hunter2' x\n",
        "chargers:\n  A:\n    password: &hunter2 *hunter2\n",
        "chargers:\n  A:\n    password: ${X}hunter2\n",
        "password: hunter2\n",
        'chargers:\n  A: {password: "hunter2\x01"}\n',
        "chargers:\n  A: {pasword: hunter2}\n",
        "chargers:\n  A:\n    pssword: hunter2\n",
        "chargers:\n  A:\n    passwort hunter2\n",
        "chargers:\n  A:\n    passwort:hunter2\n",
        "chargers:\n  A:\n    pasword:hunter2\n",
        "chargers:\n  A: hunter2\n",
        "chargers:\n  A: [hunter2]\n",
        "chargers:\n  A: {pasword, hunter2}\n",
        "chargers:\n  A:\n    password:\n      value: hunter2\n",
        "chargers:\n  A:\n    pasword:\n      value: [hunter2]\n",
        "chargers:\n  A: {pasword: hunter2, pasword: hunter2}\n",
        "chargers:\n  A: {pasword: hunter2}\n  A: {pasword: hunter2}\n",
        "chargers:\n  A: {pasword: *hunter2, auth: !hunter2 x}\n",
        "chargers:\n  A: {auth: ${X}hunter2}\n",
        "chargers:\n  A: {auth: '${hunter 2}hunter2', site: B}\n",
        "chargers:\n  A: {password: '${X:-hunter2}', foo: 1}\n",
        "chargers:\n  A: {serial: 1}  # hunter2\n  B: {serial: 1}  # was hunter2\n",
        "chargers:\n  A: {site: {auth: hunter2}}\n",
        "chargers:\n  - id: A\n    auth: hunter2\n",
        "chargers:\n  A:\n\tauth: hunter2\n",
        "chargers:\n  A: {auth: 'hunter2\n  B: {auth: hunter2}\n",
        "chargers: {\nA: {auth:\nhunter2}, B: }\n",
        "charger:\n  A: {auth: hunter2}\n",
        "A: {site: Depot, auth: hunter2}\n",
        "sites: {A: {pwd: [hunter2]}}\n",
        "{chargers: {A: {auth: hunter2}}}\n",
    ],
)
def test_no_mistake_tells_a_password(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load_inventory(text, "fleet.yaml", {}, config.read_file)
    assert "hunter" not in str(refused.value)
    with pytest.raises(SettingsError) as refused:
        config.load(f"authorization: accept\n{text}", "healer.yaml", os.environ, config.read_file)
    assert "hunter" not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    [
        "{token: [DEADBEEF01]}",
        "{tokens: DEADBEEF01}",
        "[DEADBEEF01]",
        "{tokens: [DEADBEEF01, deadbeef01]}",
        "{tokens: {DEADBEEF01: Ada}}",
        "\n  DEADBEEF01: Ada",
        "DEADBEEF01",
        "{tokens: [DEADBEEF01",
        "{tokens: [hmac-sha256$DEADBEEF01]}",
    ],
)
@pytest.mark.parametrize("key", ["authorization", "authorisation"])
def test_no_mistake_tells_a_token(key: str, written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(f"http: {{port: 1}}\n{key}: {written}\n", "healer.yaml", os.environ, config.read_file)
    assert "deadbeef" not in str(refused.value).lower()


@pytest.mark.parametrize("address", ["ftp://user:Geheim@h/", "ftp:user:Ge/h@eim@h", f"ftp://u:{'Geheim' * 20}@h/"])
@pytest.mark.parametrize(
    "line", ["diagnostic_url: '{}'", "healing: {{diagnostics_urll: '{}'}}", "http: {{port: '{}'}}"]
)
def test_no_mistake_tells_the_password_in_an_address(line: str, address: str) -> None:
    text = f"authorization: accept\n{line.format(address)}\n"
    with pytest.raises(SettingsError) as refused:
        config.load(text, "healer.yaml", os.environ, config.read_file)
    assert "Ge" not in str(refused.value)


def test_what_is_harmless_is_shown() -> None:
    text = "sites: {Depot: {time_zone: Mars}}\nchargers:\n  A: {site: Dpot, tags: [bus], pasword: hunter2}\n"
    with pytest.raises(SettingsError) as refused:
        config.load_inventory(text, "fleet.yaml", {}, config.read_file)
    told = str(refused.value)
    assert "     1 | sites: {Depot: {time_zone: Mars}}\n" in told
    assert "     3 |   A: {site: Dpot, tags: [bus], pasword: *******}\n" in told
    assert "'pasword' is not a key of a charger" in told
    assert "did you mean 'password'?" in told


def test_a_line_that_is_no_yaml_keeps_its_shape() -> None:
    with pytest.raises(SettingsError) as refused:
        config.load_inventory("chargers:\n  A: {site: Depot, auth: 'x\n", "fleet.yaml", {}, config.read_file)
    assert "     2 |   *: {site: *****, ****: '*\n" in str(refused.value)


def test_a_reference_to_a_secret_is_shown_and_columns_stay_right() -> None:
    assert masked("A: {password: ${file:/run/x}, site: B}") == "A: {password: ${file:/run/x}, site: B}"
    assert masked("password: hunter2 # mine\nnext: x") == f"password: {'*' * 14}\nnext: x"


def test_a_text_of_any_length_is_masked_at_once() -> None:
    for text in ("pass" * 100_000, "a:" * 100_000, "@" * 100_000):
        assert masked(text) == text
