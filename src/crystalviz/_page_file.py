"""Write a page as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_page(path: str | os.PathLike[str], make: Callable[[], str]) -> Path:
    """Write the page that `make` returns to `path`, and return it.

    The file appears only when it is complete. Nothing is made where it could not be written.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {target}: the folder {target.parent} does not exist; create it first"
        )
    page = make()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, suffix=".html.part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(page)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
