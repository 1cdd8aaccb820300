"""A loaded model: one forward pass gives vector, probability and map."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crystalviz.models._forward import Head, build_forward
from crystalviz.models._keras import import_keras
from crystalviz.models._layers import find_layer, last_map, walk_layers
from crystalviz.models.errors import ModelFileError, NoClassHeadError
from crystalviz.models.preprocess import PREPROCESSING, prepare

DEFAULT_CAM_LAYER = "conv5_block2_out"
# Raised when the arithmetic of a pass changes, so that saved analyses are made again.
PASS_VERSION = 1
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
        P(positive class), NaN where the model has no class head.
    maps : (b, h, w) float32
        LayerCAM of the predicted class at `Model.cam_layer`, 0 to 1; all zero where
        nothing speaks for it. Without a class head: the mean activation.
    """

    vectors: np.ndarray
    probability: np.ndarray
    maps: np.ndarray


class LayerEvidence(NamedTuple):
    """What CAM methods are computed from, for b images.

    Attributes
    ----------
    activations : (b, h, w, c) float32
    gradients : (b, h, w, c) float32
        Of the logit of the positive class, before the sigmoid.
    logits : (b,) float32
    """

    activations: np.ndarray
    gradients: np.ndarray
    logits: np.ndarray


class Model:
    """A Keras network with what is needed to feed and read it.

    Parameters
    ----------
    network : keras.Model
        One image input, one output. One sigmoid or linear unit, or two softmax units,
        is read as a class head; anything else leaves the model without one.
    name : str
    class_names : (str, str)
        Negative, then positive class.
    preprocessing : str
        A key of `crystalviz.models.preprocess.PREPROCESSING`.
    cam_layer : str, optional
        Where `one_pass` takes its maps; by default `conv5_block2_out`, else the last map.
    input_size : (height, width), optional
        For a network that takes any size; 224 x 224 then by default.

    Raises
    ------
    ModelFileError
        If the network has not one image input of 1 or 3 channels and one output.
    LayerNotFoundError
        If there is no such `cam_layer`.
    """

    def __init__(
        self,
        network: Any,
        name: str,
        class_names: tuple[str, str] = ("class 0", "class 1"),
        preprocessing: str = "none",
        cam_layer: str | None = None,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        self._tf, _ = import_keras()
        if preprocessing not in PREPROCESSING:
            raise ValueError(
                f"no preprocessing {preprocessing!r}; there are {', '.join(PREPROCESSING)}"
            )
        self._network = network
        self.name = name
        self.preprocessing = preprocessing
        self.class_names = (str(class_names[0]), str(class_names[1]))
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
        self.input_shape = (int(shape[1] or height), int(shape[2] or width), int(shape[3]))
        self._head = Head(network, name)
        self.has_head = self._head.exists
        self.cam_layer = self._pick_cam_layer(cam_layer)
        self._passes: dict[tuple[str, bool], Any] = {}
        probe = self._run(np.zeros((1, *self.input_shape), np.float32), self.cam_layer, False)
        self.dimension = int(probe["vector"].shape[1])
        self.map_shape = (int(probe["map"].shape[1]), int(probe["map"].shape[2]))
        self.fingerprint = self._fingerprint()

    def __repr__(self) -> str:
        return (
            f"<Model {self.name}: {self.dimension}-d vectors, maps {self.map_shape[0]} x "
            f"{self.map_shape[1]} of {self.cam_layer}, {'/'.join(self.class_names)}>"
        )

    @property
    def layer_names(self) -> list[str]:
        """Names of all layers, nested ones too, in order."""
        return [layer.name for layer in walk_layers(self._network)]

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
        LayerCAM: Jiang et al. 2021, doi:10.1109/TIP.2021.3089943, on the logit before
        the sigmoid, its sign turned for the negative class.
        """
        if not len(pixels):
            return OnePass(
                np.empty((0, self.dimension), np.float32),
                np.empty(0, np.float32),
                np.empty((0, *self.map_shape), np.float32),
            )
        result = self._run(self._prepare(pixels), self.cam_layer, False)
        # The sigmoid in double precision: the same bits wherever it is computed.
        probability = 1.0 / (1.0 + np.exp(-np.clip(result["logit"].astype(np.float64), -80, 80)))
        return OnePass(result["vector"], probability.astype(np.float32), result["map"])

    def layer_evidence(self, pixels: Sequence[np.ndarray], layer: str) -> LayerEvidence:
        """Return a layer's activations and the gradient of the logit to them.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
            At least one.
        layer : str
            Name of any layer with a (batch, h, w, c) output, in nested models too.

        Raises
        ------
        LayerNotFoundError
            With near names.
        ValueError
            If the layer's output is not a map.

        Notes
        -----
        Without a class head the gradients and logits are NaN.
        """
        result = self._run(self._prepare(pixels), layer, True)
        gradients = result.get("gradient")
        if gradients is None:
            gradients = np.full_like(result["activation"], np.nan)
        return LayerEvidence(result["activation"], gradients, result["logit"])

    def require_head(self, purpose: str) -> None:
        """Raise `NoClassHeadError` if the model tells no classes apart."""
        if not self.has_head:
            raise NoClassHeadError(
                f"{purpose} needs a class, and the model {self.name!r} ends without a class head; "
                "load a trained two-class model, or use a method that needs no class (eigencam)"
            )

    def _prepare(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        height, width, channels = self.input_shape
        return np.stack(
            [prepare(image, (height, width), channels, self.preprocessing) for image in pixels]
        )

    def _run(self, images: np.ndarray, layer: str, gradients: bool) -> dict[str, np.ndarray]:
        key = (layer, gradients)
        if key not in self._passes:
            found = find_layer(self._network, layer)
            if gradients and len(getattr(found.output, "shape", ())) != 4:
                raise ValueError(
                    f"the layer {layer!r} of {self.name!r} puts out {found.output.shape}, "
                    "a class activation map needs a map (batch, h, w, channels)"
                )
            self._passes[key] = build_forward(
                self._tf, self._network, self._head, found, BATCH, self.input_shape, gradients
            )
        parts = []
        for start in range(0, len(images), BATCH):
            chunk = images[start : start + BATCH]
            missing = BATCH - len(chunk)
            if missing:
                chunk = np.concatenate([chunk, np.zeros((missing, *chunk.shape[1:]), np.float32)])
            result = self._passes[key](chunk)
            parts.append({name: value.numpy()[: BATCH - missing] for name, value in result.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _pick_cam_layer(self, wanted: str | None) -> str:
        if wanted is not None:
            return str(find_layer(self._network, wanted).name)
        if DEFAULT_CAM_LAYER in self.layer_names:
            return DEFAULT_CAM_LAYER
        last = last_map(self._network)
        if last is None:
            raise ModelFileError(f"{self.name}: has no convolutional map, so nothing can be shown")
        return str(last.name)

    def _fingerprint(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        facts = (PASS_VERSION, self.input_shape, self.preprocessing, self.cam_layer)
        digest.update(repr((*facts, self.class_names)).encode())
        # In order, without the names: Keras numbers them anew in each process.
        for weight in self._network.weights:
            values = np.ascontiguousarray(weight.numpy())
            digest.update(f"{values.shape}{values.dtype.str}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()


def file_name(path: str | Path) -> str:
    """Return the name a model file goes by: the file's, without its suffix."""
    return Path(path).stem
