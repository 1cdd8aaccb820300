"""Writing objects and vectors, within a transaction of the caller's."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from crystalviz.store.storage.catalog import CollectionRecord
from crystalviz.store.storage.log import last_number, log_removals
from crystalviz.store.storage.reading import (
    StoredObject,
    attach_vectors,
    checksum_of,
    vector_seed,
)

# ASCII, no NaN. Made once: json.dumps would make one a call.
_dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def now_ms() -> int:
    """Return the time as the rows keep it."""
    return time.time_ns() // 1_000_000


def add_objects(
    connection: sqlite3.Connection, record: CollectionRecord, objects: Sequence[StoredObject]
) -> None:
    """Store new objects; none of their uuids may be there."""
    first = last_number(connection, "objects") + 1
    for stored in objects:
        stored.names = ",".join(sorted(stored.vectors))
    connection.executemany(
        "INSERT INTO objects"
        "(seq, collection, tenant, uuid, created, updated, properties, checksum, vectors)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        (
            (
                seq,
                record.id,
                record.tenant,
                o.uuid,
                o.created,
                o.updated,
                text,
                checksum_of(o, text),
                o.names,
            )
            for seq, o in enumerate(objects, first)
            for text in (_dump(o.properties),)
        ),
    )
    _add_vectors(connection, ((seq, o.uuid, o.vectors) for seq, o in enumerate(objects, first)))


def _add_vectors(
    connection: sqlite3.Connection, given: Iterable[tuple[int, bytes, dict[str, np.ndarray]]]
) -> None:
    connection.executemany(
        "INSERT INTO vectors(object, name, data, checksum) VALUES (?,?,?,?)",
        (
            (seq, name, data, zlib.crc32(data, vector_seed(uuid, name)))
            for seq, uuid, vectors in given
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
    if stored.names is None:
        # A row of format 1: its vectors are written anew, as those of today are.
        kept = replace(stored, vectors={}, seq=old)
        attach_vectors(connection, [kept], True)
        vectors = {**kept.vectors, **vectors}
    names = {name for name in (stored.names or "").split(",") if name}
    stored.names = ",".join(sorted(names | vectors.keys()))
    text = _dump(stored.properties)
    log_removals(connection, [old])
    # The vectors follow their object within this transaction.
    connection.execute("PRAGMA defer_foreign_keys=ON")
    connection.execute(
        "UPDATE objects SET seq=?, updated=?, properties=?, checksum=?, vectors=? WHERE seq=?",
        (stored.seq, stored.updated, text, checksum_of(stored, text), stored.names, old),
    )
    connection.execute("UPDATE sqlite_sequence SET seq=? WHERE name='objects'", (stored.seq,))
    connection.execute("UPDATE vectors SET object=? WHERE object=?", (stored.seq, old))
    connection.executemany(
        "DELETE FROM vectors WHERE object=? AND name=?", [(stored.seq, name) for name in vectors]
    )
    _add_vectors(connection, [(stored.seq, stored.uuid, vectors)])


def delete_objects(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Delete objects and their vectors."""
    seqs = list(seqs)
    log_removals(connection, seqs)
    connection.executemany("DELETE FROM objects WHERE seq=?", ((seq,) for seq in seqs))


def delete_all_objects(connection: sqlite3.Connection, record: CollectionRecord) -> None:
    """Delete every object of a collection, or of one tenant of it."""
    rows = connection.execute(
        "SELECT seq FROM objects WHERE collection=? AND tenant=?", (record.id, record.tenant)
    )
    delete_objects(connection, [seq for (seq,) in rows.fetchall()])
