"""Prometheus' text format, read back by prometheus-client."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from healer.adapters.metrics import exposition

TEXT = st.text(st.characters(codec="utf-8"))


def read_back(text: str) -> dict[str, str]:
    """The labels of the only sample."""
    (family,) = text_string_to_metric_families(text)
    (sample,) = family.samples
    return sample.labels


@given(TEXT, TEXT)
@example('"} 5\nhealer_forged{x="', "\\n")
@example("\\", "\\\\")
@example(" \r", "\u2028")
def test_label_values_come_back_as_they_were(one: str, two: str) -> None:
    inside = exposition.labels(("charger", "site"), (one, two))
    text = exposition.head("x", "gauge", "Help.") + exposition.sample("x", inside, 1)
    assert text.count("\n") == 3
    assert read_back(text) == {"charger": one, "site": two}


def test_what_utf8_cannot_carry_is_replaced() -> None:
    assert exposition.escaped("a\ud800b") == "a?b"


@given(st.floats(allow_nan=False))
def test_numbers_come_back_as_they_were(value: float) -> None:
    assert float(exposition.number(value)) == value


def test_numbers_are_short_where_they_can_be() -> None:
    assert [exposition.number(value) for value in (1.0, True, 0.25, -3, 1e300, math.inf, -math.inf, math.nan)] == [
        "1",
        "1",
        "0.25",
        "-3",
        "1e+300",
        "+Inf",
        "-Inf",
        "NaN",
    ]


def test_help_stays_on_one_line() -> None:
    text = exposition.head("x", "counter", "two\nlines and a \\")
    assert text == "# HELP x two\\nlines and a \\\\\n# TYPE x counter\n"


def test_a_histogram_is_cumulative() -> None:
    lines = "".join(exposition.histogram("h", 'action="a"', (0.5, 1.0), [1, 2, 3], 9.5))
    (family,) = text_string_to_metric_families(exposition.head("h", "histogram", "Help.") + lines)
    found = {(sample.name, sample.labels.get("le")): sample.value for sample in family.samples}
    assert found == {
        ("h_bucket", "0.5"): 1,
        ("h_bucket", "1.0"): 3,
        ("h_bucket", "+Inf"): 6,
        ("h_sum", None): 9.5,
        ("h_count", None): 6,
    }
    assert "".join(exposition.histogram("h", "", (1.0,), [0, 0], 0)).startswith('h_bucket{le="1.0"} 0\n')
