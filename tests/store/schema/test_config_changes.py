"""A collection's configuration changed: what can be, what stays as it was made."""

from __future__ import annotations

import pytest

from crystalviz.store import (
    Client,
    Configure,
    DataType,
    Property,
    Reconfigure,
    ReferenceProperty,
    errors,
)

from .configurations import FULL, NAMED, OLDER


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


@pytest.mark.parametrize("kind", ["bq", "rq"])
def test_the_quantizer_of_an_exact_index_is_chosen_once(client: Client, kind: str) -> None:
    quantizer = getattr(Configure.VectorIndex.Quantizer, kind)()
    things = client.collections.create(
        "Things", vector_index_config=Configure.VectorIndex.flat(quantizer=quantizer)
    )

    def change(**settings: object) -> None:
        other = getattr(Reconfigure.VectorIndex.Quantizer, kind)(**settings)
        things.config.update(vectorizer_config=Reconfigure.VectorIndex.flat(quantizer=other))

    change(rescore_limit=20)
    assert things.config.get().vector_index_config.quantizer.rescore_limit == 20  # type: ignore[union-attr]
    for wrong in ({"enabled": False}, *([{"bits": 1}] if kind == "rq" else [])):
        with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
            change(**wrong)
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
