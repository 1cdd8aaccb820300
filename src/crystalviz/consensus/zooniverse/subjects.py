"""A table of subjects beside the export: the project's own one, or any with their ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

import pandas as pd


def read_subjects(path: str | PathLike[str]) -> dict[str, dict[str, Any]]:
    """Return the metadata of each subject in a CSV file with a column `subject_id`.

    In a project's export of subjects they are JSON in the column `metadata`; of any other table
    all columns are taken.

    Raises
    ------
    FileNotFoundError, ValueError
        When the file is missing or has no such column.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="replace")
    if "subject_id" not in table:
        raise ValueError(
            f"{path}: it has no column subject_id, by which its rows are those of subjects; it has "
            f"{', '.join(map(str, table.columns))}"
        )
    found = {}
    for row in table.to_dict("records"):
        told = {str(name): value for name, value in row.items() if value != ""}
        try:
            metadata = json.loads(told.pop("metadata", "{}"))
        except ValueError:
            metadata = {}
        if isinstance(metadata, Mapping) and metadata:
            told = dict(metadata)
        found[str(row["subject_id"]).strip()] = told
    return found
