"""Whether a store file's structure is sound: looked at once, before anything is answered from it.

Every row has a checksum, but SQLite's own pages have none: a flipped bit there can hide a row or
show it twice. What is in a table must be in its index as well, so that one of them tells on the
other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from crystalviz.store.storage.tables import DEFINITIONS

# SQLite's whole check takes some 50 ms for so many bytes; of larger files only the objects and
# their index are compared, without the pages of the vectors.
_SMALL = 32 << 20

_EXPECTED = {" ".join(statement.split()) for statement in DEFINITIONS}


def structural_damage(connection: sqlite3.Connection, size: int) -> Iterator[str]:
    """Yield what is wrong with the structure of a file of `size` bytes; nothing when all is well.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction, or outside of any.
    size : int
        Bytes of the file.
    """
    for (text,) in connection.execute(
        "SELECT sql FROM main.sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'"
    ):
        if not isinstance(text, str) or " ".join(text.split()) not in _EXPECTED:
            yield "a table's definition is not ours"
    if size <= _SMALL:
        for (line,) in connection.execute("PRAGMA main.integrity_check(3)"):
            if line != "ok":
                yield f"SQLite: {line}"
        return
    for table, index, columns in (
        ("collections", "sqlite_autoindex_collections_1", ("id", "name")),
        ("objects", "sqlite_autoindex_objects_1", ("seq", "collection", "tenant", "uuid")),
    ):
        # Python's hash of text is that of the same bytes: the types are hashed, too.
        shown = ", ".join((*columns, *(f"typeof({column})" for column in columns)))
        sums = [
            sum(map(hash, connection.execute(f"SELECT {shown} FROM main.{table} {way}")))
            for way in ("NOT INDEXED", f"INDEXED BY {index}")
        ]
        if sums[0] != sums[1]:
            yield f"rows of {table} are missing, or missing from its index"
    (last,) = connection.execute("SELECT max(seq) FROM main.objects").fetchone()
    known = connection.execute("SELECT seq FROM main.sqlite_sequence WHERE name='objects'")
    if last is not None and last > (known.fetchone() or (0,))[0]:
        yield "the number of the last object is wrong"
