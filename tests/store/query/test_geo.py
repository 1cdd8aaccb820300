from __future__ import annotations

import uuid
from types import SimpleNamespace

import numpy as np
import pytest

from crystalviz.store import Client, Collection, DataType, Filter, Property, errors
from crystalviz.store.query.filters import GeoRange
from crystalviz.store.query.places import distances_on_earth
from crystalviz.store.writing.data import DataObject

BERLIN = (52.5200, 13.4050)
HAMBURG = (53.5511, 9.9937)
SYDNEY = (-33.8688, 151.2093)


def place(at: tuple[float, float]) -> SimpleNamespace:
    return SimpleNamespace(latitude=at[0], longitude=at[1])


@pytest.fixture
def labs(client: Client) -> Collection:
    made = client.collections.create(
        "Labs",
        properties=[Property("at", DataType.GEO_COORDINATES), Property("name", DataType.TEXT)],
    )
    rows = [
        {"latitude": latitude, "longitude": longitude}
        for latitude, longitude in (BERLIN, HAMBURG, SYDNEY)
    ]
    made.data.insert_many(
        [DataObject({"at": row}, uuid.UUID(int=i)) for i, row in enumerate([*rows, None])]
    )
    return made


@pytest.mark.parametrize(
    ("kilometres", "expected"),
    [(0.001, {0}), (200, {0}), (260, {0, 1}), (16_000, {0, 1}), (20_100, {0, 1, 2})],
)
def test_within_geo_range(labs: Collection, kilometres: float, expected: set[int]) -> None:
    near = Filter.by_property("at").within_geo_range(place(BERLIN), kilometres * 1000)
    found = labs.query.fetch_objects(filters=near).objects
    assert {one.uuid.int for one in found} == expected


def test_places_follow_writes(labs: Collection) -> None:
    near = Filter.by_property("at").within_geo_range(place(SYDNEY), 1000)
    assert len(labs.query.fetch_objects(filters=near).objects) == 1
    labs.data.update(uuid.UUID(int=3), {"at": {"latitude": SYDNEY[0], "longitude": SYDNEY[1]}})
    labs.data.delete_by_id(uuid.UUID(int=2))
    assert [o.uuid.int for o in labs.query.fetch_objects(filters=near).objects] == [3]


def test_distances_on_earth() -> None:
    origin = GeoRange(0.0, 0.0, 0.0)
    places = np.array([[0, 0], [0, 180], [90, 77], [0, 90], [np.nan, np.nan]])
    away = distances_on_earth(places, origin)
    # A great circle of a ball of 6,371 km.
    quarter = 6371e3 * np.pi / 2
    np.testing.assert_allclose(away[:4], [0, 2 * quarter, quarter, quarter], rtol=1e-12)
    assert np.isnan(away[4])


def test_what_is_no_place(labs: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="geoCoordinates"):
        labs.query.fetch_objects(
            filters=Filter.by_property("name").within_geo_range(place(BERLIN), 1)
        )
    with pytest.raises(errors.WeaviateQueryError, match="negative"):
        labs.query.fetch_objects(
            filters=Filter.by_property("at").within_geo_range(place(BERLIN), -1)
        )
    with pytest.raises(errors.WeaviateQueryError, match="cannot be asked"):
        labs.query.fetch_objects(filters=Filter.by_property("at").equal("here"))
