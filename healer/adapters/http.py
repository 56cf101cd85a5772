"""The private port: `/metrics`, `/healthz` and `/readyz`, for Prometheus and whoever supervises the process."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from aiohttp import hdrs, web

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_INDEX: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>healer</title></head><body>
<h1>healer</h1>
<ul>
<li><a href="metrics">/metrics</a>: what it knows and counts, for Prometheus</li>
<li><a href="healthz">/healthz</a>: it runs</li>
<li><a href="readyz">/readyz</a>: it can do its work, or why not</li>
</ul>
</body></html>
"""


class HttpServer:
    """Serves until stopped. `port` 0 takes a free one; `address` then tells which.

    `render_metrics` gives the exposition in chunks, between which the event loop runs; `reasons` says why the daemon is
    not ready, nothing when it is.
    """

    def __init__(
        self, host: str, port: int, *, render_metrics: Callable[[], Iterable[str]], reasons: Callable[[], Sequence[str]]
    ) -> None:
        self._host = host
        self._port = port
        self._render_metrics = render_metrics
        self._reasons = reasons
        self._runner: web.AppRunner | None = None
        self._scraping = asyncio.Lock()

    async def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
            ]
        )
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        if self._runner is None or not self._runner.addresses:
            return (self._host, self._port)
        host, port = self._runner.addresses[0][:2]
        return (str(host), int(port))

    # --- pages --------------------------------------------------------------------------------------------------------

    async def _index(self, _: web.Request) -> web.Response:
        return web.Response(text=_INDEX, content_type="text/html")

    async def _healthz(self, _: web.Request) -> web.Response:
        """That this is answered says all: the process lives and its loop runs."""
        return _fresh(web.json_response({"alive": True}))

    async def _readyz(self, _: web.Request) -> web.Response:
        reasons = list(self._reasons())
        return _fresh(web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200))

    async def _metrics(self, request: web.Request) -> web.Response:
        async with self._scraping:  # two at once would only be slower
            chunks = []
            for chunk in self._render_metrics():
                chunks.append(chunk)
                await asyncio.sleep(0)
            body = "".join(chunks).encode()
        headers = {hdrs.CONTENT_TYPE: _METRICS_TYPE, hdrs.VARY: "Accept-Encoding"}
        if _accepts_gzip(request):
            body = await asyncio.to_thread(gzip.compress, body, 1)
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        return _fresh(web.Response(body=body, headers=headers))


def _accepts_gzip(request: web.Request) -> bool:
    """Whether the client offers gzip, and not as `gzip;q=0`."""
    for offer in request.headers.get(hdrs.ACCEPT_ENCODING, "").split(","):
        name, _, quality = offer.partition(";")
        if name.strip().lower() == "gzip":
            return quality.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _fresh(response: web.Response) -> web.Response:
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response
