"""Dates: RFC 3339, always with a time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from crystalviz.store.writing.refusal import ValueRefusedError

_DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d")


def parse_date(value: Any) -> datetime:
    """Return a date with a time zone; without one it is taken as UTC, as Weaviate's client does.

    Raises
    ------
    ValueRefusedError
        When it is neither a datetime nor RFC 3339 text.
    """
    if isinstance(value, str):
        try:
            if not _DATE_TEXT.match(value):
                raise ValueError
            value = datetime.fromisoformat(value.replace("z", "Z").replace("t", "T"))
        except ValueError:
            raise ValueRefusedError(
                f"{value!r} is not a date; write it as 2026-01-31T12:00:00Z (RFC 3339)"
            ) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueRefusedError(f"needs a datetime, not {type(value).__name__}")


def is_date_text(text: str) -> bool:
    """Return whether a text is a whole RFC 3339 date, time zone included."""
    if not _DATE_TEXT.match(text):
        return False
    try:
        parse_date(text)
    except ValueRefusedError:
        return False
    return text[-1:] in "Zz" or text[-6:-5] in ("+", "-")
