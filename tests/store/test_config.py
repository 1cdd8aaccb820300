"""A collection's configuration: what is asked for, kept, shown, changed, refused."""

from __future__ import annotations

import dataclasses
from enum import Enum
from importlib.util import find_spec
from typing import Any

import pytest

from crystalviz.store import (
    Client,
    Configure,
    DataType,
    Property,
    Reconfigure,
    ReferenceProperty,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
    VectorFilterStrategy,
    connect,
    errors,
)
from crystalviz.store.schema import CollectionConfig, complete

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


def test_update_changes_what_can_be_changed(client: Client) -> None:
    things = client.collections.create("Things", **FULL, vector_config=NAMED)
    before = things.config.get()
    things.config.update(
        description="changed",
        property_descriptions={"text": "other words"},
        inverted_index_config=Reconfigure.inverted_index(
            bm25_b=0.1, stopwords_removals=["a", "an"], cleanup_interval_seconds=5
        ),
        multi_tenancy_config=Reconfigure.multi_tenancy(auto_tenant_activation=True),
        replication_config=Reconfigure.replication(factor=2),
        vector_config=[
            Reconfigure.Vectors.update(
                name="graph",
                vector_index_config=Reconfigure.VectorIndex.hnsw(
                    ef=32, quantizer=Reconfigure.VectorIndex.Quantizer.pq(enabled=False)
                ),
            )
        ],
    )
    after = things.config.get()
    assert after.description == "changed"
    assert after.properties[0].description == "other words"
    assert after.properties[1:] == before.properties[1:]
    assert (after.inverted_index_config.bm25.b, after.inverted_index_config.bm25.k1) == (0.1, 1.3)
    assert after.inverted_index_config.stopwords.removals == ["a", "an"]
    assert after.inverted_index_config.stopwords.additions == ["crystal"]
    assert after.multi_tenancy_config.auto_tenant_creation is True
    assert after.multi_tenancy_config.auto_tenant_activation is True
    assert after.replication_config.factor == 2
    assert after.vectors["graph"].ef == 32
    assert after.vector_config is not None
    assert after.vector_config["graph"].vector_index_config.quantizer is None
    assert after.vector_config["exact"] == before.vector_config["exact"]  # type: ignore[index]
    assert client.collections.use("Things").config.get() == after


def test_the_vector_of_the_older_form_is_updated_by_itself(client: Client) -> None:
    things = client.collections.create("Things", vector_index_config=OLDER)
    things.config.update(
        vectorizer_config=Reconfigure.VectorIndex.hnsw(
            dynamic_ef_max=50, quantizer=Reconfigure.VectorIndex.Quantizer.bq()
        )
    )
    index = things.config.get().vector_index_config
    assert index.dynamic_ef_max == 50
    assert index.vector_cache_max_objects == 5
    # Another quantizer needs another collection, as the client says too.
    with pytest.raises(errors.WeaviateInvalidInputError, match="cannot become pq"):
        things.config.update(
            vector_index_config=Reconfigure.VectorIndex.hnsw(
                quantizer=Reconfigure.VectorIndex.Quantizer.pq()
            )
        )
    assert things.config.get().vectors["default"].ef is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("class",), "Others"),
        (("invertedIndexConfig", "indexNullState"), False),
        (("multiTenancyConfig", "enabled"), False),
        (("vectorConfig", "graph", "vectorIndexConfig", "efConstruction"), 64),
        (("vectorConfig", "graph", "vectorIndexConfig", "distance"), "cosine"),
        (("vectorConfig", "graph", "vectorIndexType"), "flat"),
    ],
)
def test_what_stays_as_the_collection_was_made(
    client: Client, path: tuple[str, ...], value: object
) -> None:
    full = {**FULL, "multi_tenancy_config": Configure.multi_tenancy()}
    things = client.collections.create("Things", **full, vector_config=NAMED)
    document = things.config.get().to_dict()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    before = things.config.get()
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        things.config.update_from_dict(document)
    assert caught.value.status_code == 422
    assert things.config.get() == before


def test_update_names_what_is_not_there(client: Client) -> None:
    things = client.collections.create("Things")
    with pytest.raises(errors.WeaviateInvalidInputError, match="no property 'size'"):
        things.config.update(property_descriptions={"size": "?"})
    with pytest.raises(errors.WeaviateInvalidInputError, match="no vector named 'shape'"):
        things.config.update(
            vector_config=Reconfigure.Vectors.update(
                name="shape", vector_index_config=Reconfigure.VectorIndex.flat()
            )
        )
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        client.collections.use("Nothing").config.update(description="x")
    assert caught.value.status_code == 404


