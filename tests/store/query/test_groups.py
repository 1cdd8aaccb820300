from __future__ import annotations

import uuid

import pytest

from crystalviz.store import Client, Collection, Configure, DataType, Property, errors
from crystalviz.store.query.asking import GroupBy
from crystalviz.store.query.window import cut_off
from crystalviz.store.writing.data import DataObject

# Vectors on a circle: object i is i steps from the first.
ROWS = [
    {"label": "CEX", "tags": ["a", "b"], "cluster": 1},
    {"label": "CEX", "tags": ["b"], "cluster": 2},
    {"label": "PG", "tags": [], "cluster": 1},
    {"label": "CEX", "cluster": 3},
    {"tags": ["c"], "cluster": 2},
    {"label": "PG", "tags": ["a"]},
]


@pytest.fixture
def things(client: Client) -> Collection:
    made = client.collections.create(
        "Things",
        properties=[
            Property("label", DataType.TEXT),
            Property("tags", DataType.TEXT_ARRAY),
            Property("cluster", DataType.INT),
        ],
        vector_index_config=Configure.VectorIndex.hnsw(distance_metric="l2-squared"),
    )
    made.data.insert_many(
        [DataObject(row, uuid.UUID(int=i), [float(i), 0.0]) for i, row in enumerate(ROWS)]
    )
    return made


def ints(objects: list) -> list[int]:
    return [one.uuid.int for one in objects]


def test_groups_are_in_the_order_of_their_nearest(things: Collection) -> None:
    answer = things.query.near_vector(
        [2.2, 0], group_by=GroupBy("label", 10, 10), return_metadata=["distance"]
    )
    assert list(answer.groups) == ["PG", "CEX"]
    pg, cex = answer.groups["PG"], answer.groups["CEX"]
    assert ints(pg.objects) == [2, 5]
    assert ints(cex.objects) == [3, 1, 0]
    assert ints(answer.objects) == [2, 5, 3, 1, 0]
    assert [one.belongs_to_group for one in answer.objects] == ["PG", "PG", "CEX", "CEX", "CEX"]
    assert (pg.name, pg.number_of_objects) == ("PG", 2)
    assert pg.min_distance == pytest.approx(0.04)
    assert pg.max_distance == pytest.approx(2.8**2)
    assert pg.objects[1].metadata.distance == pg.max_distance
    assert pg.objects[0].properties["cluster"] == 1
    assert answer.found_by == "exact"


def test_how_many_groups_of_how_many(things: Collection) -> None:
    near = things.query.near_object(uuid.UUID(int=0), group_by=GroupBy("label", 2, 1))
    assert {name: ints(group.objects) for name, group in near.groups.items()} == {"CEX": [0, 1]}
    limited = things.query.near_vector([0, 0], limit=3, group_by=GroupBy("label", 5, 5))
    assert {name: ints(group.objects) for name, group in limited.groups.items()} == {
        "CEX": [0, 1],
        "PG": [2],
    }


def test_an_object_is_in_the_group_of_each_item_of_its_list(things: Collection) -> None:
    groups = things.query.near_vector([0, 0], group_by=GroupBy("tags", 10, 10)).groups
    # An empty list has a group of its own; the object without tags has none.
    assert {name: ints(group.objects) for name, group in groups.items()} == {
        "a": [0, 5],
        "b": [0, 1],
        "": [2],
        "c": [4],
    }


def test_numbers_are_groups_of_a_vector_search_alone(things: Collection) -> None:
    groups = things.query.near_vector([0, 0], group_by=GroupBy("cluster", 10, 10)).groups
    assert {name: ints(group.objects) for name, group in groups.items()} == {
        "1": [0, 2],
        "2": [1, 4],
        "3": [3],
    }
    by_words = things.query.bm25("CEX", group_by=GroupBy("cluster", 10, 10))
    assert by_words.groups == {}
    assert by_words.objects == []


def test_groups_of_words_and_of_both(things: Collection) -> None:
    found = things.query.bm25("cex pg", group_by=GroupBy("label", 1, 5))
    assert {name: len(group.objects) for name, group in found.groups.items()} == {"PG": 1, "CEX": 1}
    both = things.query.hybrid("pg", vector=[0, 0], group_by=GroupBy("label", 9, 9))
    assert sorted(both.groups) == ["CEX", "PG"]
    assert both.groups["PG"].min_distance == 0.0


def test_bad_groups(things: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="no such prop"):
        things.query.near_vector([0, 0], group_by=GroupBy("nothing", 1, 1))
    with pytest.raises(errors.WeaviateInvalidInputError, match="at least one"):
        things.query.near_vector([0, 0], group_by=GroupBy("label", 0, 1))
    with pytest.raises(errors.WeaviateInvalidInputError, match="GroupBy"):
        things.query.near_vector([0, 0], group_by="label")


@pytest.mark.parametrize(
    ("values", "jumps", "expected"),
    [
        # The examples of Weaviate's own autocut: clusters of near-equal values.
        ([], 1, 0),
        ([2], 1, 1),
        ([0.1, 0.1, 0.1, 0.1], 1, 4),
        ([0.1, 0.12, 0.11, 0.9, 0.91], 1, 3),
        ([0.1, 0.1, 0.5, 0.5, 0.9, 0.9], 1, 2),
        ([0.1, 0.1, 0.5, 0.5, 0.9, 0.9], 2, 4),
        ([0.1, 0.1, 0.5, 0.5, 0.9, 0.9], 9, 6),
        ([1, 2, 3, 4], 1, 4),
    ],
)
def test_cut_off(values: list[float], jumps: int, expected: int) -> None:
    assert cut_off(values, jumps) == expected


def test_auto_limit(client: Client) -> None:
    things = client.collections.create("Jumps")
    for i, x in enumerate([1.0, 1.01, 1.02, 5.0, 5.01, 9.0]):
        things.data.insert({}, uuid=uuid.UUID(int=i), vector=[1.0, x])
    everything = things.query.near_vector([1.0, 1.0])
    assert len(everything.objects) == 6
    assert ints(things.query.near_vector([1.0, 1.0], auto_limit=1).objects) == [0, 1, 2]
    assert len(things.query.near_vector([1.0, 1.0], auto_limit=0).objects) == 6
