"""Rows of the database: collections, objects, vectors. Every statement of SQL about them is here.

Values reach SQLite only as bound parameters. Each row carries a CRC-32, so that a
flipped byte on the disk is reported instead of answered with.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import StoreCorruptError
from crystalviz.store.properties import dump
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.vectors import FLOAT32

# SQLite's default limit of bound parameters was 999 for long.
_CHUNK = 500


@dataclass
class CollectionRecord:
    """A collection, or one tenant of it, as the database has it."""

    id: int
    config: CollectionConfig
    revision: int
    vector_revision: int
    tenant: str = ""


@dataclass
class StoredObject:
    """An object as the database has it; times are milliseconds since 1970, UTC."""

    uuid: bytes
    properties: dict[str, Any]
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    seq: int = 0


def now_ms() -> int:
    """Return the time as the rows keep it."""
    return time.time_ns() // 1_000_000


# -- collections ---------------------------------------------------------------


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
    return CollectionRecord(row[0], _config(row[1], row[4]), row[2], row[3], tenant)


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
    return [_config(text, checksum) for text, checksum in rows]


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


# -- objects: writing ------------------------------------------------------------


def add_objects(
    connection: sqlite3.Connection, record: CollectionRecord, objects: Sequence[StoredObject]
) -> None:
    """Store new objects; none of their uuids may be there."""
    first = last_number(connection, "objects") + 1
    connection.executemany(
        "INSERT INTO objects(seq, collection, tenant, uuid, created, updated, properties, checksum)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            (seq, record.id, record.tenant, o.uuid, o.created, o.updated, text, _crc(o, text))
            for seq, o in enumerate(objects, first)
            for text in (dump(o.properties),)
        ),
    )
    _add_vectors(connection, ((seq, o.vectors) for seq, o in enumerate(objects, first)))


def last_number(connection: sqlite3.Connection, table: str) -> int:
    """Return the greatest number that a row of a table (objects, removals) ever had."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name=?", (table,)).fetchone()
    return last[0] if last else 0


def _add_vectors(
    connection: sqlite3.Connection, given: Iterable[tuple[int, dict[str, np.ndarray]]]
) -> None:
    connection.executemany(
        "INSERT INTO vectors(object, name, data, checksum) VALUES (?,?,?,?)",
        (
            (seq, name, data, zlib.crc32(data))
            for seq, vectors in given
            for name, vector in vectors.items()
            for data in (vector.tobytes(),)
        ),
    )


def rewrite_object(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    stored: StoredObject,
    vectors: dict[str, np.ndarray],
) -> None:
    """Store an object's new properties and times, and those of its vectors that are given.

    It gets a new `seq`, as every write does, so that what was written since is `seq` > x.
    """
    old, stored.seq = stored.seq, last_number(connection, "objects") + 1
    text = dump(stored.properties)
    _log_removals(connection, [old])
    # The vectors follow their object within this transaction.
    connection.execute("PRAGMA defer_foreign_keys=ON")
    connection.execute(
        "UPDATE objects SET seq=?, updated=?, properties=?, checksum=? WHERE seq=?",
        (stored.seq, stored.updated, text, _crc(stored, text), old),
    )
    connection.execute("UPDATE sqlite_sequence SET seq=? WHERE name='objects'", (stored.seq,))
    connection.execute("UPDATE vectors SET object=? WHERE object=?", (stored.seq, old))
    connection.executemany(
        "DELETE FROM vectors WHERE object=? AND name=?", [(stored.seq, name) for name in vectors]
    )
    _add_vectors(connection, [(stored.seq, vectors)])


