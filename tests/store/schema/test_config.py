"""A collection's configuration: what is asked for, kept, shown, changed, refused."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from importlib.util import find_spec
from typing import Any

import pytest

from crystalviz.store import (
    Client,
    Configure,
    DataType,
    Property,
    ReferenceProperty,
    connect,
    errors,
)
from crystalviz.store.schema import CollectionConfig, complete
from crystalviz.store.writing.properties import PropertyCodec

from .configurations import FULL, NAMED, OLDER


def _make(client: Client, form: str) -> CollectionConfig:
    extra = {"vector_config": NAMED} if form == "named" else {"vector_index_config": OLDER}
    return client.collections.create("Things", **FULL, **extra).config.get()


def test_what_a_server_adds_where_nothing_is_said(client: Client) -> None:
    # The defaults of the server's entities/vectorindex/hnsw/config.go and usecases/schema/class.go.
    config = client.collections.create("Things").config.get()
    assert config.properties == [] == config.references
    assert config.vectorizer is None
    assert config.vector_index_config is None
    inverted = config.inverted_index_config
    assert (inverted.bm25.b, inverted.bm25.k1) == (0.75, 1.2)
    assert inverted.cleanup_interval_seconds == 60
    assert (inverted.stopwords.preset, inverted.stopwords.additions) == ("en", None)
    assert config.vector_config is not None
    index = config.vector_config["default"].vector_index_config
    assert (index.ef, index.ef_construction, index.max_connections) == (-1, 128, 32)
    assert (index.dynamic_ef_min, index.dynamic_ef_max, index.dynamic_ef_factor) == (100, 500, 8)
    assert (index.flat_search_cutoff, index.distance_metric) == (40000, "cosine")
    assert (index.filter_strategy, index.quantizer) == ("acorn", None)
    assert config.multi_tenancy_config.enabled is False
    assert config.sharding_config is not None
    assert config.sharding_config.desired_virtual_count == 128
    # What search takes: an ef only when one was asked for.
    space = config.vectors["default"]
    assert (space.distance, space.dimension, space.ef, space.index_type) == (
        "cosine",
        None,
        None,
        "hnsw",
    )


def test_the_older_form_of_vectors_is_shown_as_such(client: Client) -> None:
    config = client.collections.create(
        "Things",
        vectorizer_config=Configure.Vectorizer.none(),
        properties=[Property("text", DataType.TEXT)],
    ).config.get()
    assert config.vectorizer == "none"
    assert config.vector_config is None
    assert config.vector_index_type == "hnsw"
    assert config.properties[0].vectorizer == "none"
    assert list(config.vectors) == ["default"]


def test_everything_that_is_asked_for_is_kept(client: Client) -> None:
    config = _make(client, "named")
    assert config.description == "everything"
    text, folded, size, *_, inner = config.properties
    assert (text.description, text.tokenization, text.index_searchable) == (
        "words",
        "lowercase",
        True,
    )
    assert folded.text_analyzer is not None
    assert folded.text_analyzer.ascii_fold_ignore == ["é"]
    assert (size.index_filterable, size.index_range_filters, size.index_searchable) == (
        False,
        True,
        False,
    )
    assert inner.nested_properties is not None
    assert inner.nested_properties[0].tokenization == "field"
    deeper = inner.nested("deeper")
    assert deeper is not None
    assert deeper.nested_properties is not None
    assert deeper.nested_properties[0].data_type == DataType.DATE_ARRAY
    assert [(r.name, r.target_collections) for r in config.references] == [("self", ["Things"])]
    assert config.inverted_index_config.stopwords.additions == ["crystal"]
    assert config.multi_tenancy_config.auto_tenant_creation is True
    assert config.sharding_config is None
    assert config.vector_config is not None
    graph = config.vector_config["graph"].vector_index_config
    assert graph.quantizer.segments == 4
    assert graph.quantizer.encoder.type_ == "tile"
    assert config.vector_config["exact"].vector_index_config.quantizer.cache is True
    assert config.vector_config["growing"].vector_index_config.threshold == 5
    assert config.vectors["graph"].ef == 64
    assert config.vectors["graph"].flat_search_cutoff == 7
    assert config.vectors["exact"].index_type == "flat"
    growing = config.vectors["growing"]
    assert (growing.distance, growing.ef_construction, growing.ef) == ("manhattan", 90, None)


@pytest.mark.parametrize("form", ["named", "older"])
def test_a_configuration_survives_the_disk_and_the_way_through_a_dict(
    client: Client, form: str
) -> None:
    made = _make(client, form)
    client.close()
    with connect(client.folder) as again:
        config = again.collections.use("Things").config.get()
        assert config == made
        assert config.vectors == made.vectors
        assert again.collections.export_config("things") == made
        assert again.collections.list_all(simple=False) == {"Things": made}
        again.collections.delete("Things")
        assert again.collections.create_from_config(config).config.get() == made
        again.collections.delete("Things")
        assert again.collections.create_from_dict(made.to_dict()).config.get() == made
    assert complete(made.to_dict()) == made.document


def test_an_exported_ef_of_minus_one_is_nobodys_wish(client: Client) -> None:
    tuned = client.collections.create("Tuned").config.get()
    assert (
        client.collections.create_from_dict({**tuned.to_dict(), "class": "Copy"})
        .config.get()
        .vectors["default"]
        .ef
        is None
    )
    dynamic = client.collections.create(
        "Dynamic",
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(ef=-1)
        ),
    )
    assert dynamic.config.get().vectors["default"].ef == -1


def _like(ours: Any, theirs: Any) -> Any:
    """Return what `ours` has of the attributes of `theirs`, as plain values."""
    if isinstance(theirs, list):
        return [_like(one, other) for one, other in zip(ours, theirs, strict=True)]
    if isinstance(theirs, dict):
        return {key: _like(ours[key], other) for key, other in theirs.items()}
    if dataclasses.is_dataclass(theirs):
        names = [field.name for field in dataclasses.fields(theirs)]
        return {name: _like(getattr(ours, name), getattr(theirs, name)) for name in names}
    return ours.value if isinstance(ours, Enum) else ours


@pytest.mark.skipif(find_spec("weaviate") is None, reason="compares with weaviate-client's objects")
@pytest.mark.parametrize("form", ["named", "older"])
def test_attributes_are_those_of_weaviate_client(client: Client, form: str) -> None:
    from weaviate.collections.classes.config_methods import _collection_config_from_json

    ours = _make(client, form)
    theirs = _collection_config_from_json(ours.to_dict())
    assert _like(ours, theirs) == _like(theirs, theirs)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"properties": [Property("o", DataType.OBJECT)]}, "at least one nested"),
        (
            {
                "properties": [
                    Property("t", DataType.TEXT, nested_properties=[Property("a", "int")])
                ]
            },
            "for objects",
        ),
        ({"properties": [Property("n", DataType.INT, tokenization="word")]}, "only text"),
        ({"properties": [Property("n", DataType.INT, index_searchable=True)]}, "is for text"),
        ({"properties": [Property("n", DataType.TEXT, index_range_filters=True)]}, "number, int"),
        ({"properties": [Property("n", "texts")]}, "no data type"),
        (
            {
                "properties": [
                    Property(
                        "o",
                        DataType.OBJECT,
                        nested_properties=Property("p", DataType.GEO_COORDINATES),
                    )
                ]
            },
            "cannot lie inside",
        ),
        ({"references": [ReferenceProperty("r", "Nowhere")]}, "no such collection"),
        ({"vector_index_config": Configure.VectorIndex.hnsw(max_connections=3)}, "4..2047"),
        (
            {"vector_index_config": Configure.VectorIndex.hnsw(distance_metric="near")},
            "no distance",
        ),
        (
            {"inverted_index_config": Configure.inverted_index(bm25_b=2, bm25_k1=1)},
            "b in 0..1",
        ),
        (
            {
                "multi_tenancy_config": Configure.multi_tenancy(
                    enabled=False, auto_tenant_creation=True
                )
            },
            "without tenants",
        ),
        (
            {
                "multi_tenancy_config": Configure.multi_tenancy(),
                "sharding_config": Configure.sharding(desired_count=2),
            },
            "both",
        ),
        ({"vector_config": Configure.Vectors.self_provided(name="a-b")}, "cannot name a vector"),
    ],
)
def test_what_a_server_refuses(client: Client, wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(errors.UnexpectedStatusCodeError, match=what) as caught:
        client.collections.create("Things", **wrong)
    assert caught.value.status_code == 422
    assert not client.collections.exists("Things")


def test_what_does_not_go_together(client: Client) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError, match="both"):
        Configure.inverted_index(bm25_b=0.5)
    several = [Configure.Vectors.self_provided(name="a"), Configure.Vectors.self_provided()]
    with pytest.raises(errors.WeaviateInvalidInputError, match="name"):
        client.collections.create("Things", vector_config=several)
    with pytest.raises(errors.WeaviateInvalidInputError, match="vector_config"):
        client.collections.create("Things", vector_config=several[0], vector_index_config=OLDER)


@pytest.mark.skipif(find_spec("weaviate") is None, reason="uses weaviate-client's objects")
def test_what_weaviate_client_exports_keeps_its_distance(client: Client) -> None:
    from weaviate.collections.classes.config_methods import _collection_config_from_json

    made = _make(client, "named")
    theirs = _collection_config_from_json(made.to_dict())
    client.collections.delete("Things")
    copy = client.collections.create_from_config(theirs).config.get()
    assert {n: s.distance for n, s in copy.vectors.items()} == {
        n: s.distance for n, s in made.vectors.items()
    }


def test_configurations_of_the_first_format_are_read() -> None:
    kept = {
        "name": "Things",
        "description": None,
        "properties": [
            {
                "name": name,
                "data_type": kind,
                "description": None,
                "tokenization": "field" if kind == "text" else None,
                "index_filterable": True,
                "index_searchable": kind == "text",
                "index_range_filters": False,
            }
            for name, kind in (("inner", "object"), ("image_id", "text"))
        ],
        "vectors": {
            "default": {
                "distance": "dot",
                "dimension": 3,
                "ef_construction": 64,
                "max_connections": None,
                "ef": 50,
            }
        },
        "inverted_index_config": {
            "index_null_state": True,
            "index_property_length": False,
            "index_timestamps": False,
        },
    }
    config = CollectionConfig.from_json(json.dumps(kept))
    # Objects had no schema inside then.
    assert [(p.name, p.data_type, p.nested_properties) for p in config.properties] == [
        ("inner", "object", None),
        ("image_id", "text", None),
    ]
    assert config.properties[1].tokenization == "field"
    assert config.inverted_index_config.index_null_state is True
    space = config.vectors["default"]
    assert (space.distance, space.dimension, space.ef) == ("dot", 3, 50)
    assert (space.ef_construction, space.max_connections) == (64, 32)
    again = CollectionConfig.from_json(config.to_json())
    assert again == config
    assert again.vectors == config.vectors
    codec = PropertyCodec(again)
    assert codec.encode({"inner": {"a": [1, {"b": None}]}}) == {"inner": {"a": [1, {"b": None}]}}
    assert not codec.grown
