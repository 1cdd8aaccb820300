"""What the parts of one collection share: the database, its name, its tenant, what is kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from crystalviz.store import storage
from crystalviz.store.caches import Cache
from crystalviz.store.database import Database
from crystalviz.store.errors import UnexpectedStatusCodeError, WeaviateQueryError
from crystalviz.store.storage import CollectionRecord


@dataclass
class CollectionContext:
    """One collection of one client; `tenant` is "" where the collection has none."""

    database: Database
    cache: Cache
    name: str
    tenant: str = ""

    def record(self, connection: sqlite3.Connection) -> CollectionRecord:
        """Return the collection as of this transaction.

        Raises
        ------
        UnexpectedStatusCodeError
            With status 404, when there is no such collection.
        """
        record = storage.find_collection(connection, self.name, self.tenant)
        if record is None:
            raise UnexpectedStatusCodeError(self._missing(), 404)
        return record

    def record_to_query(self, connection: sqlite3.Connection) -> CollectionRecord:
        """Return the collection for a query.

        Raises
        ------
        WeaviateQueryError
            When there is no such collection.
        """
        record = storage.find_collection(connection, self.name, self.tenant)
        if record is None:
            raise WeaviateQueryError(self._missing())
        return record

    def _missing(self) -> str:
        return (
            f"{self.database.folder}: no collection {self.name!r}. Make it with "
            "client.collections.create(); client.collections.list_all() names those there are"
        )
