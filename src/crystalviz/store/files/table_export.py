"""A collection written as a table: Parquet, CSV or JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from crystalviz.store.files.object_rows import object_row, read_objects
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.table_format import TableColumns, table_format


def export_table(
    collection: Any,
    path: str | os.PathLike[str],
    *,
    vectors: bool = True,
    format: str | None = None,
    progress: bool = True,
) -> int:
    """Write a collection as a table, one row an object, by uuid.

    `import_table` reads it back with the same types. Columns: `id` (the uuid), the properties,
    `ref.<name>` for each reference ("Collection/uuid"), `vector`, or `vector.<name>` where there
    are several.

    Parameters
    ----------
    collection : Collection
        Of a store or a server; of one with tenants, `collection.with_tenant(name)`.
    path : path
        Ends in .parquet, .csv, .json (a list) or .jsonl (an object a line). CSV and JSON keep the
        schema in a file beside it, `<path>.schema.json`.
    vectors : bool
        With the vectors.
    format : str, optional
        "parquet", "csv", "json" or "jsonl", where the ending does not say it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    int
        How many objects were written.

    Raises
    ------
    TableError
        When there is no such kind of table, or a value cannot be written.
    FileNotFoundError
        When the folder of `path` does not exist.
    MissingDependencyError
        When Parquet is asked for and pyarrow is not installed.
    """
    target = Path(path)
    kind = table_format(target, format)
    schema = PortableSchema.of(collection)
    rows = (
        object_row(item, schema)
        for item in tqdm(
            read_objects(collection, schema, vectors=vectors),
            total=len(collection),
            desc=f"{schema.name} to {target.name}",
            unit="objects",
            disable=not progress,
        )
    )
    return kind.write(target, TableColumns(schema, vectors), rows)
