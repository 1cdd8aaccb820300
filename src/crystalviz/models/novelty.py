"""How unfamiliar a picture is to a model: its distance to pictures that the model knows.

A classifier answers CEX or PG for a cat too. The distance to the nearest known pictures (k-nearest
neighbours, Sun et al. 2022, arXiv:2204.06507) tells that the answer means nothing. Two kinds of
evidence are compared, each after a square root (heavy tails) and whitening (directions in which the
known pictures hardly differ say most, Lee et al. 2018, arXiv:1807.03888):

- the model's vectors. They alone are weak evidence: the network was trained to ignore all that
  does not tell its classes apart;
- optionally the appearance of the pictures (`crystalviz.models.appearance`).

Limits: a known thing in an unseen exposure or magnification counts as unfamiliar, and an unknown
thing with the light and the edges of a known one may pass. A score under 1 is no proof that the
model's answer is right.
"""

from __future__ import annotations

import functools
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.models.errors import ModelFileError
from crystalviz.models.whitened_space import KNOWN_SHARE, WhitenedSpace

SUFFIX = ".reference.npz"
"""`model.reference.npz` lies beside `model.keras` or `model.onnx`."""
CRYSTALNET_REFERENCE = Path(__file__).with_name("crystalnet" + SUFFIX)

NEIGHBORS = 5
MOST_KEPT = 4_000
_FOLDS = 5
_FORMAT = 1


class Reference:
    """Known pictures to compare others with; made by `from_vectors` and `load`.

    Attributes
    ----------
    dimension : int
        Of the vectors.
    has_appearance : bool
        Whether the appearance of pictures can be compared too.
    model : str
        `Facts.weights` of the model that the vectors are of; empty when not given.
    """

    def __init__(
        self,
        vectors: WhitenedSpace,
        appearance: WhitenedSpace | None = None,
        joint: float = 1.0,
        k: int = NEIGHBORS,
        model: str = "",
    ) -> None:
        self._vectors = vectors
        self._appearance = appearance
        self._joint = joint
        self._k = k
        self.model = model

    def __repr__(self) -> str:
        more = " and their appearance" if self.has_appearance else ""
        count = len(self._vectors.rows)
        return f"<Reference: {count} known pictures, {self.dimension}-d vectors{more}>"

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return len(self._vectors.mean)

    @property
    def has_appearance(self) -> bool:
        """Whether `score` can use appearances."""
        return self._appearance is not None

    @classmethod
    def from_vectors(
        cls,
        train: np.ndarray,
        held_out: np.ndarray | None = None,
        k: int = NEIGHBORS,
        *,
        train_appearance: np.ndarray | None = None,
        held_out_appearance: np.ndarray | None = None,
        model: str = "",
        kept: int = MOST_KEPT,
    ) -> Reference:
        """Make a reference of the vectors of known pictures.

        Parameters
        ----------
        train : (n, d) array
            n >= 2.
        held_out : (m, d) array, optional
            Other known pictures, of other scenes: their 99th percentile becomes 1. Without them
            it is estimated by leaving out a fifth of `train` at a time, which is too small where
            one scene was taken several times.
        k : int
            The distance is that to the k-th nearest.
        train_appearance, held_out_appearance : (n, 46) and (m, 46) arrays, optional
            `appearances` of the same pictures.
        model : str
            `Facts.weights` of the model.
        kept : int
            How many of `train`, spread evenly, are kept to compare with; all of them shape the
            space.

        Raises
        ------
        ValueError
            If there are too few, they are not finite, or their shapes do not fit.
        """
        known = _checked(train, None, "train")
        if len(known) < 2:
            raise ValueError("a reference needs the vectors of at least 2 known pictures")
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if (held_out is None) != (held_out_appearance is None) and train_appearance is not None:
            raise ValueError("give held_out and held_out_appearance together, or neither")
        others = None if held_out is None else _checked(held_out, known.shape[1], "held_out")
        if others is not None and not len(others):
            others = None
        vectors, distances = _calibrated(known, others, k, kept)
        if train_appearance is None:
            return cls(vectors, k=k, model=model)
        looks = _checked(train_appearance, None, "train_appearance")
        other_looks = (
            None
            if others is None or held_out_appearance is None
            else _checked(held_out_appearance, looks.shape[1], "held_out_appearance")
        )
        counts = (len(known), len(distances))
        appearance, look_distances = _calibrated(looks, other_looks, k, kept)
        if counts != (len(looks), len(look_distances)):
            raise ValueError("there must be one appearance for each vector")
        joint = float(np.quantile(np.hypot(distances, look_distances), KNOWN_SHARE))
        return cls(vectors, appearance, max(joint, 1e-6), k, model)

    def score(self, vectors: np.ndarray, appearance: np.ndarray | None = None) -> np.ndarray:
        """Return how unfamiliar pictures are.

        Parameters
        ----------
        vectors : (n, d) array
        appearance : (n, 46) array, optional
            `appearances` of the pictures. Where the reference has them (`has_appearance`), giving
            them makes the score far better; otherwise they are not used.

        Returns
        -------
        (n,) float32
            1.0 is the 99th percentile of held-out known pictures; above it a picture is
            unfamiliar. NaN for a vector that is not finite.

        Raises
        ------
        ValueError
            If the vectors have another length than the known ones: they are of another model.
        """
        values = _shaped(vectors, self.dimension, "vectors")
        finite = np.isfinite(values).all(axis=1)
        result = np.full(len(values), np.nan, np.float32)
        if self._appearance is None or appearance is None:
            result[finite] = self._vectors.distances(values[finite], self._k)
            return result
        looks = _shaped(appearance, len(self._appearance.mean), "appearance")
        if len(looks) != len(values):
            raise ValueError(f"{len(values)} vectors but {len(looks)} appearances")
        finite &= np.isfinite(looks).all(axis=1)
        result[finite] = (
            np.hypot(
                self._vectors.distances(values[finite], self._k),
                self._appearance.distances(looks[finite], self._k),
            )
            / self._joint
        )
        return result

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the reference as one `.npz` file (float16, no pickle) and return its path."""
        arrays: dict[str, Any] = {
            "format": np.int64(_FORMAT),
            "k": np.int64(self._k),
            "joint": np.float64(self._joint),
            "model": np.array(self.model),
        }
        for name, space in (("vectors", self._vectors), ("appearance", self._appearance)):
            if space is not None:
                arrays |= {
                    f"{name}_mean": space.mean,
                    f"{name}_axes": space.axes,
                    f"{name}_rest": np.float64(space.rest),
                    f"{name}_rows": space.rows.astype(np.float16),
                    f"{name}_scale": np.float64(space.scale),
                }
        target = Path(path)
        with open(target, "wb") as file:
            np.savez_compressed(file, **arrays)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Reference:
        """Read what `save` wrote.

        Raises
        ------
        ModelFileError
            If the file is missing, damaged, or of a newer crystalviz.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = dict(stored)
            if int(arrays["format"]) > _FORMAT:
                raise ModelFileError(
                    f"{path}: written by a newer crystalviz; pip install --upgrade crystalviz"
                )
            spaces = {
                name: _stored_space(arrays, name)
                for name in ("vectors", "appearance")
                if f"{name}_rows" in arrays
            }
            return cls(
                spaces["vectors"],
                spaces.get("appearance"),
                float(arrays["joint"]),
                int(arrays["k"]),
                str(arrays["model"]),
            )
        except FileNotFoundError:
            raise ModelFileError(f"{path}: there is no such reference file") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelFileError(
                f"{path}: not a reference file of crystalviz, or damaged ({error}); write it again "
                "with Reference.save"
            ) from error


