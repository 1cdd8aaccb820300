"""What was found as tables in files: CSV for everyone, Parquet with the types kept."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crystalviz._optional import require
from crystalviz._whole_file import whole_file
from crystalviz.consensus.outputs.names import class_texts, instance_names

if TYPE_CHECKING:
    from crystalviz.consensus.estimator import MarkConsensus

FORMATS = ("csv", "parquet")


def write_tables(
    found: MarkConsensus,
    folder: str | PathLike[str],
    formats: Sequence[str] | None = None,
) -> list[Path]:
    """Write the tables of a consensus: each as `<name>.csv` and `<name>.parquet`.

    `instances`, `candidates` (with the places that are too unlikely), `marks`, `volunteers`,
    `problems`. An instance has its name on the map as `instance_id`, and marks that of theirs;
    `row` of a mark is its row of the table that came in. A file appears as a whole or not at all.
    Labels keep their type in Parquet; a CSV file has them as text. Where a column mixes types,
    Parquet has text too, for it knows no such column.

    Parameters
    ----------
    found : MarkConsensus
        After `fit`.
    folder : path
        Made when it is not there.
    formats : sequence of str, optional
        "csv", "parquet". Both where nothing is said, or the first alone where pyarrow is missing.

    Raises
    ------
    MissingDependencyError
        When Parquet is asked for and pyarrow is not installed.
    ValueError
        When a format is not known.
    """
    check_is_fitted(found)
    formats = available_formats() if formats is None else tuple(formats)
    for name in formats:
        if name not in FORMATS:
            raise ValueError(f"formats are {', '.join(FORMATS)}, not {name!r}")
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in result_tables(found).items():
        for kind in formats:
            written.append(root / f"{name}.{kind}")
            write_table(table, written[-1])
    return written


def available_formats() -> tuple[str, ...]:
    """Return what tables can be written as: without pyarrow, CSV alone."""
    return FORMATS if importlib.util.find_spec("pyarrow") else FORMATS[:1]


def result_tables(found: MarkConsensus) -> dict[str, pd.DataFrame]:
    """Return the tables that `write_tables` writes, by name."""
    candidates = found.candidates_
    names = np.array([*instance_names(candidates), None], dtype=object)
    named = candidates.assign(instance_id=names[:-1])
    named = named[["instance_id", *candidates.columns]]
    marks = found.marks_
    if "row" not in marks:
        marks = marks.reset_index(names="row")
    problems = [(one.table, one.row, one.reason) for one in found.problems_]
    return {
        "instances": named.iloc[: len(found.instances_)],
        "candidates": named,
        "marks": marks.assign(instance_id=names[marks["instance"].to_numpy()]),
        "volunteers": found.volunteers_,
        "problems": pd.DataFrame(problems, columns=["table", "row", "reason"]),
    }


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write one table as CSV or Parquet, by the suffix of `path`; its index is left out."""
    plain = table.reset_index(drop=True)
    plain = plain.assign(**{name: portable(plain[name]) for name in plain.columns})
    if path.suffix == ".csv":
        with whole_file(path, newline="") as file:
            plain.to_csv(file, index=False, lineterminator="\n")
        return
    arrow = require("pyarrow", "parquet", "writing Parquet")
    parquet = require("pyarrow.parquet", "parquet", "writing Parquet")
    with whole_file(path, "wb") as file:
        parquet.write_table(arrow.Table.from_pandas(plain, preserve_index=False), file)


def portable(column: pd.Series) -> pd.Series:
    """Return a column that any file can hold: values of one type, or else texts that differ."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.categories.dtype == object:
        column = column.astype(object)
    if column.dtype != object:
        return column
    there = column[column.notna()]
    kinds = set(map(_kind, set(map(type, there))))
    if "nested" in kinds:
        return column.map(_as_json, na_action="ignore")
    if len(kinds) > 1:
        distinct = there.drop_duplicates().tolist()
        text = dict(zip(distinct, class_texts(distinct), strict=True))
        return column.map(text, na_action="ignore")
    # Types of pandas that know of missing values: 1 stays 1 beside them, not 1.0.
    whole = {"integer": "Int64", "bool": "boolean"}
    return column.astype(whole[kinds.pop()]) if kinds <= whole.keys() and kinds else column


def _kind(kind: type) -> str:
    for name, kinds in (
        ("bool", (bool, np.bool_)),
        ("integer", (int, np.integer)),
        ("nested", (list, tuple, dict, set, np.ndarray)),
    ):
        if issubclass(kind, kinds):
            return name
    return kind.__name__


def _as_json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
