"""The table and arrays of an analysis, put together from the records of its images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import crystalviz
from crystalviz.analysis.result import CLASS_COLUMN
from crystalviz.clustering import k_means, nearest_neighbors, principal_components
from crystalviz.images import ImageSet, NoImagesError, SceneSignature, group_scenes
from crystalviz.models.novelty import reference_of
from crystalviz.records import (
    AnalysisFolderError,
    Database,
    read_appearances,
    read_note,
    read_passes,
    read_signatures,
    write_note,
)

if TYPE_CHECKING:
    from crystalviz.models import Model
    from crystalviz.models.probe import LinearProbe
    from crystalviz.records.images import PassRecord

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


@dataclass(frozen=True)
class Seen:
    """Which passes an analysis is made of.

    Attributes
    ----------
    model : Model
        Gave the vectors.
    contents : list of (str or None)
        Record key of each image; None for one that was set aside or is not done.
    fingerprints : list of str
        Of the pass that holds each image's vector, prediction and map.
    class_names : tuple of str
    map_shape : (int, int)
    cam_layer : str
    predicts : bool
        False: the passes' predictions and maps are not of classes that are asked for.
    head : str
        What predicted the classes, in words; "" for the model's own head.
    probe : LinearProbe, optional
    heads : list of int, optional
        The head of the probe that saw each image; 0 is the one fitted on all labelled images.
    """

    model: Model
    contents: list[str | None]
    fingerprints: list[str]
    class_names: tuple[str, ...]
    map_shape: tuple[int, int]
    cam_layer: str
    predicts: bool = True
    head: str = ""
    probe: LinearProbe | None = None
    heads: list[int] | None = None

    @classmethod
    def by_model(cls, model: Model, contents: list[str | None], no_class: str = "") -> Seen:
        """Return what the model itself saw; its classes do not count where `no_class` says why."""
        return cls(
            model,
            contents,
            [model.fingerprint] * len(contents),
            model.class_names,
            model.map_shape,
            model.cam_layer,
            predicts=not no_class,
            head=no_class,
        )

    def only(self, contents: list[str | None]) -> Seen:
        """Return the same of fewer images."""
        return replace(self, contents=contents)

    def facts(self) -> dict[str, Any]:
        """Return what an analysis says of its model, ready for JSON."""
        return {
            "model_name": self.model.name,
            "model_fingerprint": self.fingerprint(),
            "cam_layer": self.cam_layer,
            "class_names": list(self.class_names),
            "head": self.head,
            "probe": self.probe.digest if self.probe else "",
        }

    def fingerprint(self) -> str:
        """Return what tells these predictions and maps from those of another model or head."""
        seen_by = sorted({*self.fingerprints, self.model.fingerprint})
        if len(seen_by) == 1 and self.predicts:
            return seen_by[0]
        text = repr((seen_by, self.predicts))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def assemble(
    images: ImageSet, seen: Seen, database: Database, n_clusters: int, k: int
) -> tuple[pd.DataFrame, dict[str, np.ndarray], list[str]]:
    """Read the records of the images and compute what needs all of them at once.

    Parameters
    ----------
    images : ImageSet
    seen : Seen
        Images without a record are left out.
    database : Database
    n_clusters, k : int
        Groups for K-means; neighbours to keep.

    Returns
    -------
    table : DataFrame
        The columns `TABLE_COLUMNS`, then those that apply (see `Analysis.table`).
    arrays : dict of ndarray
        vectors, cams, neighbor_indices, neighbor_similarity, explained_variance.
    contents : list of str
        Record key of each row.

    Raises
    ------
    NoImagesError
        If no image has a record.
    """
    rows = [row for row, content in enumerate(seen.contents) if content is not None]
    contents = [content for content in seen.contents if content is not None]
    if not rows:
        name, reason = images.problems[-1]
        raise NoImagesError(f"{images.root}: none of its images can be read. {name}: {reason}")
    vectors, cams, by_class = read_seen(seen, database)
    entropy, scenes = scenes_of(images, seen, database)
    projection = principal_components(vectors)
    neighbor_indices, neighbor_similarity = nearest_neighbors(vectors, k)
    table = pd.DataFrame(
        {
            "image_id": _text([images.ids[row] for row in rows]),
            "class_label": _text([images.labels[row] for row in rows]),
            **_prediction(by_class, seen.class_names),
            "image_entropy": entropy,
            "image_header": _text([_timestamp(images, row) for row in rows]),
            "scene": scenes,
            "kmeans_pca_x": projection.coordinates[:, 0].astype(np.float64),
            "kmeans_pca_y": projection.coordinates[:, 1].astype(np.float64),
            "kmeans_pca_cluster": k_means(projection.coordinates, n_clusters),
        },
        columns=list(TABLE_COLUMNS),
    )
    for name, column in _more_columns(seen, database, rows, vectors, by_class).items():
        table[name] = column
    arrays = {
        "vectors": vectors,
        "cams": cams,
        "neighbor_indices": neighbor_indices,
        "neighbor_similarity": neighbor_similarity,
        "explained_variance": projection.explained_variance_ratio,
    }
    return table, arrays, contents


def read_seen(seen: Seen, database: Database) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the passes of all images that have a record, in order.

    Returns
    -------
    vectors : (m, d) float32
    cams : (m, h, w) float32
        All zero where nothing is predicted.
    by_class : (m, K) float64
        Probability of each class; NaN where nothing is predicted.

    Raises
    ------
    AnalysisFolderError
        If a record is missing.
    """
    of_pass: dict[str, dict[str, list[int]]] = {}
    place = 0
    for content, fingerprint in zip(seen.contents, seen.fingerprints, strict=True):
        if content is not None:
            of_pass.setdefault(fingerprint, {}).setdefault(content, []).append(place)
            place += 1
    vectors = np.empty((place, seen.model.dimension), np.float32)
    cams = np.zeros((place, *seen.map_shape), np.float32)
    by_class = np.full((place, len(seen.class_names)), np.nan)
    missing = place
    for fingerprint, places in of_pass.items():
        for content, record in read_passes(database, fingerprint, places):
            at = places[content]
            vectors[at] = record.vector
            if seen.predicts:
                cams[at] = record.map
                by_class[at] = _shares(record)
            missing -= len(at)
    if missing:
        raise AnalysisFolderError(
            f"{database.path} lost records while it was read; run analyze again"
        )
    return vectors, cams, by_class


