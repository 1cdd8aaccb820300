"""Where tiles lie on their images, from a table of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.inputs import Problem

_BOX = ("x0", "y0", "width", "height")


def with_metadata(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of subjects with what its column `metadata` holds as JSON as columns.

    So Zooniverse's export of subjects is written.
    """
    if "metadata" not in table:
        return table
    told = [_read(cell) for cell in table["metadata"]]
    names = dict.fromkeys(str(name) for one in told for name in one if str(name) not in table)
    return table.assign(**{name: [one.get(name) for one in told] for name in names})


def place_tiles(
    marks: pd.DataFrame,
    reads: pd.DataFrame | None,
    tiles: pd.DataFrame,
    problems: list[Problem],
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Move marks and reads from their tiles to the images that these are cut from.

    Parameters
    ----------
    marks : DataFrame
        tile_id, and x, y in pixels of the tile.
    reads : DataFrame or None
        tile_id; their place is that of the tile.
    tiles : DataFrame
        tile_id, x0, y0 (pixels of the image) and perhaps image_id, width, height.
    problems : list of Problem
        Where rows go whose tile is not known.

    Raises
    ------
    ValueError
        When no tile of a mark is known.
    """
    where = tiles[tiles["tile_id"].notna()].drop_duplicates("tile_id", keep="last")
    where = where.set_index("tile_id")
    where = where[np.isfinite(where[["x0", "y0"]].to_numpy(float)).all(1)]
    known = marks["tile_id"].isin(where.index).to_numpy()
    if not known.any():
        raise ValueError(
            "no tile of the marks is in the table of tiles: the marks have "
            f"{_some(marks['tile_id'])}, the table {_some(where.index)}"
        )
    _report(marks, known, "marks", problems)
    marks = marks[known].copy()
    own = where.loc[marks["tile_id"]]
    for axis, start in (("x", "x0"), ("y", "y0")):
        marks[axis] += own[start].to_numpy()
    if "image_id" in where:
        marks["image_id"] = own["image_id"].to_numpy()
    if reads is None and {"width", "height"} <= set(where):
        reader = [n for n in ("volunteer_id", "classification_id") if n in marks]
        reads = marks[["image_id", "tile_id", *reader]].drop_duplicates(ignore_index=True)
    if reads is not None:
        known = reads["tile_id"].isin(where.index).to_numpy()
        _report(reads, known, "reads", problems)
        reads = reads[known].copy()
        own = where.loc[reads["tile_id"]]
        for name in _BOX:
            if name in where:
                told = own[name].to_numpy(float)
                before = reads[name].to_numpy(float) if name in reads else np.nan
                reads[name] = np.where(np.isnan(told), before, told)
        if "image_id" in where:
            reads["image_id"] = own["image_id"].to_numpy()
    return marks, reads


def _report(table: pd.DataFrame, known: np.ndarray, name: str, problems: list[Problem]) -> None:
    for row, tile in zip(table.index[~known], table["tile_id"][~known], strict=True):
        problems.append(Problem(name, row, f"its tile {tile!r} is not in the table of tiles"))


def _read(cell: Any) -> Mapping[str, Any]:
    try:
        held = json.loads(cell)
    except (TypeError, ValueError):
        return {}
    return held if isinstance(held, Mapping) else {}


def _some(values: Any) -> str:
    return ", ".join(repr(value) for value in list(dict.fromkeys(values))[:3])
