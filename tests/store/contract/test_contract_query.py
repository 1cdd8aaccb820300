"""Queries: known answers, the same by every way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.store.contract.crystals import (
    TAKEN,
    VECTORS,
    identity,
    make_crystals,
    places,
)
from tests.store.contract.ways import Way, refused

ROOT = 0.5**0.5


@pytest.fixture
def crystals(way: Way) -> Any:
    return make_crystals(way)


def test_near_vector(way: Way, crystals: Any) -> None:
    answer = crystals.query.near_vector(
        [1.0, 0.0],
        limit=6,
        return_metadata=way.classes.MetadataQuery(distance=True, certainty=True),
    )
    # Rows 0 and 4 are in the same direction; equal distances go by uuid.
    assert places(answer) == [0, 4, 1, 2, 5, 3]
    distances = [one.metadata.distance for one in answer.objects]
    assert distances == pytest.approx([0.0, 0.0, 1 - ROOT, 1.0, 1.0, 2.0], abs=1e-5)
    certainties = [one.metadata.certainty for one in answer.objects]
    assert certainties == pytest.approx([1 - d / 2 for d in distances], abs=1e-5)
    assert answer.objects[0].metadata.creation_time is None
    assert answer.objects[0].vector == {}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("l2-squared", [(0, 0.0), (1, 1.0), (4, 1.0), (2, 2.0), (3, 4.0), (5, 10.0)]),
        ("dot", [(4, -2.0), (0, -1.0), (1, -1.0), (2, 0.0), (5, 0.0), (3, 1.0)]),
        ("manhattan", [(0, 0.0), (1, 1.0), (4, 1.0), (2, 2.0), (3, 2.0), (5, 4.0)]),
        ("hamming", [(0, 0.0), (1, 1.0), (3, 1.0), (4, 1.0), (2, 2.0), (5, 2.0)]),
    ],
)
def test_distances(way: Way, metric: str, expected: list[tuple[int, float]]) -> None:
    c = way.classes
    crystals = make_crystals(
        way,
        vector_config=c.Configure.Vectors.self_provided(
            vector_index_config=c.Configure.VectorIndex.hnsw(
                distance_metric=c.VectorDistances(metric)
            )
        ),
    )
    answer = crystals.query.near_vector([1.0, 0.0], limit=6, return_metadata=["distance"])
    assert [(one.uuid.int - 1, one.metadata.distance) for one in answer.objects] == expected


def test_near_vector_within(crystals: Any) -> None:
    assert places(crystals.query.near_vector([1.0, 0.0], distance=0.5)) == [0, 4, 1]
    assert places(crystals.query.near_vector([1.0, 0.0], certainty=0.5)) == [0, 4, 1, 2, 5]
    assert places(crystals.query.near_vector([1.0, 0.0], certainty=0.5, limit=2)) == [0, 4]


def test_near_vector_pages(crystals: Any) -> None:
    assert places(crystals.query.near_vector([1.0, 0.0], limit=2, offset=2)) == [1, 2]
    assert places(crystals.query.near_vector([1.0, 0.0], limit=4, offset=5)) == [3]
    assert places(crystals.query.near_vector([1.0, 0.0], limit=4, offset=6)) == []


def test_near_object_holds_itself(crystals: Any) -> None:
    answer = crystals.query.near_object(identity(1), limit=3, return_metadata=["distance"])
    assert places(answer) == [1, 0, 2]
    assert answer.objects[0].metadata.distance == pytest.approx(0.0, abs=1e-5)


def test_near_with_filter(way: Way, crystals: Any) -> None:
    small = way.classes.Filter.by_property("size").less_or_equal(3)
    assert places(crystals.query.near_vector([1.0, 0.0], filters=small)) == [0, 1, 2]
    assert places(crystals.query.near_object(identity(4), filters=small, limit=1)) == [0]


def test_wrong_vectors(crystals: Any) -> None:
    for wrong in ([1.0, 0.0, 0.0], [1.0]):
        with refused("WeaviateQueryError"):
            crystals.query.near_vector(wrong)
    with refused("WeaviateQueryError"):
        crystals.query.near_object(identity(50))
    with refused("WeaviateQueryError"):
        crystals.query.near_vector([1.0, 0.0], target_vector="other")


def test_too_many_results(crystals: Any) -> None:
    with refused("WeaviateQueryError"):
        crystals.query.fetch_objects(limit=10_001)
    with refused("WeaviateQueryError"):
        crystals.query.fetch_objects(limit=5_000, offset=5_001)


def test_fetch_objects(crystals: Any) -> None:
    assert places(crystals.query.fetch_objects()) == [0, 1, 2, 3, 4, 5]
    assert places(crystals.query.fetch_objects(limit=2, offset=3)) == [3, 4]
    assert places(crystals.query.fetch_objects(after=identity(2), limit=2)) == [3, 4]
    assert places(crystals.query.fetch_objects_by_ids([identity(4), identity(1)])) == [1, 4]


def test_after_goes_alone(way: Way, crystals: Any) -> None:
    c = way.classes
    for others in (
        {"offset": 1},
        {"filters": c.Filter.by_property("size").equal(1)},
        {"sort": c.Sort.by_property("size")},
    ):
        with refused("WeaviateQueryError"):
            crystals.query.fetch_objects(after=identity(0), limit=2, **others)


def test_what_is_shown(way: Way, crystals: Any) -> None:
    one = crystals.query.fetch_objects(limit=1, return_properties=["size", "note"]).objects[0]
    assert one.properties == {"size": 1, "note": "needle and lath"}
    one = crystals.query.fetch_objects(limit=1, return_properties=False).objects[0]
    assert one.properties == {}
    one = crystals.query.fetch_objects(
        limit=1, include_vector=True, return_metadata=way.classes.MetadataQuery(creation_time=True)
    ).objects[0]
    assert one.vector == {"default": VECTORS[0]}
    assert one.metadata.creation_time is not None
    assert one.metadata.last_update_time is None
    with refused("WeaviateQueryError"):
        crystals.query.fetch_objects(return_properties=["weight"])


def _filters(f: Any) -> list[tuple[Any, list[int]]]:
    by = f.by_property
    day = timedelta(days=1)
    return [
        # Text of Tokenization.FIELD is compared whole, with its case.
        (by("image_id").equal("PG (1).png"), [0]),
        (by("image_id").not_equal("PG (1).png"), [1, 2, 3, 4, 5]),
        (by("image_id").equal("PG"), []),
        (by("image_id").like("*(1)*"), [0, 2, 5]),
        (by("image_id").like("PG (?).png"), [0, 1]),
        # Text of Tokenization.WORD by words, without.
        (by("note").equal("needle"), [0, 1, 5]),
        (by("note").equal("lath needle"), [0]),
        (by("note").like("lat?"), [0, 2]),
        (by("note").contains_any(["plate", "lath"]), [0, 2, 4]),
        (by("note").contains_all(["needle", "lath"]), [0]),
        (by("note").contains_none(["needle"]), [2, 3, 4]),
        (by("note").is_none(True), [3]),
        (by("note").is_none(False), [0, 1, 2, 4, 5]),
        (by("note", length=True).equal(6), [1, 5]),
        (by("note", length=True).greater_than(6), [0, 2]),
        (by("size").equal(3), [2]),
        (by("size").not_equal(3), [0, 1, 3, 4, 5]),
        (by("size").less_than(3), [0, 1]),
        (by("size").less_or_equal(3), [0, 1, 2]),
        (by("size").greater_than(3), [3, 4, 5]),
        (by("size").greater_or_equal(3), [2, 3, 4, 5]),
        (by("size").contains_any([1, 6, 7]), [0, 5]),
        (by("entropy").equal(6.25), [1]),
        (by("entropy").greater_than(5.0), [0, 1]),
        (by("sharp").equal(True), [0, 2, 3]),
        (by("sharp").equal(False), [1, 5]),
        (by("sharp").is_none(True), [4]),
        (by("taken").equal(TAKEN[2]), [2]),
        (by("taken").less_than(TAKEN[2]), [0, 1]),
        (by("taken").greater_or_equal(TAKEN[5] - day), [4, 5]),
        (by("tags").contains_any(["b", "d"]), [1, 2, 5]),
        (by("tags").contains_all(["a", "c"]), [4]),
        (by("tags").equal("c"), [2, 4]),
        (by("tags", length=True).equal(0), [3]),
        (by("tags", length=True).equal(2), [1, 2, 4]),
        (f.by_id().equal(identity(3)), [3]),
        (f.by_id().not_equal(identity(3)), [0, 1, 2, 4, 5]),
        (f.by_id().contains_any([identity(3), identity(1)]), [1, 3]),
        (f.by_creation_time().greater_than(TAKEN[0]), [0, 1, 2, 3, 4, 5]),
        (f.by_update_time().less_than(TAKEN[0]), []),
        (by("size").less_than(5) & by("sharp").equal(True), [0, 2, 3]),
        (by("size").equal(1) | by("size").equal(6), [0, 5]),
        (~by("size").less_than(5), [4, 5]),
        (f.not_(by("note").equal("needle")), [2, 3, 4]),
        (f.all_of([by("size").greater_than(1), by("size").less_than(4)]), [1, 2]),
        (f.any_of([by("size").equal(2), by("note").equal("plate")]), [1, 4]),
        ((by("size").equal(1) | by("size").equal(2)) & by("sharp").equal(False), [1]),
    ]


def test_filters(way: Way, crystals: Any) -> None:
    wrong = {}
    for number, (condition, expected) in enumerate(_filters(way.classes.Filter)):
        found = places(crystals.query.fetch_objects(filters=condition))
        total = crystals.aggregate.over_all(filters=condition).total_count
        if (found, total) != (expected, len(expected)):
            wrong[number] = (found, total, expected)
    assert wrong == {}


def test_filters_need_their_index(way: Way) -> None:
    c = way.classes
    plain = way.create("Plain", properties=[c.Property(name="name", data_type=c.DataType.TEXT)])
    for condition in (
        c.Filter.by_property("name").is_none(True),
        c.Filter.by_property("name", length=True).equal(1),
        c.Filter.by_creation_time().less_than(TAKEN[0]),
    ):
        with refused("WeaviateQueryError"):
            plain.query.fetch_objects(filters=condition)


def test_filters_of_a_wrong_kind(way: Way, crystals: Any) -> None:
    by = way.classes.Filter.by_property
    for condition in (by("size").equal("three"), by("weight").equal(1), by("sharp").equal(1)):
        with refused("WeaviateQueryError"):
            crystals.query.fetch_objects(filters=condition)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (lambda s: s.by_property("entropy"), [5, 4, 3, 2, 1, 0]),
        (lambda s: s.by_property("size", ascending=False), [5, 4, 3, 2, 1, 0]),
        (lambda s: s.by_property("sharp").by_property("size", ascending=False), [4, 5, 1, 3, 2, 0]),
        (lambda s: s.by_property("sharp", ascending=False).by_id(), [0, 2, 3, 1, 5, 4]),
        (lambda s: s.by_id(ascending=False), [5, 4, 3, 2, 1, 0]),
        (lambda s: s.by_property("taken", ascending=False), [5, 4, 3, 2, 1, 0]),
        (lambda s: s.by_property("image_id"), [2, 3, 4, 0, 5, 1]),
    ],
)
def test_sort(way: Way, crystals: Any, order: Callable[[Any], Any], expected: list[int]) -> None:
    sort = order(way.classes.Sort)
    assert places(crystals.query.fetch_objects(sort=sort)) == expected
    page = crystals.query.fetch_objects(sort=sort, limit=2, offset=1)
    assert places(page) == expected[1:3]


def test_sort_by_nothing(way: Way, crystals: Any) -> None:
    with refused("WeaviateQueryError"):
        crystals.query.fetch_objects(sort=way.classes.Sort.by_property("weight"))


def test_aggregate(way: Way, crystals: Any) -> None:
    c = way.classes
    answer = crystals.aggregate.over_all(
        return_metrics=[
            c.Metrics("size").integer(count=True, maximum=True, mean=True, median=True, sum_=True),
            c.Metrics("entropy").number(minimum=True, mean=True),
            c.Metrics("sharp").boolean(total_true=True, total_false=True, percentage_true=True),
            c.Metrics("image_id").text(
                count=True, top_occurrences_count=True, top_occurrences_value=True, limit=2
            ),
            c.Metrics("taken").date_(minimum=True, maximum=True, count=True),
        ]
    )
    assert answer.total_count == 6
    size, entropy = answer.properties["size"], answer.properties["entropy"]
    assert (size.count, size.maximum, size.mean, size.median, size.sum_) == (6, 6, 3.5, 3.5, 21)
    assert size.minimum is None
    assert (entropy.minimum, entropy.mean) == (1.25, 4.375)
    sharp = answer.properties["sharp"]
    assert (sharp.total_true, sharp.total_false, sharp.percentage_true) == (3, 2, 0.6)
    assert answer.properties["image_id"].count == 6
    assert len(answer.properties["image_id"].top_occurrences) == 2
    taken = answer.properties["taken"]
    assert (taken.count, taken.minimum[:10], taken.maximum[:10]) == (6, "2024-01-01", "2024-01-06")


def test_aggregate_by_group(way: Way, crystals: Any) -> None:
    c = way.classes
    answer = crystals.aggregate.over_all(
        group_by=c.GroupByAggregate(prop="sharp"),
        return_metrics=c.Metrics("size").integer(sum_=True),
    )
    groups = {
        str(one.grouped_by.value).lower(): (one.total_count, one.properties["size"].sum_)
        for one in answer.groups
    }
    assert groups == {"true": (3, 8), "false": (2, 8)}


def test_vectorizers_are_refused(crystals: Any) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011
        crystals.query.near_text("a needle")
