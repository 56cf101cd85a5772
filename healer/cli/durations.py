"""Durations on the command line, written as in rule files: 90s, 5m, 1h30m."""

from __future__ import annotations

import click

from healer.documents import Mark, Mistakes, Scalar, fields


class Duration(click.ParamType[float]):
    """`90s` -> 90.0."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        mistakes = Mistakes()
        seconds = fields.duration(Scalar(str(value), False, Mark("", 1, 1)), mistakes)
        if seconds is None:
            mistake = next(iter(mistakes))
            self.fail(f"{mistake.message}: {mistake.hint}" if mistake.hint else mistake.message, param, ctx)
        return seconds


DURATION = Duration()
