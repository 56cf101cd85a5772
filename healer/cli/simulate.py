"""`healer simulate`: simulated chargers against a running daemon, to rehearse rules without breaking real ones."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from healer.behaviour import Habits, Identity, Quirk, SimulatedCharger, quirks
from healer.cli.durations import DURATION
from healer.errors import LocalError
from healer.model import ChargerId, OcppVersion, Seconds, format_duration
from healer.sim.chance import Chance, FaultKind, drawn, play
from healer.sim.fleet import Fleet, loop_clock
from healer.sim.live import Dialling

_USUAL_FAULTS: Mapping[FaultKind, float] = {
    FaultKind.INTERNAL_ERROR: 0.03,
    FaultKind.OFFLINE: 0.03,
    FaultKind.HANGS_IN_FINISHING: 0.02,
    FaultKind.GROUND_FAILURE: 0.01,
    FaultKind.BOOT_LOOP: 0.01,
}
_PATIENCE_S = 3.0
"""How long the attempts of all chargers may fail at the beginning before the URL counts as wrong."""


def _shares(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[FaultKind, float]:
    return dict(_share(text) for text in texts)


def _share(text: str) -> tuple[FaultKind, float]:
    kind, _, share = text.partition("=")
    if kind not in set(FaultKind):
        raise click.BadParameter(f"{kind!r} is no fault; there are {', '.join(FaultKind)}")
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", share)
    part = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= part <= 1:
        raise click.BadParameter(f"{share!r} is no share; write {kind}=5% or {kind}=0.05")
    return FaultKind(kind), part


def _quirks(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[Quirk, ...]:
    try:
        return tuple(quirks.find(name) for name in names)
    except LocalError as problem:
        raise click.BadParameter(f"{problem}; --list-quirks tells all of them") from None


def _list_quirks(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted:
        for quirk in quirks.QUIRKS.values():
            note = "" if quirk.live is None else f" [here: {quirk.live}]"
            click.echo(f"{quirk.name:26} {quirk.does} ({quirk.who}){note}")
        ctx.exit()


def _checked_url(ctx: click.Context, param: click.Parameter, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise click.BadParameter(f"{url!r} is no websocket address; write it as ws://127.0.0.1:9000/ocpp")
    return url


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asked for."""

    url: str
    chargers: int
    ocpp: str
    sites: int
    faults: Mapping[FaultKind, float]
    for_s: Seconds | None
    seed: int
    speed: float
    quirks: tuple[Quirk, ...] = ()
    report_every_s: Seconds = 5.0


@click.command(short_help="Run simulated chargers against a daemon.")
@click.option(
    "--url",
    default="ws://127.0.0.1:9000/ocpp",
    show_default=True,
    callback=_checked_url,
    help="Where the daemon (or any OCPP central system) listens; the charger's id is appended.",
)
@click.option("--chargers", type=click.IntRange(1, 5000), default=20, show_default=True, help="How many chargers.")
@click.option("--ocpp", type=click.Choice(["1.6", "2.0.1", "2.1", "mixed"]), default="mixed", show_default=True)
@click.option("--sites", type=click.IntRange(1), default=4, show_default=True, help="Over how many sites; see the ids.")
@click.option(
    "--fault",
    "faults",
    callback=_shares,
    multiple=True,
    metavar="KIND=SHARE",
    help=f"Which share of the chargers falls ill in which way, e.g. internal-error=5%. Kinds: {', '.join(FaultKind)}. "
    f"Without it: {', '.join(f'{kind}={share:.0%}' for kind, share in _USUAL_FAULTS.items())}.",
)
@click.option("--no-faults", is_flag=True, help="Nobody falls ill; drivers come and go.")
@click.option(
    "--quirk",
    "chosen_quirks",
    callback=_quirks,
    multiple=True,
    metavar="NAME",
    help="Make the chargers break the standard in this way, with the vendor, model and version it was met in. "
    "Of several, each charger in turn gets one.",
)
@click.option(
    "--list-quirks",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_quirks,
    help="Tell all quirks and end.",
)
@click.option(
    "--for",
    "for_s",
    type=DURATION,
    help="End after this time, e.g. 10m; otherwise with Ctrl-C.",
)
@click.option("--seed", type=int, help="Repeat the chances of an earlier run.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    help="Chargers boot, charge and fall ill so many times as fast; the daemon's own times stay as they are.",
)
def simulate(  # noqa: PLR0913 - one parameter an option
    url: str,
    chargers: int,
    ocpp: str,
    sites: int,
    faults: dict[FaultKind, float],
    no_faults: bool,
    chosen_quirks: tuple[Quirk, ...],
    for_s: float | None,
    seed: int | None,
    speed: float,
) -> None:
    """Run simulated chargers against a daemon, to rehearse rules.

    They speak real OCPP over real websockets, charge cars, fall ill by chance and obey commands as real ones do.
    Ids are site-1-001, site-2-002 and so on, so that an inventory can place them.

    Exit status: 0 ended as asked, 1 the URL cannot be reached, 2 wrong usage.
    """
    chosen = {} if no_faults else faults or _USUAL_FAULTS
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    asyncio.run(_simulate(Plan(url, chargers, ocpp, sites, chosen, for_s, seed, speed, chosen_quirks)))


