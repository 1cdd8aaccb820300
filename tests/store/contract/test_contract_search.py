"""Named vectors, words, groups, places, nested objects: known answers, the same by every way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.contract.crystals import identity, make_crystals, places
from tests.store.contract.ways import Way, refused


@pytest.fixture
def crystals(way: Way) -> Any:
    return make_crystals(way)


@pytest.fixture
def two(way: Way) -> Any:
    """Three objects with a vector of their shape and one of their colour; 2 has no colour."""
    c = way.classes
    v = c.Configure.Vectors
    l2 = c.Configure.VectorIndex.hnsw(distance_metric=c.VectorDistances.L2_SQUARED)
    made = way.create(
        "Two",
        vector_config=[
            v.self_provided(name="shape", vector_index_config=l2),
            v.self_provided(name="colour", vector_index_config=l2),
        ],
    )
    vectors = [
        {"shape": [0.0, 0.0], "colour": [3.0]},
        {"shape": [1.0, 0.0], "colour": [0.0]},
        {"shape": [2.0, 0.0]},
    ]
    answer = made.data.insert_many(
        [c.DataObject({"n": n}, uuid=identity(n), vector=one) for n, one in enumerate(vectors)]
    )
    assert not answer.has_errors
    return made


def test_named_vectors(two: Any) -> None:
    assert places(two.query.near_vector([0.0, 0.0], target_vector="shape")) == [0, 1, 2]
    assert places(two.query.near_vector([0.0], target_vector="colour")) == [1, 0]
    assert places(two.query.near_object(identity(2), target_vector="shape")) == [2, 1, 0]
    with refused("WeaviateQueryError"):
        two.query.near_vector([0.0, 0.0])
    with refused("WeaviateQueryError"):
        two.query.near_vector([0.0, 0.0], target_vector="size")
    found = two.query.fetch_objects(include_vector=["colour"]).objects
    assert [one.vector for one in found] == [{"colour": [3.0]}, {"colour": [0.0]}, {}]
    found = two.query.fetch_objects(include_vector=True, limit=1).objects
    assert found[0].vector == {"shape": [0.0, 0.0], "colour": [3.0]}


def test_two_vectors_at_once(way: Way, two: Any) -> None:
    ways = way.classes.TargetVectors
    query = {"shape": [0.0, 0.0], "colour": [0.0]}
    for join, expected in (
        (ways.sum(["shape", "colour"]), [1.0, 9.0]),
        (ways.average(["shape", "colour"]), [0.5, 4.5]),
        (ways.manual_weights({"shape": 3.0, "colour": 0.5}), [3.0, 4.5]),
    ):
        answer = two.query.near_vector(query, target_vector=join, return_metadata=["distance"])
        # The third has no colour, and is in no answer that needs both.
        assert places(answer) == [1, 0]
        assert [one.metadata.distance for one in answer.objects] == pytest.approx(expected)
    answer = two.query.near_vector(query, target_vector=["shape", "colour"])
    assert sorted(places(answer)[:2]) == [0, 1]


def test_words(way: Way, crystals: Any) -> None:
    answer = crystals.query.bm25("needle", query_properties=["note"], return_metadata=["score"])
    # The shorter note is the better answer; case does not matter.
    assert places(answer) == [1, 5, 0]
    scores = [one.metadata.score for one in answer.objects]
    assert scores[0] == pytest.approx(scores[1])
    assert scores[1] > scores[2] > 0
    assert places(crystals.query.bm25("lath plate", query_properties=["note"], limit=1)) == [4]
    assert places(crystals.query.bm25("nothing of this", query_properties=["note"])) == []
    small = way.classes.Filter.by_property("size").less_than(2)
    assert places(crystals.query.bm25("needle", filters=small)) == [0]


def test_words_and_vectors(crystals: Any) -> None:
    alike = crystals.query.hybrid("needle", vector=[1.0, 0.0], alpha=1.0, limit=3)
    assert places(alike)[:2] == [0, 4]
    words = crystals.query.hybrid(
        "needle", vector=[1.0, 0.0], alpha=0.0, query_properties=["note"], limit=3
    )
    assert places(words) == [1, 5, 0]
    both = crystals.query.hybrid(
        "needle", vector=[1.0, 1.0], alpha=0.5, query_properties=["note"], limit=1
    )
    assert places(both) == [1]


def test_groups(way: Way, crystals: Any) -> None:
    group = way.classes.GroupBy(prop="sharp", objects_per_group=2, number_of_groups=3)
    answer = crystals.query.near_vector([1.0, 0.0], limit=6, group_by=group)
    found = {
        str(name).lower(): [one.uuid.int - 1 for one in held.objects]
        for name, held in answer.groups.items()
    }
    assert found["true"] == [0, 2]
    assert found["false"] == [1, 5]
    assert answer.groups[next(iter(answer.groups))].min_distance == pytest.approx(0.0, abs=1e-5)


def test_auto_limit(crystals: Any) -> None:
    # Distances 0, 0, .29, 1, 1, 2: the first group ends before the first jump.
    first = places(crystals.query.near_vector([1.0, 0.0], auto_limit=1))
    assert first[:2] == [0, 4]
    assert len(first) < 6


def test_places_on_the_earth(way: Way) -> None:
    c = way.classes
    sites = way.create(
        "Sites", properties=[c.Property(name="at", data_type=c.DataType.GEO_COORDINATES)]
    )
    for place, (latitude, longitude) in enumerate([(53.48, -2.24), (53.41, -2.99), (48.86, 2.35)]):
        sites.data.insert(
            {"at": c.GeoCoordinate(latitude=latitude, longitude=longitude)}, uuid=identity(place)
        )
    # Manchester to Liverpool is 50 km, to Paris 600.
    here = c.GeoCoordinate(latitude=53.48, longitude=-2.24)
    for metres, expected in ((1_000.0, [0]), (60_000.0, [0, 1]), (700_000.0, [0, 1, 2])):
        near = c.Filter.by_property("at").within_geo_range(coordinate=here, distance=metres)
        assert sorted(places(sites.query.fetch_objects(filters=near))) == expected
    found = sites.query.fetch_object_by_id(identity(0)).properties["at"]
    assert (found.latitude, found.longitude) == pytest.approx((53.48, -2.24), abs=1e-4)


def test_objects_within_objects(way: Way) -> None:
    c = way.classes
    t = c.DataType
    things = way.create(
        "Nested",
        properties=[
            c.Property(
                name="camera",
                data_type=t.OBJECT,
                nested_properties=[
                    c.Property(name="name", data_type=t.TEXT),
                    c.Property(name="gain", data_type=t.NUMBER),
                    c.Property(
                        name="lens",
                        data_type=t.OBJECT,
                        nested_properties=[c.Property(name="zoom", data_type=t.INT)],
                    ),
                ],
            )
        ],
    )
    given = {"camera": {"name": "left", "gain": 1.5, "lens": {"zoom": 20}}}
    things.data.insert(given, uuid=identity(0))
    things.data.insert_many([c.DataObject(given, uuid=identity(1))])
    for place in (0, 1):
        assert things.query.fetch_object_by_id(identity(place)).properties == given
    found = things.query.fetch_objects(
        limit=1, return_properties=c.QueryNested(name="camera", properties=["gain"])
    ).objects[0]
    assert found.properties == {"camera": {"gain": 1.5}}


def test_phones_and_blobs(way: Way) -> None:
    c = way.classes
    things = way.create(
        "Kinds",
        properties=[
            c.Property(name="phone", data_type=c.DataType.PHONE_NUMBER),
            c.Property(name="thumbnail", data_type=c.DataType.BLOB),
        ],
    )
    things.data.insert(
        {
            "phone": c.PhoneNumber(number="+44 161 496 0000"),
            "thumbnail": "aGVsbG8=",
        },
        uuid=identity(0),
    )
    found = things.query.fetch_objects(return_properties=["phone", "thumbnail"]).objects[0]
    assert found.properties["thumbnail"] == "aGVsbG8="
    assert found.properties["phone"].country_code == 44
    assert found.properties["phone"].national == 1614960000
