"""What ships with healer, counted."""

from __future__ import annotations

from typing import Final

from healer import shipped
from healer.documents import Mistakes
from healer.rules import packs

SHIPPED_RULES: Final = len(packs.load(shipped.read_rules([shipped.rules()], Mistakes())).rules.rules)
"""How many rules those are."""
