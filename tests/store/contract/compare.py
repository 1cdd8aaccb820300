"""Whether two answers are the same, attribute for attribute."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

# What says how an answer was found, not what it is; and what a served store does not send.
_BESIDE = frozenset({"found_by", "query_profile", "elapsed_seconds"})
# Distances travel as float32, and so do vectors.
_TOLERANCE = 1e-5


def differences(ours: Any, other: Any, where: str = "answer") -> list[str]:
    """Return where `other` is not what `ours` is; numbers may differ by 1e-5."""
    if isinstance(ours, Enum) or isinstance(other, Enum):
        ours = ours.value if isinstance(ours, Enum) else ours
        other = other.value if isinstance(other, Enum) else other
    if is_dataclass(ours) and not isinstance(ours, type):
        return _of_attributes(ours, other, where)
    if isinstance(ours, dict):
        if not isinstance(other, dict) or set(map(str, ours)) != set(map(str, other)):
            return [f"{where}: {ours!r} and {other!r}"]
        named = {str(key): value for key, value in other.items()}
        return [
            found
            for key, value in ours.items()
            for found in differences(value, named[str(key)], f"{where}[{key}]")
        ]
    if isinstance(ours, list | tuple):
        if not isinstance(other, list | tuple) or len(ours) != len(other):
            return [f"{where}: {ours!r} and {other!r}"]
        return [
            found
            for place, (one, its) in enumerate(zip(ours, other, strict=True))
            for found in differences(one, its, f"{where}[{place}]")
        ]
    return [] if _equal(ours, other) else [f"{where}: {ours!r} and {other!r}"]


def _of_attributes(ours: Any, other: Any, where: str) -> list[str]:
    found = []
    for one in fields(ours):
        if one.name.startswith("_") or one.name in _BESIDE:
            continue
        if not hasattr(other, one.name):
            found.append(f"{where}: {type(other).__name__} has no {one.name}")
            continue
        found += differences(
            getattr(ours, one.name), getattr(other, one.name), f"{where}.{one.name}"
        )
    return found


def _equal(ours: Any, other: Any) -> bool:
    if isinstance(ours, UUID) or isinstance(other, UUID):
        return str(ours) == str(other)
    if isinstance(ours, bool) or isinstance(other, bool):
        return ours is other
    if isinstance(ours, int | float) and isinstance(other, int | float):
        return math.isclose(ours, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    if isinstance(ours, datetime) and isinstance(other, datetime):
        return abs((ours - other).total_seconds()) < 1e-3
    return bool(ours == other)
