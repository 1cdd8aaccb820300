"""Any table file as a table: CSV of every kind, Parquet, JSON; compressed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from crystalviz._optional import require
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.reading.records import records_of, unnested

_DELIMITERS = (",", "\t", ";", "|")
_HEAD = 1 << 16
# A quotation mark that nobody closes would swallow the rest of the file.
_LINES_A_ROW = 1000
_EXPORT = {"annotations", "subject_data"}


@dataclass
class SourceTable:
    """A table as its file has it.

    Attributes
    ----------
    name : str
        What to call it in messages.
    frame : DataFrame
        All cells of a CSV file are text, empty ones missing; other files have types. The index
        says the row of the file: of CSV files as counted with the heading, else from 1.
    problems : list of Problem
        Rows that could not be read.
    parents : DataFrame, optional
        Of JSON files that list marks within reads: the reads.
    decimal_comma : bool
        Whether numbers may be written as 1,5.
    only_text : bool
        Whether the file knows no types, as CSV.
    """

    name: str
    frame: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    parents: pd.DataFrame | None = None
    decimal_comma: bool = False
    only_text: bool = False


def read_file(path: Path, table: str) -> SourceTable:
    """Read a table, whatever kind of file it is in; `table` is what its problems call it.

    Raises
    ------
    FileNotFoundError, ValueError
        When there is no such file, or there is no table in it.
    MissingDependencyError
        When it is Parquet and pyarrow is not installed.
    """
    if path.is_dir():
        raise ValueError(f"{path}: a folder; a table is wanted (CSV, TSV, Parquet or JSON)")
    with _opened(path) as file:
        start = _read(path, file, 4)
        if not start:
            raise ValueError(f"{path}: the file is empty")
        if start == b"PAR1":
            return SourceTable(path.name, _parquet(path))
        if start == b"\xd0\xcf\x11\xe0" or path.suffix.lower() in (".xlsx", ".xls", ".ods"):
            raise ValueError(f"{path}: a spreadsheet; save it as CSV first")
        text = _decoded(path, start + _read(path, file))
    if text.lstrip()[:1] in ("[", "{"):
        return _json(path, text)
    return _csv(path, text, table)


def is_export(path: Path) -> bool:
    """Say whether a file is a classification export of Zooniverse, by its columns."""
    with _opened(path) as file:
        head = _read(path, file, _HEAD)
    # Not whole lines yet: an unfinished character at the end is no matter.
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    heading = text.lstrip("\ufeff").splitlines()[:1]
    return bool(heading) and set(_columns(heading[0], _delimiter(heading[0]))) >= _EXPORT


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(open(path, "rb"))
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"\x1f\x8b":
            file = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file)))
        elif start == b"PK\x03\x04" and path.suffix.lower() == ".zip":
            file = stack.enter_context(_in_archive(path, file, stack))
        yield file


def _in_archive(path: Path, file: IO[bytes], stack: ExitStack) -> IO[bytes]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        names = [
            name
            for name in archive.namelist()
            if not name.endswith("/") and not name.startswith("__MACOSX/")
        ]
        if len(names) == 1:
            return archive.open(names[0])
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        # RuntimeError is what a password that is wanted gives.
        raise ValueError(f"{path}: the archive cannot be read ({error}); unpack it") from None
    raise ValueError(
        f"{path}: an archive of one table is wanted; this one holds "
        f"{', '.join(names[:5]) or 'none'}"
    )


def _read(path: Path, file: IO[bytes], size: int = -1) -> bytes:
    try:
        return file.read(size)
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{path}: the compressed file is cut off or damaged ({error}); get it anew"
        ) from None


def _decoded(path: Path, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in data[:_HEAD]:
            raise ValueError(
                f"{path}: neither text nor Parquet; a table is wanted (CSV, TSV, Parquet or JSON)"
            ) from None
        # What spreadsheets on Windows write.
        return data.decode("cp1252", "replace")


def _csv(path: Path, text: str, table: str) -> SourceTable:
    # Cells with long lists exceed the module's usual 128 kB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    delimiter = _delimiter(text.partition("\n")[0])
    records: Iterator[list[str] | None]
    if '"' in text:
        records = _records(_Lines(text), delimiter)
    else:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heading = [name.strip() for name in next(records, None) or []]
    _check_heading(path, heading)
    problems: list[Problem] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    width = len(heading)
    for number, row in enumerate(records, 2):
        if row is None:
            reason = "it has a quotation mark that is not closed where its cell ends"
            problems.append(Problem(table, number, reason))
        elif len(row) == width:
            rows.append(row)
            numbers.append(number)
        elif any(cell.strip() for cell in row):
            reason = f"it has {len(row)} columns, the heading has {width}"
            problems.append(Problem(table, number, reason))
    if not rows:
        why = f": row {problems[0].row}: {problems[0].reason}" if problems else " below its heading"
        raise ValueError(f"{path}: the table has no rows{why}")
    columns = zip(*rows, strict=True)
    # Only what is empty is missing: a class may be called "NA" or "None".
    cells = {
        name: pd.Series([cell or None for cell in column], index=numbers, dtype=object)
        for name, column in zip(heading, columns, strict=True)
    }
    frame = pd.DataFrame(cells, index=numbers)
    return SourceTable(path.name, frame, problems, None, delimiter != ",", True)


class _Lines:
    """Gives lines to the reader of rows, and takes back those that it should not have had."""

    def __init__(self, text: str) -> None:
        self.waiting = deque(io.StringIO(text, newline=""))
        self.given: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.waiting or len(self.given) == _LINES_A_ROW:
            raise StopIteration
        self.given.append(self.waiting.popleft())
        return self.given[-1]

    def take_back(self) -> None:
        self.waiting.extendleft(reversed(self.given[1:]))


def _records(lines: _Lines, delimiter: str) -> Iterator[list[str] | None]:
    """Yield the rows; None for one that opens a quotation mark and does not close it."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = None
    while lines.waiting:
        lines.given.clear()
        try:
            row = next(reader)
        except csv.Error:
            row = None
        # What follows an open quotation mark is not lost, but read for itself.
        if len(lines.given) > 1 and (row is None or len(row) != width):
            lines.take_back()
            row = None
        width = width or (None if row is None else len(row))
        yield row


def _check_heading(path: Path, heading: list[str]) -> None:
    twice = [name for name in heading if name and heading.count(name) > 1]
    if twice:
        raise ValueError(f"{path}: two columns are called {twice[0]!r}; rename one")
    if not any(heading):
        raise ValueError(f"{path}: its first row names no columns")
    numbers = [name for name in heading if _is_number(name)]
    if len(numbers) > 1:
        raise ValueError(
            f"{path}: its first row holds numbers ({', '.join(numbers[:3])}); a heading with the "
            "names of the columns is wanted"
        )


def _json(path: Path, text: str) -> SourceTable:
    try:
        held = json.loads(text)
    except ValueError as error:
        try:
            held = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise ValueError(f"{path}: it is no JSON ({error})") from None
    try:
        frame, parents = unnested(records_of(held))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return SourceTable(path.name, frame, parents=parents)


def _parquet(path: Path) -> pd.DataFrame:
    require("pyarrow", "parquet", "reading Parquet")
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: the Parquet file is damaged ({error})") from None
    if not len(frame):
        raise ValueError(f"{path}: the table has no rows")
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1)).rename(columns=str)


def _delimiter(heading: str) -> str:
    return max(_DELIMITERS, key=heading.count)


def _columns(heading: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])]


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
