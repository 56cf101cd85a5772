"""A 2.1 charging station on the wire. What our stations say is the same as in 2.0.1, checked by the schemas of 2.1."""

from __future__ import annotations

from ocpp import exceptions
from ocpp.messages import Call

from healer.sim import v201


class ChargePoint(v201.ChargePoint):
    """Hears commands and says reports in 2.1.

    The library's own classes of 2.1 are not used: 47 of their names come out wrong on the wire.
    """

    _ocpp_version = "2.1"

    async def _handle_call(self, msg: Call) -> None:
        """In 2.1 the library leaves a command that it has no handler for without an answer."""
        if msg.action not in self.route_map:
            raise exceptions.NotImplementedError()  # type: ignore[no-untyped-call]
        await super()._handle_call(msg)  # type: ignore[no-untyped-call]
