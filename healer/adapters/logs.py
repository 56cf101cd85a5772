"""How the log is written: JSON lines for machines, colours for a terminal; libraries' own lines take the same way.

An event is named `noun.past_verb` and carries its context as fields. Only what stands outside of the core logs.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import orjson
import structlog

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "json", "console")


def configure(level: str = "info", format: str = "auto", stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging for the whole process.

    `format` is one of FORMATS; `auto` is console on a terminal and json elsewhere. `stream` is stderr by default.
    """
    out = sys.stderr if stream is None else stream
    console = format == "console" or (format == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console, key="time"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(out, console=console)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _quieten(level)


def _rendering(out: TextIO, *, console: bool) -> list[structlog.typing.Processor]:
    # Never with local variables: passwords and keys may be among them.
    if console:
        traceback = structlog.dev.RichTracebackFormatter(show_locals=False)
        return [structlog.dev.ConsoleRenderer(colors=out.isatty(), timestamp_key="time", exception_formatter=traceback)]
    traceback_values = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(traceback_values),
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def _json(event: object, **_: object) -> str:
    """One line; what JSON cannot carry is written as Python shows it."""
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _quieten(level: str) -> None:
    """Libraries tell of every connection; that is ours to say, and theirs only when somebody debugs."""
    for name in ("websockets", "aiohttp", "alembic", "asyncio"):
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
