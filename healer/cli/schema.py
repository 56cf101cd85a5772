"""`healer schema`: JSON Schemas, so that editors complete and check rule files while they are written."""

from __future__ import annotations

import json
from pathlib import Path

import click

from healer.replay import schema as tests_schema
from healer.rules import schema as rules_schema


@click.command()
@click.option("--tests", is_flag=True, help="The schema of files of tests (*.test.yaml) instead.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not to the screen.")
def schema(tests: bool, output: Path | None) -> None:
    """Print the JSON Schema (2020-12) of rule files.

    It is made from the tables by which healer reads rules: every key, signal, value and action with its meaning.
    Editors with a YAML language server use it when a file begins with

    \b
      # yaml-language-server: $schema=healer.schema.json

    A schema knows names and shapes. What fits together, and what is safe, only `healer check` knows.

    \b
    Exit status:
      0  printed or written
      1  the output file cannot be written
      2  wrong command line
    """
    text = json.dumps(tests_schema.test_files() if tests else rules_schema.rule_files(), indent=2)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
