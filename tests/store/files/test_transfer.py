"""Copies from a served store into a folder and back: everything, once, and on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import weaviate

from crystalviz.store import (
    Client,
    Configure,
    DataObject,
    DataType,
    Property,
    Tokenization,
    connect,
)
from crystalviz.store.classes import ReferenceProperty
from crystalviz.store.errors import WeaviateBaseError, WeaviateInvalidInputError
from crystalviz.store.files import object_rows, transfer
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.transfer import TransferError, export_weaviate, import_weaviate
from crystalviz.store.files.transfer_state import TransferState
from crystalviz.store.server import serve


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    with serve(tmp_path / "served") as running:
        yield running


def fill(client: Client) -> None:
    """Images with two vectors and a reference to samples; logs of two tenants."""
    client.collections.create(
        "Sample", properties=[Property(name="name", data_type=DataType.TEXT)], description="dishes"
    )
    samples = client.collections.use("Sample")
    names = [samples.data.insert({"name": f"s{n}"}, uuid=UUID(int=n + 1)) for n in range(3)]
    images = client.collections.create(
        "Image",
        properties=[
            Property(name="image_id", data_type=DataType.TEXT),
            Property(name="n", data_type=DataType.INT),
            Property(name="taken", data_type=DataType.DATE),
        ],
        references=[ReferenceProperty(name="ofSample", target_collection="Sample")],
        vector_config=[
            Configure.Vectors.self_provided(name="pixels"),
            Configure.Vectors.self_provided(
                name="shape",
                vector_index_config=Configure.VectorIndex.hnsw(distance_metric="l2-squared"),
            ),
        ],
    )
    images.data.insert_many(
        [
            DataObject(
                {"image_id": f"i{n}", "n": n, "taken": datetime(2021, 3, 12, n, tzinfo=UTC)},
                UUID(int=100 + n),
                {"pixels": [n, 1.0], "shape": [0.1, n, 2.0]},
                {"ofSample": names[n % 3]} if n % 2 else None,
            )
            for n in range(12)
        ]
    )
    logs = client.collections.create(
        "Log", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
    )
    logs.tenants.create(["anna", "ben"])
    logs.with_tenant("anna").data.insert({"text": "a"}, uuid=UUID(int=1), vector=[1.0])
    logs.with_tenant("ben").data.insert({"text": "b"}, uuid=UUID(int=1), vector=[2.0])


def contents(client: Any) -> dict[str, Any]:
    from crystalviz.store.files.object_rows import read_objects, references_of

    found: dict[str, Any] = {}
    for name in sorted(client.collections.list_all()):
        collection = client.collections.use(name)
        schema = PortableSchema.of(collection)
        tenants = sorted(collection.tenants.get()) if schema.has_tenants else [None]
        for tenant in tenants:
            part = collection.with_tenant(tenant) if tenant else collection
            found[f"{name} {tenant}"] = [
                (str(o.uuid), o.properties, o.vector, references_of(o))
                for o in read_objects(part, schema)
            ]
    return found


def test_a_server_into_a_folder(server: Any, tmp_path: Path) -> None:
    fill(server.client)
    report = import_weaviate(
        server.url, tmp_path / "store", grpc_port=server.grpc_port, progress=False
    )
    assert report.objects == {"Image": 12, "Log": 2, "Sample": 3}
    assert report.notes == []
    assert not report.resumed
    with connect(tmp_path / "store") as client:
        assert contents(client) == contents(server.client)
        for name in ("Image", "Log", "Sample"):
            ours, theirs = (c.collections.use(name).config.get() for c in (client, server.client))
            assert ours.to_dict() == theirs.to_dict()
    assert list((tmp_path / "store").glob("copy-*")) == []


def test_a_folder_into_a_server(server: Any, tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        fill(client)
        before = contents(client)
    report = export_weaviate(
        tmp_path / "store", server.url, grpc_port=server.grpc_port, progress=False
    )
    assert report.objects == {"Image": 12, "Log": 2, "Sample": 3}
    assert contents(server.client) == before
    # A second time nothing is doubled.
    export_weaviate(tmp_path / "store", server.url, grpc_port=server.grpc_port, progress=False)
    assert contents(server.client) == before


def test_a_colleagues_own_client(server: Any, tmp_path: Path) -> None:
    fill(server.client)
    with weaviate.connect_to_local(
        port=server.http_port, grpc_port=server.grpc_port, skip_init_checks=True
    ) as theirs:
        report = import_weaviate(theirs, tmp_path / "store", "Sample", progress=False)
    assert report.objects == {"Sample": 3}


def test_every_setting_of_a_schema_comes_along(server: Any, tmp_path: Path) -> None:
    server.client.collections.create(
        "All",
        description="everything",
        properties=[
            Property(name="a", data_type=DataType.TEXT, tokenization=Tokenization.TRIGRAM),
            Property(name="b", data_type=DataType.INT, index_range_filters=True, description="b"),
            Property(name="c", data_type=DataType.TEXT, index_searchable=False),
            Property(name="d", data_type=DataType.NUMBER, index_filterable=False),
            Property(
                name="e",
                data_type=DataType.OBJECT,
                nested_properties=[Property(name="f", data_type=DataType.DATE_ARRAY)],
            ),
        ],
        inverted_index_config=Configure.inverted_index(
            index_null_state=True,
            index_property_length=True,
            index_timestamps=True,
            bm25_b=0.5,
            bm25_k1=1.5,
        ),
        vector_config=[
            Configure.Vectors.self_provided(
                name=distance.replace("-", "_"),
                vector_index_config=Configure.VectorIndex.hnsw(
                    distance_metric=distance, ef=200, max_connections=8, ef_construction=64
                ),
            )
            for distance in ("cosine", "dot", "l2-squared", "hamming", "manhattan")
        ]
        + [
            Configure.Vectors.self_provided(
                name="flat", vector_index_config=Configure.VectorIndex.flat(distance_metric="dot")
            )
        ],
    )
    import_weaviate(server.url, tmp_path / "s", grpc_port=server.grpc_port, progress=False)
    with connect(tmp_path / "s") as client:
        ours, theirs = (c.collections.use("All").config.get() for c in (client, server.client))
        assert ours.to_dict() == theirs.to_dict()


def test_numbers_that_a_server_rounds_are_told(server: Any, tmp_path: Path) -> None:
    with connect(tmp_path / "s") as client:
        things = client.collections.create(
            "Thing", properties=[Property(name="n", data_type=DataType.INT_ARRAY)]
        )
        things.data.insert({"n": [1, 2**53]})
        report = export_weaviate(client, server.url, grpc_port=server.grpc_port, progress=False)
        assert report.notes == []
        things.data.insert_many([{"n": [2**53 + 1]}] * 2)
        report = export_weaviate(client, server.url, grpc_port=server.grpc_port, progress=False)
        assert len(report.notes) == 1
        assert "n has whole numbers beyond 2^53" in report.notes[0]


def test_what_is_beside_it_stays(server: Any, tmp_path: Path) -> None:
    fill(server.client)
    with connect(tmp_path / "store") as client:
        mine = client.collections.create("Sample").data.insert({"name": "mine"})
        import_weaviate(server.url, client, ["Sample"], grpc_port=server.grpc_port, progress=False)
        samples = client.collections.use("Sample")
        assert len(samples) == 4
        assert samples.data.exists(mine)


@pytest.mark.parametrize("stop", [1, 2, 4])
def test_it_goes_on_where_it_stopped(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    fill(server.client)
    monkeypatch.setattr(transfer, "_PAGE", 3)
    keep = TransferState.keep
    calls = 0

    def interrupted(self: TransferState, *arguments: str) -> None:
        nonlocal calls
        keep(self, *arguments)
        calls += 1
        if calls == stop:
            raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr(TransferState, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            import_weaviate(
                server.url, tmp_path / "store", grpc_port=server.grpc_port, progress=False
            )
    report = import_weaviate(
        server.url, tmp_path / "store", grpc_port=server.grpc_port, progress=False
    )
    assert report.resumed
    assert report.objects["Image"] == 12 - 3 * stop
    with connect(tmp_path / "store") as client:
        assert contents(client) == contents(server.client)


def test_a_server_lost_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_PAGE", 3)
    monkeypatch.setattr(object_rows, "_PAGE", 3)
    keep = TransferState.keep
    with serve(tmp_path / "served") as server:
        fill(server.client)
        before = contents(server.client)
        ports = server.http_port, server.grpc_port

        def lost(self: TransferState, *arguments: str) -> None:
            keep(self, *arguments)
            server.stop()

        settings: dict[str, Any] = {"grpc_port": ports[1], "deadline": 2.0, "progress": False}
        with monkeypatch.context() as once:
            once.setattr(TransferState, "keep", lost)
            with pytest.raises(WeaviateBaseError):
                import_weaviate(server.url, tmp_path / "store", **settings)
    with serve(tmp_path / "served", *ports) as again:
        report = import_weaviate(again.url, tmp_path / "store", **settings)
    assert report.resumed
    assert report.objects["Image"] == 9
    with connect(tmp_path / "store") as client:
        assert contents(client) == before


def test_a_state_of_something_deleted_since_is_not_trusted(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server.client)
    with monkeypatch.context() as once:
        once.setattr(TransferState, "finish", lambda self: None)
        import_weaviate(server.url, tmp_path / "store", grpc_port=server.grpc_port, progress=False)
    with connect(tmp_path / "store") as client:
        client.collections.delete("Image")
    import_weaviate(server.url, tmp_path / "store", grpc_port=server.grpc_port, progress=False)
    with connect(tmp_path / "store") as client:
        assert contents(client) == contents(server.client)


def test_a_damaged_state_means_all_over_again(tmp_path: Path) -> None:
    state = TransferState(tmp_path, "from a")
    state.keep("objects", "A", "", "x")
    again = TransferState(tmp_path, "from a")
    assert (again.resumed, again.reached("objects", "A", "")) == (True, "x")
    assert not TransferState(tmp_path, "from b").resumed
    (file,) = tmp_path.iterdir()
    for text in ("", "{", "[]", '{"route": "from a"}', '{"route": "from a", "reached": 3}'):
        file.write_text(text)
        assert not TransferState(tmp_path, "from a").resumed


def test_what_cannot_be_copied(server: Any, tmp_path: Path) -> None:
    fill(server.client)
    port = server.grpc_port
    with pytest.raises(
        WeaviateInvalidInputError, match="no collection 'Nope'; there is Image, Log"
    ):
        import_weaviate(server.url, tmp_path / "s", "Nope", grpc_port=port, progress=False)
    with pytest.raises(TransferError, match="'ofSample' leads to Sample, which is not copied"):
        import_weaviate(server.url, tmp_path / "s", "Image", grpc_port=port, progress=False)
    with connect(tmp_path / "t") as client:
        client.collections.create(
            "Sample", properties=[Property(name="name", data_type=DataType.INT)]
        )
        with pytest.raises(TransferError, match="'name' is text in the source and int"):
            import_weaviate(server.url, client, "Sample", grpc_port=port, progress=False)


def test_a_server_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(WeaviateBaseError):
        import_weaviate("http://127.0.0.1:9", tmp_path / "s", grpc_port=9, progress=False)


def test_tenants_that_sleep_are_told(server: Any, tmp_path: Path) -> None:
    fill(server.client)
    server.client.collections.use("Log").tenants.deactivate("ben")
    report = import_weaviate(
        server.url, tmp_path / "s", "Log", grpc_port=server.grpc_port, progress=False
    )
    assert report.objects == {"Log": 1}
    assert "the tenant ben is not active" in str(report)


def test_what_computes_vectors_is_left_out() -> None:
    raw = {
        "class": "Article",
        "vectorConfig": {
            "title": {"vectorizer": {"text2vec-openai": {"model": "x"}}, "vectorIndexType": "hnsw"},
            "own": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"},
        },
        "moduleConfig": {"generative-openai": {}},
        "shardingConfig": {"actualCount": 3},
        "multiTenancyConfig": {"enabled": True},
        "properties": [
            {
                "name": "title",
                "dataType": ["text"],
                "moduleConfig": {"text2vec-openai": {"skip": False}},
            },
            {"name": "by", "dataType": ["Author", "Group"]},
        ],
    }
    schema = PortableSchema(raw)
    before = json.dumps(raw)
    assert schema.vectorizers() == ["generative-openai", "text2vec-openai"]
    assert schema.types == {"title": "text"}
    assert schema.references == {"by": ["Author", "Group"]}
    bare = schema.without(vectorizers=True, references=True, tenants=True)
    assert bare.vectorizers() == []
    assert (bare.references, bare.has_tenants, bare.types) == ({}, False, {"title": "text"})
    assert bare.vectors == ["title", "own"]
    assert "shardingConfig" not in bare.raw
    assert json.dumps(schema.raw) == before
