"""A Weaviate server that follows a store: what a program and a page see of it."""

from __future__ import annotations

import datetime
import time
import weakref
from typing import TYPE_CHECKING, Any

from crystalviz.store.errors import WeaviateClosedClientError, WeaviateInvalidInputError
from crystalviz.store.mirror import outbox
from crystalviz.store.mirror.ledger import read_state
from crystalviz.store.mirror.state import MirrorState
from crystalviz.store.mirror.worker import Pace, Worker

if TYPE_CHECKING:
    from crystalviz.store.client import Client
    from crystalviz.store.remote.client import RemoteClient

_SHOWN_EVENTS = 20
_STOP_SECONDS = 3.0


class Mirror:
    """A Weaviate server that follows a store, in the background.

    A write returns as soon as it is on this machine's disk; a thread then pushes it:
    collections with their configuration, tenants, objects with vectors and references, deletions.
    What is still to be pushed is read from the store itself, so that it survives restarts and
    `kill -9`; each object goes under its own uuid, so that nothing is doubled.

    **The local store wins**: an object written here replaces the server's of the same uuid, one
    deleted here is deleted there. What the server has beside ours is left alone, and nothing is
    ever read back from it. A collection that the mirror made there is deleted there when it is
    deleted here; one that was there before is not.

    Of several processes with one store and one server, one pushes, and another takes over when
    it ends. Made by `cz.connect(folder, mirror=...)` and `attach`.

    Parameters
    ----------
    client : Client
        The open store.
    address : str
        The server's, as people know it.
    server : RemoteClient
        Closed with the mirror.
    pace : Pace, optional
        How often it looks at the store and at the server.
    """

    def __init__(
        self,
        client: Client,
        address: str,
        server: RemoteClient,
        pace: Pace | None = None,
    ) -> None:
        self.address = address
        # Not the client: the thread must not keep alive what nobody else holds.
        self._database = client._database
        self._worker = Worker(
            client.folder,
            client._database,
            client.collections,
            address,
            server,
            pace or Pace(),
        )
        self._worker.start()
        self._finalizer = weakref.finalize(self, self._worker.stop, 1.0)

    def __repr__(self) -> str:
        try:
            status = self.status()
        except WeaviateClosedClientError:
            return f"<Mirror {self.address}: closed>"
        waiting = f", {status['pending']} waiting" if status["pending"] else ""
        return f"<Mirror {self.address}: {status['state']}{waiting}>"

    def status(self) -> dict[str, Any]:
        """Return how far the server is; asks only the store, so that it takes no time.

        Returns
        -------
        dict
            `state`: "in step", "behind" (something waits, or was refused), "away" (the server
            does not answer) or "paused"; `pending` (objects, deletions and collections that wait);
            `refused` (those among them that the server refused); `pushed` (objects and deletions
            that it has acknowledged, ever); `last_error` (text, "" when nothing is wrong);
            `last_success` (when it last answered, ISO 8601 in UTC, or None); `away_since`
            (likewise); `address`; `pushes_here` (False: another process pushes); `events` (the
            newest lines about what happened, each with number, time and text).

        Raises
        ------
        WeaviateClosedClientError
            After the store was closed.
        """
        worker = self._worker
        here = worker.pushes
        with self._database.reading() as connection:
            state = worker.state if here else read_state(connection, self.address)
            state = state or MirrorState()
            pending = outbox.pending(connection, state)
        away = worker.away if here else state.away_since is not None
        error = worker.error if here else state.last_error
        known = worker.contacted if here else state.last_success is not None
        if worker.paused:
            standing = "paused"
        elif away:
            standing = "away"
        else:
            standing = "behind" if pending or error or not known else "in step"
        return {
            "address": self.address,
            "state": standing,
            "pending": pending,
            "refused": sum(len(cursor.refused) for cursor in state.collections.values()),
            "pushed": state.pushed,
            "last_error": error,
            "last_success": _iso(state.last_success),
            "away_since": _iso(state.away_since),
            "pushes_here": here,
            "events": [{**one, "time": _iso(one["time"])} for one in list(worker.events)][
                -_SHOWN_EVENTS:
            ],
        }

    def flush(self, timeout: float = 30.0) -> bool:
        """Push now what waits, and wait for it.

        Parameters
        ----------
        timeout : float
            Seconds to wait at most.

        Returns
        -------
        bool
            Whether the server has everything. False comes early when it does not answer or
            refuses something, see `status()`; what waits is pushed later all the same.
        """
        if timeout < 0:
            raise WeaviateInvalidInputError(f"timeout is in seconds, not {timeout!r}")
        end = time.monotonic() + timeout
        self._worker.flush(timeout)
        while True:
            status = self.status()
            # Another process pushes: the store tells how far it is.
            wait = not status["pushes_here"] and status["state"] == "behind"
            if not wait or time.monotonic() >= end:
                return bool(status["state"] == "in step")
            time.sleep(0.05)

    def wake(self) -> None:
        """Look at the server now, without waiting for it; `status()` tells a moment later."""
        self._worker.wake()

    def pause(self) -> None:
        """Push nothing until `resume`; what is written meanwhile waits."""
        self._worker.pause(True)

    def resume(self) -> None:
        """Push again after `pause`."""
        self._worker.pause(False)

    def close(self, linger: float = 2.0) -> None:
        """Stop pushing; what is not pushed yet is pushed when the store is opened next time.

        Parameters
        ----------
        linger : float
            Seconds in which a server that answers may take what waits.
        """
        worker = self._worker
        if self._finalizer.detach() is None:
            return
        if linger > 0 and not worker.away and not worker.paused and worker.pushes:
            worker.flush(linger)
        worker.stop(_STOP_SECONDS)


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="seconds")
