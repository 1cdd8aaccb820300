"""The remote face with a served store at the other end: what the contract suite does not ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import Client, connect, errors
from crystalviz.store import classes as c
from crystalviz.store.remote import Breaker, RemoteClient
from crystalviz.store.server import serve
from tests.store.remote.faulty import Stopwatch


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    with serve(tmp_path / "served") as running:
        yield running


@pytest.fixture
def client(server: Any) -> Iterator[Client]:
    with connect(server.url, grpc_port=server.grpc_port) as opened:
        yield opened


def test_server_lost_and_back_with_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with serve(folder) as first:
        url, grpc_port = first.url, first.grpc_port
        client = RemoteClient(url, grpc_port=grpc_port, breaker=Breaker(pause=0.1))
        things = client.collections.create("Things")
        things.data.insert({"size": 1}, uuid=UUID(int=1), vector=[1.0, 0.0])
        assert len(things.query.near_vector([1.0, 0.0]).objects) == 1
    for ask in (lambda: things.query.near_vector([1.0, 0.0]), lambda: things.data.insert({})):
        client.breaker.reset()
        with Stopwatch() as watch, pytest.raises(errors.WeaviateConnectionError) as told:
            ask()
        assert watch.seconds < 2.0
        assert "127.0.0.1" in str(told.value)
    port = int(url.rpartition(":")[2])
    with serve(folder, port, grpc_port):
        client.breaker.reset()
        assert len(things.query.near_vector([1.0, 0.0]).objects) == 1
        things.data.insert({"size": 2}, uuid=UUID(int=2), vector=[0.0, 1.0])
        assert len(things) == 2
    client.close()


def test_answers_say_who_found_them(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({"size": 1}, vector=[1.0, 0.0])
    assert things.query.near_vector([1.0, 0.0]).found_by == "weaviate"
    assert things.query.fetch_objects().found_by == "weaviate"
    health = things.index_health()
    assert (health["search"], health["recall"], health["objects"]) == ("weaviate", None, 1)


def test_faces_have_the_names_and_words_of_the_client(client: Client) -> None:
    query = client.collections.use("Things").query
    assert {"near_vector", "fetch_objects", "bm25", "near_text"} <= set(dir(query))
    assert query.near_vector.__name__ == "near_vector"
    assert "distance" in query.near_vector.__doc__
    assert not hasattr(query, "near_nothing")
    assert not hasattr(client, "nothing")
    assert "Collection Things of http" in repr(client.collections.use("things"))


def test_configurations_of_ours(server: Any, client: Client) -> None:
    client.collections.create("Others")
    things = client.collections.create(
        "Things",
        description="of a kind",
        properties=[c.Property(name="note", data_type=c.DataType.TEXT)],
        vector_config=[
            c.Configure.Vectors.self_provided(
                name="shape",
                vector_index_config=c.Configure.VectorIndex.hnsw(
                    distance_metric=c.VectorDistances.DOT, ef_construction=64
                ),
            )
        ],
    )
    things.config.add_property(c.Property(name="size", data_type=c.DataType.INT))
    things.config.add_reference(c.ReferenceProperty(name="of", target_collection="Others"))
    things.config.add_vector(vector_config=c.Configure.Vectors.self_provided(name="colour"))
    things.config.update(
        description="of another kind",
        inverted_index_config=c.Reconfigure.inverted_index(bm25_k1=1.5),
        vector_config=c.Reconfigure.Vectors.update(
            name="shape", vector_index_config=c.Reconfigure.VectorIndex.hnsw(ef=77)
        ),
    )
    # The served store itself says what reached it.
    config = server.client.collections.use("Things").config.get()
    assert config.description == "of another kind"
    assert [one.name for one in config.properties] == ["note", "size"]
    assert [one.name for one in config.references] == ["of"]
    assert sorted(config.vector_config) == ["colour", "shape"]
    shape = config.vector_config["shape"].vector_index_config
    assert (shape.distance_metric, shape.ef, shape.ef_construction) == ("dot", 77, 64)
    assert config.inverted_index_config.bm25.k1 == 1.5


def test_configurations_pass_between_stores(client: Client, tmp_path: Path) -> None:
    with connect(tmp_path / "here") as here:
        mine = here.collections.create(
            "Things",
            properties=[c.Property(name="note", data_type=c.DataType.TEXT)],
            vector_config=c.Configure.Vectors.self_provided(
                vector_index_config=c.Configure.VectorIndex.hnsw(
                    distance_metric=c.VectorDistances.L2_SQUARED
                )
            ),
        )
        made = client.collections.create_from_config(mine.config.get())
    config = made.config.get()
    assert [one.name for one in config.properties] == ["note"]
    metric = config.vector_config["default"].vector_index_config.distance_metric
    assert metric.value == "l2-squared"


def test_configurations_of_theirs(client: Client) -> None:
    from weaviate.classes import config as theirs

    things = client.collections.create(
        "Things",
        properties=[theirs.Property(name="note", data_type=theirs.DataType.TEXT)],
        vector_config=theirs.Configure.Vectors.self_provided(),
    )
    things.config.update(description="changed")
    things.config.add_property(theirs.Property(name="size", data_type=theirs.DataType.INT))
    config = things.config.get()
    assert config.description == "changed"
    assert [one.name for one in config.properties] == ["note", "size"]


def test_batch_of_several_collections(client: Client) -> None:
    client.collections.create("Batches")
    lab = client.collections.create(
        "Lab", multi_tenancy_config=c.Configure.multi_tenancy(enabled=True)
    )
    lab.tenants.create([c.Tenant(name="a")])
    images = client.collections.create(
        "Images", references=[c.ReferenceProperty(name="of", target_collection="Batches")]
    )
    with client.batch.fixed_size(2) as batch:
        batch.add_object({"size": 1}, collection="Images", uuid=UUID(int=1))
        batch.add_object({"kind": "acid"}, collection="Batches", uuid=UUID(int=2))
        batch.add_object({"size": 3}, collection="Lab", tenant="a", uuid=UUID(int=3))
        batch.add_object({"size": 4}, collection="Lab", tenant="nobody", uuid=UUID(int=4))
        batch.add_reference(UUID(int=1), "of", UUID(int=2), from_collection="Images")
        batch.add_reference(UUID(int=1), "nothing", UUID(int=2), from_collection="Images")
    assert batch.number_errors == 2
    assert [str(one.object_.uuid) for one in client.batch.failed_objects] == [str(UUID(int=4))]
    assert len(client.batch.failed_references) == 1
    assert (len(images), len(lab.with_tenant("a"))) == (1, 1)
    with_link = images.iterator(return_references=c.QueryReference(link_on="of"))
    assert [o.uuid.int for one in with_link for o in one.references["of"].objects] == [2]
    with pytest.raises(errors.WeaviateInvalidInputError, match="collection="):
        client.batch.dynamic().__enter__().add_object({"size": 1})


@pytest.mark.parametrize("size", [0, True, 2.5])
def test_batch_sizes(client: Client, size: Any) -> None:
    with (
        pytest.raises(errors.WeaviateInvalidInputError, match="batch_size"),
        client.collections.use("Things").batch.fixed_size(size),
    ):
        pass


def test_backups_are_waited_for(client: Client) -> None:
    client.collections.create("Things").data.insert({"size": 1})
    done = client.backup.create(backup_id="first", backend="filesystem", wait_for_completion=True)
    assert done.status.value == "SUCCESS"
    client.collections.delete("Things")
    client.backup.restore(backup_id="first", backend="filesystem", wait_for_completion=True)
    assert len(client.collections.use("Things")) == 1


def test_what_the_server_refuses_is_no_outage(client: Client) -> None:
    things = client.collections.create("Things")
    for _ in range(3):
        with pytest.raises(errors.WeaviateQueryError):
            things.query.near_text("needle")
        with pytest.raises(errors.UnexpectedStatusCodeError):
            client.collections.create("Things")
    assert client.breaker.state == "closed"
