"""Variables in settings, and the silence about what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from healer.config import Settings, load
from healer.config.authorization import Authorization
from healer.errors import SettingsError

FILES = {"/etc/healer/secret": "s3cret\n", "/run/other": "elsewhere"}


def loaded(text: str, environ: Mapping[str, str] | None = None) -> Settings:
    def read_file(path: Path) -> str:
        if str(path).endswith(".bin"):
            return b"\xff".decode()
        if str(path) not in FILES:
            raise FileNotFoundError(2, "No such file or directory")
        return FILES[str(path)]

    return load(text, "/etc/healer/config.yaml", environ or {}, read_file)


def mistakes(text: str, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(text, environ)
    return str(refused.value)


def test_variables_and_files_are_put_in() -> None:
    settings = loaded(
        """
        authorization: ${AUTH}
        ocpp:
          host: ${HOST:-127.0.0.1}
          port: ${PORT:-9000}
        rules: ["${file:/run/other}"]
        healing:
          diagnostics_url: ftp://${USER:-u}:${file:secret}@logs/$${x}
        """,
        {"AUTH": "accept", "PORT": "9001", "HOST": ""},
    )
    assert settings.authorization is Authorization.ACCEPT
    assert (settings.ocpp.host, settings.ocpp.port) == ("127.0.0.1", 9001)
    assert settings.rules == ("/etc/healer/elsewhere",)
    assert settings.healing.diagnostics_url == "ftp://u:s3cret@logs/${x}"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${NOPE}", "the environment variable 'NOPE' is not set"),
        ("${1a}", "'1a' is not the name of a variable"),
        ("${open", "'${' is never closed"),
        ("${file:/none}", "cannot read the file '/none': No such file or directory"),
        ("${file:x.bin}", "cannot read the file 'x.bin': it is not UTF-8 text"),
    ],
)
def test_a_variable_that_means_nothing_is_a_mistake(value: str, message: str) -> None:
    assert message in mistakes(f"authorization: accept\nocpp:\n  host: '{value}'\n")


@pytest.mark.parametrize("key", ["port: ${SECRET}", "ping_interval: ${SECRET}", "host: ['${SECRET}']"])
def test_a_mistake_never_tells_what_a_variable_stands_for(key: str) -> None:
    told = mistakes(f"authorization: accept\nocpp:\n  {key}\nlog: {{level: '${{SECRET}}'}}\n", {"SECRET": "hunter2"})
    assert "hunter2" not in told
    assert "what '${SECRET}' stands for cannot be used here" in told


def test_a_secret_that_looks_like_a_number_is_not_told_by_a_hint() -> None:
    told = mistakes("authorization: accept\nocpp: {ping_interval: '${PIN}'}\n", {"PIN": "4711"})
    assert "4711" not in told
    assert "a duration such as 5m belongs here" in told


def test_a_variable_out_of_bounds_is_told_the_bounds() -> None:
    told = mistakes("authorization: accept\nocpp: {port: '${PORT}'}\n", {"PORT": "70000"})
    assert "70000" not in told
    assert "at most 65535" in told


def test_a_mistake_about_the_variable_itself_is_told_in_full() -> None:
    told = mistakes("authorization: ${NOPE}\n")
    assert "write '${NOPE:-default}'" in told
    assert told.endswith("\n1 error")
