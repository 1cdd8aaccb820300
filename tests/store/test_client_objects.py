"""Filters, orders and configurations of weaviate-client, where it is installed, work as ours."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

import crystalviz.store as ours
from crystalviz.store import Client, Collection, DataObject


def _ours() -> SimpleNamespace:
    return SimpleNamespace(
        property=ours.Property("Image_id", ours.DataType.TEXT, tokenization="field"),
        vector=ours.Configure.Vectors.self_provided(
            vector_index_config=ours.Configure.VectorIndex.hnsw(
                distance_metric=ours.VectorDistances.L2_SQUARED, ef_construction=64
            )
        ),
        inverted=ours.Configure.inverted_index(index_null_state=True),
        filter=ours.Filter.by_property("size").less_than(3)
        & ~ours.Filter.by_property("image_id").equal("1.png"),
        sort=ours.Sort.by_property("size", ascending=False),
        metadata=ours.MetadataQuery(distance=True),
        group=ours.GroupByAggregate("size", limit=1),
        metrics=ours.Metrics("size").integer(count=True, maximum=True),
    )


def _theirs() -> SimpleNamespace:
    from weaviate.classes import aggregate, config, query

    return SimpleNamespace(
        property=config.Property(
            name="Image_id",
            data_type=config.DataType.TEXT,
            tokenization=config.Tokenization.FIELD,
        ),
        vector=config.Configure.Vectors.self_provided(
            vector_index_config=config.Configure.VectorIndex.hnsw(
                distance_metric=config.VectorDistances.L2_SQUARED, ef_construction=64
            )
        ),
        inverted=config.Configure.inverted_index(index_null_state=True),
        filter=query.Filter.by_property("size").less_than(3)
        & ~query.Filter.by_property("image_id").equal("1.png"),
        sort=query.Sort.by_property("size", ascending=False),
        metadata=query.MetadataQuery(distance=True),
        group=aggregate.GroupByAggregate(prop="size", limit=1),
        metrics=query.Metrics("size").integer(count=True, maximum=True),
    )


MAKERS: list[Any] = [_ours]
if find_spec("weaviate") is not None:
    MAKERS.append(_theirs)


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__.strip("_"))
def classes(request: pytest.FixtureRequest) -> SimpleNamespace:
    return request.param()


def _collection(client: Client, classes: SimpleNamespace) -> Collection:
    things = client.collections.create(
        "Things",
        properties=[classes.property, ours.Property("size", "int")],
        vector_config=classes.vector,
        inverted_index_config=classes.inverted,
    )
    things.data.insert_many(
        [
            DataObject({"image_id": f"{i}.png", "size": i}, uuid.UUID(int=i), [i, 0])
            for i in range(5)
        ]
    )
    return things


def test_configuration(client: Client, classes: SimpleNamespace) -> None:
    config = _collection(client, classes).config.get()
    first = config.properties[0]
    assert (first.name, first.data_type, first.tokenization) == ("image_id", "text", "field")
    assert config.vectors["default"].distance == "l2-squared"
    assert config.vectors["default"].ef_construction == 64
    assert config.inverted_index_config.index_null_state
    assert not config.inverted_index_config.index_timestamps


def test_questions(client: Client, classes: SimpleNamespace) -> None:
    things = _collection(client, classes)
    found = things.query.fetch_objects(filters=classes.filter, sort=classes.sort).objects
    assert [o.uuid.int for o in found] == [2, 0]
    near = things.query.near_vector(
        [0, 0], filters=classes.filter, return_metadata=classes.metadata
    ).objects
    assert [(o.uuid.int, o.metadata.distance) for o in near] == [(0, 0.0), (2, 4.0)]
    assert near[0].metadata.certainty is None
    total = things.aggregate.over_all(filters=classes.filter, return_metrics=classes.metrics)
    assert total.total_count == 2
    assert (total.properties["size"].count, total.properties["size"].maximum) == (2, 2)
    assert total.properties["size"].mean is None
    assert len(things.aggregate.over_all(group_by=classes.group).groups) == 1
    assert things.data.delete_many(classes.filter).successful == 2
