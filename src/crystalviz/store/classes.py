"""What one writes collections, filters and queries with; equal to weaviate.classes in use."""

from crystalviz.store.aggregate import GroupByAggregate, Metrics
from crystalviz.store.data import DataObject
from crystalviz.store.filters import Filter
from crystalviz.store.reply import MetadataQuery
from crystalviz.store.schema import (
    Configure,
    DataType,
    Property,
    Tokenization,
    VectorDistances,
)
from crystalviz.store.sorting import Sort

__all__ = [
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
]
