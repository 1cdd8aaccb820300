"""What a collection is made of: its properties, their types, its vectors, its tenants.

The truth is the document (`document.py`): the JSON that a Weaviate server keeps and shows.
One asks for it with `Configure` or weaviate-client's own objects (`parts.py`, `requests.py`),
and reads it as a `CollectionConfig` (`collection_config.py`), attribute for attribute the
client's object.
"""

from crystalviz.store.schema.collection_config import (
    CollectionConfig,
    InvertedIndexConfig,
    VectorSpace,
)
from crystalviz.store.schema.configure import Configure
from crystalviz.store.schema.document import DEFAULT_VECTOR, complete
from crystalviz.store.schema.enums import (
    DataType,
    ReplicationDeletionStrategy,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
    VectorFilterStrategy,
    VectorIndexType,
    Vectorizers,
)
from crystalviz.store.schema.names import capitalized, collection_name, property_name
from crystalviz.store.schema.parts import Property, ReferenceProperty
from crystalviz.store.schema.property_configs import PropertyConfig, ReferencePropertyConfig
from crystalviz.store.schema.reconfigure import Reconfigure
from crystalviz.store.schema.requests import creation_document

__all__ = [
    "DEFAULT_VECTOR",
    "CollectionConfig",
    "Configure",
    "DataType",
    "InvertedIndexConfig",
    "Property",
    "PropertyConfig",
    "Reconfigure",
    "ReferenceProperty",
    "ReferencePropertyConfig",
    "ReplicationDeletionStrategy",
    "StopwordsPreset",
    "Tokenization",
    "VectorDistances",
    "VectorFilterStrategy",
    "VectorIndexType",
    "VectorSpace",
    "Vectorizers",
    "capitalized",
    "collection_name",
    "complete",
    "creation_document",
    "property_name",
]
