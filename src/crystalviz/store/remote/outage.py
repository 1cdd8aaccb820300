"""What the network's failures are called, and how long a call may wait for the network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from crystalviz.store.errors import (
    WeaviateBaseError,
    WeaviateConnectionError,
)

# When the reading call that is under way has to be over; None where each request has its own time.
_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)


class OutageError(Exception):
    """A request was not answered.

    It is none of weaviate-client's errors, nor gRPC's: so it passes through that
    package's repetitions (63 seconds of them) and handlers unchanged.

    Parameters
    ----------
    message : str
        What happened, and the address.
    kind : class
        The error of ours that it becomes.
    certain : bool
        Whether there is no doubt that the server is away.
    """

    def __init__(
        self,
        message: str,
        kind: type[WeaviateBaseError] = WeaviateConnectionError,
        certain: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.certain = certain


@contextmanager
def ending_in(seconds: float | None) -> Iterator[None]:
    """Let the requests of the block share so many seconds; None lets each have its own."""
    token = _ENDS.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS.reset(token)


def seconds_left(budget: float) -> float:
    """Return what a request has of `budget` seconds, within the call that it belongs to."""
    ends = _ENDS.get()
    if ends is None:
        return budget
    return max(0.0, min(budget, ends - time.monotonic()))
