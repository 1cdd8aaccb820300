"""A loaded model: one forward pass gives vector, probability and map."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crystalviz.models._keras import import_keras
from crystalviz.models.errors import ModelFileError, NoClassHeadError
from crystalviz.models.graph.flatten import Graph, flatten
from crystalviz.models.graph.head import read_head
from crystalviz.models.graph.traced import PREDICTED, trace_evidence, trace_pass
from crystalviz.models.preprocess import PREPROCESSING, prepare

DEFAULT_CAM_LAYER = "conv5_block2_out"
# Raised when the arithmetic of a pass changes, so that saved analyses are made again.
PASS_VERSION = 2
# Every batch is filled up to this size. With one fixed shape there is one trace and
# one order of summation, so an image's result does not depend on its neighbours.
BATCH = 8


class OnePass(NamedTuple):
    """What one forward pass says about b images.

    Attributes
    ----------
    vectors : (b, d) float32
        Global average of the last convolutional map.
    probability : (b,) float32
        P(positive class) for two classes, P(predicted class) for more, NaN where the model
        has no class head.
    maps : (b, h, w) float32
        LayerCAM of the predicted class at `Model.cam_layer`, 0 to 1; all zero where
        nothing speaks for it. Without a class head: the mean activation.
    class_probability : (b, K) float32
        P of each class of `Model.class_names`; NaN without a class head.
    """

    vectors: np.ndarray
    probability: np.ndarray
    maps: np.ndarray
    class_probability: np.ndarray


class FeaturePass(NamedTuple):
    """Vectors of b images and the maps they are the spatial mean of.

    Attributes
    ----------
    vectors : (b, d) float32
    activations : (b, h, w, d) float32
    """

    vectors: np.ndarray
    activations: np.ndarray


class LayerEvidence(NamedTuple):
    """What CAM methods are computed from, for b images.

    Attributes
    ----------
    activations : dict of str to (b, h, w, c) float32
        Of each layer that was asked for, by name.
    gradients : dict of str to (b, h, w, c) float32
        Of the score of the explained class, before the sigmoid or softmax.
    scores : (b, K) float32
        The logits of the classes; -z and z where one unit z tells two classes apart.
    targets : (b,) int64
        Number of the explained class; -1 without a class head.
    """

    activations: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    scores: np.ndarray
    targets: np.ndarray


class Model:
    """A Keras network with what is needed to feed and read it.

    Parameters
    ----------
    network : keras.Model
        Functional or sequential; one image input, one output. One sigmoid or linear unit,
        or K >= 2 softmax or linear units, are read as a class head; anything else leaves
        the model without one.
    name : str
    class_names : sequence of str, optional
        In the order of the units; for one unit the negative, then the positive class.
    preprocessing : str
        A key of `crystalviz.models.preprocess.PREPROCESSING`.
    cam_layer : str, optional
        Where `one_pass` takes its maps; by default `conv5_block2_out`, else the last map.
    input_size : (height, width), optional
        For a network that takes any size; 224 x 224 then by default.

    Attributes
    ----------
    class_names : tuple of str
    has_head : bool
    input_shape : (height, width, channels)
    dimension : int
        Of the vectors.
    map_shape : (int, int)
    layer_names : list of str
        Of all layers, nested ones too, in order.
    feature_layer : str
        The layer whose map `feature_pass` returns.
    fingerprint : str
        Of the weights and everything else that the numbers of a pass depend on.

    Raises
    ------
    ModelFileError
        If the network has not one image input of 1 or 3 channels and one output, or
        the class names do not fit its head.
    LayerNotFoundError
        If there is no such `cam_layer`.
    """

    def __init__(
        self,
        network: Any,
        name: str,
        class_names: Sequence[str] | None = None,
        preprocessing: str = "none",
        cam_layer: str | None = None,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        self._tf, _ = import_keras()
        if preprocessing not in PREPROCESSING:
            raise ValueError(
                f"no preprocessing {preprocessing!r}; there are {', '.join(PREPROCESSING)}"
            )
        self.network = network
        self.name = name
        self.preprocessing = preprocessing
        self.input_shape = _input_shape(network, name, input_size)
        self._graph = flatten(network)
        self._head = read_head(self._graph)
        self.has_head = self._head is not None
        self.class_names = _class_names(class_names, self._head and self._head.classes, name)
        self.layer_names = list(self._graph.layers)
        self.feature_layer = self._graph.source_layer()
        self.cam_layer = _pick_cam_layer(self._graph, cam_layer)
        self._pass = trace_pass(
            self._tf, self._graph, self._head, self.cam_layer, BATCH, self.input_shape
        )
        self._evidence: dict[tuple[str, ...], Any] = {}
        probe = self._run(np.zeros((1, *self.input_shape), np.float32))
        self.dimension = int(probe["vectors"].shape[1])
        self.map_shape = (int(probe["maps"].shape[1]), int(probe["maps"].shape[2]))
        self.fingerprint = self._fingerprint()

    def __repr__(self) -> str:
        return (
            f"<Model {self.name}: {self.dimension}-d vectors, maps {self.map_shape[0]} x "
            f"{self.map_shape[1]} of {self.cam_layer}, {'/'.join(self.class_names)}>"
        )

    def one_pass(self, pixels: Sequence[np.ndarray]) -> OnePass:
        """Run the network once over the images.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
            Of any sizes.

        Returns
        -------
        OnePass

        Notes
        -----
        LayerCAM: Jiang et al. 2021, doi:10.1109/TIP.2021.3089943, on the logit of the
        predicted class; that of the negative class of one unit is the unit's, negated.
        """
        result = self._run(self.prepare(pixels))
        by_class = self._class_probability(result)
        two = len(self.class_names) == 2
        probability = by_class[:, 1] if two else by_class.max(axis=1)
        return OnePass(result["vectors"], probability, result["maps"], by_class)

    def feature_pass(self, pixels: Sequence[np.ndarray]) -> FeaturePass:
        """Return the vectors and the last convolutional map, whose spatial mean they are.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8

        Raises
        ------
        ValueError
            If the vector is not the mean of a map.
        """
        result = self._run(self.prepare(pixels))
        return FeaturePass(result["vectors"], result["activations"])

    def layer_evidence(
        self,
        pixels: Sequence[np.ndarray],
        layers: str | Sequence[str],
        targets: Sequence[int] | np.ndarray | None = None,
    ) -> LayerEvidence:
        """Return layers' activations and the gradients of a class' score to them.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
            At least one.
        layers : str or sequence of str
            Names of layers with a (batch, h, w, c) output, in nested models too.
        targets : (b,) int, optional
            Number of the class to explain for each image; the predicted one by default.

        Raises
        ------
        LayerNotFoundError
            With near names.
        ValueError
            If a layer's output is not a map, or there is no such class.

        Notes
        -----
        Without a class head the gradients and scores are NaN.
        """
        names = (layers,) if isinstance(layers, str) else tuple(layers)
        chosen = self._check_targets(targets, len(pixels))
        if names not in self._evidence:
            for name in names:
                shape = self._graph.shapes[self._graph.find(name)]
                if len(shape) != 4:
                    raise ValueError(
                        f"the layer {name!r} of {self.name!r} puts out {shape}, "
                        "a class activation map needs a map (batch, h, w, channels)"
                    )
            self._evidence[names] = trace_evidence(
                self._tf, self._graph, self._head, names, BATCH, self.input_shape
            )
        images = self.prepare(pixels)
        parts = []
        for start in range(0, len(images), BATCH):
            chunk, kept = _filled(images[start : start + BATCH])
            wanted, _ = _filled(chosen[start : start + BATCH])
            found = self._evidence[names](chunk, wanted)
            parts.append(self._tf.nest.map_structure(lambda x, k=kept: x.numpy()[:k], found))

        def of_layers(what: str) -> dict[str, np.ndarray]:
            return {
                name: np.concatenate([part[what][i] for part in parts])
                for i, name in enumerate(names)
            }

        activations = of_layers("activations")
        if not self.has_head:
            nothing = {name: np.full_like(value, np.nan) for name, value in activations.items()}
            scores = np.full((len(images), len(self.class_names)), np.nan, np.float32)
            return LayerEvidence(activations, nothing, scores, np.full(len(images), -1))
        return LayerEvidence(
            activations,
            of_layers("gradients"),
            np.concatenate([part["scores"] for part in parts]),
            np.concatenate([part["targets"] for part in parts]).astype(np.int64),
        )

    def prepared_vectors(self, prepared: np.ndarray) -> np.ndarray:
        """Return the vectors (b, d) float32 of input that is prepared already.

        Parameters
        ----------
        prepared : (b, height, width, channels) float32
        """
        return self._run(np.asarray(prepared, np.float32))["vectors"]

    def class_scores(self, prepared: np.ndarray) -> np.ndarray:
        """Return the scores of the classes for input that is prepared already.

        Parameters
        ----------
        prepared : (b, height, width, channels) float32
            As `prepare` returns it, or changed after.

        Returns
        -------
        (b, K) float32
            Logits; -z and z where one unit z tells two classes apart.

        Raises
        ------
        NoClassHeadError
        """
        self.require_head("a class score")
        return self._run(np.asarray(prepared, np.float32))["scores"]

    def prepare(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """Return what the network is fed with, (b, height, width, channels) float32.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
        """
        height, width, channels = self.input_shape
        images = [prepare(image, (height, width), channels, self.preprocessing) for image in pixels]
        return np.stack(images) if images else np.empty((0, *self.input_shape), np.float32)

    def require_head(self, purpose: str) -> None:
        """Raise `NoClassHeadError` if the model tells no classes apart."""
        if not self.has_head:
            raise NoClassHeadError(
                f"{purpose} needs a class, and the model {self.name!r} ends without a class head; "
                "load a trained model, or use a method that needs no class (eigencam)"
            )

    def _run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        parts = []
        # No images: one empty batch gives the shapes.
        for start in range(0, max(1, len(images)), BATCH):
            chunk, kept = _filled(images[start : start + BATCH])
            parts.append({name: x.numpy()[:kept] for name, x in self._pass(chunk).items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _class_probability(self, result: dict[str, np.ndarray]) -> np.ndarray:
        if not self.has_head:
            count = len(result["vectors"])
            return np.full((count, len(self.class_names)), np.nan, np.float32)
        # In double precision: the same bits wherever it is computed.
        scores = result["scores"].astype(np.float64)
        if self._head is not None and self._head.units == 1:
            # The scores -z and z are 2 z apart, and the sigmoid is that of z.
            scores /= 2
        exponential = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (exponential / exponential.sum(axis=1, keepdims=True)).astype(np.float32)

    def _check_targets(self, targets: Sequence[int] | np.ndarray | None, count: int) -> np.ndarray:
        if targets is None:
            return np.full(count, PREDICTED, np.int32)
        chosen = np.asarray(targets)
        if chosen.shape != (count,) or ((chosen < 0) | (chosen >= len(self.class_names))).any():
            raise ValueError(
                f"targets should hold one class number of 0 to {len(self.class_names) - 1} for "
                f"each of the {count} images"
            )
        return chosen.astype(np.int32)

    def _fingerprint(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        facts = (PASS_VERSION, self.input_shape, self.preprocessing, self.cam_layer)
        digest.update(repr((*facts, self.class_names)).encode())
        # In order, without the names: Keras numbers them anew in each process.
        for weight in self.network.weights:
            values = np.ascontiguousarray(weight.numpy())
            digest.update(f"{values.shape}{values.dtype.str}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()


def _filled(batch: np.ndarray) -> tuple[np.ndarray, int]:
    """Fill a batch up to `BATCH` with zeros; return it with how many were there."""
    missing = BATCH - len(batch)
    if not missing:
        return batch, BATCH
    return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)]), len(batch)


def _input_shape(
    network: Any, name: str, input_size: tuple[int, int] | None
) -> tuple[int, int, int]:
    shape = getattr(network, "input_shape", None)
    outputs = getattr(network, "outputs", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] not in (1, 3):
        raise ModelFileError(
            f"{name}: takes input of shape {shape}; crystalviz needs one image input "
            "(batch, height, width, 1 or 3 channels last)"
        )
    if not outputs or len(outputs) != 1:
        raise ModelFileError(f"{name}: has {len(outputs or ())} outputs, crystalviz needs one")
    height, width = input_size or (224, 224)
    return int(shape[1] or height), int(shape[2] or width), int(shape[3])


def _class_names(given: Sequence[str] | None, classes: int | None, name: str) -> tuple[str, ...]:
    """Return a name for each class; numbers where none are given."""
    if given is None:
        return tuple(f"class {i}" for i in range(classes or 2))
    names = tuple(str(x) for x in given)
    if len(names) < 2 or len(set(names)) < len(names):
        raise ModelFileError(f"{name}: class_names should be two or more different names")
    if classes is not None and classes != len(names):
        raise ModelFileError(
            f"{name}: tells {classes} classes apart, and there are {len(names)} class_names "
            f"({', '.join(names)}); give one for each"
        )
    return names


def _pick_cam_layer(graph: Graph, wanted: str | None) -> str:
    if wanted is not None:
        graph.find(wanted)
        return wanted
    if DEFAULT_CAM_LAYER in graph.layers:
        return DEFAULT_CAM_LAYER
    last = graph.last_map()
    if last is None:
        raise ModelFileError(f"{graph.name}: has no convolutional map, so nothing can be shown")
    return last


def file_name(path: str | Path) -> str:
    """Return the name a model file goes by: the file's, without its suffix."""
    return Path(path).stem
