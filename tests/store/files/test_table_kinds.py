"""Places, phone numbers, objects inside objects, blobs, references and tenants in tables."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import Client, Collection, Configure, DataObject, DataType, Property
from crystalviz.store.classes import (
    GeoCoordinate,
    PhoneNumber,
    ReferenceProperty,
    ReferenceToMulti,
)
from crystalviz.store.files.object_rows import read_objects, references_of
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.table_export import export_table
from crystalviz.store.files.table_import import import_table

FORMATS = ["parquet", "csv", "json", "jsonl"]


def contents(collection: Collection) -> list[tuple[Any, ...]]:
    schema = PortableSchema.of(collection)
    return [
        (o.uuid, o.properties, o.vector, references_of(o)) for o in read_objects(collection, schema)
    ]


@pytest.mark.parametrize("ending", FORMATS)
def test_values_with_names_inside(client: Client, tmp_path: Path, ending: str) -> None:
    inner = [
        Property(name="name", data_type=DataType.TEXT),
        Property(name="since", data_type=DataType.DATE),
        Property(
            name="rooms",
            data_type=DataType.OBJECT_ARRAY,
            nested_properties=[Property(name="number", data_type=DataType.INT)],
        ),
    ]
    labs = client.collections.create(
        "Lab",
        properties=[
            Property(name="place", data_type=DataType.GEO_COORDINATES),
            Property(name="phone", data_type=DataType.PHONE_NUMBER),
            Property(name="house", data_type=DataType.OBJECT, nested_properties=inner),
            Property(name="houses", data_type=DataType.OBJECT_ARRAY, nested_properties=inner),
            Property(name="picture", data_type=DataType.BLOB),
        ],
    )
    house = {
        "name": 'a "b"',
        "since": datetime(1999, 5, 4, tzinfo=UTC),
        "rooms": [{"number": 3}, {"number": 2**40}],
    }
    labs.data.insert(
        {
            "place": GeoCoordinate(latitude=51.5, longitude=-0.125),
            "phone": PhoneNumber(number="030 1234567", default_country="DE"),
            "house": house,
            "houses": [house, {"name": "second"}],
            "picture": base64.b64encode(b"\x00\xff").decode(),
        }
    )
    labs.data.insert({"house": {"name": ""}})
    path = tmp_path / f"labs.{ending}"
    assert export_table(labs, path, progress=False) == 2
    report = import_table(path, client, "Copy", progress=False)
    assert report.problems == []
    copy = client.collections.use("Copy")
    assert contents(copy) == contents(labs)
    assert any("picture" in o[1] and o[1]["picture"] for o in contents(copy))


@pytest.mark.parametrize("ending", FORMATS)
def test_references(client: Client, tmp_path: Path, ending: str) -> None:
    for name in ("Person", "Team"):
        client.collections.create(name)
        client.collections.use(name).data.insert({"n": 1.0}, uuid=UUID(int=1))
    papers = client.collections.create(
        "Paper",
        references=[
            ReferenceProperty(name="by", target_collection="Person"),
            ReferenceProperty.MultiTarget(name="of", target_collections=["Person", "Team"]),
        ],
    )
    papers.data.insert(
        {"title": "a"},
        references={
            "by": UUID(int=1),
            "of": ReferenceToMulti(target_collection="Team", uuids=UUID(int=1)),
        },
        uuid=UUID(int=7),
    )
    papers.data.insert({"title": "b"}, uuid=UUID(int=8))
    before = contents(papers)
    assert before[0][3] == {
        "by": [("Person", str(UUID(int=1)))],
        "of": [("Team", str(UUID(int=1)))],
    }
    path = tmp_path / f"papers.{ending}"
    export_table(papers, path, progress=False)
    papers.data.delete_by_id(UUID(int=7))
    report = import_table(path, client, progress=False)
    assert report.problems == []
    assert contents(papers) == before


def test_a_tenant(client: Client, tmp_path: Path) -> None:
    logs = client.collections.create(
        "Log", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
    )
    logs.tenants.create(["anna", "ben"])
    anna = logs.with_tenant("anna")
    anna.data.insert_many([DataObject({"text": "x"}, vector=[1.0, 2.0])])
    path = tmp_path / "anna.parquet"
    export_table(anna, path, progress=False)
    # Into another tenant of it, and into a collection of its own.
    import_table(path, client, tenant="carl", progress=False)
    assert contents(logs.with_tenant("carl")) == contents(anna)
    assert len(logs.with_tenant("ben")) == 0
    import_table(path, client, "Flat", progress=False)
    assert contents(client.collections.use("Flat")) == contents(anna)
    import_table(path, client, "Other", tenant="dora", progress=False)
    assert contents(client.collections.use("Other").with_tenant("dora")) == contents(anna)
