from __future__ import annotations

import pytest

from crystalviz.store import Client, Configure, DataType, Property, Tokenization, errors


def test_create_use_exists_list_delete(client: Client) -> None:
    made = client.collections.create("crystalImage", description="images")
    assert made.name == "CrystalImage"
    assert client.collections.exists("crystalImage")
    assert client.collections.use("CrystalImage").exists()
    assert client.collections.get("crystalImage").name == "CrystalImage"
    client.collections.create("Alpha")
    assert list(client.collections.list_all()) == ["Alpha", "CrystalImage"]
    client.collections.delete("crystalImage")
    assert not client.collections.exists("CrystalImage")
    client.collections.delete("Nothing")
    client.collections.delete_all()
    assert client.collections.list_all() == {}


def test_duplicate_collection_is_422(client: Client) -> None:
    client.collections.create("Things")
    for name in ("Things", "things", "THINGS"):
        with pytest.raises(errors.UnexpectedStatusCodeError, match="'Things' already") as caught:
            client.collections.create(name)
        assert caught.value.status_code == 422


@pytest.mark.parametrize(
    "name", ["", "1x", "a-b", "Ab c", "x; DROP TABLE objects", "É", "A" * 256, None, 3]
)
def test_bad_collection_names(client: Client, name: object) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError):
        client.collections.create(name)  # type: ignore[arg-type]


def test_property_names(client: Client) -> None:
    things = client.collections.create("Things", properties=[Property("ImageId", DataType.TEXT)])
    assert [p.name for p in things.config.get().properties] == ["imageId"]
    for name in ("a b", "1x", "_id", "_additional", "x'--"):
        with pytest.raises(errors.WeaviateInvalidInputError):
            client.collections.create("Other", properties=[Property(name, DataType.TEXT)])
    for name in ("id", "vector"):
        with pytest.raises(errors.WeaviateInsertInvalidPropertyError):
            client.collections.create("Other", properties=[Property(name, DataType.TEXT)])
    twice = [Property("name", DataType.TEXT), Property("Name", DataType.INT)]
    with pytest.raises(errors.UnexpectedStatusCodeError):
        client.collections.create("Other", properties=twice)
    assert not client.collections.exists("Other")


def test_configuration_is_kept(client: Client) -> None:
    client.collections.create(
        "Things",
        description="what there is",
        properties=[
            Property("image_id", DataType.TEXT, tokenization=Tokenization.FIELD),
            Property("note", DataType.TEXT, description="free text"),
            Property("size", DataType.NUMBER),
        ],
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(distance_metric="l2-squared", ef=64)
        ),
        inverted_index_config=Configure.inverted_index(index_null_state=True),
    )
    config = client.collections.use("Things").config.get()
    assert config.description == "what there is"
    tokens = {p.name: p.tokenization for p in config.properties}
    assert tokens == {"image_id": "field", "note": "word", "size": None}
    assert config.vectors["default"].distance == "l2-squared"
    assert config.vectors["default"].ef == 64
    assert config.inverted_index_config.index_null_state


def test_add_property(client: Client) -> None:
    things = client.collections.create("Things")
    identity = things.data.insert({})
    things.config.add_property(Property("size", DataType.INT))
    found = things.query.fetch_object_by_id(identity)
    assert found is not None
    assert found.properties == {"size": None}
    with pytest.raises(errors.WeaviateInvalidInputError):
        things.config.add_property(Property("size", DataType.TEXT))
    with pytest.raises(errors.UnexpectedStatusCodeError):
        things.config.add_property(Property("SIZE", DataType.TEXT))


@pytest.mark.parametrize(
    "wrong",
    [
        {"generative_config": object()},
        {"reranker_config": object()},
        {"vectorizer_config": type("V", (), {"vectorizer": "text2vec-openai"})()},
        {"properties": [Property("text", DataType.TEXT, tokenization=Tokenization.GSE)]},
        {"object_ttl_config": {"enabled": True}},
    ],
)
def test_what_is_out_of_scope_is_said(client: Client, wrong: dict[str, object]) -> None:
    with pytest.raises(errors.WeaviateUnsupportedFeatureError):
        client.collections.create("Things", **wrong)  # type: ignore[arg-type]
    assert not client.collections.exists("Things")


def test_missing_collection(client: Client) -> None:
    nothing = client.collections.use("Nothing")
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        nothing.data.insert({"a": 1})
    assert caught.value.status_code == 404
    with pytest.raises(errors.WeaviateQueryError, match="no collection 'Nothing'"):
        nothing.query.fetch_objects()
    with pytest.raises(errors.WeaviateQueryError):
        len(nothing)


def test_a_collection_made_anew_is_empty_and_free(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({"a": "x"}, vector=[1, 2, 3])
    assert len(things.query.near_vector([1, 2, 3]).objects) == 1
    client.collections.delete("Things")
    things = client.collections.create("Things")
    assert len(things) == 0
    assert things.query.near_vector([1, 2]).objects == []
    things.data.insert({"a": "y"}, vector=[1, 2])
    assert [o.properties for o in things.query.near_vector([1, 2]).objects] == [{"a": "y"}]
