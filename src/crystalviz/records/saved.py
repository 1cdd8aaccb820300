"""A finished analysis in the analysis file: table and arrays, equal to the last bit when read.

Numbers are kept as their bytes, with a checksum; text as JSON. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.records.database import AnalysisFolderError, Database

_KEY = "analysis"
# SQLite refuses values above 1 GB.
_PART_BYTES = 64 << 20
_NUMBER_KINDS = "biuf"


def write_analysis(
    database: Database, facts: dict[str, Any], table: pd.DataFrame, arrays: dict[str, np.ndarray]
) -> None:
    """Replace the finished analysis in the file, as a whole or not at all.

    Parameters
    ----------
    database : Database
    facts : dict
        JSON values (title, model, ...).
    table : DataFrame
        Columns of numbers, booleans or text; None and NaN stay what they are.
    arrays : dict of ndarray
        Numbers only.

    Raises
    ------
    TypeError
        If a column of the table is of another type.
    """
    columns = []
    stored = dict(arrays)
    for position, name in enumerate(table.columns):
        series = table[name]
        column: dict[str, Any] = {"name": name, "dtype": str(series.dtype)}
        if isinstance(series.dtype, np.dtype) and series.dtype.kind in _NUMBER_KINDS:
            column["array"] = f"column {position}"
            stored[column["array"]] = series.to_numpy()
        else:
            column["values"] = _as_text(series)
        columns.append(column)
    described = {name: _describe(array) for name, array in stored.items()}
    manifest = {"facts": facts, "rows": len(table), "columns": columns, "arrays": described}
    text = json.dumps(manifest, ensure_ascii=False, allow_nan=False)
    with database.transaction() as connection:
        connection.execute("DELETE FROM arrays")
        for name, array in stored.items():
            data = _contiguous(array).reshape(-1).view(np.uint8).data
            for part, start in enumerate(range(0, len(data), _PART_BYTES)):
                connection.execute(
                    "INSERT INTO arrays VALUES (?,?,?)",
                    (name, part, data[start : start + _PART_BYTES]),
                )
        connection.execute(
            "INSERT OR REPLACE INTO analysis VALUES (?,?), (?,?)",
            (_KEY, text, f"{_KEY} checksum", _digest(text.encode())),
        )


def read_analysis(
    database: Database,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, np.ndarray]]:
    """Return what `write_analysis` was given.

    Raises
    ------
    AnalysisFolderError
        If there is no finished analysis in the file or a checksum is wrong.
    """
    with database.reading() as connection:
        rows = dict(connection.execute("SELECT key, value FROM analysis").fetchall())
        if _KEY not in rows:
            (done,) = connection.execute("SELECT COUNT(DISTINCT content) FROM passes").fetchone()
            raise AnalysisFolderError(
                f"the analysis in {database.path.parent} is not finished ({done} images are "
                "done); run analyze again with this store to finish it"
            )
        text = rows[_KEY]
        if _digest(text.encode()) != rows.get(f"{_KEY} checksum"):
            raise _damaged(database, "its description")
        manifest = json.loads(text)
        arrays = {}
        for name, description in manifest["arrays"].items():
            parts = connection.execute(
                "SELECT data FROM arrays WHERE name = ? ORDER BY part", (name,)
            )
            arrays[name] = _restore(database, name, description, [part for (part,) in parts])
    series = {}
    for column in manifest["columns"]:
        if "array" in column:
            values = arrays.pop(column["array"])
            series[column["name"]] = pd.Series(values)
        else:
            series[column["name"]] = pd.Series(column["values"], dtype=column["dtype"])
    table = pd.DataFrame(series, index=pd.RangeIndex(manifest["rows"]))
    return manifest["facts"], table, arrays


def holds_analysis(database: Database) -> bool:
    """Say whether a finished analysis has been written."""
    return read_note(database, _KEY) is not None


def analysis_digest(table: pd.DataFrame, vectors: np.ndarray) -> str:
    """Return a digest of what the collection of a store holds: the table and the vectors."""
    text = table.to_json(orient="split", double_precision=15)
    return _digest(text.encode(), _contiguous(vectors).tobytes())


def read_note(database: Database, key: str) -> str | None:
    """Return a note written beside the analysis, or None."""
    with database.reading() as connection:
        row = connection.execute("SELECT value FROM analysis WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def write_note(database: Database, key: str, value: str) -> None:
    """Keep a short text beside the analysis."""
    with database.transaction() as connection:
        connection.execute("INSERT OR REPLACE INTO analysis VALUES (?,?)", (key, value))


def _as_text(series: pd.Series) -> list[Any]:
    values = [None if _is_missing(value) else value for value in series.tolist()]
    allowed = all(value is None or isinstance(value, str | bool | int | float) for value in values)
    kind = str(series.dtype)
    if not allowed or not (kind == "object" or kind.startswith("str")):
        raise TypeError(
            f"the column {series.name!r} of the table ({kind}) cannot be saved; make it text or "
            "numbers first, for example with table[column].astype(str)"
        )
    return values


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _contiguous(array: np.ndarray) -> np.ndarray:
    little = array.dtype.newbyteorder("<")
    return np.ascontiguousarray(array, little)


def _describe(array: np.ndarray) -> dict[str, Any]:
    array = _contiguous(array)
    digest = _digest(array.reshape(-1).view(np.uint8).data)
    return {"dtype": array.dtype.str, "shape": list(array.shape), "blake2b": digest}


def _restore(
    database: Database, name: str, description: dict[str, Any], parts: list[bytes]
) -> np.ndarray:
    data = bytearray().join(parts)
    if _digest(data) != description["blake2b"]:
        raise _damaged(database, name)
    return np.frombuffer(data, description["dtype"]).reshape(description["shape"])


def _digest(*parts: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _damaged(database: Database, what: str) -> AnalysisFolderError:
    return AnalysisFolderError(
        f"{database.path} is damaged ({what} does not have its checksum); restore it from a copy, "
        "or analyze the images again into this folder"
    )
