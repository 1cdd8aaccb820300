"""Rows of the database: collections, objects, vectors, and the log of what went away.

Values reach SQLite only as bound parameters. Each row carries a CRC-32, so that a
flipped byte on the disk is reported instead of answered with.
"""

from crystalviz.store.storage.catalog import (
    CollectionRecord,
    add_collection,
    count_all,
    drop_collection,
    find_collection,
    list_collections,
    mark_changed,
    save_config,
)
from crystalviz.store.storage.checks import check_rows
from crystalviz.store.storage.log import last_number
from crystalviz.store.storage.reading import (
    StoredObject,
    attach_vectors,
    count_objects,
    find_existing,
    read_all,
    read_by_seq,
    read_matrix,
    read_objects,
    read_page,
    read_written,
)
from crystalviz.store.storage.writing import (
    add_objects,
    delete_all_objects,
    delete_objects,
    now_ms,
    rewrite_object,
)

__all__ = [
    "CollectionRecord",
    "StoredObject",
    "add_collection",
    "add_objects",
    "attach_vectors",
    "check_rows",
    "count_all",
    "count_objects",
    "delete_all_objects",
    "delete_objects",
    "drop_collection",
    "find_collection",
    "find_existing",
    "last_number",
    "list_collections",
    "mark_changed",
    "now_ms",
    "read_all",
    "read_by_seq",
    "read_matrix",
    "read_objects",
    "read_page",
    "read_written",
    "rewrite_object",
    "save_config",
]
