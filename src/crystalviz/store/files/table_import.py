"""A table read into a collection: Parquet, CSV or JSON, our own or anyone's."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from tqdm.auto import tqdm

from crystalviz._wording import counted
from crystalviz.store import classes
from crystalviz.store.files.opening import opened_client
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.table_format import (
    ID,
    REFERENCE,
    TableError,
    TableFormat,
    is_vector_column,
    table_format,
    vector_name,
)
from crystalviz.store.files.type_guess import guess_type
from crystalviz.store.identity import generate_uuid5

_BATCH = 1000
_GUESSED_FROM = 100_000


@dataclass(repr=False)
class TableImport:
    """What became of a table.

    Attributes
    ----------
    collection : str
    objects : int
        How many were written.
    problems : list of (int, str)
        Rows that were set aside, from 1, and why.
    """

    collection: str
    objects: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"{self.collection}: {counted(self.objects, 'object')} written"]
        if self.problems:
            lines.append(f"{counted(len(self.problems), 'row')} set aside:")
            lines.extend(f"  row {row}: {cause}" for row, cause in self.problems)
        return "\n".join(lines)


def import_table(
    path: str | os.PathLike[str],
    folder_or_client: Any,
    collection: str | None = None,
    *,
    tenant: str | None = None,
    vectors: Any = None,
    identity: str | None = None,
    format: str | None = None,
    progress: bool = True,
) -> TableImport:
    """Write the rows of a table as objects; those that are there already are overwritten.

    A collection that is not there is made with the schema that came with the table; without one,
    with types that fit all values of a column.

    Parameters
    ----------
    path : path
        .parquet, .csv, .json (a list of objects) or .jsonl (an object a line). A column `id` is
        the uuid, `vector` or `vector.<name>` a vector, all others are properties; an empty cell
        or null is a missing value.
    folder_or_client : path or Client
        The store.
    collection : str, optional
        Its name; that of the table's schema where nothing is said.
    tenant : str, optional
        Write into this tenant.
    vectors : array (n, d) or path of a .npy file, optional
        The vector of each row, where the table has none: `vectors.npy` beside `analysis.csv`.
    identity : str, optional
        The column that an object is known by, where there is no `id`: its uuid is
        `generate_uuid5` of it. `image_id` where nothing is said, and the row's number in the file
        where there is no such column; so a table may be read any number of times.
    format : str, optional
        "parquet", "csv", "json" or "jsonl", where the ending does not say it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    TableImport
        Counts, and the rows that were set aside with their cause.

    Raises
    ------
    TableError
        When the file is damaged or no table, or the vectors are not one a row.
    """
    source = Path(path)
    if not source.is_file():
        raise TableError(f"{source}: there is no such file")
    kind = table_format(source, format)
    schema = kind.schema(source)
    name = collection or (schema.name if schema else None)
    if name is None:
        raise TableError(f"{source}: has no schema with it; say collection=, e.g. 'CrystalImage'")
    with opened_client(folder_or_client) as client:
        target, types = _prepared(client, name, schema, kind, source, tenant)
        reader = _RowReader(kind, types, source, identity, _matrix(vectors))
        report = TableImport(target.name)
        rows = tqdm(kind.rows(source), desc=source.name, unit="rows", disable=not progress)
        numbered = enumerate(rows, 1)
        while chunk := list(islice(numbered, _BATCH)):
            _write(target, reader, chunk, report)
        reader.check_all_used()
    return report


def _write(
    target: Any, reader: _RowReader, chunk: list[tuple[int, dict[str, Any]]], report: TableImport
) -> None:
    numbers: dict[str, int] = {}
    written = 0
    with target.batch.fixed_size(batch_size=_BATCH) as batch:
        for number, row in chunk:
            try:
                read = reader.object(number, row)
            except ValueError as error:
                report.problems.append((number, str(error)))
                continue
            batch.add_object(**read)
            numbers[str(read["uuid"])] = number
            written += 1
    failed = target.batch.failed_objects
    for one in failed:
        report.problems.append((numbers[str(one.object_.uuid)], one.message))
    report.problems.sort()
    report.objects += written - len(failed)


def _prepared(
    client: Any,
    name: str,
    schema: PortableSchema | None,
    kind: TableFormat,
    path: Path,
    tenant: str | None,
) -> tuple[Any, dict[str, str]]:
    """Return the collection, made where it is missing, and the types of its properties."""
    if client.collections.exists(name):
        target = client.collections.use(name)
        types = PortableSchema.of(target).types
        if schema is not None:
            types = {**schema.types, **types}
    elif schema is not None:
        kept = schema.without(vectorizers=True, references=True, tenants=tenant is None)
        kept.raw["class"] = name
        target = client.collections.create_from_dict(kept.raw)
        types = kept.types
    else:
        types = _guessed(kind, path)
        target = client.collections.create(
            name,
            properties=[_property(column, one) for column, one in types.items()],
            vector_config=classes.Configure.Vectors.self_provided(),
            multi_tenancy_config=(
                None if tenant is None else classes.Configure.multi_tenancy(enabled=True)
            ),
        )
    if tenant is not None:
        if not target.tenants.exists(tenant):
            target.tenants.create(tenant)
        target = target.with_tenant(tenant)
    return target, types


def _property(name: str, kind: str) -> classes.Property:
    # One token for the whole text: "PG (1).png" must not be found by "PG (2).png".
    tokens = classes.Tokenization.FIELD if kind.startswith("text") else None
    return classes.Property(name=name, data_type=classes.DataType(kind), tokenization=tokens)


def _guessed(kind: TableFormat, path: Path) -> dict[str, str]:
    """Return the types of the columns that are properties, where the values fit one."""
    values: dict[str, list[Any]] = {}
    for row in islice(kind.rows(path), _GUESSED_FROM):
        for column, value in row.items():
            if column != ID and not is_vector_column(column) and not column.startswith(REFERENCE):
                values.setdefault(column, []).append(value)
    guessed = {column: guess_type(given, kind.cells) for column, given in values.items()}
    return {column: one for column, one in guessed.items() if one is not None}


def _matrix(given: Any) -> np.ndarray | None:
    if given is None:
        return None
    if isinstance(given, str | os.PathLike):
        given = np.load(Path(given), allow_pickle=False)
    matrix = np.asarray(given, np.float32)
    if matrix.ndim != 2:
        raise TableError(f"vectors: must have the shape (n, d), not {matrix.shape}")
    return matrix


class _RowReader:
    """Turns rows into what `batch.add_object` takes."""

    def __init__(
        self,
        kind: TableFormat,
        types: dict[str, str],
        path: Path,
        identity: str | None,
        matrix: np.ndarray | None,
    ) -> None:
        self._kind = kind
        self._types = types
        self._path = path
        self._identity = identity
        self._matrix = matrix
        self._used = 0

    def object(self, number: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return properties, uuid, vector and references; ValueError when a value does not fit."""
        properties: dict[str, Any] = {}
        vectors: dict[str, Any] = {}
        references: dict[str, Any] = {}
        if self._matrix is not None:
            self._used = number
            if number > len(self._matrix):
                raise TableError(
                    f"{self._path}: has more rows than there are vectors ({len(self._matrix)})"
                )
            vectors["default"] = self._matrix[number - 1]
        for column, given in row.items():
            value = self._value(column, given)
            if value is None or column == ID:
                continue
            if is_vector_column(column):
                vectors[vector_name(column)] = value
            elif column.startswith(REFERENCE):
                references[column.removeprefix(REFERENCE)] = read_references(value)
            else:
                properties[column] = value
        return {
            "properties": properties,
            "uuid": self._uuid(number, row),
            "vector": vectors or None,
            "references": references or None,
        }

    def check_all_used(self) -> None:
        """Refuse vectors that no row stands for."""
        if self._matrix is not None and self._used < len(self._matrix):
            raise TableError(
                f"{self._path}: has {counted(self._used, 'row')}, and there are "
                f"{counted(len(self._matrix), 'vector')}; those of the rows were written"
            )

    def _value(self, column: str, given: Any) -> Any:
        if is_vector_column(column):
            kind = "number[]"
        elif column.startswith(REFERENCE):
            kind = "text[]"
        else:
            kind = self._types.get(column, "text" if self._kind.cells else "")
        try:
            return self._kind.decode(given, kind)
        except ValueError as error:
            raise ValueError(f"column {column!r}: {error}") from None

    def _uuid(self, number: int, row: dict[str, Any]) -> UUID | str:
        given = row.get(ID)
        if given:
            try:
                return UUID(str(given))
            except ValueError:
                return generate_uuid5(given)
        name = row.get(self._identity or "image_id")
        if self._identity and not name:
            raise ValueError(f"column {self._identity!r}: is empty, and the uuid comes from it")
        return generate_uuid5(name or f"{self._path.name} {number}")


def read_references(given: list[str]) -> Any:
    """Return references as the store takes them: uuids, of one collection said or not said."""
    split = [text.rpartition("/") for text in given]
    targets = {collection for collection, _, _ in split if collection}
    uuids = [uuid for _, _, uuid in split]
    if not targets:
        return uuids
    if len(targets) > 1:
        raise ValueError(
            f"a reference of one object leads to several collections ({', '.join(sorted(targets))})"
        )
    return classes.ReferenceToMulti(target_collection=targets.pop(), uuids=uuids)
