"""Copying collections from one store file to another, row by row, every checksum looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from crystalviz.store import storage
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.storage.reading import COLUMNS, read_row, read_vector_row

_ROWS = 1000


def copy_collection(
    source: sqlite3.Connection,
    record: CollectionRecord,
    target: sqlite3.Connection,
    overwrite_aliases: bool,
    step: Callable[[], None],
) -> int:
    """Copy a collection with its tenants, objects, vectors and aliases.

    Parameters
    ----------
    source : sqlite3.Connection
        In a transaction.
    record : CollectionRecord
        The collection there.
    target : sqlite3.Connection
        In a transaction; it has no such collection.
    overwrite_aliases : bool
        Take aliases over that stand for another collection there.
    step : callable
        Called now and then; what it raises ends the copying.

    Returns
    -------
    int
        How many objects.

    Raises
    ------
    StoreCorruptError
        When a row's checksum does not hold.
    """
    storage.add_collection(target, record.config)
    made = storage.find_collection(target, record.config.name)
    assert made is not None
    # Numbers go on where the target's are; what was in order stays so.
    offset = storage.last_number(target, "objects")
    count = 0

    def objects() -> Iterator[tuple[Any, ...]]:
        nonlocal count
        for row in source.execute(
            f"SELECT {COLUMNS}, tenant FROM objects WHERE +collection=? ORDER BY seq", (record.id,)
        ):
            read_row(row[:-1])
            seq, *rest, tenant = row
            count += 1
            yield (seq + offset, made.id, tenant, *rest)

    def vectors() -> Iterator[tuple[Any, ...]]:
        for seq, name, data, checksum, uuid, names in source.execute(
            "SELECT object, name, data, vectors.checksum, uuid, objects.vectors FROM objects"
            " CROSS JOIN vectors ON object=seq WHERE +collection=? ORDER BY seq, name",
            (record.id,),
        ):
            read_vector_row(data, checksum, uuid, name, names)
            yield seq + offset, name, data, checksum

    target.executemany(
        "INSERT INTO tenants(collection, name, status) VALUES (?,?,?)",
        (
            (made.id, *row)
            for row in source.execute(
                "SELECT name, status FROM tenants WHERE collection=?", (record.id,)
            )
        ),
    )
    _insert(
        target,
        "INSERT INTO objects"
        "(seq, collection, tenant, uuid, created, updated, properties, checksum, vectors)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        objects(),
        step,
    )
    _insert(
        target,
        "INSERT INTO vectors(object, name, data, checksum) VALUES (?,?,?,?)",
        vectors(),
        step,
    )
    kind = "REPLACE" if overwrite_aliases else "IGNORE"
    target.executemany(
        f"INSERT OR {kind} INTO aliases(alias, collection) VALUES (?,?)",
        source.execute(
            "SELECT alias, collection FROM aliases WHERE collection=?", (record.config.name,)
        ),
    )
    return count


def _insert(
    target: sqlite3.Connection,
    statement: str,
    rows: Iterator[tuple[Any, ...]],
    step: Callable[[], None],
) -> None:
    while chunk := list(islice(rows, _ROWS)):
        step()
        target.executemany(statement, chunk)
