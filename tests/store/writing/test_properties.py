"""Values of every type: places, phone numbers, blobs, objects inside objects, what is guessed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from crystalviz.store import (
    Client,
    Collection,
    DataObject,
    DataType,
    GeoCoordinate,
    PhoneNumber,
    Property,
    errors,
)

ONE = UUID(int=1)
WHEN = datetime(2026, 1, 31, 12, tzinfo=UTC)
INNER = [
    Property("text", DataType.TEXT),
    Property("texts", DataType.TEXT_ARRAY),
    Property("number", DataType.NUMBER),
    Property("int", DataType.INT),
    Property("ints", DataType.INT_ARRAY),
    Property("bool", DataType.BOOL),
    Property("date", DataType.DATE),
    Property("dates", DataType.DATE_ARRAY),
    Property("uuid", DataType.UUID),
    Property("blob", DataType.BLOB),
    Property(
        "obj", DataType.OBJECT, nested_properties=Property("when", DataType.DATE, description="x")
    ),
    Property(
        "objs", DataType.OBJECT_ARRAY, nested_properties=[Property("uuid", DataType.UUID_ARRAY)]
    ),
]
VALUE = {
    "text": "words",
    "texts": ["a", "b"],
    "number": 1.0,
    "int": 2,
    "ints": [1, 2],
    "bool": False,
    "date": WHEN,
    "dates": [WHEN, WHEN],
    "uuid": ONE,
    "blob": base64.b64encode(b"bytes").decode(),
    "obj": {"when": WHEN},
    "objs": [{"uuid": [ONE]}, {}],
}


@pytest.fixture
def make(client: Client) -> Callable[..., Collection]:
    def make(*properties: Property) -> Collection:
        return client.collections.create("Things", properties=list(properties))

    return make


def _read(things: Collection, **shown: Any) -> dict[str, Any]:
    found = things.query.fetch_object_by_id(ONE, **shown)
    assert found is not None
    return found.properties


def test_objects_inside_keep_their_types(make: Callable[..., Collection]) -> None:
    things = make(
        Property("nested", DataType.OBJECT, nested_properties=INNER),
        Property("several", DataType.OBJECT_ARRAY, nested_properties=INNER),
    )
    things.data.insert({"nested": VALUE, "several": [VALUE, {"int": 3.0}]}, uuid=ONE)
    found = _read(things)
    assert found == {"nested": VALUE, "several": [VALUE, {"int": 3}]}
    assert isinstance(found["several"][1]["int"], int)
    # As the wire brings them: texts for dates and uuids, floats for whole numbers.
    wire = VALUE | {
        "date": "2026-01-31T12:00:00Z",
        "uuid": str(ONE),
        "int": 2.0,
        "number": 1,
        "blob": b"bytes",
    }
    things.data.replace(ONE, {"nested": wire})
    assert _read(things) == {"nested": VALUE, "several": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"int": "2"},
        {"int": 2.5},
        {"date": "yesterday"},
        {"obj": "x"},
        {"objs": {"uuid": [ONE]}},
        {"objs": [{"uuid": "x"}]},
        {"bool": 1},
        {"blob": "not base64!"},
        [{"int": 2}],
        "x",
    ],
)
def test_what_does_not_fit_inside_is_refused(
    make: Callable[..., Collection], wrong: object
) -> None:
    things = make(Property("nested", DataType.OBJECT, nested_properties=INNER))
    with pytest.raises(errors.UnexpectedStatusCodeError, match="nested") as caught:
        things.data.insert({"nested": wrong})
    assert caught.value.status_code == 422
    assert len(things) == 0


def test_what_is_none_inside_is_left_out(make: Callable[..., Collection]) -> None:
    things = make(Property("nested", DataType.OBJECT, nested_properties=INNER))
    things.data.insert({"nested": {"int": 1, "text": None, "unknown": None}}, uuid=ONE)
    assert _read(things) == {"nested": {"int": 1}}


def test_new_things_inside_join_the_schema(make: Callable[..., Collection]) -> None:
    things = make(
        Property("nested", DataType.OBJECT, nested_properties=[Property("int", DataType.INT)])
    )
    things.data.insert({"nested": {"int": 1, "more": {"text": "a"}}}, uuid=ONE)
    things.data.update(ONE, {"nested": {"int": 2, "more": {"text": "b", "list": [True]}}})
    (nested,) = things.config.get().properties
    assert {p.name: p.data_type for p in nested.nested_properties or ()} == {
        "int": "int",
        "more": "object",
    }
    more = nested.nested("more")
    assert more is not None
    assert {p.name: p.data_type for p in more.nested_properties or ()} == {
        "text": "text",
        "list": "boolean[]",
    }
    assert _read(things) == {"nested": {"int": 2, "more": {"text": "b", "list": [True]}}}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("words", "text"),
        ("2026-01-31T12:00:00Z", "date"),
        ("2026-01-31T12:00:00", "text"),
        (WHEN, "date"),
        (str(ONE), "uuid"),
        (ONE, "uuid"),
        (3, "number"),
        (3.5, "number"),
        (np.float32(1), "number"),
        (True, "boolean"),
        ([1, 2], "number[]"),
        ([True], "boolean[]"),
        ([], "text[]"),
        (np.array([1.0]), "number[]"),
        (["a", str(ONE), "2026-01-31T12:00:00Z"], "text[]"),
        ([str(ONE)], "uuid[]"),
        (GeoCoordinate(1, 2), "geoCoordinates"),
        ({"latitude": 1.0, "longitude": 2.0}, "geoCoordinates"),
        ({"latitude": 1.0, "longitude": 2.0, "height": 1}, "object"),
        ([{"a": 1}, {"b": "x"}], "object[]"),
        (PhoneNumber("+44 161 234 5000"), "phoneNumber"),
        ({"input": "x", "defaultCountry": "GB"}, "phoneNumber"),
        ({"a": {"latitude": 1.0, "longitude": 2.0}}, "object"),
    ],
)
def test_the_type_of_a_new_property(value: object, kind: str) -> None:
    from crystalviz.store.writing.autoschema import guess_property

    guessed = guess_property("new", value)
    assert guessed is not None
    assert guessed["dataType"] == [kind]


@pytest.mark.parametrize("value", [[1, "a"], [True, 1], object(), {}, [{}], [[1]], {"a": object()}])
def test_what_no_type_fits(client: Client, value: object) -> None:
    things = client.collections.create("Things")
    with pytest.raises(errors.UnexpectedStatusCodeError, match="new"):
        things.data.insert({"new": value})
    assert things.config.get().properties == []


def test_a_list_of_objects_knows_what_is_inside_any(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({"new": [{"a": 1}, {"b": {"c": "x"}}, {"b": {"d": True}}]}, uuid=ONE)
    (new,) = things.config.get().properties
    inside = {p.name: p.data_type for p in new.nested_properties or ()}
    assert inside == {"a": "number", "b": "object"}
    assert _read(things)["new"][2] == {"b": {"d": True}}


@pytest.mark.parametrize(
    "given", [GeoCoordinate(52.5, -1.25), {"latitude": 52.5, "longitude": -1.25}]
)
def test_places(make: Callable[..., Collection], given: object) -> None:
    things = make(Property("place", DataType.GEO_COORDINATES))
    things.data.insert({"place": given}, uuid=ONE)
    assert _read(things)["place"] == GeoCoordinate(52.5, -1.25)
    things.data.insert_many([DataObject({"place": GeoCoordinate(0.1, 0)}, ONE)])
    # Weaviate keeps single precision.
    assert _read(things)["place"].latitude == float(np.float32(0.1))


@pytest.mark.parametrize(
    "wrong",
    [
        "52, 1",
        {"latitude": 1},
        GeoCoordinate(91, 0),
        GeoCoordinate(0, 181),
        GeoCoordinate(float("nan"), 0),
        [1, 2],
    ],
)
def test_what_is_no_place(make: Callable[..., Collection], wrong: object) -> None:
    things = make(Property("place", DataType.GEO_COORDINATES))
    with pytest.raises(errors.UnexpectedStatusCodeError, match="place"):
        things.data.insert({"place": wrong})


@pytest.mark.skipif(find_spec("phonenumbers") is None, reason="the rules of countries' numbers")
def test_phone_numbers(make: Callable[..., Collection]) -> None:
    things = make(Property("phone", DataType.PHONE_NUMBER))
    for given in (PhoneNumber("+441612345000"), {"input": "01612345000", "defaultCountry": "gb"}):
        things.data.insert_many([DataObject({"phone": given}, ONE)])
        phone = _read(things)["phone"]
        assert phone.international_formatted == "+44 161 234 5000"
        assert phone.national_formatted == "0161 234 5000"
        assert (phone.country_code, phone.national, phone.valid) == (44, 1612345000, True)
    assert (phone.number, phone.default_country) == ("01612345000", "GB")
    for wrong in ("x", PhoneNumber("0161"), PhoneNumber("no number"), phone):
        with pytest.raises(errors.UnexpectedStatusCodeError, match="phone"):
            things.data.insert({"phone": wrong})


def test_blobs_are_shown_when_named(make: Callable[..., Collection]) -> None:
    things = make(
        Property("blob", DataType.BLOB),
        Property("hash", DataType.BLOB_HASH),
        Property("name", DataType.TEXT),
    )
    text = base64.b64encode(b"\x00picture").decode()
    things.data.insert({"blob": b"\x00picture", "hash": text, "name": "x"}, uuid=ONE)
    assert _read(things) == {"name": "x"}
    assert _read(things, return_properties=["blob", "hash"]) == {
        "blob": text,
        "hash": hashlib.sha256(text.encode()).hexdigest(),
    }
    with pytest.raises(errors.UnexpectedStatusCodeError, match="base64"):
        things.data.insert({"blob": "é"})


@pytest.mark.skipif(find_spec("weaviate") is None, reason="uses weaviate-client's objects")
def test_values_of_weaviate_client(make: Callable[..., Collection]) -> None:
    from weaviate.classes.config import DataType as TheirType
    from weaviate.classes.config import Property as TheirProperty
    from weaviate.classes.data import GeoCoordinate as TheirPlace

    things = make(
        TheirProperty(name="place", data_type=TheirType.GEO_COORDINATES),
        TheirProperty(
            name="nested",
            data_type=TheirType.OBJECT_ARRAY,
            nested_properties=[TheirProperty(name="n", data_type=TheirType.INT)],
        ),
    )
    things.data.insert(
        {"place": TheirPlace(latitude=1, longitude=2), "nested": [{"n": 1}]}, uuid=ONE
    )
    assert _read(things) == {"place": GeoCoordinate(1, 2), "nested": [{"n": 1}]}
