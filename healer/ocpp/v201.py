"""OCPP 2.0.1: all of it is shared with 2.1, see `v2x`."""

from __future__ import annotations

from typing import Final

from healer.model import OcppVersion
from healer.ocpp import v2x, v2x_commands
from healer.ocpp.codec import Codec

CODEC: Final = Codec(
    OcppVersion.V201,
    readers=v2x.READERS,
    answering=v2x.answer,
    commanding=v2x_commands.request,
    concluding=v2x_commands.outcome,
    spoken=v2x_commands.SPOKEN,
)
