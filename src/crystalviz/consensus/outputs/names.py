"""What instances, images and classes are called in files and folders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from crystalviz.images.files import EXTENSIONS

# What some file system takes in no name, or takes for a way to another folder.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# Bytes. A name may have 255; a number and a suffix follow.
_LONGEST = 200


def instance_names(instances: pd.DataFrame) -> list[str]:
    """Return the name of each instance: `<image>_<row>`, which is its crop's file without suffix.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`, `candidates_`, or some of their rows: image_id (texts or
        numbers), and the row as the index.
    """
    stems = {image: image_stem(image) for image in instances["image_id"].unique()}
    return [
        f"{stems[image]}_{row}"
        for image, row in zip(instances["image_id"], instances.index, strict=True)
    ]


def image_stem(image_id: Any) -> str:
    """Return an image id as part of a file name: without its suffix, `/` written as `_`."""
    return safe_name(_without_suffix(str(image_id)), "image")


def image_files(image_ids: Iterable[Any]) -> dict[Any, PurePosixPath]:
    """Return each image id as a path within a folder, without its suffix.

    Where two would be one ("a.png" and "a.tif"), they keep their suffixes.
    """
    ids = list(dict.fromkeys(image_ids))
    short = {image: _safe_path(_without_suffix(str(image))) for image in ids}
    often = Counter(str(path).casefold() for path in short.values())
    return {
        image: path if often[str(path).casefold()] == 1 else _safe_path(str(image))
        for image, path in short.items()
    }


def folder_names(labels: Sequence[Any]) -> dict[Any, str]:
    """Return a folder's name for each label; no two are alike, be it in capitals."""
    folders: dict[Any, str] = {}
    taken: set[str] = set()
    for label, text in zip(labels, class_texts(labels), strict=True):
        name = base = safe_name(text, "class")
        number = 2
        while name.casefold() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.casefold())
        folders[label] = name
    return folders


def class_texts(labels: Sequence[Any]) -> list[str]:
    """Return distinct labels as texts that differ: 1 and "1" become `1` and `"1"`."""
    texts = [str(label) for label in labels]
    often = Counter(texts)
    return [
        f'"{text}"' if isinstance(label, str) and often[text] > 1 else text
        for label, text in zip(labels, texts, strict=True)
    ]


def safe_name(text: str, otherwise: str) -> str:
    """Return `text` as a name that every file system takes and that stays in its folder."""
    name = _UNSAFE.sub("_", text).strip(" .")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name.encode(errors="replace")[:_LONGEST].decode(errors="ignore") or otherwise


def _safe_path(text: str) -> PurePosixPath:
    parts = [part for part in text.replace("\\", "/").split("/") if part.strip(" .")]
    return PurePosixPath(*(safe_name(part, "image") for part in parts or ["image"]))


def _without_suffix(text: str) -> str:
    for suffix in EXTENSIONS:
        if text.lower().endswith(suffix):
            return text[: -len(suffix)]
    return text
