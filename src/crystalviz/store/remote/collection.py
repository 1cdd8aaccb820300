"""A collection of a server, and the collections of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from weaviate.collections.collection import Collection as TheirCollection

from crystalviz.store.query.iteration import ObjectIterator
from crystalviz.store.remote.arguments import has_ours, to_theirs
from crystalviz.store.remote.batch import RemoteBatches
from crystalviz.store.remote.faces import FOUND_BY, Face, QueryFace
from crystalviz.store.remote.schema import ConfigFace
from crystalviz.store.remote.session import Session
from crystalviz.store.schema import creation_document


class RemoteCollection:
    """A collection of a server, with the calls of weaviate-client.

    Parameters
    ----------
    session : Session
        The server.
    sample : weaviate.collections.Collection
        The collection, of a client that is not connected.

    Attributes
    ----------
    data, query, aggregate, config, tenants, generate, backup
        The calls, as in weaviate-client.
    batch : RemoteBatches
        Writes many objects, and ends in time.
    """

    def __init__(self, session: Session, sample: TheirCollection[Any, Any]) -> None:
        self._session = session
        self._sample = sample
        self._made: tuple[int, TheirCollection[Any, Any]] | None = None
        self.name = sample.name
        self.data = self._face("data")
        self.query = self._face("query", QueryFace)
        self.generate = self._face("generate", QueryFace)
        self.aggregate = self._face("aggregate")
        self.config = self._face("config", ConfigFace)
        self.tenants = self._face("tenants")
        self.backup = self._face("backup", patient=True)
        self.batch = RemoteBatches(lambda _collection, _tenant: self, self.name, self.tenant)

    @property
    def tenant(self) -> str | None:
        """The tenant that the calls are about."""
        return self._sample.tenant

    @property
    def consistency_level(self) -> Any:
        """How many replicas must agree."""
        return self._sample.consistency_level

    def __len__(self) -> int:
        return self._session.call(lambda client: len(self._theirs(client)))

    def __bool__(self) -> bool:
        # An empty collection is a collection.
        return True

    def __repr__(self) -> str:
        return f"<Collection {self.name} of {self._session.address.url}>"

    def with_tenant(self, tenant: Any) -> RemoteCollection:
        """Return the collection for one tenant; asks the server nothing."""
        return RemoteCollection(self._session, self._sample.with_tenant(to_theirs(tenant)))

    def with_consistency_level(self, consistency_level: Any) -> RemoteCollection:
        """Return the collection with a consistency level; asks the server nothing."""
        level = to_theirs(consistency_level)
        return RemoteCollection(self._session, self._sample.with_consistency_level(level))

    def exists(self) -> bool:
        """Return whether the server has this collection."""
        return self._session.call(lambda client: self._theirs(client).exists())

    def shards(self) -> list[Any]:
        """Return the shards of the collection."""
        return self._session.call(lambda client: self._theirs(client).shards())

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

    def index_health(self, target_vector: str | None = None, **_settings: Any) -> dict[str, Any]:
        """Return how nearest vectors are found: by the server, which measures no recall."""
        return {
            "search": FOUND_BY,
            "recall": None,
            "objects": len(self),
            "why": f"{self._session.address.url} searches, with the index of its configuration",
        }

    def _theirs(self, client: Any) -> TheirCollection[Any, Any]:
        """Return the collection of a connected client; made anew after an outage."""
        made = self._made
        if made is None or made[0] != self._session.generation:
            mine = self._sample
            theirs = client.collections.use(mine.name)
            if mine.consistency_level is not None:
                theirs = theirs.with_consistency_level(mine.consistency_level)
            if mine.tenant is not None:
                theirs = theirs.with_tenant(mine.tenant)
            made = self._made = (self._session.generation, theirs)
        return made[1]

    def _face(self, name: str, kind: type[Face] = Face, patient: bool = False) -> Any:
        return kind(
            self._session,
            getattr(self._sample, name),
            lambda client: getattr(self._theirs(client), name),
            patient,
        )


class RemoteCollections(Face):
    """`client.collections` of a server."""

    def use(self, name: str, *_: Any, **__: Any) -> RemoteCollection:
        """Return a collection; asks the server nothing."""
        return RemoteCollection(self._session, self._sample.use(name))

    def get(self, name: str, *_: Any, **__: Any) -> RemoteCollection:
        """Return a collection; the older name of `use`."""
        return self.use(name)

    def create(self, name: str, **settings: Any) -> RemoteCollection:
        """Make a collection and return it; arguments are those of weaviate-client."""
        if has_ours(settings):
            document = creation_document(name, **settings)
            return self.create_from_dict(document)
        return self._guarded("create", self._sample.create)(name, **settings)

    def create_from_config(self, config: Any) -> RemoteCollection:
        """Make a collection of a configuration that `config.get` or `export_config` gave."""
        if has_ours(config):
            return self.create_from_dict(config.document)
        return self._guarded("create_from_config", self._sample.create_from_config)(config)

    def _answer(self, answer: Any) -> Any:
        # What `create`, `create_from_dict` and `create_from_config` return.
        return self.use(answer.name) if isinstance(answer, TheirCollection) else answer
