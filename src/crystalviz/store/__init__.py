"""The embedded store: objects, properties and vectors in a folder, with Weaviate's calls."""

from crystalviz.store.classes import (
    Configure,
    DataObject,
    DataType,
    Filter,
    GroupByAggregate,
    MetadataQuery,
    Metrics,
    Property,
    Sort,
    Tokenization,
    VectorDistances,
)
from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.connecting import connect
from crystalviz.store.identity import generate_uuid5

__all__ = [
    "Client",
    "Collection",
    "Configure",
    "DataObject",
    "DataType",
    "Filter",
    "GroupByAggregate",
    "MetadataQuery",
    "Metrics",
    "Property",
    "Sort",
    "Tokenization",
    "VectorDistances",
    "connect",
    "generate_uuid5",
]
