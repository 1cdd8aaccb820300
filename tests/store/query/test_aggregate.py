from __future__ import annotations

import uuid

import pytest

from crystalviz.store import (
    Client,
    Collection,
    DataObject,
    DataType,
    Filter,
    GroupByAggregate,
    Metrics,
    Property,
    errors,
)


@pytest.fixture
def filled(crystals: Collection) -> Collection:
    rows: list[dict[str, object]] = [
        {"note": "CEX", "cluster": 1, "entropy": 0.5, "sharp": True, "tags": ["a", "b"]},
        {"note": "PG", "cluster": 3, "entropy": 1.5, "sharp": True, "tags": ["a"]},
        {"note": "PG", "cluster": 3, "entropy": 2.5, "sharp": False},
        {"note": "PG", "cluster": 4, "taken": "2026-01-02T00:00:00Z"},
        {"taken": "2026-01-01T00:00:00Z"},
    ]
    crystals.data.insert_many([DataObject(r, uuid.UUID(int=i)) for i, r in enumerate(rows)])
    return crystals


def test_counts(filled: Collection) -> None:
    assert filled.aggregate.over_all(total_count=True).total_count == 5
    assert filled.aggregate.over_all(total_count=False).total_count is None
    assert len(filled) == 5


def test_sums(filled: Collection) -> None:
    sums = filled.aggregate.over_all(
        return_metrics=[
            Metrics("cluster").integer(),
            Metrics("entropy").number(mean=True, sum_=True),
            Metrics("note").text(),
            Metrics("sharp").boolean(),
            Metrics("taken").date_(minimum=True, count=True),
        ]
    ).properties
    whole = sums["cluster"]
    assert (whole.count, whole.minimum, whole.maximum, whole.sum_) == (4, 1, 4, 11)
    assert (whole.mean, whole.median, whole.mode) == (2.75, 3, 3)
    assert sums["entropy"].mean == 1.5
    assert sums["entropy"].sum_ == 4.5
    assert sums["entropy"].count is None
    assert sums["note"].count == 4
    assert [(t.value, t.count) for t in sums["note"].top_occurrences] == [("PG", 3), ("CEX", 1)]
    assert (sums["sharp"].total_true, sums["sharp"].total_false) == (2, 1)
    assert sums["sharp"].percentage_true == pytest.approx(2 / 3)
    assert sums["taken"].count == 2
    assert sums["taken"].minimum.startswith("2026-01-01")


def test_group_by(filled: Collection) -> None:
    groups = filled.aggregate.over_all(
        group_by="note", return_metrics=Metrics("cluster").integer(maximum=True)
    ).groups
    assert [(g.grouped_by.value, g.total_count) for g in groups] == [("PG", 3), ("CEX", 1)]
    assert [g.properties["cluster"].maximum for g in groups] == [4, 1]
    assert groups[0].grouped_by.prop == "note"
    first = filled.aggregate.over_all(group_by=GroupByAggregate("tags", limit=1)).groups
    assert [(g.grouped_by.value, g.total_count) for g in first] == [("a", 2)]


def test_filtered_and_empty(filled: Collection) -> None:
    none = filled.aggregate.over_all(
        filters=Filter.by_property("cluster").greater_than(9),
        return_metrics=Metrics("cluster").integer(),
    )
    assert none.total_count == 0
    assert none.properties["cluster"].count == 0
    assert none.properties["cluster"].maximum is None


def test_metrics_that_do_not_fit(filled: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="is int"):
        filled.aggregate.over_all(return_metrics=Metrics("cluster").text())
    with pytest.raises(errors.WeaviateQueryError, match="no such prop"):
        filled.aggregate.over_all(return_metrics=Metrics("nothing").text())
    with pytest.raises(errors.WeaviateQueryError, match="cannot group"):
        filled.aggregate.over_all(group_by="nothing")
    with pytest.raises(errors.WeaviateInvalidInputError):
        filled.aggregate.over_all(return_metrics="mean")
    with pytest.raises(errors.WeaviateInvalidInputError):
        Metrics("cluster").integer(average=True)


@pytest.fixture
def near(client: Client) -> Collection:
    made = client.collections.create(
        "Near", properties=[Property("note", DataType.TEXT), Property("size", DataType.INT)]
    )
    rows = [("bright needles", [1.0, 0.0]), ("needles", [0.8, 0.6]), ("dark drop", [0.0, 1.0])]
    made.data.insert_many(
        [
            DataObject({"note": note, "size": i}, uuid.UUID(int=i), vector)
            for i, (note, vector) in enumerate(rows)
        ]
    )
    return made


@pytest.mark.parametrize(
    ("bound", "total", "count"),
    [
        ({"object_limit": 1}, 0, 1),
        ({"object_limit": 2}, 1, 2),
        ({"distance": 0.5}, 1, 2),
        ({"certainty": 0.95}, 0, 1),
        ({"distance": 0.5, "object_limit": 1}, 0, 1),
        ({"distance": 2.0}, 3, 3),
    ],
)
def test_sums_near_a_vector_or_object(
    near: Collection, bound: dict[str, float], total: int, count: int
) -> None:
    metrics = Metrics("size").integer(sum_=True)
    for answer in (
        near.aggregate.near_vector([1, 0], return_metrics=metrics, **bound),  # type: ignore[arg-type]
        near.aggregate.near_object(uuid.UUID(int=0), return_metrics=metrics, **bound),  # type: ignore[arg-type]
    ):
        assert (answer.total_count, answer.properties["size"].sum_) == (count, total)


def test_sums_near_something_in_groups_and_filtered(near: Collection) -> None:
    groups = near.aggregate.near_vector([1, 0], object_limit=2, group_by="size").groups
    assert [(one.grouped_by.value, one.total_count) for one in groups] == [(0, 1), (1, 1)]
    dark = Filter.by_property("note").equal("dark")
    assert near.aggregate.near_vector([1, 0], object_limit=2, filters=dark).total_count == 1
    with pytest.raises(errors.WeaviateInvalidInputError, match="at least one"):
        near.aggregate.near_vector([1, 0])


def test_sums_of_a_hybrid_search(near: Collection) -> None:
    assert near.aggregate.hybrid("needles", alpha=0).total_count == 2
    assert near.aggregate.hybrid("needles", alpha=0, object_limit=1).total_count == 1
    assert near.aggregate.hybrid("drop", vector=[1, 0], max_vector_distance=0.5).total_count == 2
    assert near.aggregate.hybrid(None, vector=[1, 0]).total_count == 3


def test_dates_are_written_as_weaviate_does(crystals: Collection) -> None:
    for day in ("2026-01-01T00:00:00Z", "2026-01-02T02:00:00+02:00", "2026-01-02T12:00:00.250Z"):
        crystals.data.insert({"taken": day})
    metrics = Metrics("taken").date_()
    dates = crystals.aggregate.over_all(return_metrics=metrics).properties["taken"]
    assert dates.minimum == "2026-01-01T00:00:00Z"
    assert dates.median == "2026-01-02T00:00:00Z"
    assert dates.maximum == "2026-01-02T12:00:00.25Z"
    first = Filter.by_property("taken").less_than("2026-01-02T01:00:00Z")
    two = crystals.aggregate.over_all(return_metrics=metrics, filters=first).properties["taken"]
    # Of two the middle between them.
    assert two.median == "2026-01-01T12:00:00Z"


def test_models_are_not_there(near: Collection) -> None:
    for call in (near.aggregate.near_text, near.aggregate.near_image):
        with pytest.raises(errors.WeaviateUnsupportedFeatureError):
            call("needles", object_limit=1)
