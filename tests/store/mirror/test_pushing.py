"""What is written to the store reaches the server, whole and once."""

from __future__ import annotations

import datetime
from uuid import UUID

import numpy as np
import pytest

from crystalviz.store import (
    Client,
    Configure,
    DataObject,
    DataType,
    Filter,
    Property,
    Tokenization,
    VectorDistances,
    connect,
    generate_uuid5,
)
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import contents, mirrored, wait_for


def test_objects_vectors_updates_and_deletions(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    images = local.collections.create(
        "CrystalImage",
        properties=[
            Property(name="image_id", data_type=DataType.TEXT, tokenization=Tokenization.FIELD)
        ],
        vector_config=Configure.Vectors.self_provided(),
    )
    vectors = np.random.default_rng(0).standard_normal((700, 8)).astype(np.float32)
    images.data.insert_many(
        [
            DataObject({"image_id": f"PG ({n}).png"}, generate_uuid5(n), vector)
            for n, vector in enumerate(vectors)
        ]
    )
    assert mirror.flush()
    assert mirror.status()["pushed"] == 700
    assert contents(server.client, "CrystalImage") == contents(local, "CrystalImage")
    theirs = server.client.collections.use("CrystalImage")
    # One token for the whole name, as here.
    found = theirs.query.fetch_objects(
        filters=Filter.by_property("image_id").equal("PG (12).png")
    ).objects
    assert [item.uuid for item in found] == [UUID(generate_uuid5(12))]

    images.data.update(generate_uuid5(1), {"remark": "look again"})
    images.data.replace(generate_uuid5(2), {"image_id": "new"}, vector=[1.0] * 8)
    images.data.delete_by_id(generate_uuid5(3))
    images.data.delete_many(Filter.by_property("image_id").like("PG (1?).png"))
    images.data.insert({"image_id": "back"}, uuid=generate_uuid5(3), vector=[2.0] * 8)
    before = mirror.status()["pushed"]
    assert mirror.flush()
    assert contents(server.client, "CrystalImage") == contents(local, "CrystalImage")
    assert len(theirs) == 690
    # Only what changed went out: an update, a replacement, an insertion, ten deletions.
    assert mirror.status()["pushed"] - before == 13
    assert mirror.flush()
    assert mirror.status()["pushed"] - before == 13


def test_it_goes_by_itself(local: Client, server: StoreServer) -> None:
    mirrored(local, server)
    things = local.collections.create("Things")
    identity = things.data.insert({"n": 1}, vector=[1.0, 0.0])
    theirs = server.client.collections.use("Things")
    wait_for(lambda: theirs.exists() and theirs.data.exists(identity))
    things.data.delete_by_id(identity)
    wait_for(lambda: not theirs.data.exists(identity))


def test_every_type_arrives_as_it_is(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    kinds = {
        "word": (DataType.TEXT, "Kristall Ä\n"),
        "words": (DataType.TEXT_ARRAY, ["a", "b c"]),
        "whole": (DataType.INT, -7),
        "wholes": (DataType.INT_ARRAY, [1, 2]),
        "share": (DataType.NUMBER, 0.1),
        "shares": (DataType.NUMBER_ARRAY, [0.5, 1e-9]),
        "good": (DataType.BOOL, False),
        "goods": (DataType.BOOL_ARRAY, [True, False]),
        "taken": (DataType.DATE, datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)),
        "other": (DataType.UUID, UUID(int=5)),
    }
    local.collections.create(
        "Things",
        properties=[Property(name=name, data_type=kind) for name, (kind, _) in kinds.items()],
        vector_config=[
            Configure.Vectors.self_provided(name="look"),
            Configure.Vectors.self_provided(
                name="shape",
                vector_index_config=Configure.VectorIndex.hnsw(
                    distance_metric=VectorDistances.L2_SQUARED
                ),
            ),
        ],
    )
    things = local.collections.use("Things")
    things.data.insert(
        {name: value for name, (_, value) in kinds.items()},
        uuid=UUID(int=1),
        vector={"look": [1, 0], "shape": [0, 3, 4]},
    )
    things.data.insert({}, uuid=UUID(int=2), vector={"shape": [1, 1, 1]})
    things.data.insert({"word": "no vector"}, uuid=UUID(int=3))
    assert mirror.flush()
    assert contents(server.client, "Things") == contents(local, "Things")
    spaces = server.client.collections.use("Things").config.get().to_dict()["vectorConfig"]
    assert spaces["shape"]["vectorIndexConfig"]["distance"] == "l2-squared"


def test_a_collection_grows_is_deleted_and_comes_back(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    things = local.collections.create("Things")
    things.data.insert({"a": "x"}, uuid=UUID(int=1), vector=[1.0, 0.0])
    assert mirror.flush()
    # A property that the first object did not have.
    things.data.insert({"b": 2}, uuid=UUID(int=2), vector=[0.0, 1.0])
    things.config.add_property(Property(name="c", data_type=DataType.DATE))
    assert mirror.flush()
    theirs = server.client.collections.use("Things")
    assert [prop["name"] for prop in theirs.config.get().to_dict()["properties"]] == ["a", "b", "c"]
    # Made anew with vectors of another length: the server's cannot be kept.
    local.collections.delete("Things")
    local.collections.create("Things").data.insert({"a": "y"}, uuid=UUID(int=3), vector=[1.0] * 5)
    assert mirror.flush()
    assert contents(server.client, "Things") == contents(local, "Things")
    local.collections.delete("Things")
    assert mirror.flush()
    assert not server.client.collections.exists("Things")


def test_what_was_written_before_goes_too(local: Client, server: StoreServer) -> None:
    things = local.collections.create("Things")
    for n in range(5):
        things.data.insert({"n": n}, uuid=UUID(int=n), vector=[n + 1.0])
    things.data.delete_by_id(UUID(int=0))
    mirror = mirrored(local, server)
    assert mirror.flush()
    assert sorted(contents(server.client, "Things")) == [str(UUID(int=n)) for n in range(1, 5)]


def test_two_stores_one_server(local: Client, server: StoreServer, tmp_path) -> None:
    """What the server has beside ours is left alone; of one uuid the last writer's stays."""
    mirror = mirrored(local, server)
    local.collections.create("Things").data.insert({"n": 1}, uuid=UUID(int=1), vector=[1.0])
    assert mirror.flush()
    with connect(tmp_path / "second") as second:
        other = mirrored(second, server)
        things = second.collections.create("Things")
        things.data.insert({"n": 2}, uuid=UUID(int=2), vector=[1.0])
        things.data.insert({"n": 22}, uuid=UUID(int=1), vector=[1.0])
        assert other.flush()
        there = contents(server.client, "Things")
        assert {key: one[0]["n"] for key, one in there.items()} == {
            str(UUID(int=1)): 22,
            str(UUID(int=2)): 2,
        }
        # It did not make the collection, so it does not take it away.
        second.collections.delete("Things")
        assert other.flush()
    assert len(server.client.collections.use("Things")) == 2
    local.collections.use("Things").data.delete_by_id(UUID(int=1))
    assert mirror.flush()
    assert list(contents(server.client, "Things")) == [str(UUID(int=2))]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_several_collections(local: Client, server: StoreServer, count: int) -> None:
    mirror = mirrored(local, server)
    for n in range(count):
        local.collections.create(f"Things{n}").data.insert({"n": n}, vector=[1.0])
    assert mirror.flush()
    assert sorted(server.client.collections.list_all()) == [f"Things{n}" for n in range(count)]
