"""A loaded model: one forward pass gives vector, probability and map."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystalviz.models.engines import BATCH, Engine, choose_engine, open_onnx
from crystalviz.models.engines.base import run_in_batches
from crystalviz.models.errors import NoClassHeadError
from crystalviz.models.facts import DEFAULT_CAM_LAYER, Facts
from crystalviz.models.preprocess import prepare
from crystalviz.models.results import FeaturePass, LayerEvidence, OnePass

if TYPE_CHECKING:
    from crystalviz.models.network import KerasNetwork

__all__ = ["BATCH", "DEFAULT_CAM_LAYER", "FeaturePass", "LayerEvidence", "Model", "OnePass"]

# Raised when the arithmetic of a pass changes, so that saved analyses are made again.
PASS_VERSION = 2
# In place of a class number: the predicted class.
_PREDICTED = -1


class Model:
    """A network with what is needed to feed and read it, on one of the engines.

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
    engine : {"keras", "onnx", "openvino", "auto"}
        What runs the passes. The engines for ONNX convert the network first, which takes a
        while: `export_onnx` keeps the result.
    precision : {"f32", "bf16"}
        bf16 goes with "openvino".

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
    engine, precision : str
    path : Path or None
        The file it was loaded from.
    fingerprint : str
        Of the weights and everything else that the numbers of a pass depend on, the engine
        and its precision included.

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
        *,
        engine: str = "keras",
        precision: str = "f32",
    ) -> None:
        # Not needed by what runs in ONNX form.
        from crystalviz.models.network import KerasNetwork

        chosen = choose_engine(engine, precision)
        twin = KerasNetwork(network, name, class_names, preprocessing, cam_layer, input_size)
        runner: Engine = twin.engine
        if chosen != "keras":
            from crystalviz.models.export_onnx import to_onnx

            runner = open_onnx(chosen, precision, to_onnx(twin), twin.facts.input_shape)
        self._set(twin.facts, runner, twin.facts.weights, lambda: twin)

    @classmethod
    def on_engine(
        cls, facts: Facts, engine: Engine, content: str, open_twin: Callable[[], KerasNetwork]
    ) -> Model:
        """Return a model that runs on an engine already, without Keras.

        Parameters
        ----------
        facts : Facts
        engine : Engine
        content : str
            Fingerprint of what the engine runs.
        open_twin : callable
            Opens the same network in Keras when gradients are asked for.
        """
        model = cls.__new__(cls)
        model._set(facts, engine, content, open_twin)
        return model

    def _set(
        self, facts: Facts, engine: Engine, content: str, open_twin: Callable[[], KerasNetwork]
    ) -> None:
        self.facts = facts
        self._engine = engine
        self._open_twin = open_twin
        self._twin: KerasNetwork | None = None
        self.path: Path | None = None
        self.name = facts.name
        self.class_names = facts.class_names
        self.has_head = facts.units > 0
        self.input_shape = facts.input_shape
        self.preprocessing = facts.preprocessing
        self.dimension = facts.dimension
        self.map_shape = facts.map_shape
        self.cam_layer = facts.cam_layer
        self.feature_layer = facts.feature_layer
        self.layer_names = list(facts.layer_names)
        self.engine = engine.name
        self.precision = engine.precision
        self.fingerprint = facts.digest(PASS_VERSION, content, self.engine, self.precision)

    def __repr__(self) -> str:
        return (
            f"<Model {self.name}: {self.dimension}-d vectors, maps {self.map_shape[0]} x "
            f"{self.map_shape[1]} of {self.cam_layer}, {'/'.join(self.class_names)}, "
            f"{self.engine} {self.precision}>"
        )

    @property
    def network(self) -> Any:
        """The Keras model; opened now if the model runs on another engine.

        Raises
        ------
        MissingDependencyError
            If TensorFlow is not installed.
        ModelFileError
            If there is only an ONNX file.
        """
        return self._keras().network

    def _keras(self) -> KerasNetwork:
        if self._twin is None:
            self._twin = self._open_twin()
        return self._twin

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
        if not self.feature_layer:
            raise ValueError(f"the vectors of the model {self.name!r} are not the mean of a map")
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
        Without a class head the gradients and scores are NaN. Keras computes them, also for
        a model that runs on another engine.
        """
        names = (layers,) if isinstance(layers, str) else tuple(layers)
        chosen = self._check_targets(targets, len(pixels))
        found = self._keras().layer_evidence(self.prepare(pixels), names, chosen)
        activations = found["activations"]
        if not self.has_head:
            nothing = {name: np.full_like(value, np.nan) for name, value in activations.items()}
            scores = np.full((len(pixels), len(self.class_names)), np.nan, np.float32)
            return LayerEvidence(activations, nothing, scores, np.full(len(pixels), -1))
        return LayerEvidence(
            activations, found["gradients"], found["scores"], found["targets"].astype(np.int64)
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

    def export_onnx(self, path: str | os.PathLike[str]) -> Path:
        """Write the network of one pass as an ONNX file, which `load_model` reads.

        It puts out `vectors`, `scores` (logits of the classes), `maps` and `activations` for
        `images` (batch, height, width, channels) float32, already scaled as `preprocessing`
        says, and holds the class names and all else that is needed to feed and read it.

        Parameters
        ----------
        path : path
            Is there whole, and equal to Keras within 1e-4, or not at all.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ModelFileError
            If a layer has no gradient rule that can be exported, or the numbers differ.
        MissingDependencyError
            If packages of the extra `onnx` are missing.
        """
        from crystalviz.models.export_onnx import to_onnx, write_atomically

        target = Path(path)
        write_atomically(target, to_onnx(self._keras()))
        return target

    def _run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        if images.shape[1:] != self.input_shape:
            raise ValueError(
                f"{self.name} takes (n, {', '.join(map(str, self.input_shape))}), "
                f"not {images.shape}"
            )
        return run_in_batches(self._engine, images)

    def _class_probability(self, result: dict[str, np.ndarray]) -> np.ndarray:
        if not self.has_head:
            count = len(result["vectors"])
            return np.full((count, len(self.class_names)), np.nan, np.float32)
        # In double precision: the same bits wherever it is computed.
        scores = result["scores"].astype(np.float64)
        if self.facts.units == 1:
            # The scores -z and z are 2 z apart, and the sigmoid is that of z.
            scores /= 2
        exponential = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (exponential / exponential.sum(axis=1, keepdims=True)).astype(np.float32)

    def _check_targets(self, targets: Sequence[int] | np.ndarray | None, count: int) -> np.ndarray:
        if targets is None:
            return np.full(count, _PREDICTED, np.int32)
        chosen = np.asarray(targets)
        if chosen.shape != (count,) or ((chosen < 0) | (chosen >= len(self.class_names))).any():
            raise ValueError(
                f"targets should hold one class number of 0 to {len(self.class_names) - 1} for "
                f"each of the {count} images"
            )
        return chosen.astype(np.int32)
