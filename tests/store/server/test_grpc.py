"""gRPC as it is on the wire: health, codes of refusals, streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from weaviate.proto.v1 import (
    base_pb2,
    base_search_pb2,
    batch_pb2,
    health_weaviate_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

from crystalviz.store.server.serving import StoreServer

UUID = "00000000-0000-0000-0000-00000000000{}"
# Vectors of 2 and of 3 dimensions.
RAGGED = base_pb2.Vectors(
    vector_bytes=b"\x02\x00" + bytes(20), type=base_pb2.Vectors.VECTOR_TYPE_MULTI_FP32
)


@pytest.fixture
def channel(server: StoreServer, stock: Any) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"{server.host}:{server.grpc_port}") as channel:
        yield channel


@pytest.fixture
def stub(channel: grpc.Channel) -> Any:
    return weaviate_pb2_grpc.WeaviateStub(channel)


def test_health(channel: grpc.Channel) -> None:
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_weaviate_pb2.WeaviateHealthCheckRequest.SerializeToString,
        response_deserializer=health_weaviate_pb2.WeaviateHealthCheckResponse.FromString,
    )
    answer = check(health_weaviate_pb2.WeaviateHealthCheckRequest(), timeout=5)
    assert answer.status == health_weaviate_pb2.WeaviateHealthCheckResponse.SERVING


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"collection": "Nope"}, grpc.StatusCode.INVALID_ARGUMENT, "no collection 'Nope'"),
        (
            {"near_text": base_search_pb2.NearTextSearch(query=["x"])},
            grpc.StatusCode.UNIMPLEMENTED,
            "near_vector",
        ),
        (
            {"near_vector": base_search_pb2.NearVector(vector=[1.0]), "sort_by": [{"path": ["n"]}]},
            grpc.StatusCode.INVALID_ARGUMENT,
            "sorting cannot be combined",
        ),
        ({"limit": 10_001}, grpc.StatusCode.INVALID_ARGUMENT, "maximum results"),
        (
            {"near_vector": base_search_pb2.NearVector(vector_bytes=b"12345")},
            grpc.StatusCode.INVALID_ARGUMENT,
            "5 bytes are no vector",
        ),
        (
            {"near_vector": base_search_pb2.NearVector(vectors=[RAGGED])},
            grpc.StatusCode.INVALID_ARGUMENT,
            "5 numbers are not several vectors of 2 dimensions",
        ),
    ],
)
def test_refusals_say_why(
    stock: Any, stub: Any, request_: dict[str, Any], code: grpc.StatusCode, words: str
) -> None:
    stock.collections.create("Things")
    with pytest.raises(grpc.RpcError) as refused:
        stub.Search(search_get_pb2.SearchRequest(**{"collection": "Things", **request_}))
    assert refused.value.code() is code
    assert words in refused.value.details()


def test_a_stream_answers_message_for_message(stock: Any, stub: Any) -> None:
    things = stock.collections.create("Things")
    request = batch_pb2.BatchStreamRequest

    def objects(*numbers: int) -> Any:
        values = [
            batch_pb2.BatchObject(collection=name, uuid=UUID.format(number))
            for number, name in zip(numbers, ("Things", "not a name"), strict=False)
        ]
        return request(data=request.Data(objects=request.Data.Objects(values=values)))

    sent = [request(start=request.Start()), objects(1, 2), objects(3), request(stop=request.Stop())]
    answers = list(stub.BatchStream(iter(sent), timeout=20))
    kinds = [one.WhichOneof("message") for one in answers]
    assert kinds == ["started", "acks", "results", "acks", "results"]
    assert list(answers[1].acks.uuids) == [UUID.format(1), UUID.format(2)]
    assert [one.uuid for one in answers[2].results.successes] == [UUID.format(1)]
    (refused,) = answers[2].results.errors
    assert refused.uuid == UUID.format(2)
    assert "not a name" in refused.error
    assert [one.uuid for one in answers[4].results.successes] == [UUID.format(3)]
    assert {str(one.uuid) for one in things.iterator()} == {UUID.format(1), UUID.format(3)}


def test_a_stream_must_start_with_its_start(stub: Any) -> None:
    stop = batch_pb2.BatchStreamRequest(stop=batch_pb2.BatchStreamRequest.Stop())
    with pytest.raises(grpc.RpcError) as refused:
        list(stub.BatchStream(iter([stop]), timeout=20))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
