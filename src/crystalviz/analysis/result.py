"""The result of `analyze`: a table and arrays, saved into a store folder and loaded from it."""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import crystalviz
from crystalviz._wording import counted
from crystalviz.analysis.standing import MirroredStore, store_status
from crystalviz.clustering.neighbors import ExactNeighbors
from crystalviz.collection import write_collection
from crystalviz.records import (
    FILE_NAME,
    Database,
    PictureCache,
    copy_records,
    read_analysis,
    write_analysis,
)

if TYPE_CHECKING:
    from crystalviz.models.probe import LinearProbe
    from crystalviz.store.mirror import Mirror

CLASS_COLUMN = "probability_"
"""Column of a class' probability, before its name, where there are more than two classes."""
PROBE_FOLDER = "probe"
"""Where a store folder keeps its probe."""

_COUNTED = ("images", "classes", "head", "groups", "set aside")
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
        One row per image: image_id, class_label (None if unlabeled), predicted_label (None without
        a class head), probability (0 to 1, of the positive class, or of the predicted one where
        there are more than two) and confidence (percent, of the predicted class; both NaN without
        a head), image_entropy (bits per pixel), image_header (time stamp), scene, kmeans_pca_x,
        kmeans_pca_y, kmeans_pca_cluster. Where they apply: probability_<class> for each of more
        than two classes; cross_validated (with a probe: the head that predicted the class has
        seen no image of the scene); unfamiliarity (distance to the images that the model was
        trained on, above 1 for what it does not know).
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
        K >= 2; two classes are (negative, positive).
    head : str
        What predicted the classes, in words; "" for the model's own head.
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
        probe: LinearProbe | None = None,
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
        self.head: str = facts.get("head", "")
        self.problems: list[tuple[str, str]] = [(name, why) for name, why in facts["problems"]]
        self.folder = folder
        self.computed = 0
        self._mirrored: MirroredStore | None = None
        self._index: tuple[np.ndarray, ExactNeighbors] | None = None
        self._probe = probe
        self._probe_digest: str = facts.get("probe", "")

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

    @cached_property
    def probe(self) -> LinearProbe | None:
        """The linear probe that predicted the classes; None if it was the model's own head."""
        if self._probe is None and self._probe_digest and self.folder:
            from crystalviz.models.probe import LinearProbe

            return LinearProbe.load(self.folder / PROBE_FOLDER)
        return self._probe

    @property
    def class_probability(self) -> np.ndarray:
        """Probability of each class, (n, K) float64; NaN where nothing is predicted."""
        if len(self.class_names) > 2:
            columns = [f"{CLASS_COLUMN}{name}" for name in self.class_names]
            return self.table[columns].to_numpy(np.float64)
        share = self.table["probability"].to_numpy(np.float64)
        return np.stack([1 - share, share], axis=1)

    @property
    def summary(self) -> str:
        """One line: images, scenes, classes, what predicted them, groups."""
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
            *([("head", self.head)] if self.head else []),
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
            rows, similarity = self._exact().of_row(row, k)
        ids = self.table["image_id"].to_numpy()
        return [
            Neighbor(str(ids[other]), float(cosine), max(0.0, 1.0 - float(cosine)))
            for other, cosine in zip(rows[:k], similarity[:k], strict=True)
            if other >= 0
        ]

    def _exact(self) -> ExactNeighbors:
        """Return the search over the vectors; prepared once, and again for other vectors."""
        if self._index is None or self._index[0] is not self.vectors:
            self._index = (self.vectors, ExactNeighbors(self.vectors))
        return self._index[1]

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
            "head": self.head,
            "probe": self._probe_digest,
            "problems": self.problems,
            "contents": self.pictures.contents,
        }
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        if self.probe is not None:
            self.probe.save(target / PROBE_FOLDER)
        write_analysis(database, facts, self.table, arrays)
        write_collection(target, database, self.table, self.vectors)
        self.pictures = PictureCache(database, self.pictures.contents)
        self.folder = target
        if self._mirrored is not None:
            self._mirrored = self._mirrored.moved(target)
        return target

    @property
    def mirror(self) -> Mirror | None:
        """The Weaviate server that follows the store folder; None where none does."""
        return None if self._mirrored is None else self._mirrored.mirror

    def follow(self, mirror: str | Mapping[str, Any] | MirroredStore) -> Mirror:
        """Let a Weaviate server follow the store folder from now on.

        Parameters
        ----------
        mirror : str or mapping
            Its address, `http://host:port`, or a mapping with `url` and what else `connect` takes
            for a server (grpc_port, api_key, ...). It need not be there: what it lacks is pushed
            when it answers, until `close`. An open `MirroredStore` is taken over.

        Raises
        ------
        ValueError
            If the analysis is not saved.
        WeaviateInvalidInputError
            If the address is not valid.
        """
        if self.folder is None:
            raise ValueError("a server follows a store folder: save the analysis first")
        self.close()
        if not isinstance(mirror, MirroredStore):
            mirror = MirroredStore(self.folder, mirror)
        self._mirrored = mirror
        return mirror.mirror

    def close(self) -> None:
        """Stop mirroring; what is not pushed yet is pushed when it is mirrored again.

        The analysis itself stays as it is. Without a mirror there is nothing to close.
        """
        mirrored, self._mirrored = self._mirrored, None
        if mirrored is not None:
            mirrored.close()

    def store_status(self, wake: bool = False) -> dict[str, Any]:
        """Return how the store stands: what it holds, how it searches, whether a server follows.

        Neighbours come from the analysis itself: they are exact, and they are there whatever
        becomes of the store or of a server.

        Parameters
        ----------
        wake : bool
            Let the mirror look at the server now; the next status tells what it found.

        Returns
        -------
        dict
            kind ("local", "memory"), connected, version, objects, folder, neighbors, source,
            search ("exact", "hnsw"), recall, detail, mirror (as `Mirror.status()`, or None).
        """
        return store_status(len(self), self.folder, self._mirrored, wake)


def load_analysis(
    folder: str | os.PathLike[str], *, mirror: str | Mapping[str, Any] | None = None
) -> Analysis:
    """Load an analysis from the folder it was saved in.

    Parameters
    ----------
    folder : path
        A store folder, or the OUT folder of `crystalviz analyze`.
    mirror : str or mapping, optional
        A Weaviate server that is to follow the store, `http://host:port`, or a mapping with `url`
        and what else `connect` takes for a server (grpc_port, api_key, ...). It need not be
        there: what it lacks is pushed when it answers, until `close`.

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
    analysis = Analysis(table, arrays, PictureCache(database, facts["contents"]), facts, place)
    if mirror is not None:
        analysis.follow(mirror)
    return analysis
