"""What the steps of a push share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crystalviz.store import storage
from crystalviz.store.collections import Collections
from crystalviz.store.mirror.outbox import LocalCollection
from crystalviz.store.mirror.state import CollectionCursor, MirrorState
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.storage.database import Database


@dataclass
class PushContext:
    """A store, and how far a server follows it.

    Attributes
    ----------
    database : Database
        The store's file.
    collections : Collections
        The store's collections, for their schemas.
    state : MirrorState
        How far the server is; changed as the server acknowledges.
    save : callable
        Called after each acknowledgement, to keep the state.
    note : callable
        Takes one line about what happened, for people.
    conflicts : dict of str to str
        Collections that the server cannot take as they are, with the reason.
    """

    database: Database
    collections: Collections
    state: MirrorState
    save: Callable[[], None]
    note: Callable[[str], None]
    conflicts: dict[str, str] = field(default_factory=dict)

    def cursor(self, local: LocalCollection) -> CollectionCursor:
        """Return how far the server is with a collection that it has taken."""
        return self.state.collections[local.name]

    def lost(self, cursor: CollectionCursor, what: str) -> None:
        """Wind back a collection of which the server has lost something; say what it has now."""
        self.note(f"the server has {what}: it is pushed again")
        cursor.seq, cursor.config, cursor.tenants = 0, -1, {}
        self.save()

    def schema(self, name: str) -> dict[str, Any] | None:
        """Return our collection in Weaviate's REST JSON; None when it is gone."""
        config = self.collections.list_all(simple=False).get(name)
        return None if config is None else config.to_dict()

    def record(
        self, connection: sqlite3.Connection, local: LocalCollection
    ) -> CollectionRecord | None:
        """Return the collection as of this transaction.

        None when it was deleted or made anew since `local` was read: the next pass sees to it.
        """
        record = storage.find_collection(connection, local.name)
        return record if record is not None and record.id == local.id else None
