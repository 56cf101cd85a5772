"""`healer charger` and `healer clear`, against a real control socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healer.cli import main
from healer.fleet.enrolment import AdmissionSettings, Decision, UnknownChargers
from healer.model import ChargerId
from tests.bench import Bench, placements
from tests.cli.line import daemon

SIGNED = ("--reason", "seen on site", "--author", "ada")


def held(**boot: str) -> Bench:
    """A and B are listed, B is away; N waits."""
    bench = Bench.make(inventory=placements("A", "B"), admission=AdmissionSettings(UnknownChargers.PENDING))
    bench.arrive("A")
    bench.connect("N")
    bench.boot("N", **boot)
    return bench


def run(socket: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--socket", str(socket)])


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "healer.sock"


def test_chargers_are_listed_one_a_line(socket: Path) -> None:
    with daemon(socket, held()):
        done = run(socket, "charger", "list")
    assert done.exit_code == 0
    head, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert head[:3] == ["CHARGER", "STATE", "SITE"]
    assert [line[:4] for line in lines] == [
        ["A", "online", "Depot", "Acme"],
        ["B", "offline", "Depot", "-"],
        ["N", "pending", "-", "Acme"],
    ]
    assert lines[0][-1] == "2027-01-15 08:00:00Z"


@pytest.mark.parametrize(
    ("option", "found"), [(("--pending",), ["N"]), (("--offline",), ["B"]), (("--site", "Depot"), ["A", "B"])]
)
def test_a_list_is_filtered(socket: Path, option: tuple[str, ...], found: list[str]) -> None:
    with daemon(socket, held()):
        done = run(socket, "charger", "list", *option, "--json")
    assert [one["charger"] for one in json.loads(done.stdout)] == found


def test_a_long_list_is_fetched_page_by_page(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healer.cli.charger.PAGE", 1)
    with daemon(socket, held()):
        done = run(socket, "charger", "list", "--json")
    assert [one["charger"] for one in json.loads(done.stdout)] == ["A", "B", "N"]


def test_one_charger_is_shown_section_by_section(socket: Path) -> None:
    bench = held()
    bench.status("A", 1, "Faulted", "GroundFailure")
    with daemon(socket, bench):
        done = run(socket, "charger", "show", "A")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "membership  member" in lines
    assert "  site                     Depot" in lines
    assert any(line.startswith("1\t1\tFaulted\t2027-01-15 08:") and "\tGroundFailure\t" in line for line in lines)


def test_it_is_shown_as_json(socket: Path) -> None:
    with daemon(socket, held()):
        done = run(socket, "charger", "show", "A", "--json")
    assert json.loads(done.stdout)["identity"]["vendor"] == "Acme"


def test_nothing_that_a_charger_wrote_reaches_the_terminal_as_a_command(socket: Path) -> None:
    bench = held(chargePointModel="\x1b[2J\u202e", chargePointSerialNumber="[bold]\x07")
    with daemon(socket, bench):
        shown = run(socket, "charger", "show", "N").output + run(socket, "charger", "list").output
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "[bold]" in shown


def test_a_charger_is_approved(socket: Path) -> None:
    bench = held()
    with daemon(socket, bench):
        done = run(socket, "charger", "approve", "N", "--site", "Depot", "--tag", "bus", "--tag", "ac", *SIGNED)
    assert (done.exit_code, done.stdout) == (0, "N is approved\n")
    enrolment = bench.engine.roster.enrolments[ChargerId("N")]
    assert (enrolment.decision, enrolment.site, enrolment.tags) == (Decision.APPROVED, "Depot", ("ac", "bus"))
    assert (enrolment.author, enrolment.reason) == ("ada", "seen on site")


def test_a_charger_is_rejected_and_its_name_may_be_anything(socket: Path) -> None:
    bench = held()
    with daemon(socket, bench):
        done = run(socket, "charger", "reject", "Depot/1 ?#%", "--json", *SIGNED)
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"rejected": True})
    assert not bench.engine.roster.is_welcome(ChargerId("Depot/1 ?#%"))


def test_a_refusal_is_told_with_its_reason(socket: Path) -> None:
    with daemon(socket, held()):
        done = run(socket, "charger", "reject", "A", *SIGNED)
        as_json = run(socket, "charger", "reject", "A", "--json", *SIGNED)
        unknown = run(socket, "charger", "show", "X")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("not done: the inventory lists it")
    assert (as_json.exit_code, json.loads(as_json.stdout)["status"]) == (1, 409)
    assert (unknown.exit_code, unknown.stderr) == (1, "not done: there is no such charger\n")


def test_a_charger_is_cleared(socket: Path) -> None:
    bench = held()
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.status("A", 1, "Available")
    with daemon(socket, bench):
        done = run(socket, "clear", "A", *SIGNED)
    assert (done.exit_code, done.stdout) == (0, "A is cleared\n")
    assert not bench.engine.chargers[ChargerId("A")].latches


@pytest.mark.parametrize("command", [("charger", "list"), ("charger", "show", "A"), ("clear", "A", *SIGNED)])
def test_without_a_daemon_it_says_so(socket: Path, command: tuple[str, ...]) -> None:
    done = run(socket, *command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"no daemon answers on {socket}: No such file or directory",
        "run this in the daemon's directory, or name its --config or --socket",
    ]


def test_the_socket_that_nobody_serves_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["charger", "list"])
    assert done.stderr.startswith(f"no daemon answers on {tmp_path / 'healer.sock'}: ")


@pytest.mark.parametrize("name", ["..", ".", "../..", "a.b"])
def test_a_name_of_dots_leads_nowhere_else(socket: Path, name: str) -> None:
    bench = held()
    bench.connect(name)
    bench.boot(name)
    with daemon(socket, bench):
        shown = run(socket, "charger", "show", name, "--json")
        done = run(socket, "charger", "approve", name, *SIGNED)
    assert json.loads(shown.stdout)["charger"] == name
    assert done.exit_code == 0
    assert bench.engine.roster.is_welcome(ChargerId(name))


def test_a_rejected_charger_is_listed_as_such(socket: Path) -> None:
    with daemon(socket, held()):
        run(socket, "charger", "reject", "N", *SIGNED)
        done = run(socket, "charger", "list")
    assert done.stdout.splitlines()[-1].split("\t")[:2] == ["N", "rejected"]


def test_the_settings_name_the_socket(socket: Path, tmp_path: Path) -> None:
    config = tmp_path / "healer.yaml"
    config.write_text(f"authorization: accept\ncontrol: {{socket: {socket}}}\n", encoding="utf-8")
    with daemon(socket, held()):
        done = CliRunner().invoke(main, ["charger", "list", "--config", str(config)])
    assert done.exit_code == 0
    config.write_text("authorisation: accept\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["charger", "list", "--config", str(config)])
    assert (done.exit_code, "did you mean" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", [["charger"], ["clear"], ["inventory", "check"], ["inventory", "import"]])
def test_help_tells_the_exit_statuses(command: list[str]) -> None:
    assert "Exit status" in CliRunner().invoke(main, [*command, "--help"]).output


def test_a_new_key_is_sent_on_its_way(socket: Path) -> None:
    bench = held()
    with daemon(socket, bench):
        done = run(socket, "charger", "rotate-key", "A", *SIGNED)
        refused = run(socket, "charger", "rotate-key", "X", *SIGNED)
    assert (done.exit_code, done.stdout) == (0, "a new key for A is on its way\n")
    assert bench.engine.chargers[ChargerId("A")].standing.credential.pending
    assert (refused.exit_code, refused.stderr) == (1, "not done: there is no such charger\n")
