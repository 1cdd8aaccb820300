"""A backup on the disk: a folder with a store file and a description that vouches for it.

It appears under its name only when it is whole and on the disk: written beside, synced,
renamed, its folder synced.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crystalviz import __version__
from crystalviz.store.errors import BackupFailedError
from crystalviz.store.storage.opening import DATABASE_NAME, sync_folder

DESCRIPTION_NAME = "backup.json"

_KIND = "crystalviz-backup"
_VERSION = 1
_BLOCK = 1 << 20


@dataclass
class Description:
    """What a backup holds.

    Attributes
    ----------
    collections : dict of str to int
        How many objects each has.
    started, completed : str
        RFC 3339.
    size : int
        Bytes of the store file.
    sha256 : str
        Of the store file.
    """

    collections: dict[str, int]
    started: str
    completed: str = ""
    size: int = 0
    sha256: str = ""
    kind: str = _KIND
    version: int = _VERSION
    crystalviz: str = field(default=__version__)


def now() -> str:
    """Return the time as a description has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@contextmanager
def new_backup(path: Path) -> Iterator[Path]:
    """Give a folder to write to; when the block is done, it is at `path` and on the disk.

    Raises
    ------
    BackupFailedError
        When there is something at `path`, or the disk refuses.
    """
    if path.exists():
        raise BackupFailedError(f"{path}: there is something already. Choose another name")
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        sync_folder(part)
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupFailedError(
            f"{path}: the backup could not be written ({error.strerror or error}). Free some "
            "space, or choose a folder that you may write to"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def describe(folder: Path, description: Description) -> None:
    """Write the description of the store file in a folder, and sync both."""
    file = folder / DATABASE_NAME
    description.size = file.stat().st_size
    description.sha256 = synced_digest(file)
    description.completed = now()
    with open(folder / DESCRIPTION_NAME, "w", encoding="utf-8") as written:
        json.dump(asdict(description), written, indent=1)
        written.flush()
        os.fsync(written.fileno())


def read_description(path: Path) -> Description:
    """Return the description of the backup at `path`.

    Raises
    ------
    BackupFailedError
        When there is none, or it is damaged.
    """
    file = path / DESCRIPTION_NAME
    try:
        description = Description(**json.loads(file.read_text(encoding="utf-8")))
        sound = description.kind == _KIND and isinstance(description.collections, dict)
    except FileNotFoundError:
        raise BackupFailedError(
            f"{path}: no backup here (no {DESCRIPTION_NAME}). Give the folder that "
            "client.backup() wrote"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupFailedError(f"{file}: damaged ({error}). Use another backup") from error
    if not sound:
        raise BackupFailedError(f"{file}: not the description of a backup. Use another backup")
    if description.version > _VERSION:
        raise BackupFailedError(
            f"{file}: written by a newer crystalviz ({description.crystalviz}). "
            "Upgrade: pip install -U crystalviz"
        )
    return description


def check_file(path: Path, description: Description) -> Path:
    """Return the backup's store file, when it is the one that was described.

    Raises
    ------
    BackupFailedError
        When it is missing, or a byte of it has changed.
    """
    file = path / DATABASE_NAME
    try:
        same = file.stat().st_size == description.size and digest(file) == description.sha256
    except OSError as error:
        raise BackupFailedError(f"{file}: cannot be read ({error.strerror})") from error
    if not same:
        raise BackupFailedError(
            f"{file}: damaged: it is not the file that was written. Use another backup"
        )
    return file


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with open(file, "rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def synced_digest(file: Path) -> str:
    """Put a file on the disk, and return its SHA-256."""
    with open(file, "rb+") as written:
        os.fsync(written.fileno())
    return digest(file)


def copy_synced(source: Path, target: Path) -> None:
    """Copy a file, and put the copy on the disk."""
    with open(source, "rb") as read, open(target, "wb") as written:
        shutil.copyfileobj(read, written, _BLOCK)
        written.flush()
        os.fsync(written.fileno())
