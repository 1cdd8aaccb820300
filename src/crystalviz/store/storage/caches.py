"""What a client keeps of its collections between calls: objects for filters, vectors for search.

A write by any process makes a version stale; the next one is made of it and of what
changed since (`crystalviz.store.storage.changes`), so that a write costs what it wrote.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from crystalviz.store import storage
from crystalviz.store.index import Found, VectorIndex, open_index
from crystalviz.store.storage import CollectionRecord, changes
from crystalviz.store.storage.changes import Position
from crystalviz.store.storage.vector_table import SPARE_PERCENT, VectorTable
from crystalviz.store.storage.views import ObjectsView

__all__ = ["Cache", "IndexedVectors", "ObjectsView"]

# Readers of an older commit find theirs among so many.
_VERSIONS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class _Version(Generic[T]):
    revision: int
    position: Position
    value: T


class _Versions(Generic[T]):
    """The newest versions of one thing, oldest first."""

    def __init__(self) -> None:
        self._kept: tuple[_Version[T], ...] = ()
        self._making = threading.Lock()

    def at(
        self,
        connection: sqlite3.Connection,
        record: CollectionRecord,
        read: Callable[[Position], T],
        follow: Callable[[_Version[T], Position], T | None],
    ) -> T:
        """Return the thing as of this transaction: kept, followed from an older one, or read."""
        found = self._of(record.revision)
        if found is None:
            # One thread makes it, and the others that need the same wait for it.
            with self._making:
                found = self._of(record.revision) or self._make(connection, record, read, follow)
        return found.value

    @property
    def newest(self) -> T | None:
        """The newest version that is here."""
        return self._kept[-1].value if self._kept else None

    def _of(self, revision: int) -> _Version[T] | None:
        return next((v for v in reversed(self._kept) if v.revision == revision), None)

    def _make(
        self,
        connection: sqlite3.Connection,
        record: CollectionRecord,
        read: Callable[[Position], T],
        follow: Callable[[_Version[T], Position], T | None],
    ) -> _Version[T]:
        now = changes.position(connection)
        older = tuple(v for v in self._kept if v.revision < record.revision)
        value = None
        if older and changes.reaches(connection, older[-1].position):
            value = follow(older[-1], now)
        if value is None:
            if len(older) == len(self._kept):
                # Let go of the old one before the new one is read.
                self._kept = older = ()
            value = read(now)
        made = _Version(record.revision, now, value)
        newer = tuple(v for v in self._kept if v.revision > record.revision)
        self._kept = (*older, made, *newer)[-_VERSIONS:]
        return made


class _Uuids:
    """The uuid of each row of a table."""

    def __init__(self, table: VectorTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, row: int) -> bytes:
        return self._table.identities[row].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._table.uuids(range(len(self))))


@dataclass(frozen=True)
class BoundIndex:
    """An index asked about one version of its table."""

    index: VectorIndex
    table: VectorTable

    def __len__(self) -> int:
        return self.table.count

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> Found:
        """Return the k nearest rows or fewer; see `VectorIndex.search`."""
        return self.index.search(self.table, query, k, allowed)

    def distances(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the distances (m,) float32 of some rows, the same numbers as `search`."""
        return self.index.distances(self.table, query, rows)

    def wait(self) -> None:
        """Build what is due, with a progress bar."""
        self.index.wait(self.table)

    def health(self) -> dict[str, Any]:
        """Return how answers are found."""
        return self.index.health(self.table)


class IndexedVectors:
    """The vectors of one name at one commit, and the index over them.

    Parameters
    ----------
    table : VectorTable
        n rows, some of them dead.
    index : VectorIndex
        Over the table's rows.
    """

    def __init__(self, table: VectorTable, index: VectorIndex) -> None:
        self.table = table
        self.index = BoundIndex(index, table)
        self.uuids = _Uuids(table)

    def uuids_of(self, rows: Iterable[int]) -> list[bytes]:
        """Return the uuids of some rows."""
        return self.table.uuids(rows)

    def allowed(self, view: ObjectsView, hits: np.ndarray) -> np.ndarray:
        """Return which rows are those of some objects.

        Parameters
        ----------
        view : ObjectsView
            Of the same transaction.
        hits : (m,) int64 or (len(view),) bool
            The objects' places in the view.

        Returns
        -------
        (n,) bool
        """
        mask = np.zeros(len(self.table), bool)
        rows = self.table.rows_of(view.seqs[hits])
        mask[rows[rows >= 0]] = True
        return mask


class Cache:
    """What a client keeps of its collections between calls; any thread may ask.

    Parameters
    ----------
    folder : Path
        The store's, where indexes have their files.
    writable : bool
        Whether indexes may write there.
    """

    def __init__(self, folder: Path, writable: bool) -> None:
        self._folder = folder
        self._writable = writable
        self._guard = threading.Lock()
        self._views: dict[tuple[int, str], _Versions[ObjectsView]] = {}
        self._tables: dict[tuple[int, str, str], _Versions[VectorTable]] = {}
        self._indexes: dict[tuple[int, str, str], VectorIndex] = {}

    def view(self, connection: sqlite3.Connection, record: CollectionRecord) -> ObjectsView:
        """Return the collection's objects as of this transaction."""

        def follow(old: _Version[ObjectsView], _now: Position) -> ObjectsView:
            return old.value.follow(
                changes.removed(connection, record, old.position),
                changes.written(connection, record, old.position.seq),
            )

        with self._guard:
            versions = self._views.setdefault((record.id, record.tenant), _Versions())
        return versions.at(
            connection, record, lambda _: ObjectsView(storage.read_all(connection, record)), follow
        )

    def table(
        self, connection: sqlite3.Connection, record: CollectionRecord, name: str
    ) -> VectorTable:
        """Return the vectors of one name as of this transaction."""
        dimension = record.config.vectors[name].dimension or 0

        def follow(old: _Version[VectorTable], now: Position) -> VectorTable | None:
            return old.value.follow(
                now,
                changes.removed(connection, record, old.position),
                storage.read_matrix(connection, record, name, dimension, old.position.seq),
            )

        def read(now: Position) -> VectorTable:
            rows = storage.read_matrix(connection, record, name, dimension, spare=SPARE_PERCENT)
            return VectorTable.of(now, *rows)

        with self._guard:
            versions = self._tables.setdefault((record.id, record.tenant, name), _Versions())
        return versions.at(connection, record, read, follow)

    def index(
        self, connection: sqlite3.Connection, record: CollectionRecord, name: str
    ) -> IndexedVectors:
        """Return the index over the vectors of one name as of this transaction."""
        table = self.table(connection, record, name)
        return IndexedVectors(table, self._index(record, name))

    def peek(self, record: CollectionRecord, name: str) -> tuple[VectorIndex, VectorTable | None]:
        """Return an index and the newest version of its vectors that is here; nothing is read."""
        with self._guard:
            versions = self._tables.get((record.id, record.tenant, name))
        return self._index(record, name), versions.newest if versions else None

    def _index(self, record: CollectionRecord, name: str) -> VectorIndex:
        key = (record.id, record.tenant, name)
        space = record.config.vectors[name]
        with self._guard:
            index = self._indexes.get(key)
            if index is None:
                index = self._indexes[key] = open_index(self._folder, *key, space, self._writable)
                return index
        index.configure(space)
        return index

    def clear(self) -> None:
        """Forget everything, and let the indexes close their files."""
        with self._guard:
            indexes = list(self._indexes.values())
            self._views.clear()
            self._tables.clear()
            self._indexes.clear()
        for index in indexes:
            index.close()
