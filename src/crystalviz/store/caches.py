"""What a client keeps of its collections between calls: objects for filters, vectors for search."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crystalviz.store import storage
from crystalviz.store.index import ExactIndex, VectorIndex
from crystalviz.store.storage import CollectionRecord, StoredObject


class ObjectsView:
    """Every object of a collection at one commit, by uuid, for filters and sums.

    Parameters
    ----------
    objects : list of StoredObject
        By uuid, without vectors.
    """

    def __init__(self, objects: list[StoredObject]) -> None:
        self.objects = objects
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.objects)

    @cached_property
    def uuids(self) -> list[bytes]:
        """The uuids, sorted."""
        return [o.uuid for o in self.objects]

    def column(self, name: str) -> list[Any]:
        """Return one property of every object as JSON holds it, None where missing."""
        if name not in self._columns:
            self._columns[name] = [o.properties.get(name) for o in self.objects]
        return self._columns[name]


@dataclass
class IndexedVectors:
    """An index, and the uuid of each of its rows."""

    uuids: list[bytes]
    index: VectorIndex


@dataclass
class Cache:
    """What a client keeps of its collections between calls.

    A revision is part of every entry: a write by any process makes it stale.
    """

    views: dict[tuple[int, str], tuple[int, ObjectsView]] = field(default_factory=dict)
    indexes: dict[tuple[int, str, str], tuple[int, IndexedVectors]] = field(default_factory=dict)

    def view(self, connection: sqlite3.Connection, record: CollectionRecord) -> ObjectsView:
        """Return the collection's objects as of this transaction."""
        key = (record.id, record.tenant)
        kept = self.views.get(key)
        if kept is None or kept[0] != record.revision:
            kept = (record.revision, ObjectsView(storage.read_all(connection, record)))
            self.views[key] = kept
        return kept[1]

    def index(
        self, connection: sqlite3.Connection, record: CollectionRecord, name: str
    ) -> IndexedVectors:
        """Return the index over one of the collection's vectors as of this transaction."""
        key = (record.id, record.tenant, name)
        kept = self.indexes.get(key)
        if kept is None or kept[0] != record.vector_revision:
            # Let go of the old matrix before the new one is read.
            self.indexes.pop(key, None)
            uuids, matrix = storage.read_matrix(
                connection, record, name, record.config.vectors[name].dimension or 0
            )
            index = ExactIndex(matrix, record.config.vectors[name].distance)
            kept = (record.vector_revision, IndexedVectors(uuids, index))
            self.indexes[key] = kept
        return kept[1]

    def clear(self) -> None:
        """Forget everything."""
        self.views.clear()
        self.indexes.clear()
