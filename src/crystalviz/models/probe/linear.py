"""A linear probe: one weight for each feature and class, on the vectors of a frozen model."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from crystalviz.models.novelty import Reference
    from crystalviz.models.probe.attached import ProbedModel

# Count it up when the same vectors and labels would give another probe.
PROBE_VERSION = 1


class ProbeError(ValueError):
    """A probe cannot be fitted on these labels, or does not belong to these vectors."""


@dataclass(frozen=True, eq=False)
class LinearProbe:
    """Classes of one's own, told apart by the vectors of a model. Made by `fit_probe`.

    It holds several heads. Head 0 was fitted on all labelled images; head f on all but those of
    fold f. Folds are made of whole scenes, so the head of an image's fold has seen neither the
    image nor a copy of it, and what it says of it is an honest prediction.

    Attributes
    ----------
    class_names : tuple of str
        K >= 2; two classes are (negative, positive).
    weights : ndarray, shape (1 + folds, K, d), float32
        Of the vectors as they are (not standardised). Their mean over the classes is zero.
    bias : ndarray, shape (1 + folds, K), float32
    strengths : tuple of float
        C of each head (the inverse of the L2 penalty), chosen by the log loss out of scene.
    keys : tuple of str
        What names each of the n labelled images, for example the hash of the file's bytes.
    codes : ndarray, shape (n,), int64
        The class of each.
    folds : ndarray, shape (n,), int64
        The head that did not see it, 1 and up.
    scenes : ndarray, shape (n,), int64
    out_of_scene : ndarray, shape (n, K), float32
        Probability of each class by that head.
    model_name, model_vectors : str
        The model whose vectors it was fitted on, and what names these vectors whatever engine
        computes them; "" for vectors of unknown origin.
    digest : str
        Of all that it was fitted on: the same digest, the same probe.
    reference : Reference, optional
        The pictures that it knows, one of each scene.

    Notes
    -----
    With s_k = w_k . v + b_k and probabilities softmax(s), the evidence for a class is
    e_k = s_k - mean of the other s_j. For two classes that is plus or minus the log-odds.
    """

    class_names: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    strengths: tuple[float, ...]
    keys: tuple[str, ...]
    codes: np.ndarray
    folds: np.ndarray
    scenes: np.ndarray
    out_of_scene: np.ndarray
    model_name: str
    model_vectors: str
    digest: str
    reference: Reference | None = None

    def __repr__(self) -> str:
        return f"<LinearProbe {'/'.join(self.class_names)}: {self.summary}>"

    @property
    def dimension(self) -> int:
        """Length d of the vectors."""
        return int(self.weights.shape[2])

    @property
    def correct(self) -> np.ndarray:
        """Which labelled images are classified rightly out of scene, (n,) bool."""
        return np.asarray(self.out_of_scene.argmax(axis=1) == self.codes)

    @property
    def summary(self) -> str:
        """One line: how many are right by heads that saw no image of the scene."""
        right, total = int(self.correct.sum()), len(self.codes)
        scenes = len(np.unique(self.scenes))
        return (
            f"{right:,} of {total:,} labelled images right out of scene "
            f"({100 * right / total:.1f} %, {scenes:,} scenes, {self.folds.max()} folds)"
        )

    def head_of(self, key: str) -> int:
        """Return the head that may judge an image: its fold's, or 0 for one it was not fitted on.

        Parameters
        ----------
        key : str
            As in `keys`.
        """
        return self._head_of_key.get(key, 0)

    @property
    def _head_of_key(self) -> dict[str, int]:
        known = self.__dict__.get("_heads")
        if known is None:
            known = dict(zip(self.keys, self.folds.tolist(), strict=True))
            object.__setattr__(self, "_heads", known)
        return known

    def predict(self, vectors: np.ndarray, head: int = 0) -> np.ndarray:
        """Return the probability of each class, (n, K) float32, for vectors (n, d).

        Raises
        ------
        ProbeError
            If the vectors have another length than those that it was fitted on.
        """
        return softmax(self.scores(vectors, head)).astype(np.float32)

    def scores(self, vectors: np.ndarray, head: int = 0) -> np.ndarray:
        """Return the logits s, (n, K) float64, whose mean over the classes is zero."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise ProbeError(
                f"the probe reads vectors of length {self.dimension}, not {vectors.shape[1:]}; "
                "use it with the model that it was fitted on, or fit a new one"
            )
        weights = self.weights[head].astype(np.float64)
        return np.asarray(vectors.astype(np.float64) @ weights.T + self.bias[head])

    def evidence(self, vectors: np.ndarray, head: int = 0) -> np.ndarray:
        """Return e, (n, K) float64: the logit of each class against the mean of the others.

        Vectors may as well be the cells of a map: a map's mean evidence is the evidence of its
        mean vector, to the last digit that the arithmetic allows.
        """
        classes = len(self.class_names)
        return self.scores(vectors, head) * (classes / (classes - 1))

    def fingerprint(self, head: int = 0) -> str:
        """Return what names the predictions and maps of one head."""
        digest = hashlib.blake2b(digest_size=16)
        facts = (PROBE_VERSION, self.model_vectors, self.class_names)
        digest.update(repr(facts).encode())
        digest.update(self.weights[head].tobytes())
        digest.update(self.bias[head].tobytes())
        return digest.hexdigest()

    def attach(self, model: Any, head: int = 0) -> ProbedModel:
        """Put the probe in the place of a model's head.

        Parameters
        ----------
        model : Model
            The one whose vectors it was fitted on.
        head : int
            0, or a fold.

        Returns
        -------
        ProbedModel
            One pass gives the vectors, the probe's probabilities, and exact class activation maps.

        Raises
        ------
        ProbeError
            If it is another model.
        ValueError
            If the vector of the model is not the mean of a map.
        """
        from crystalviz.models.probe.attached import ProbedModel

        return ProbedModel(self, model, head)

    def check_model(self, model: Any) -> None:
        """Raise `ProbeError` if the probe was fitted on the vectors of another model."""
        if self.model_vectors and self.model_vectors != vectors_of(model):
            raise ProbeError(
                f"the probe {'/'.join(self.class_names)} was fitted on vectors of "
                f"{self.model_name!r}, which is not this {model.name!r} (other weights, input or "
                'poses); load that model, or fit a new probe with head="probe"'
            )
        if self.dimension != model.dimension:
            raise ProbeError(
                f"the probe reads vectors of length {self.dimension}, the model {model.name!r} "
                f"gives {model.dimension}; load the model that it was fitted on"
            )

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write `probe.npz`, `probe.json` and, if there is one, the reference into a folder."""
        from crystalviz.models.probe.files import write_probe

        return write_probe(self, Path(folder))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LinearProbe:
        """Read a probe from its folder, or from the path of its `probe.json` or `probe.npz`.

        Raises
        ------
        ModelFileError
            If there is none, it is damaged, or of a newer crystalviz.
        """
        from crystalviz.models.probe.files import read_probe

        return read_probe(Path(path))


def vectors_of(model: Any) -> str:
    """Return what names the vectors of a model, the same on every engine."""
    facts = getattr(model, "facts", None)
    if facts is None:
        inner = getattr(model, "model", None)
        return str(model.fingerprint) if inner is None else f"8 poses of {vectors_of(inner)}"
    named = (facts.weights, facts.preprocessing, facts.input_shape, facts.feature_layer)
    return hashlib.blake2b(repr(named).encode(), digest_size=16).hexdigest()


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return exp(s) / sum exp(s) along the last axis, safe for large scores."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
