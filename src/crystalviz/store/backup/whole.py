"""A whole store to a backup, and a backup to a store folder."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path

from crystalviz.store import storage
from crystalviz.store.backup.folder import (
    Description,
    check_file,
    copy_synced,
    describe,
    new_backup,
    now,
    read_description,
)
from crystalviz.store.errors import BackupFailedError, StoreLockedError, WeaviateBaseError
from crystalviz.store.storage import log
from crystalviz.store.storage.database import Database
from crystalviz.store.storage.lock import WriterLock
from crystalviz.store.storage.opening import DATABASE_NAME, open_connection, sync_folder


def write_backup(database: Database, path: str | PathLike[str]) -> Path:
    """Write all of a store, as of one commit, to a new folder; others go on reading and writing.

    The copy is read through before the backup gets its name.

    Returns
    -------
    Path
        The folder: a store file and `backup.json`, which has its SHA-256.

    Raises
    ------
    BackupFailedError
        When there is something at `path`, the disk refuses, or the store is damaged.
    """
    path = Path(fspath(path)).expanduser()
    started = now()
    with new_backup(path) as folder:
        copy = folder / DATABASE_NAME
        try:
            with database.borrowing() as connection:
                # One read transaction, which in WAL mode keeps nobody waiting.
                connection.execute("VACUUM INTO ?", (str(copy),))
            with closing(open_connection(copy, read_only=True)) as written:
                problems = list(storage.check_rows(written))
                collections = {
                    record.config.name: count for record, count in storage.count_all(written)
                }
        except (sqlite3.Error, WeaviateBaseError) as error:
            raise BackupFailedError(
                f"{path}: the backup could not be written ({error}). client.verify() says "
                "whether the store is sound; free some space, or choose another folder"
            ) from error
        if problems:
            raise BackupFailedError(
                f"{path}: the store is damaged, so nothing was written: {'; '.join(problems[:3])}. "
                "client.verify() names all of it"
            )
        describe(folder, Description(collections, started))
    return path


def restore(path: str | PathLike[str], folder: str | PathLike[str]) -> Path:
    """Make a store folder of what `client.backup(path)` wrote.

    Parameters
    ----------
    path : path
        The backup's folder; it is left as it is.
    folder : path
        Where the store shall be; there must be no store yet.

    Returns
    -------
    Path
        The store's folder.

    Raises
    ------
    BackupFailedError
        When the backup is damaged, or there is a store in the folder.
    """
    path, folder = Path(fspath(path)).expanduser(), Path(fspath(folder)).expanduser()
    description = read_description(path)
    if folder.exists() and not folder.is_dir():
        raise BackupFailedError(f"{folder}: a store is a folder, and this is a file")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / DATABASE_NAME
    lock = WriterLock(folder)
    try:
        with lock.acquire():
            _refuse_remains(folder)
            part = folder / f".{DATABASE_NAME}.part-{os.getpid()}"
            try:
                copy_synced(check_file(path, description), part)
                _make_another(part)
                part.rename(target)
                sync_folder(folder)
                sync_folder(folder.parent)
            except (OSError, sqlite3.Error) as error:
                raise BackupFailedError(
                    f"{folder}: the store could not be written ({error}). Free some space, or "
                    "choose a folder that you may write to"
                ) from error
            finally:
                part.unlink(missing_ok=True)
    except StoreLockedError as error:
        raise BackupFailedError(str(error)) from error
    finally:
        lock.release()
    return folder


def _refuse_remains(folder: Path) -> None:
    # SQLite would take a log that is left over for the restored file's own.
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-journal"):
        if (folder / name).exists():
            raise BackupFailedError(
                f"{folder}: there is a store already ({name}). Restore to another folder, or "
                "move that one away"
            )


def _make_another(file: Path) -> None:
    """Give the copy an identity of its own, without leaving a log beside it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("BEGIN")
        # A file of format 1 gets its identity when it is brought up to date.
        if connection.execute("PRAGMA user_version").fetchone()[0] > 1:
            log.renew_identity(connection)
        connection.execute("COMMIT")
