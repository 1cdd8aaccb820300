"""What a collection is made of: properties, their types, and its vectors.

The classes take the same arguments as weaviate-client's, and `read_*` accept that
package's own objects as well (by attribute, so that it need not be installed).
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from enum import Enum, StrEnum
from typing import Any

from crystalviz.store.errors import (
    WeaviateInsertInvalidPropertyError,
    WeaviateInvalidInputError,
    WeaviateUnsupportedFeatureError,
)

DEFAULT_VECTOR = "default"

_COLLECTION_NAME = re.compile(r"[A-Z][_0-9A-Za-z]{0,254}\Z")
_PROPERTY_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,230}\Z")
_RESERVED = {"_additional", "_id"}


class DataType(StrEnum):
    """Types of a property."""

    TEXT = "text"
    TEXT_ARRAY = "text[]"
    INT = "int"
    INT_ARRAY = "int[]"
    BOOL = "boolean"
    BOOL_ARRAY = "boolean[]"
    NUMBER = "number"
    NUMBER_ARRAY = "number[]"
    DATE = "date"
    DATE_ARRAY = "date[]"
    UUID = "uuid"
    UUID_ARRAY = "uuid[]"
    OBJECT = "object"
    OBJECT_ARRAY = "object[]"


class Tokenization(StrEnum):
    """How filters cut a text into tokens; `WORD` where nothing is said.

    WORD: letters and digits, lower case. LOWERCASE: at white space, lower case.
    WHITESPACE: at white space. FIELD: the whole text, trimmed, is one token.
    TRIGRAM: groups of three letters or digits, lower case.
    """

    WORD = "word"
    WHITESPACE = "whitespace"
    LOWERCASE = "lowercase"
    FIELD = "field"
    TRIGRAM = "trigram"


class VectorDistances(StrEnum):
    """Distance between two vectors."""

    COSINE = "cosine"
    DOT = "dot"
    L2_SQUARED = "l2-squared"


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
    tokenization : Tokenization, optional
        Of a text property; `WORD` where nothing is said.
    """

    name: str
    data_type: DataType | str
    description: str | None = None
    index_filterable: bool | None = None
    index_searchable: bool | None = None
    index_range_filters: bool | None = None
    tokenization: Tokenization | str | None = None


@dataclass
class VectorIndexConfig:
    """Settings of a vector's index."""

    distance_metric: VectorDistances | str | None = None
    ef_construction: int | None = None
    max_connections: int | None = None
    ef: int | None = None


@dataclass
class VectorConfig:
    """A vector of a collection: its name (None for the only one) and its index."""

    name: str | None = None
    vectorizer: str = "none"
    vector_index_config: VectorIndexConfig | None = None


@dataclass
class InvertedIndexConfig:
    """What else than values can be filtered: missing values, lengths, times."""

    index_null_state: bool = False
    index_property_length: bool = False
    index_timestamps: bool = False


class Configure:
    """Makes the parts of a collection's configuration, as weaviate-client's class does."""

    class VectorIndex:
        """Vector index settings."""

        @staticmethod
        def hnsw(
            *,
            distance_metric: VectorDistances | str | None = None,
            ef_construction: int | None = None,
            max_connections: int | None = None,
            ef: int | None = None,
        ) -> VectorIndexConfig:
            """Return HNSW settings; they are kept, and the store searches exactly."""
            return VectorIndexConfig(distance_metric, ef_construction, max_connections, ef)

        @staticmethod
        def flat(*, distance_metric: VectorDistances | str | None = None) -> VectorIndexConfig:
            """Return settings of an exact index."""
            return VectorIndexConfig(distance_metric)

    class Vectors:
        """Vectors that the caller brings."""

        @staticmethod
        def self_provided(
            *, name: str | None = None, vector_index_config: VectorIndexConfig | None = None
        ) -> VectorConfig:
            """Return a vector of the collection, by `name` when there are several."""
            return VectorConfig(name, "none", vector_index_config)

    class Vectorizer:
        """The older spelling of `Vectors`."""

        @staticmethod
        def none() -> VectorConfig:
            """Return the vector that the caller brings."""
            return VectorConfig()

    @staticmethod
    def inverted_index(
        *,
        index_null_state: bool = False,
        index_property_length: bool = False,
        index_timestamps: bool = False,
    ) -> InvertedIndexConfig:
        """Return which extra filters the collection answers."""
        return InvertedIndexConfig(index_null_state, index_property_length, index_timestamps)


@dataclass
class PropertyConfig:
    """A property as the collection keeps it."""

    name: str
    data_type: str
    description: str | None = None
    tokenization: str | None = None
    index_filterable: bool = True
    index_searchable: bool = False
    index_range_filters: bool = False

    @property
    def element_type(self) -> str:
        """The type without `[]`."""
        return self.data_type.removesuffix("[]")

    @property
    def is_array(self) -> bool:
        """Whether a value is a list."""
        return self.data_type.endswith("[]")


@dataclass
class VectorSpace:
    """A named vector of the collection; its dimension is that of the first one stored."""

    distance: str = "cosine"
    dimension: int | None = None
    ef_construction: int | None = None
    max_connections: int | None = None
    ef: int | None = None


