"""The seed's three JSON files into a store and out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from crystalviz._wording import counted
from crystalviz.store import classes
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.files.opening import opened_client, require_collection
from crystalviz.store.files.seed_format import (
    CRYSTALS,
    LINKS,
    NODES,
    Seed,
    SeedImage,
    SeedLink,
    SeedProblem,
    Source,
    Trimmed,
    read_seed,
)
from crystalviz.store.files.seed_writing import (
    seed_crystal,
    seed_links,
    seed_node,
    write_seed_file,
)
from crystalviz.store.identity import generate_uuid5
from crystalviz.store.neighbors import (
    IMAGE_ID,
    SAVED_DISTANCES,
    SAVED_LINK,
    SAVED_NEIGHBORS,
    CollectionNeighbors,
    saved_links_of,
)

COLLECTION = "CrystalImage"
"""The seed's class, and that of `Analysis.save`."""

_TYPES = {
    IMAGE_ID: "text",
    "class_label": "text",
    "confidence": "number",
    "image_entropy": "number",
    "image_header": "text",
    "kmeans_pca_x": "number",
    "kmeans_pca_y": "number",
    "kmeans_pca_cluster": "int",
    SAVED_NEIGHBORS: "text[]",
    SAVED_DISTANCES: "number[]",
}


@dataclass(repr=False)
class SeedImport:
    """What became of the seed's files.

    Attributes
    ----------
    collection : str
    images, links, vectors : int
        How many images and links were written, and how many of the images have a vector.
    problems : list of SeedProblem
        Rows that were set aside: file, row, cause.
    trimmed : list of Trimmed
        Texts that lost spaces at their ends.
    """

    collection: str
    images: int = 0
    links: int = 0
    vectors: int = 0
    problems: list[SeedProblem] = field(default_factory=list)
    trimmed: list[Trimmed] = field(default_factory=list)

    @property
    def neighbors(self) -> str:
        """Where the images' neighbours come from, in words."""
        if not self.vectors:
            return "saved links: there are no vectors to search"
        if self.vectors < self.images:
            rest = counted(self.images - self.vectors, "image")
            return f"vectors; saved links for {rest} without one"
        return "vectors"

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [
            f"{self.collection}: {counted(self.images, 'image')}, "
            f"{counted(self.links, 'saved link')}, {counted(self.vectors, 'vector')}",
            f"neighbours come from {self.neighbors}",
        ]
        if self.trimmed:
            lines.append(
                f"{counted(len(self.trimmed), 'text')} trimmed, the first: {self.trimmed[0]}"
            )
        if self.problems:
            lines.append(f"{counted(len(self.problems), 'row')} set aside:")
            lines.extend(f"  {problem}" for problem in self.problems)
        return "\n".join(lines)


