"""One writer at a time: an operating-system lock on a file beside the database.

The lock is taken by a process at its first write and kept until its last writing
client closes. The system drops it when the process dies, however it dies.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from crystalviz.store.errors import StoreLockedError, WeaviateConnectionError

LOCK_NAME = "writer.lock"

# Windows locks are mandatory: the locked byte lies far behind the note about
# the holder, so that the process that is refused can still read the note.
_LOCKED_BYTE = 1 << 30


@dataclass
class _Held:
    path: Path
    handle: BinaryIO
    pid: int
    users: int = 0
    turn: threading.RLock = field(default_factory=threading.RLock)


_held: dict[Path, _Held] = {}
_guard = threading.Lock()
_abandoned: deque[_Held] = deque()


class WriterLock:
    """The right to write to one store folder.

    Clients of one process share it; `turn` lets them write one after the other.

    Parameters
    ----------
    folder : Path
        The store folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder.resolve() / LOCK_NAME
        self._mine: _Held | None = None

    @property
    def held(self) -> bool:
        """Whether this client holds the lock."""
        return self._mine is not None

    def acquire(self) -> threading.RLock:
        """Take the lock, or return at once when it is held already.

        Returns
        -------
        threading.RLock
            To be held during one write, against the other threads of this process.

        Raises
        ------
        StoreLockedError
            When another process holds it; the message names that process.
        """
        with _guard:
            _let_go_of_abandoned()
            if self._mine is not None:
                return self._mine.turn
            held = _held.get(self._path)
            if held is not None and held.pid != os.getpid():
                # Inherited through fork: the parent's lock, not ours.
                held.handle.close()
                held = None
            if held is None:
                held = _Held(self._path, _lock_file(self._path), os.getpid())
                _held[self._path] = held
            held.users += 1
            self._mine = held
            return held.turn

    def release(self) -> None:
        """Give the lock back; the last client of the process frees it."""
        with _guard:
            _let_go_of_abandoned()
            held, self._mine = self._mine, None
            if held is not None:
                _let_go(held)

    def abandon(self) -> None:
        """Give the lock back from a finalizer.

        The garbage collector may run one while this very thread is inside `acquire`:
        then it must not wait, and the lock goes back a moment later.
        """
        held, self._mine = self._mine, None
        if held is not None:
            _abandoned.append(held)
            if _guard.acquire(blocking=False):
                try:
                    _let_go_of_abandoned()
                finally:
                    _guard.release()


def _let_go_of_abandoned() -> None:
    while _abandoned:
        _let_go(_abandoned.popleft())


def _let_go(held: _Held) -> None:
    if held.pid != os.getpid():
        return
    held.users -= 1
    if held.users == 0:
        _held.pop(held.path, None)
        _unlock(held.handle)
        held.handle.close()


def _lock_file(path: Path) -> BinaryIO:
    try:
        handle = open(path, "a+b")  # noqa: SIM115  (kept open as long as the lock is held)
    except OSError as error:
        raise WeaviateConnectionError(
            f"{path}: cannot be made or opened ({error.strerror}), so nothing can be written. "
            "Choose a folder that you may write to"
        ) from error
    if not _try_lock(handle):
        handle.seek(0)
        note = handle.read(4096)
        handle.close()
        raise StoreLockedError(
            f"{path.parent}: another process is writing to this store ({_holder(note)}). "
            "Close its client (client.close()) or end that process, then try again; "
            "reading works meanwhile"
        )
    handle.seek(0)
    handle.truncate()
    handle.write(
        json.dumps({"pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}).encode()
    )
    handle.flush()
    return handle


def _holder(note: bytes) -> str:
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(note)
        return f"process {int(told['pid'])}, since {str(told['since'])[:19]}"
    return "process unknown"


if os.name == "nt":  # pragma: no cover  (the other branch is covered on POSIX)
    import msvcrt

    def _try_lock(handle: BinaryIO) -> bool:
        handle.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

    def _unlock(handle: BinaryIO) -> None:
        handle.seek(_LOCKED_BYTE)
        with suppress(OSError):
            msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]

else:
    import fcntl

    def _try_lock(handle: BinaryIO) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: BinaryIO) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
