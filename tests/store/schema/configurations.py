"""Configurations that say everything that can be said."""

from __future__ import annotations

from typing import Any

from crystalviz.store import (
    Configure,
    DataType,
    Property,
    ReferenceProperty,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
    VectorFilterStrategy,
)

FULL: dict[str, Any] = {
    "description": "everything",
    "properties": [
        Property("text", DataType.TEXT, description="words", tokenization="lowercase"),
        Property(
            "folded",
            DataType.TEXT,
            text_analyzer=Configure.text_analyzer(ascii_fold=True, ascii_fold_ignore=["é"]),
        ),
        Property("size", DataType.NUMBER, index_range_filters=True, index_filterable=False),
        Property("place", DataType.GEO_COORDINATES),
        Property("phone", DataType.PHONE_NUMBER),
        Property("picture", DataType.BLOB),
        Property(
            "inner",
            DataType.OBJECT_ARRAY,
            nested_properties=[
                Property("name", DataType.TEXT, tokenization=Tokenization.FIELD),
                Property(
                    "deeper",
                    DataType.OBJECT,
                    nested_properties=Property("when", DataType.DATE_ARRAY),
                ),
            ],
        ),
    ],
    "references": [ReferenceProperty("self", "things", description="its like")],
    "inverted_index_config": Configure.inverted_index(
        bm25_b=0.8,
        bm25_k1=1.3,
        cleanup_interval_seconds=10,
        index_timestamps=True,
        index_property_length=True,
        index_null_state=True,
        stopwords_preset=StopwordsPreset.EN,
        stopwords_additions=["crystal"],
        stopwords_removals=["the"],
    ),
    "multi_tenancy_config": Configure.multi_tenancy(auto_tenant_creation=True),
    "replication_config": Configure.replication(factor=1, deletion_strategy="DeleteOnConflict"),
}
NAMED = [
    Configure.Vectors.self_provided(
        name="graph",
        vector_index_config=Configure.VectorIndex.hnsw(
            distance_metric=VectorDistances.DOT,
            ef=64,
            ef_construction=100,
            max_connections=16,
            dynamic_ef_min=10,
            filter_strategy=VectorFilterStrategy.SWEEPING,
            flat_search_cutoff=7,
            quantizer=Configure.VectorIndex.Quantizer.pq(segments=4, encoder_type="tile"),
        ),
    ),
    Configure.Vectors.self_provided(
        name="exact",
        vector_index_config=Configure.VectorIndex.flat(
            distance_metric="hamming", quantizer=Configure.VectorIndex.Quantizer.bq(cache=True)
        ),
    ),
    Configure.Vectors.self_provided(
        name="growing",
        vector_index_config=Configure.VectorIndex.dynamic(
            distance_metric="manhattan",
            threshold=5,
            hnsw=Configure.VectorIndex.hnsw(
                ef_construction=90, quantizer=Configure.VectorIndex.Quantizer.sq()
            ),
        ),
    ),
    Configure.Vectors.self_provided(
        name="turned", quantizer=Configure.VectorIndex.Quantizer.rq(bits=8, rescore_limit=20)
    ),
]
OLDER = Configure.VectorIndex.hnsw(vector_cache_max_objects=5)
