"""The REST port: Tornado in a thread of its own, the calls in a pool of threads."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

from tornado import httpserver, netutil, web

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateBaseError, WeaviateConnectionError
from crystalviz.store.server.refusals import message_of, status_of
from crystalviz.store.server.rest import WITHOUT_STORE, Answer, Call, find_route

_LOG = logging.getLogger("crystalviz.store.server")
# Made as they are needed; enough that `ready` is answered while others work.
_WORKERS = 32
_MAX_BODY = 512 * 2**20
_STOP_SECONDS = 10.0


class _Handler(web.RequestHandler):
    """Answers every path of `/v1`."""

    def initialize(self, client: Client, pool: ThreadPoolExecutor) -> None:
        self._client = client
        self._pool = pool

    async def _serve(self) -> None:
        path = unquote(self.request.path)
        if path in WITHOUT_STORE:
            # At once, however much work is under way.
            answer = self._answer(path)
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, self._answer, path)
        self.set_status(answer.status)
        if answer.body is None:
            self.clear_header("Content-Type")
            await self.finish()
        else:
            self.set_header("Content-Type", "application/json")
            await self.finish(json.dumps(answer.body))

    get = head = post = put = patch = delete = _serve

    def _answer(self, path: str) -> Answer:
        request = self.request
        route = find_route(str(request.method), path)
        if isinstance(route, Answer):
            return route
        function, parts = route
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError as error:
            return Answer.refused(400, f"the body is not JSON: {error}")
        query = {
            name: values[-1].decode("utf-8", "replace")
            for name, values in request.query_arguments.items()
        }
        try:
            return function(Call(self._client, parts, query, body))
        except WeaviateBaseError as error:
            return Answer.refused(status_of(error), message_of(error))
        except Exception as error:
            _LOG.exception("%s %s", request.method, path)
            return Answer.refused(500, message_of(error))

    def log_exception(self, *_args: object) -> None:
        """Say nothing of clients that hang up; `_answer` logs the rest."""


class HttpServer:
    """Serves REST from when it is made until `stop`.

    Parameters
    ----------
    client : Client
        The store.
    host : str
        Where to listen.
    port : int
        0: a free one.

    Raises
    ------
    WeaviateConnectionError
        When the port is taken.
    """

    def __init__(self, client: Client, host: str, port: int) -> None:
        try:
            sockets = netutil.bind_sockets(port, host)
        except (OSError, OverflowError) as error:
            raise WeaviateConnectionError(
                f"the REST port {port} of {host} cannot be opened ({error}). Stop what uses it, "
                "or choose another (--http-port)"
            ) from error
        self.port: int = sockets[0].getsockname()[1]
        self._pool = ThreadPoolExecutor(_WORKERS, "crystalviz-rest")
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        application = web.Application(
            [(r"/.*", _Handler, {"client": client, "pool": self._pool})], log_function=_log_quietly
        )

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._server = httpserver.HTTPServer(
                application, max_body_size=_MAX_BODY, max_buffer_size=_MAX_BODY
            )
            self._server.add_sockets(sockets)
            self._loop.call_soon(self._started.set)
            self._loop.run_forever()
            self._loop.close()

        self._thread = threading.Thread(target=run, name="crystalviz-rest", daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Take no more calls, finish those under way, close the port."""

        async def wind_up() -> None:
            self._server.stop()
            await asyncio.to_thread(self._pool.shutdown, wait=True)
            # A turn of the loop, so that the last answers leave.
            await asyncio.sleep(0)
            await self._server.close_all_connections()
            self._loop.stop()

        asyncio.run_coroutine_threadsafe(wind_up(), self._loop)
        self._thread.join(_STOP_SECONDS)


def _log_quietly(handler: web.RequestHandler) -> None:
    _LOG.debug("%s %s %s", handler.get_status(), handler.request.method, handler.request.path)
