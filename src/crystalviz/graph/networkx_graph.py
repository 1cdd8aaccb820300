"""A graph of neighbours to and from NetworkX."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crystalviz._optional import require

if TYPE_CHECKING:
    from crystalviz.graph.neighbors import NeighborGraph


def to_networkx(graph: NeighborGraph) -> Any:
    """See `NeighborGraph.to_networkx`."""
    networkx = require("networkx", "graph", "NeighborGraph.to_networkx")
    made = networkx.Graph()
    made.add_nodes_from((name, dict(attributes)) for name, attributes in graph.nodes.items())
    made.add_edges_from((a, b, dict(edge)) for (a, b), edge in graph.edges.items())
    return made


def from_networkx(graph: NeighborGraph, given: Any) -> NeighborGraph:
    """Fill an empty graph; see `NeighborGraph.from_networkx`."""
    for name, attributes in given.nodes(data=True):
        if not isinstance(name, str):
            raise ValueError(
                f"node {name!r} is no text: relabel the nodes with image ids "
                "(networkx.relabel_nodes)"
            )
        graph.nodes[name] = dict(attributes)
    for a, b, edge in given.edges(data=True):
        if a == b:
            continue
        weight, distance = _likeness(a, b, edge)
        if graph.link(a, b, weight, distance, edge.get("found_by", "networkx")):
            pair = (a, b) if a < b else (b, a)
            graph.edges[pair] = {**edge, **graph.edges[pair]}
    return graph


def _likeness(a: str, b: str, edge: Any) -> tuple[float, float]:
    weight, distance = edge.get("weight"), edge.get("distance")
    if weight is None and distance is None:
        raise ValueError(
            f"the edge {a!r} to {b!r} has neither weight (similarity) nor distance (1 - similarity)"
        )
    pair = (
        1.0 - float(distance) if weight is None else float(weight),
        1.0 - float(weight) if distance is None else float(distance),
    )
    if not all(map(math.isfinite, pair)):
        raise ValueError(f"the edge {a!r} to {b!r} has a weight that is not finite")
    return pair
