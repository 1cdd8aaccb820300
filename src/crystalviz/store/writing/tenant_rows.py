"""The rows of tenants: which a collection has, and whether they are awake."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from crystalviz.store import storage
from crystalviz.store.storage import CollectionRecord

ACTIVE = "ACTIVE"
INACTIVE = "INACTIVE"
OFFLOADED = "OFFLOADED"


def tenant_status(connection: sqlite3.Connection, collection: int, name: str) -> str | None:
    """Return a tenant's status, or None when there is no such tenant."""
    row = connection.execute(
        "SELECT status FROM tenants WHERE collection=? AND name=?", (collection, name)
    ).fetchone()
    return row[0] if row else None


def list_tenants(connection: sqlite3.Connection, collection: int) -> dict[str, str]:
    """Return the status of every tenant, by name in order."""
    rows = connection.execute(
        "SELECT name, status FROM tenants WHERE collection=? ORDER BY name", (collection,)
    )
    return dict(rows.fetchall())


def add_tenants(
    connection: sqlite3.Connection, collection: int, tenants: Mapping[str, str]
) -> None:
    """Add tenants with their status; those that are there stay as they are."""
    connection.executemany(
        "INSERT INTO tenants(collection, name, status) VALUES (?,?,?) ON CONFLICT DO NOTHING",
        ((collection, name, status) for name, status in tenants.items()),
    )


def set_statuses(
    connection: sqlite3.Connection, collection: int, tenants: Mapping[str, str]
) -> None:
    """Change the status of tenants that are there."""
    connection.executemany(
        "UPDATE tenants SET status=? WHERE collection=? AND name=?",
        ((status, collection, name) for name, status in tenants.items()),
    )


def remove_tenants(
    connection: sqlite3.Connection, record: CollectionRecord, names: Iterable[str]
) -> None:
    """Delete tenants with their objects; a name that is not there is no error."""
    for name in names:
        of_tenant = CollectionRecord(
            record.id, record.config, record.revision, record.vector_revision, name
        )
        # Logged object by object, so that a mirror learns of it.
        storage.delete_all_objects(connection, of_tenant)
        connection.execute("DELETE FROM tenants WHERE collection=? AND name=?", (record.id, name))
    storage.mark_changed(connection, record, vectors_too=True)
