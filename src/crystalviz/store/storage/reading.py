"""Reading objects and vectors. Each row carries a CRC-32, so that a flipped byte is reported."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import StoreCorruptError
from crystalviz.store.storage.catalog import CollectionRecord
from crystalviz.store.storage.log import last_number
from crystalviz.store.writing.vectors import FLOAT32

# SQLite's default limit of bound parameters was 999 for long.
_CHUNK = 500


@dataclass
class StoredObject:
    """An object as the database has it; times are milliseconds since 1970, UTC.

    `names` are those of all its vectors, sorted and joined by commas; None in rows that an
    older format wrote.
    """

    uuid: bytes
    properties: dict[str, Any]
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    seq: int = 0
    names: str | None = None


COLUMNS = "seq, uuid, created, updated, properties, checksum, vectors"


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
            f"SELECT {COLUMNS} FROM objects WHERE collection=? AND tenant=? AND uuid IN ({marks})",
            (record.id, record.tenant, *chunk),
        )
        found.update({row[1]: read_row(row) for row in rows})
    objects = [found[uuid] for uuid in uuids if uuid in found]
    attach_vectors(connection, objects, vectors)
    return objects


def read_by_seq(
    connection: sqlite3.Connection,
    seqs: Sequence[int],
    vectors: bool | Sequence[str] = False,
) -> list[StoredObject]:
    """Return the objects with these `seq`, in the order asked for; the quickest read.

    Raises
    ------
    StoreCorruptError
        When one is not there: its `seq` came from this very transaction.
    """
    found: dict[int, StoredObject] = {}
    for start in range(0, len(seqs), _CHUNK):
        chunk = [int(seq) for seq in seqs[start : start + _CHUNK]]
        marks = ",".join("?" * len(chunk))
        rows = connection.execute(f"SELECT {COLUMNS} FROM objects WHERE seq IN ({marks})", chunk)
        found.update({row[0]: read_row(row) for row in rows})
    try:
        objects = [found[seq] for seq in map(int, seqs)]
    except KeyError as missing:
        raise StoreCorruptError(
            f"the object with number {missing} is damaged on the disk: its row is not found. "
            "Put a backup of the store in its place"
        ) from None
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
        f"SELECT {COLUMNS} FROM objects WHERE collection=? AND tenant=? AND uuid>?"
        " ORDER BY uuid LIMIT ? OFFSET ?",
        (record.id, record.tenant, after, limit, offset),
    )
    objects = [read_row(row) for row in rows]
    attach_vectors(connection, objects, vectors)
    return objects


def read_all(connection: sqlite3.Connection, record: CollectionRecord) -> list[StoredObject]:
    """Return every object without its vectors, by uuid."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM objects WHERE collection=? AND tenant=? ORDER BY uuid",
        (record.id, record.tenant),
    )
    return [read_row(row) for row in rows]


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
                stored.vectors[name] = read_vector_row(
                    data, checksum, stored.uuid, name, stored.names
                )
    for stored in objects:
        if stored.names is not None:
            names = [name for name in stored.names.split(",") if name]
            expected = names if wanted is True else [name for name in names if name in wanted]
            if sorted(stored.vectors) != expected:
                raise damaged_object(stored.uuid, "a vector is missing")


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
        f"SELECT {COLUMNS} FROM objects WHERE seq>? AND +collection=? AND +tenant=?"
        " ORDER BY seq LIMIT ?",
        (seq, record.id, record.tenant, -1 if limit is None else limit),
    )
    objects = [read_row(row) for row in rows]
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
    has: dict[str | None, bool | None] = {None: None}
    for number, uuid, names, data, checksum in connection.execute(
        "SELECT seq, uuid, objects.vectors, data, vectors.checksum FROM objects"
        f" LEFT JOIN vectors ON object=seq AND name=? WHERE {among}{order}",
        (name, *values),
    ):
        if names not in has:
            has[names] = name in names.split(",")
        if has[names] is not None and has[names] != (data is not None):
            raise damaged_object(uuid, "a vector is missing")
        if data is None:
            continue
        vector = read_vector_row(data, checksum, uuid, name, names)
        if vector.size != dimension:
            raise damaged_object(uuid, f"its vector has {vector.size} dimensions, not {dimension}")
        seqs[row], matrix[row] = number, vector
        identities[row] = np.frombuffer(uuid, np.uint8)
        row += 1
    if not order:
        by_seq = np.argsort(seqs[:row], kind="stable")
        return seqs[by_seq], identities[by_seq], matrix[by_seq]
    return seqs[:row], identities, matrix


def read_row(row: tuple[Any, ...]) -> StoredObject:
    """Return the object of a row of `COLUMNS`.

    Raises
    ------
    StoreCorruptError
        When its checksum does not hold.
    """
    seq, uuid, created, updated, text, checksum, names = row
    stored = StoredObject(uuid, {}, {}, created, updated, seq, names)
    # SQLite lets any column hold any type: damage may turn a text into a number.
    sound = isinstance(uuid, bytes) and len(uuid) == 16 and isinstance(text, str)
    if not sound or checksum_of(stored, text) != checksum:
        raise damaged_object(uuid, "its checksum does not hold")
    stored.properties = json.loads(text)
    return stored


def read_vector_row(
    data: bytes, checksum: int, uuid: bytes, name: str, names: str | None
) -> np.ndarray:
    """Return the vector of a row, (d,) float32.

    Parameters
    ----------
    uuid : bytes
        Of its object.
    name : str
        Its own.
    names : str or None
        Those that its object knows of; None for a row of format 1.

    Raises
    ------
    StoreCorruptError
        When its checksum does not hold, or it is another object's.
    """
    if not isinstance(data, bytes) or len(data) % 4:
        raise damaged_object(uuid, "its vector's checksum does not hold")
    seed = 0 if names is None else vector_seed(uuid, name)
    if zlib.crc32(data, seed) != checksum:
        raise damaged_object(uuid, "its vector's checksum does not hold")
    return np.frombuffer(data, dtype=FLOAT32)


def vector_seed(uuid: bytes, name: str) -> int:
    """Return what the CRC-32 of an object's vector begins with: whose it is, and which."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass"), zlib.crc32(uuid))


def checksum_of(stored: StoredObject, text: str) -> int:
    """Return the CRC-32 of an object's row."""
    head = f"{stored.created},{stored.updated},{text}"
    if stored.names is not None:
        head += f",{stored.names}"
    return zlib.crc32(head.encode("utf-8", "surrogatepass"), zlib.crc32(stored.uuid))


def damaged_object(uuid: Any, what: str) -> StoreCorruptError:
    """Return the error for a damaged object: which, what, and the cure."""
    name = str(UUID(bytes=uuid)) if isinstance(uuid, bytes) and len(uuid) == 16 else repr(uuid)
    return StoreCorruptError(
        f"object {name} is damaged on the disk: {what}. Write it anew (data.replace), "
        "or put a backup of the store in its place"
    )
