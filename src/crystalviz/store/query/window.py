"""Which of the hits of a query are answered: limit, offset and automatic limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query.hits import Hit

# Weaviate's QUERY_DEFAULTS_LIMIT and QUERY_MAXIMUM_RESULTS.
DEFAULT_LIMIT = 10
MAXIMUM_RESULTS = 10_000


class Window:
    """Which of the hits an answer shows: `count` from the place `first`, before `end`."""

    def __init__(
        self, limit: int | None, offset: int | None, auto_limit: int | None = None
    ) -> None:
        # 0 is how the client's wire format says nothing.
        self.count = _whole("limit", limit) or DEFAULT_LIMIT
        self.first = _whole("offset", offset)
        self.end = self.first + self.count
        self._jumps = _whole("auto_limit", auto_limit)
        if self.end > MAXIMUM_RESULTS:
            raise WeaviateQueryError(
                f"query maximum results exceeded: offset + limit is {self.end}, at most "
                f"{MAXIMUM_RESULTS}. Use collection.iterator() to read everything"
            )

    def cut(self, hits: list[Hit], values: list[float]) -> list[Hit]:
        """Return the hits before so many jumps of their values as `auto_limit` says."""
        return hits[: cut_off(values, self._jumps)] if self._jumps else hits


def _whole(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise WeaviateInvalidInputError(f"{name} must be a whole number, not {value!r}")
    if value < 0:
        raise WeaviateQueryError(f"{name} must not be negative: {value}")
    return int(value)


def cut_off(values: Sequence[float], jumps: int) -> int:
    """Return how many values come before the `jumps`-th jump, as Weaviate's `autocut.go` does.

    Parameters
    ----------
    values : sequence of float
        Distances or scores, best first.
    jumps : int
        1 or more.

    Returns
    -------
    int
        All of them where there are fewer jumps.
    """
    count = len(values)
    if count <= 1:
        return count
    own = np.asarray(values, np.float32)
    span = own[-1] - own[0]
    if span == 0:
        return count
    # How far the curve is above the straight line between its ends: a jump is where that is
    # greater than on both sides.
    above = (own - own[0]) / span - np.linspace(0, 1, count, dtype=np.float32)
    found = 0
    for place in range(1, count):
        after = above[place + 1] if place + 1 < count else above[place - 2]
        if above[place] > above[place - 1] and above[place] > after:
            found += 1
            if found >= jumps:
                return place
    return count
