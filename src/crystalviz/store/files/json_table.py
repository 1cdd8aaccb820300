"""Tables as JSON, a list or an object a line, with the schema in a file beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crystalviz._whole_file import whole_file
from crystalviz.store.files.plain_values import from_plain, to_plain
from crystalviz.store.files.portable_schema import PortableSchema, schema_path
from crystalviz.store.files.table_format import TableColumns, TableError


class JsonTable:
    """A list of objects, one a line."""

    cells = False
    _opening, _between, _closing = "[\n", ",\n", "\n]\n"

    def write(self, path: Path, columns: TableColumns, rows: Iterable[dict[str, Any]]) -> int:
        """Write table and schema; a missing value is left out."""
        types = columns.types
        count = 0
        with whole_file(path) as file:
            file.write(self._opening)
            for row in rows:
                plain = {name: to_plain(row[name]) for name in types if row.get(name) is not None}
                file.write((self._between if count else "") + _dump(plain))
                count += 1
            file.write(self._closing if count else self._closing.lstrip("\n"))
        write_schema_beside(path, columns.schema)
        return count

    def schema(self, path: Path) -> PortableSchema | None:
        """Return the schema beside the table, or None."""
        return read_schema_beside(path)

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Return the rows.

        Raises
        ------
        TableError
            When the file is no JSON list of objects.
        """
        try:
            rows = json.loads(path.read_text("utf-8-sig"))
        except json.JSONDecodeError as error:
            raise TableError(
                f"{path}: is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
            ) from None
        except UnicodeDecodeError as error:
            raise TableError(f"{path}: is not UTF-8 text ({error})") from None
        if not isinstance(rows, list):
            raise TableError(f"{path}: must be a list of objects, not a {type(rows).__name__}")
        for number, row in enumerate(rows, 1):
            yield _checked(row, path, number)

    def decode(self, value: Any, kind: str) -> Any:
        """Return a value of a row."""
        return from_plain(value, kind)


class JsonLinesTable(JsonTable):
    """An object a line."""

    _opening, _between, _closing = "", "\n", "\n"

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Return the rows, line by line.

        Raises
        ------
        TableError
            When a line is no JSON object.
        """
        with path.open(encoding="utf-8-sig") as file:
            try:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield _checked(json.loads(line), path, number)
            except json.JSONDecodeError as error:
                raise TableError(f"{path}, line {number}: is not JSON ({error.msg})") from None
            except UnicodeDecodeError as error:
                raise TableError(f"{path}: is not UTF-8 text ({error})") from None


def write_schema_beside(path: Path, schema: PortableSchema) -> None:
    """Write the schema of a table into a file beside it."""
    with whole_file(schema_path(path)) as file:
        file.write(schema.to_text())


def read_schema_beside(path: Path) -> PortableSchema | None:
    """Return the schema in the file beside a table, or None where there is none."""
    beside = schema_path(path)
    if not beside.is_file():
        return None
    return PortableSchema.from_text(beside.read_text("utf-8"), str(beside))


def _dump(row: dict[str, Any]) -> str:
    # ASCII: a text may hold half a pair of surrogates, which UTF-8 cannot.
    return json.dumps(row, allow_nan=False)


def _checked(row: Any, path: Path, number: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise TableError(f"{path}, row {number}: must be an object, not {type(row).__name__}")
    return row
