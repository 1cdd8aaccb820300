"""Opening the SQLite file of a store: made, checked to be ours, brought up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from crystalviz.store.errors import StoreFormatError, WeaviateConnectionError
from crystalviz.store.storage.tables import FORMAT_VERSION, SCHEMA, migrate, stand_in

DATABASE_NAME = "store.sqlite3"
BUSY_SECONDS = 10.0

# "CRVZ": tells our files from any other program's SQLite files.
_APPLICATION_ID = 0x4352565A


def prepare_folder(folder: Path, read_only: bool) -> None:
    """Make a store's folder, or see that there is something to read.

    Raises
    ------
    StoreFormatError
        When there is something else in its place.
    WeaviateConnectionError
        When the folder cannot be made or read.
    """
    path = folder / DATABASE_NAME
    if folder.exists() and not folder.is_dir():
        raise StoreFormatError(f"{folder}: a store is a folder, and this is a file. Give a folder")
    if read_only:
        if not path.exists():
            raise StoreFormatError(f"{folder}: no store here to read ({DATABASE_NAME})")
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WeaviateConnectionError(
                f"{folder}: the store folder cannot be made ({error.strerror}). "
                "Choose a folder that you may write to"
            ) from error
    if path.exists() and path.stat().st_size:
        try:
            with open(path, "rb") as file:
                head = file.read(16)
        except OSError as error:
            raise WeaviateConnectionError(f"{path}: cannot be read ({error.strerror})") from error
        if head != b"SQLite format 3\x00":
            raise StoreFormatError(
                f"{path}: not a crystalviz store, or its first bytes are damaged. "
                "Choose another folder, or put a copy of the file in its place"
            )


def open_connection(path: Path, read_only: bool) -> sqlite3.Connection:
    """Open a store's file; make it, or bring it to today's format, unless `read_only`.

    Raises
    ------
    StoreFormatError
        When the file is no store of ours, or of a newer version.
    sqlite3.Error
        When it cannot be opened, or is damaged.
    """
    new = not path.exists()
    if read_only:
        # Without a log beside it nobody writes, and a folder that we may not
        # write to has no place for the log's index: read the file alone.
        alone = not Path(f"{path}-wal").exists() and not os.access(path.parent, os.W_OK)
        mode = "mode=ro&immutable=1" if alone else "mode=ro"
    else:
        mode = "mode=rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _configure(connection, path, read_only)
    except BaseException:
        connection.close()
        raise
    if new:
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    return connection


def _configure(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA journal_size_limit=67108864")
    version = _check_identity(connection, path)
    if read_only:
        if version == 0:
            raise StoreFormatError(f"{path}: an empty store; nothing to read yet")
        stand_in(connection, version)
        return
    if version == 0:
        # A 2,048-d float32 vector and its row are a little over 8 KiB: three fill such a
        # page, while of the usual page they would waste half.
        connection.execute("PRAGMA page_size=32768")
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        # A file system without shared memory: the older journal, made as durable.
        connection.execute("PRAGMA synchronous=EXTRA")
    if version < FORMAT_VERSION:
        _bring_up_to_date(connection, path)


def _check_identity(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != _APPLICATION_ID and (tables or application or version):
        raise StoreFormatError(
            f"{path}: an SQLite file of another program, not a crystalviz store. "
            "Choose another folder"
        )
    if version > FORMAT_VERSION:
        raise StoreFormatError(
            f"{path}: written by a newer crystalviz (store format {version}, this one "
            f"reads up to {FORMAT_VERSION}). Upgrade: pip install -U crystalviz"
        )
    return version


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    # One transaction, the version number with the tables: a crash leaves the old file.
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made the tables while this one waited.
        version = _check_identity(connection, path)
        if version == 0:
            for statement in SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        migrate(connection, version)
        connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def rollback(connection: sqlite3.Connection) -> None:
    """Leave the transaction, where there is one."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def sync_folder(folder: Path) -> None:
    """Put a new file's name on the disk; Windows does it by itself."""
    if os.name == "nt":  # pragma: no cover
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
