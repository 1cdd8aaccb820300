"""A server that speaks Weaviate's protocols and goes wrong on request.

REST and gRPC are real ones on free ports; what they answer is set by attributes.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from weaviate.proto.v1 import (
    aggregate_pb2,
    batch_pb2,
    health_weaviate_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

NOTHING = {"version": "1.35.0", "grpcMaxMessageSize": 104858000}


class _Rest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _answer(self) -> None:
        faults: FaultyServer = self.server.faults
        faults.seen.append((self.command, self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "well-known" not in self.path:
            faults.wait(faults.rest_seconds)
        if faults.rest_hangs:
            faults.wait(60.0)
            return
        if faults.rest_drips:
            for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n":
                self.wfile.write(bytes([letter]))
                faults.wait(0.1)
            return
        body = json.dumps(faults.meta if self.path == "/v1/meta" else faults.body).encode()
        if faults.plain is not None:
            body = faults.plain
        self.send_response(faults.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        # do_GET and so on
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        pass


class _RestServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, faults: FaultyServer) -> None:
        self.faults = faults
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", port), _Rest)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def server_close(self) -> None:
        super().server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Grpc(weaviate_pb2_grpc.WeaviateServicer):
    def __init__(self, faults: FaultyServer) -> None:
        self.faults = faults

    def _go_wrong(self, context: grpc.ServicerContext) -> None:
        faults = self.faults
        faults.calls += 1
        faults.metadata = {key: str(value) for key, value in context.invocation_metadata()}
        faults.wait(faults.grpc_seconds)
        if faults.code is not None and faults.refusals > 0:
            faults.refusals -= 1
            context.abort(faults.code, faults.details)

    def Search(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._go_wrong(context)
        return search_get_pb2.SearchReply()

    def Aggregate(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._go_wrong(context)
        return aggregate_pb2.AggregateReply()

    def BatchObjects(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._go_wrong(context)
        return batch_pb2.BatchObjectsReply()


class FaultyServer:
    """A server on free ports of the loopback, well at first."""

    def __init__(self) -> None:
        self.meta: dict[str, Any] = dict(NOTHING)
        self.body: Any = {"classes": []}
        self.plain: bytes | None = None
        self.status = 200
        self.rest_hangs = False
        self.rest_drips = False
        self.rest_seconds = 0.0
        self.grpc_seconds = 0.0
        self.code: grpc.StatusCode | None = None
        # How many calls get the code.
        self.refusals = 1000
        self.details = "as told"
        self.serving = True
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.metadata: dict[str, str] = {}
        self.calls = 0
        self._stop = threading.Event()
        self._grpc: grpc.Server | None = None
        self._rest: _RestServer | None = None
        self.http_port = self.grpc_port = 0

    def __enter__(self) -> FaultyServer:
        self.start_rest()
        self.start_grpc()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_rest()
        self.stop_grpc()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than the server runs."""
        self._stop.wait(seconds)

    def start_rest(self) -> None:
        self._stop.clear()
        self._rest = _RestServer(self.http_port, self)
        self.http_port = self._rest.server_port
        threading.Thread(target=self._rest.serve_forever, args=(0.01,), daemon=True).start()

    def start_grpc(self) -> None:
        self._stop.clear()
        server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        weaviate_pb2_grpc.add_WeaviateServicer_to_server(_Grpc(self), server)
        health = grpc.unary_unary_rpc_method_handler(
            self._health,
            health_weaviate_pb2.WeaviateHealthCheckRequest.FromString,
            health_weaviate_pb2.WeaviateHealthCheckResponse.SerializeToString,
        )
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": health}),)
        )
        self.grpc_port = server.add_insecure_port(f"127.0.0.1:{self.grpc_port}")
        server.start()
        self._grpc = server

    def stop_rest(self) -> None:
        self._stop.set()
        if self._rest is not None:
            self._rest.shutdown()
            self._rest.server_close()
        self._rest = None

    def stop_grpc(self) -> None:
        self._stop.set()
        if self._grpc is not None:
            self._grpc.stop(None).wait()
        self._grpc = None

    def _health(self, _request: Any, context: grpc.ServicerContext) -> Any:
        answer = health_weaviate_pb2.WeaviateHealthCheckResponse
        if not self.serving:
            self.wait(60.0)
        return answer(status=answer.SERVING)


class SilentPort:
    """A port that takes connections and says nothing on them."""

    def __enter__(self) -> SilentPort:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class Relay:
    """Passes connections on to a port, until it falls silent; new ones pass again.

    As a network that was changed under a client: its connections are dead, and nobody says so.
    """

    def __init__(self, port: int) -> None:
        self._to = port

    def __enter__(self) -> Relay:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        self._open: list[tuple[socket.socket, threading.Event]] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        for connection, silent in self._open:
            silent.set()
            connection.close()

    def fall_silent(self) -> None:
        """Let nothing more pass on the connections there are."""
        for _, silent in self._open:
            silent.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                silent = threading.Event()
                for here, there in ((near, far), (far, near)):
                    self._open.append((here, silent))
                    threading.Thread(
                        target=self._pass_on, args=(here, there, silent), daemon=True
                    ).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, silent: Any) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                if silent.is_set():
                    continue
                there.sendall(data)
            if not silent.is_set():
                there.shutdown(socket.SHUT_WR)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port: int = opened.getsockname()[1]
        return port


class Stopwatch:
    """Measures a block in seconds."""

    def __enter__(self) -> Stopwatch:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._start
