"""What of ours goes to a server is what weaviate-client's own classes would send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from weaviate import classes as theirs
from weaviate.collections.classes.filters import _Filters
from weaviate.collections.filters import _FilterToGRPC

import crystalviz.store as ours
from crystalviz.store import errors
from crystalviz.store.query.results import MetadataReturn
from crystalviz.store.remote.arguments import has_ours, to_theirs

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def _filters(f: Any) -> list[Any]:
    by = f.by_property
    return [
        by("a").equal("x"),
        by("a").not_equal(3),
        by("a").less_than(1.5),
        by("a").less_or_equal(NOON),
        by("a").greater_than(1),
        by("a").greater_or_equal(1),
        by("a").like("x*"),
        by("a").is_none(True),
        by("a").contains_any(["x", "y"]),
        by("a").contains_all([1, 2]),
        by("a").contains_none([True]),
        by("a", length=True).equal(2),
        by("a").equal("x") & by("b").equal("y") & by("c").equal("z"),
        by("a").equal("x") | ~by("b").equal("y"),
        f.not_(by("a").equal("x")),
        f.all_of([by("a").equal("x"), by("b").equal("y")]),
        f.any_of([by("a").equal("x")]),
        f.by_id().equal(UUID(int=1)),
        f.by_id().contains_any([UUID(int=1), UUID(int=2)]),
        f.by_creation_time().greater_than(NOON),
        f.by_update_time().less_than(NOON),
        by("place").within_geo_range(theirs.data.GeoCoordinate(latitude=1, longitude=2), 3.0),
        f.by_ref("of").by_property("a").equal("x"),
        f.by_ref("of").by_ref("more").by_id().equal(UUID(int=1)),
        f.by_ref_multi_target("of", "Others").by_property("a").equal("x"),
        f.by_ref_count("of").greater_than(1),
    ]


def test_filters() -> None:
    for mine, its in zip(_filters(ours.Filter), _filters(theirs.query.Filter), strict=True):
        turned = to_theirs(mine)
        assert isinstance(turned, _Filters)
        assert _FilterToGRPC.convert(turned) == _FilterToGRPC.convert(its)


def test_orders() -> None:
    def order(s: Any) -> Any:
        return (
            s.by_property("a", ascending=False)
            .by_id()
            .by_creation_time(ascending=False)
            .by_update_time()
        )

    assert to_theirs(order(ours.Sort)).sorts == order(theirs.query.Sort).sorts


def test_metadata() -> None:
    mine = ours.MetadataQuery(distance=True, creation_time=True)
    assert to_theirs(mine) == theirs.query.MetadataQuery(distance=True, creation_time=True)
    assert to_theirs(ours.MetadataQuery.full()) == theirs.query.MetadataQuery.full()


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("integer", {"sum_": True, "mean": True}),
        ("number", {"median": True}),
        ("text", {"top_occurrences_count": True, "limit": 3}),
        ("boolean", {"percentage_true": True}),
        ("date_", {"maximum": True}),
        ("reference", {"pointing_to": True}),
    ],
)
def test_metrics(kind: str, asked: dict[str, Any]) -> None:
    mine = getattr(ours.Metrics("size"), kind)(**asked)
    its = getattr(theirs.query.Metrics("size"), kind)(**asked)
    assert to_theirs(mine).to_grpc() == its.to_grpc()


def test_objects_and_groups() -> None:
    turned = to_theirs([ours.DataObject({"a": 1}, UUID(int=1), [1.0, 2.0])])
    assert turned == [
        theirs.data.DataObject(properties={"a": 1}, uuid=UUID(int=1), vector=[1.0, 2.0])
    ]
    group = to_theirs(ours.GroupByAggregate(prop="size", limit=3))
    assert group == theirs.aggregate.GroupByAggregate(prop="size", limit=3)


def test_properties() -> None:
    mine = ours.Property(
        name="image_id", data_type=ours.DataType.TEXT, tokenization=ours.Tokenization.FIELD
    )
    its = theirs.config.Property(
        name="image_id",
        data_type=theirs.config.DataType.TEXT,
        tokenization=theirs.config.Tokenization.FIELD,
    )
    assert to_theirs(mine)._to_dict() == its._to_dict()


def test_what_is_not_ours_stays_the_same() -> None:
    vector = [1.0, 2.0]
    for thing in (vector, "a", None, theirs.query.Filter.by_id().equal(UUID(int=1))):
        assert to_theirs(thing) is thing
        assert not has_ours(thing)
    assert has_ours({"a": [1, ours.MetadataQuery()]})


def test_what_they_have_not() -> None:
    with pytest.raises(errors.WeaviateInvalidInputError, match="nothing equal to MetadataReturn"):
        to_theirs(MetadataReturn())
