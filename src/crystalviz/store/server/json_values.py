"""Values of properties as REST writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from crystalviz.store.server.wire import date_text


def properties(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's properties as JSON holds them; missing ones are left out."""
    return {name: _json(value) for name, value in values.items() if value is not None}


def _json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    if isinstance(value, Mapping):
        return properties(value)
    if isinstance(value, datetime):
        return date_text(value)
    if isinstance(value, UUID):
        return str(value)
    if hasattr(value, "latitude"):
        return {"latitude": value.latitude, "longitude": value.longitude}
    if hasattr(value, "international_formatted"):
        return {
            "input": value.number,
            "countryCode": value.country_code,
            "defaultCountry": value.default_country,
            "internationalFormatted": value.international_formatted,
            "national": value.national,
            "nationalFormatted": value.national_formatted,
            "valid": value.valid,
        }
    return value
