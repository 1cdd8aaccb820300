"""Records of single images: what the picture itself tells, and what a model saw in it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from crystalviz.records.database import AnalysisFolderError, Database

# SQLite's limit on the `?` of one statement was 999 for a long time.
_PER_QUERY = 500


@dataclass(frozen=True)
class PictureRecord:
    """What one picture tells without any model.

    Attributes
    ----------
    width, height : int
        Native size in pixels.
    entropy : float
        Shannon entropy, bits per pixel.
    tile_width, tile_height : int
    signature : bytes
        The packed scene signature.
    histogram : bytes
        256 little-endian int64 counts.
    tile, picture : bytes
        WebP files; the longest side is at most 128 and 512 pixels.
    appearance : bytes
        46 little-endian float32 (`crystalviz.models.appearance`); empty in files of format 1.
    """

    width: int
    height: int
    entropy: float
    tile_width: int
    tile_height: int
    signature: bytes
    histogram: bytes
    tile: bytes
    picture: bytes
    appearance: bytes = b""

    def checksum(self) -> int:
        """CRC-32 of all that is stored."""
        head = f"{self.width} {self.height} {self.entropy!r} {self.tile_width} {self.tile_height}"
        parts = (self.signature, self.histogram, self.tile, self.picture, self.appearance)
        return _crc(head.encode(), *parts)


@dataclass(frozen=True)
class PassRecord:
    """What one forward pass of one model gave for one picture.

    Attributes
    ----------
    probability : float or None
        Of the positive class (of the predicted one where there are more than two); None for a
        model without a classification head.
    vector : ndarray, shape (d,), float32
    map : ndarray, shape (h, w), float32
        Class activation map, 0 to 1.
    class_probability : ndarray, shape (K,), float32, or None
        Of each class; None without a head, and in records of files of format 1.
    """

    probability: float | None
    vector: np.ndarray
    map: np.ndarray
    class_probability: np.ndarray | None = None

    def checksum(self) -> int:
        """CRC-32 of all that is stored."""
        head = f"{self.probability!r} {self.map.shape}"
        parts = [head.encode(), _bytes(self.vector), _bytes(self.map)]
        # Nothing is added without it, so that the checksums of format 1 stay true.
        if self.class_probability is not None:
            parts.append(_bytes(self.class_probability))
        return _crc(*parts)


def add_records(
    database: Database,
    fingerprint: str,
    pictures: Sequence[tuple[str, PictureRecord]],
    passes: Sequence[tuple[str, PassRecord]],
) -> None:
    """Write the records of one batch; when this returns they are on the disk."""
    with database.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO pictures VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    content,
                    record.checksum(),
                    record.width,
                    record.height,
                    record.entropy,
                    record.tile_width,
                    record.tile_height,
                    record.signature,
                    record.histogram,
                    record.tile,
                    record.picture,
                    record.appearance,
                )
                for content, record in pictures
            ],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO passes VALUES (?,?,?,?,?,?,?,?,?)",
            [
                (
                    content,
                    fingerprint,
                    record.checksum(),
                    record.probability,
                    *record.map.shape,
                    _bytes(record.vector),
                    _bytes(record.map),
                    None if record.class_probability is None else _bytes(record.class_probability),
                )
                for content, record in passes
            ],
        )


def intact_pictures(database: Database, contents: Iterable[str]) -> set[str]:
    """Return those of `contents` whose picture record is whole and has its checksum.

    Those of files of format 1 lack the appearance, so they are made again with the next pass.
    """
    found = set()
    for chunk in _chunks(contents):
        query = f"SELECT * FROM pictures WHERE content IN ({_marks(chunk)})"
        with database.reading() as connection:
            for content, checksum, *values in connection.execute(query, chunk):
                record = _picture(values)
                if record.appearance and record.checksum() == checksum:
                    found.add(content)
    return found


def _picture(values: Sequence[Any]) -> PictureRecord:
    # The last is null after a migration, and not there in a file of format 1 that is only read.
    return PictureRecord(*(value for value in values if value is not None))


def intact_passes(database: Database, fingerprint: str, contents: Iterable[str]) -> set[str]:
    """Return those of `contents` whose pass record is there and has its checksum."""
    return {content for content, _ in read_passes(database, fingerprint, contents)}


def read_passes(
    database: Database, fingerprint: str, contents: Iterable[str]
) -> Iterator[tuple[str, PassRecord]]:
    """Yield the intact pass records of `contents`, in no given order."""
    for chunk in _chunks(contents):
        with database.reading() as connection:
            # Asked each time: another process may bring the file to the new format meanwhile.
            shares = "class_probability" if database.format() > 1 else "NULL"
            query = (
                "SELECT content, checksum, probability, map_height, map_width, vector, map, "
                f"{shares} FROM passes WHERE fingerprint = ? AND content IN ({_marks(chunk)})"
            )
            rows = connection.execute(query, (fingerprint, *chunk)).fetchall()
        for content, checksum, probability, height, width, vector, cam, of_classes in rows:
            # A damaged length must not stop the others from being read.
            if len(vector) % 4 or len(cam) != 4 * height * width or len(of_classes or b"") % 4:
                continue
            record = PassRecord(
                probability,
                np.frombuffer(vector, "<f4"),
                np.frombuffer(cam, "<f4").reshape(height, width),
                None if of_classes is None else np.frombuffer(of_classes, "<f4"),
            )
            if record.checksum() == checksum:
                yield content, record


def read_signatures(
    database: Database, contents: Iterable[str]
) -> Iterator[tuple[str, float, bytes]]:
    """Yield (content, entropy, packed scene signature), in no given order."""
    for chunk in _chunks(contents):
        query = (
            f"SELECT content, entropy, signature FROM pictures WHERE content IN ({_marks(chunk)})"
        )
        with database.reading() as connection:
            rows = connection.execute(query, chunk).fetchall()
        yield from rows


def read_appearances(
    database: Database, contents: Iterable[str]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (content, appearance (46,) float32) where it is known, in no given order."""
    for chunk in _chunks(contents):
        query = f"SELECT content, appearance FROM pictures WHERE content IN ({_marks(chunk)})"
        with database.reading() as connection:
            rows = connection.execute(query, chunk).fetchall() if database.format() > 1 else []
        for content, packed in rows:
            if packed:
                yield content, np.frombuffer(packed, "<f4")


