"""A graph of neighbours to and from the seed's two files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystalviz.store.files.seed_format import (
    LINKS,
    NODES,
    SeedFileError,
    read_seed,
)
from crystalviz.store.files.seed_writing import seed_links, seed_node, write_seed_file
from crystalviz.store.identity import generate_uuid5
from crystalviz.store.neighbors import SAVED_LINK

if TYPE_CHECKING:
    from crystalviz.graph.neighbors import NeighborGraph

_CLUSTER = "kmeans_pca_cluster"


def to_seed_json(
    graph: NeighborGraph, folder: str | os.PathLike[str] | None = None
) -> dict[str, list[Any]]:
    """See `NeighborGraph.to_seed_json`."""
    nodes = [
        seed_node(name, str(known.get("id") or generate_uuid5(name)), known.get(_CLUSTER))
        for name, known in graph.nodes.items()
    ]
    links = seed_links(
        nodes, ((a, b, edge["distance"]) for (a, b), edge in graph.edges.items()), graph.selected
    )
    if folder is not None:
        write_seed_file(Path(folder) / NODES, nodes)
        write_seed_file(Path(folder) / LINKS, links)
    return {"nodes": nodes, "links": links}


def from_seed_json(graph: NeighborGraph, nodes: Any, links: Any = None) -> NeighborGraph:
    """Fill an empty graph; see `NeighborGraph.from_seed_json`."""
    if isinstance(nodes, dict):
        nodes, links = nodes["nodes"], nodes["links"] if links is None else links
    if isinstance(nodes, str | os.PathLike) and Path(nodes).is_dir():
        folder = Path(nodes)
        nodes, links = folder / NODES, folder / LINKS if links is None else links
    seed = read_seed(nodes=nodes, links=links)
    if seed.problems:
        more = f" (and {len(seed.problems) - 1} more)" if len(seed.problems) > 1 else ""
        raise SeedFileError(f"{seed.problems[0]}{more}. Correct the file, or take the row out")
    for image in seed.images.values():
        known = {"id": str(image.uuid), **image.properties}
        graph.nodes[image.image_id] = {n: v for n, v in known.items() if n != "image_id"}
    for link in seed.links:
        graph.link(link.source, link.target, 1.0 - link.distance, link.distance, SAVED_LINK)
    return graph
