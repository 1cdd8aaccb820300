"""Where a graph gets neighbours from: an analysis, or a collection of a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from crystalviz.images.files import natural_key
from crystalviz.store.neighbors import CollectionNeighbors, similarity

SHOWN = ("kmeans_pca_cluster", "class_label", "predicted_label")
"""What a node says of its image, where the source knows it."""


class Neighbor(NamedTuple):
    """A neighbour of an image as a source finds it."""

    image_id: str
    similarity: float
    distance: float
    found_by: str


class NeighborSource(Protocol):
    """What a graph asks."""

    name: str
    """Of the analysis or collection, in words."""

    def image_ids(self) -> list[str]:
        """Return every image, in natural order."""
        ...

    def attributes(self, image_id: str) -> dict[str, Any]:
        """Return what a node says of its image; KeyError when there is none."""
        ...

    def neighbors(self, image_id: str, k: int) -> list[Neighbor]:
        """Return the `k` images most alike, nearest first; KeyError when there is none."""
        ...

    def all_neighbors(self, k: int) -> Iterator[tuple[str, list[Neighbor]]]:
        """Return the neighbours of every image, in the order of `image_ids`."""
        ...


def as_source(given: Any) -> NeighborSource:
    """Return the source that an analysis or a collection is.

    Raises
    ------
    TypeError
        When it is neither.
    """
    if hasattr(given, "all_neighbors"):
        source: NeighborSource = given
        return source
    if hasattr(given, "table") and hasattr(given, "neighbors"):
        return AnalysisSource(given)
    if hasattr(given, "query") and hasattr(given, "iterator"):
        return CollectionSource(given)
    raise TypeError(
        "a graph needs an analysis (cz.analyze, cz.load_analysis) or a collection "
        f"(client.collections.use), not {type(given).__name__}"
    )


class AnalysisSource:
    """Neighbours of an `Analysis`: exact, by cosine similarity."""

    def __init__(self, analysis: Any) -> None:
        self._analysis = analysis
        self.name = f"the analysis of {analysis.title}"
        table = analysis.table
        self._ids = [str(name) for name in table["image_id"]]
        self._rows = {name: row for row, name in enumerate(self._ids)}
        self._columns = {name: table[name].tolist() for name in SHOWN if name in table}

    def image_ids(self) -> list[str]:
        """Return every image, in the order of the table."""
        return list(self._ids)

    def attributes(self, image_id: str) -> dict[str, Any]:
        """Return group and labels of an image."""
        row = self._rows.get(image_id)
        if row is None:
            # The analysis names the nearest ids in its error.
            row = self._analysis.row(image_id)
        return _present({name: column[row] for name, column in self._columns.items()})

    def neighbors(self, image_id: str, k: int) -> list[Neighbor]:
        """Return the `k` images most alike."""
        return [
            Neighbor(found.image_id, found.similarity, found.distance, "exact")
            for found in self._analysis.neighbors(image_id, k)
        ]

    def all_neighbors(self, k: int) -> Iterator[tuple[str, list[Neighbor]]]:
        """Return the neighbours of every image."""
        kept = self._analysis.neighbor_indices, self._analysis.neighbor_similarity
        if k > kept[0].shape[1]:
            from crystalviz.clustering.neighbors import nearest_neighbors

            kept = nearest_neighbors(self._analysis.vectors, k)
        yield from _by_rows(self._ids, kept[0][:, :k], kept[1][:, :k])


class CollectionSource:
    """Neighbours of a collection: by vectors, and by saved links where an image has none."""

    def __init__(self, collection: Any) -> None:
        self._search = CollectionNeighbors(collection)
        self.name = f"the collection {collection.name}"
        self._known: dict[str, dict[str, Any]] = {}

    def image_ids(self) -> list[str]:
        """Return every image, in natural order of the names."""
        ids = []
        for item in self._search.images():
            name = self._search.image_id(item)
            ids.append(name)
            self._known[name] = _shown(item)
        return sorted(ids, key=natural_key)

    def attributes(self, image_id: str) -> dict[str, Any]:
        """Return uuid, group and labels of an image."""
        if image_id not in self._known:
            self._known[image_id] = _shown(self._search.find(image_id))
        return dict(self._known[image_id])

    def neighbors(self, image_id: str, k: int) -> list[Neighbor]:
        """Return the `k` images most alike."""
        return [Neighbor(*found[:4]) for found in self._search.of(image_id, k)]

    def all_neighbors(self, k: int) -> Iterator[tuple[str, list[Neighbor]]]:
        """Return the neighbours of every image.

        Where vectors are compared by their angle, all of them are read once and compared at
        once, exactly; that is faster than to ask for every image.
        """
        if self._search.metric != "cosine":
            for name in self.image_ids():
                yield name, self.neighbors(name, k)
            return
        vectors: dict[str, np.ndarray] = {}
        bare = []
        for item in self._search.images(include_vector=True):
            name = self._search.image_id(item)
            self._known[name] = _shown(item)
            vector = item.vector.get(self._search.vector_name, ())
            if len(vector):
                vectors[name] = np.asarray(vector, np.float32)
            else:
                bare.append(name)
        found = dict(self._compared(vectors, k))
        for name in sorted([*vectors, *bare], key=natural_key):
            yield name, found[name] if name in found else self.neighbors(name, k)

    def _compared(
        self, vectors: dict[str, np.ndarray], k: int
    ) -> Iterator[tuple[str, list[Neighbor]]]:
        from crystalviz.clustering.neighbors import nearest_neighbors

        if vectors:
            indices, cosine = nearest_neighbors(np.stack(list(vectors.values())), k)
            yield from _by_rows(list(vectors), indices, cosine)


def _by_rows(
    ids: Sequence[str], indices: np.ndarray, cosine: np.ndarray
) -> Iterator[tuple[str, list[Neighbor]]]:
    for name, others, likeness in zip(ids, indices.tolist(), cosine.tolist(), strict=True):
        yield (
            name,
            [
                Neighbor(ids[other], value, max(0.0, similarity(value)), "exact")
                for other, value in zip(others, likeness, strict=True)
                if other >= 0
            ],
        )


def _shown(item: Any) -> dict[str, Any]:
    return {"id": str(item.uuid), **_present({n: item.properties.get(n) for n in SHOWN})}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is missing: None, and pandas' NaN."""
    return {name: value for name, value in values.items() if value is not None and value == value}