def import_seed(
    folder_or_client: Any,
    crystals: Source | None = None,
    nodes: Source | None = None,
    links: Source | None = None,
    *,
    vectors: Any = None,
    collection: str = COLLECTION,
) -> SeedImport:
    """Write what the seed's files say into a store.

    An image that the collection has already, by its `image_id`, keeps its uuid, its vector and
    what else is known of it; so the same files may be read any number of times. The links are
    kept with their images, in the properties `saved_neighbors` and `saved_distances`.

    Parameters
    ----------
    folder_or_client : path or Client
        The store.
    crystals, nodes, links : path or list, optional
        The files, or what `json.load` gave for them. As `crystals` also a folder that has them
        under the seed's names. Links need the nodes or crystals whose ids they name.
    vectors : optional
        The seed keeps none. A dict by image id; an array (n, d) in the order of `crystals`, or
        the .npy file of one; or an `Analysis` of the pictures, whose file names are compared
        where its image ids have folders before them.
    collection : str
        Made where there is none.

    Returns
    -------
    SeedImport
        Counts, the rows set aside with their cause, the texts that were trimmed, and where the
        neighbours come from.

    Raises
    ------
    SeedFileError
        When a file is not there, is not JSON, or is no list.
    WeaviateInvalidInputError
        When the vectors do not fit the images.
    """
    seed = read_seed(crystals, nodes, links)
    given = _vectors_by_image(vectors, seed)
    with opened_client(folder_or_client) as client:
        target = _prepared(client, collection, seed)
        known = _known_images(target, set(seed.images))
        links_of: dict[str, list[SeedLink]] = {}
        for link in seed.links:
            links_of.setdefault(link.source, []).append(link)
        objects = [
            _merged(image, links_of.get(name, []), known.get(name), given.get(name))
            for name, image in seed.images.items()
        ]
        if objects:
            answer = target.data.insert_many(objects)
            for index, error in answer.errors.items():
                name = CRYSTALS if crystals is not None else NODES
                seed.problems.append(SeedProblem(name, index + 1, error.message))
            objects = [o for index, o in enumerate(objects) if index not in answer.errors]
        return SeedImport(
            target.name,
            len(objects),
            len(seed.links),
            sum(o.vector is not None for o in objects),
            seed.problems,
            seed.trimmed,
        )


def export_seed(
    source: Any,
    folder: str | os.PathLike[str],
    *,
    k: int = 5,
    collection: str = COLLECTION,
) -> list[Path]:
    """Write `crystals.json`, `fdg_nodes.json` and `fdg_links.json` as the seed has them.

    Every image is linked to its `k` nearest. Where an image has no vector, the links that were
    saved with it are written.

    Parameters
    ----------
    source : path, Client, Collection or Analysis
    folder : path
        Made where it is missing; put the files into the seed's `lib/data`.
    k : int
        Links of each image; 5 in the seed.
    collection : str
        Which one of a store.

    Returns
    -------
    list of Path
        The three files.
    """
    if hasattr(source, "table"):
        return _write(_of_analysis(source, k), Path(folder))
    if hasattr(source, "query"):
        return _write(_of_collection(source, k), Path(folder))
    with opened_client(source, read_only=True) as client:
        return _write(_of_collection(require_collection(client, collection), k), Path(folder))


# -- reading ---------------------------------------------------------------------


def _prepared(client: Any, name: str, seed: Seed) -> Any:
    """Return the collection with the properties that the seed has."""
    wanted = {n for image in seed.images.values() for n in image.properties}
    if seed.links:
        wanted |= {SAVED_NEIGHBORS, SAVED_DISTANCES}
    properties = [_property(n, kind) for n, kind in _TYPES.items() if n in wanted]
    if not client.collections.exists(name):
        return client.collections.create(
            name,
            properties=properties,
            vector_config=classes.Configure.Vectors.self_provided(),
        )
    target = client.collections.use(name)
    there = {prop.name for prop in target.config.get().properties}
    for prop in properties:
        if prop.name not in there:
            target.config.add_property(prop)
    return target


def _property(name: str, kind: str) -> classes.Property:
    # One token for the whole text: "PG (1).png" must not be found by "PG (2).png".
    tokens = classes.Tokenization.FIELD if kind.startswith("text") else None
    return classes.Property(name=name, data_type=classes.DataType(kind), tokenization=tokens)


def _known_images(target: Any, wanted: set[str]) -> dict[str, Any]:
    """Return the collection's objects of these images."""
    uuids = {}
    for item in target.iterator(return_properties=[IMAGE_ID]):
        name = item.properties.get(IMAGE_ID)
        if name in wanted:
            uuids[name] = item.uuid
    return {
        name: target.query.fetch_object_by_id(uuid, include_vector=True)
        for name, uuid in uuids.items()
    }


