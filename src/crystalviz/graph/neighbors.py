"""The graph of nearest neighbours: undirected, weighted by similarity, growing click by click."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crystalviz._wording import counted
from crystalviz.graph.sources import Neighbor, NeighborSource, as_source

if TYPE_CHECKING:
    import networkx

K = 5
"""Neighbours of an image where nothing is said, as in the seed."""

Pair = tuple[str, str]


class NeighborGraph:
    """Images and links between those that are most alike.

    A link found from either end, or from both, is one link. What is in the graph stays as it
    is when more is added, so that a picture of it grows and never jumps.

    Parameters
    ----------
    source : Analysis or Collection, optional
        Where `add` and `merge` find neighbours.
    k : int
        Neighbours that are added with an image where nothing is said.

    Attributes
    ----------
    nodes : dict of str to dict
        By image id, in the order in which they came; what is known of each image
        (kmeans_pca_cluster, class_label, predicted_label; `id`, its uuid, from a store).
    edges : dict of (str, str) to dict
        By pair of image ids, the lesser one first: `weight`, the similarity (the cosine, -1 to 1,
        but for collections that measure otherwise), `distance`, in the metric of the source
        (1 - cosine), and `found_by` ("exact", "hnsw", "weaviate" or "saved link").
    selected : str or None
        The image that was added last.
    k : int

    Examples
    --------
    >>> graph = cz.neighbor_graph(analysis, images=[])  # doctest: +SKIP
    >>> graph.merge("pg/PG (1).png")  # a click: the image and its 5 neighbours  # doctest: +SKIP
    """

    def __init__(self, source: Any = None, k: int = K) -> None:
        self._source: NeighborSource | None = None if source is None else as_source(source)
        self.k = _count(k)
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: dict[Pair, dict[str, Any]] = {}
        self.selected: str | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    def __bool__(self) -> bool:
        # A graph without images is a graph.
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self.nodes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NeighborGraph):
            return NotImplemented
        return self.nodes == other.nodes and self.edges == other.edges

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        where = f" of {self._source.name}" if self._source else ""
        return (
            f"<NeighborGraph{where}: {counted(len(self.nodes), 'image')}, "
            f"{counted(len(self.edges), 'link')}, found by {self.found_by or 'nothing yet'}>"
        )

    @property
    def found_by(self) -> str:
        """How the links were found, in words: e.g. "exact" or "exact (50), saved link (2)"."""
        counts: dict[str, int] = {}
        for edge in self.edges.values():
            how = edge.get("found_by", "unknown")
            counts[how] = counts.get(how, 0) + 1
        if len(counts) < 2:
            return "".join(counts)
        return ", ".join(f"{how} ({count:,})" for how, count in sorted(counts.items()))

    # -- growing -------------------------------------------------------------------

    def add(self, image_id: str, k: int | None = None) -> bool:
        """Add an image, its `k` nearest, and a link to each.

        Parameters
        ----------
        image_id : str
        k : int, optional
            The graph's own where nothing is said.

        Returns
        -------
        bool
            Whether anything was new.

        Raises
        ------
        KeyError
            When the source has no such image.
        ValueError
            When the graph has no source, or `k` is below 1.
        """
        source = self._require_source()
        before = len(self.nodes) + len(self.edges)
        found = source.neighbors(image_id, self.k if k is None else _count(k))
        self._join(image_id, found)
        self.selected = image_id
        return len(self.nodes) + len(self.edges) > before

    def merge(self, other: str | Iterable[str] | NeighborGraph) -> NeighborGraph:
        """Add an image with its neighbours, several of them, or everything of another graph.

        What both have stays as it is here. An image or link that is there already changes
        nothing.

        Parameters
        ----------
        other : str, iterable of str, or NeighborGraph

        Returns
        -------
        NeighborGraph
            This one.
        """
        if isinstance(other, NeighborGraph):
            for image_id, attributes in other.nodes.items():
                self.nodes.setdefault(image_id, {}).update(
                    {n: v for n, v in attributes.items() if n not in self.nodes[image_id]}
                )
            for pair, edge in other.edges.items():
                self.edges.setdefault(pair, dict(edge))
            self.selected = other.selected or self.selected
            return self
        for image_id in (other,) if isinstance(other, str) else other:
            self.add(image_id)
        return self

    def add_all(self, k: int | None = None) -> NeighborGraph:
        """Add every image of the source with links to its `k` nearest, and return this graph."""
        source = self._require_source()
        joined = list(source.all_neighbors(self.k if k is None else _count(k)))
        # Nodes first, so that their order is that of the source.
        for image_id, _ in joined:
            self._node(image_id)
        for image_id, found in joined:
            self._join(image_id, found)
        return self

    def clear(self) -> None:
        """Take away every image and link; the next one added starts the graph again."""
        self.nodes.clear()
        self.edges.clear()
        self.selected = None

    def link(self, a: str, b: str, weight: float, distance: float, found_by: str) -> bool:
        """Add one link, and the two images where they are missing; return whether it was new.

        Raises
        ------
        ValueError
            When both ends are the same image.
        """
        if a == b:
            raise ValueError(f"{a!r} cannot be linked with itself")
        self._node(a)
        self._node(b)
        pair = (a, b) if a < b else (b, a)
        if pair in self.edges:
            return False
        self.edges[pair] = {"weight": weight, "distance": distance, "found_by": found_by}
        return True

    # -- asking --------------------------------------------------------------------

    def neighbors(self, image_id: str) -> list[tuple[str, float]]:
        """Return the images that one is linked with, and the weights, most alike first.

        Raises
        ------
        KeyError
            When the image is not in the graph.
        """
        if image_id not in self.nodes:
            raise KeyError(f"{image_id!r} is not in the graph: add it with graph.add")
        found = [
            (a if b == image_id else b, edge["weight"])
            for (a, b), edge in self.edges.items()
            if image_id in (a, b)
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    # -- other shapes --------------------------------------------------------------

    def to_networkx(self) -> networkx.Graph:
        """Return the graph for NetworkX: nodes are image ids, edges carry `weight` and `distance`.

        Raises
        ------
        MissingDependencyError
            When networkx is not installed.
        """
        from crystalviz.graph.networkx_graph import to_networkx

        return to_networkx(self)

    @classmethod
    def from_networkx(cls, graph: Any, source: Any = None, k: int = K) -> NeighborGraph:
        """Return the graph that a NetworkX graph is; of two directions one link is made.

        Parameters
        ----------
        graph : networkx.Graph or DiGraph
            Nodes are image ids, edges have `weight` (similarity) or `distance` (1 - similarity).
        source, k
            As for the class.

        Raises
        ------
        ValueError
            When a node is no text, or an edge has neither weight nor distance.
        """
        from crystalviz.graph.networkx_graph import from_networkx

        return from_networkx(cls(source, k), graph)

    def to_seed_json(self, folder: str | os.PathLike[str] | None = None) -> dict[str, list[Any]]:
        """Return the graph as the seed saves it, and write it where a folder is given.

        Parameters
        ----------
        folder : path, optional
            Gets `fdg_nodes.json` and `fdg_links.json`.

        Returns
        -------
        dict
            "nodes": `id` (uuid), `image_id`, `cluster`; "links": `source` and `target` (such
            nodes, with `isCenter` and `index`), `distance`, `weight` (the seed's,
            1 / (distance + 1e-6)), `index`.
        """
        from crystalviz.graph.seed import to_seed_json

        return to_seed_json(self, folder)

    @classmethod
    def from_seed_json(
        cls, nodes: Any, links: Any = None, source: Any = None, k: int = K
    ) -> NeighborGraph:
        """Return the graph of the seed's `fdg_nodes.json` and `fdg_links.json`.

        Parameters
        ----------
        nodes : path, list or dict
            The file or its rows; a folder with both files; or what `to_seed_json` returns.
        links : path or list, optional
            The file or its rows, with uuids or whole nodes as endpoints.
        source, k
            As for the class.

        Raises
        ------
        SeedFileError
            When a file cannot be read, or a row is damaged: which one, and why.
        """
        from crystalviz.graph.seed import from_seed_json

        return from_seed_json(cls(source, k), nodes, links)

    def _require_source(self) -> NeighborSource:
        if self._source is None:
            raise ValueError(
                "this graph has no source to find neighbours in: make it with "
                "cz.neighbor_graph(analysis), or give source="
            )
        return self._source

    def _node(self, image_id: str) -> None:
        if image_id not in self.nodes:
            self.nodes[image_id] = self._attributes(image_id)

    def _attributes(self, image_id: str) -> dict[str, Any]:
        if self._source is None:
            return {}
        try:
            return self._source.attributes(image_id)
        except KeyError:
            # A saved link may lead to an image that is no longer there.
            return {}

    def _join(self, image_id: str, found: Iterable[Neighbor]) -> None:
        self._node(image_id)
        for other in found:
            self.link(image_id, other.image_id, other.similarity, other.distance, other.found_by)


def neighbor_graph(source: Any, k: int = K, images: Sequence[str] | None = None) -> NeighborGraph:
    """Return the graph of the images that are most alike.

    Parameters
    ----------
    source : Analysis or Collection
        Of a collection, of a folder or a server, images without a vector are linked by their
        saved links (see `crystalviz.store.import_seed`), and `found_by` says so.
    k : int
        Neighbours of each image. An image may have more links: those of images that it is a
        neighbour of.
    images : sequence of str, optional
        Only these images and their neighbours; every image where nothing is said. With [] the
        graph is empty and grows with `add` and `merge`, as the seed's with every click.

    Raises
    ------
    KeyError
        When there is no image of that name.
    ValueError
        When `k` is below 1.
    """
    graph = NeighborGraph(source, k)
    return graph.add_all() if images is None else graph.merge(images)


def _count(k: Any) -> int:
    if isinstance(k, bool) or int(k) != k or k < 1:
        raise ValueError(f"k must be a whole number from 1 up, not {k!r}")
    return int(k)
