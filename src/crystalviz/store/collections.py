"""The collections of a store: make, find, list, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crystalviz.store import storage
from crystalviz.store.caches import Cache
from crystalviz.store.collection import Collection
from crystalviz.store.database import Database
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateInvalidInputError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.schema import (
    CollectionConfig,
    collection_name,
    read_inverted_index,
    read_property,
    read_vectors,
)


class Collections:
    """`client.collections`.

    Parameters
    ----------
    database : Database
        The store's file.
    cache : Cache
        What the client keeps in memory.
    """

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache

    def create(
        self,
        name: str,
        *,
        description: str | None = None,
        generative_config: Any = None,
        inverted_index_config: Any = None,
        multi_tenancy_config: Any = None,
        properties: Sequence[Any] | None = None,
        references: Any = None,
        replication_config: Any = None,
        reranker_config: Any = None,
        sharding_config: Any = None,
        vector_index_config: Any = None,
        vectorizer_config: Any = None,
        vector_config: Any = None,
    ) -> Collection:
        """Make a collection and return it.

        Parameters
        ----------
        name : str
            Its first letter becomes upper case.
        description : str, optional
            For people.
        properties : sequence of Property, optional
            Others are added when the first object has them.
        vector_config, vectorizer_config : optional
            `Configure.Vectors.self_provided()`, or a list of them by name; one
            vector named `default` where nothing is said.
        vector_index_config : optional
            Its distance; cosine where nothing is said.
        inverted_index_config : optional
            `Configure.inverted_index(index_null_state=True, ...)`.
        replication_config, sharding_config : optional
            Without meaning on one machine.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when there is a collection of that name.
        WeaviateInvalidInputError
            When a name is not valid.
        WeaviateUnsupportedFeatureError
            For vectorizers, generative and reranking models, references, tenants.
        """
        for given, what in (
            (generative_config, "generative models"),
            (reranker_config, "reranking models"),
            (references, "cross-references"),
        ):
            if given:
                raise WeaviateUnsupportedFeatureError(f"{what} are not in the embedded store")
        if getattr(multi_tenancy_config, "enabled", False):
            raise WeaviateUnsupportedFeatureError(
                "tenants are not in the embedded store yet: use one collection, or one store, each"
            )
        config = CollectionConfig(
            collection_name(name),
            description,
            [read_property(prop) for prop in properties or ()],
            read_vectors(vector_config or vectorizer_config, vector_index_config),
            read_inverted_index(inverted_index_config),
        )
        names = [prop.name for prop in config.properties]
        twice = {prop for prop in names if names.count(prop) > 1}
        if twice:
            raise UnexpectedStatusCodeError(
                f"{config.name}: two properties are named {', '.join(sorted(twice))}", 422
            )
        with self._database.writing() as connection:
            if storage.find_collection(connection, config.name) is not None:
                raise UnexpectedStatusCodeError(
                    f"{self._database.folder}: there is a collection {config.name!r} already. "
                    "Use client.collections.use() to open it",
                    422,
                )
            storage.add_collection(connection, config)
        return self.use(config.name)

    def use(self, name: str) -> Collection:
        """Return a collection; whether it is there shows when it is used."""
        return Collection(self._database, self._cache, collection_name(name))

    def get(self, name: str) -> Collection:
        """Return a collection; the older name of `use`."""
        return self.use(name)

    def exists(self, name: str) -> bool:
        """Return whether there is a collection of that name."""
        return self.use(name).exists()

    def delete(self, name: str | Sequence[str]) -> None:
        """Delete collections with all that is in them; one that is not there is no error."""
        names = [name] if isinstance(name, str) else list(name)
        if not all(isinstance(one, str) for one in names):
            raise WeaviateInvalidInputError(f"delete needs a name or names, not {name!r}")
        with self._database.writing() as connection:
            for one in names:
                storage.drop_collection(connection, collection_name(one))
        self._cache.clear()

    def delete_all(self) -> None:
        """Delete every collection."""
        self.delete(list(self.list_all()))

    def list_all(self, simple: bool = True) -> dict[str, CollectionConfig]:
        """Return the configurations of all collections, by name in order."""
        with self._database.reading() as connection:
            return {config.name: config for config in storage.list_collections(connection)}
