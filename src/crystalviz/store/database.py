"""The SQLite file under a store: how it is opened, read, written and closed.

Write-ahead logging with `synchronous=FULL`: when a write returns, its pages are
on the disk and survive `kill -9` and power loss; readers see the last commit and
never wait for the writer.
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
    StoreFormatError,
    StoreLockedError,
    StoreWriteError,
    WeaviateBaseError,
    WeaviateClosedClientError,
    WeaviateConnectionError,
)
from crystalviz.store.lock import WriterLock
from crystalviz.store.tables import FORMAT_VERSION, SCHEMA, migrate

DATABASE_NAME = "store.sqlite3"
# "CRVZ": tells our files from any other program's SQLite files.
_APPLICATION_ID = 0x4352565A
_BUSY_SECONDS = 10.0


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
        self._read_lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._writer_lock = WriterLock(folder)
        self._reader: sqlite3.Connection | None = None
        self._prepare_folder()
        with self._explained():
            self._reader = self._open()

    # -- opening -------------------------------------------------------------

    def _prepare_folder(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreFormatError(
                f"{self.folder}: a store is a folder, and this is a file. Give a folder"
            )
        if self.read_only:
            if not self.path.exists():
                raise StoreFormatError(f"{self.folder}: no store here to read ({DATABASE_NAME})")
        else:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise WeaviateConnectionError(
                    f"{self.folder}: the store folder cannot be made ({error.strerror}). "
                    "Choose a folder that you may write to"
                ) from error
        if self.path.exists() and self.path.stat().st_size:
            try:
                with open(self.path, "rb") as file:
                    head = file.read(16)
            except OSError as error:
                raise WeaviateConnectionError(
                    f"{self.path}: cannot be read ({error.strerror})"
                ) from error
            if head != b"SQLite format 3\x00":
                raise StoreFormatError(
                    f"{self.path}: not a crystalviz store, or its first bytes are damaged. "
                    "Choose another folder, or put a copy of the file in its place"
                )

    def _open(self) -> sqlite3.Connection:
        new = not self.path.exists()
        if self.read_only:
            # Without a log beside it nobody writes, and a folder that we may not
            # write to has no place for the log's index: read the file alone.
            alone = not Path(f"{self.path}-wal").exists() and not os.access(self.folder, os.W_OK)
            mode = "mode=ro&immutable=1" if alone else "mode=ro"
        else:
            mode = "mode=rwc"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        if new:
            _sync_folder(self.folder)
            _sync_folder(self.folder.parent)
        return connection

    def _configure(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA journal_size_limit=67108864")
        version = self._check_identity(connection)
        if not self.read_only:
            if version == 0:
                # A 2,048-d float32 vector and its row are a little over 8 KiB: three fill such a
                # page, while of the usual page they would waste half.
                connection.execute("PRAGMA page_size=32768")
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                # A file system without shared memory: the older journal, made as durable.
                connection.execute("PRAGMA synchronous=EXTRA")
            if version < FORMAT_VERSION:
                self._bring_up_to_date(connection)

    def _check_identity(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application != _APPLICATION_ID and (tables or application or version):
            raise StoreFormatError(
                f"{self.path}: an SQLite file of another program, not a crystalviz store. "
                "Choose another folder"
            )
        if version > FORMAT_VERSION:
            raise StoreFormatError(
                f"{self.path}: written by a newer crystalviz (store format {version}, this one "
                f"reads up to {FORMAT_VERSION}). Upgrade: pip install -U crystalviz"
            )
        if version == 0 and self.read_only:
            raise StoreFormatError(f"{self.path}: an empty store; nothing to read yet")
        return version

    def _bring_up_to_date(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made the tables while this one waited.
            version = self._check_identity(connection)
            if version == 0:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            migrate(connection, version)
            connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            _rollback(connection)
            raise

    # -- using ---------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._reader is None

    @property
    def writes_here(self) -> bool:
        """Whether this client holds the writer's lock."""
        return self._writer_lock.held

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read from one commit: everything inside the block sees the same state."""
        with self._read_lock, self._explained():
            connection = self._usable()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                _rollback(connection)

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
        self._usable()
        if self.read_only:
            raise WeaviateConnectionError(
                f"{self.folder}: opened read-only. Use cz.connect(folder) to write"
            )
        with self._explained():
            turn = self._writer_lock.acquire()
            with turn:
                self._usable()
                if self._writer is None:
                    self._writer = self._open()
                connection = self._writer
                # Inside the try: an interrupt may come at any time.
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    _rollback(connection)
                    raise

    def __del__(self) -> None:
        # Half made, when __init__ failed.
        if hasattr(self, "_reader"):
            self._close_connections()
            self._writer_lock.abandon()

    def close(self) -> None:
        """Close the file and give the writer's lock back; more than once does no harm."""
        with self._read_lock:
            self._close_connections()
            self._writer_lock.release()

    def _close_connections(self) -> None:
        inherited = os.getpid() != self._pid
        for connection in (self._writer, self._reader):
            # A connection that came through fork belongs to the parent.
            if connection is not None and not inherited:
                with suppress(sqlite3.Error):
                    connection.close()
        self._writer = self._reader = None

    def _usable(self) -> sqlite3.Connection:
        if self._reader is None:
            raise WeaviateClosedClientError()
        if os.getpid() != self._pid:
            raise WeaviateClosedClientError(
                "this client was opened by the parent process: call cz.connect(folder) in the child"
            )
        return self._reader

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
                    f"{self.path}: busy for {_BUSY_SECONDS:g} s; another process holds it. "
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

    def _corrupt(self, error: Exception) -> StoreCorruptError:
        return StoreCorruptError(
            f"{self.path}: the file is damaged ({error}). Put a backup in its place, or delete "
            "the folder and analyze again"
        )


def _rollback(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _sync_folder(folder: Path) -> None:
    """Put a new file's name on the disk; Windows does it by itself."""
    if os.name == "nt":  # pragma: no cover
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
