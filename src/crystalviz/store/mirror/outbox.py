"""What a server has not taken yet, read from the store itself."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.mirror.state import CollectionCursor, MirrorState
from crystalviz.store.storage import CollectionRecord, StoredObject
from crystalviz.store.storage.changes import position


@dataclass
class LocalCollection:
    """A collection as the store has it now."""

    name: str
    id: int
    checksum: int
    tenants: dict[str, str]

    def fresh(self, cursor: CollectionCursor | None) -> bool:
        """Return whether the server has nothing of it yet, or only of one that was deleted."""
        return cursor is None or cursor.id != self.id


@dataclass
class Change:
    """An object to be written, and its tenant."""

    tenant: str
    stored: StoredObject

    @property
    def key(self) -> str:
        """What names it among the refused ones."""
        return refusal_key(self.tenant, self.stored.uuid)


def refusal_key(tenant: str, uuid: bytes) -> str:
    """Return what names an object among the refused ones."""
    return f"{tenant}/{UUID(bytes=uuid)}"


def parse_refusal_key(key: str) -> tuple[str, bytes]:
    """Return the tenant and the uuid of a refused object."""
    tenant, _, uuid = key.rpartition("/")
    return tenant, UUID(uuid).bytes


def collections(connection: sqlite3.Connection) -> list[LocalCollection]:
    """Return the store's collections by name, with their tenants."""
    tenants: dict[int, dict[str, str]] = defaultdict(dict)
    for owner, name, status in connection.execute("SELECT collection, name, status FROM tenants"):
        tenants[owner][name] = status
    rows = connection.execute("SELECT name, id, checksum FROM collections ORDER BY name")
    return [LocalCollection(name, id_, crc, tenants.get(id_, {})) for name, id_, crc in rows]