def reference_of(model: Any) -> Reference | None:
    """Return the pictures that a model knows, if they are on record.

    Parameters
    ----------
    model : Model, str or path
        A model that has an attribute `reference`, or whose `model` (of a `PoseAverage`, of a model
        with a probe) is on record; crystalnet, loaded or by name; or a model file or what was
        loaded from one, beside which `<name>.reference.npz` may lie.

    Returns
    -------
    Reference or None

    Raises
    ------
    ModelFileError
        If the file beside the model is damaged.
    """
    if isinstance(model, str | os.PathLike):
        if os.fspath(model) == "crystalnet":
            return _embedded()
        beside = Path(model).with_suffix(SUFFIX)
        return Reference.load(beside) if beside.is_file() else None
    own = getattr(model, "reference", None)
    if isinstance(own, Reference):
        return own
    if (inner := getattr(model, "model", None)) is not None:
        return reference_of(inner)
    if (path := getattr(model, "path", None)) is not None:
        return reference_of(path)
    facts = getattr(model, "facts", None)
    embedded = _embedded()
    return embedded if facts is not None and facts.weights == embedded.model else None


@functools.cache
def _embedded() -> Reference:
    return Reference.load(CRYSTALNET_REFERENCE)


def _calibrated(
    known: np.ndarray, held_out: np.ndarray | None, k: int, kept: int
) -> tuple[WhitenedSpace, np.ndarray]:
    """Return the space of known rows, and the distances of held-out ones over its scale."""
    space = WhitenedSpace.fit(known)
    spread = np.linspace(0, len(known) - 1, min(len(known), kept)).astype(int)
    space = space.with_rows(_stored(space.rows[spread]))
    if held_out is not None:
        distances = space.distances(held_out, k)
    else:
        folds = np.arange(len(known)) % min(_FOLDS, len(known))
        distances = np.empty(len(known), np.float32)
        for fold in range(folds.max() + 1):
            out = folds == fold
            distances[out] = WhitenedSpace.fit(known[~out]).distances(known[out], k)
    space = space.with_scale(distances)
    return space, distances / space.scale


def _stored(rows: np.ndarray) -> np.ndarray:
    """Round as the file does, so that a loaded reference scores the same."""
    return rows.astype(np.float16).astype(np.float32)


def _stored_space(arrays: dict[str, np.ndarray], name: str) -> WhitenedSpace:
    space = WhitenedSpace(
        mean=arrays[f"{name}_mean"].astype(np.float32),
        axes=arrays[f"{name}_axes"].astype(np.float32),
        rest=float(arrays[f"{name}_rest"]),
        rows=arrays[f"{name}_rows"].astype(np.float32),
        scale=float(arrays[f"{name}_scale"]),
    )
    dimension, kept = space.axes.shape
    if space.mean.shape != (dimension,) or space.rows.ndim != 2 or space.rows.shape[1] != kept + 1:
        raise ValueError("its arrays do not fit together")
    return space


def _shaped(values: np.ndarray, dimension: int | None, name: str) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or (dimension is not None and values.shape[1] != dimension):
        wanted = "d" if dimension is None else dimension
        raise ValueError(f"{name} must have shape (n, {wanted}), not {values.shape}")
    return values


def _checked(values: np.ndarray, dimension: int | None, name: str) -> np.ndarray:
    values = _shaped(values, dimension, name)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not finite")
    return values
