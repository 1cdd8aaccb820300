"""REST about the server itself: whether it is there, what it is, its one node."""

from __future__ import annotations

from crystalviz import __version__
from crystalviz.store.server.rest import Answer, Call, Route
from crystalviz.store.server.version import GRPC_MESSAGE_BYTES, WEAVIATE_VERSION


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


def _alive(call: Call) -> Answer:
    return Answer(200 if call.client.is_ready() else 503)


ROUTES: list[Route] = [
    ("GET", "/meta", _meta),
    ("GET", "/.well-known/live", _alive),
    ("GET", "/.well-known/ready", _alive),
]
