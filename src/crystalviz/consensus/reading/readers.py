"""Who read what: filled in where a table leaves it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from crystalviz.consensus.outputs.pictures import match_pictures, picture_sizes
from crystalviz.images import ImageSet

Sizes: TypeAlias = Mapping[str, tuple[float, float]] | tuple[float, float]


def sizes_in(images: ImageSet, *tables: pd.DataFrame | None) -> dict[str, tuple[float, float]]:
    """Return the sizes of the images that tables name, as far as there are pictures of them."""
    named = [
        name for one in tables if one is not None for name in one["image_id"].dropna().unique()
    ]
    found, _ = match_pictures(named, images)
    sizes = picture_sizes(found.values(), images)
    return {name: sizes[row] for name, row in found.items()}


def hashed(names: pd.Series) -> pd.Series:
    """Return names as short hashes; the same name is the same hash."""
    known = {
        name: f"volunteer-{hashlib.blake2b(str(name).encode(), digest_size=5).hexdigest()}"
        for name in names.dropna().unique()
    }
    return names.map(known)


def complete_readers(
    source: str, marks: pd.DataFrame, reads: pd.DataFrame | None, notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return marks and reads with volunteer_id and classification_id.

    Raises
    ------
    ValueError
        When nothing says who made the marks, or marks cannot be told to belong to reads.
    """
    tables = [marks] if reads is None else [marks, reads]
    if not any("volunteer_id" in one or "classification_id" in one for one in tables[:1]):
        raise ValueError(
            f"{source}: nothing says who made which mark. A column with the volunteer or the read "
            'is needed: columns={"volunteer_id": ...}, or --columns volunteer_id=NAME'
        )
    named = ["classification_id" in one for one in tables]
    if any(named) and not all(named):
        there, not_there = ("marks", "reads") if named[0] else ("reads", "marks")
        raise ValueError(
            f"the {there} have a classification_id and the {not_there} have none, so it is not "
            "clear which mark was made in which read: give both, or none"
        )
    if not all(named):
        if reads is not None and "volunteer_id" not in reads:
            raise ValueError("the reads have neither a volunteer_id nor a classification_id")
        keys = ["volunteer_id", "image_id"]
        if all("tile_id" in one for one in tables):
            keys.append("tile_id")
        tables = [one.assign(classification_id=_joined(one, keys)) for one in tables]
        notes.append(f"one read for each {', '.join(key.removesuffix('_id') for key in keys)}")
    if "volunteer_id" not in marks:
        notes.append("each read is a volunteer of its own")
    completed = [_with_volunteers(one) for one in tables]
    return completed[0], completed[1] if reads is not None else None


def complete_reads(reads: pd.DataFrame, sizes: Sizes | None) -> pd.DataFrame | None:
    """Return reads with a place: the whole image where none is told; None if no size is known."""
    reads = reads.copy()
    for start in ("x0", "y0"):
        reads[start] = reads[start].fillna(0.0) if start in reads else 0.0
    for i, side in enumerate(("width", "height")):
        told = reads[side] if side in reads else pd.Series(np.nan, reads.index)
        reads[side] = told.fillna(_side(reads["image_id"], sizes, i))
    if reads[["width", "height"]].isna().all(axis=None):
        return None
    if "tile_id" not in reads:
        corner = reads["x0"].map("_{:g}".format) + reads["y0"].map("_{:g}".format)
        reads["tile_id"] = reads["image_id"] + corner
    return reads


def heights(
    source: str, marks: pd.DataFrame, reads: pd.DataFrame | None, sizes: Sizes | None
) -> pd.Series:
    """Return the height of each mark's image, pixels.

    Raises
    ------
    ValueError
        When that of one is not known.
    """
    told = _side(marks["image_id"], sizes, 1)
    if reads is not None:
        lowest = (reads["y0"] + reads["height"]).groupby(reads["image_id"]).max()
        told = told.fillna(marks["image_id"].map(lowest))
    unknown = marks["image_id"][told.isna() & marks["image_id"].notna()]
    if len(unknown):
        raise ValueError(
            f"{source}: to count y from the lower edge, the height of {unknown.iloc[0]!r} has to "
            "be known: give sizes=(width, height), --size or --images"
        )
    return told


def _side(images: pd.Series, sizes: Sizes | None, side: int) -> pd.Series:
    if isinstance(sizes, tuple):
        return pd.Series(float(sizes[side]), images.index)
    known = {str(name): float(size[side]) for name, size in (sizes or {}).items()}
    return images.map(known).astype(float)


def _joined(table: pd.DataFrame, keys: list[str]) -> pd.Series:
    parts = table[keys].astype(object)
    joined = parts.iloc[:, 0].astype(str)
    for key in keys[1:]:
        joined = joined + " / " + parts[key].astype(str)
    return joined.where(parts.notna().all(axis=1), None)


def _with_volunteers(table: pd.DataFrame) -> pd.DataFrame:
    """Those who were not logged in are one volunteer a read."""
    read = table["classification_id"]
    if "volunteer_id" not in table:
        return table.assign(volunteer_id=read)
    unknown = table["volunteer_id"].isna() & read.notna()
    alone = "unknown-" + read.astype(str)
    return table.assign(volunteer_id=table["volunteer_id"].where(~unknown, alone))