def _shares(record: PassRecord) -> Any:
    if record.class_probability is not None:
        return record.class_probability
    if record.probability is None:
        return np.nan
    # Files of format 1 know two classes and keep the share of the positive one.
    return 1 - record.probability, record.probability


def _prediction(by_class: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the columns predicted_label, probability and confidence (percent)."""
    if len(names) == 2:
        probability = by_class[:, 1]
        chosen = (probability >= 0.5).astype(int)
        # Not the larger share: that of the negative class was rounded by itself.
        confidence = 100 * np.maximum(probability, 1 - probability)
    else:
        probability = by_class.max(axis=1)
        chosen = by_class.argmax(axis=1)
        confidence = 100 * probability
    labels = [
        None if np.isnan(share) else names[code]
        for share, code in zip(probability, chosen, strict=True)
    ]
    return {
        "predicted_label": _text(labels),
        "probability": probability,
        "confidence": confidence,
    }


def _more_columns(
    seen: Seen, database: Database, rows: list[int], vectors: np.ndarray, by_class: np.ndarray
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if len(seen.class_names) > 2:
        for name, shares in zip(seen.class_names, by_class.T, strict=True):
            columns[f"{CLASS_COLUMN}{name}"] = shares
    if seen.heads is not None:
        columns["cross_validated"] = np.array(seen.heads)[rows] > 0
    reference = reference_of(seen.model) if seen.probe is None else seen.probe.reference
    # Where no class is shown there is none to warn of.
    if seen.predicts and reference is not None:
        looks = appearances_of(seen, database)
        columns["unfamiliarity"] = reference.score(vectors, looks).astype(np.float64)
    return columns


def appearances_of(seen: Seen, database: Database) -> np.ndarray | None:
    """Return the appearance of all images that have a record, (m, 46); None if one lacks it."""
    contents = [content for content in seen.contents if content is not None]
    known = dict(read_appearances(database, contents))
    if len(known) < len(set(contents)):
        return None
    return np.stack([known[content] for content in contents])


def scenes_of(images: ImageSet, seen: Seen, database: Database) -> tuple[np.ndarray, np.ndarray]:
    """Return entropy (bits per pixel) and scene number of all images that have a record."""
    rows = [row for row, content in enumerate(seen.contents) if content is not None]
    contents = [content for content in seen.contents if content is not None]
    places: dict[str, list[int]] = {}
    for place, content in enumerate(contents):
        places.setdefault(content, []).append(place)
    entropy = np.empty(len(contents))
    signatures: list[Any] = [None] * len(contents)
    for content, bits, packed in read_signatures(database, contents):
        signature = SceneSignature.from_bytes(packed)
        for place in places[content]:
            entropy[place], signatures[place] = bits, signature

    def pixels_of(place: int) -> np.ndarray:
        return images.pixels(rows[place])

    return entropy, _scenes(database, contents, signatures, pixels_of)


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
