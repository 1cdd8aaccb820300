"""The vectors of a collection in memory, one version a commit, without copying them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from crystalviz.store.storage.changes import Position
from crystalviz.store.writing.vectors import FLOAT32

# Room for new rows, so that vectors are seldom moved to a larger place.
SPARE_PERCENT = 50
_SPARE_ROWS = 256

# So many rows may be dead, or a quarter of all, before the others are moved together.
_DEAD_ROWS = 1024

_generations = itertools.count(1)


@dataclass
class _Rows:
    """The memory that versions share: rows are only ever appended."""

    identities: np.ndarray
    matrix: np.ndarray
    norms: np.ndarray
    used: int = 0

    @classmethod
    def for_(cls, n: int, dimension: int) -> _Rows:
        # Pages that nobody wrote to cost no memory: the spare rows are free until used.
        capacity = n + n * SPARE_PERCENT // 100 + _SPARE_ROWS
        return cls.over(
            np.empty((capacity, 16), np.uint8), np.empty((capacity, dimension), FLOAT32)
        )

    @classmethod
    def over(cls, identities: np.ndarray, matrix: np.ndarray) -> _Rows:
        return cls(identities, matrix, np.empty(len(matrix)))

    def fill(self, end: int) -> None:
        """Take note that the rows up to `end` are there now."""
        new = self.matrix[self.used : end]
        np.sqrt(np.einsum("ij,ij->i", new, new, dtype=np.float64), out=self.norms[self.used : end])
        self.used = end


@dataclass
class VectorTable:
    """The vectors of one name of a collection, or of one of its tenants, as of one commit.

    A row keeps its number as long as `generation` is the same: new vectors are appended,
    and rows die. A version never changes; the next one shares its memory.

    Attributes
    ----------
    position : Position
        The moment it stands for.
    generation : int
        Another one when the rows were numbered anew, never one that was there before.
    seqs : (n,) int64
        The `seq` of each row's object; that of a dead row means nothing.
    alive : (n,) bool
        Which rows are there.
    """

    position: Position
    seqs: np.ndarray
    alive: np.ndarray
    _rows: _Rows = field(repr=False)
    generation: int = field(default_factory=lambda: next(_generations))

    @classmethod
    def of(
        cls, position: Position, seqs: np.ndarray, identities: np.ndarray, matrix: np.ndarray
    ) -> VectorTable:
        """Return a table of these vectors, taking the arrays over.

        Parameters
        ----------
        position : Position
            The moment.
        seqs : (n,) int64
        identities : (n or more, 16) uint8
            The uuids' bytes.
        matrix : (n or more, d) float32
            What is behind row n is room for later rows.
        """
        rows = _Rows.over(identities, matrix)
        rows.fill(len(seqs))
        return cls(position, seqs, np.ones(len(seqs), bool), rows)

    def __len__(self) -> int:
        """Return the number of rows, dead ones too."""
        return len(self.seqs)

    @property
    def dimension(self) -> int:
        """The number of dimensions."""
        return int(self._rows.matrix.shape[1])

    @property
    def matrix(self) -> np.ndarray:
        """(n, d) float32, as inserted; not to be written to."""
        return self._rows.matrix[: len(self)]

    @property
    def norms(self) -> np.ndarray:
        """(n,) float64, the Euclidean length of each vector."""
        return self._rows.norms[: len(self)]

    @property
    def identities(self) -> np.ndarray:
        """(n, 16) uint8, the bytes of each row's uuid."""
        return self._rows.identities[: len(self)]

    @cached_property
    def count(self) -> int:
        """How many rows are alive."""
        return int(np.count_nonzero(self.alive))

    def uuids(self, rows: Iterable[int]) -> list[bytes]:
        """Return the uuids of some rows."""
        identities = self._rows.identities
        return [identities[row].tobytes() for row in rows]

    def order(self, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Return places into `rows`, nearest first, equal distances by uuid."""
        halves = self._rows.identities[rows].view(">u8")
        return np.lexsort((halves[:, 1], halves[:, 0], distances))

    def rows_of(self, seqs: np.ndarray) -> np.ndarray:
        """Return the living row of each `seq`, -1 where there is none; (m,) int64."""
        seqs = np.asarray(seqs, np.int64)
        if not len(self) or not len(seqs):
            return np.full(len(seqs), -1, np.int64)
        places = np.searchsorted(self.seqs, seqs, sorter=self._by_seq)
        rows = self._by_seq[np.minimum(places, len(self) - 1)]
        found = (self.seqs[rows] == seqs) & self.alive[rows]
        return np.where(found, rows, -1)

    @cached_property
    def _by_seq(self) -> np.ndarray:
        # Nearly in order, which the stable sort is quick with.
        return np.argsort(self.seqs, kind="stable")

    def follow(
        self,
        position: Position,
        gone: list[tuple[int, bytes]],
        new: tuple[np.ndarray, np.ndarray, np.ndarray],
    ) -> VectorTable | None:
        """Return the next version, or None when it must be read anew.

        Parameters
        ----------
        position : Position
            The moment of the next version.
        gone : list of (seq, uuid)
            Rows that were removed since this one.
        new : seqs (m,), identities (m, 16), matrix (m, d)
            Vectors that were written since, by `seq`.
        """
        new_seqs, identities, matrix = new
        identities, matrix = identities[: len(new_seqs)], matrix[: len(new_seqs)]
        if len(new_seqs) and matrix.shape[1] != self.dimension:
            return None
        seqs, alive = self.seqs.copy(), self.alive.copy()
        dying = self.rows_of(np.fromiter((seq for seq, _ in gone), np.int64, len(gone)))
        dying = dying[dying >= 0]
        alive[dying] = False
        row_of = dict(zip(self.uuids(dying), dying.tolist(), strict=True))
        appended = []
        for place, identity in enumerate(identities):
            row = row_of.get(identity.tobytes())
            # Only its properties changed: the vector stays where it is.
            if row is not None and np.array_equal(matrix[place], self.matrix[row]):
                seqs[row], alive[row] = new_seqs[place], True
            else:
                appended.append(place)
        start, end = len(self), len(self) + len(appended)
        rows = self._rows
        if appended:
            if rows.used != start:
                # Another version has followed this one, and its rows are there.
                return None
            if end > len(rows.matrix):
                rows = self._moved(np.arange(start), end)
            rows.matrix[start:end] = matrix[appended]
            rows.identities[start:end] = identities[appended]
            rows.fill(end)
        following = VectorTable(
            position,
            np.concatenate([seqs, new_seqs[appended]]),
            np.concatenate([alive, np.ones(len(appended), bool)]),
            rows,
            self.generation,
        )
        dead = len(following) - following.count
        return following._compacted() if dead > max(_DEAD_ROWS, len(following) // 4) else following

    def _moved(self, kept: np.ndarray, n: int) -> _Rows:
        """Return memory with room for n rows and more, and the rows `kept` in it."""
        rows = _Rows.for_(n, self.dimension)
        # With another mode NumPy would fill a copy first.
        np.take(self.matrix, kept, axis=0, out=rows.matrix[: len(kept)], mode="clip")
        np.take(self.identities, kept, axis=0, out=rows.identities[: len(kept)], mode="clip")
        np.take(self.norms, kept, out=rows.norms[: len(kept)], mode="clip")
        rows.used = len(kept)
        return rows

    def _compacted(self) -> VectorTable:
        kept = np.flatnonzero(self.alive)
        rows = self._moved(kept, len(kept))
        return VectorTable(self.position, self.seqs[kept], np.ones(len(kept), bool), rows)
