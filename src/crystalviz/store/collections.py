"""The collections of a store: make, find, list, delete."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from crystalviz.store import storage
from crystalviz.store.aliases import alias_target
from crystalviz.store.collection import Collection
from crystalviz.store.errors import (
    StoreCorruptError,
    UnexpectedStatusCodeError,
    WeaviateInvalidInputError,
)
from crystalviz.store.index import purge_indexes
from crystalviz.store.schema import (
    CollectionConfig,
    collection_name,
    complete,
    creation_document,
)
from crystalviz.store.schema.requests import asked_ef
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.database import Database
from crystalviz.store.writing.references import check_targets


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
        object_ttl_config: Any = None,
        properties: Sequence[Any] | None = None,
        references: Sequence[Any] | None = None,
        replication_config: Any = None,
        reranker_config: Any = None,
        sharding_config: Any = None,
        vector_index_config: Any = None,
        vectorizer_config: Any = None,
        vector_config: Any = None,
        data_model_properties: Any = None,
        data_model_references: Any = None,
        skip_argument_validation: bool = False,
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
        references : sequence of ReferenceProperty, optional
            Links to objects of collections that are there, or of this one.
        multi_tenancy_config : optional
            `Configure.multi_tenancy()`: objects are of one tenant each.
        vector_config : optional
            `Configure.Vectors.self_provided()`, or a list of them by name; one vector named
            `default` where nothing is said.
        vectorizer_config, vector_index_config : optional
            The older form of the same.
        inverted_index_config : optional
            `Configure.inverted_index(index_null_state=True, ...)`.
        replication_config, sharding_config : optional
            Kept, and without meaning on one machine.
        data_model_properties, data_model_references, skip_argument_validation : optional
            Of weaviate-client; without effect here.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when there is a collection of that name, or Weaviate would refuse it.
        WeaviateInvalidInputError
            When a name is not valid, or arguments do not go together.
        WeaviateUnsupportedFeatureError
            For vectorizers, generative and reranking models, objects that expire.
        """
        asked = creation_document(
            name,
            description=description,
            generative_config=generative_config,
            inverted_index_config=inverted_index_config,
            multi_tenancy_config=multi_tenancy_config,
            object_ttl_config=object_ttl_config,
            properties=properties,
            references=references,
            replication_config=replication_config,
            reranker_config=reranker_config,
            sharding_config=sharding_config,
            vector_index_config=vector_index_config,
            vectorizer_config=vectorizer_config,
            vector_config=vector_config,
        )
        return self._create(asked, asked_ef(asked))

    def create_from_dict(self, config: dict[str, Any]) -> Collection:
        """Make a collection from the JSON of Weaviate's REST interface.

        Raises
        ------
        WeaviateInvalidInputError, UnexpectedStatusCodeError, WeaviateUnsupportedFeatureError
            As `create`.
        """
        if not isinstance(config, dict):
            raise WeaviateInvalidInputError(f"create_from_dict needs a dict, not {config!r}")
        # -1 is how every exported configuration says that no ef was asked for.
        asked = {name: ef for name, ef in asked_ef(config).items() if ef != -1}
        return self._create(config, asked)

    def create_from_config(self, config: Any) -> Collection:
        """Make a collection like the one that `config.get` or `export_config` gave."""
        return self.create_from_dict(config.to_dict())

    def export_config(self, name: str) -> CollectionConfig:
        """Return a collection's configuration.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when there is no such collection.
        """
        return self.use(name).config.get()

    def _create(self, asked: dict[str, Any], ef: dict[str, int]) -> Collection:
        config = CollectionConfig(complete(asked), asked_ef=ef)
        with self._database.writing() as connection:
            if alias_target(connection, config.name) is not None:
                raise UnexpectedStatusCodeError(
                    f"{self._database.folder}: {config.name!r} is an alias already. Take another "
                    "name, or delete the alias with client.alias.delete()",
                    422,
                )
            # A server keeps no two names that differ in upper and lower case only.
            taken = connection.execute(
                "SELECT name FROM collections WHERE name=? COLLATE NOCASE", (config.name,)
            ).fetchone()
            if taken is not None:
                raise UnexpectedStatusCodeError(
                    f"{self._database.folder}: there is a collection {taken[0]!r} already. "
                    "Use client.collections.use() to open it",
                    422,
                )
            for reference in config.references:
                check_targets(connection, config.name, reference.name, reference.target_collections)
            storage.add_collection(connection, config)
        return self.use(config.name)

    def use(
        self, name: str, data_model_properties: Any = None, data_model_references: Any = None
    ) -> Collection:
        """Return a collection by its name or alias; whether it is there shows when it is used.

        The data models are for type checkers, and without effect.
        """
        return Collection(self._database, self._cache, collection_name(name))

    def get(
        self, name: str, data_model_properties: Any = None, data_model_references: Any = None
    ) -> Collection:
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
        gone = []
        with self._database.writing() as connection:
            for one in names:
                # What is damaged can be deleted too; then the index's files stay behind.
                with suppress(StoreCorruptError):
                    record = storage.find_collection(connection, collection_name(one))
                    gone += [] if record is None else [record.id]
                storage.drop_collection(connection, collection_name(one))
        self._cache.clear()
        purge_indexes(self._database.folder, gone)

    def delete_all(self) -> None:
        """Delete every collection."""
        self.delete(list(self.list_all()))

    def list_all(self, simple: bool = True) -> dict[str, CollectionConfig]:
        """Return the configurations of all collections, by name in order."""
        with self._database.reading() as connection:
            return {config.name: config for config in storage.list_collections(connection)}
