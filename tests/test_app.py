"""The composition root: what a daemon is made of is started, reloaded and stopped as one."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from healer import app as healer_app
from healer.adapters.store import schema
from healer.app import App
from healer.config.authorization import TokenList
from healer.errors import ResourceError, SettingsError
from healer.events import StoreChanged
from healer.rulebook import Rulebook, Rules, RulesError
from healer.rules.steps import Limits
from tests.e2e.daemon import LOOPBACK, PATIENCE_S, fetch, hurried, rows, running, settings, until

ALERTING = "rules: [{rule: faulted, when: {status: Faulted}, for: 0, alert: warning, stable_for: 1s}]\n"
RESETTING = """\
rules:
  - {rule: faulted, when: {status: Faulted}, for: 1s, heal: [{reset: soft, verify_within: 60s}], if_not_healed: ticket}
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "healer.sqlite"


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def rules(file: Path, text: str) -> Rules:
    write(file, text)
    return Rules((file,), Limits(1.0, 1.0))


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


# --- a charger --------------------------------------------------------------------------------------------------------


def dial(app: App, charger: str = "CP-1") -> connect:
    return connect(f"{app.ocpp_url}/{charger}", subprotocols=[Subprotocol("ocpp1.6")], close_timeout=1.0, proxy=None)


async def tell(client: ClientConnection, action: str, payload: dict[str, Any]) -> None:
    """Send a CALL and wait for its answer; commands that come in between are rejected."""
    await client.send(json.dumps([2, "x", action, payload]))
    while (frame := await receive(client))[0] != 3:
        await answer(client, frame, "Rejected")


async def authorized(client: ClientConnection, token: str) -> str:
    """What the charger is told when a driver shows this."""
    await client.send(json.dumps([2, "a", "Authorize", {"idTag": token}]))
    while (frame := await receive(client))[0] != 3:
        await answer(client, frame, "Rejected")
    return str(frame[2]["idTagInfo"]["status"])


async def receive(client: ClientConnection) -> list[Any]:
    async with asyncio.timeout(PATIENCE_S):
        frame = json.loads(await client.recv())
    assert isinstance(frame, list)
    return frame


async def answer(client: ClientConnection, frame: list[Any], status: str) -> None:
    await client.send(json.dumps([3, frame[1], {"status": status}]))


