"""Find image files in a folder, in natural order."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".webp"})
"""Extensions (lower case) of the files that are read; compared without regard to case."""

# Left behind by operating systems, notebooks and unzip programs; never a user's own picture.
_IGNORED_FOLDERS = frozenset({"__MACOSX", "__pycache__"})

_NUMBER = re.compile(r"(\d+)")


def natural_key(name: str) -> tuple[object, ...]:
    """Sort key that puts ``CEX (2).png`` before ``CEX (10).png``, folder by folder.

    Letters compare without regard to case; names that differ only in case or in leading zeros
    fall back to their plain text, so that the order is total.
    """
    parts = tuple(
        tuple(
            (0, int(piece), "") if index % 2 else (1, 0, piece.casefold())
            for index, piece in enumerate(_NUMBER.split(part))
        )
        for part in PurePosixPath(name).parts
    )
    return (parts, name)


def is_image_name(name: str) -> bool:
    """Say whether `name` ends in an image extension and is not a hidden file."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in EXTENSIONS


def find_image_files(
    root: Path, recursive: bool, on_unreadable_folder: Callable[[str, OSError], None]
) -> list[str]:
    """Return the ids (POSIX paths relative to `root`) of the image files under `root`.

    Hidden files and folders, ``.ipynb_checkpoints`` and ``__MACOSX`` are passed over. Links to
    folders are followed; a folder is visited once, so links in a circle do no harm.
    """
    ids: list[str] = []
    visited: set[tuple[int, int]] = set()

    def visit(folder: Path, prefix: str) -> None:
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in visited:
                return
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            on_unreadable_folder(prefix.rstrip("/") or ".", error)
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _IGNORED_FOLDERS:
                continue
            if _is_folder(entry):
                if recursive:
                    visit(Path(entry.path), f"{prefix}{entry.name}/")
            elif is_image_name(entry.name):
                ids.append(prefix + entry.name)

    visit(root, "")
    ids.sort(key=natural_key)
    return ids


def describe_content(root: Path) -> str:
    """Say in a few words what lies in `root`, for the error about a folder without images."""
    kinds: Counter[str] = Counter()
    folders: list[str] = []
    for entry in sorted(os.scandir(root), key=lambda entry: natural_key(entry.name)):
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            folders.append(entry.name)
        else:
            kinds[os.path.splitext(entry.name)[1].lower() or "no extension"] += 1
    found = [f"{count} x {kind}" for kind, count in kinds.most_common(5)]
    if folders:
        found.append(f"folders {', '.join(folders[:5])}{', ...' if len(folders) > 5 else ''}")
    return "; ".join(found) or "nothing"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle: not a folder that can be entered
        return False
