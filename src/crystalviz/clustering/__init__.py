"""Vectors to coordinates, groups and neighbours. All of it is exact and repeatable."""

from crystalviz.clustering.agglomerative import agglomerative
from crystalviz.clustering.cluster import CLUSTER_METHODS, cluster
from crystalviz.clustering.compare import ClusteringComparison, compare_clusterings
from crystalviz.clustering.density import DensityGroups, hdbscan
from crystalviz.clustering.gaussian_mixture import Mixture, gaussian_mixture
from crystalviz.clustering.kmeans import k_means
from crystalviz.clustering.neighbors import ExactNeighbors, nearest_neighbors
from crystalviz.clustering.pca import Projection, principal_components
from crystalviz.clustering.stability import Stability, bootstrap_stability
from crystalviz.clustering.suggest_k import GroupCount, suggest_k
from crystalviz.clustering.umap_projection import umap_projection

__all__ = [
    "CLUSTER_METHODS",
    "ClusteringComparison",
    "DensityGroups",
    "ExactNeighbors",
    "GroupCount",
    "Mixture",
    "Projection",
    "Stability",
    "agglomerative",
    "bootstrap_stability",
    "cluster",
    "compare_clusterings",
    "gaussian_mixture",
    "hdbscan",
    "k_means",
    "nearest_neighbors",
    "principal_components",
    "suggest_k",
    "umap_projection",
]
