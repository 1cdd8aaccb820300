"""Collections and objects: known answers, the same by every way."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.store.contract.crystals import TAKEN, identity, make_crystals, places
from tests.store.contract.ways import PREFIX, Way, refused

NOWHERE = UUID(int=99)


def test_collections_come_and_go(way: Way) -> None:
    collections = way.client.collections
    assert not collections.exists(PREFIX + "Things")
    things = way.create("Things", description="of a kind")
    assert things.name == PREFIX + "Things"
    assert collections.exists(PREFIX + "Things")
    assert things.exists()
    # The first letter is made upper case.
    assert collections.exists(PREFIX[0].lower() + PREFIX[1:] + "Things")
    assert list(collections.list_all()) == sorted(collections.list_all())
    assert PREFIX + "Things" in collections.list_all()
    config = things.config.get()
    assert (config.name, config.description) == (PREFIX + "Things", "of a kind")
    collections.delete(PREFIX + "Things")
    collections.delete(PREFIX + "Things")
    assert not things.exists()


def test_a_collection_is_made_once(way: Way) -> None:
    way.create("Things")
    with refused("UnexpectedStatusCodeError", 422):
        way.client.collections.create(PREFIX + "Things")


def test_what_is_not_there(way: Way) -> None:
    nothing = way.use("Nothing")
    assert not nothing.exists()
    with refused("UnexpectedStatusCodeError", 404):
        nothing.config.get()
    with refused("WeaviateQueryError"):
        nothing.query.fetch_objects()
    with refused("WeaviateQueryError"):
        nothing.query.near_vector([1.0])
    with refused("WeaviateQueryError"):
        nothing.aggregate.over_all()


def test_configuration(way: Way) -> None:
    c = way.classes
    things = way.create(
        "Things",
        properties=[
            c.Property(
                name="Image_id", data_type=c.DataType.TEXT, tokenization=c.Tokenization.FIELD
            ),
            c.Property(name="note", data_type=c.DataType.TEXT),
            c.Property(name="size", data_type=c.DataType.INT, description="in pixels"),
        ],
    )
    things.config.add_property(c.Property(name="later", data_type=c.DataType.NUMBER_ARRAY))
    with refused("WeaviateInvalidInputError"):
        things.config.add_property(c.Property(name="later", data_type=c.DataType.TEXT))
    config = things.config.get()
    found = [(p.name, str(p.data_type.value), p.description) for p in config.properties]
    assert found == [
        ("image_id", "text", None),
        ("note", "text", None),
        ("size", "int", "in pixels"),
        ("later", "number[]", None),
    ]
    assert [p.tokenization and p.tokenization.value for p in config.properties] == [
        "field",
        "word",
        None,
        None,
    ]


def test_insert_and_fetch(way: Way) -> None:
    things = way.create("Things")
    taken = datetime(2024, 5, 6, 7, 8, 9, 120000, tzinfo=UTC)
    given = {
        "name": "é ☃ PG (1).png",
        "size": 3,
        "entropy": 0.0,
        "sharp": False,
        "taken": taken,
        "twin": UUID(int=5),
        "tags": ["a", "b"],
        "sizes": [1.5, 2.5],
    }
    made = things.data.insert(given, uuid=identity(0), vector=[1.0, 2.0, 3.0])
    assert made == identity(0)
    found = things.query.fetch_object_by_id(identity(0), include_vector=True)
    assert found.uuid == identity(0)
    assert found.collection == PREFIX + "Things"
    assert found.properties == given
    # As it came, though the distance is cosine.
    assert found.vector == {"default": [1.0, 2.0, 3.0]}
    assert found.metadata.creation_time == found.metadata.last_update_time
    assert abs((datetime.now(UTC) - found.metadata.creation_time).total_seconds()) < 60.0
    assert things.query.fetch_object_by_id(NOWHERE) is None
    assert things.data.exists(identity(0))
    assert not things.data.exists(NOWHERE)
    assert len(things) == 1
    with refused("UnexpectedStatusCodeError", 422):
        things.data.insert(given, uuid=identity(0))


def test_ints_stay_ints(way: Way) -> None:
    c = way.classes
    things = way.create(
        "Things",
        properties=[
            c.Property(name="size", data_type=c.DataType.INT),
            c.Property(name="share", data_type=c.DataType.NUMBER),
        ],
    )
    things.data.insert_many([c.DataObject({"size": 0, "share": 1.0}, uuid=identity(0))])
    properties = things.query.fetch_object_by_id(identity(0)).properties
    assert [type(properties[name]) for name in ("size", "share")] == [int, float]


def test_update_merges_and_replace_does_not(way: Way) -> None:
    things = way.create("Things")
    things.data.insert({"name": "a", "size": 1}, uuid=identity(0), vector=[1.0, 0.0])
    things.data.update(identity(0), {"size": 2})
    found = things.query.fetch_object_by_id(identity(0), include_vector=True)
    assert found.properties == {"name": "a", "size": 2}
    assert found.vector == {"default": [1.0, 0.0]}
    assert found.metadata.last_update_time > found.metadata.creation_time
    things.data.update(identity(0), {}, vector=[0.0, 1.0])
    found = things.query.fetch_object_by_id(identity(0), include_vector=True)
    assert found.vector == {"default": [0.0, 1.0]}
    created = found.metadata.creation_time
    things.data.replace(identity(0), {"name": "b"})
    found = things.query.fetch_object_by_id(identity(0), include_vector=True)
    assert found.properties == {"name": "b", "size": None}
    assert found.vector == {}
    assert found.metadata.creation_time == created
    for call in (things.data.update, things.data.replace):
        with refused("UnexpectedStatusCodeError", 404):
            call(NOWHERE, {"name": "c"})


def test_delete(way: Way) -> None:
    crystals = make_crystals(way)
    assert crystals.data.delete_by_id(identity(0)) is True
    assert crystals.data.delete_by_id(identity(0)) is False
    assert len(crystals) == 5


def test_delete_many(way: Way) -> None:
    crystals = make_crystals(way)
    small = way.classes.Filter.by_property("size").less_than(4)
    dry = crystals.data.delete_many(small, dry_run=True, verbose=True)
    assert (dry.matches, dry.successful, dry.failed) == (3, 3, 0)
    assert sorted(one.uuid for one in dry.objects) == [identity(0), identity(1), identity(2)]
    assert len(crystals) == 6
    done = crystals.data.delete_many(small)
    assert (done.matches, done.successful, done.failed, done.objects) == (3, 3, 0, None)
    assert places(crystals.query.fetch_objects()) == [3, 4, 5]


def test_insert_many_overwrites_and_tells_of_each(way: Way) -> None:
    c = way.classes
    things = make_crystals(way)
    answer = things.data.insert_many(
        [
            c.DataObject({"image_id": "new", "size": 9}, uuid=identity(0), vector=[0.5, 0.5]),
            c.DataObject({"size": 10}, uuid=identity(7), vector=[1.0, 2.0, 3.0]),
            c.DataObject({"size": "ten"}, uuid=identity(8)),
            c.DataObject({"size": 11}, uuid=identity(9)),
        ]
    )
    assert answer.has_errors
    assert sorted(answer.errors) == [1, 2]
    assert answer.uuids == {0: identity(0), 3: identity(9)}
    assert len(things) == 7
    assert things.query.fetch_object_by_id(identity(0)).properties["size"] == 9
    assert things.query.fetch_object_by_id(identity(0)).properties["note"] is None


def test_insert_many_of_nothing_but_errors(way: Way) -> None:
    things = make_crystals(way)
    with refused("WeaviateInsertManyAllFailedError"):
        things.data.insert_many([{"size": "ten"}, {"size": "eleven"}])


def test_reserved_properties(way: Way) -> None:
    things = way.create("Things")
    with refused("UnexpectedStatusCodeError", 422):
        things.data.insert({"id": str(identity(0))})
    with refused("WeaviateInsertInvalidPropertyError"):
        things.data.insert_many([{"vector": [1.0]}])


@pytest.mark.parametrize("kind", ["dynamic", "fixed_size", "rate_limit"])
def test_batch(way: Way, kind: str) -> None:
    things = make_crystals(way)
    settings = {"fixed_size": (2,), "rate_limit": (60_000,)}.get(kind, ())
    with getattr(things.batch, kind)(*settings) as batch:
        for place in range(5):
            vector = [1.0, 2.0, 3.0] if place == 3 else [1.0, float(place)]
            batch.add_object({"size": place}, uuid=identity(10 + place), vector=vector)
    failed = things.batch.failed_objects
    assert [str(one.object_.uuid) for one in failed] == [str(identity(13))]
    assert "dimensions" in failed[0].message or "length" in failed[0].message
    assert len(things) == 10


def test_iterator(way: Way) -> None:
    crystals = make_crystals(way)
    for size in (None, 1, 4):
        found = list(crystals.iterator(cache_size=size, include_vector=True))
        assert [one.uuid for one in found] == [identity(place) for place in range(6)]
        assert found[5].vector == {"default": [0.0, -3.0]}
    behind = list(crystals.iterator(after=identity(3), return_properties=["size"]))
    assert [one.properties for one in behind] == [{"size": 5}, {"size": 6}]
    assert [one.properties["taken"] for one in crystals.iterator()] == TAKEN
