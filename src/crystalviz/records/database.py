"""The SQLite file of an analysis folder: opened with checks, errors said in plain words.

It keeps two things: the records of single images (found by the hash of the file's bytes, so that
a second run computes only what is new), and the finished analysis made of them. A rollback journal
is used, not write-ahead logging, so that a finished folder is one file that can be read from
read-only media and network shares; every commit is synced, so that it survives `kill -9`.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "analysis.sqlite3"
FORMAT_VERSION = 2
"""1: without passes.class_probability and pictures.appearance."""

# "CRVA" tells the file from any other program's SQLite files.
_APPLICATION_ID = 0x43525641
_BUSY_SECONDS = 60.0

_SCHEMA = """
CREATE TABLE pictures (
  content TEXT PRIMARY KEY,
  checksum INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  entropy REAL NOT NULL,
  tile_width INTEGER NOT NULL,
  tile_height INTEGER NOT NULL,
  signature BLOB NOT NULL,
  histogram BLOB NOT NULL,
  tile BLOB NOT NULL,
  picture BLOB NOT NULL,
  appearance BLOB
);
CREATE TABLE passes (
  content TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  probability REAL,
  map_height INTEGER NOT NULL,
  map_width INTEGER NOT NULL,
  vector BLOB NOT NULL,
  map BLOB NOT NULL,
  class_probability BLOB,
  PRIMARY KEY (content, fingerprint)
);
CREATE TABLE analysis (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE arrays (
  name TEXT NOT NULL,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (name, part)
);
"""
# From the format that is the key to the next one. SQLite adds a column without rewriting rows.
_MIGRATIONS = {
    1: (
        "ALTER TABLE passes ADD COLUMN class_probability BLOB",
        "ALTER TABLE pictures ADD COLUMN appearance BLOB",
    )
}


class AnalysisFolderError(RuntimeError):
    """A folder that holds no analysis, a damaged one, or one of a newer crystalviz."""


class Database:
    """One open analysis file, safe to use from several threads.

    Parameters
    ----------
    folder : Path
    create : bool
        Make the folder and the file when they are missing, and bring a file of an older format
        to this one; open for reading only otherwise, whatever the format.

    Raises
    ------
    AnalysisFolderError
        If the file is missing (and not to be created), damaged, of another program or of a newer
        crystalviz; says which and what to do.
    """

    def __init__(self, folder: Path, create: bool = False) -> None:
        self.path = folder / FILE_NAME
        self.read_only = not create
        self._lock = threading.RLock()
        with self.errors():
            if create:
                self._make_folder(folder)
                self._connection = self._connect("rwc")
                self._prepare()
            else:
                if not self.path.is_file():
                    raise AnalysisFolderError(_no_analysis(folder))
                # Not "ro": a run that was killed leaves a journal that opening must play back.
                # Where nothing may be written SQLite opens for reading by itself.
                self._connection = self._connect("rw")
                self._connection.execute("PRAGMA query_only = ON")
                self._check_version()

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AnalysisFolderError(
                f"the folder {folder} cannot be made ({error.strerror}); give another one"
            ) from error

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        weakref.finalize(self, connection.close)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepare(self) -> None:
        with self.transaction() as connection:
            if not connection.execute("PRAGMA schema_version").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            self._check_version()
            for version in range(self.format(), FORMAT_VERSION):
                for statement in _MIGRATIONS[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")

    def format(self) -> int:
        """Return the format of the file as it is now."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _check_version(self) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        version = self.format()
        if application != _APPLICATION_ID:
            raise AnalysisFolderError(
                f"{self.path} is not an analysis file of crystalviz; give another folder"
            )
        if version > FORMAT_VERSION:
            raise AnalysisFolderError(
                f"{self.path} was written by a newer crystalviz (format {version}, this one reads "
                f"up to {FORMAT_VERSION}); pip install --upgrade crystalviz"
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run a block that is written as a whole or not at all."""
        with self._lock, self.errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a block that only reads."""
        with self._lock, self.errors():
            yield self._connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ones that name the file, the cause and the cure."""
        try:
            yield
        except sqlite3.Error as error:
            raise AnalysisFolderError(self._explain(error)) from error

    def _explain(self, error: sqlite3.Error) -> str:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return f"{self.path} is being written by another process; try again when it is done"
        if name.startswith("SQLITE_FULL"):
            return f"the disk of {self.path} is full; free some space and run again to continue"
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            return f"{self.path} cannot be written or opened ({error}); check its permissions"
        return (
            f"{self.path} is damaged ({error}); restore it from a copy, or delete it and "
            "analyze the images again"
        )


def _no_analysis(folder: Path) -> str:
    if not folder.exists():
        return f"there is no folder {folder}; check the path"
    return (
        f"there is no analysis in {folder} (no {FILE_NAME}); save one there with "
        "analysis.save(folder) or `crystalviz analyze FOLDER --out OUT`"
    )
