"""What docs/security.md shows must be so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from healer import config
from healer.cli import main
from healer.config.security import ClientIdentity
from healer.fleet.peer import Refusal
from healer.model import ChargerId
from healer.tally import FAMILIES
from tests.bench import Bench
from tests.cli.line import daemon

PAGE = (Path(__file__).parent.parent / "docs" / "security.md").read_text(encoding="utf-8")


def snippet(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_settings_are_understood_as_they_are_described() -> None:
    settings = config.load(snippet("yaml"), "healer.yaml", {}, lambda _: "")
    ocpp = settings.ocpp
    assert (ocpp.port, ocpp.tls.port, ocpp.security.profile) == (None, 9443, 2)
    assert ocpp.security.client_identity is ClientIdentity.SERIAL
    assert len(ocpp.tls.certificates) == 2


def test_the_command_rotates_a_key(tmp_path: Path) -> None:
    bench = Bench.make()
    bench.arrive("CP-1")
    with daemon(tmp_path / "s", bench):
        done = CliRunner().invoke(main, [*shlex.split(snippet("sh"))[1:], "--socket", str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    assert bench.engine.chargers[ChargerId("CP-1")].standing.credential.pending


def test_every_refusal_and_every_metric_is_named() -> None:
    assert all(f"`{refusal}`" in PAGE for refusal in Refusal)
    named = re.findall(r"healer_(\w+)", PAGE)
    assert set(named) <= set(FAMILIES)
