"""Counting and summing a collection: `collection.aggregate.over_all(...)`."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from crystalviz.store import storage
from crystalviz.store.caches import ObjectsView
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.matching import match
from crystalviz.store.properties import parse_date
from crystalviz.store.schema import CollectionConfig, PropertyConfig

_NUMBERS = ("count", "maximum", "mean", "median", "minimum", "mode", "sum_")
_DATES = ("count", "maximum", "median", "minimum", "mode")
_BOOLEANS = ("count", "percentage_false", "percentage_true", "total_false", "total_true")
_TEXTS = ("count", "top_occurrences_count", "top_occurrences_value")

# weaviate-client's metric objects carry their kind in the class alone.
_CLIENT_KINDS = {
    "_MetricsInteger": "int",
    "_MetricsNumber": "number",
    "_MetricsText": "text",
    "_MetricsBoolean": "boolean",
    "_MetricsDate": "date",
}


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
class AggregateReturn:
    """Sums over the whole collection."""

    properties: dict[str, Any]
    total_count: int | None


@dataclass
class GroupedBy:
    """The property and value of a group."""

    prop: str
    value: Any


@dataclass
class AggregateGroup:
    """Sums over one group."""

    grouped_by: GroupedBy
    properties: dict[str, Any]
    total_count: int | None


@dataclass
class AggregateGroupByReturn:
    """Sums over each group, the largest first."""

    groups: list[AggregateGroup]


@dataclass
class GroupByAggregate:
    """Group by a property, `limit` groups at most."""

    prop: str
    limit: int | None = None


@dataclass
class PropertyMetrics:
    """What is asked of one property."""

    property_name: str
    kind: str
    asked: frozenset[str]
    limit: int | None = None


class Metrics:
    """What to sum of a property: `Metrics("image_entropy").number(mean=True)`.

    Without any argument a method asks for everything.

    Parameters
    ----------
    property_ : str
        The property's name.
    """

    def __init__(self, property_: str) -> None:
        self._property = property_

    def integer(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, maximum, mean, median, minimum, mode, sum_ of an int property."""
        return self._metrics("int", _NUMBERS, asked)

    def number(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, maximum, mean, median, minimum, mode, sum_ of a number property."""
        return self._metrics("number", _NUMBERS, asked)

    def text(self, *, limit: int | None = None, **asked: bool) -> PropertyMetrics:
        """Ask for count, top_occurrences_count, top_occurrences_value of a text property."""
        metrics = self._metrics("text", _TEXTS, asked)
        metrics.limit = limit
        return metrics

    def boolean(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, percentage_false/true, total_false/true of a boolean property."""
        return self._metrics("boolean", _BOOLEANS, asked)

    def date_(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, maximum, median, minimum, mode of a date property."""
        return self._metrics("date", _DATES, asked)

    def _metrics(
        self, kind: str, known: tuple[str, ...], asked: dict[str, bool]
    ) -> PropertyMetrics:
        unknown = set(asked) - set(known)
        if unknown:
            raise WeaviateInvalidInputError(
                f"no metric {sorted(unknown)} of {kind}; there is {', '.join(known)}"
            )
        names = frozenset(name for name, wanted in asked.items() if wanted)
        return PropertyMetrics(self._property, kind, names or frozenset(known))


class AggregateCollection:
    """`collection.aggregate`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def over_all(
        self,
        *,
        filters: Any = None,
        group_by: str | GroupByAggregate | Any = None,
        total_count: bool = True,
        return_metrics: Any = None,
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Count and sum the objects, all or those that match.

        Parameters
        ----------
        filters : filter, optional
            Only objects that match.
        group_by : str or GroupByAggregate, optional
            One answer for each value of this property; an object whose property is
            a list belongs to the group of each of its values, one without it to none.
        total_count : bool
            Say how many objects there are.
        return_metrics : metrics or list of them, optional
            For instance `Metrics("image_entropy").number(mean=True)`.

        Raises
        ------
        WeaviateQueryError
            When a property does not exist or has another type.
        """
        metrics = _read_metrics(return_metrics)
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            if filters is None and group_by is None and not metrics:
                count = storage.count_objects(connection, record) if total_count else None
                return AggregateReturn({}, count)
            view = self._context.cache.view(connection, record)
            if filters is None:
                rows = list(range(len(view)))
            else:
                rows = np.flatnonzero(match(filters, view, record.config)).tolist()
            config = record.config
        if group_by is None:
            sums = _sums(metrics, rows, view, config)
            return AggregateReturn(sums, len(rows) if total_count else None)
        prop, limit = _read_group(group_by, config)
        groups: dict[Any, list[int]] = {}
        column = view.column(prop.name)
        for row in rows:
            for value in dict.fromkeys(_values(column[row])):
                groups.setdefault(value, []).append(row)
        # The largest first, then in the order of their values.
        ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), str(item[0])))
        return AggregateGroupByReturn(
            [
                AggregateGroup(
                    GroupedBy(prop.name, value),
                    _sums(metrics, members, view, config),
                    len(members) if total_count else None,
                )
                for value, members in ordered[:limit]
            ]
        )


def _values(own: Any) -> list[Any]:
    if own is None:
        return []
    return own if isinstance(own, list) else [own]


def _read_metrics(given: Any) -> list[PropertyMetrics]:
    if given is None:
        return []
    several = given if isinstance(given, list | tuple) else [given]
    return [one if isinstance(one, PropertyMetrics) else _client_metrics(one) for one in several]


def _client_metrics(given: Any) -> PropertyMetrics:
    kind = _CLIENT_KINDS.get(type(given).__name__)
    if kind is None:
        raise WeaviateInvalidInputError(
            f"not metrics: {given!r}. Write Metrics(name).number(mean=True)"
        )
    names = {"int": _NUMBERS, "number": _NUMBERS, "text": _TEXTS}.get(kind) or (
        _BOOLEANS if kind == "boolean" else _DATES
    )
    asked = frozenset(name for name in names if getattr(given, name, False))
    return PropertyMetrics(given.property_name, kind, asked, getattr(given, "limit", None))


def _read_group(given: Any, config: CollectionConfig) -> tuple[PropertyConfig, int | None]:
    name = given if isinstance(given, str) else getattr(given, "prop", None)
    prop = config.property(name) if isinstance(name, str) else None
    if prop is None:
        raise WeaviateQueryError(f"cannot group: no such prop with name {name!r} in {config.name}")
    if prop.element_type == "object":
        raise WeaviateQueryError(f"cannot group by {name!r}: it holds objects")
    return prop, getattr(given, "limit", None)


def _sums(
    metrics: Sequence[PropertyMetrics],
    rows: list[int],
    view: ObjectsView,
    config: CollectionConfig,
) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for one in metrics:
        prop = config.property(one.property_name)
        if prop is None:
            raise WeaviateQueryError(
                f"no such prop with name {one.property_name!r} found in {config.name}"
            )
        if prop.element_type != one.kind:
            raise WeaviateQueryError(
                f"property {prop.name!r} is {prop.data_type}: it has no metrics of {one.kind}"
            )
        column = view.column(prop.name)
        values = [value for row in rows for value in _values(column[row])]
        sums[prop.name] = _SUMMERS[one.kind](values, one)
    return sums


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
        # Weaviate shows five unless told.
        answer.top_occurrences = [
            TopOccurrence(count, value) for value, count in counts[: metrics.limit or 5]
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
    everything: dict[str, datetime] = {
        "maximum": times[-1],
        "minimum": times[0],
        "median": statistics.median_low(times),
        "mode": _mode(times),
    }
    for name, value in everything.items():
        if name in metrics.asked:
            setattr(answer, name, value.isoformat())
    return answer


_SUMMERS: dict[str, Callable[[list[Any], PropertyMetrics], Any]] = {
    "int": _numbers,
    "number": _numbers,
    "text": _texts,
    "boolean": _booleans,
    "date": _dates,
}
