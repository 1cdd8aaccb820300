"""The SQLite file under a store: how it is read, written and closed.

Write-ahead logging with `synchronous=FULL`: when a write returns, its pages are
on the disk and survive `kill -9` and power loss; readers see the last commit and
never wait for the writer. Each reading thread has a connection to itself meanwhile,
so that readers do not wait for each other either.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crystalviz.store.errors import (
    StoreCorruptError,
    StoreLockedError,
    StoreWriteError,
    WeaviateBaseError,
    WeaviateClosedClientError,
    WeaviateConnectionError,
)
from crystalviz.store.storage import check_rows
from crystalviz.store.storage.lock import WriterLock
from crystalviz.store.storage.opening import (
    BUSY_SECONDS,
    DATABASE_NAME,
    open_connection,
    prepare_folder,
    rollback,
)
from crystalviz.store.storage.soundness import structural_damage

__all__ = ["DATABASE_NAME", "Database"]

# Connections that wait for the next reader; more are opened when more read at once.
_IDLE_READERS = 8


class Database:
    """One open store file.

    Parameters
    ----------
    folder : Path
        The store folder; made when missing, unless `read_only`.
    read_only : bool
        Refuse every write, and make nothing.

    Raises
    ------
    StoreFormatError
        When the folder's file is no store of ours, or of a newer version.
    StoreCorruptError
        When the file is damaged.
    WeaviateConnectionError
        When the folder cannot be made or opened.
    """

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self.folder = folder
        self.path = folder / DATABASE_NAME
        self.read_only = read_only
        self._pid = os.getpid()
        self._guard = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._writer_lock = WriterLock(folder)
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._sound = False
        self._checking = threading.Lock()
        prepare_folder(folder, read_only)
        with self._explained():
            self._idle.append(open_connection(self.path, read_only))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def writes_here(self) -> bool:
        """Whether this client holds the writer's lock."""
        return self._writer_lock.held

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read from one commit: everything inside the block sees the same state.

        Any number of threads may read at once, and while another writes.
        """
        with self._explained(), self.borrowing() as connection:
            self._check_structure(connection)
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                rollback(connection)

    @contextmanager
    def borrowing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for reading, outside of any transaction."""
        self._check_usable()
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = open_connection(self.path, self.read_only)
        try:
            yield connection
        finally:
            self._give_back(connection)

    def damage(self) -> list[str]:
        """Read the whole file, and return what is wrong with it."""
        found: list[str] = []
        try:
            with self._explained(), self.borrowing() as connection:
                try:
                    connection.execute("BEGIN")
                    found += structural_damage(connection, 0)
                    found += check_rows(connection)
                finally:
                    rollback(connection)
        except StoreCorruptError as error:
            found.append(str(error))
        return found

    def _check_structure(self, connection: sqlite3.Connection) -> None:
        """Look at the file once, before the first answer."""
        if self._sound:
            return
        with self._checking:
            if self._sound:
                return
            for damage in structural_damage(connection, self.path.stat().st_size):
                raise self._corrupt(damage)
            self._sound = True

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: on return it is on the disk, on an error nothing is.

        Raises
        ------
        StoreLockedError
            When another process is the writer.
        StoreWriteError
            When the disk is full or refuses.
        """
        self._check_usable()
        if self.read_only:
            raise WeaviateConnectionError(
                f"{self.folder}: opened read-only. Use cz.connect(folder) to write"
            )
        with self._explained():
            turn = self._writer_lock.acquire()
            with turn:
                self._check_usable()
                if self._writer is None:
                    self._writer = open_connection(self.path, False)
                connection = self._writer
                self._check_structure(connection)
                # Inside the try: an interrupt may come at any time.
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    rollback(connection)
                    raise

    def __del__(self) -> None:
        # Half made, when __init__ failed.
        if hasattr(self, "_closed"):
            self._close_connections()
            self._writer_lock.abandon()

    def close(self) -> None:
        """Close the file and give the writer's lock back; more than once does no harm.

        A thread that reads meanwhile reads to its end.
        """
        self._close_connections()
        self._writer_lock.release()

    def _close_connections(self) -> None:
        with self._guard:
            self._closed = True
            connections, self._idle = self._idle, []
            if self._writer is not None:
                connections.append(self._writer)
            self._writer = None
        # Connections that came through fork belong to the parent.
        if os.getpid() == self._pid:
            for connection in connections:
                with suppress(sqlite3.Error):
                    connection.close()

    def _check_usable(self) -> None:
        if self._closed:
            raise WeaviateClosedClientError()
        if os.getpid() != self._pid:
            raise WeaviateClosedClientError(
                "this client was opened by the parent process: call cz.connect(folder) in the child"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours: file, cause, cure."""
        try:
            yield
        except WeaviateBaseError:
            raise
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text or "busy" in text:
                raise StoreLockedError(
                    f"{self.path}: busy for {BUSY_SECONDS:g} s; another process holds it. "
                    "Close that process's client and try again"
                ) from error
            if "full" in text or "disk I/O" in text or "readonly" in text:
                raise StoreWriteError(
                    f"{self.path}: the disk refused ({text}). Nothing of this call was stored; "
                    "free some space or check the permissions, then repeat the call"
                ) from error
            if "decode" in text or "no such" in text:
                raise self._corrupt(error) from error
            raise WeaviateConnectionError(
                f"{self.path}: cannot be used ({text}). Check that you may read and write there; "
                "cz.connect(folder, read_only=True) only reads"
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # SQLite quotes a damaged schema in its message, which then is no text.
            raise self._corrupt(error) from error

    def _corrupt(self, error: Exception | str) -> StoreCorruptError:
        return StoreCorruptError(
            f"{self.path}: the file is damaged ({error}). Put a backup in its place, or delete "
            "the folder and analyze again"
        )
