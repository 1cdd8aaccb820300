"""A model with a linear probe in the place of its head, and exact class activation maps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crystalviz.models.errors import LayerNotFoundError
from crystalviz.models.model import FeaturePass, LayerEvidence, OnePass
from crystalviz.models.probe.linear import LinearProbe, softmax

if TYPE_CHECKING:
    from crystalviz.models.model import Model
    from crystalviz.models.novelty import Reference

# Count it up when the maps come out differently from the same probe.
_MAP_VERSION = 1


class ProbedModel:
    """What `LinearProbe.attach` returns: the face of a `Model`, with the probe's classes.

    Parameters
    ----------
    probe : LinearProbe
    model : Model
        On any engine.
    head : int
        0, or the fold whose scenes the head must not have seen.

    Attributes
    ----------
    class_names : tuple of str
    has_head : bool
        True.
    cam_layer : str
        The layer whose spatial mean is the vector; maps are taken there and nowhere else.
    fingerprint : str
        Of the model, the head and the way the maps are made.

    Raises
    ------
    ProbeError
        If the probe was fitted on another model.
    ValueError
        If the vector of the model is not the mean of a map.

    Notes
    -----
    The vector v is the spatial mean of the activations A, so the probe can be read at each cell
    by itself: the map is e_k(A at the cell), the evidence for the predicted class, whose mean
    over all cells is e_k(v), its logit, exactly. This is the class activation map of Zhou et al.
    2016 (arXiv:1512.04150) with the bias spread evenly over the cells, which keeps the order of
    the cells and makes zero mean "speaks for no class". The positive part is shown, divided by
    its peak; as the mean is positive for the predicted class, there is always some.
    """

    def __init__(self, probe: LinearProbe, model: Model, head: int = 0) -> None:
        probe.check_model(model)
        self._probe = probe
        self._model = model
        self._head = head
        self.name = f"{model.name} + probe"
        self.class_names = probe.class_names
        self.has_head = True
        self.input_shape = model.input_shape
        self.dimension = model.dimension
        self.layer_names = model.layer_names
        self.feature_layer = model.feature_layer
        self.cam_layer = model.feature_layer
        height, width = model.feature_pass([]).activations.shape[1:3]
        self.map_shape = (int(height), int(width))
        digest = hashlib.blake2b(digest_size=16)
        facts = (_MAP_VERSION, model.fingerprint, probe.fingerprint(head))
        digest.update(repr(facts).encode())
        self.fingerprint = digest.hexdigest()

    def __repr__(self) -> str:
        return (
            f"<ProbedModel {self.name}: maps {self.map_shape[0]} x {self.map_shape[1]} of "
            f"{self.cam_layer}, {'/'.join(self.class_names)}>"
        )

    @property
    def probe(self) -> LinearProbe:
        """The probe."""
        return self._probe

    @property
    def reference(self) -> Reference | None:
        """The pictures that the probe knows."""
        return self._probe.reference

    @property
    def model(self) -> Model:
        """The model that gives the vectors."""
        return self._model

    def one_pass(self, pixels: Sequence[np.ndarray]) -> OnePass:
        """Run the network once over the images; as `Model.one_pass`."""
        seen = self._model.feature_pass(pixels)
        scores = self._probe.scores(seen.vectors, self._head)
        by_class = softmax(scores).astype(np.float32)
        predicted = _predicted(by_class)
        raw = np.maximum(self._cells(seen.activations, predicted), 0.0)
        peak = raw.max(axis=(1, 2), keepdims=True, initial=0.0)
        maps = np.divide(raw, peak, out=np.zeros_like(raw), where=peak > 0)
        probability = by_class[:, 1] if len(self.class_names) == 2 else by_class.max(axis=1)
        return OnePass(seen.vectors, probability, maps.astype(np.float32), by_class)

    def signed_maps(self, pixels: Sequence[np.ndarray], target: str | None = None) -> np.ndarray:
        """Return the evidence at each cell, (b, h, w) float32; its mean is the class' logit.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
        target : str, optional
            The class; by default the one predicted for each image.

        Raises
        ------
        ValueError
            If there is no such class.
        """
        seen = self._model.feature_pass(pixels)
        if target is None:
            chosen = _predicted(self._probe.predict(seen.vectors, self._head))
        elif target in self.class_names:
            chosen = np.full(len(pixels), self.class_names.index(target))
        else:
            raise ValueError(f"no class {target!r}; the probe knows {', '.join(self.class_names)}")
        return self._cells(seen.activations, chosen).astype(np.float32)

    def feature_pass(self, pixels: Sequence[np.ndarray]) -> FeaturePass:
        """Return the vectors and the map they are the mean of; as `Model.feature_pass`."""
        return self._model.feature_pass(pixels)

    def layer_evidence(
        self,
        pixels: Sequence[np.ndarray],
        layers: str | Sequence[str],
        targets: Sequence[int] | np.ndarray | None = None,
    ) -> LayerEvidence:
        """Return activations and gradients as `Model.layer_evidence`, for `cam_layer` alone.

        Raises
        ------
        LayerNotFoundError
            For any other layer.
        """
        for name in (layers,) if isinstance(layers, str) else layers:
            if name != self.cam_layer:
                raise LayerNotFoundError(
                    f"a linear probe explains the layer that it reads, {self.cam_layer!r}, not "
                    f"{name!r}; use layer={self.cam_layer!r}, or train a model (crystalviz train)"
                )
        seen = self._model.feature_pass(pixels)
        scores = self._probe.evidence(seen.vectors, self._head).astype(np.float32)
        predicted = _predicted(softmax(scores))
        chosen = predicted if targets is None else np.asarray(targets, np.int64)
        _, height, width, _ = seen.activations.shape
        slope = self._slopes()[chosen] / (height * width)
        gradients = np.broadcast_to(slope[:, None, None, :], seen.activations.shape)
        return LayerEvidence(
            {self.cam_layer: seen.activations},
            {self.cam_layer: gradients.astype(np.float32)},
            scores,
            chosen,
        )

    def class_scores(self, prepared: np.ndarray) -> np.ndarray:
        """Return the evidence for each class of prepared input; as `Model.class_scores`."""
        vectors = self._model.prepared_vectors(prepared)
        return self._probe.evidence(vectors, self._head).astype(np.float32)

    def prepared_vectors(self, prepared: np.ndarray) -> np.ndarray:
        """Return the vectors of prepared input; as `Model.prepared_vectors`."""
        return self._model.prepared_vectors(prepared)

    def prepare(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """Return what the network is fed with; as `Model.prepare`."""
        return self._model.prepare(pixels)

    def require_head(self, purpose: str) -> None:
        """Do nothing: a probe tells classes apart."""

    def _slopes(self) -> np.ndarray:
        """Return the gradient of each class' evidence to the vector, (K, d)."""
        classes = len(self.class_names)
        return np.asarray(self._probe.weights[self._head] * (classes / (classes - 1)))

    def _cells(self, activations: np.ndarray, classes: np.ndarray) -> np.ndarray:
        slopes = self._slopes()[classes]
        count = len(self.class_names)
        bias = self._probe.bias[self._head][classes] * (count / (count - 1))
        images, height, width, channels = activations.shape
        cells = activations.reshape(images, height * width, channels) @ slopes[:, :, None]
        return np.asarray(cells.reshape(images, height, width) + bias[:, None, None])


def _predicted(by_class: np.ndarray) -> np.ndarray:
    if by_class.shape[1] == 2:
        # Equal shares go to the positive class, as everywhere.
        return (by_class[:, 1] >= 0.5).astype(np.int64)
    return by_class.argmax(axis=1)
