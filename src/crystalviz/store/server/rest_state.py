"""REST about the server itself: whether it is there, what it is, its one node."""

from __future__ import annotations

from typing import Any

from crystalviz import __version__
from crystalviz.store.client import Client
from crystalviz.store.server.rest import Answer, Call, Route
from crystalviz.store.server.version import GRPC_MESSAGE_BYTES, WEAVIATE_VERSION

NODE = "node1"


def _meta(call: Call) -> Answer:
    return Answer(
        body={
            "hostname": "http://[::]:8080",
            "version": WEAVIATE_VERSION,
            "modules": {},
            "grpcMaxMessageSize": GRPC_MESSAGE_BYTES,
            "engine": f"crystalviz {__version__}, a Weaviate-compatible subset",
        }
    )


def _live(call: Call) -> Answer:
    return Answer()


def _ready(call: Call) -> Answer:
    return Answer(200 if call.client.is_ready() else 503)


def _nodes(call: Call) -> Answer:
    node: dict[str, Any] = {
        "name": NODE,
        "status": "HEALTHY",
        "version": WEAVIATE_VERSION,
        "gitHash": f"crystalviz-{__version__}",
        # Without the length of a queue: a write returns when it is done, so that
        # clients need not slow down.
        "batchStats": {},
        "shards": None,
        "stats": None,
    }
    if call.query.get("output") == "verbose":
        names = call.parts or tuple(call.client.collections.list_all())
        wanted = call.query.get("shardName")
        shards = [
            shard
            for name in names
            for shard in _shards(call.client, name)
            if not wanted or shard["name"] == wanted
        ]
        node["shards"] = shards
        node["stats"] = {
            "shardCount": len(shards),
            "objectCount": sum(shard["objectCount"] for shard in shards),
        }
    return Answer(body={"nodes": [node]})


def _shards(client: Client, name: str) -> list[dict[str, Any]]:
    return [
        {
            "name": shard.name,
            "class": shard.collection,
            "objectCount": shard.object_count,
            "vectorIndexingStatus": "READY",
            "vectorQueueLength": shard.vector_queue_length,
            "compressed": False,
            "loaded": True,
        }
        for shard in client.collections.use(name).shards()
    ]


def _cluster(call: Call) -> Answer:
    # One process and no consensus protocol: nothing to vote on, nothing behind.
    return Answer(body={"statistics": [], "synchronized": True})


ROUTES: list[Route] = [
    ("GET", "/meta", _meta),
    ("GET", "/.well-known/live", _live),
    ("GET", "/.well-known/ready", _ready),
    ("GET", "/nodes", _nodes),
    ("GET", "/nodes/{}", _nodes),
    ("GET", "/cluster/statistics", _cluster),
]
