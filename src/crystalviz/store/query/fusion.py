"""Hybrid search: hits by keywords and hits by vector become one list.

As Weaviate's `usecases/traverser/hybrid/hybrid_fusion.go`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.nearest import normalized

DEFAULT_ALPHA = 0.75
"""How much of the score is the vector's where the caller does not say."""

SUBSEARCH_LIMIT = 100
"""How many hits each half finds at least (QUERY_HYBRID_MAXIMUM_RESULTS)."""

# Reciprocal rank fusion: the first of a list counts 1 / 60.
_RANK_OFFSET = 60


def read_fusion(given: Any) -> str:
    """Return "ranked" or "relative" for a `HybridFusion`, ours or weaviate-client's.

    Raises
    ------
    WeaviateInvalidInputError
        When it is neither.
    """
    if given is None:
        return "relative"
    name = given.name if isinstance(given, Enum) else str(given)
    if name in ("RANKED", "RELATIVE_SCORE"):
        return "ranked" if name == "RANKED" else "relative"
    raise WeaviateInvalidInputError(
        f"no fusion named {given!r}; there is HybridFusion.RANKED and HybridFusion.RELATIVE_SCORE"
    )


def fuse(
    by_vector: Sequence[Hit], by_keywords: Sequence[Hit], alpha: float, fusion: str
) -> list[Hit]:
    """Return all hits with their joined score, the best first; equal ones by uuid.

    Parameters
    ----------
    by_vector, by_keywords : sequence of Hit
        Best first.
    alpha : float
        0 for keywords alone, 1 for vectors alone.
    fusion : {"ranked", "relative"}
        By the places in the two lists, or by the scores brought to 0..1.
    """
    score = _by_rank if fusion == "ranked" else _by_score
    joined: dict[bytes, tuple[float, float, str]] = {}
    halves = [
        ("vector", by_vector, alpha, [1.0 - (hit.distance or 0.0) for hit in by_vector]),
        ("keyword", by_keywords, 1.0 - alpha, [hit.score for hit in by_keywords]),
    ]
    for name, hits, weight, own in halves:
        if weight <= 0 or not hits:
            continue
        for hit, share, original in zip(hits, score(own, weight), own, strict=True):
            before, _, explained = joined.get(hit.uuid, (0.0, 0.0, hit.explanation))
            explained += (
                f"\nHybrid (Result Set {name}) Document {UUID(bytes=hit.uuid)}: original score "
                f"{original:.6g}, contributed {share:.6g} to the score"
            )
            # The half that was looked at last decides between equal scores.
            joined[hit.uuid] = (before + float(share), original, explained)
    # Scores that differ by less than 1e-7 are equal.
    ordered = sorted(
        joined.items(), key=lambda item: (-round(item[1][0], 7), -round(item[1][1], 7), item[0])
    )
    return [Hit(uuid, score=total, explanation=text) for uuid, (total, _, text) in ordered]


def _by_rank(own: Sequence[float], weight: float) -> np.ndarray:
    return weight / (np.arange(len(own)) + _RANK_OFFSET)


def _by_score(own: Sequence[float], weight: float) -> np.ndarray:
    return weight * normalized(np.asarray(own, np.float32))
