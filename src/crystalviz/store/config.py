"""A collection's configuration, read and changed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import UnexpectedStatusCodeError, WeaviateInvalidInputError
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.schema.changes import changed
from crystalviz.store.schema.parts import as_document
from crystalviz.store.schema.property_document import complete_property, is_reference
from crystalviz.store.schema.requests import asked_ef, named_vectors, updated_document
from crystalviz.store.shards import READONLY, READY, ShardStatus, read_shards
from crystalviz.store.writing.references import check_targets

JsonDict = dict[str, Any]


class ConfigCollection:
    """`collection.config`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def get(self, simple: bool = False) -> CollectionConfig:
        """Return the configuration; `simple` makes no difference here."""
        with self._context.database.reading() as connection:
            return self._context.collection(connection).config

    def update(
        self,
        *,
        description: str | None = None,
        property_descriptions: Mapping[str, str] | None = None,
        inverted_index_config: Any = None,
        multi_tenancy_config: Any = None,
        object_ttl_config: Any = None,
        replication_config: Any = None,
        vector_index_config: Any = None,
        vectorizer_config: Any = None,
        vector_config: Any = None,
        generative_config: Any = None,
        reranker_config: Any = None,
    ) -> None:
        """Change what can be changed; make the changes with `Reconfigure`.

        Parameters
        ----------
        description : str, optional
            Of the collection.
        property_descriptions : dict, optional
            Of properties, by name.
        inverted_index_config, multi_tenancy_config, replication_config : optional
            `Reconfigure.inverted_index(...)` and so on.
        vector_config : optional
            `Reconfigure.Vectors.update(...)`, or a list of them.
        vector_index_config, vectorizer_config : optional
            `Reconfigure.VectorIndex...` for the vector of the older form.

        Raises
        ------
        UnexpectedStatusCodeError
            404 without the collection, 422 for what cannot be changed.
        WeaviateInvalidInputError
            For a property or vector that is not there, or another quantizer.
        WeaviateUnsupportedFeatureError
            For models and objects that expire.
        """
        self._change(
            lambda config: updated_document(
                config,
                description=description,
                property_descriptions=property_descriptions,
                inverted_index_config=inverted_index_config,
                multi_tenancy_config=multi_tenancy_config,
                object_ttl_config=object_ttl_config,
                replication_config=replication_config,
                vector_index_config=vector_index_config,
                vectorizer_config=vectorizer_config,
                vector_config=vector_config,
                generative_config=generative_config,
                reranker_config=reranker_config,
            )
        )

    def update_from_dict(self, document: JsonDict) -> None:
        """Put a whole configuration in the place of the one that is, as REST's PUT does.

        Raises
        ------
        UnexpectedStatusCodeError
            404 without the collection, 422 for what cannot be changed.
        """
        self._change(lambda config: document)

    def add_property(self, prop: Any) -> None:
        """Add a property; objects that are there lack it.

        Parameters
        ----------
        prop : Property or dict
            Ours, the client's, or the JSON of one.

        Raises
        ------
        WeaviateInvalidInputError
            When the name is taken.
        UnexpectedStatusCodeError
            404 without the collection, 422 for what a server refuses.
        """
        self._add(prop)

    def add_reference(self, ref: Any) -> None:
        """Add a cross-reference; as `add_property`.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when the collection it leads to is not there.
        """
        self._add(ref)

    def add_vector(self, *, vector_config: Any) -> None:
        """Add a named vector, or several; objects that are there lack it.

        Raises
        ------
        WeaviateInvalidInputError
            When a name is missing.
        UnexpectedStatusCodeError
            422 when the name is taken.
        """
        several = vector_config if isinstance(vector_config, list | tuple) else [vector_config]
        if any(getattr(one, "name", None) is None for one in several):
            raise WeaviateInvalidInputError("a vector that is added needs a name")
        added = named_vectors(several)

        def change(config: CollectionConfig) -> JsonDict:
            document = copy.deepcopy(config.document)
            vectors = document.setdefault("vectorConfig", {})
            taken = sorted(set(vectors) & set(added))
            if taken:
                raise UnexpectedStatusCodeError(
                    f"{config.name}: there is a vector {taken[0]!r} already", 422
                )
            vectors.update(added)
            return document

        self._change(change)

    def delete_property_index(self, property_name: str, index_name: str) -> bool:
        """Switch an index of a property off: `filterable`, `searchable` or `rangeFilters`.

        Raises
        ------
        UnexpectedStatusCodeError
            422 without the property or the index.
        """
        key = {
            "filterable": "indexFilterable",
            "searchable": "indexSearchable",
            "rangeFilters": "indexRangeFilters",
        }.get(index_name)
        with self._context.database.writing() as connection:
            record = self._context.collection(connection)
            document = copy.deepcopy(record.config.document)
            found = [p for p in document["properties"] if p["name"] == property_name]
            if key is None or not found:
                raise WeaviateInvalidInputError(
                    f"{self._context.name}: no index {index_name!r} of a property "
                    f"{property_name!r}; there is filterable, searchable, rangeFilters"
                )
            found[0][key] = False
            record.config.replace_document(document)
            storage.save_config(connection, record)
            storage.mark_changed(connection, record, vectors_too=False)
        return True

    def get_shards(self) -> list[ShardStatus]:
        """Return the collection's shard, or one for each tenant."""
        with self._context.database.reading() as connection:
            record = self._context.collection(connection)
            return read_shards(connection, record, self._context.tenant)

    def update_shards(
        self, status: str, shard_names: str | Sequence[str] | None = None
    ) -> dict[str, str]:
        """Let nothing be written to shards (`READONLY`), or let it again (`READY`).

        Parameters
        ----------
        status : str
            READY or READONLY.
        shard_names : str or list of str, optional
            All of them where nothing is said.

        Returns
        -------
        dict
            The new status by shard.

        Raises
        ------
        WeaviateInvalidInputError
            For another status.
        UnexpectedStatusCodeError
            404 for a shard that is not there.
        """
        if status not in (READY, READONLY):
            raise WeaviateInvalidInputError(f"a shard is READY or READONLY, not {status!r}")
        with self._context.database.writing() as connection:
            record = self._context.collection(connection)
            known = [shard.name for shard in read_shards(connection, record)]
            names = [shard_names] if isinstance(shard_names, str) else shard_names
            wanted = known if names is None else list(names)
            missing = sorted(set(wanted) - set(known))
            if missing:
                raise UnexpectedStatusCodeError(
                    f"{record.config.name}: no shard {missing[0]!r}; there is {', '.join(known)}",
                    404,
                )
            change = record.config.read_only
            record.config.read_only = (
                change | set(wanted) if status == READONLY else change - set(wanted)
            )
            storage.save_config(connection, record)
            storage.mark_changed(connection, record, vectors_too=False)
        return dict.fromkeys(wanted, status)

    def _add(self, given: Any) -> None:
        asked = as_document(given, "property")
        with self._context.database.writing() as connection:
            record = self._context.collection(connection)
            document = copy.deepcopy(record.config.document)
            if any(one["name"] == asked.get("name") for one in document["properties"]):
                raise WeaviateInvalidInputError(
                    f"{self._context.name}: there is a property {asked['name']!r} already"
                )
            new = complete_property(
                record.config.name,
                asked,
                document["invertedIndexConfig"],
                document["properties"],
            )
            if is_reference(new["dataType"]):
                check_targets(connection, record.config.name, new["name"], new["dataType"])
            document["properties"].append(new)
            record.config.replace_document(document)
            storage.save_config(connection, record)
            storage.mark_changed(connection, record, vectors_too=False)

    def _change(self, change: Callable[[CollectionConfig], JsonDict]) -> None:
        with self._context.database.writing() as connection:
            record = self._context.collection(connection)
            config = record.config
            wanted = change(config)
            before = asked_ef(config.document)
            new = changed(config.document, wanted)
            # An ef that the change names was asked for; one that it left alone was not.
            for vector, ef in asked_ef(new).items():
                if before.get(vector, -1) != ef:
                    config.asked_ef[vector] = ef
            config.replace_document(new)
            storage.save_config(connection, record)
            storage.mark_changed(connection, record, vectors_too=True)
