"""Tables as CSV (RFC 4180, UTF-8), with the schema in a file beside them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from crystalviz._whole_file import whole_file
from crystalviz.store.files.csv_cells import from_cell, to_cell
from crystalviz.store.files.json_table import read_schema_beside, write_schema_beside
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.table_format import TableColumns, TableError


class CsvTable:
    """See the module."""

    cells = True

    def write(self, path: Path, columns: TableColumns, rows: Iterable[dict[str, Any]]) -> int:
        """Write table and schema."""
        types = columns.types
        count = 0
        with whole_file(path, newline="") as file:
            # With both characters of the line's end, a lone one in a text is quoted too.
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(types)
            for row in rows:
                writer.writerow([to_cell(row.get(name), kind) for name, kind in types.items()])
                count += 1
        write_schema_beside(path, columns.schema)
        return count

    def schema(self, path: Path) -> PortableSchema | None:
        """Return the schema beside the table, or None."""
        return read_schema_beside(path)

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Return the rows, all values text.

        Raises
        ------
        TableError
            When the file is no CSV with a header, or a row has another number of cells.
        """
        # Vectors are long cells.
        csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        with _utf8(path), path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_delimiter(file))
            try:
                header = next(reader, None)
                if not header:
                    raise TableError(f"{path}: is empty; the first line must name the columns")
                doubles = sorted({name for name in header if header.count(name) > 1})
                if doubles:
                    raise TableError(f"{path}: several columns are named {doubles[0]!r}")
                for number, row in enumerate(reader, 1):
                    if not row:
                        continue
                    if len(row) != len(header):
                        raise TableError(
                            f"{path}, row {number}: {len(row)} cells, and {len(header)} columns"
                        )
                    yield dict(zip(header, row, strict=True))
            except csv.Error as error:
                raise TableError(f"{path}, line {reader.line_num + 1}: {error}") from None

    def decode(self, value: Any, kind: str) -> Any:
        """Return the value of a cell."""
        return from_cell(value, kind)


@contextmanager
def _utf8(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path}: is not UTF-8 text ({error.reason} at byte {error.start}); save it as "
            '"CSV UTF-8"'
        ) from None


def _delimiter(file: TextIO) -> str:
    """Return what parts the cells: a spreadsheet with decimal commas writes semicolons."""
    header = file.readline()
    file.seek(0)
    return max(",;\t", key=header.count)
