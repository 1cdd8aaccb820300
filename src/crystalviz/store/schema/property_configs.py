"""Properties and references as one reads them: attribute for attribute as weaviate-client's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystalviz.store.schema.enums import DataType, Tokenization
from crystalviz.store.schema.property_document import is_reference

JsonDict = dict[str, Any]


@dataclass
class TextAnalyzerConfig:
    """How a text is folded before it is cut into tokens, and its list of stopwords."""

    ascii_fold: bool
    ascii_fold_ignore: list[str] | None
    stopword_preset: str | None


@dataclass
class PropertyConfig:
    """A property, or one inside an object."""

    name: str
    data_type: DataType | str
    description: str | None = None
    tokenization: Tokenization | str | None = None
    index_filterable: bool = True
    index_searchable: bool = False
    index_range_filters: bool = False
    nested_properties: list[PropertyConfig] | None = None
    text_analyzer: TextAnalyzerConfig | None = None
    vectorizer: str | None = None
    vectorizer_config: None = None
    vectorizer_configs: JsonDict | None = None

    @property
    def element_type(self) -> str:
        """The type without `[]`."""
        return self.data_type.removesuffix("[]")

    @property
    def is_array(self) -> bool:
        """Whether a value is a list."""
        return self.data_type.endswith("[]")

    def nested(self, name: str) -> PropertyConfig | None:
        """Return the property of that name inside this one, or None."""
        return next((p for p in self.nested_properties or () if p.name == name), None)


@dataclass
class ReferencePropertyConfig:
    """A cross-reference: its name and the collections it may lead to."""

    name: str
    description: str | None
    target_collections: list[str]


def read_properties(document: JsonDict) -> list[PropertyConfig]:
    """Return the document's properties without the references."""
    older = "vectorConfig" not in document
    read = [_property(one) for one in document["properties"] if not is_reference(one["dataType"])]
    for prop in read:
        # The client shows the vectorizer with each property in the older form only.
        if older:
            prop.vectorizer = "none"
        else:
            prop.vectorizer_configs = {}
    return read


def read_references(document: JsonDict) -> list[ReferencePropertyConfig]:
    """Return the document's references."""
    return [
        ReferencePropertyConfig(one["name"], one.get("description"), list(one["dataType"]))
        for one in document["properties"]
        if is_reference(one["dataType"])
    ]


def _property(document: JsonDict) -> PropertyConfig:
    inner = document.get("nestedProperties")
    analyzer = document.get("textAnalyzer")
    tokenization = document.get("tokenization")
    return PropertyConfig(
        document["name"],
        DataType(document["dataType"][0]),
        document.get("description"),
        Tokenization(tokenization) if tokenization else None,
        document["indexFilterable"],
        document["indexSearchable"],
        document["indexRangeFilters"],
        [_property(one) for one in inner] if inner else None,
        TextAnalyzerConfig(
            bool(analyzer.get("asciiFold")),
            analyzer.get("asciiFoldIgnore"),
            analyzer.get("stopwordPreset"),
        )
        if analyzer
        else None,
    )
