"""The OCPP ports: websockets in, events out, bounded outboxes back. Frames are handed on as they are.

Start reading in `listener`; `arrivals` bounds the sockets that are not open yet, `handshake` is what is said on them,
`link` what happens while one is open.
Nothing a charger does reaches another: what goes wrong in its tasks ends with its connection.

May not enter: what a frame means (`healer.ocpp`), who may connect and why (a `ports.Gate` says so).
"""

from healer.adapters.server.arrivals import descriptor_warning
from healer.adapters.server.handshake import identity_of
from healer.adapters.server.listener import OcppServer

__all__ = ["OcppServer", "descriptor_warning", "identity_of"]
