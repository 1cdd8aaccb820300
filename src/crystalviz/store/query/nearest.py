"""The objects whose vectors are nearest: by one vector, or by several with joined distances."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np

from crystalviz.store.query.asking import Combination
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.targets import Target, TargetPlan
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.views import ObjectsView

EXACT = "exact"


@dataclass(frozen=True)
class Nearest:
    """What a search found, nearest first, and how: "exact" or "hnsw", None without vectors."""

    hits: list[Hit]
    found_by: str | None


@dataclass(frozen=True)
class Allowed:
    """Which objects may be found: those of a view at these places."""

    view: ObjectsView
    places: np.ndarray


def find_nearest(
    connection: sqlite3.Connection,
    cache: Cache,
    record: CollectionRecord,
    plan: TargetPlan,
    k: int,
    allowed: Allowed | None = None,
) -> Nearest:
    """Return the `k` nearest objects; equal ones by uuid.

    Several vectors are joined as in Weaviate (`adapters/repos/db/shard_combine_multi_target.go`):
    among the `k` nearest by each of them; an object that lacks one of the vectors is left
    out, except where the smallest distance counts.
    """
    # Before the first vector is stored there is no dimension, and nothing to find.
    targets = [t for t in plan.targets if record.config.vectors[t.name].dimension is not None]
    if not targets:
        return Nearest([], EXACT)
    found = [_Found(connection, cache, record, target, k, allowed) for target in targets]
    found_by = next((one.found_by for one in found if one.found_by != EXACT), EXACT)
    uuids = {seq: uuid for one in found for seq, uuid in one.uuids.items()}
    if len(plan.targets) == 1:
        joined = found[0].distances
    elif plan.combination is Combination.MINIMUM:
        joined = _smallest(found)
    elif len(targets) < len(plan.targets):
        joined = {}
    else:
        joined = _added(found, relative=plan.combination is Combination.RELATIVE_SCORE)
    nearest = sorted(joined.items(), key=lambda item: (item[1], uuids[item[0]]))[:k]
    return Nearest([Hit(uuids[seq], distance=float(d)) for seq, d in nearest], found_by)


class _Found:
    """What the search for one target found; objects by their `seq`, which all vectors share."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        cache: Cache,
        record: CollectionRecord,
        target: Target,
        k: int,
        allowed: Allowed | None,
    ) -> None:
        self.target = target
        self._indexed = cache.index(connection, record, target.name)
        mask = None
        if allowed is not None:
            mask = self._indexed.allowed(allowed.view, allowed.places)
        rows, distances, self.found_by = self._indexed.index.search(target.query, k, mask)
        seqs = self._indexed.table.seqs[rows].tolist()
        self.distances: dict[int, np.float32] = dict(zip(seqs, distances, strict=True))
        self.uuids = dict(zip(seqs, self._indexed.uuids_of(rows), strict=True))

    def measure(self, seqs: list[int]) -> None:
        """Measure those that another target found; those without this vector stay out."""
        rows = self._indexed.table.rows_of(np.array(seqs, np.int64))
        known = np.flatnonzero(rows >= 0)
        if len(known):
            measured = self._indexed.index.distances(self.target.query, rows[known])
            self.distances.update(zip((seqs[place] for place in known), measured, strict=True))


def _smallest(found: list[_Found]) -> dict[int, np.float32]:
    joined: dict[int, np.float32] = {}
    for one in found:
        for seq, distance in one.distances.items():
            joined[seq] = min(distance, joined.get(seq, distance))
    return joined


def _added(found: list[_Found], relative: bool) -> dict[int, np.float32]:
    everything = {seq for one in found for seq in one.distances}
    for one in found:
        one.measure(sorted(everything - one.distances.keys()))
    complete = [seq for seq in sorted(everything) if all(seq in one.distances for one in found)]
    total = np.zeros(len(complete), np.float32)
    for one in found:
        own = np.array([one.distances[seq] for seq in complete], np.float32)
        if relative:
            own = normalized(own)
        total += np.float32(one.target.weight) * own
    return dict(zip(complete, total, strict=True))


def normalized(values: np.ndarray) -> np.ndarray:
    """Return values brought to 0..1, as `hybrid/hybrid_fusion.go` does; equal ones become 1."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    if low == high:
        return np.ones_like(values)
    return (values - low) / (high - low)
