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
    ],
)
def test_no_mistake_tells_a_password(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load_inventory(text, "fleet.yaml", {}, config.read_file)
    assert "hunter" not in str(refused.value)
    with pytest.raises(SettingsError) as refused:
        config.load(f"authorization: accept\n{text}", "healer.yaml", os.environ, config.read_file)
    assert "hunter" not in str(refused.value)


def test_a_reference_to_a_secret_is_shown_and_columns_stay_right() -> None:
    assert masked("A: {password: ${file:/run/x}, site: B}") == "A: {password: ${file:/run/x}, site: B}"
    assert masked("password: hunter2 # mine\nnext: x") == f"password: {'*' * 14}\nnext: x"


def test_a_text_of_any_length_is_masked_at_once() -> None:
    assert masked("pass" * 100_000) == "pass" * 100_000
