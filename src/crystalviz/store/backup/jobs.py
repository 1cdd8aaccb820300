"""Backups and restores under way, and how those of this process ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from crystalviz.store.backup.returns import BackupReturn, BackupStatus
from crystalviz.store.storage.database import Database


class CanceledError(Exception):
    """The job was told to stop."""


@dataclass
class Job:
    """One backup or restore.

    Attributes
    ----------
    backup_id : str
    path : Path
        The backup's folder.
    collections : list of str
        What is copied.
    """

    backup_id: str
    path: Path
    collections: list[str]
    status: BackupStatus = BackupStatus.STARTED
    error: str | None = None
    size: int = 0
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    completed: datetime | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.completed is None

    def start(self, work: Callable[[Job], None]) -> None:
        """Do the work on a thread of its own."""
        self._thread = threading.Thread(
            target=self._run, args=(work,), name=f"backup {self.backup_id}"
        )
        self._thread.start()

    def step(self) -> None:
        """Go on, or raise `CanceledError`."""
        if self._stop.is_set():
            raise CanceledError

    def cancel(self) -> bool:
        """Ask it to stop; return whether it was running."""
        self._stop.set()
        return self.running

    def wait(self) -> None:
        """Return when it is over."""
        if self._thread is not None:
            self._thread.join()

    def answer(self) -> BackupReturn:
        """Return how it is going."""
        return BackupReturn(
            self.status,
            str(self.path),
            self.backup_id,
            self.error,
            self.size / 2**30,
            collections=list(self.collections),
        )

    def _run(self, work: Callable[[Job], None]) -> None:
        try:
            self.status = BackupStatus.TRANSFERRING
            work(self)
            self.status = BackupStatus.SUCCESS
        except CanceledError:
            self.status, self.error = BackupStatus.CANCELED, "canceled"
        # Whatever stopped it is told by its status: nobody waits for a thread's exception.
        except BaseException as error:
            self.status, self.error = BackupStatus.FAILED, str(error) or type(error).__name__
        finally:
            self.completed = datetime.now(UTC)


class Jobs:
    """The jobs of one open store, by id and folder; the last one of each."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.creating: dict[tuple[str, Path], Job] = {}
        self.restoring: dict[tuple[str, Path], Job] = {}

    def close(self) -> None:
        """Stop what is running, and wait until it has."""
        with self.guard:
            jobs = [*self.creating.values(), *self.restoring.values()]
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait()


_guard = threading.Lock()
_of_databases: WeakKeyDictionary[Database, Jobs] = WeakKeyDictionary()


def jobs_of(database: Database) -> Jobs:
    """Return the jobs of an open store; every one who asks gets the same."""
    with _guard:
        return _of_databases.setdefault(database, Jobs())
