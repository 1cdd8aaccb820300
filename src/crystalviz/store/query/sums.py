"""Sums over the values of one property, one answer for each type."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crystalviz.store.query.metrics import PropertyMetrics
from crystalviz.store.writing.properties import parse_date

# How many texts are shown unless told (`aggregator/text.go`).
_TOP_OCCURRENCES = 5


@dataclass
class AggregateNumbers:
    """Sums of an int or number property; what was not asked for is None."""

    count: int | None = None
    maximum: float | None = None
    mean: float | None = None
    median: float | None = None
    minimum: float | None = None
    mode: float | None = None
    sum_: float | None = None


@dataclass
class TopOccurrence:
    """A text and how many objects have it."""

    count: int | None
    value: str | None


@dataclass
class AggregateText:
    """The most frequent texts of a property."""

    count: int | None = None
    top_occurrences: list[TopOccurrence] = field(default_factory=list)


@dataclass
class AggregateBoolean:
    """How a boolean property divides."""

    count: int | None = None
    percentage_false: float | None = None
    percentage_true: float | None = None
    total_false: int | None = None
    total_true: int | None = None


@dataclass
class AggregateDate:
    """The dates of a property, as text."""

    count: int | None = None
    maximum: str | None = None
    median: str | None = None
    minimum: str | None = None
    mode: str | None = None


@dataclass
class AggregateReference:
    """The objects that a reference leads to, as beacons."""

    pointing_to: list[str] | None = None


def summarize(values: list[Any], metrics: PropertyMetrics) -> Any:
    """Return what is asked of a property's values; what was not asked for is None.

    Parameters
    ----------
    values : list
        As JSON holds them, those of lists one by one.
    metrics : PropertyMetrics
        What is asked.
    """
    return _SUMMERS[metrics.kind](values, metrics)


def _numbers(values: list[Any], metrics: PropertyMetrics) -> AggregateNumbers:
    answer = AggregateNumbers()
    if "count" in metrics.asked:
        answer.count = len(values)
    if not values:
        return answer
    summaries: dict[str, Callable[[list[Any]], Any]] = {
        "maximum": max,
        "mean": statistics.fmean,
        "median": statistics.median,
        "minimum": min,
        "mode": _mode,
        "sum_": sum if metrics.kind == "int" else math.fsum,
    }
    for name, summary in summaries.items():
        if name in metrics.asked:
            setattr(answer, name, summary(values))
    return answer


def _mode(values: list[Any]) -> Any:
    """Return the most frequent value; the smallest of several."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _texts(values: list[str], metrics: PropertyMetrics) -> AggregateText:
    answer = AggregateText()
    if "count" in metrics.asked:
        answer.count = len(values)
    if metrics.asked & {"top_occurrences_count", "top_occurrences_value"}:
        counts = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
        answer.top_occurrences = [
            TopOccurrence(count, value)
            for value, count in counts[: metrics.limit or _TOP_OCCURRENCES]
        ]
    return answer


def _booleans(values: list[bool], metrics: PropertyMetrics) -> AggregateBoolean:
    true = sum(values)
    false = len(values) - true
    everything: dict[str, Any] = {
        "count": len(values),
        "total_true": true,
        "total_false": false,
        "percentage_true": true / len(values) if values else None,
        "percentage_false": false / len(values) if values else None,
    }
    return AggregateBoolean(**{name: everything[name] for name in metrics.asked})


def _dates(values: list[str], metrics: PropertyMetrics) -> AggregateDate:
    answer = AggregateDate()
    if "count" in metrics.asked:
        answer.count = len(values)
    if not values:
        return answer
    times = sorted(parse_date(value) for value in values)
    middle = len(times) // 2
    # Of an even number the middle between the two in the middle, as `aggregator/date.go`.
    median = times[middle] if len(times) % 2 else _between(times[middle - 1], times[middle])
    everything: dict[str, datetime] = {
        "maximum": times[-1],
        "minimum": times[0],
        "median": median,
        "mode": _mode(times),
    }
    for name, value in everything.items():
        if name in metrics.asked:
            setattr(answer, name, _rfc3339(value))
    return answer


def _between(first: datetime, last: datetime) -> datetime:
    return first + (last - first) // 2


def _rfc3339(value: datetime) -> str:
    """Return a date as Weaviate writes it: in UTC, with `Z`, no zeros behind the fraction."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def _references(values: list[dict[str, str]], _metrics: PropertyMetrics) -> AggregateReference:
    return AggregateReference(sorted({value["beacon"] for value in values}))


_SUMMERS: dict[str, Callable[[list[Any], PropertyMetrics], Any]] = {
    "int": _numbers,
    "number": _numbers,
    "text": _texts,
    "boolean": _booleans,
    "date": _dates,
    "reference": _references,
}
