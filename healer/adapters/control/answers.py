"""How requests are read and answered on the control socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from healer.events import Event

LONGEST_TEXT: Final = 500
LONGEST_NAME: Final = 255

Report = Callable[[Event], None]
"""How a person's word is handed to the runtime."""


class BadRequest(Exception):
    """The request cannot be understood; the message says what was expected."""


def problem(status: int, detail: str, **more: object) -> web.Response:
    """Why something was not done (RFC 9457), and `more` about it."""
    return web.json_response(
        {"title": "not done", "status": status, "detail": detail, **more},
        status=status,
        content_type="application/problem+json",
    )


async def said(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of the body."""
    try:
        found = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(found, dict):
        raise BadRequest("the body is no JSON object")
    return found


def who_and_why(body: Mapping[str, Any]) -> tuple[str, str]:
    """The author and the reason, which every change needs."""
    author, reason = body.get("author"), body.get("reason")
    for text in (author, reason):
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST_TEXT:
            raise BadRequest(f"author and reason are texts of 1 to {LONGEST_TEXT} characters")
    return str(author), str(reason)


def name(text: object, what: str, *, blanks: bool = True) -> str:
    """A short text that people can read: the name of a charger, a site or a tag."""
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= LONGEST_NAME:
        raise BadRequest(f"{what} is a printable text of 1 to {LONGEST_NAME} characters")
    if text != text.strip() or (not blanks and " " in text):
        raise BadRequest(f"{what} has blanks where none belong")
    return text


def number(text: str, what: str, least: int, most: int) -> int:
    """A whole number of a query."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadRequest(f"{what} is a number from {least} to {most}")
    return int(text)
