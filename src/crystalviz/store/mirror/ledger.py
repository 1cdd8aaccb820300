"""Where a mirror's state lies, and the lock that lets one process push to an address."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from crystalviz.store.errors import WeaviateConnectionError
from crystalviz.store.mirror.state import MirrorState
from crystalviz.store.storage.database import DATABASE_NAME
from crystalviz.store.storage.lock import _try_lock, _unlock

# A writer's transaction may take this long; after it the state is saved at the next step.
_BUSY_SECONDS = 5.0


class Ledger:
    """The state of one mirror in a store's file.

    It writes through a connection of its own and without the store's writer lock: a notebook
    that mirrors must not lock another process out. Its commits wait for no disk
    (`synchronous=NORMAL`): one that a power cut takes back is pushed again, and doubles nothing.

    Parameters
    ----------
    folder : Path
        The store folder.
    address : str
        The server's, as the row of `mirrors` has it.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self._path = folder / DATABASE_NAME
        digest = hashlib.blake2b(address.encode(), digest_size=4).hexdigest()
        self._lock_path = folder / f"mirror-{digest}.lock"
        self._lock: BinaryIO | None = None
        self._connection: sqlite3.Connection | None = None

    # -- the lock --------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Whether it is this mirror that pushes."""
        return self._lock is not None

    def hold(self) -> bool:
        """Take the lock where it is free; return whether it is held here.

        The system drops the lock when the process ends, however it ends.

        Raises
        ------
        WeaviateConnectionError
            When its file cannot be made.
        """
        if self._lock is None:
            try:
                handle = open(self._lock_path, "a+b")  # noqa: SIM115  (open while it is held)
            except OSError as error:
                raise WeaviateConnectionError(
                    f"{self._lock_path}: cannot be made ({error.strerror}), so nothing can be "
                    "mirrored. Use a folder that you may write to"
                ) from error
            if not _try_lock(handle):
                handle.close()
                return False
            self._lock = handle
        return True

    # -- the row ---------------------------------------------------------------

    def load(self) -> MirrorState:
        """Return the state, and register the mirror when it is new."""
        connection = self._open()
        state = read_state(connection, self.address)
        if state is None:
            state = MirrorState()
            self.save(state)
        return state

    def save(self, state: MirrorState) -> bool:
        """Write the state; return False when a long write of another one was in the way."""
        try:
            self._open().execute(
                "INSERT INTO mirrors(address, state) VALUES (?,?)"
                " ON CONFLICT(address) DO UPDATE SET state=excluded.state",
                (self.address, state.to_json()),
            )
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                return False
            raise
        return True

    def store_version(self) -> int:
        """Return a number that changes when anyone else commits to the store."""
        return int(self._open().execute("PRAGMA data_version").fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = _connect(self._path)
            connection.execute("PRAGMA synchronous=NORMAL")
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Let go of the file and of the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        handle, self._lock = self._lock, None
        if handle is not None:
            _unlock(handle)
            handle.close()


def read_state(connection: sqlite3.Connection, address: str) -> MirrorState | None:
    """Return the state of the mirror at an address; None when there is none."""
    row = connection.execute("SELECT state FROM mirrors WHERE address=?", (address,)).fetchone()
    return None if row is None else MirrorState.from_json(row[0])


def read_states(connection: sqlite3.Connection) -> dict[str, MirrorState]:
    """Return the states of all mirrors of a store, by address."""
    rows = connection.execute("SELECT address, state FROM mirrors ORDER BY address")
    return {address: MirrorState.from_json(text) for address, text in rows}


def forget(folder: Path, address: str) -> bool:
    """Drop the row of a mirror, so that no removal is kept for it; return whether there was one."""
    with closing(_connect(folder / DATABASE_NAME)) as connection:
        return connection.execute("DELETE FROM mirrors WHERE address=?", (address,)).rowcount > 0


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a store that was deleted meanwhile must not come back as an empty file.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def now() -> float:
    """Return the time as the state keeps it."""
    return round(time.time(), 3)