def delete_objects(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Delete objects and their vectors."""
    seqs = list(seqs)
    _log_removals(connection, seqs)
    connection.executemany("DELETE FROM objects WHERE seq=?", ((seq,) for seq in seqs))


def _log_removals(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    connection.executemany(
        "INSERT INTO removals(collection, tenant, uuid, seq)"
        " SELECT collection, tenant, uuid, seq FROM objects WHERE seq=?",
        ((seq,) for seq in seqs),
    )


# -- objects: reading ------------------------------------------------------------

_COLUMNS = "seq, uuid, created, updated, properties, checksum"


def count_objects(connection: sqlite3.Connection, record: CollectionRecord) -> int:
    """Return how many objects the collection has."""
    row = connection.execute(
        "SELECT count(*) FROM objects WHERE collection=? AND tenant=?", (record.id, record.tenant)
    )
    return int(row.fetchone()[0])


def find_existing(
    connection: sqlite3.Connection, record: CollectionRecord, uuids: Sequence[bytes]
) -> dict[bytes, tuple[int, int]]:
    """Return seq and creation time of those objects that exist."""
    found = {}
    for start in range(0, len(uuids), _CHUNK):
        chunk = uuids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        rows = connection.execute(
            "SELECT uuid, seq, created FROM objects"
            f" WHERE collection=? AND tenant=? AND uuid IN ({marks})",
            (record.id, record.tenant, *chunk),
        )
        found.update({uuid: (seq, created) for uuid, seq, created in rows})
    return found


def read_objects(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    uuids: Sequence[bytes],
    vectors: bool | Sequence[str] = False,
) -> list[StoredObject]:
    """Return the objects of these uuids that exist, in the order asked for.

    Parameters
    ----------
    vectors : bool or sequence of str
        Read all, none, or those of these names.
    """
    found: dict[bytes, StoredObject] = {}
    for start in range(0, len(uuids), _CHUNK):
        chunk = uuids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM objects WHERE collection=? AND tenant=? AND uuid IN ({marks})",
            (record.id, record.tenant, *chunk),
        )
        found.update({row[1]: _object(row) for row in rows})
    objects = [found[uuid] for uuid in uuids if uuid in found]
    attach_vectors(connection, objects, vectors)
    return objects


def read_page(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    limit: int,
    offset: int = 0,
    after: bytes = b"",
    vectors: bool | Sequence[str] = False,
) -> list[StoredObject]:
    """Return objects by uuid: `limit` of them behind the uuid `after`, less the first `offset`."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM objects WHERE collection=? AND tenant=? AND uuid>?"
        " ORDER BY uuid LIMIT ? OFFSET ?",
        (record.id, record.tenant, after, limit, offset),
    )
    objects = [_object(row) for row in rows]
    attach_vectors(connection, objects, vectors)
    return objects


def read_all(connection: sqlite3.Connection, record: CollectionRecord) -> list[StoredObject]:
    """Return every object without its vectors, by uuid."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM objects WHERE collection=? AND tenant=? ORDER BY uuid",
        (record.id, record.tenant),
    )
    return [_object(row) for row in rows]


def attach_vectors(
    connection: sqlite3.Connection,
    objects: Sequence[StoredObject],
    wanted: bool | Sequence[str],
) -> None:
    """Read the vectors of the objects into them."""
    if wanted is False:
        return
    by_seq = {o.seq: o for o in objects}
    seqs = list(by_seq)
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for seq, name, data, checksum in connection.execute(
            f"SELECT object, name, data, checksum FROM vectors WHERE object IN ({marks})"
            " ORDER BY object, name",
            chunk,
        ):
            if wanted is True or name in wanted:
                stored = by_seq[seq]
                stored.vectors[name] = _vector(data, checksum, stored.uuid)


def read_written(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    seq: int,
    limit: int | None = None,
    vectors: bool | Sequence[str] = False,
) -> list[StoredObject]:
    """Return the objects behind `seq`, in its order; the first `limit` where one is given."""
    # The `+` keeps SQLite from walking the whole collection by uuid.
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM objects WHERE seq>? AND +collection=? AND +tenant=?"
        " ORDER BY seq LIMIT ?",
        (seq, record.id, record.tenant, -1 if limit is None else limit),
    )
    objects = [_object(row) for row in rows]
    attach_vectors(connection, objects, vectors)
    return objects


def read_matrix(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    name: str,
    dimension: int,
    seq: int = 0,
    spare: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the vectors of one name of the objects behind `seq`, in its order.

    Parameters
    ----------
    spare : int
        Percent of rows more in `identities` and `matrix`, to be filled later.

    Returns
    -------
    seqs : (n,) int64
    identities : (n or more, 16) uint8
        The uuids' bytes.
    matrix : (n or more, d) float32

    Raises
    ------
    StoreCorruptError
        When a vector's checksum or length does not hold.
    """
    among, values = "seq>? AND collection=? AND tenant=?", (seq, record.id, record.tenant)
    (count,) = connection.execute(f"SELECT count(*) FROM objects WHERE {among}", values).fetchone()
    seqs = np.empty(count, np.int64)
    # Memory that nobody writes to is not taken.
    capacity = count + count * spare // 100
    identities = np.empty((capacity, 16), np.uint8)
    matrix = np.empty((capacity, dimension), FLOAT32)
    if count * 8 > last_number(connection, "objects") - seq:
        # In the order of the disk, which is much faster than by uuid. The `+` keeps SQLite from
        # walking the index by uuid and then sorting all the vectors.
        among = "seq>? AND +collection=? AND +tenant=?"
        order = " ORDER BY seq"
    else:
        # One of many tenants: the others' rows are not looked at.
        order = ""
    row = 0
    for number, uuid, data, checksum in connection.execute(
        "SELECT seq, uuid, data, vectors.checksum FROM objects CROSS JOIN vectors ON object=seq"
        f" WHERE {among} AND name=?{order}",
        (*values, name),
    ):
        vector = _vector(data, checksum, uuid)
        if vector.size != dimension:
            raise _damaged(uuid, f"its vector has {vector.size} dimensions, not {dimension}")
        seqs[row], matrix[row] = number, vector
        identities[row] = np.frombuffer(uuid, np.uint8)
        row += 1
    if not order:
        by_seq = np.argsort(seqs[:row], kind="stable")
        return seqs[by_seq], identities[by_seq], matrix[by_seq]
    return seqs[:row], identities, matrix


