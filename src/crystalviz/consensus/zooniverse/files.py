"""The rows of an export as its file holds them: plain or compressed, in any usual encoding.

An export of a few hundred thousand classifications has half a gigabyte, nearly all of it in four
quoted cells at the end of each row, of which the longest, the metadata, is hardly needed. Rows of
the usual shape are therefore cut at these cells' openings, several times as fast as by the `csv`
module. All others go through that module.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

_LAST = ["metadata", "annotations", "subject_data", "subject_ids"]
# A quotation mark that nobody closed would swallow the rest of the file.
_LONGEST = 1000
_QUOTE = ord('"')
_DAMAGE = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)
_COMPRESSED = (gzip.GzipFile, zipfile.ZipExtFile)

Cell = bytes | str


class Cells(NamedTuple):
    """One classification. Cells of bytes are still escaped; see `text_of`."""

    classification_id: str
    volunteer: str
    workflow_id: str
    workflow_version: str
    metadata: Cell
    annotations: Cell
    subject_data: Cell
    subject_ids: Cell


def text_of(cell: Cell) -> str:
    """Return a cell's text. Bytes that are no UTF-8 are taken for Windows-1252."""
    return cell if isinstance(cell, str) else _decoded(cell).replace('""', '"')


def read_rows(path: Path) -> Iterator[tuple[int, Cells | str]]:
    """Yield the number of each row (the heading is 1), and its cells or what is wrong with it.

    Raises
    ------
    FileNotFoundError, ValueError
        When there is no such file, it is no classification export, or an archive of several tables.
    """
    # Drawings with many points exceed the module's usual 128 kB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    number = 1
    with _opened(path) as lines:
        heading = next(lines, b"").removeprefix(b"\xef\xbb\xbf")
        delimiter = _delimiter(heading)
        names = _split(heading, delimiter)
        columns = _columns(path, names)
        cut = _Cut(names, columns) if delimiter == "," and names[-4:] == _LAST else None
        try:
            for number, record in enumerate(_records(lines, len(names), delimiter), 2):
                cells = cut(record) if cut is not None else None
                yield number, _cells(record, names, columns, delimiter) if cells is None else cells
        except _DAMAGE:
            yield number + 1, "the compressed file is cut off or damaged from here on"


def _columns(path: Path, names: list[str]) -> list[int | None]:
    """Return the place of each cell among the columns, None where there is no such column."""
    wanted = list(Cells._fields)
    wanted[1] = "user_name" if "user_name" in names else "user_id"
    missing = [
        "user_name" if name == "user_id" else name
        for name in wanted
        if name not in names and name in ("classification_id", "user_id", *_LAST[1::2])
    ]
    if missing:
        raise ValueError(
            f"{path}: no classification export of Zooniverse: it lacks the columns "
            f"{', '.join(missing)}"
        )
    return [names.index(name) if name in names else None for name in wanted]


def _cells(
    record: bytes | None, names: list[str], columns: list[int | None], delimiter: str
) -> Cells | str:
    """Return the cells of any row, or what is wrong with it: "" where it is empty."""
    if record is None:
        return "it opens a quotation mark that nothing closes"
    row = _split(record, delimiter)
    if len(row) == len(names):
        return Cells(*["" if place is None else row[place] for place in columns])
    return f"it has {len(row)} columns, the heading has {len(names)}" if any(row) else ""


class _Cut:
    """Cuts rows whose last four cells are the usual JSON ones, without looking into these."""

    def __init__(self, names: list[str], columns: list[int | None]) -> None:
        self._count = len(names) - 4
        # A column that is not there is the empty text behind the others.
        self._places = [self._count if place is None else place for place in columns[:4]]

    def __call__(self, record: bytes | None) -> Cells | None:
        """Return the cells; None where the row is of another shape.

        Inside a quoted cell quotes stand in pairs, so a single one between a comma and a bracket
        opens a cell, wherever it is found.
        """
        if record is None:
            return None
        end = record.rfind(b",")
        subject = record.rfind(b',"{', 0, end)
        annotations = record.rfind(b',"[', 0, subject)
        metadata = record.find(b',"{', 0, annotations)
        if (
            not -1 < metadata < annotations < subject < end
            or not record[annotations - 1] == record[subject - 1] == record[end - 1] == _QUOTE
        ):
            return None
        subject_ids = record[end + 1 :].strip()
        try:
            front = record[:metadata].decode()
        except UnicodeDecodeError:
            return None
        if '"' in front or b'"' in subject_ids:
            return None
        told = front.split(",")
        if len(told) != self._count:
            return None
        told.append("")
        number, volunteer, workflow, version = self._places
        return Cells(
            told[number],
            told[volunteer],
            told[workflow],
            told[version],
            record[metadata + 2 : annotations - 1],
            record[annotations + 2 : subject - 1],
            record[subject + 2 : end - 1],
            subject_ids,
        )


