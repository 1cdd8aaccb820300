from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest

from crystalviz.store import Client, Collection, DataType, Property, Sort, errors
from crystalviz.store.writing.data import DataObject

ROWS = [
    {"name": "beta", "size": 2, "tags": ["b"], "ok": True, "taken": "2026-01-02T00:00:00Z"},
    {"name": "Alpha", "size": 10, "tags": ["a", "z"], "ok": False},
    {"name": "ALPHA", "tags": ["a"], "taken": "2026-01-01T00:00:00Z"},
    {"size": 2, "tags": [], "ok": True, "taken": "2026-01-01T23:00:00-05:00"},
    {"name": "gamma", "size": -1},
]


@pytest.fixture
def things(client: Client) -> Collection:
    made = client.collections.create(
        "Things",
        properties=[
            Property("name", DataType.TEXT),
            Property("size", DataType.INT),
            Property("tags", DataType.TEXT_ARRAY),
            Property("ok", DataType.BOOL),
            Property("taken", DataType.DATE),
            Property("place", DataType.GEO_COORDINATES),
            Property("twin", DataType.UUID),
        ],
    )
    made.data.insert_many([DataObject(row, uuid.UUID(int=i)) for i, row in enumerate(ROWS)])
    return made


def order(things: Collection, sort: object) -> list[int]:
    return [one.uuid.int for one in things.query.fetch_objects(sort=sort).objects]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        # Missing values first when ascending, last when descending; equal ones by uuid; text
        # without regard to case.
        (Sort.by_property("name"), [3, 1, 2, 0, 4]),
        (Sort.by_property("name", ascending=False), [4, 0, 1, 2, 3]),
        (Sort.by_property("size"), [2, 4, 0, 3, 1]),
        (Sort.by_property("size", ascending=False), [1, 0, 3, 4, 2]),
        (Sort.by_property("ok"), [2, 4, 1, 0, 3]),
        (Sort.by_property("taken"), [1, 4, 2, 0, 3]),
        # Item by item, the shorter first; an empty list counts as missing.
        (Sort.by_property("tags"), [3, 4, 2, 1, 0]),
        (Sort.by_id(ascending=False), [4, 3, 2, 1, 0]),
        # Several levels.
        (Sort.by_property("size").by_property("name", ascending=False), [2, 4, 0, 3, 1]),
        (Sort.by_property("ok", ascending=False).by_property("size"), [0, 3, 1, 2, 4]),
        (Sort.by_property("name").by_id(ascending=False), [3, 2, 1, 0, 4]),
        (Sort.by_property("Name"), [3, 1, 2, 0, 4]),
        (Sort.by_property("place"), [0, 1, 2, 3, 4]),
    ],
)
def test_orders(things: Collection, sort: object, expected: list[int]) -> None:
    assert order(things, sort) == expected


def test_order_of_places_is_by_longitude(things: Collection) -> None:
    things.data.update(uuid.UUID(int=1), {"place": {"latitude": 5.0, "longitude": -3.0}})
    things.data.update(uuid.UUID(int=2), {"place": {"latitude": 1.0, "longitude": -8.0}})
    assert order(things, Sort.by_property("place")) == [0, 3, 4, 2, 1]


def test_order_follows_writes(things: Collection) -> None:
    assert order(things, Sort.by_property("size"))[-1] == 1
    things.data.update(uuid.UUID(int=4), {"size": 99})
    things.data.insert({"size": 50}, uuid=uuid.UUID(int=9))
    things.data.delete_by_id(uuid.UUID(int=0))
    assert order(things, Sort.by_property("size")) == [2, 3, 1, 9, 4]


def test_what_has_no_order(things: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="no such prop"):
        order(things, Sort.by_property("nothing"))
    with pytest.raises(errors.WeaviateQueryError, match="uuid"):
        order(things, Sort.by_property("twin"))
    for wrong in ("size", SimpleNamespace(sorts=[])):
        with pytest.raises(errors.WeaviateInvalidInputError, match="not an order"):
            order(things, wrong)
