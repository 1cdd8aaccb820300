"""Which vectors of a collection a query searches, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query.asking import Combination
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.writing.properties import ValueRefusedError
from crystalviz.store.writing.vectors import read_vector


@dataclass(frozen=True)
class Target:
    """One vector to search, with what, and how much its distance counts."""

    name: str
    query: np.ndarray
    weight: float = 1.0


@dataclass(frozen=True)
class TargetPlan:
    """All vectors to search, and how their distances are joined."""

    targets: list[Target]
    combination: Combination = Combination.MINIMUM

    @property
    def names(self) -> list[str]:
        """The vectors' names, each once."""
        return list(dict.fromkeys(target.name for target in self.targets))


def read_names(target_vector: Any, config: CollectionConfig) -> list[str]:
    """Return the names of the vectors that `target_vector` asks for, each once.

    Raises
    ------
    WeaviateQueryError
        When a name is unknown, or none is given and there are several.
    """
    if target_vector is None:
        if len(config.vectors) > 1:
            raise WeaviateQueryError(
                f"{config.name} has several vectors ({', '.join(sorted(config.vectors))}): say "
                "which with target_vector="
            )
        if not config.vectors:
            raise WeaviateQueryError(f"{config.name} has no vectors to search")
        return list(config.vectors)
    if isinstance(target_vector, str):
        names = [target_vector]
    else:
        names = list(dict.fromkeys(getattr(target_vector, "target_vectors", target_vector)))
    for name in names:
        if name not in config.vectors:
            raise WeaviateQueryError(
                f"{config.name} has no vector named {name!r}; it has "
                f"{', '.join(sorted(config.vectors))}"
            )
    return names


def read_plan(given: Any, target_vector: Any, config: CollectionConfig) -> TargetPlan:
    """Return what a `near_vector` searches.

    Parameters
    ----------
    given : array-like (d,), or dict of vector name to it or to several
        What to look for.
    target_vector : str, list of str or TargetVectors, optional
        Which vectors; all of a list are searched, and the smallest distance counts.

    Raises
    ------
    WeaviateInvalidInputError
        When the names of `given` and `target_vector` differ.
    WeaviateQueryError
        When a vector is not valid, a name is unknown, or weights do not fit.
    """
    if not isinstance(given, Mapping):
        names = read_names(target_vector, config)
        return _plan({name: [given] for name in names}, target_vector, config)
    if target_vector is None:
        if len(given) != 1:
            raise WeaviateInvalidInputError(
                "a query with several vectors needs target_vector=, which says how to join them: "
                f"{sorted(given)}"
            )
        target_vector = list(given)
    names = read_names(target_vector, config)
    if set(names) != set(given):
        raise WeaviateInvalidInputError(
            f"the query has vectors for {sorted(given)}, and target_vector names {sorted(names)}"
        )
    return _plan({name: _several(given[name]) for name in names}, target_vector, config)


def plan_of_object(
    vectors: Mapping[str, np.ndarray], target_vector: Any, config: CollectionConfig
) -> TargetPlan:
    """Return what a `near_object` searches: with the object's own vectors."""
    names = read_names(target_vector, config)
    return _plan({name: [vectors[name]] for name in names}, target_vector, config)


def _several(given: Any) -> list[Any]:
    if isinstance(getattr(given, "vectors", None), Sequence):
        return list(given.vectors)
    if getattr(given, "ndim", None) == 2:
        return list(given)
    if isinstance(given, list | tuple) and given and hasattr(given[0], "__len__"):
        return list(given)
    return [given]


def _plan(
    given: Mapping[str, list[Any]], target_vector: Any, config: CollectionConfig
) -> TargetPlan:
    asked = getattr(target_vector, "combination", Combination.MINIMUM)
    combination = Combination(asked.name if isinstance(asked, Enum) else str(asked))
    count = sum(map(len, given.values()))
    targets = []
    for name, queries in given.items():
        if combination in (Combination.MANUAL_WEIGHTS, Combination.RELATIVE_SCORE):
            weights = _weights(name, target_vector.weights, len(queries))
        else:
            share = 1.0 / count if combination is Combination.AVERAGE else 1.0
            weights = [share] * len(queries)
        targets += [
            Target(name, _read(query, name, config), weight)
            for query, weight in zip(queries, weights, strict=True)
        ]
    return TargetPlan(targets, combination)


def _weights(name: str, weights: Mapping[str, Any], count: int) -> list[float]:
    own = weights[name]
    listed = [float(one) for one in own] if isinstance(own, list | tuple) else [float(own)]
    if len(listed) != count:
        raise WeaviateQueryError(
            f"vector {name!r}: {len(listed)} weights for {count} vectors; give one for each"
        )
    return listed


def _read(given: Any, name: str, config: CollectionConfig) -> np.ndarray:
    try:
        query = read_vector(given)
    except ValueRefusedError as error:
        raise WeaviateQueryError(f"{config.name}: {error}") from None
    dimension = config.vectors[name].dimension
    if dimension is not None and query.size != dimension:
        raise WeaviateQueryError(
            f"{config.name}: the query's vector has {query.size} dimensions, and those "
            f"of the collection have {dimension}. Use the model that made them"
        )
    return query
