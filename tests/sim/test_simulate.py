"""`healer simulate` as a user starts it."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys

import pytest
from click.testing import CliRunner

from healer.behaviour import quirks
from healer.cli.simulate import simulate
from tests.sim.central import PATIENCE_S, a_central_system, until


async def started(*arguments: str) -> asyncio.subprocess.Process:
    program = "from healer.cli.simulate import simulate; simulate()"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def output(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    async with asyncio.timeout(PATIENCE_S * 2):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_runs_for_the_time_it_is_given_and_tells_how_many_are_connected() -> None:
    async with a_central_system() as central:
        process = await started("--url", central.url, "--chargers", "12", "--for", "3s", "--seed", "5", "--speed", "30")
        code, out, err = await output(process)
    assert (code, err) == (0, "")
    assert re.search(r"connected \d+/12", out)
    assert "seed 5" in out
    assert {heard.charger for heard in central.heard} >= {"site-1-001", "site-4-012"}
    assert len(central.of("site-1-001", "BootNotification")) >= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    async with a_central_system() as central:
        process = await started("--url", central.url, "--chargers", "3", "--no-faults", "--ocpp", "1.6")
        await until(lambda: len(central.connections) == 3)
        process.send_signal(number)
        code, out, err = await output(process)
        assert (code, err) == (0, "")
        assert "connected 3/3  faults active 0" in out
        await until(lambda: not central.connections)


async def test_an_address_where_nobody_listens_is_explained() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code, _, err = await output(await started("--url", f"ws://127.0.0.1:{port}/ocpp", "--chargers", "2"))
    assert code == 1
    assert "no charger could connect" in err
    assert "healer run" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--url", "http://x"], "ws://127.0.0.1:9000/ocpp"),
        (["--fault", "internal-eror=5%"], "internal-error"),
        (["--fault", "offline=500%"], "offline=5%"),
        (["--fault", "offline"], "offline=5%"),
        (["--for", "10"], "10m"),
        (["--chargers", "0"], "chargers"),
        (["--quirk", "halfdeaf"], "did you mean 'half-deaf'?"),
        (["--quirk", "nonsense"], "--list-quirks"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], word: str) -> None:
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 2
    assert word in result.output


def test_all_quirks_are_listed_with_what_they_do() -> None:
    result = CliRunner().invoke(simulate, ["--list-quirks"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(quirks.QUIRKS)


async def test_chargers_get_the_quirks_in_turn_with_their_vendors() -> None:
    async with a_central_system() as central:
        process = await started(
            "--url",
            central.url,
            "--chargers",
            "2",
            "--no-faults",
            "--quirk",
            "ids-repeated",
            "--quirk",
            "empty-samples",
        )
        await until(lambda: len({heard.charger for heard in central.heard}) == 2)
        process.send_signal(signal.SIGTERM)
        code, _, err = await output(process)
    assert (code, err) == (0, "")
    vendors = {heard.charger: heard.payload.get("chargePointVendor") for heard in reversed(central.heard)}
    assert vendors == {"site-1-001": "EN+", "site-2-002": "Vestel"}