def _records(lines: Iterator[bytes], columns: int, delimiter: str) -> Iterator[bytes | None]:
    """Join lines to rows where quoted cells hold line breaks; None for a line that is no row."""
    for line in lines:
        if line.count(b'"') & 1:
            yield from _mended(line, lines, columns, delimiter)
        else:
            yield line


def _mended(
    line: bytes, lines: Iterator[bytes], columns: int, delimiter: str
) -> Iterator[bytes | None]:
    """Yield the rows that begin with a line in which a quoted cell is left open."""
    waiting = deque([line])
    while waiting:
        line = waiting.popleft()
        if not line.count(b'"') & 1:
            yield line
            continue
        held = [line]
        for further in chain(_taken(waiting), islice(lines, _LONGEST)):
            held.append(further)
            if further.count(b'"') & 1:
                break
        whole = b"".join(held)
        if not whole.count(b'"') & 1 and len(_split(whole, delimiter)) == columns:
            yield whole
            continue
        # Only the first of these lines is damaged: the others are read for themselves.
        yield None
        waiting.extendleft(reversed(held[1:]))


def _taken(waiting: deque[bytes]) -> Iterator[bytes]:
    while waiting:
        yield waiting.popleft()


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    """Open a file, compressed or not, and give its lines as UTF-8."""
    with ExitStack() as stack:
        file: io.BufferedIOBase = stack.enter_context(open(path, "rb"))
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"\x1f\x8b":
            file = stack.enter_context(gzip.GzipFile(fileobj=file))
        elif start == b"PK\x03\x04":
            file = stack.enter_context(_only_table(path, file, stack))
        # What was read ahead of a damaged place is lost with it.
        ahead = 1 << (13 if isinstance(file, _COMPRESSED) else 20)
        buffered = io.BufferedReader(file, ahead)  # type: ignore[type-var]
        try:
            start = buffered.peek(1 << 13)
        except _DAMAGE:
            raise ValueError(f"{path}: its compressed data are damaged from the start") from None
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            yield (line.encode() for line in io.TextIOWrapper(buffered, "utf-16"))
        elif b"\n" not in start and b"\r" in start:
            # The line ends of old Macintoshes.
            text = io.TextIOWrapper(buffered, "latin-1")
            yield (line.encode("latin-1") for line in text)
        else:
            yield iter(buffered)


def _only_table(path: Path, file: io.BufferedIOBase, stack: ExitStack) -> io.BufferedIOBase:
    """Open the one table in a zip archive."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        names = [
            name
            for name in archive.namelist()
            if name.lower().endswith((".csv", ".tsv", ".txt")) and not name.startswith("__MACOSX/")
        ]
        if len(names) == 1:
            return archive.open(names[0])  # type: ignore[return-value]
    except (EOFError, OSError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        # RuntimeError: it is encrypted, or packed in a way that this Python lacks.
        raise ValueError(f"{path}: the archive cannot be opened: {error}") from None
    held = ", ".join(names) or "none"
    raise ValueError(f"{path}: an archive of one table is wanted; this one holds {held}")


def _delimiter(heading: bytes) -> str:
    """Return what parts the columns; spreadsheets of some countries write semicolons."""
    return max(",;\t", key=lambda one: heading.count(one.encode()))


def _split(record: bytes, delimiter: str) -> list[str]:
    """Return the cells of a row; those up to the first line break that stands in no cell."""
    return next(csv.reader(io.StringIO(_decoded(record), newline=""), delimiter=delimiter), [])


def _decoded(cell: bytes) -> str:
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.decode("cp1252", "replace")
