"""The collections that a query reaches through references."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.errors import WeaviateQueryError
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import CollectionRecord, StoredObject
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.views import ObjectsView


class Links:
    """Other collections, as of the transaction that a query runs in.

    Parameters
    ----------
    connection : sqlite3.Connection
        In the transaction.
    cache : Cache
        What the client keeps in memory.
    record : CollectionRecord
        The collection that is asked. Objects of a collection with tenants refer to those of
        the tenant of the same name, as in Weaviate.
    """

    def __init__(
        self, connection: sqlite3.Connection, cache: Cache, record: CollectionRecord
    ) -> None:
        self._connection = connection
        self._cache = cache
        self._record = record

    def record(self, name: str) -> CollectionRecord:
        """Return a collection that a reference leads to.

        Raises
        ------
        WeaviateQueryError
            When there is none of that name.
        """
        if name == self._record.config.name:
            return self._record
        found = storage.find_collection(self._connection, name)
        if found is None:
            raise WeaviateQueryError(f"a reference leads to {name!r}: no such collection")
        if found.config.multi_tenancy_config.enabled:
            return replace(found, tenant=self._record.tenant)
        return found

    def view(self, name: str) -> tuple[ObjectsView, CollectionConfig]:
        """Return all objects of a collection, and its configuration."""
        record = self.record(name)
        return self._cache.view(self._connection, record), record.config

    def read(
        self, name: str, uuids: list[bytes], vectors: bool | list[str]
    ) -> dict[str, StoredObject]:
        """Return those of the objects that exist, by "Collection/uuid"."""
        stored = storage.read_objects(self._connection, self.record(name), uuids, vectors)
        return {f"{name}/{UUID(bytes=one.uuid)}": one for one in stored}