def aliases(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the collection behind each alias."""
    return dict(connection.execute("SELECT alias, collection FROM aliases").fetchall())


def changes(
    connection: sqlite3.Connection, record: CollectionRecord, after: int, limit: int
) -> list[Change]:
    """Return the oldest `limit` writes after a `seq`, with their vectors, of all tenants."""
    rows = connection.execute(
        "SELECT seq, tenant, uuid FROM objects WHERE seq>? AND +collection=? ORDER BY seq LIMIT ?",
        (after, record.id, limit),
    ).fetchall()
    return objects(connection, record, [(tenant, uuid) for _, tenant, uuid in rows])


def objects(
    connection: sqlite3.Connection, record: CollectionRecord, wanted: Iterable[tuple[str, bytes]]
) -> list[Change]:
    """Return those of the objects (tenant, uuid) that exist, by `seq`, with their vectors."""
    by_tenant: dict[str, list[bytes]] = defaultdict(list)
    for tenant, uuid in wanted:
        by_tenant[tenant].append(uuid)
    found = [
        Change(tenant, stored)
        for tenant, uuids in by_tenant.items()
        for stored in storage.read_objects(connection, _of(record, tenant), uuids, vectors=True)
    ]
    return sorted(found, key=lambda change: change.stored.seq)


def removals(
    connection: sqlite3.Connection, record: CollectionRecord, after: int, limit: int
) -> tuple[int, dict[str, list[bytes]]]:
    """Return what went away for good: the last id looked at, and uuids by tenant.

    The log names every row that went away, also the old one of an object that was only
    written anew; such an object is no removal.

    Returns
    -------
    last : int
        `after` when there is nothing behind it.
    gone : dict of str to list of bytes
    """
    rows = connection.execute(
        "SELECT id, tenant, uuid FROM removals WHERE id>? AND +collection=? ORDER BY id LIMIT ?",
        (after, record.id, limit),
    ).fetchall()
    named: dict[str, dict[bytes, None]] = defaultdict(dict)
    for _, tenant, uuid in rows:
        named[tenant][uuid] = None
    gone = {}
    for tenant, uuids in named.items():
        there = storage.find_existing(connection, _of(record, tenant), list(uuids))
        left = [uuid for uuid in uuids if uuid not in there]
        if left:
            gone[tenant] = left
    return (rows[-1][0] if rows else after), gone


def has_changes(
    connection: sqlite3.Connection, local: LocalCollection, cursor: CollectionCursor
) -> bool:
    """Return whether an object was written that the server has not taken."""
    row = connection.execute(
        "SELECT 1 FROM objects WHERE seq>? AND +collection=? LIMIT 1", (cursor.seq, local.id)
    )
    return row.fetchone() is not None


def touched_tenants(
    connection: sqlite3.Connection, record: CollectionRecord, cursor: CollectionCursor
) -> set[str]:
    """Return the tenants that the next pass writes to."""
    rows = connection.execute(
        "SELECT DISTINCT tenant FROM objects WHERE seq>? AND +collection=?"
        " UNION SELECT DISTINCT tenant FROM removals WHERE id>? AND +collection=?",
        (cursor.seq, record.id, cursor.removal, record.id),
    )
    refused = {parse_refusal_key(key)[0] for key in cursor.refused}
    return {tenant for (tenant,) in rows} | refused


def pending(connection: sqlite3.Connection, state: MirrorState) -> int:
    """Return how many objects, deletions and collections wait to be pushed."""
    waiting = 0
    names = set()
    for local in collections(connection):
        names.add(local.name)
        cursor = state.collections.get(local.name)
        if cursor is None or local.fresh(cursor):
            waiting += 1 + (cursor is not None)
            cursor = CollectionCursor(local.id, removal=position(connection).removal)
        elif cursor.config != local.checksum:
            waiting += 1
        (objects_,) = connection.execute(
            "SELECT count(*) FROM objects WHERE seq>? AND +collection=?", (cursor.seq, local.id)
        ).fetchone()
        (gone,) = connection.execute(
            "SELECT count(DISTINCT r.tenant || hex(r.uuid)) FROM removals r"
            " WHERE r.id>? AND +r.collection=? AND NOT EXISTS (SELECT 1 FROM objects o"
            " WHERE o.collection=r.collection AND o.tenant=r.tenant AND o.uuid=r.uuid)",
            (cursor.removal, local.id),
        ).fetchone()
        changed = set(cursor.tenants.items()) ^ set(local.tenants.items())
        waiting += objects_ + gone + len(cursor.refused) + len({name for name, _ in changed})
    return waiting + len(set(state.collections) - names)


def pushed_objects(
    connection: sqlite3.Connection, record: CollectionRecord, cursor: CollectionCursor
) -> int:
    """Return how many objects the server should have by now, over all tenants."""
    (count,) = connection.execute(
        "SELECT count(*) FROM objects WHERE seq<=? AND +collection=?", (cursor.seq, record.id)
    ).fetchone()
    return int(count) - len(cursor.refused)


def sample(
    connection: sqlite3.Connection, record: CollectionRecord, upto: int, count: int
) -> list[Change]:
    """Return objects to look for on the server: the newest written, and some from everywhere."""
    newest = connection.execute(
        "SELECT seq, tenant, uuid FROM objects WHERE seq<=? AND +collection=?"
        " ORDER BY seq DESC LIMIT ?",
        (upto, record.id, count),
    ).fetchall()
    wanted = dict.fromkeys((tenant, uuid) for _, tenant, uuid in newest)
    for step in range(count):
        row = connection.execute(
            "SELECT tenant, uuid FROM objects WHERE seq>=? AND seq<=? AND +collection=?"
            " ORDER BY seq LIMIT 1",
            (upto * step // count, upto, record.id),
        ).fetchone()
        if row is not None:
            wanted[row] = None
    return objects(connection, record, wanted)


def _of(record: CollectionRecord, tenant: str) -> CollectionRecord:
    return CollectionRecord(
        record.id, record.config, record.revision, record.vector_revision, tenant
    )
