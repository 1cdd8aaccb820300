"""What changed in the store since a moment: how caches, indexes and mirrors follow it.

Every write of an object gives it a new `seq`, the greatest so far; every row that
goes away (deleted, replaced or updated) leaves a line in `removals`. So the state at a
later moment is the state at an earlier one, less `removed`, plus `written`:

    then = position(connection)
    ...                                             # any process writes
    if reaches(connection, then):
        gone = removed(connection, record, then)    # rows that were there then
        new = written(connection, record, then.seq) # rows that were not
    else:
        ...                                         # too long ago: read everything

Both are keyed by `seq`, and an object that was changed is in both. Ask within one
transaction, and keep a position only of what was committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crystalviz.store import storage
from crystalviz.store.storage import CollectionRecord, StoredObject, log


@dataclass(frozen=True)
class Position:
    """A moment in a store's life.

    Parameters
    ----------
    store : str
        Which store; a restored one is another.
    seq : int
        The greatest `seq` so far.
    removal : int
        The greatest `id` of `removals` so far.
    """

    store: str
    seq: int
    removal: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"store": self.store, "seq": self.seq, "removal": self.removal}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Position:
        """Return what `to_dict` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            When it is something else.
        """
        return cls(str(given["store"]), int(given["seq"]), int(given["removal"]))


def position(connection: sqlite3.Connection) -> Position:
    """Return where the store stands in this transaction."""
    return Position(
        log.identity(connection),
        log.last_number(connection, "objects"),
        log.last_number(connection, "removals"),
    )


def reaches(connection: sqlite3.Connection, since: Position) -> bool:
    """Return whether all that changed since then is still known.

    It is not when the log was pruned since, when the position is of another store, or of
    a later moment than this transaction.
    """
    now = position(connection)
    return (
        since.store == now.store
        and since.seq <= now.seq
        and log.pruned(connection) <= since.removal <= now.removal
    )


def removed(
    connection: sqlite3.Connection, record: CollectionRecord, since: Position
) -> list[tuple[int, bytes]]:
    """Return `seq` and uuid of the rows that were there at `since` and are not now.

    A uuid may come twice only with different `seq`. An object that was changed is here
    with its old `seq`, and in `written` with its new one.
    """
    return connection.execute(
        "SELECT seq, uuid FROM removals WHERE id>? AND seq<=? AND collection=? AND tenant=?",
        (since.removal, since.seq, record.id, record.tenant),
    ).fetchall()


def written(
    connection: sqlite3.Connection,
    record: CollectionRecord,
    seq: int,
    limit: int | None = None,
    vectors: bool | Sequence[str] = False,
) -> list[StoredObject]:
    """Return the objects written behind `seq`, in that order.

    Parameters
    ----------
    limit : int, optional
        The first so many; go on behind the last one's `seq`.
    vectors : bool or sequence of str
        With all, none, or those of these names.
    """
    return storage.read_written(connection, record, seq, limit, vectors)


def pending(connection: sqlite3.Connection, since: Position) -> int:
    """Return how many objects of the whole store were written or went away since then."""
    (new,) = connection.execute("SELECT count(*) FROM objects WHERE seq>?", (since.seq,)).fetchone()
    (gone,) = connection.execute(
        "SELECT count(*) FROM removals WHERE id>? AND seq<=? AND NOT EXISTS (SELECT 1 FROM objects"
        " WHERE collection=removals.collection AND tenant=removals.tenant AND uuid=removals.uuid)",
        (since.removal, since.seq),
    ).fetchone()
    return int(new + gone)
