"""A split as a CSV file: which image is in which part."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.images.labels import match_rows, read_rows
from crystalviz.images.pillow_files import as_path
from crystalviz.images.sources import Images, as_image_set
from crystalviz.images.splits import PARTS, Split

PART_COLUMNS = ("part", "split", "subset", "set", "fold")


def write_split(
    split: Split | Mapping[str, ArrayLike], images: Images, path: str | os.PathLike[str]
) -> Path:
    """Write a split as CSV with the columns ``image_id`` and ``part``.

    The rows stand in the order of the images; an image in no part has no row. The file appears
    only when it is complete.

    Parameters
    ----------
    split : Split, or mapping of part name to indices
    images : ImageSet, folder, list of paths, or arrays
        What the indices count.
    path : path

    Returns
    -------
    Path
    """
    ids = as_image_set(images).ids
    rows = sorted(
        (int(index), part)
        for part, indices in parts_of(split).items()
        for index in np.asarray(indices).ravel()
    )
    target = as_path(path)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, suffix=".csv.part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("image_id", "part"))
            writer.writerows((ids[index], part) for index, part in rows)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def read_split(path: str | os.PathLike[str], images: Images) -> dict[str, NDArray[np.int64]]:
    """Read a split from CSV.

    Parameters
    ----------
    path : path
        Columns ``image_id`` (or file, filename, ...) and ``part`` (or split, subset, set, fold):
        images by id or, where that is unambiguous, by bare file name.
    images : ImageSet, folder, or list of paths

    Returns
    -------
    dict of str to (k,) int64 array
        Indices of each part, ascending: train, validation and test first where they are named
        so, other parts as they appear. Images without a row are in none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a column is missing, an image has two parts, or a row names an image that is not there
        (files that were set aside as unreadable may be named).
    """
    source = as_image_set(images)
    file = as_path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: there is no such CSV file for the split")
    rows = read_rows(file, PART_COLUMNS, "parts")
    set_aside = {name for name, _ in source.problems}
    named, problems = match_rows(str(file), rows, source.ids, set_aside, "parts")
    if problems:
        raise ValueError(": ".join(problems[0]))
    present = dict.fromkeys(part for part in named if part is not None)
    order = [part for part in PARTS if part in present]
    order += [part for part in present if part not in PARTS]
    if not order:
        raise ValueError(f"{file}: no image has a part; fill the column")
    return {part: np.flatnonzero([name == part for name in named]) for part in order}


def parts_of(split: Split | Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Return part name to indices."""
    return dict(zip(PARTS, split, strict=True)) if isinstance(split, Split) else dict(split)
