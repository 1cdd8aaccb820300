"""Values that are more than a number or a text: places and phone numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz._optional import require

JsonDict = dict[str, Any]


@dataclass
class GeoCoordinate:
    """A place on the earth.

    Parameters
    ----------
    latitude, longitude : float
        In degrees, -90..90 and -180..180.
    """

    latitude: float
    longitude: float


@dataclass
class PhoneNumber:
    """A phone number as one gives it.

    Parameters
    ----------
    number : str
        International ("+44 161 234 5000"), or national with `default_country`.
    default_country : str, optional
        ISO 3166-1 code of two letters.
    """

    number: str
    default_country: str | None = None


@dataclass
class PhoneNumberReturn:
    """A phone number as one reads it."""

    number: str
    country_code: int
    default_country: str
    international_formatted: str
    national: int
    national_formatted: str
    valid: bool


def encode_place(value: Any) -> JsonDict | str:
    """Return a place as JSON holds it; a text says why it is refused.

    Weaviate keeps single precision (`geoCoordinates` in `properties_validation.go`).
    """
    if isinstance(value, Mapping):
        latitude, longitude = value.get("latitude"), value.get("longitude")
    else:
        latitude = getattr(value, "latitude", None)
        longitude = getattr(value, "longitude", None)
    try:
        place = {
            "latitude": float(np.float32(latitude)),  # type: ignore[arg-type]
            "longitude": float(np.float32(longitude)),  # type: ignore[arg-type]
        }
    except (TypeError, ValueError):
        return f"needs a latitude and a longitude, not {value!r}"
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not math.isfinite(place[name]) or abs(place[name]) > most:
            return f"{name} must be in -{most}..{most}, not {place[name]}"
    return place


def decode_place(value: JsonDict) -> GeoCoordinate:
    """Return what `encode_place` made."""
    return GeoCoordinate(value["latitude"], value["longitude"])


def encode_phone(value: Any) -> JsonDict | str:
    """Return a phone number as JSON holds it; a text says why it is refused.

    Raises
    ------
    MissingDependencyError
        Without the package phonenumbers, which knows the countries' rules.
    """
    if isinstance(value, Mapping):
        number, country = value.get("input"), value.get("defaultCountry")
    elif hasattr(value, "international_formatted"):
        return "was read from the store: give a PhoneNumber(number, default_country)"
    else:
        number = getattr(value, "number", None)
        country = getattr(value, "default_country", None)
    if not isinstance(number, str) or not isinstance(country, str | None):
        return f"needs a PhoneNumber, not {value!r}"
    phones = require("phonenumbers", "weaviate", "A property of the type phoneNumber")
    try:
        parsed = phones.parse(number, country.upper() if country else None)
    except phones.NumberParseException as error:
        return f"{number!r} is no phone number ({error})"
    form = phones.PhoneNumberFormat
    return {
        "input": number,
        "defaultCountry": country.upper() if country else "",
        "countryCode": parsed.country_code,
        "national": parsed.national_number,
        "internationalFormatted": phones.format_number(parsed, form.INTERNATIONAL),
        "nationalFormatted": phones.format_number(parsed, form.NATIONAL),
        "valid": phones.is_valid_number(parsed),
    }


def decode_phone(value: JsonDict) -> PhoneNumberReturn:
    """Return what `encode_phone` made."""
    return PhoneNumberReturn(
        value["input"],
        value["countryCode"],
        value["defaultCountry"],
        value["internationalFormatted"],
        value["national"],
        value["nationalFormatted"],
        value["valid"],
    )
