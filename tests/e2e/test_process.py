"""`healer run` as whoever supervises it sees it: its words, its signals, its exit status; and the tools beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from healer.adapters.store import schema
from tests.e2e.daemon import LOOPBACK, PATIENCE_S, fetch, ledger_of, rows, samples, series
from tests.shipped_rules import SHIPPED_RULES

pytestmark = pytest.mark.e2e

RULE = """\
rules:
  - rule: faulted
    when: {{status: Faulted}}
    for: {wait}
    alert: warning
    stable_for: 1s
"""


# --- starting things --------------------------------------------------------------------------------------------------


async def started(*arguments: str | Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "healer",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )


async def outcome(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, once it has ended."""
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class Daemon:
    """A running `healer run`, followed by its log."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[dict[str, Any]] = []

    async def logged(self, event: str) -> dict[str, Any]:
        """The next log line with this event."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := await self.process.stderr.readline():
                self.log.append(json.loads(line))
                if self.log[-1]["event"] == event:
                    return self.log[-1]
        raise AssertionError(f"it ended before {event}: {self.log}")

    @property
    def addresses(self) -> tuple[str, str]:
        """Where chargers connect, and where Prometheus does."""
        line = next(line for line in self.log if line["event"] == "daemon.started")
        return line["ocpp"], line["http"]

    async def get(self, path: str) -> tuple[int, str]:
        return await fetch(f"{self.addresses[1]}{path}")

    async def numbers(self) -> dict[str, float]:
        status, text = await self.get("/metrics")
        assert status == 200
        return dict(samples(text))

    async def shows(self, name: str, value: float) -> None:
        """Wait until `/metrics` has this sample."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (await self.numbers()).get(name) != value:  # noqa: ASYNC110 - a scrape has no event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{name} has not become {value}: {await self.numbers()}") from None

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status, _, err = await outcome(self.process)
        self.log += [json.loads(line) for line in err.splitlines()]
        return status


@contextlib.asynccontextmanager
async def daemon(config: Path) -> AsyncIterator[Daemon]:
    process = await started("run", "--config", config)
    found = Daemon(process)
    try:
        await found.logged("daemon.started")
        yield found
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def configured(tmp_path: Path, *, name: str = "healer.yaml", ocpp_port: int = 0, more: str = "") -> Path:
    file = tmp_path / name
    file.write_text(
        "authorization: accept\n"
        f"ocpp: {{host: {LOOPBACK}, port: {ocpp_port}, security: {{secret: {tmp_path / 'healer.secret'}}}}}\n"
        f"http: {{host: {LOOPBACK}, port: 0}}\n"
        f"control: {{socket: {tmp_path / 'healer.sock'}}}\n"
        f"store: {{path: {tmp_path / 'healer.sqlite'}}}\n"
        "log: {format: json}\n"
        "healing: {mode: auto, startup: {settle: 1s, longest: 2s}}\n" + more,
        encoding="utf-8",
    )
    return file


# --- a charger --------------------------------------------------------------------------------------------------------


def dial(running: Daemon, charger: str = "CP-1") -> connect:
    return connect(
        f"{running.addresses[0]}/{charger}", subprotocols=[Subprotocol("ocpp1.6")], close_timeout=1.0, proxy=None
    )


async def tell(client: ClientConnection, action: str, payload: dict[str, Any]) -> None:
    """Send a CALL and wait for its answer."""
    await client.send(json.dumps([2, "x", action, payload]))
    async with asyncio.timeout(PATIENCE_S):
        while json.loads(await client.recv())[0] != 3:
            pass


async def fault(client: ClientConnection) -> None:
    await tell(client, "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "DC50"})
    await tell(client, "StatusNotification", {"connectorId": 1, "errorCode": "InternalError", "status": "Faulted"})


FIRING = series("healer_incident_open", charger="CP-1", site="CP-1", rule="faulted", state="firing")


# --- its life ---------------------------------------------------------------------------------------------------------


async def test_it_says_where_it_listens_and_that_it_is_well(tmp_path: Path) -> None:
    async with daemon(configured(tmp_path)) as running:
        ocpp, http = running.addresses
        assert ocpp.startswith(f"ws://{LOOPBACK}:")
        assert http.startswith(f"http://{LOOPBACK}:")
        assert await running.get("/healthz") == (200, '{"alive": true}')
        assert await running.get("/readyz") == (200, '{"ready": true, "reasons": []}')
        numbers = await running.numbers()
        assert numbers[series("healer_rules_loaded")] == SHIPPED_RULES
        assert numbers[series("healer_rules_reload_successful")] == 1
        async with dial(running) as client:
            await tell(client, "Heartbeat", {})
            await running.shows(series("healer_charger_connected", charger="CP-1", site="CP-1"), 1)
        assert await running.end() == 0


async def test_sighup_puts_changed_rules_in_force_and_refuses_broken_ones(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULE.format(wait="1h"), encoding="utf-8")
    config = configured(tmp_path, more="rules: [rules.yaml]\n")
    async with daemon(config) as running, dial(running) as client:
        await fault(client)
        assert FIRING not in await running.numbers()

        rules.write_text(RULE.format(wait="1s"), encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        assert (await running.logged("rules.replaced"))["rules"] == 1
        await running.shows(FIRING, 1)

        rules.write_text(RULE.format(wait="5 minutes"), encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        refused = await running.logged("rules.refused")
        assert f"{rules}:4:10: error: '5 minutes' is not a duration" in refused["mistakes"]
        numbers = await running.numbers()
        assert numbers[series("healer_rules_reload_successful")] == 0
        assert (numbers[FIRING], numbers[series("healer_rules_loaded")]) == (1, 1)
        status, body = await running.get("/readyz")
        assert (status, json.loads(body)["ready"]) == (503, False)
        assert "rules" in json.loads(body)["reasons"][0]
        assert (await running.get("/healthz"))[0] == 200

        rules.write_text("rules: []\n", encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        await running.logged("rules.replaced")
        await running.shows(series("healer_rules_loaded"), 0)
        assert (await running.get("/readyz"))[0] == 200
        assert FIRING not in await running.numbers()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_closes_the_websockets_with_1012_and_leaves_a_store_to_go_on_with(
    tmp_path: Path, number: signal.Signals
) -> None:
    rules, store = tmp_path / "rules.yaml", tmp_path / "healer.sqlite"
    rules.write_text(RULE.format(wait="1s"), encoding="utf-8")
    config = configured(tmp_path, more="rules: [rules.yaml]\n")
    async with daemon(config) as running, dial(running) as client:
        await fault(client)
        await running.shows(FIRING, 1)
        assert await running.end(number) == 0
        async with asyncio.timeout(PATIENCE_S):
            await client.wait_closed()
        assert client.close_code == 1012
        assert running.log[-1]["event"] == "daemon.stopped"
        assert [line for line in running.log if line["level"] in {"error", "critical"}] == []
    assert {(mark["run"], mark["kind"]) for mark in rows(store, schema.MARKS)} >= {(1, "started"), (1, "stopped")}
    (number_of_incident,) = [row["id"] for row in rows(store, schema.INCIDENTS) if row["state"] == "firing"]
    assert ledger_of(store, number_of_incident)

    async with daemon(config) as again:
        numbers = await again.numbers()
        assert numbers[series("healer_charger_connected", charger="CP-1", site="CP-1")] == 0
        assert numbers[FIRING] == 1
        async with dial(again) as client:
            await tell(client, "Heartbeat", {})
        assert await again.end() == 0
    assert (2, "stopped") in {(mark["run"], mark["kind"]) for mark in rows(store, schema.MARKS)}


# --- what it cannot start with ----------------------------------------------------------------------------------------


async def test_wrong_settings_are_shown_with_their_places_and_end_it_with_2(tmp_path: Path) -> None:
    config = configured(tmp_path, more="haeling: {}\nrules: 7d\nprofiles: [{vendor: Acme, settle: soon}]\n")
    status, out, err = await outcome(await started("run", "--config", config))
    assert (status, out) == (2, "")
    assert f"{config}:8:1: error: 'haeling'" in err
    assert "did you mean 'healing'?" in err
    assert f"{config}:10:35: error: 'soon' is not a duration" in err
    assert "Traceback" not in err
    assert not (tmp_path / "healer.sqlite").exists()


async def test_a_settings_file_that_does_not_exist_is_a_wrong_command_line(tmp_path: Path) -> None:
    status, _, err = await outcome(await started("run", "--config", tmp_path / "nowhere.yaml"))
    assert status == 2
    assert "nowhere.yaml" in err


async def test_a_mistake_in_the_inventory_file_counts_as_one_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("chargers:\n  CP-1: {sit: Depot}\n", encoding="utf-8")
    config = configured(tmp_path, more="inventory: fleet.yaml\n")
    status, _, err = await outcome(await started("run", "--config", config))
    assert status == 2
    assert f"{tmp_path / 'fleet.yaml'}:2:10: error: 'sit'" in err


async def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = await outcome(await started("run", "--config", configured(tmp_path, ocpp_port=port)))
    assert status == 1
    said = err.splitlines()
    assert said == [f"healer cannot start: ocpp: cannot listen on {LOOPBACK} port {port}: address already in use"]


async def test_a_store_in_use_by_another_daemon_is_left_alone(tmp_path: Path) -> None:
    config = configured(tmp_path)
    async with daemon(config) as running:
        status, _, err = await outcome(await started("run", "--config", config))
        assert status == 1
        assert err.splitlines() == [
            f"healer cannot start: {tmp_path / 'healer.sqlite'} is in use by another healer "
            f"(process {running.process.pid})"
        ]
        assert (await running.get("/readyz"))[0] == 200
        assert await running.end() == 0


async def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path) -> None:
    store = tmp_path / "healer.sqlite"
    store.write_text("a letter to my grandmother\n" * 100, encoding="utf-8")
    status, _, err = await outcome(await started("run", "--config", configured(tmp_path)))
    assert status == 1
    assert err.startswith(f"healer cannot start: {store}")
    assert "Traceback" not in err
    assert store.read_text(encoding="utf-8").startswith("a letter to my grandmother")


async def test_mistakes_in_the_rules_keep_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules:\n  - rule: a\n    when: offlin\n", encoding="utf-8")
    config = configured(tmp_path, more="rules: [shipped, rules.yaml]\n")
    status, _, err = await outcome(await started("run", "--config", config))
    assert status == 1
    assert f"{tmp_path / 'rules.yaml'}:3:11: error: 'offlin' is not a known signal" in err
    assert "Traceback" not in err


# --- the tools beside it ----------------------------------------------------------------------------------------------


async def test_two_hundred_simulated_chargers_of_both_versions_connect(tmp_path: Path) -> None:
    async with daemon(configured(tmp_path)) as running:
        wanted = ("--chargers", "200", "--no-faults", "--seed", "7", "--url", running.addresses[0])
        simulation = await started("simulate", *wanted)
        try:
            async with asyncio.timeout(2 * PATIENCE_S):
                while _connected(numbers := await running.numbers()) < 200:  # noqa: ASYNC110 - a scrape has no event
                    await asyncio.sleep(0.2)
            simulation.send_signal(signal.SIGINT)
            status, out, err = await outcome(simulation)
        finally:
            if simulation.returncode is None:
                simulation.kill()
                await simulation.communicate()
        assert (status, err) == (0, "")
        assert "connected 200/200" in out.splitlines()[-1]
        versions = [name for name in numbers if name.startswith("healer_charger_info{")]
        assert sum("ocpp_version=1.6" in name for name in versions) > 50
        assert sum("ocpp_version=2.0.1" in name for name in versions) > 50
        assert numbers[series("healer_chargers_quarantined_total")] == 0
        assert await running.end() == 0


def _connected(numbers: dict[str, float]) -> float:
    return sum(number for name, number in numbers.items() if name.startswith("healer_charger_connected{"))


@pytest.mark.parametrize("command", ["check", "test"])
async def test_the_shipped_rules_pass_their_check_and_their_tests(command: str) -> None:
    status, out, err = await outcome(await started(command))
    assert status == 0, out + err
    assert "Traceback" not in err
