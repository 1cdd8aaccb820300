"""The ways of turning marks into places: each takes a scene, and returns image_id, x, y."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from crowd_scenes import Scene

Finder = Callable[[], pd.DataFrame]


def crystalviz(scene: Scene) -> Finder:
    """Return `MarkConsensus` as it is, with marks and reads."""
    from crystalviz.consensus import MarkConsensus

    made = scene.made
    return lambda: MarkConsensus().fit(made.marks, reads=made.reads).instances_


def panoptes(scene: Scene, name: str, **settings: Any) -> Finder:
    """Return one of panoptes_aggregation's reducers of points, as shipped.

    It knows nothing of tiles: it is given the marks of all tiles in pixels of the image, as its
    users' own scripts do. All marks are of one tool, since it clusters each tool for itself.
    """
    from panoptes_aggregation import reducers

    reduce = reducers.reducers[name]
    key = "T0_tool0"
    reads: dict[str, list[dict[str, Any]]] = {}
    for (image, _), here in scene.made.marks.groupby(["image_id", "classification_id"], sort=False):
        place = {f"{key}_x": here["x"].tolist(), f"{key}_y": here["y"].tolist()}
        reads.setdefault(str(image), []).append({"frame0": place})

    def find() -> pd.DataFrame:
        parts = []
        for image, extracts in reads.items():
            found = reduce(extracts, user_id=[None] * len(extracts), **settings)["frame0"]
            columns = {axis: found.get(f"{key}_clusters_{axis}", []) for axis in ("x", "y")}
            parts.append(pd.DataFrame(columns).assign(image_id=image))
        return pd.concat(parts, ignore_index=True)

    return find


def hdbscan_of_scikit_learn(scene: Scene, median: bool = False, **settings: Any) -> Finder:
    from sklearn.cluster import HDBSCAN

    return _clustered(scene, lambda: HDBSCAN(copy=True, **settings), median)


def hdbscan(scene: Scene, median: bool = False, **settings: Any) -> Finder:
    from hdbscan import HDBSCAN

    return _clustered(scene, lambda: HDBSCAN(**settings), median)


def fast_hdbscan(scene: Scene, median: bool = False, **settings: Any) -> Finder:
    from fast_hdbscan import HDBSCAN

    return _clustered(scene, lambda: HDBSCAN(**settings), median)


def _clustered(scene: Scene, make: Callable[[], Any], median: bool) -> Finder:
    """Return a clustering of each image's marks, with the mean or median of each cluster."""

    def find() -> pd.DataFrame:
        found: list[tuple[str, float, float]] = []
        for image, points in scene.points.items():
            labels = make().fit_predict(points)
            order = np.argsort(labels, kind="stable")
            starts = np.searchsorted(labels[order], np.arange(labels.max() + 2))
            clusters = np.split(points[order], starts)[1:-1]
            found += [(image, *_centre(cluster, median)) for cluster in clusters]
        return pd.DataFrame(found, columns=["image_id", "x", "y"])

    return find


def _centre(points: np.ndarray, median: bool) -> Sequence[float]:
    centre: np.ndarray = np.median(points, axis=0) if median else points.mean(axis=0)
    return centre.tolist()
