"""A Keras network, flattened: what a model on any engine goes back to for gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crystalviz.models._keras import import_keras
from crystalviz.models.engines.base import BATCH, filled, run_in_batches
from crystalviz.models.engines.keras import KerasEngine
from crystalviz.models.errors import ModelFileError
from crystalviz.models.facts import (
    DEFAULT_CAM_LAYER,
    Facts,
    check_class_names,
    check_preprocessing,
    weights_digest,
)
from crystalviz.models.graph.flatten import Graph, flatten
from crystalviz.models.graph.fused import NoGradientRuleError, fuse
from crystalviz.models.graph.head import read_head
from crystalviz.models.graph.traced import trace_evidence, trace_pass


class KerasNetwork:
    """A network with its graph; parameters and errors as those of `Model`.

    Attributes
    ----------
    network : keras.Model
    facts : Facts
    fused : callable or None
        The function of one pass without gradient operators, if there is one.
    engine : KerasEngine
        Runs one pass.
    without_rule : str or None
        Why the pass cannot be exported: the layers whose gradient only the tape knows.
    """

    def __init__(
        self,
        network: Any,
        name: str,
        class_names: Sequence[str] | None,
        preprocessing: str,
        cam_layer: str | None,
        input_size: tuple[int, int] | None,
    ) -> None:
        self._tf, _ = import_keras()
        check_preprocessing(preprocessing)
        self.network = network
        shape = _input_shape(network, name, input_size)
        self.graph = flatten(network)
        self.head = read_head(self.graph)
        classes = self.head.classes if self.head else None
        names = tuple(str(x) for x in class_names or _numbered(classes or 2))
        # Before the work of tracing.
        check_class_names(names, classes, name)
        layer = _pick_cam_layer(self.graph, cam_layer)
        self.without_rule: str | None = None
        self.fused: Callable[[Any], dict[str, Any]] | None = None
        try:
            self.fused = fuse(self.graph, self.head, layer)
            signature = [self._tf.TensorSpec([BATCH, *shape], self._tf.float32)]
            self.engine = KerasEngine(self._tf.function(self.fused, input_signature=signature))
        except NoGradientRuleError as error:
            self.without_rule = str(error)
            self.engine = KerasEngine(
                trace_pass(self._tf, self.graph, self.head, layer, BATCH, shape)
            )
        probe = run_in_batches(self.engine, np.zeros((1, *shape), np.float32))
        rows, columns = probe["maps"].shape[1:]
        self.facts = Facts(
            name=name,
            class_names=names,
            units=self.head.units if self.head else 0,
            preprocessing=preprocessing,
            input_shape=shape,
            cam_layer=layer,
            feature_layer=self.graph.source_layer(),
            layer_names=tuple(self.graph.layers),
            dimension=int(probe["vectors"].shape[1]),
            map_shape=(int(rows), int(columns)),
            weights=weights_digest(weight.numpy() for weight in network.weights),
        )
        self._evidence: dict[tuple[str, ...], Any] = {}

    def layer_evidence(
        self, images: np.ndarray, layers: Sequence[str], targets: np.ndarray
    ) -> dict[str, Any]:
        """Return activations and gradients of layers.

        Parameters
        ----------
        images : (n, height, width, channels) float32
        layers : sequence of str
        targets : (n,) int32
            Class numbers, -1 for the predicted one.

        Returns
        -------
        dict
            `activations` and, with a head, `gradients`: dicts of layer name to
            (n, h, w, c); `scores` (n, classes) and `targets` (n,).
        """
        names = tuple(dict.fromkeys(layers))
        if names not in self._evidence:
            for name in names:
                shape = self.graph.shapes[self.graph.find(name)]
                if len(shape) != 4:
                    raise ValueError(
                        f"the layer {name!r} of {self.facts.name!r} puts out {shape}, "
                        "a class activation map needs a map (batch, h, w, channels)"
                    )
            self._evidence[names] = trace_evidence(
                self._tf, self.graph, self.head, names, BATCH, self.facts.input_shape
            )
        parts = []
        for start in range(0, len(images), BATCH):
            chunk, count = filled(images[start : start + BATCH])
            wanted, _ = filled(targets[start : start + BATCH])
            found = self._evidence[names](chunk, wanted)
            parts.append(self._tf.nest.map_structure(lambda x, n=count: x.numpy()[:n], found))
        result: dict[str, Any] = {}
        for what in parts[0]:
            if what in ("activations", "gradients"):
                result[what] = {
                    name: np.concatenate([part[what][i] for part in parts])
                    for i, name in enumerate(names)
                }
            else:
                result[what] = np.concatenate([part[what] for part in parts])
        return result


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"class {i}" for i in range(count))


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
