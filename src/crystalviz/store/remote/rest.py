"""Weaviate's REST interface with a deadline: the HTTP client that weaviate-client sends through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from crystalviz.store.errors import WeaviateConnectionError, WeaviateTimeoutError
from crystalviz.store.remote.address import Address
from crystalviz.store.remote.outage import OutageError, seconds_left

_READS = ("GET", "HEAD")
# What a proxy answers for a server that is away, and a server that is starting.
_AWAY = (502, 503, 504)
# Of the time of a writing request: until a sign of life is asked for, which has the rest.
_PATIENCE = 0.55


class RestClient(httpx.Client):
    """An HTTP client whose requests end in time.

    Each request runs in a thread of its own, because no timeout of a socket covers
    all of it (looking up the host's name, an answer that comes byte by byte).

    Parameters
    ----------
    address : Address
        The server.
    answered : callable
        Called at every answer.
    **settings
        Those of `httpx.Client`.
    """

    def __init__(self, address: Address, answered: Callable[[], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._address = address
        self._answered = answered

    def send(self, request: httpx.Request, **settings: Any) -> httpx.Response:
        """Send a request and return its answer.

        Raises
        ------
        OutageError
            When it was not answered in time, or not at all.
        """
        reads = request.method in _READS
        try:
            response = self._in_time(request, reads, settings)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            # A connection kept open from before a restart of the server: a new one is made.
            if not reads:
                raise self._lost(request, error) from error
            try:
                response = self._in_time(request, reads, settings)
            except httpx.TransportError as again:
                raise self._lost(request, again) from again
        except httpx.TransportError as error:
            raise self._lost(request, error) from error
        if response.status_code in _AWAY:
            raise OutageError(
                f"{self._address.url} answers {response.status_code} "
                f"({response.reason_phrase}): the server is not ready"
            )
        self._answered()
        return response

    def is_alive(self, seconds: float) -> bool:
        """Return whether the server gives a sign of life in so many seconds."""
        url = f"{self._address.url}/v1/.well-known/live"
        request = self.build_request("GET", url, timeout=seconds)
        exchange = _Exchange(super().send, request, {})
        return exchange.wait(seconds) and exchange.response is not None

    def _in_time(
        self, request: httpx.Request, reads: bool, settings: dict[str, Any]
    ) -> httpx.Response:
        address = self._address
        limit = seconds_left(address.budget) if reads else address.write_deadline
        # The thread of a request that nobody waits for any more ends by these.
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), limit)
        exchange = _Exchange(super().send, request, settings)
        if reads:
            done = exchange.wait(limit)
        else:
            done = wait_while_alive(exchange.wait, self.is_alive, address)
        if not done:
            raise self._late(request, reads)
        if exchange.error is not None:
            raise exchange.error
        assert exchange.response is not None
        return exchange.response

    def _late(self, request: httpx.Request, reads: bool) -> OutageError:
        fate = "" if reads else ". Whether it was carried out is not known: look before repeating"
        limit = self._address.deadline if reads else self._address.write_deadline
        return OutageError(
            f"{self._address.url} did not answer {request.method} {request.url.path} in time "
            f"(at most {limit:g} s){fate}",
            WeaviateTimeoutError,
        )

    def _lost(self, request: httpx.Request, error: httpx.TransportError) -> OutageError:
        if isinstance(error, httpx.TimeoutException):
            return self._late(request, request.method in _READS)
        refused = isinstance(error, httpx.ConnectError)
        what = "cannot be reached" if refused else "broke the connection off"
        return OutageError(
            f"{self._address.url} {what}: {error or type(error).__name__}. Is the server "
            "running, and are address and port right?",
            WeaviateConnectionError,
            certain=refused,
        )


class _Exchange:
    """A request on its way in a thread of its own, and what became of it."""

    def __init__(
        self, send: Callable[..., httpx.Response], request: httpx.Request, settings: dict[str, Any]
    ) -> None:
        self.response: httpx.Response | None = None
        self.error: BaseException | None = None
        self._send, self._request, self._settings = send, request, settings
        self._done = threading.Event()
        # A daemon: a request that hangs does not hold up the end of the program.
        threading.Thread(target=self._run, name="crystalviz-rest", daemon=True).start()

    def _run(self) -> None:
        try:
            self.response = self._send(self._request, **self._settings)
        except BaseException as error:
            self.error = error
        finally:
            self._done.set()

    def wait(self, seconds: float) -> bool:
        """Return whether it is over within so many seconds."""
        return self._done.wait(seconds)


def wait_while_alive(
    wait: Callable[[float], bool], is_alive: Callable[[float], bool], address: Address
) -> bool:
    """Wait for a writing request, and return whether it is over.

    A large write takes its time, and a server that hangs is given up within the
    deadline: what tells the two apart is whether the server gives signs of life.

    Parameters
    ----------
    wait : callable
        Waits at most so many seconds for the request; whether it is over.
    is_alive : callable
        Whether the server gives a sign of life in so many seconds.
    address : Address
        Its deadlines.
    """
    gives_up = time.monotonic() + address.write_deadline
    # Connecting may have taken a part of the first deadline.
    seconds = seconds_left(address.budget)
    while True:
        left = gives_up - time.monotonic()
        if wait(max(0.0, min(seconds * _PATIENCE, left))):
            return True
        if left <= 0.0:
            return False
        if not is_alive(seconds * (1.0 - _PATIENCE)):
            # It may have been answered meanwhile.
            return wait(0.0)
        seconds = address.budget
