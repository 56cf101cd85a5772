"""Prometheus' text format 0.0.4: families to lines.

An encoder of our own, because 130,000 series of per-charger families take prometheus-client a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_LABEL_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})


def labels(names: Iterable[str], values: Iterable[str]) -> str:
    """The inside of the braces: `charger="CP1",site="Depot"`."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True))


def escaped(value: str) -> str:
    """A label's value as it stands between quotes. Lone surrogates, which UTF-8 cannot carry, become `?`."""
    text = value.translate(_LABEL_ESCAPES)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def number(value: float) -> str:
    """A sample's value: whole numbers without a point, the rest so that nothing is lost."""
    if math.isfinite(value):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def sample(name: str, inside: str, value: float) -> str:
    """One line; `inside` is what `labels` made, or empty."""
    return f"{name}{{{inside}}} {number(value)}\n" if inside else f"{name} {number(value)}\n"


def head(name: str, kind: str, meaning: str) -> str:
    """HELP and TYPE, which stand before the samples of a family."""
    return f"# HELP {name} {meaning.translate(_HELP_ESCAPES)}\n# TYPE {name} {kind}\n"


def histogram(name: str, inside: str, bounds: Iterable[float], counts: Iterable[int], total: float) -> Iterator[str]:
    """The lines of one histogram; `counts` are by bucket, the last one without a bound."""
    comma = "," if inside else ""
    seen = 0
    for bound, count in zip((*bounds, math.inf), counts, strict=True):
        seen += count
        yield sample(f"{name}_bucket", f'{inside}{comma}le="{_bound(bound)}"', seen)
    yield sample(f"{name}_sum", inside, total)
    yield sample(f"{name}_count", inside, seen)


def _bound(bound: float) -> str:
    return "+Inf" if math.isinf(bound) else repr(float(bound))
