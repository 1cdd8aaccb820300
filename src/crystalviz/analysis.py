"""From a folder of images to an `Analysis`: the one road through the house."""

from __future__ import annotations

import difflib
import html
import os
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import crystalviz
from crystalviz._wording import counted, problems_text
from crystalviz.assembly import assemble, facts_of
from crystalviz.clustering.neighbors import nearest_to
from crystalviz.collection import write_collection
from crystalviz.images import ImageSet
from crystalviz.records import (
    FILE_NAME,
    Database,
    PassesInterrupted,
    PictureCache,
    copy_records,
    holds_analysis,
    read_analysis,
    run_passes,
    write_analysis,
)

if TYPE_CHECKING:
    from crystalviz.models import Model

_COUNTED = ("images", "classes", "groups", "set aside")
_ARRAYS = ("vectors", "cams", "neighbor_indices", "neighbor_similarity", "explained_variance")


class Neighbor(NamedTuple):
    """One neighbour of an image.

    Attributes
    ----------
    image_id : str
    similarity : float
        Cosine of the angle between the two vectors, -1 to 1.
    distance : float
        1 - similarity, 0 to 2.
    """

    image_id: str
    similarity: float
    distance: float


class Analysis:
    """A table and arrays about n images, row by row in one order.

    Made by `analyze` and `load_analysis`.

    Attributes
    ----------
    table : DataFrame
        One row per image: image_id, class_label (None if unlabeled), predicted_label (None for a
        model without a class head), probability of the positive class (0 to 1) and confidence
        (percent; both NaN without a head), image_entropy (bits per pixel), image_header (time
        stamp), scene, kmeans_pca_x, kmeans_pca_y, kmeans_pca_cluster.
    vectors : ndarray, shape (n, d), float32
    cams : ndarray, shape (n, h, w), float32
        Class activation map of the predicted class, 0 to 1.
    neighbor_indices : ndarray, shape (n, k), int32
        Rows of the most similar other images; -1 where there are fewer than k.
    neighbor_similarity : ndarray, shape (n, k), float32
        Their cosine similarity; NaN where there is none.
    explained_variance : ndarray, shape (2,), float64
        Share of the variance of the vectors along each axis of the projection.
    title : str
        Name of the image folder.
    model_name, cam_layer : str
    class_names : tuple of str
        Negative, positive.
    problems : list of (str, str)
        Files that were set aside, with the reason.
    folder : Path or None
        Where it is saved.
    computed : int
        Images that were decoded and went through the model for it; the others were known. 0 for
        a loaded analysis.
    pictures : PictureCache
        Tiles, pictures and histograms by row; the image folder is not needed for them.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        arrays: dict[str, np.ndarray],
        pictures: PictureCache,
        facts: dict[str, Any],
        folder: Path | None = None,
    ) -> None:
        self.table = table
        self.vectors = arrays["vectors"]
        self.cams = arrays["cams"]
        self.neighbor_indices = arrays["neighbor_indices"]
        self.neighbor_similarity = arrays["neighbor_similarity"]
        self.explained_variance = arrays["explained_variance"]
        self.pictures = pictures
        self.title: str = facts["title"]
        self.model_name: str = facts["model_name"]
        self.model_fingerprint: str = facts["model_fingerprint"]
        self.cam_layer: str = facts["cam_layer"]
        self.class_names: tuple[str, ...] = tuple(facts["class_names"])
        self.problems: list[tuple[str, str]] = [(name, why) for name, why in facts["problems"]]
        self.folder = folder
        self.computed = 0

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return "<Analysis " + "; ".join(text for _, text in self._facts()) + ">"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._facts()
        )
        return f"<table>{rows}</table>"

    @property
    def summary(self) -> str:
        """One line: images, scenes, classes, groups."""
        return "; ".join(text for name, text in self._facts() if name in _COUNTED)

    def _facts(self) -> list[tuple[str, str]]:
        labels = self.table["class_label"].value_counts(sort=False)
        classes = ", ".join(f"{label} {count}" for label, count in labels.items())
        scenes, groups = (self.table[name].nunique() for name in ("scene", "kmeans_pca_cluster"))
        height, width = self.cams.shape[1:]
        facts = [
            ("folder", self.title),
            ("images", f"{counted(len(self), 'image')} in {counted(scenes, 'scene')}"),
            ("classes", classes or "no labels"),
            ("groups", counted(groups, "group")),
            (
                "model",
                f"{self.model_name}, {self.vectors.shape[1]}-d vectors, {height} x {width} maps",
            ),
        ]
        if self.problems:
            facts.append(("set aside", f"{counted(len(self.problems), 'file')} set aside"))
        facts.append(("saved in", str(self.folder) if self.folder else "not saved"))
        return facts

    def row(self, image_id: str) -> int:
        """Return the row of an image.

        Raises
        ------
        KeyError
            If there is no such image; names the nearest ids.
        """
        found = np.flatnonzero(self.table["image_id"].to_numpy() == image_id)
        if found.size:
            return int(found[0])
        ids = self.table["image_id"].tolist()
        near = difflib.get_close_matches(str(image_id), ids, n=3, cutoff=0.4)
        hint = f"; do you mean {' or '.join(map(repr, near))}?" if near else ""
        raise KeyError(f"there is no image {image_id!r} in {self.title}{hint}")

    def neighbors(self, image_id: str, k: int = 5) -> list[Neighbor]:
        """Return the `k` images most similar to one, nearest first.

        Exact search by cosine similarity; the image itself is left out, equal similarities come
        in the order of the table.

        Parameters
        ----------
        image_id : str
        k : int
            At least 1; fewer come back when there are fewer other images.

        Raises
        ------
        KeyError
            If there is no such image; names the nearest ids.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        row = self.row(image_id)
        rows, similarity = self.neighbor_indices[row], self.neighbor_similarity[row]
        if k > len(rows):
            rows, similarity = nearest_to(self.vectors, row, k)
        ids = self.table["image_id"].to_numpy()
        return [
            Neighbor(str(ids[other]), float(cosine), max(0.0, 1.0 - float(cosine)))
            for other, cosine in zip(rows[:k], similarity[:k], strict=True)
            if other >= 0
        ]

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write everything into a store folder, as a whole or not at all.

        `load_analysis` gives back the same table and arrays to the last bit, and `connect` finds
        the images with their vectors in the collection `CrystalImage`. Objects of images that are
        no longer in the table are removed from it.

        Parameters
        ----------
        folder : path
            Made when missing.

        Returns
        -------
        Path

        Raises
        ------
        AnalysisFolderError
            If the folder cannot be written or holds something else.
        TypeError
            If a column that was added to the table is neither text nor numbers.
        """
        target = Path(folder)
        database = self.pictures.database
        elsewhere = database.path.absolute() != (target / FILE_NAME).absolute()
        if elsewhere or database.read_only:
            database = Database(target, create=True)
        if elsewhere:
            copy_records(self.pictures.database, database, self.pictures.contents)
        facts = {
            "crystalviz": crystalviz.__version__,
            "title": self.title,
            "model_name": self.model_name,
            "model_fingerprint": self.model_fingerprint,
            "cam_layer": self.cam_layer,
            "class_names": list(self.class_names),
            "problems": self.problems,
            "contents": self.pictures.contents,
        }
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        write_analysis(database, facts, self.table, arrays)
        write_collection(target, database, self.table, self.vectors)
        self.pictures = PictureCache(database, self.pictures.contents)
        self.folder = target
        return target

    def store_status(self) -> dict[str, Any]:
        """Return what the StoreStatus panel shows: which store answers, and how it searches."""
        place = f"saved in {self.folder}" if self.folder else "not saved"
        return {
            "kind": "local",
            "connected": True,
            "version": crystalviz.__version__,
            "search": "exact",
            "objects": len(self),
            "detail": f"{counted(len(self), 'image')}, exact cosine search; {place}",
        }


def analyze(
    source: str | os.PathLike[str] | ImageSet | Iterable[str | os.PathLike[str]],
    model: str | os.PathLike[str] | Model = "crystalnet",
    n_clusters: int = 4,
    store: str | os.PathLike[str] | None = None,
    progress: bool = True,
    k: int = 10,
    labels: Any = "parent",
) -> Analysis:
    """Analyze a folder of images: features, class, CAM, entropy, scenes, groups, neighbours.

    Every image is decoded once and goes through the model once. What is done is kept after each
    batch, so that an interrupted run goes on where it stopped, and a second run computes only
    images that are new or changed (by the bytes of the files, and the model). A file that cannot
    be read is set aside with the reason.

    Parameters
    ----------
    source : path, ImageSet, or iterable of paths
        The folder with the images.
    model : str, path or Model
        What `load_model` takes, or a loaded model.
    n_clusters : int
        Groups for K-means (on the 2-D projection; seed 42, best of 10 starts).
    store : path or None
        Folder that keeps the analysis. None: a temporary one, gone when Python ends.
    progress : bool
        Show the rate, the time left and what was set aside.
    k : int
        Neighbours to keep of each image.
    labels : "parent", None, path or dict
        For a folder: as in `ImageSet.from_folder`.

    Returns
    -------
    Analysis

    Raises
    ------
    FileNotFoundError, NoImagesError
        If there is no such folder or no readable image in it.
    AnalysisFolderError
        If the store folder cannot be written or holds something else.
    KeyboardInterrupt
        When interrupted; says how many images are done. With a new `store`, `load_analysis`
        opens these; the next run goes on with the others.

    Examples
    --------
    >>> analysis = cz.analyze("my_crystals/", store="my_store")  # doctest: +SKIP
    """
    from crystalviz.models import load_model

    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, not {n_clusters}")
    if k < 0:
        raise ValueError(f"k must not be negative, not {k}")
    images = _as_images(source, labels)
    if isinstance(model, str | os.PathLike):
        model = load_model(model)
    database = Database(_session_folder() if store is None else Path(store), create=True)

    def put_together(all_contents: list[str | None]) -> Analysis:
        table, arrays, contents = assemble(images, model, database, all_contents, n_clusters, k)
        facts = facts_of(images, model)
        return Analysis(table, arrays, PictureCache(database, contents), facts)

    try:
        result = run_passes(images, model, database, progress)
    except PassesInterrupted as stop:
        # What is done can be explored already; a finished analysis is never put back for it.
        if store is not None and any(stop.contents) and not holds_analysis(database):
            put_together(stop.contents).save(store)
        raise
    analysis = put_together(result.contents)
    analysis.computed = result.computed
    if progress and images.problems:
        print(problems_text(images.problems), file=sys.stderr)
    if store is not None:
        analysis.save(store)
    return analysis


def load_analysis(folder: str | os.PathLike[str]) -> Analysis:
    """Load an analysis from the folder it was saved in.

    Parameters
    ----------
    folder : path
        A store folder, or the OUT folder of `crystalviz analyze`.

    Raises
    ------
    AnalysisFolderError
        If the folder holds no finished analysis, a damaged one, or one of a newer crystalviz.
    """
    place = Path(folder)
    if not (place / FILE_NAME).is_file() and (place / "store" / FILE_NAME).is_file():
        place = place / "store"
    database = Database(place)
    facts, table, arrays = read_analysis(database)
    return Analysis(table, arrays, PictureCache(database, facts["contents"]), facts, place)


def _as_images(source: Any, labels: Any) -> ImageSet:
    if isinstance(source, ImageSet):
        return source
    if isinstance(source, str | os.PathLike):
        return ImageSet.from_folder(source, labels=labels)
    if isinstance(source, Iterable):
        return ImageSet.from_paths(list(source), labels=None if labels == "parent" else labels)
    raise TypeError(
        f"analyze takes a folder, an ImageSet or paths of images, not {type(source).__name__}"
    )


@cache
def _session_directory() -> tempfile.TemporaryDirectory[str]:
    # Shared by all analyses without a store: after an interrupt the next call goes on.
    return tempfile.TemporaryDirectory(prefix="crystalviz-", ignore_cleanup_errors=True)


def _session_folder() -> Path:
    return Path(_session_directory().name)
