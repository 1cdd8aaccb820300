"""Parts of a configuration as one asks for them: ours, and weaviate-client's own objects.

Both have a method `_to_dict` that gives the JSON of Weaviate's REST interface, and parts that
change a configuration have `merge_with_existing`, which writes itself into such JSON. So the
store needs no list of the client's classes, and the client need not be installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.schema.document import plain
from crystalviz.store.schema.enums import DataType, Tokenization
from crystalviz.store.schema.names import capitalized

JsonDict = dict[str, Any]

QUANTIZERS = ("pq", "bq", "sq", "rq")


def given(**values: Any) -> JsonDict:
    """Return the values that are not None, as JSON."""
    return {key: plain(value) for key, value in values.items() if value is not None}


def as_document(part: Any, what: str) -> JsonDict:
    """Return the JSON of a part: ours, the client's, or JSON already."""
    if part is None:
        return {}
    if isinstance(part, dict):
        return plain(part)
    convert = getattr(part, "_to_dict", None)
    if convert is None:
        raise WeaviateInvalidInputError(f"{what}: cannot use a {type(part).__name__}: {part!r}")
    return plain(convert())


def attribute(thing: Any, *names: str) -> Any:
    """Return the first attribute that is set: ours are snake_case, the client's camelCase."""
    for name in names:
        value = getattr(thing, name, None)
        if value is not None:
            return value.value if isinstance(value, Enum) else value
    return None


@dataclass
class Part:
    """Some settings by their JSON names."""

    settings: JsonDict = field(default_factory=dict)

    def _to_dict(self) -> JsonDict:
        return plain(self.settings)

    def merge_with_existing(self, schema: JsonDict) -> JsonDict:
        """Write the settings into `schema`, those inside parts one by one, and return it."""
        for key, value in self.settings.items():
            if isinstance(value, Part):
                schema[key] = value.merge_with_existing(schema.get(key) or {})
            else:
                schema[key] = plain(value)
        return schema


@dataclass
class Quantizer(Part):
    """A quantizer; kept with the configuration, and without effect on the answers."""

    name: str = "pq"

    def quantizer_name(self) -> str:
        """Return pq, bq, sq, rq or skipDefaultQuantization."""
        return self.name


@dataclass
class VectorIndex(Part):
    """A vector index as one asks for it, or for its change."""

    kind: str = "hnsw"
    quantizer: Quantizer | None = None

    def vector_index_type(self) -> str:
        """Return hnsw, flat or dynamic."""
        return self.kind

    def _to_dict(self) -> JsonDict:
        document = {
            key: value._to_dict() if isinstance(value, Part) else plain(value)
            for key, value in self.settings.items()
        }
        if self.quantizer is not None:
            name = self.quantizer.quantizer_name()
            on = True if name == "skipDefaultQuantization" else self.quantizer._to_dict()
            document[name] = on
        return document

    def merge_with_existing(self, schema: JsonDict) -> JsonDict:
        """Write the settings into `schema`; a quantizer switches the others off."""
        super().merge_with_existing(schema)
        if self.quantizer is not None:
            name = self.quantizer.quantizer_name()
            schema[name] = self.quantizer.merge_with_existing(schema.get(name) or {})
            for other in QUANTIZERS:
                if other != name and other in schema:
                    schema[other]["enabled"] = False
        return schema


@dataclass
class VectorConfig:
    """A vector of a collection: its name (None for the only one) and its index."""

    name: str | None = None
    vectorizer: str = "none"
    vector_index_config: Any = None

    def _to_dict(self) -> JsonDict:
        return vector_document(self)


def vector_document(vector: Any) -> JsonDict:
    """Return the JSON of a vector, ours or the client's."""
    if not isinstance(vector, VectorConfig):
        document = as_document(vector, "vector_config")
        document.pop("name", None)
        return document
    document = {"vectorizer": {vector.vectorizer: {}}}
    index = vector.vector_index_config
    if index is not None:
        document["vectorIndexType"] = index_kind(index)
        document["vectorIndexConfig"] = as_document(index, "vector_index_config")
    return document


def index_kind(index: Any) -> str:
    """Return hnsw, flat, dynamic or hfresh, of an index object of ours or the client's."""
    kind = index.vector_index_type()
    return str(kind.value if isinstance(kind, Enum) else kind)


@dataclass
class Property:
    """A property of a collection.

    Parameters
    ----------
    name : str
        Letters, digits and `_`; the first letter becomes lower case, as in Weaviate.
    data_type : DataType
        Its type.
    description : str, optional
        For people.
    index_filterable, index_searchable, index_range_filters : bool, optional
        Kept with the schema; the embedded store filters every property.
    nested_properties : Property or list of Property, optional
        What is inside an object.
    text_analyzer : optional
        `Configure.text_analyzer(...)`.
    tokenization : Tokenization, optional
        Of a text property; `WORD` where nothing is said.
    skip_vectorization, vectorize_property_name : bool
        Without effect: vectors are the caller's.
    """

    name: str
    data_type: DataType | str
    description: str | None = None
    index_filterable: bool | None = None
    index_searchable: bool | None = None
    index_range_filters: bool | None = None
    tokenization: Tokenization | str | None = None
    nested_properties: Property | list[Property] | None = None
    text_analyzer: Any = None
    skip_vectorization: bool = False
    vectorize_property_name: bool = True

    def _to_dict(self) -> JsonDict:
        inner = self.nested_properties
        several = inner if inner is None or isinstance(inner, list) else [inner]
        return given(
            name=self.name,
            dataType=[self.data_type],
            description=self.description,
            indexFilterable=self.index_filterable,
            indexSearchable=self.index_searchable,
            indexRangeFilters=self.index_range_filters,
            tokenization=self.tokenization,
            nestedProperties=several and [as_document(one, "nested_properties") for one in several],
            textAnalyzer=as_document(self.text_analyzer, "text_analyzer") or None,
        )


@dataclass
class ReferenceMultiTarget:
    """A cross-reference that may lead to several collections: `ReferenceProperty.MultiTarget`."""

    name: str
    target_collections: list[str]
    description: str | None = None

    def _to_dict(self) -> JsonDict:
        return given(
            name=self.name,
            dataType=[capitalized(target) for target in self.target_collections],
            description=self.description,
        )


@dataclass
class ReferenceProperty:
    """A cross-reference to the objects of one collection."""

    name: str
    target_collection: str
    description: str | None = None

    MultiTarget = ReferenceMultiTarget

    def _to_dict(self) -> JsonDict:
        return given(
            name=self.name,
            dataType=[capitalized(self.target_collection)],
            description=self.description,
        )
