"""Tables, spaces and vectors for the tests of the index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.store.index import VectorIndex
from crystalviz.store.index.files import IndexFiles
from crystalviz.store.index.settings import Settings
from crystalviz.store.storage.changes import Position
from crystalviz.store.storage.vector_table import VectorTable


def table_of(matrix: np.ndarray, first_seq: int = 1) -> VectorTable:
    """Return a table whose uuids are in the order of its rows."""
    count = len(matrix)
    seqs = np.arange(first_seq, first_seq + count)
    position = Position("store", first_seq + count, 0)
    return VectorTable.of(position, seqs, identities(first_seq, count), matrix.copy())


def identities(first: int, count: int) -> np.ndarray:
    """Return uuids (count, 16) uint8 that ascend."""
    made = np.zeros((count, 16), np.uint8)
    made[:, 12:] = np.arange(first, first + count, dtype=">u4")[:, None].view(np.uint8)
    return made


def followed(table: VectorTable, new: np.ndarray, gone: list[int]) -> VectorTable:
    """Return the next version: `new` vectors (m, d), and without the objects `gone` (seqs)."""
    last = table.position.seq
    uuids = table.uuids(table.rows_of(np.array(gone, np.int64)).tolist())
    following = table.follow(
        Position("store", last + len(new) + 1, 0),
        list(zip(gone, uuids, strict=True)),
        (np.arange(last + 1, last + 1 + len(new)), identities(last + 1, len(new)), new),
    )
    assert following is not None
    return following


def index_in(folder: Path, *, writable: bool = True, **settings: Any) -> VectorIndex:
    """Return an index in a store folder, with a graph from 500 vectors on."""
    chosen = Settings(**{"cutoff": 500, **settings})
    return VectorIndex(IndexFiles(folder, 1, "", "default"), chosen, writable)


def exact_in(folder: Path, distance: str = "cosine") -> VectorIndex:
    """Return an index that never makes a graph."""
    return VectorIndex(IndexFiles(folder, 2, "", ""), Settings(distance, flat=True), False)


def grouped(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    """Return vectors (count, dimension) float32 in 40 groups, as features of images are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, dimension))
    noise = rng.standard_normal((count, dimension))
    return (centres[rng.integers(0, 40, count)] + 0.5 * noise).astype(np.float32)
