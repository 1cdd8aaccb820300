"""A server whose collection is another one, and objects that it refuses."""

from __future__ import annotations

from uuid import UUID

from crystalviz.store import Client, Configure, DataType, Property, Tokenization, VectorDistances
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import contents, mirrored, wait_for


def test_a_collection_that_does_not_fit_is_told_and_left_alone(
    local: Client, server: StoreServer
) -> None:
    server.client.collections.create(
        "Things",
        properties=[Property(name="name", data_type=DataType.TEXT, tokenization=Tokenization.WORD)],
        vector_index_config=Configure.VectorIndex.hnsw(distance_metric=VectorDistances.DOT),
    )
    server.client.collections.use("Things").data.insert({"name": "theirs"}, vector=[1.0, 2.0])
    theirs = contents(server.client, "Things")
    mirror = mirrored(local, server)
    things = local.collections.create(
        "Things",
        properties=[
            Property(name="name", data_type=DataType.TEXT, tokenization=Tokenization.FIELD)
        ],
    )
    things.data.insert({"name": "ours"}, vector=[1.0, 0.0])
    local.collections.create("Fitting").data.insert({"n": 1}, vector=[1.0])
    assert not mirror.flush()
    status = mirror.status()
    assert status["state"] == "behind"
    assert status["pending"] == 2
    assert "tokenization field here and word there" in status["last_error"]
    assert "distance cosine here and dot there" in status["last_error"]
    assert "Delete it there" in status["last_error"]
    assert contents(server.client, "Things") == theirs
    # The other collections go on.
    assert len(server.client.collections.use("Fitting")) == 1
    # The cure that the message names.
    server.client.collections.delete("Things")
    wait_for(lambda: mirror.status()["state"] == "in step")
    assert mirror.status()["last_error"] == ""
    assert contents(server.client, "Things") == contents(local, "Things")


def test_a_collection_that_was_there_gets_what_it_lacks(local: Client, server: StoreServer) -> None:
    server.client.collections.create(
        "Things", properties=[Property(name="more", data_type=DataType.TEXT)]
    )
    server.client.collections.use("Things").data.insert(
        {"more": "theirs"}, uuid=UUID(int=9), vector=[1.0, 2.0]
    )
    mirror = mirrored(local, server)
    things = local.collections.create(
        "Things", properties=[Property(name="name", data_type=DataType.TEXT)]
    )
    things.data.insert({"name": "ours"}, uuid=UUID(int=1), vector=[1.0, 0.0])
    assert mirror.flush()
    there = contents(server.client, "Things")
    assert there[str(UUID(int=9))][0] == {"more": "theirs"}
    assert there[str(UUID(int=1))] == contents(local, "Things")[str(UUID(int=1))]


def test_an_object_that_is_refused_stops_no_other(local: Client, server: StoreServer) -> None:
    """The server's vectors have another length: known only when an object comes."""
    server.client.collections.create("Things")
    server.client.collections.use("Things").data.insert({}, uuid=UUID(int=9), vector=[1.0, 2.0])
    mirror = mirrored(local, server)
    things = local.collections.create("Things")
    for n in range(3):
        things.data.insert({"n": n}, uuid=UUID(int=n), vector=[1.0, 0.0, 0.0])
    things.data.insert({"n": 3}, uuid=UUID(int=3))
    assert not mirror.flush()
    status = mirror.status()
    assert (status["state"], status["refused"], status["pending"]) == ("behind", 3, 3)
    assert "dimension" in status["last_error"]
    assert [event["text"] for event in status["events"] if "refused" in event["text"]]
    assert sorted(contents(server.client, "Things")) == [str(UUID(int=n)) for n in (3, 9)]
    # One is deleted, the others are tried again and get through once the cause is gone.
    things.data.delete_by_id(UUID(int=0))
    server.client.collections.delete("Things")
    wait_for(lambda: mirror.status()["state"] == "in step")
    assert contents(server.client, "Things") == contents(local, "Things")
