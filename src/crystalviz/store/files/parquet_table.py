"""Tables as Apache Parquet, types and schema inside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from crystalviz._optional import require
from crystalviz._whole_file import whole_file
from crystalviz.store.files.plain_values import from_plain, parse_json, to_plain
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.table_format import (
    TableColumns,
    TableError,
    is_vector_column,
)

_SCHEMA_KEY = b"crystalviz.schema"
_ROWS = 2000


class ParquetTable:
    """See the module. Dates are kept in UTC, to the microsecond; objects as JSON."""

    cells = False

    def write(self, path: Path, columns: TableColumns, rows: Iterable[dict[str, Any]]) -> int:
        """Write the table, 2,000 rows a group.

        Raises
        ------
        MissingDependencyError
            When pyarrow is not installed.
        TableError
            When a value cannot be written.
        """
        arrow, parquet = _packages()
        types = columns.types
        schema = arrow.schema(
            [(name, _arrow_type(arrow, name, kind)) for name, kind in types.items()],
            metadata={_SCHEMA_KEY: columns.schema.to_text()},
        )
        count = 0
        rows = iter(rows)
        with whole_file(path, "wb") as file, parquet.ParquetWriter(file, schema) as writer:
            while chunk := list(islice(rows, _ROWS)):
                arrays = [
                    _array(arrow, path, name, kind, [row.get(name) for row in chunk])
                    for name, kind in types.items()
                ]
                writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
                count += len(chunk)
        return count

    def schema(self, path: Path) -> PortableSchema | None:
        """Return the schema inside the file, or None."""
        metadata = _open(path).schema_arrow.metadata or {}
        if _SCHEMA_KEY not in metadata:
            return None
        return PortableSchema.from_text(metadata[_SCHEMA_KEY].decode(), str(path))

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Return the rows.

        Raises
        ------
        TableError
            When the file is damaged or no Parquet.
        """
        arrow, _ = _packages()
        try:
            for batch in _open(path).iter_batches(_ROWS):
                yield from batch.to_pylist()
        except arrow.ArrowException as error:
            raise TableError(f"{path}: the file is damaged ({error})") from None

    def decode(self, value: Any, kind: str) -> Any:
        """Return a value of a row."""
        if isinstance(value, str) and _is_json(kind):
            value = parse_json(value)
        return from_plain(value, kind)


def _packages() -> tuple[Any, Any]:
    purpose = "reading and writing Parquet"
    arrow = require("pyarrow", "parquet", purpose)
    return arrow, require("pyarrow.parquet", "parquet", purpose)


def _open(path: Path) -> Any:
    arrow, parquet = _packages()
    try:
        return parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise TableError(f"{path}: cannot be read as Parquet ({error})") from None


def _is_json(kind: str) -> bool:
    """Return whether values of a type are kept as JSON: those with names inside."""
    return kind.removesuffix("[]") in ("object", "geoCoordinates", "phoneNumber")


def _arrow_type(arrow: Any, name: str, kind: str) -> Any:
    if is_vector_column(name):
        return arrow.list_(arrow.float32())
    if _is_json(kind):
        return arrow.string()
    element = {
        "int": arrow.int64(),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "date": arrow.timestamp("us", tz="UTC"),
    }.get(kind.removesuffix("[]"), arrow.string())
    return arrow.list_(element) if kind.endswith("[]") else element


def _array(arrow: Any, path: Path, name: str, kind: str, values: list[Any]) -> Any:
    if _is_json(kind):
        values = [None if v is None else json.dumps(to_plain(v)) for v in values]
    elif kind.removesuffix("[]") not in ("date", "int", "number", "boolean"):
        values = [to_plain(value) for value in values]
    try:
        return arrow.array(values, _arrow_type(arrow, name, kind))
    except (arrow.ArrowException, UnicodeEncodeError, OverflowError) as error:
        raise TableError(f"{path}: column {name!r} cannot be written ({error})") from None
