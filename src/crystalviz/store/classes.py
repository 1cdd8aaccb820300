"""What one writes collections, filters and queries with; equal to weaviate.classes in use."""

from crystalviz.store.query.asking import (
    BM25Operator,
    GroupBy,
    HybridFusion,
    HybridVector,
    MetadataQuery,
    NearVector,
    QueryNested,
    QueryReference,
    TargetVectors,
)
from crystalviz.store.query.filters import Filter
from crystalviz.store.query.metrics import GroupByAggregate, Metrics
from crystalviz.store.query.sorting import Sort
from crystalviz.store.schema import (
    Configure,
    DataType,
    Property,
    Reconfigure,
    ReferenceProperty,
    ReplicationDeletionStrategy,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
    VectorFilterStrategy,
    VectorIndexType,
    Vectorizers,
)
from crystalviz.store.writing.data import DataObject
from crystalviz.store.writing.references import DataReference, ReferenceToMulti
from crystalviz.store.writing.tenants import Tenant, TenantActivityStatus
from crystalviz.store.writing.values import GeoCoordinate, PhoneNumber

__all__ = [
    "BM25Operator",
    "Configure",
    "DataObject",
    "DataReference",
    "DataType",
    "Filter",
    "GeoCoordinate",
    "GroupBy",
    "GroupByAggregate",
    "HybridFusion",
    "HybridVector",
    "MetadataQuery",
    "Metrics",
    "NearVector",
    "PhoneNumber",
    "Property",
    "QueryNested",
    "QueryReference",
    "Reconfigure",
    "ReferenceProperty",
    "ReferenceToMulti",
    "ReplicationDeletionStrategy",
    "Sort",
    "StopwordsPreset",
    "TargetVectors",
    "Tenant",
    "TenantActivityStatus",
    "Tokenization",
    "VectorDistances",
    "VectorFilterStrategy",
    "VectorIndexType",
    "Vectorizers",
]