def made(plan: Plan, illness: Mapping[ChargerId, FaultKind], rng: random.Random) -> list[SimulatedCharger]:
    """The chargers of a plan."""
    chargers = []
    for number, charger in enumerate(ids(plan)):
        identity, habits, replies = _identity(plan, charger, illness, rng), Habits(), {}
        if plan.quirks:
            quirk = plan.quirks[number % len(plan.quirks)]
            identity, habits, replies = quirk.identity(identity), quirk.over(habits), dict(quirk.replies)
        chargers.append(SimulatedCharger(identity, habits.faster(plan.speed), replies))
    return chargers


def ids(plan: Plan) -> list[ChargerId]:
    return [ChargerId(f"site-{number % plan.sites + 1}-{number + 1:03}") for number in range(plan.chargers)]


def _identity(plan: Plan, charger: ChargerId, illness: Mapping[ChargerId, FaultKind], rng: random.Random) -> Identity:
    version = OcppVersion(plan.ocpp) if plan.ocpp != "mixed" else rng.choice(list(OcppVersion))
    vendor, model, connectors = rng.choice([("Acme", "AC22", 2), ("Acme", "DC50", 1), ("Volta", "Twin", 2)])
    if illness.get(charger) is FaultKind.HANGS_IN_FINISHING:
        vendor, model, connectors = "Phoenix Contact", "CHARX SEC-3100", 1  # known for it, see the shipped profiles
    return Identity(charger, version, vendor, model, serial=f"SIM{charger[-10:]}", connectors=connectors)


async def _simulate(plan: Plan) -> None:
    rng = random.Random(plan.seed)  # noqa: S311 - it spreads load, it keeps no secret
    illness = drawn(ids(plan), plan.faults, rng)
    chargers = made(plan, illness, rng)
    chance = Chance(chargers, illness, rng, speed=plan.speed)
    fleet = Fleet(Dialling(plan.url, spread_s=plan.chargers / 100), chargers, loop_clock(), rng=rng)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"{plan.chargers} chargers at {plan.url}, seed {plan.seed}; Ctrl-C ends it")
    began = fleet.now()
    await fleet.start()
    tasks = [asyncio.create_task(work) for work in (play(fleet, chance), _report(plan, fleet, chance), fleet.ended())]
    waiter = asyncio.create_task(_wait(stop))
    try:
        await asyncio.wait({waiter, *tasks}, timeout=plan.for_s, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in (waiter, *tasks):
            task.cancel()
        await asyncio.wait({waiter, *tasks})
        click.echo(_line(fleet, chance, began))
        await fleet.stop()


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def _report(plan: Plan, fleet: Fleet, chance: Chance) -> None:
    """Print a line every few seconds; give up when nobody ever gets through."""
    began = printed = fleet.now()
    while True:
        await asyncio.sleep(0.5)
        now = fleet.now()
        if now - printed >= plan.report_every_s:
            printed = now
            click.echo(_line(fleet, chance, began))
        nobody = not fleet.ever_connected and fleet.problems.total() == len(fleet.chargers)
        if nobody and now - began >= _PATIENCE_S:
            raise click.ClickException(_unreachable(plan.url, fleet))


def _line(fleet: Fleet, chance: Chance, began: float) -> str:
    active = chance.active()
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(active.items()))
    sessions = sum(len(charger.sessions) for charger in fleet.chargers)
    commands = sum(charger.commands_total for charger in fleet.chargers)
    parts = [
        f"{format_duration(fleet.now() - began):>7}",
        f"connected {fleet.connected}/{len(fleet.chargers)}",
        f"faults active {active.total()}" + (f" ({kinds})" if kinds else ""),
        f"charging {sessions}",
        f"commands received {commands}",
    ]
    problems = fleet.problems
    if problems:
        problem, count = problems.most_common(1)[0]
        parts.append(f"{count} cannot connect: {problem}")
    return "  ".join(parts)


def _unreachable(url: str, fleet: Fleet) -> str:
    problem = fleet.problems.most_common(1)[0][0]
    hint = "is the daemon running there (`healer run`)?"
    if "HTTP" in problem:
        hint = "something answers there, but not with OCPP on this path; is the path right?"
    elif "subprotocol" in problem:
        hint = "the server does not speak this OCPP version; try --ocpp 1.6."
    return f"no charger could connect to {url}: {problem}\n{hint}"