def test_vectors_properties_and_references_are_added(client: Client) -> None:
    things = client.collections.create(
        "Things", vector_config=Configure.Vectors.self_provided(name="first")
    )
    things.data.insert({}, vector={"first": [1, 2]})
    things.config.add_vector(vector_config=Configure.Vectors.self_provided(name="second"))
    things.config.add_property({"name": "size", "dataType": ["int"]})
    things.config.add_reference(ReferenceProperty.MultiTarget("links", ["things"]))
    config = things.config.get()
    assert list(config.vectors) == ["first", "second"]
    assert config.vectors["first"].dimension == 2
    assert [p.name for p in config.properties] == ["size"]
    assert config.references[0].target_collections == ["Things"]
    with pytest.raises(errors.UnexpectedStatusCodeError, match="'second' already"):
        things.config.add_vector(vector_config=Configure.Vectors.self_provided(name="second"))
    things.data.insert({"size": 1}, vector={"second": [1, 2, 3]})
    assert len(things.query.near_vector([1, 2, 3], target_vector="second").objects) == 1
    with pytest.raises(errors.WeaviateInvalidInputError, match="needs a name"):
        things.config.add_vector(vector_config=Configure.Vectors.self_provided())
    with pytest.raises(errors.WeaviateInvalidInputError, match="already"):
        things.config.add_reference(ReferenceProperty("links", "Things"))
    with pytest.raises(errors.UnexpectedStatusCodeError, match="no such collection"):
        things.config.add_reference(ReferenceProperty("lost", "Nowhere"))


def test_an_index_of_a_property_is_switched_off(client: Client) -> None:
    things = client.collections.create("Things", properties=[Property("text", DataType.TEXT)])
    assert things.config.delete_property_index("text", "searchable") is True
    assert things.config.get().properties[0].index_searchable is False
    assert things.config.get().properties[0].index_filterable is True
    for name, index in (("size", "searchable"), ("text", "everything")):
        with pytest.raises(errors.WeaviateInvalidInputError):
            things.config.delete_property_index(name, index)


def test_shards(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({})
    assert [(s.name, s.status) for s in things.config.get_shards()] == [("Things", "READY")]
    assert [(s.name, s.object_count) for s in things.shards()] == [("Things", 1)]


def test_shards_that_nothing_is_written_to(client: Client) -> None:
    labs = client.collections.create("Labs", multi_tenancy_config=Configure.multi_tenancy())
    labs.tenants.create(["a", "b"])
    assert labs.config.update_shards("READONLY", "a") == {"a": "READONLY"}
    assert {s.name: s.status for s in labs.config.get_shards()} == {"a": "READONLY", "b": "READY"}
    assert [s.name for s in labs.with_tenant("b").config.get_shards()] == ["b"]
    with pytest.raises(errors.UnexpectedStatusCodeError, match="read-only"):
        labs.with_tenant("a").data.insert({})
    assert len(labs.with_tenant("a").query.fetch_objects().objects) == 0
    labs.with_tenant("b").data.insert({})
    assert labs.config.update_shards("READY") == {"a": "READY", "b": "READY"}
    labs.with_tenant("a").data.insert({})
    with pytest.raises(errors.UnexpectedStatusCodeError, match="no shard 'c'"):
        labs.config.update_shards("READY", ["c"])
    with pytest.raises(errors.WeaviateInvalidInputError):
        labs.config.update_shards("ASLEEP")


def test_the_quantizer_of_an_exact_index_is_chosen_once(client: Client) -> None:
    flat = Configure.VectorIndex.flat(quantizer=Configure.VectorIndex.Quantizer.bq())
    things = client.collections.create("Things", vector_index_config=flat)
    quantizers = Reconfigure.VectorIndex.Quantizer
    things.config.update(
        vectorizer_config=Reconfigure.VectorIndex.flat(quantizer=quantizers.bq(rescore_limit=20))
    )
    assert things.config.get().vector_index_config.quantizer.rescore_limit == 20  # type: ignore[union-attr]
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        things.config.update(
            vectorizer_config=Reconfigure.VectorIndex.flat(quantizer=quantizers.bq(enabled=False))
        )
    assert caught.value.status_code == 422


def test_named_vectors_come_to_the_one_of_the_older_form(client: Client) -> None:
    things = client.collections.create("Things", vectorizer_config=Configure.Vectorizer.none())
    things.data.insert({}, vector=[1, 2])
    things.config.add_vector(vector_config=Configure.NamedVectors.none("more"))
    config = things.config.get()
    assert config.vectorizer is None
    assert config.vector_index_type == "hnsw"
    assert list(config.vector_config or ()) == ["more"]
    assert {name: space.dimension for name, space in config.vectors.items()} == {
        "default": 2,
        "more": None,
    }
    things.data.insert({}, vector={"more": [1, 2, 3]})
    assert len(things.query.near_vector([1, 2, 3], target_vector="more").objects) == 1
    with pytest.raises(errors.UnexpectedStatusCodeError, match="'default'"):
        things.config.add_vector(vector_config=Configure.Vectors.self_provided(name="default"))
    assert client.collections.create_from_dict({**config.to_dict(), "class": "Copy"})


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
