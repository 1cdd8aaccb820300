"""What the store knows of its own past: numbers, removals, notes.

`seq` grows with every write of an object, and `removals` names every row that went
away; `crystalviz.store.storage.changes` reads what changed from both.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from uuid import uuid4

from crystalviz.store.errors import StoreCorruptError

# Lines of the log that stay for caches and indexes; a line is some 60 bytes.
KEPT_REMOVALS = 100_000


def last_number(connection: sqlite3.Connection, table: str) -> int:
    """Return the greatest number that a row of a table (objects, removals) ever had."""
    last = connection.execute(
        "SELECT seq FROM main.sqlite_sequence WHERE name=?", (table,)
    ).fetchone()
    return last[0] if last else 0


def log_removals(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Name the rows that are about to go away."""
    connection.executemany(
        "INSERT INTO removals(collection, tenant, uuid, seq)"
        " SELECT collection, tenant, uuid, seq FROM objects WHERE seq=?",
        ((seq,) for seq in seqs),
    )
    prune(connection)


def prune(connection: sqlite3.Connection) -> None:
    """Let the log forget what nobody needs: all but the last 100,000 lines.

    A mirror keeps back what it has not taken over: the number under "removal" in its
    state is the last line that it knows, and without one it knows none.
    """
    last = last_number(connection, "removals")
    (first,) = connection.execute("SELECT min(id) FROM removals").fetchone()
    # Seldom and much, rather than a little with every write.
    if first is None or last - first < KEPT_REMOVALS * 5 // 4:
        return
    upto = last - KEPT_REMOVALS
    for (state,) in connection.execute("SELECT state FROM mirrors"):
        upto = min(upto, _known_to_mirror(state))
    if upto >= first:
        connection.execute("DELETE FROM removals WHERE id<=?", (upto,))
        connection.execute("UPDATE state SET value=? WHERE key='pruned'", (str(upto),))


def identity(connection: sqlite3.Connection) -> str:
    """Return which store it is; a restored one is another."""
    return _note(connection, "identity")


def pruned(connection: sqlite3.Connection) -> int:
    """Return the last line of the log that is forgotten; 0 where none is.

    Raises
    ------
    StoreCorruptError
        When the note about it is damaged.
    """
    text = _note(connection, "pruned")
    if not text.isdigit():
        raise _damaged("pruned")
    return int(text)


def renew_identity(connection: sqlite3.Connection) -> None:
    """Make it another store than the one it was copied from, whose numbers may go on otherwise."""
    connection.execute("UPDATE state SET value=? WHERE key='identity'", (uuid4().hex,))


def _known_to_mirror(state: str) -> int:
    try:
        return int(json.loads(state).get("removal", 0))
    except (ValueError, TypeError, AttributeError):
        return 0


def _note(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM state WHERE key=?", (key,)).fetchone()
    if row is None or not isinstance(row[0], str):
        raise _damaged(key)
    return row[0]


def _damaged(key: str) -> StoreCorruptError:
    return StoreCorruptError(
        f"the store's own notes are damaged on the disk ({key!r}). "
        "Put a backup of the store in its place"
    )
