"""What an aggregate asks for: `Metrics("image_entropy").number(mean=True)`, and the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError

_NUMBERS = ("count", "maximum", "mean", "median", "minimum", "mode", "sum_")
_KNOWN = {
    "int": _NUMBERS,
    "number": _NUMBERS,
    "text": ("count", "top_occurrences_count", "top_occurrences_value"),
    "boolean": ("count", "percentage_false", "percentage_true", "total_false", "total_true"),
    "date": ("count", "maximum", "median", "minimum", "mode"),
    "reference": ("pointing_to",),
}

# weaviate-client's metric objects carry their kind in the class alone.
_CLIENT_KINDS = {
    "_MetricsInteger": "int",
    "_MetricsNumber": "number",
    "_MetricsText": "text",
    "_MetricsBoolean": "boolean",
    "_MetricsDate": "date",
    "_MetricsReference": "reference",
}


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
        return self._metrics("int", asked)

    def number(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, maximum, mean, median, minimum, mode, sum_ of a number property."""
        return self._metrics("number", asked)

    def text(
        self, *, limit: int | None = None, min_occurrences: int | None = None, **asked: bool
    ) -> PropertyMetrics:
        """Ask for count, top_occurrences_count, top_occurrences_value of a text property.

        At most `limit` of the most frequent texts; `min_occurrences` is its older name.
        """
        metrics = self._metrics("text", asked)
        metrics.limit = min_occurrences if limit is None else limit
        return metrics

    def boolean(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, percentage_false/true, total_false/true of a boolean property."""
        return self._metrics("boolean", asked)

    def date_(self, **asked: bool) -> PropertyMetrics:
        """Ask for count, maximum, median, minimum, mode of a date property."""
        return self._metrics("date", asked)

    def reference(self, **asked: bool) -> PropertyMetrics:
        """Ask for pointing_to of a reference: the beacons of the objects that it leads to."""
        return self._metrics("reference", asked)

    def _metrics(self, kind: str, asked: dict[str, bool]) -> PropertyMetrics:
        known = _KNOWN[kind]
        unknown = set(asked) - set(known)
        if unknown:
            raise WeaviateInvalidInputError(
                f"no metric {sorted(unknown)} of {kind}; there is {', '.join(known)}"
            )
        names = frozenset(name for name, wanted in asked.items() if wanted)
        return PropertyMetrics(self._property, kind, names or frozenset(known))


def read_metrics(given: Any) -> list[PropertyMetrics]:
    """Return what `return_metrics` asks, ours or weaviate-client's.

    Raises
    ------
    WeaviateInvalidInputError
        When something else is given.
    """
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
    asked = frozenset(name for name in _KNOWN[kind] if getattr(given, name, False))
    return PropertyMetrics(given.property_name, kind, asked, getattr(given, "limit", None))
