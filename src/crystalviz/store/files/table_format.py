"""What the three kinds of table file have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.files.portable_schema import PortableSchema

ID, VECTOR = "id", "vector"
"""Columns of the uuid and of the vector: names that no property may have."""
NAMED_VECTOR, REFERENCE = "vector.", "ref."
"""How the columns of named vectors and of references begin."""


class TableError(WeaviateInvalidInputError):
    """A table cannot be read or written."""


@dataclass
class TableColumns:
    """The columns of a table, and the types of its properties.

    Parameters
    ----------
    schema : PortableSchema
    vectors : bool
        Whether vectors are among them.
    """

    schema: PortableSchema
    vectors: bool = True

    @property
    def types(self) -> dict[str, str]:
        """The types of all columns, in order: those of Weaviate, `number[]` for a vector."""
        columns = {ID: "uuid", **self.schema.types}
        columns.update({REFERENCE + name: "text[]" for name in self.schema.references})
        if self.vectors:
            columns.update({vector_column(name): "number[]" for name in self.schema.vectors})
        return columns


class TableFormat(Protocol):
    """Reads and writes one kind of file."""

    def write(self, path: Path, columns: TableColumns, rows: Iterable[dict[str, Any]]) -> int:
        """Write the table as a whole or not at all; return how many rows it has."""
        ...

    def schema(self, path: Path) -> PortableSchema | None:
        """Return the schema that came with the table, or None."""
        ...

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Return the rows, values as they are in the file."""
        ...

    def decode(self, value: Any, kind: str) -> Any:
        """Return a value of a row as the store takes it; ValueError when it is of another type."""
        ...

    cells: bool
    """Whether values are texts that may stand for something else."""


def vector_column(name: str) -> str:
    """Return the column of a vector."""
    return VECTOR if name == "default" else NAMED_VECTOR + name


def is_vector_column(column: str) -> bool:
    """Return whether a column holds vectors."""
    return column == VECTOR or column.startswith(NAMED_VECTOR)


def vector_name(column: str) -> str:
    """Return the name of the vector in a column."""
    return "default" if column == VECTOR else column.removeprefix(NAMED_VECTOR)


def table_format(path: Path, name: str | None = None) -> TableFormat:
    """Return what reads and writes a file, by its ending or by `name`.

    Raises
    ------
    TableError
        When there is nothing for it.
    """
    from crystalviz.store.files.csv_table import CsvTable
    from crystalviz.store.files.json_table import JsonLinesTable, JsonTable
    from crystalviz.store.files.parquet_table import ParquetTable

    kinds: dict[str, type[TableFormat]] = {
        "parquet": ParquetTable,
        "pq": ParquetTable,
        "csv": CsvTable,
        "json": JsonTable,
        "jsonl": JsonLinesTable,
        "ndjson": JsonLinesTable,
    }
    ending = (name or path.suffix).lower().removeprefix(".")
    if ending not in kinds:
        raise TableError(
            f"{path}: {ending or 'no ending'!r} is no kind of table; there is {', '.join(kinds)}"
        )
    return kinds[ending]()
