"""Whether a store file is sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from crystalviz.store.errors import StoreCorruptError
from crystalviz.store.storage.catalog import read_config
from crystalviz.store.storage.reading import COLUMNS, read_row, read_vector_row


def check_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the file's structure or any row; nothing when all is well."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} belongs to nothing"
    for text, checksum in connection.execute("SELECT config, checksum FROM collections"):
        try:
            read_config(text, checksum)
        except StoreCorruptError as error:
            yield str(error)
    for row in connection.execute(f"SELECT {COLUMNS} FROM objects"):
        try:
            read_row(row)
        except StoreCorruptError as error:
            yield str(error)
    for uuid, data, checksum in connection.execute(
        "SELECT uuid, data, vectors.checksum FROM objects JOIN vectors ON object=seq"
    ):
        try:
            read_vector_row(data, checksum, uuid)
        except StoreCorruptError as error:
            yield str(error)
