"""The files of an index: a graph, its nodes, and a manifest that vouches for both.

All of it can be made again from the store, so nothing is trusted that is not proved: a
damaged graph may crash the process that loads it. The manifest names the two files, their
lengths and checksums, and what they were made with; it is put in place last, so that a
crash leaves the old index or the new one.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from crystalviz.store.index.building import Base
from crystalviz.store.index.graph import SPACES, Graph, hnswlib
from crystalviz.store.index.settings import Settings
from crystalviz.store.index.tuning import Dynamic, Tuning

FOLDER = "index"
_FORMAT = 1
_MANIFEST, _GRAPH, _NODES = ".json", ".hnsw", ".nodes"
_BLOCK = 1 << 22
_LONGEST_MANIFEST = 1 << 16


class UnusableError(Exception):
    """A file is missing, damaged, or was made for something else; the text says which and how."""


class NoGraphError(Exception):
    """It was found before that exact search is better; `args` are why, and for how many vectors."""


class IndexFiles:
    """Where the index of one vector of a collection, or of one of its tenants, is kept.

    Parameters
    ----------
    folder : Path
        The store's.
    collection_id, tenant, name
        Whose vectors.
    """

    def __init__(self, folder: Path, collection_id: int, tenant: str, name: str) -> None:
        self._folder = folder / FOLDER
        self._stem = stem(collection_id, tenant, name)

    @property
    def manifest(self) -> Path:
        """The file that names the others."""
        return self._folder / f"{self._stem}{_MANIFEST}"

    def load(self, settings: Settings, dimension: int) -> Base:
        """Return the saved graph, after every byte of it was checked.

        Raises
        ------
        UnusableError
            When there is none, or not one for these settings.
        NoGraphError
            When exact search was found to be better.
        """
        told = _read_manifest(self.manifest)
        expected = _made_for(settings, dimension)
        if {key: told.get(key) for key in expected} != expected:
            raise UnusableError(f"{self.manifest}: made with other settings")
        if "refused" in told:
            raise NoGraphError(str(told["refused"]), int(told["count"]))
        try:
            nodes_file = _checked(self._folder, told["nodes_file"])
            graph_file = _checked(self._folder, told["graph_file"])
            prints, found = _read_nodes(nodes_file, int(told["nodes"]))
            index = hnswlib().Index(SPACES[settings.distance], dimension)
            index.load_index(str(graph_file))
            if index.get_current_count() != len(prints):
                raise UnusableError(f"{graph_file}: another number of nodes than its manifest's")
            tuning = _tuning(told["tuning"])
        except (KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
            raise UnusableError(f"{self.manifest}: not usable ({error})") from error
        graph = Graph(index, settings.distance, settings.parameters, prints, found, tuning)
        return Base(graph, graph_file)

    def verified(self, graph: Graph) -> Path | None:
        """Return the file of this very graph, checked again, or None."""
        try:
            told = _read_manifest(self.manifest)
            _, found = _read_nodes(_checked(self._folder, told["nodes_file"]), int(told["nodes"]))
            same = told["prints"] == _digest_of(graph.prints) and len(found) == len(graph)
            return _checked(self._folder, told["graph_file"]) if same else None
        except (UnusableError, KeyError, TypeError, ValueError, OSError):
            return None

    def save(self, graph: Graph, settings: Settings, dimension: int, position: Any) -> None:
        """Put a graph on the disk, in the place of the one that is there.

        Raises
        ------
        OSError
            When the disk refuses; the old files are as they were.
        """
        self._folder.mkdir(exist_ok=True)
        mark = uuid4().hex[:12]
        files = {
            kind: self._folder / f"{self._stem}.{mark}{ending}"
            for kind, ending in (("graph_file", _GRAPH), ("nodes_file", _NODES))
        }
        try:
            graph.index.save_index(str(files["graph_file"]))
            # hnswlib does not look whether its writes succeed.
            if files["graph_file"].stat().st_size != graph.index.index_file_size():
                raise OSError(f"{files['graph_file']}: the disk is full")
            with open(files["nodes_file"], "wb") as file:
                np.save(file, graph.prints, allow_pickle=False)
                np.save(file, graph.found, allow_pickle=False)
            told = {
                **_made_for(settings, dimension),
                "nodes": len(graph),
                "prints": _digest_of(graph.prints),
                "position": position,
                "tuning": asdict(graph.tuning),
                **{kind: _describe(path) for kind, path in files.items()},
            }
            for path in files.values():
                _sync(path)
            self._write_manifest(told)
        except BaseException:
            for path in files.values():
                path.unlink(missing_ok=True)
            raise
        self._remove_others({path.name for path in files.values()} | {self.manifest.name})

    def save_refusal(self, why: str, count: int, settings: Settings, dimension: int) -> None:
        """Keep that exact search is better for these `count` vectors, in the graph's place.

        Raises
        ------
        OSError
            When the disk refuses.
        """
        self._folder.mkdir(exist_ok=True)
        self._write_manifest({**_made_for(settings, dimension), "refused": why, "count": count})
        self._remove_others({self.manifest.name})

    def _write_manifest(self, told: dict[str, Any]) -> None:
        told = {"format": _FORMAT, **told}
        temporary = self.manifest.with_name(f"{self._stem}.{uuid4().hex[:12]}.tmp")
        try:
            temporary.write_text(json.dumps({**told, "checksum": _checksum(told)}, indent=1))
            _sync(temporary)
            os.replace(temporary, self.manifest)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)

    def _remove_others(self, kept: Collection[str]) -> None:
        for path in self._folder.glob(f"{self._stem}.*"):
            if path.name not in kept:
                with suppress(OSError):
                    # Windows keeps a file that another process reads; the next save removes it.
                    path.unlink()


def stem(collection_id: int, tenant: str, name: str) -> str:
    """Return how the files of an index begin; short, whatever the names are."""
    names = f"{tenant}\0{name}".encode("utf-8", "surrogatepass")
    return f"{collection_id}-{blake2b(names, digest_size=8).hexdigest()}"


def purge(folder: Path, collection_ids: Iterable[int]) -> None:
    """Remove the indexes of collections of a store that were deleted."""
    for one in collection_ids:
        for path in (folder / FOLDER).glob(f"{one}-*"):
            with suppress(OSError):
                path.unlink()


def check(folder: Path) -> list[str]:
    """Return what is damaged among the indexes of a store; they are made again when needed."""
    wrong = []
    for manifest in sorted((folder / FOLDER).glob(f"*{_MANIFEST}")):
        try:
            told = _read_manifest(manifest)
            for kind in () if "refused" in told else ("nodes_file", "graph_file"):
                _checked(manifest.parent, told[kind])
        except (UnusableError, KeyError, TypeError, OSError) as error:
            wrong.append(f"index: {error}. It is built again when it is needed")
    return wrong


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            text = file.read(_LONGEST_MANIFEST)
        told = json.loads(text)
        checksum = told.pop("checksum")
        sound = checksum == _checksum(told) and told["format"] == _FORMAT
    except FileNotFoundError:
        raise UnusableError("there is no saved index") from None
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise UnusableError(f"{path}: not readable ({error})") from error
    if not sound:
        raise UnusableError(f"{path}: damaged, or of another version")
    return dict(told)


def _checked(folder: Path, told: dict[str, Any]) -> Path:
    """Return a file that is what the manifest says."""
    path = folder / Path(told["name"]).name
    if not path.is_file() or _describe(path) != told:
        raise UnusableError(f"{path}: missing, or not as it was written")
    return path


def _made_for(settings: Settings, dimension: int) -> dict[str, Any]:
    return {
        "space": SPACES[settings.distance],
        "distance": settings.distance,
        "dimension": dimension,
        "parameters": asdict(settings.parameters),
        "ef": settings.ef,
        "dynamic": asdict(settings.dynamic),
    }


def _tuning(told: dict[str, Any]) -> Tuning:
    dynamic = told["dynamic"]
    return Tuning(**{**told, "dynamic": None if dynamic is None else Dynamic(**dynamic)})


def _read_nodes(path: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    with open(path, "rb") as file:
        prints = np.load(file, allow_pickle=False)
        found = np.load(file, allow_pickle=False)
    if prints.shape != (count, 2) or found.shape != (count,):
        raise UnusableError(f"{path}: not of {count} nodes")
    return prints, found.astype(bool)


def _digest_of(prints: np.ndarray) -> str:
    return blake2b(np.ascontiguousarray(prints).data, digest_size=16).hexdigest()


def _describe(path: Path) -> dict[str, Any]:
    digest = blake2b(digest_size=32)
    size = 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"name": path.name, "bytes": size, "blake2b": digest.hexdigest()}


def _checksum(told: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(told, sort_keys=True).encode())


def _sync(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
