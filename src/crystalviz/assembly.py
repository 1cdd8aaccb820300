"""The table and arrays of an analysis, put together from the records of its images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import crystalviz
from crystalviz.clustering import k_means, nearest_neighbors, principal_components
from crystalviz.images import ImageSet, NoImagesError, SceneSignature, group_scenes
from crystalviz.records import (
    AnalysisFolderError,
    Database,
    read_note,
    read_passes,
    read_signatures,
    write_note,
)

if TYPE_CHECKING:
    from crystalviz.models import Model

TABLE_COLUMNS = (
    "image_id",
    "class_label",
    "predicted_label",
    "probability",
    "confidence",
    "image_entropy",
    "image_header",
    "scene",
    "kmeans_pca_x",
    "kmeans_pca_y",
    "kmeans_pca_cluster",
)


def facts_of(images: ImageSet, model: Model) -> dict[str, Any]:
    """Return what an analysis says of its images and its model, ready for JSON."""
    return {
        "title": images.name,
        "model_name": model.name,
        "model_fingerprint": model.fingerprint,
        "cam_layer": model.cam_layer,
        "class_names": list(model.class_names),
        "problems": list(images.problems),
    }


def assemble(
    images: ImageSet,
    model: Model,
    database: Database,
    all_contents: list[str | None],
    n_clusters: int,
    k: int,
) -> tuple[pd.DataFrame, dict[str, np.ndarray], list[str]]:
    """Read the records of the images and compute what needs all of them at once.

    Parameters
    ----------
    images : ImageSet
    model : Model
    database : Database
    all_contents : list of (str or None)
        Record key of each image; those without one are left out.
    n_clusters, k : int
        Groups for K-means; neighbours to keep.

    Returns
    -------
    table : DataFrame
        The columns `TABLE_COLUMNS`.
    arrays : dict of ndarray
        vectors, cams, neighbor_indices, neighbor_similarity, explained_variance.
    contents : list of str
        Record key of each row.

    Raises
    ------
    NoImagesError
        If no image has a record.
    """
    rows = [row for row, content in enumerate(all_contents) if content is not None]
    contents = [content for content in all_contents if content is not None]
    if not rows:
        name, reason = images.problems[-1]
        raise NoImagesError(f"{images.root}: none of its images can be read. {name}: {reason}")
    places: dict[str, list[int]] = {}
    for place, content in enumerate(contents):
        places.setdefault(content, []).append(place)

    vectors = np.empty((len(rows), model.dimension), np.float32)
    cams = np.empty((len(rows), *model.map_shape), np.float32)
    probability = np.full(len(rows), np.nan)
    missing = set(contents)
    for content, seen in read_passes(database, model.fingerprint, contents):
        vectors[places[content]] = seen.vector
        cams[places[content]] = seen.map
        if seen.probability is not None:
            probability[places[content]] = seen.probability
        missing.discard(content)
    if missing:
        raise AnalysisFolderError(
            f"{database.path} lost records while it was read; run analyze again"
        )
    entropy = np.empty(len(rows))
    signatures: list[Any] = [None] * len(rows)
    for content, bits, packed in read_signatures(database, contents):
        signature = SceneSignature.from_bytes(packed)
        for place in places[content]:
            entropy[place], signatures[place] = bits, signature

    def pixels_of(place: int) -> np.ndarray:
        return images.pixels(rows[place])

    scenes = _scenes(database, contents, signatures, pixels_of)
    projection = principal_components(vectors)
    neighbor_indices, neighbor_similarity = nearest_neighbors(vectors, k)
    table = pd.DataFrame(
        {
            "image_id": _text([images.ids[row] for row in rows]),
            "class_label": _text([images.labels[row] for row in rows]),
            "predicted_label": _text(
                [
                    None if np.isnan(share) else model.class_names[int(share >= 0.5)]
                    for share in probability
                ]
            ),
            "probability": probability,
            "confidence": 100 * np.maximum(probability, 1 - probability),
            "image_entropy": entropy,
            "image_header": _text([_timestamp(images, row) for row in rows]),
            "scene": scenes,
            "kmeans_pca_x": projection.coordinates[:, 0].astype(np.float64),
            "kmeans_pca_y": projection.coordinates[:, 1].astype(np.float64),
            "kmeans_pca_cluster": k_means(projection.coordinates, n_clusters),
        },
        columns=list(TABLE_COLUMNS),
    )
    arrays = {
        "vectors": vectors,
        "cams": cams,
        "neighbor_indices": neighbor_indices,
        "neighbor_similarity": neighbor_similarity,
        "explained_variance": projection.explained_variance_ratio,
    }
    return table, arrays, contents


def _scenes(
    database: Database,
    contents: list[str],
    signatures: list[SceneSignature],
    pixels_of: Callable[[int], np.ndarray],
) -> np.ndarray:
    """Group the images by scene, unless these very images were grouped before."""
    key = hashlib.blake2b(digest_size=16)
    for part in (crystalviz.__version__, *contents):
        key.update(f"{part}\n".encode())
    note = json.loads(read_note(database, "scenes") or "{}")
    if note.get("key") != key.hexdigest():
        numbers = group_scenes(signatures, pixels_of)
        note = {"key": key.hexdigest(), "scenes": numbers.tolist()}
        write_note(database, "scenes", json.dumps(note))
    return np.array(note["scenes"], np.int64)


def _timestamp(images: ImageSet, row: int) -> str | None:
    try:
        return images.timestamp(row)
    except OSError:
        # Taken away since its pixels were read: what was measured stays true.
        return None


def _text(values: list[str | None]) -> pd.Series:
    # Plain objects: pandas 3 would turn None into NaN, pandas 2 not.
    return pd.Series(values, dtype=object)
