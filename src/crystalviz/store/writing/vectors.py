"""Vectors as they come in and as they lie on the disk: little-endian float32."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from crystalviz.store.schema import DEFAULT_VECTOR, CollectionConfig
from crystalviz.store.writing.properties import ValueRefusedError

FLOAT32 = np.dtype("<f4")

# As many as Weaviate allows.
_MOST_DIMENSIONS = 65535


def read_vector(given: Any) -> np.ndarray:
    """Return a vector as (d,) float32.

    Parameters
    ----------
    given : array-like
        A list, array, tensor or series of d finite numbers; axes of length 1 are dropped.

    Raises
    ------
    ValueRefusedError
        When it is empty, has more than one axis, or holds NaN, infinity or no numbers.
    """
    # The usual case, twenty thousand times a second: nothing to convert.
    ready = type(given) is np.ndarray and given.ndim == 1 and given.dtype == FLOAT32
    # The sum of squares is finite only if every number is, and one call instead of two.
    if ready and 0 < given.size <= _MOST_DIMENSIONS and math.isfinite(np.vdot(given, given)):
        return given
    try:
        # Cast first, look after: a number beyond float32 becomes infinite and is refused.
        with np.errstate(over="ignore"):
            vector = np.asarray(given, dtype=FLOAT32)
    except (TypeError, ValueError) as error:
        raise ValueRefusedError(f"the vector must be a list of numbers ({error})") from None
    if vector.ndim != 1:
        vector = np.squeeze(vector)
        if vector.ndim == 0 and vector.size == 1 and np.ndim(given) > 0:
            vector = vector.reshape(1)
    if vector.ndim != 1 or vector.size == 0:
        raise ValueRefusedError(
            f"the vector must be one row of numbers, not of shape {np.shape(given)}"
        )
    if vector.size > _MOST_DIMENSIONS:
        raise ValueRefusedError(
            f"the vector has {vector.size} dimensions; at most {_MOST_DIMENSIONS}"
        )
    if not math.isfinite(np.vdot(vector, vector)) and not np.isfinite(vector).all():
        raise ValueRefusedError("the vector holds NaN or infinity; leave such an object out")
    return vector


def read_vectors_by_name(given: Any, config: CollectionConfig) -> dict[str, np.ndarray]:
    """Return an object's vectors by name; a bare vector is the `default` one.

    Raises
    ------
    ValueRefusedError
        When a name is not configured, or a vector is not valid.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        given = {DEFAULT_VECTOR: given}
    vectors = {}
    for name, vector in given.items():
        if name not in config.vectors:
            raise ValueRefusedError(
                f"{config.name} has no vector named {name!r}; it has "
                f"{', '.join(sorted(config.vectors))}"
            )
        try:
            vectors[name] = read_vector(vector)
        except ValueRefusedError as error:
            where = "" if name == DEFAULT_VECTOR else f"vector {name!r}: "
            raise ValueRefusedError(f"{where}{error}") from None
    return vectors