def _merged(
    image: SeedImage, links: Sequence[SeedLink], known: Any, vector: np.ndarray | None
) -> classes.DataObject:
    """Return an image as it is to be written; `known` is the object that is there, or None."""
    properties = dict(image.properties)
    if links:
        properties[SAVED_NEIGHBORS] = [link.target for link in links]
        properties[SAVED_DISTANCES] = [link.distance for link in links]
    if known is None:
        return classes.DataObject(properties, image.uuid, vector)
    kept = {name: value for name, value in known.properties.items() if value is not None}
    if vector is None:
        vector = known.vector or None
    return classes.DataObject({**kept, **properties}, known.uuid, vector)


def _vectors_by_image(given: Any, seed: Seed) -> dict[str, np.ndarray]:
    if given is None:
        return {}
    if isinstance(given, str | os.PathLike):
        given = np.load(Path(given), allow_pickle=False)
    if hasattr(given, "table"):
        return _analysis_vectors(given, seed)
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in seed.images]
        if unknown:
            raise WeaviateInvalidInputError(f"vectors: there is no image {unknown[0]!r}")
        return {name: np.asarray(vector, np.float32) for name, vector in given.items()}
    rows = np.asarray(given, np.float32)
    if rows.ndim != 2 or len(rows) != len(seed.images):
        raise WeaviateInvalidInputError(
            f"vectors: the array has the shape {rows.shape}, and there are "
            f"{counted(len(seed.images), 'image')}: give one row each, or a dict by image id"
        )
    return dict(zip(seed.images, rows, strict=True))


def _analysis_vectors(analysis: Any, seed: Seed) -> dict[str, np.ndarray]:
    rows: dict[str, int] = {}
    doubles = set()
    for row, name in enumerate(map(str, analysis.table["image_id"])):
        rows[name] = row
        short = PurePosixPath(name).name
        if short != name:
            if short in rows:
                doubles.add(short)
            rows[short] = row
    found = {name: rows[name] for name in seed.images if name in rows and name not in doubles}
    if not found:
        raise WeaviateInvalidInputError(
            f"vectors: the analysis of {analysis.title} has none of the seed's images, such as "
            f"{next(iter(seed.images), 'none')!r}"
        )
    return {name: analysis.vectors[row] for name, row in found.items()}


# -- writing ---------------------------------------------------------------------

_Image = tuple[str, str, dict[str, Any], list[tuple[str, float]]]


def _of_analysis(analysis: Any, k: int) -> Iterator[_Image]:
    for record in analysis.table.to_dict("records"):
        name = str(record[IMAGE_ID])
        # NaN is the one value that differs from itself.
        known = {n: v for n, v in record.items() if v is not None and v == v}
        found = [(other.image_id, other.distance) for other in analysis.neighbors(name, k)]
        yield name, generate_uuid5(name), known, found


def _of_collection(collection: Any, k: int) -> Iterator[_Image]:
    from crystalviz.images.files import natural_key

    search = CollectionNeighbors(collection)
    items = {search.image_id(item): item for item in search.images()}
    for name in sorted(items, key=natural_key):
        found = search.of(name, k)
        links = [(other.image_id, other.distance) for other in found]
        if any(other.found_by == SAVED_LINK for other in found):
            # Only those from this end, or every link would be written twice.
            links = saved_links_of(items[name].properties)
        known = {IMAGE_ID: name, **items[name].properties}
        yield name, str(items[name].uuid), known, [pair for pair in links if pair[0] in items]


def _write(images: Iterator[_Image], folder: Path) -> list[Path]:
    crystals: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    links: list[tuple[str, str, float]] = []
    for name, uuid, known, found in images:
        crystals.append(seed_crystal(uuid, known))
        nodes.append(seed_node(name, uuid, known.get("kmeans_pca_cluster")))
        links.extend((name, other, distance) for other, distance in found)
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        (folder / CRYSTALS, crystals),
        (folder / NODES, nodes),
        (folder / LINKS, seed_links(nodes, links)),
    ]
    for path, rows in written:
        write_seed_file(path, rows)
    return [path for path, _ in written]