def check_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the file's structure or any row; nothing when all is well."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} belongs to nothing"
    for text, checksum in connection.execute("SELECT config, checksum FROM collections"):
        try:
            _config(text, checksum)
        except StoreCorruptError as error:
            yield str(error)
    for row in connection.execute(f"SELECT {_COLUMNS} FROM objects"):
        try:
            _object(row)
        except StoreCorruptError as error:
            yield str(error)
    for uuid, data, checksum in connection.execute(
        "SELECT uuid, data, vectors.checksum FROM objects JOIN vectors ON object=seq"
    ):
        try:
            _vector(data, checksum, uuid)
        except StoreCorruptError as error:
            yield str(error)


def _object(row: tuple[Any, ...]) -> StoredObject:
    seq, uuid, created, updated, text, checksum = row
    stored = StoredObject(uuid, {}, {}, created, updated, seq)
    # SQLite lets any column hold any type: damage may turn a text into a number.
    sound = isinstance(uuid, bytes) and len(uuid) == 16 and isinstance(text, str)
    if not sound or _crc(stored, text) != checksum:
        raise _damaged(uuid, "its checksum does not hold")
    stored.properties = json.loads(text)
    return stored


def _vector(data: bytes, checksum: int, uuid: bytes) -> np.ndarray:
    if not isinstance(data, bytes) or len(data) % 4 or zlib.crc32(data) != checksum:
        raise _damaged(uuid, "its vector's checksum does not hold")
    return np.frombuffer(data, dtype=FLOAT32)


def damaged_state(key: str) -> StoreCorruptError:
    """Return the error for a line of the table `state` that is not there."""
    return StoreCorruptError(
        f"the store's own notes are damaged on the disk: no {key!r} there. "
        "Put a backup of the store in its place"
    )


def _config(text: str, checksum: int) -> CollectionConfig:
    if not isinstance(text, str) or zlib.crc32(text.encode()) != checksum:
        raise StoreCorruptError(
            "a collection's configuration is damaged on the disk: its checksum does not hold. "
            "Put a backup of the store in its place"
        )
    return CollectionConfig.from_json(text)


def _crc(stored: StoredObject, text: str) -> int:
    head = f"{stored.created},{stored.updated},{text}".encode("utf-8", "surrogatepass")
    return zlib.crc32(head, zlib.crc32(stored.uuid))


def _damaged(uuid: Any, what: str) -> StoreCorruptError:
    name = str(UUID(bytes=uuid)) if isinstance(uuid, bytes) and len(uuid) == 16 else repr(uuid)
    return StoreCorruptError(
        f"object {name} is damaged on the disk: {what}. Write it anew (data.replace), "
        "or put a backup of the store in its place"
    )
