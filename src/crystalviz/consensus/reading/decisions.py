"""An expert's decisions from a table: what the map's page saves, or any tidy table."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.reading.cells import as_labels, as_numbers, as_texts
from crystalviz.consensus.reading.columns import find_columns, require_roles
from crystalviz.consensus.reading.files import read_file

_YES = {"true", "yes", "y", "1", "1.0", "t"}
_NO = {"false", "no", "n", "0", "0.0", "f"}


def read_decisions(
    path: str | PathLike[str],
    columns: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read what an expert settled, as `fit(gold=)` and `settle` take it.

    Parameters
    ----------
    path : path
        A table with image_id, x, y and `exists` (yes or no, true or false, 1 or 0) or `label` or
        both. Rows that say neither are undecided and passed over.
    columns : mapping, optional
        Role to column, where they are called otherwise.

    Returns
    -------
    decisions : DataFrame
        image_id, x, y, and `exists` or `label` or both.
    problems : list of Problem
        Rows that were set aside, and why.

    Raises
    ------
    FileNotFoundError, ValueError
        When the file is missing, or it is not clear which column is what.
    """
    source = read_file(Path(path), "gold")
    frame = source.frame
    names = find_columns(map(str, frame.columns), "gold", columns)
    if "exists" not in names and {"doubt", "label"} <= set(frame.columns):
        raise ValueError(
            f"{path}: this is the list of doubtful instances, not what was decided of them: add a "
            "column `exists` (yes or no), and correct `label`, in the rows that you decide"
        )
    require_roles(source.name, "gold", names, ("image_id", "x", "y"), map(str, frame.columns))
    if not {"exists", "label"} & names.keys():
        raise ValueError(f"{path}: the decisions have neither a column `exists` nor a `label`")
    gold = pd.DataFrame({"image_id": as_texts(frame[names["image_id"]])})
    for axis in ("x", "y"):
        gold[axis] = as_numbers(frame[names[axis]], source.decimal_comma)
    problems = list(source.problems)
    decided = pd.Series(False, gold.index)
    if "exists" in names:
        said = frame[names["exists"]].map(_as_bool, na_action="ignore").astype(object)
        said = said.where(said.notna(), None)
        problems += [
            Problem("gold", row, f"exists is {frame[names['exists']][row]!r}, neither yes nor no")
            for row in gold.index[said == "?"]
        ]
        gold["exists"] = said
        decided |= said.isin([True, False])
    if "label" in names:
        gold["label"], _ = as_labels(frame[names["label"]])
        # A list of instances has labels in all rows: there `exists` tells which are decided.
        if "exists" not in names:
            decided |= gold["label"].notna()
    return gold[decided], problems


def _as_bool(cell: Any) -> bool | str:
    text = str(cell).strip().lower()
    return text in _YES if text in _YES | _NO else "?"
