"""The demo takes a minute and a half: it is started before all other tests and judged after them."""

from __future__ import annotations

import pytest


def _turn(item: pytest.Item) -> int:
    fixtures = getattr(item, "fixturenames", ())
    return 2 if "told" in fixtures else 0 if "telling" in fixtures else 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
