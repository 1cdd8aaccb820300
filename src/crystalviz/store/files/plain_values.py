"""Values of properties as JSON can hold them, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

_PLAIN = frozenset((float, int, str, bool))
# Lists of these are the same in JSON and in the store.
_SAME = ("number[]", "int[]", "text[]", "boolean[]")


def to_plain(value: Any) -> Any:
    """Return a property's value as text, number, bool, list or dict."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {name: to_plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        # Vectors are long, and of nothing but numbers.
        if _PLAIN.issuperset(map(type, value)):
            return list(value)
        return [to_plain(inner) for inner in value]
    if hasattr(value, "latitude"):
        return {"latitude": value.latitude, "longitude": value.longitude}
    if hasattr(value, "national_formatted"):
        # The rest follows from these two.
        return {"number": value.number, "defaultCountry": value.default_country}
    return value


def from_plain(value: Any, kind: str) -> Any:
    """Return a value as the store takes it for a property of the type `kind`.

    Raises
    ------
    ValueError
        When it cannot be one of that type; the store looks at the rest itself.
    """
    if value is None:
        return None
    if kind.endswith("[]"):
        if not isinstance(value, list):
            raise ValueError(f"needs a list, not {value!r}")
        if kind in _SAME:
            return value
        return [from_plain(inner, kind.removesuffix("[]")) for inner in value]
    if kind == "date" and isinstance(value, str):
        return parse_date(value)
    if kind == "geoCoordinates" and isinstance(value, dict):
        from crystalviz.store.classes import GeoCoordinate

        return GeoCoordinate(**_keys(value, "latitude", "longitude"))
    if kind == "phoneNumber" and isinstance(value, dict):
        from crystalviz.store.classes import PhoneNumber

        given = _keys(value, "number", "defaultCountry")
        country = given["defaultCountry"] or None
        return PhoneNumber(number=given["number"], default_country=country)
    return value


def parse_date(text: str) -> datetime:
    """Return the time that an ISO 8601 text says; UTC where it names no zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date (ISO 8601)") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def parse_json(text: str) -> Any:
    """Return what a JSON text says."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{text!r} is not JSON ({error})") from None


def _keys(value: dict[str, Any], *names: str) -> dict[str, Any]:
    missing = [name for name in names if name not in value]
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}: {value!r}")
    return {name: value[name] for name in names}
