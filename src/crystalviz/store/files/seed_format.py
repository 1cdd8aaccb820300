"""The seed's three JSON files: `crystals.json`, `fdg_nodes.json`, `fdg_links.json`.

A file that cannot be read at all raises; a damaged row is set aside with its number and the
cause, and the others are read.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.identity import generate_uuid5

CRYSTALS, NODES, LINKS = "crystals.json", "fdg_nodes.json", "fdg_links.json"
"""The files' names in the seed's folder `lib/data`."""

LEAST_DISTANCE = 1e-6
"""The seed's `weight` of a link is 1 / (distance + this)."""

Source = str | os.PathLike[str] | Sequence[Any]
"""A file, or what `json.load` read from one."""


class SeedFileError(WeaviateInvalidInputError):
    """One of the seed's files cannot be read."""


@dataclass(frozen=True)
class SeedProblem:
    """A row that was set aside.

    Attributes
    ----------
    file : str
    row : int
        From 1, as a reader counts the entries of the file.
    cause : str
    """

    file: str
    row: int
    cause: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.cause}"


@dataclass(frozen=True)
class Trimmed:
    """A text whose spaces at the ends were taken away, as in the seed's "PG "."""

    file: str
    row: int
    field: str
    before: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.field} {self.before!r} is {self.after!r} now"

    @property
    def after(self) -> str:
        """The text as it is kept."""
        return self.before.strip()


@dataclass
class SeedImage:
    """A row of `crystals.json`, or a node of `fdg_nodes.json`.

    `uuid` is the row's `id`. An `id` that is no uuid only ties links to their nodes; the image
    then has the uuid that `generate_uuid5` gives its image id, as without an `id`.
    """

    image_id: str
    uuid: UUID
    properties: dict[str, Any]


@dataclass(frozen=True)
class SeedLink:
    """A directed link of `fdg_links.json` between two image ids; `distance` is cosine's, 0 to 2."""

    source: str
    target: str
    distance: float


@dataclass
class Seed:
    """What the three files say.

    Attributes
    ----------
    images : dict of str to SeedImage
        By image id, in the order of the files.
    links : list of SeedLink
    problems : list of SeedProblem
    trimmed : list of Trimmed
    """

    images: dict[str, SeedImage] = field(default_factory=dict)
    links: list[SeedLink] = field(default_factory=list)
    problems: list[SeedProblem] = field(default_factory=list)
    trimmed: list[Trimmed] = field(default_factory=list)


class _RowError(ValueError):
    """Why one row is set aside."""


def read_seed(
    crystals: Source | None = None, nodes: Source | None = None, links: Source | None = None
) -> Seed:
    """Read the seed's files.

    Parameters
    ----------
    crystals, nodes, links : path or list, optional
        The files, or what `json.load` gave for them. As `crystals` also a folder with all three.

    Raises
    ------
    SeedFileError
        When a file is not there, is not JSON, or is no list; when none is given.
    """
    if isinstance(crystals, str | os.PathLike) and Path(crystals).is_dir():
        folder = Path(crystals)
        found = [folder / name if (folder / name).is_file() else None for name in _NAMES]
        if not any(found):
            raise SeedFileError(f"{folder}: none of {', '.join(_NAMES)} is in this folder")
        crystals, nodes, links = (
            found[0],
            found[1] if nodes is None else nodes,
            found[2] if links is None else links,
        )
    if crystals is None and nodes is None and links is None:
        raise SeedFileError(f"give at least one of {', '.join(_NAMES)}, or their folder")
    seed = Seed()
    reader = _Reader(seed)
    reader.rows(crystals, CRYSTALS, reader.crystal)
    reader.rows(nodes, NODES, reader.node)
    reader.rows(links, LINKS, reader.link)
    return seed


_NAMES = (CRYSTALS, NODES, LINKS)