def read_sizes(
    database: Database, contents: Iterable[str]
) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    """Return (width, height) of the image and of its tile for each of `contents`.

    Raises
    ------
    AnalysisFolderError
        If one is missing.
    """
    sizes = {}
    wanted = list(contents)
    for chunk in _chunks(wanted):
        query = (
            "SELECT content, width, height, tile_width, tile_height FROM pictures "
            f"WHERE content IN ({_marks(chunk)})"
        )
        with database.reading() as connection:
            for content, width, height, tile_width, tile_height in connection.execute(query, chunk):
                sizes[content] = ((width, height), (tile_width, tile_height))
    if len(sizes) < len(set(wanted)):
        raise _not_intact(database, "missing")
    return sizes


def read_picture(database: Database, content: str) -> PictureRecord:
    """Return one picture record.

    Raises
    ------
    AnalysisFolderError
        If it is missing or damaged.
    """
    with database.reading() as connection:
        row = connection.execute("SELECT * FROM pictures WHERE content = ?", (content,)).fetchone()
    record = _picture(row[2:]) if row else None
    if record is None or record.checksum() != row[1]:
        raise _not_intact(database, "damaged" if record else "missing")
    return record


def copy_records(source: Database, target: Database, contents: Sequence[str]) -> None:
    """Copy all records of `contents` from one file to another that lacks them."""
    for table in ("pictures", "passes"):
        for chunk in _chunks(contents):
            marks = _marks(chunk)
            with source.reading() as connection:
                cursor = connection.execute(
                    f"SELECT * FROM {table} WHERE content IN ({marks})", chunk
                )
                rows = cursor.fetchall()
                # By name: a file that is only read may be of an older format.
                columns = [column[0] for column in cursor.description]
            if rows:
                with target.transaction() as connection:
                    connection.executemany(
                        f"INSERT OR REPLACE INTO {table} ({','.join(columns)}) "
                        f"VALUES ({_marks(columns)})",
                        rows,
                    )


def _not_intact(database: Database, state: str) -> AnalysisFolderError:
    return AnalysisFolderError(
        f"a picture in {database.path} is {state}; analyze the images again into this folder, "
        "which computes only what is not intact"
    )


def _crc(*parts: bytes) -> int:
    value = 0
    for part in parts:
        value = zlib.crc32(part, value)
    return value


def _bytes(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, "<f4").tobytes()


def _chunks(items: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(dict.fromkeys(items))
    while chunk := list(islice(iterator, _PER_QUERY)):
        yield chunk


def _marks(chunk: Sequence[str]) -> str:
    return ",".join("?" * len(chunk))
