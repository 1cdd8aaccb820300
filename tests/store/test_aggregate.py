from __future__ import annotations

import uuid

import pytest

from crystalviz.store import Collection, DataObject, Filter, GroupByAggregate, Metrics, errors


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
