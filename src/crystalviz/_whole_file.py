"""Files and folders that appear as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole_file(
    path: Path, mode: str = "w", newline: str | None = None, sync: bool = True
) -> Iterator[Any]:
    """Open a file for writing that takes the place of `path` when the block is through.

    It is on the disk by then, if `sync`: among thousands of small files that can be made anew,
    waiting for the disk takes longer than all else. When the block fails, what was there before
    stays.

    Raises
    ------
    FileNotFoundError
        When the folder of `path` does not exist.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path}: the folder {path.parent} does not exist; create it first"
        )
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": newline}
    try:
        with os.fdopen(descriptor, mode, **text) as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill that takes the place of `path` when the block is through.

    When the block fails, what was there before stays. The folder above is made when it is not
    there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part"))
    old = draft.with_suffix(".old")
    try:
        draft.chmod(0o755)
        yield draft
        if path.exists():
            path.replace(old)
        draft.replace(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.replace(path)
        raise
    finally:
        for left in (draft, old):
            shutil.rmtree(left, ignore_errors=True)
