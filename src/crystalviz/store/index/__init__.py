"""Search for the nearest vectors: exact, and HNSW (hnswlib) where exact is too slow.

SQLite's vectors are the truth. An index is made from them, kept beside them, checked before
it is believed, and made again when it is missing, damaged or worn.
"""

from __future__ import annotations

from pathlib import Path

from crystalviz.store.index.exact import EXACT, HNSW, ExactSearch, Found
from crystalviz.store.index.files import IndexFiles, check, purge
from crystalviz.store.index.settings import Settings
from crystalviz.store.index.vector_index import VectorIndex
from crystalviz.store.schema import VectorSpace

__all__ = [
    "EXACT",
    "HNSW",
    "ExactSearch",
    "Found",
    "VectorIndex",
    "check_indexes",
    "open_index",
    "purge_indexes",
]

check_indexes = check
purge_indexes = purge


def open_index(
    folder: Path, collection_id: int, tenant: str, name: str, space: VectorSpace, writable: bool
) -> VectorIndex:
    """Return the index over one vector of a collection, or of one of its tenants.

    Nothing is read or built before the first search that needs it.

    Parameters
    ----------
    folder : Path
        The store's; indexes are in `index/` there.
    collection_id, tenant, name
        Whose vectors; `tenant` is "" where the collection has none.
    space : VectorSpace
        The vector's configuration.
    writable : bool
        Whether an index may be saved.
    """
    files = IndexFiles(folder, collection_id, tenant, name)
    return VectorIndex(files, Settings.of(space), writable)