async def until_reset(client: ClientConnection) -> list[Any]:
    """Fall ill and wait for the reset, which is not answered."""
    await tell(client, "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "DC50"})
    await tell(client, "StatusNotification", {"connectorId": 1, "errorCode": "InternalError", "status": "Faulted"})
    while (frame := await receive(client))[2] != "Reset":
        await answer(client, frame, "Rejected")
    return frame


# --- starting and stopping --------------------------------------------------------------------------------------------


async def test_it_takes_free_ports_and_tells_which(store: Path) -> None:
    async with running(store) as app:
        assert not app.ocpp_url.endswith(":0/ocpp")
        assert (await fetch(f"{app.http_url}/readyz"))[0] == 200
        async with dial(app) as client:
            await tell(client, "Heartbeat", {})


async def test_it_can_be_stopped_twice_and_started_again_over_the_same_store(store: Path) -> None:
    for run in (1, 2):
        app = App(settings(store), hurried())
        await app.start()
        await app.stop()
        await app.stop()
        assert {mark["kind"] for mark in rows(store, schema.MARKS) if mark["run"] == run} >= {"started", "stopped"}


@pytest.mark.parametrize("section", ["ocpp", "http"])
async def test_a_start_that_fails_names_the_port_and_leaves_nothing_behind(store: Path, section: str) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted = settings(store)
        wanted = replace(wanted, **{section: getattr(wanted, section).model_copy(update={"port": port})})
        with pytest.raises(ResourceError) as failed:
            await App(wanted, hurried()).start()
    assert str(failed.value) == f"{section}: cannot listen on {LOOPBACK} port {port}: address already in use"
    async with running(store):
        pass  # neither the store nor a port is held any more


async def test_an_address_that_is_not_ours_is_named(store: Path) -> None:
    wanted = settings(store)
    wanted = replace(wanted, ocpp=wanted.ocpp.model_copy(update={"host": "192.0.2.1"}))
    with pytest.raises(ResourceError, match=r"ocpp: cannot listen on 192\.0\.2\.1 port 0: "):
        await App(wanted, hurried()).start()


async def test_rules_with_mistakes_keep_it_from_starting(store: Path, rules_file: Path) -> None:
    with pytest.raises(RulesError):
        await App(settings(store), rules(rules_file, "rules: 7\n")).start()
    assert list(store.parent.glob("healer*")) == []


async def test_the_store_can_be_traced(store: Path) -> None:
    crossed: list[str] = []
    app = App(settings(store), hurried(), on_write=crossed.append)
    await app.start()
    await app.stop()
    assert crossed[-4:] == ["begin", "before-commit", "after-commit", "reported"]


async def test_alerts_go_to_the_log_and_are_counted(store: Path, rules_file: Path) -> None:
    with capture_logs() as logs:
        async with running(store, rules=rules(rules_file, ALERTING)) as app, dial(app) as client:
            await tell(client, "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "DC50"})
            await tell(client, "StatusNotification", {"connectorId": 1, "errorCode": "OtherError", "status": "Faulted"})
            sent = app.engine.tally.numbers("notifications_total")
            await until(lambda: sent.get(("log", "sent")) == 1, "the alert is counted")
    assert [log["rule"] for log in logs if log["event"] == "alert.raised"] == ["faulted"]


# --- stopping with open business --------------------------------------------------------------------------------------


async def test_a_charger_that_owes_an_answer_is_waited_for_when_it_stops(store: Path, rules_file: Path) -> None:
    app = App(settings(store), rules(rules_file, RESETTING))
    await app.start()
    async with dial(app) as client:
        reset = await until_reset(client)
        stopping = asyncio.create_task(app.stop())
        await until(lambda: app.not_ready(), "it is stopping")
        await answer(client, reset, "Accepted")
        await stopping
        with pytest.raises(ConnectionClosed):
            await receive(client)
        assert client.close_code == 1012
    (outcome,) = rows(store, schema.OUTCOMES)
    assert outcome["fate"] == "accepted"


async def test_a_charger_that_never_answers_does_not_hold_it_up(
    store: Path, rules_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healer_app, "ANSWERS_WITHIN_S", 0.05)
    async with running(store, rules=rules(rules_file, RESETTING)) as app, dial(app) as client:
        await until_reset(client)
        await app.stop()
    # What became of it is not known; the next daemon will count it as sent.
    (intent,) = rows(store, schema.INTENTS)
    assert intent["body"]["action"] == "reset soft"
    assert [outcome["fate"] for outcome in rows(store, schema.OUTCOMES)] in ([], ["uncertain"])


async def test_after_an_orderly_stop_the_next_daemon_waits_for_the_chargers_that_were_connected(store: Path) -> None:
    async with running(store) as app, dial(app, "CP-1") as here, dial(app, "CP-2") as gone:
        for charger in (here, gone):
            await tell(charger, "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "DC50"})
        await gone.close()
        await until(lambda: not app.engine.chargers[_id("CP-2")].connected, "CP-2 is gone")
        await app.stop()
    async with running(store) as again:
        assert again.engine.ward.startup.expected == {"CP-1"}
        assert again.engine.chargers.keys() == {"CP-1", "CP-2"}


def _id(charger: str) -> Any:
    return charger


# --- readiness and reloading ------------------------------------------------------------------------------------------


async def test_it_says_why_it_is_not_ready(store: Path) -> None:
    app = App(settings(store), hurried())
    await app.start()
    assert app.not_ready() == []
    app.runtime.report(StoreChanged(False, "disk full"))
    assert app.not_ready() == ["store: disk full"]
    status, body = await fetch(f"{app.http_url}/readyz")
    assert (status, json.loads(body)) == (503, {"ready": False, "reasons": ["store: disk full"]})
    app.runtime.report(StoreChanged(True))
    assert app.not_ready() == []
    await app.stop()
    assert app.not_ready()


async def test_reloading_swaps_good_rules_and_keeps_them_when_the_next_are_broken(
    store: Path, rules_file: Path
) -> None:
    async with running(store, rules=rules(rules_file, "rules: []\n")) as app:
        tally = app.engine.tally
        write(rules_file, ALERTING)
        assert (await app.reload()).successful
        assert list(app.engine.index.compiled) == ["faulted"]
        loaded_at = tally.numbers("rules_reload_timestamp_seconds")[()]

        write(rules_file, "rules: [{rule: a, when: offlin}]\n")
        with capture_logs() as logs:
            assert not (await app.reload()).successful
        assert [log["event"] for log in logs] == ["inventory.replaced", "rules.refused", "alert.raised"]
        assert list(app.engine.index.compiled) == ["faulted"]
        assert tally.numbers("rules_reload_successful")[()] == 0
        assert tally.numbers("rules_reload_timestamp_seconds")[()] == loaded_at
        assert app.not_ready() == ["rules: those on disk have errors; the last good ones are in force"]

        write(rules_file, ALERTING)
        assert (await app.reload()).successful
        assert tally.numbers("rules_reload_successful")[()] == 1
        assert app.not_ready() == []


async def test_a_reload_before_the_start_or_after_the_stop_does_nothing(store: Path) -> None:
    app = App(settings(store), hurried())
    assert not (await app.reload()).successful
    await app.start()
    await app.stop()
    assert not (await app.reload()).successful


async def test_the_inventory_is_read_from_its_file_and_again_at_a_reload(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    write(file, "sites: {Depot: {}}\nchargers: {CP-1: {site: Depot}}\n")
    wanted = replace(settings(store), inventory_file=file)
    async with running(store, wanted=wanted) as app:
        assert app.engine.chargers[_id("CP-1")].site == "Depot"
        write(file, "sites: {Mall: {}}\nchargers: {CP-1: {site: Mall}}\n")
        assert (await app.reload()).successful
        await until(lambda: app.engine.chargers[_id("CP-1")].site == "Mall", "the charger stands at its new site")

        write(file, "chargers: {CP-1: {sit: Depot}}\n")
        with capture_logs() as logs:
            assert not (await app.reload()).successful
        assert "inventory.refused" in [log["event"] for log in logs]
        assert app.engine.chargers[_id("CP-1")].site == "Mall"


async def test_tokens_are_read_from_their_file_and_again_at_a_reload(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "tokens.txt"
    write(file, "CARD-1\n")
    wanted = replace(settings(store), authorization=TokenList(file=file))
    async with running(store, wanted=wanted) as app, dial(app) as client:
        assert await authorized(client, "card-1") == "Accepted"
        assert await authorized(client, "CARD-2") == "Invalid"
        write(file, "CARD-2\n")
        assert (await app.reload()).successful
        assert await authorized(client, "CARD-2") == "Accepted"
        write(file, "CARD-3\nCARD-3\n")
        with capture_logs() as logs:
            assert not (await app.reload()).successful
        assert await authorized(client, "CARD-2") == "Accepted"
    assert "tokens.refused" in [log["event"] for log in logs]
    assert "CARD" not in str(logs)


async def test_an_inventory_that_cannot_be_read_is_a_mistake_in_the_settings(store: Path, tmp_path: Path) -> None:
    wanted = replace(settings(store), inventory_file=tmp_path / "nowhere.yaml")
    with pytest.raises(SettingsError, match=r"nowhere\.yaml: the inventory cannot be read"):
        await App(wanted, hurried()).start()


# --- the last good rules ----------------------------------------------------------------------------------------------


async def test_it_starts_with_the_last_good_rules_when_the_files_have_mistakes(store: Path, rules_file: Path) -> None:
    async with running(store, rules=rules(rules_file, ALERTING)):
        pass
    write(rules_file, "rules: [{rule: a, when: offlin}]\n")
    with capture_logs() as logs:
        async with running(store, rules=Rules((rules_file,), Limits(1.0, 1.0))) as app:
            assert list(app.engine.index.compiled) == ["faulted"]
            assert app.not_ready() == ["rules: those on disk have errors; the last good ones are in force"]
            assert app.engine.tally.numbers("rules_reload_successful")[()] == 0
            assert not (await app.reload()).successful
            write(rules_file, ALERTING)
            assert (await app.reload()).successful
    told = [(log["event"], log["alert"]) for log in logs if log["event"].startswith("alert.")]
    assert told == [("alert.raised", "rules/refused"), ("alert.resolved", "rules/refused")]


async def test_a_dry_run_tells_and_changes_nothing(store: Path, rules_file: Path) -> None:
    async with running(store, rules=rules(rules_file, ALERTING)) as app:
        write(rules_file, "rules: []\n")
        found = await app.reload(dry_run=True)
        assert (found.successful, found.rules) == (True, 0)
        assert list(app.engine.index.compiled) == ["faulted"]
        write(rules_file, "rules: [{rule: a, when: offlin}]\n")
        refused = await app.reload(dry_run=True)
        assert (list(refused.refused), refused.rules) == (["rules"], 1)
        assert app.not_ready() == []


async def test_watched_rules_are_in_force_without_being_asked(
    store: Path, rules_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = replace(settings(store), watch_rules=True)
    monkeypatch.setattr(Rulebook.watch, "__defaults__", (0.02,))
    async with running(store, rules=rules(rules_file, ALERTING), wanted=wanted) as app:
        write(rules_file, ALERTING.replace("faulted", "other"))
        await until(lambda: list(app.engine.index.compiled) == ["other"])


async def test_a_signal_asks_and_does_not_wait(store: Path, rules_file: Path) -> None:
    async with running(store, rules=rules(rules_file, ALERTING)) as app:
        write(rules_file, "rules: []\n")
        app.ask_reload()
        assert list(app.engine.index.compiled) == ["faulted"]
        await until(lambda: list(app.engine.index.compiled) == [])
