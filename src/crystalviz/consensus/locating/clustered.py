"""Places from any clustering of the marks, so that other methods can stand beside the model."""

from __future__ import annotations

import numpy as np

from crystalviz.consensus.locating.canvas import Canvas
from crystalviz.consensus.locating.existence import existence
from crystalviz.consensus.locating.locate import Located, strays_within_reach
from crystalviz.consensus.locating.readers import Readers
from crystalviz.consensus.locating.sharing import Links


def cluster_marks(
    canvas: Canvas,
    method: str,
    *,
    min_marks: int,
    eps: float,
    n_clusters: int | None,
    seed: int,
) -> np.ndarray:
    """Return the cluster (n,) int of each mark, -1 for none, each image for itself.

    Parameters
    ----------
    method : str
        "hdbscan", "dbscan" or "kmeans", as scikit-learn has them.
    min_marks : int
        The smallest cluster; of DBSCAN the marks within `eps` of a core mark.
    eps : float
        DBSCAN's radius, pixels.
    n_clusters : int, optional
        K-means: how many an image; as many as the marks and reads suggest where nothing is said.
    """
    from sklearn.cluster import DBSCAN, HDBSCAN, KMeans

    labels = np.full(len(canvas), -1)
    found = 0
    image = canvas.reads.image[canvas.read]
    for one in np.unique(image):
        here = np.flatnonzero(image == one)
        points = canvas.points[here]
        if method == "kmeans":
            wanted = n_clusters or round(len(here) / max(canvas.reads_per_place(), 1.0))
            k = int(np.clip(wanted, 1, len(np.unique(points, axis=0))))
            own = KMeans(k, n_init=4, random_state=seed).fit_predict(points)
        elif method == "dbscan":
            own = DBSCAN(eps=eps, min_samples=min_marks).fit_predict(points)
        elif len(here) < max(min_marks, 2):
            own = np.full(len(here), -1)
        else:
            own = HDBSCAN(min_cluster_size=max(min_marks, 2), copy=True).fit_predict(points)
        labels[here] = np.where(own >= 0, own + found, -1)
        found += int(own.max(initial=-1)) + 1
    return labels


def located_from(canvas: Canvas, labels: np.ndarray, centre: str, jitter: float) -> Located:
    """Return the clusters as places.

    Parameters
    ----------
    labels : (n,) int
        The cluster of each mark, -1 for none; numbers from 0 without gaps.
    centre : str
        "mean" or "median" of a cluster's marks.
    jitter : float
        What to take where clusters are too small to tell, pixels.
    """
    k = int(labels.max(initial=-1)) + 1
    mark = np.flatnonzero(labels >= 0)
    cluster = labels[mark]
    order = np.argsort(cluster, kind="stable")
    parts = np.split(canvas.points[mark[order]], np.flatnonzero(np.diff(cluster[order])) + 1)
    middles = [np.mean(p, 0) if centre == "mean" else np.median(p, 0) for p in parts if len(p)]
    centres = np.array(middles).reshape(-1, 2)
    links = Links.of(canvas, mark, cluster, np.arange(len(mark)))
    cover = canvas.cover(centres)
    chances = cover @ canvas.reads_of_frame.astype(float)
    hit_reads = np.unique(np.column_stack([cluster, canvas.read[mark]]), axis=0)[:, 0]
    hits = np.bincount(hit_reads, minlength=k).astype(float)
    size = np.bincount(cluster, minlength=k)
    squared = links.squared_distances(centres)
    stray = (labels < 0).astype(float)
    v = canvas.n_volunteers
    volunteer = canvas.volunteer[mark]
    shown = np.asarray(cover.sum(0)).ravel()
    near = np.maximum(1 - 1 / np.maximum(size[cluster], 1.5), 0.3)
    readers, pooled = Readers.estimated(
        np.bincount(volunteer, squared / near, v),
        np.bincount(volunteer, minlength=v).astype(float),
        np.bincount(canvas.reads.volunteer, shown[canvas.frame_of_read], v),
        np.bincount(canvas.volunteer, stray, v),
        canvas.area,
        (0.2 * jitter, 20.0 * jitter),
    )
    meeting = strays_within_reach(canvas, cover, readers, pooled)
    probability, kinds = existence(hits, chances, meeting, stray.sum())
    places = canvas.in_image(centres)
    return Located(
        canvas.image_of(centres),
        places[:, 0],
        places[:, 1],
        hits,
        chances,
        probability,
        pooled / np.sqrt(np.maximum(size, 1)),
        links,
        np.ones(len(mark)),
        stray,
        readers,
        pooled,
        kinds,
    )
