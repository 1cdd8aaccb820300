"""The thread that pushes: it watches the store, asks the server, waits while that one is away."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystalviz.store.collections import Collections
from crystalviz.store.errors import WeaviateBaseError, WeaviateClosedClientError
from crystalviz.store.mirror import survey
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.ledger import Ledger, now
from crystalviz.store.mirror.pusher import push
from crystalviz.store.mirror.state import MirrorState
from crystalviz.store.mirror.target import ServerAwayError, ServerRefusedError, Target
from crystalviz.store.storage.database import Database

if TYPE_CHECKING:
    from crystalviz.store.remote.client import RemoteClient

_EVENTS = 100
# A shortest pause, should the breaker let the next call through at once.
_LEAST_PAUSE = 0.05


@dataclass(frozen=True)
class Pace:
    """How often a mirror does what, in seconds.

    Attributes
    ----------
    look : float
        Between two looks at whether the store has changed.
    check : float
        Between two looks at whether the server is there and has what it took.
    retry : float
        Until what the server refused is tried again.
    """

    look: float = 0.2
    check: float = 15.0
    retry: float = 60.0


class Worker:
    """Pushes to one server until it is stopped.

    Parameters
    ----------
    folder : Path
        The store folder.
    database : Database
        Its file; read only in short transactions.
    collections : Collections
        Its collections.
    address : str
        The server's.
    server : RemoteClient
        Connects at its first call, and again by itself.
    pace : Pace
        How often it does what.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        collections: Collections,
        address: str,
        server: RemoteClient,
        pace: Pace,
    ) -> None:
        self.address = address
        self.away = False
        self.paused = False
        self.contacted = False
        self.error = ""
        self.events: deque[dict[str, Any]] = deque(maxlen=_EVENTS)
        self._database = database
        self._ledger = Ledger(folder, address)
        self._pace = pace
        self._target = Target(server)
        self._context = PushContext(database, collections, MirrorState(), self._save, self.note)
        self._pid = os.getpid()
        self._signal = threading.Condition()
        self._stopping = False
        self._events_seen = 0
        self._asked = self._answered = 0
        # What happened last: the store's version that was pushed, and when.
        self._pushed_version: int | None = None
        self._last_check = self._last_push = float("-inf")
        self._away_pending = 0
        self._thread = threading.Thread(
            target=self._work, name=f"crystalviz-mirror {address}", daemon=True
        )

    # -- from other threads ----------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, wait: float) -> None:
        """End after the step that is under way, waiting for it so many seconds at most."""
        if os.getpid() != self._pid:
            # Inherited through fork: the parent's.
            return
        with self._signal:
            self._stopping = True
            self._signal.notify_all()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(wait)

    def pause(self, paused: bool) -> None:
        """Push nothing, or go on."""
        with self._signal:
            self.paused = paused
            self._signal.notify_all()

    def wake(self) -> int:
        """Ask the server at once, and push what waits; return the number of this request."""
        with self._signal:
            self._asked += 1
            self._signal.notify_all()
            return self._asked

    def flush(self, timeout: float) -> None:
        """Wait until all that is stored now was pushed, or could not be, or time is up."""
        mine = self.wake()
        with self._signal:
            self._signal.wait_for(
                lambda: self._answered >= mine or self._stopping or self.paused, timeout
            )

    @property
    def pushes(self) -> bool:
        """Whether it is this process that pushes; another one may."""
        return self._ledger.held

    @property
    def state(self) -> MirrorState:
        """How far the server is; only where `pushes`."""
        return self._context.state

    @property
    def conflicts(self) -> dict[str, str]:
        """Collections that the server cannot take, with the reason."""
        return dict(self._context.conflicts)

    def note(self, text: str) -> None:
        """Keep one line about what happened, for people."""
        self._events_seen += 1
        self.events.append({"number": self._events_seen, "time": now(), "text": text})

    # -- in the thread -----------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._stopping:
                asked = self._asked
                pause = self._turn(hurry=asked > self._answered)
                with self._signal:
                    self._answered = asked
                    self._signal.notify_all()
                    if not self._stopping and self._asked == asked:
                        self._signal.wait(pause)
        except WeaviateClosedClientError:
            # The store was closed: what is left is pushed when it is opened again.
            pass
        finally:
            self._target.close()
            self._ledger.close()
            with self._signal:
                self._stopping = True
                self._signal.notify_all()

    def _turn(self, hurry: bool) -> float:
        """Do what is due; return the seconds until the next turn."""
        if self.paused:
            return self._pace.check
        try:
            if not self._ledger.held:
                if not self._ledger.hold():
                    return self._pace.look
                self._context.state = self._ledger.load()
            self._follow(hurry)
        except ServerAwayError as error:
            return self._gone(str(error))
        except WeaviateClosedClientError:
            raise
        except (ServerRefusedError, WeaviateBaseError, sqlite3.Error) as error:
            self._trouble(str(error))
            return min(1.0, self._pace.retry)
        except Exception as error:
            # An error of the mirror itself must not end it unseen.
            self._trouble(f"{type(error).__name__}: {error}")
            return min(1.0, self._pace.retry)
        return self._pace.look

    def _follow(self, hurry: bool) -> None:
        context, target = self._context, self._target
        if hurry:
            target.try_now()
        at = time.monotonic()
        due = at - self._last_check >= self._pace.check
        if hurry or due or self.away or not self.contacted:
            target.check()
            survey.check(context, target, closely=self.away or not self.contacted)
            self._last_check = at
            self._is_there()
        version = self._ledger.store_version()
        cursors = context.state.collections.values()
        refused = bool(context.conflicts or any(cursor.refused for cursor in cursors))
        if (
            version != self._pushed_version
            or (refused and (hurry or at - self._last_push >= self._pace.retry))
            # The server has lost something.
            or any(cursor.config == -1 for cursor in cursors)
        ):
            # Not done before the pass has ended.
            self._pushed_version = None
            push(context, target, lambda: not (self._stopping or self.paused))
            if not (self._stopping or self.paused):
                self._pushed_version = version
            self._last_push = time.monotonic()
        self._done()

    def _is_there(self) -> None:
        state = self._context.state
        if self.away:
            self.note(f"Weaviate at {self.address} answers again")
        elif not self.contacted:
            self.note(f"Weaviate at {self.address} answers; the store is mirrored there")
        state.last_success = now()
        if self.away or state.away_since is not None:
            state.away_since = None
            self._save()
        self.away = False
        self.contacted = True

    def _done(self) -> None:
        state = self._context.state
        refused = [why for c in state.collections.values() for why in c.refused.values()]
        error = "; ".join([*self._context.conflicts.values(), *refused[:1]])
        if error and error != self.error:
            self.note(f"Weaviate at {self.address} refused something: {error}")
        if not error and self._away_pending:
            self.note(f"Weaviate at {self.address} has everything again, in step")
        if not error:
            self._away_pending = 0
        self.error = error
        if state.last_error != error:
            state.last_error = error
            self._save()

    def _gone(self, reason: str) -> float:
        """Note that the server does not answer; return how long to leave it alone."""
        state = self._context.state
        self.error = reason
        self._pushed_version = None
        if not self.away:
            self.away = True
            self._away_pending = 1
            self.note(
                f"Weaviate at {self.address} does not answer ({reason}). The local store answers "
                "alone, and keeps what is to be pushed"
            )
            state.away_since, state.last_error = now(), reason
            self._save()
        return max(_LEAST_PAUSE, self._target.retry_in())

    def _trouble(self, reason: str) -> None:
        if reason != self.error:
            self.note(f"the mirror at {self.address}: {reason}")
        self.error = reason
        self._pushed_version = None

    def _save(self) -> None:
        if self.contacted and not self.away:
            self._context.state.last_success = now()
        # When a long write is in the way, the next save catches up.
        self._ledger.save(self._context.state)
