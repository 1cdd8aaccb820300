"""Whether a store file is sound, row by row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from crystalviz.store.errors import StoreCorruptError
from crystalviz.store.storage import log
from crystalviz.store.storage.catalog import read_config
from crystalviz.store.storage.reading import COLUMNS, damaged_object, read_row, read_vector_row


def check_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the file's structure or any row; nothing when all is well."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} belongs to nothing"
    dimensions: dict[tuple[int, str], int | None] = {}
    for number, name, text, checksum in connection.execute(
        "SELECT id, name, config, checksum FROM collections"
    ):
        try:
            config = read_config(text, checksum)
        except StoreCorruptError as error:
            yield str(error)
            continue
        if config.name != name:
            yield f"collection {config.name!r} stands under another name, {name!r}"
        dimensions |= {(number, one): space.dimension for one, space in config.vectors.items()}
    for *row, names in connection.execute(
        f"SELECT {COLUMNS}, (SELECT group_concat(name) FROM"
        " (SELECT name FROM vectors AS v WHERE v.object=objects.seq ORDER BY name)) FROM objects"
    ):
        try:
            stored = read_row(tuple(row))
        except StoreCorruptError as error:
            yield str(error)
            continue
        if stored.names is not None and stored.names != (names or ""):
            yield str(damaged_object(stored.uuid, "a vector is missing"))
    for number, uuid, names, name, data, checksum in connection.execute(
        "SELECT collection, uuid, objects.vectors, name, data, vectors.checksum FROM objects"
        " JOIN vectors ON object=seq"
    ):
        try:
            vector = read_vector_row(data, checksum, uuid, name, names)
        except StoreCorruptError as error:
            yield str(error)
            continue
        if dimensions.get((number, name), vector.size) != vector.size:
            yield str(damaged_object(uuid, f"its vector {name!r} has {vector.size} dimensions"))
    yield from _check_notes(connection)


def _check_notes(connection: sqlite3.Connection) -> Iterator[str]:
    for note in (log.identity, log.pruned):
        try:
            note(connection)
        except StoreCorruptError as error:
            yield str(error)
    for address, state in connection.execute("SELECT address, state FROM mirrors"):
        try:
            json.loads(state)
        except (ValueError, TypeError):
            yield f"what is known of the mirror {address!r} is damaged"
