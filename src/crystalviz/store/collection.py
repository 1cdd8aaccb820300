"""One collection: its data, its queries, its sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.backup import BackupCollection
from crystalviz.store.config import ConfigCollection
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import UnexpectedStatusCodeError, WeaviateQueryError
from crystalviz.store.query.aggregate import AggregateCollection
from crystalviz.store.query.generate import GenerateCollection
from crystalviz.store.query.iteration import ObjectIterator
from crystalviz.store.query.query import QueryCollection
from crystalviz.store.shards import Shard, count_shards
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.database import Database
from crystalviz.store.writing.batch import Batches, CollectionBatch
from crystalviz.store.writing.data import DataCollection
from crystalviz.store.writing.tenants import Tenants, tenant_name


class Collection:
    """A collection of a store.

    Parameters
    ----------
    database : Database
        The store's file.
    cache : Cache
        What the client keeps in memory.
    name : str
        The collection's name.
    tenant : str
        Whose objects it is about; "" where there are no tenants, or none is named yet.

    Attributes
    ----------
    data, query, generate, aggregate, batch, config, tenants, backup
        The calls, grouped as in weaviate-client.
    """

    def __init__(self, database: Database, cache: Cache, name: str, tenant: str = "") -> None:
        self.name = name
        self._context = CollectionContext(database, cache, name, tenant)
        self.data = DataCollection(self._context)
        self.query = QueryCollection(self._context)
        self.generate = GenerateCollection()
        self.aggregate = AggregateCollection(self._context)
        self.batch = Batches(lambda size: CollectionBatch(self.data, name, tenant, size))
        self.config = ConfigCollection(self._context)
        self.tenants = Tenants(self._context)
        self.backup = BackupCollection(database, name)

    def __len__(self) -> int:
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            return storage.count_objects(connection, record)

    def __bool__(self) -> bool:
        # An empty collection is a collection.
        return True

    def __repr__(self) -> str:
        tenant = f", tenant {self.tenant}," if self.tenant else ""
        return f"<Collection {self.name}{tenant} of {self._context.database.folder}>"

    @property
    def tenant(self) -> str | None:
        """Whose objects it is about, or None."""
        return self._context.tenant or None

    def with_tenant(self, tenant: Any = None) -> Collection:
        """Return the collection as one of its tenants sees it.

        Parameters
        ----------
        tenant : str or Tenant, optional
            Ours or weaviate-client's; none takes it off again.
        """
        context = self._context
        return Collection(context.database, context.cache, self.name, tenant_name(tenant))

    def with_consistency_level(self, consistency_level: Any = None) -> Collection:
        """Return the collection; on one machine every level is the same."""
        return self

    def exists(self) -> bool:
        """Return whether the store has this collection, by its name or an alias."""
        try:
            with self._context.database.reading() as connection:
                self._context.collection(connection)
        except UnexpectedStatusCodeError:
            return False
        return True

    def shards(self) -> list[Shard]:
        """Return the collection's one shard, or one for each tenant, with how many objects."""
        with self._context.database.reading() as connection:
            return count_shards(connection, self._context.collection(connection))

    def iterator(
        self,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        *,
        return_properties: Any = None,
        return_references: Any = None,
        after: UUID | str | None = None,
        cache_size: int | None = None,
    ) -> ObjectIterator:
        """Return all objects by uuid, a page (100, or `cache_size`) at a time."""
        return ObjectIterator(
            self.query,
            include_vector,
            return_metadata,
            return_properties,
            after,
            cache_size,
            return_references,
        )

    def index_health(
        self, target_vector: str | None = None, *, load: bool = True, wait: bool = False
    ) -> dict[str, Any]:
        """Return how nearest vectors are found.

        Parameters
        ----------
        target_vector : str, optional
            Which of several named vectors; the first where nothing is said.
        load : bool
            Without it nothing is read or begun: what is known so far.
        wait : bool
            Finish what is due first (load, build or add to the HNSW index), with a progress bar.
            Otherwise that is done in the background, and searches are exact meanwhile.

        Returns
        -------
        dict
            `search` ("exact" or "hnsw": how a search without filters goes now), `recall` (of ten
            neighbours: measured; 1.0 of exact search), `objects` (how many have the vector; None
            when it was not loaded), `distance`, `why` (a sentence). Of HNSW also `ef` and
            `ef_100` (for 10 and 100 neighbours), `recall_100`, `self_recall` (whether each
            vector finds itself), `self_recall_of_graph` (before those that the graph does not find
            are compared exactly), `parameters`, `nodes`, `duplicates_folded`, `exact_beside`
            (vectors compared exactly beside the graph), `saved`. `building` where something is
            being made, `note` where the saved index could not be used or written.

        Raises
        ------
        WeaviateQueryError
            When there is no such collection, tenant or vector.
        """
        cache = self._context.cache
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            name = target_vector or next(iter(record.config.vectors), None)
            if name not in record.config.vectors:
                raise WeaviateQueryError(
                    f"{self.name} has no vector named {name!r}; it has "
                    f"{', '.join(sorted(record.config.vectors)) or 'none'}"
                )
            if load or wait:
                cache.index(connection, record, name)
            index, table = cache.peek(record, name)
        # After the transaction: a build may take minutes.
        if wait and table is not None:
            index.wait(table)
        return index.health(table, begin=load or wait)