@dataclass
class CollectionConfig:
    """A collection's whole configuration."""

    name: str
    description: str | None = None
    properties: list[PropertyConfig] = field(default_factory=list)
    vectors: dict[str, VectorSpace] = field(default_factory=lambda: {DEFAULT_VECTOR: VectorSpace()})
    inverted_index_config: InvertedIndexConfig = field(default_factory=InvertedIndexConfig)

    def property(self, name: str) -> PropertyConfig | None:
        """Return the property of that name, or None."""
        return next((p for p in self.properties if p.name == name), None)

    def to_json(self) -> str:
        """Return the configuration as the database keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CollectionConfig:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            raw["name"],
            raw["description"],
            [PropertyConfig(**p) for p in raw["properties"]],
            {name: VectorSpace(**space) for name, space in raw["vectors"].items()},
            InvertedIndexConfig(**raw["inverted_index_config"]),
        )


def collection_name(name: Any) -> str:
    """Return the collection's name with its first letter in upper case.

    Raises
    ------
    WeaviateInvalidInputError
        When Weaviate would refuse the name.
    """
    if not isinstance(name, str) or not name:
        raise WeaviateInvalidInputError(f"a collection's name must be text, not {name!r}")
    named = name[0].upper() + name[1:]
    if not _COLLECTION_NAME.match(named):
        raise WeaviateInvalidInputError(
            f"{name!r} cannot name a collection: a letter first, then letters, digits and _, "
            "at most 255"
        )
    return named


def property_name(name: Any) -> str:
    """Return the property's name with its first letter in lower case, or refuse it."""
    if not isinstance(name, str) or not name:
        raise WeaviateInvalidInputError(f"a property's name must be text, not {name!r}")
    if name in ("id", "vector"):
        raise WeaviateInsertInvalidPropertyError([name])
    named = name[0].lower() + name[1:]
    if named in _RESERVED or not _PROPERTY_NAME.match(named):
        raise WeaviateInvalidInputError(
            f"{name!r} cannot name a property: letters, digits and _, no digit first, "
            f"and none of {', '.join(sorted(_RESERVED))}, id, vector"
        )
    return named


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _attribute(thing: Any, *names: str) -> Any:
    """Return the first attribute that is set: ours are snake_case, the client's camelCase."""
    for name in names:
        value = getattr(thing, name, None)
        if value is not None:
            return _plain(value)
    return None


def read_property(given: Any) -> PropertyConfig:
    """Return the configuration of a `Property`, ours or weaviate-client's."""
    name = property_name(getattr(given, "name", None))
    data_type = _attribute(given, "data_type", "dataType")
    known = {t.value for t in DataType}
    if data_type not in known:
        raise WeaviateUnsupportedFeatureError(
            f"property {name!r}: the data type {data_type!r} is not in the embedded store. "
            f"It has {', '.join(sorted(known))}"
        )
    tokenization = _attribute(given, "tokenization")
    is_text = data_type in ("text", "text[]")
    if tokenization is not None and not is_text:
        raise WeaviateInvalidInputError(
            f"property {name!r}: only text is tokenised, and its type is {data_type}"
        )
    if is_text:
        tokenization = tokenization or Tokenization.WORD.value
        if tokenization not in {t.value for t in Tokenization}:
            raise WeaviateUnsupportedFeatureError(
                f"property {name!r}: the tokenization {tokenization!r} is not in the embedded "
                f"store. It has {', '.join(t.value for t in Tokenization)}"
            )
    filterable = _attribute(given, "index_filterable", "indexFilterable")
    searchable = _attribute(given, "index_searchable", "indexSearchable")
    ranged = _attribute(given, "index_range_filters", "indexRangeFilters")
    return PropertyConfig(
        name,
        data_type,
        _attribute(given, "description"),
        tokenization,
        True if filterable is None else bool(filterable),
        is_text if searchable is None else bool(searchable),
        bool(ranged),
    )


def read_vectors(vector_config: Any, index_config: Any = None) -> dict[str, VectorSpace]:
    """Return the named vectors that the arguments of `create` ask for."""
    if vector_config is None:
        return {DEFAULT_VECTOR: _space(index_config)}
    given = vector_config if isinstance(vector_config, list | tuple) else [vector_config]
    spaces: dict[str, VectorSpace] = {}
    for one in given:
        vectorizer = getattr(one, "vectorizer", None)
        vectorizer = _plain(getattr(vectorizer, "vectorizer", vectorizer))
        if vectorizer not in (None, "none"):
            raise WeaviateUnsupportedFeatureError(
                f"the vectorizer {vectorizer!r} is not in the embedded store: bring your own "
                "vectors (Configure.Vectors.self_provided())"
            )
        name = getattr(one, "name", None) or DEFAULT_VECTOR
        if name in spaces:
            raise WeaviateInvalidInputError(f"two vectors are named {name!r}: give each its name")
        spaces[name] = _space(
            _attribute(one, "vector_index_config", "vectorIndexConfig") or index_config
        )
    return spaces


def _space(index_config: Any) -> VectorSpace:
    distance = _attribute(index_config, "distance_metric", "distance") or "cosine"
    known = [d.value for d in VectorDistances]
    if distance not in known:
        raise WeaviateUnsupportedFeatureError(
            f"the distance {distance!r} is not in the embedded store. It has {', '.join(known)}"
        )
    return VectorSpace(
        distance,
        ef_construction=_attribute(index_config, "ef_construction", "efConstruction"),
        max_connections=_attribute(index_config, "max_connections", "maxConnections"),
        ef=_attribute(index_config, "ef"),
    )


def read_inverted_index(given: Any) -> InvertedIndexConfig:
    """Return which extra filters are asked for."""
    return InvertedIndexConfig(
        bool(_attribute(given, "index_null_state", "indexNullState")),
        bool(_attribute(given, "index_property_length", "indexPropertyLength")),
        bool(_attribute(given, "index_timestamps", "indexTimestamps")),
    )
