"""Which images are most alike, as a graph that grows with every image looked at."""

from crystalviz.graph.neighbors import NeighborGraph, neighbor_graph

__all__ = ["NeighborGraph", "neighbor_graph"]
