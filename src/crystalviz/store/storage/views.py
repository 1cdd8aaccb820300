"""Every object of a collection in memory, one version a commit, for filters, orders and sums."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from crystalviz.store.storage import StoredObject


@dataclass(frozen=True)
class Splice:
    """How the rows of one version of a view became those of the next.

    Parameters
    ----------
    source : (n,) int64
        The old row of each new row; -1 for a new one.
    added : (m,) int64
        The new rows that are new, ascending.
    """

    source: np.ndarray
    added: np.ndarray

    def list(self, old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
        """Return a column's values: the old ones that stay, and `new` (m) in the added rows."""
        spliced: list[Any] = []
        source = self.source.tolist()
        # Runs of rows that stayed neighbours are copied in one piece.
        broken = (np.diff(self.source) != 1) | (self.source[:-1] < 0)
        edges = [0, *(np.flatnonzero(broken) + 1).tolist(), len(source)]
        values = iter(new)
        for first, last in pairwise(edges):
            if first == last:
                continue
            if source[first] < 0:
                spliced.append(next(values))
            else:
                spliced.extend(old[source[first] : source[last - 1] + 1])
        return spliced

    def array(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Return the same of an array whose first axis is the rows."""
        if not len(old):
            return np.array(new, dtype=old.dtype)
        spliced = old[self.source]
        spliced[self.added] = new
        return spliced


class ObjectsView:
    """Every object of a collection at one commit, by uuid.

    Parameters
    ----------
    objects : list of StoredObject
        By uuid, without vectors; not to be changed.

    Attributes
    ----------
    derived : dict
        What others derive from this version only; see also `keep`.
    """

    def __init__(self, objects: list[StoredObject]) -> None:
        self.objects = objects
        self.derived: dict[str, Any] = {}
        self._kept: dict[Hashable, Any] = {}
        self._updates: dict[Hashable, Callable[[Any, Splice, ObjectsView], Any]] = {}

    def __len__(self) -> int:
        return len(self.objects)

    @cached_property
    def uuids(self) -> list[bytes]:
        """The uuids, sorted."""
        return [o.uuid for o in self.objects]

    @property
    def seqs(self) -> np.ndarray:
        """The `seq` of each object; (n,) int64."""
        return self.keep(
            "seqs",
            lambda: np.fromiter((o.seq for o in self.objects), np.int64, len(self)),
            lambda old, splice, view: splice.array(
                old, np.array([view.objects[row].seq for row in splice.added], np.int64)
            ),
        )

    def column(self, name: str) -> list[Any]:
        """Return one property of every object as JSON holds it, None where missing."""
        return self.keep(
            ("column", name),
            lambda: [o.properties.get(name) for o in self.objects],
            lambda old, splice, view: splice.list(
                old, [view.objects[row].properties.get(name) for row in splice.added]
            ),
        )

    def keep(
        self,
        key: Hashable,
        make: Callable[[], Any],
        update: Callable[[Any, Splice, ObjectsView], Any] | None = None,
    ) -> Any:
        """Return what `make` derives from this view; it is made once.

        Parameters
        ----------
        key : hashable
            Names it.
        make : callable
            Derives it, for instance an array of a property.
        update : callable, optional
            `update(old, splice, view)` returns that of the next version, `view`, from
            that of this one, without changing it; without it the next version makes its own.
        """
        try:
            return self._kept[key]
        except KeyError:
            if update is not None:
                self._updates[key] = update
            # Two threads may both make it; they make the same.
            return self._kept.setdefault(key, make())

    def follow(self, gone: list[tuple[int, bytes]], new: list[StoredObject]) -> ObjectsView:
        """Return the next version.

        Parameters
        ----------
        gone : list of (seq, uuid)
            Rows that were removed since this one.
        new : list of StoredObject
            Those that were written since.
        """
        if not gone and not new:
            return self
        uuids = self.uuids
        dying = []
        for seq, uuid in gone:
            row = bisect_left(uuids, uuid)
            if row < len(uuids) and uuids[row] == uuid and self.objects[row].seq == seq:
                dying.append(row)
        kept = np.delete(np.arange(len(uuids)), dying)
        new = sorted(new, key=lambda one: one.uuid)
        # Of an object that was changed the old row is not counted, so that its place is the same.
        dying.sort()
        places = [
            row - bisect_left(dying, row) for row in (bisect_left(uuids, o.uuid) for o in new)
        ]
        source = np.insert(kept, places, -1)
        splice = Splice(source, np.flatnonzero(source < 0))
        following = ObjectsView(splice.list(self.objects, new))
        following.uuids = splice.list(uuids, [o.uuid for o in new])
        for key, update in list(self._updates.items()):
            following._kept[key] = update(self._kept[key], splice, following)
            following._updates[key] = update
        return following