class _Reader:
    """Reads row by row into a `Seed`."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        # A node may have another id than the crystals' row of the same image.
        self._image_ids: dict[str, str] = {}
        self._file = ""
        self._row = 0
        self._seen: set[str] = set()

    def rows(self, source: Source | None, name: str, read: Callable[[Any], None]) -> None:
        if source is None:
            return
        self._file, entries = _entries(source, name)
        self._seen = set()
        for self._row, entry in enumerate(entries, 1):
            trimmed = len(self._seed.trimmed)
            try:
                if not isinstance(entry, dict):
                    raise _RowError(f"needs an object, not {type(entry).__name__}")
                read(entry)
            except _RowError as error:
                del self._seed.trimmed[trimmed:]
                self._seed.problems.append(SeedProblem(self._file, self._row, str(error)))

    def crystal(self, row: dict[str, Any]) -> None:
        image_id, uuid = self._identity(row)
        properties: dict[str, Any] = {"image_id": image_id}
        for name, value in row.items():
            if name not in ("id", "image_id") and value is not None:
                properties[name] = self._value(name, value)
        self._add(SeedImage(image_id, uuid, properties), row.get("id"))

    def node(self, row: dict[str, Any]) -> None:
        image_id, uuid = self._identity(row)
        properties: dict[str, Any] = {"image_id": image_id}
        if row.get("cluster") is not None:
            properties["kmeans_pca_cluster"] = _whole("cluster", row["cluster"])
        known = self._seed.images.get(image_id)
        if known is None:
            self._add(SeedImage(image_id, uuid, properties), row.get("id"))
            return
        self._claim(image_id, row.get("id"))
        for name, value in properties.items():
            known.properties.setdefault(name, value)

    def link(self, row: dict[str, Any]) -> None:
        source, target = (self._endpoint(row, end) for end in ("source", "target"))
        if source == target:
            raise _RowError(f"links {source!r} with itself")
        distance, weight = row.get("distance"), row.get("weight")
        if distance is None and weight is not None:
            weight = _number("weight", weight)
            if weight <= 0:
                raise _RowError(f"weight must be above 0, not {weight}")
            distance = max(0.0, 1 / weight - LEAST_DISTANCE)
        if distance is None:
            raise _RowError("has neither distance nor weight")
        distance = _number("distance", distance)
        if distance < 0:
            raise _RowError(f"distance must not be negative, not {distance}")
        self._seed.links.append(SeedLink(source, target, distance))

    def _identity(self, row: dict[str, Any]) -> tuple[str, UUID]:
        image_id = self._text("image_id", row.get("image_id"))
        if not image_id:
            raise _RowError("has no image_id")
        if image_id in self._seen:
            raise _RowError(f"image_id {image_id!r} comes a second time")
        given = row.get("id")
        if given is not None and not isinstance(given, str):
            raise _RowError(f"id must be text, not {given!r}")
        try:
            return image_id, UUID(given or generate_uuid5(image_id))
        except ValueError:
            return image_id, UUID(generate_uuid5(image_id))

    def _add(self, image: SeedImage, given: Any) -> None:
        self._claim(image.image_id, given)
        self._seed.images[image.image_id] = image

    def _claim(self, image_id: str, given: Any) -> None:
        """Keep which image an id stands for, and that the image was met in this file."""
        key = _canonical(given or generate_uuid5(image_id))
        owner = self._image_ids.setdefault(key, image_id)
        if owner != image_id:
            raise _RowError(f"id {given!r} is that of {owner!r} already")
        self._seen.add(image_id)

    def _endpoint(self, row: dict[str, Any], end: str) -> str:
        given = row.get(end)
        if given is None:
            raise _RowError(f"has no {end}")
        # D3's simulation puts the node in the place of its id once it has run.
        name = given.get("id", given.get("image_id")) if isinstance(given, dict) else given
        if not isinstance(name, str):
            raise _RowError(f"{end} names no node: {given!r}")
        image_id = self._image_ids.get(_canonical(name))
        if image_id is None and name in self._seed.images:
            image_id = name
        if image_id is None:
            raise _RowError(f"{end} {name!r} is no node of {NODES} and no row of {CRYSTALS}")
        return image_id

    def _value(self, name: str, value: Any) -> Any:
        if name in ("confidence", "image_entropy", "kmeans_pca_x", "kmeans_pca_y"):
            return _number(name, value)
        if name == "kmeans_pca_cluster":
            return _whole(name, value)
        if name in ("class_label", "image_header") or isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return _number(name, value)
        raise _RowError(f"{name} must be text, a number or true or false, not {value!r}")

    def _text(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _RowError(f"{name} must be text, not {value!r}")
        if value != value.strip():
            self._seed.trimmed.append(Trimmed(self._file, self._row, name, value))
        return value.strip()


def _entries(source: Source, name: str) -> tuple[str, list[Any]]:
    """Return the file's name, and its entries."""
    if not isinstance(source, str | os.PathLike):
        if isinstance(source, list | tuple):
            return name, list(source)
        raise SeedFileError(f"{name} must be a file or a list, not {type(source).__name__}")
    path = Path(source)
    try:
        entries = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SeedFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SeedFileError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise SeedFileError(f"{path}: is not UTF-8 text ({error})") from None
    except json.JSONDecodeError as error:
        raise SeedFileError(
            f"{path}: is not JSON (line {error.lineno}, column {error.colno}, after "
            f"{_whole_entries(path.read_text('utf-8-sig'))} whole rows: {error.msg}). "
            "Copy the file again"
        ) from None
    except RecursionError:
        raise SeedFileError(f"{path}: is nested too deeply to be one of the seed's files") from None
    if not isinstance(entries, list):
        raise SeedFileError(f"{path}: must be a list of rows, not a {type(entries).__name__}")
    return path.name, entries


def _whole_entries(text: str) -> int:
    """Return how many rows of a damaged list are whole."""
    decoder = json.JSONDecoder()
    at, count = text.find("[") + 1, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            _, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            return count
        count += 1


def _canonical(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError:
        return name


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RowError(f"{name} must be a number, not {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _RowError(f"{name} is not a finite number")
    return number


def _whole(name: str, value: Any) -> int:
    number = _number(name, value)
    if number != int(number):
        raise _RowError(f"{name} must be a whole number, not {value!r}")
    return int(number)
