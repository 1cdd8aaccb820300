"""Vectors to coordinates, groups and neighbours. All of it is exact and repeatable."""

from crystalviz.clustering.kmeans import k_means
from crystalviz.clustering.neighbors import ExactNeighbors, nearest_neighbors
from crystalviz.clustering.pca import Projection, principal_components

__all__ = [
    "ExactNeighbors",
    "Projection",
    "k_means",
    "nearest_neighbors",
    "principal_components",
]
