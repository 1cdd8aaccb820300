"""The rows of collections: names and configurations."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass

from crystalviz.store.errors import StoreCorruptError
from crystalviz.store.schema import CollectionConfig


@dataclass
class CollectionRecord:
    """A collection, or one tenant of it, as the database has it."""

    id: int
    config: CollectionConfig
    revision: int
    vector_revision: int
    tenant: str = ""


def find_collection(
    connection: sqlite3.Connection, name: str, tenant: str = ""
) -> CollectionRecord | None:
    """Return the collection, seen as the tenant sees it, or None."""
    row = connection.execute(
        "SELECT id, config, revision, vector_revision, checksum FROM collections WHERE name=?",
        (name,),
    ).fetchone()
    if row is None:
        return None
    return CollectionRecord(row[0], read_config(row[1], row[4]), row[2], row[3], tenant)


def add_collection(connection: sqlite3.Connection, config: CollectionConfig) -> None:
    """Store a new collection; its name must be free."""
    text = config.to_json()
    connection.execute(
        "INSERT INTO collections(name, config, checksum) VALUES (?,?,?)",
        (config.name, text, zlib.crc32(text.encode())),
    )


def save_config(connection: sqlite3.Connection, record: CollectionRecord) -> None:
    """Store a changed configuration."""
    text = record.config.to_json()
    connection.execute(
        "UPDATE collections SET config=?, checksum=? WHERE id=?",
        (text, zlib.crc32(text.encode()), record.id),
    )


def list_collections(connection: sqlite3.Connection) -> list[CollectionConfig]:
    """Return every configuration, by name."""
    rows = connection.execute("SELECT config, checksum FROM collections ORDER BY name")
    return [read_config(text, checksum) for text, checksum in rows]


def count_all(connection: sqlite3.Connection) -> list[tuple[CollectionRecord, int]]:
    """Return every collection, by name, and how many objects it has with all of its tenants."""
    counts = dict(
        connection.execute("SELECT collection, count(*) FROM objects GROUP BY collection")
    )
    rows = connection.execute(
        "SELECT id, config, revision, vector_revision, checksum FROM collections ORDER BY name"
    )
    records = [
        CollectionRecord(row[0], read_config(row[1], row[4]), row[2], row[3]) for row in rows
    ]
    return [(record, counts.get(record.id, 0)) for record in records]


def drop_collection(connection: sqlite3.Connection, name: str) -> None:
    """Delete a collection with all that is in it."""
    connection.execute("DELETE FROM collections WHERE name=?", (name,))


def mark_changed(
    connection: sqlite3.Connection, record: CollectionRecord, vectors_too: bool
) -> None:
    """Count a write, so that every process drops what it had kept of the collection."""
    connection.execute(
        "UPDATE collections SET revision=revision+1, vector_revision=vector_revision+? WHERE id=?",
        (int(vectors_too), record.id),
    )


def read_config(text: str, checksum: int) -> CollectionConfig:
    """Return the configuration that a row holds.

    Raises
    ------
    StoreCorruptError
        When its checksum does not hold.
    """
    if not isinstance(text, str) or zlib.crc32(text.encode()) != checksum:
        raise StoreCorruptError(
            "a collection's configuration is damaged on the disk: its checksum does not hold. "
            "Put a backup of the store in its place"
        )
    return CollectionConfig.from_json(text)
