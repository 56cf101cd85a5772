"""For the tests of replay: stories out of a text, told."""

from __future__ import annotations

import textwrap

from healer.config.reading import shipped_profiles
from healer.documents import Mistakes
from healer.replay import reader, trial
from healer.replay.story import Story
from healer.rules import packs
from healer.rules.rule import RuleSet

RULES = """
rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    for: 5m
    heal:
      - reset: soft
      - reset: hard
    if_not_healed: ticket
  - rule: charger-offline
    when: offline
    for: 15m
    alert: ticket
"""


def rules(text: str = RULES) -> RuleSet:
    loaded = packs.load([("rules.yaml", text)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    return loaded.rules


def world(text: str = RULES, **reloaded: str) -> trial.World:
    """`reloaded`: the text of each file, by its name without `.yaml`."""
    return trial.World(
        rules(text), shipped_profiles(), {f"{name}.yaml": rules(other) for name, other in reloaded.items()}
    )


def read(text: str, names: RuleSet | None = None) -> tuple[list[Story], Mistakes]:
    mistakes = Mistakes()
    return reader.read(text, "a.test.yaml", mistakes, (names or rules()).rules), mistakes


def story(body: str, text: str = RULES) -> Story:
    """The one test with these lines, which must be without mistakes."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    stories, mistakes = read(f"tests:\n  - test: it\n    rule: internal-error\n{lines}\n", rules(text))
    assert not mistakes, mistakes.render()
    return stories[0]


def told(body: str, text: str = RULES, **reloaded: str) -> trial.Verdict:
    return trial.run(story(body, text), world(text, **reloaded))


def problems(body: str, text: str = RULES, **reloaded: str) -> list[str]:
    """What did not come out as expected: `00:07:00 state: expected ..., got ...`."""
    return [f"{failure.at} {failure.message}" for failure in told(body, text, **reloaded).failures]
