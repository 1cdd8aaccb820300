"""The part of a network behind one layer: scores without some of its channels, class weights."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from crystalviz.models._keras import import_keras
from crystalviz.models.graph.affine import Dense
from crystalviz.models.graph.flatten import Graph, flatten
from crystalviz.models.graph.head import Head, read_head
from crystalviz.models.model import Model

# Channels that are left out in one run; the last run is filled up, so that there is one trace.
_BATCH = 32

# What hands its input on when a network is not trained.
_PASSIVE = {"linear", "Dropout", "SpatialDropout2D", "Flatten", "Reshape", "Identity"}

_TAILS: weakref.WeakKeyDictionary[Model, dict[str, Tail]] = weakref.WeakKeyDictionary()


def tail_of(model: Model, layer: str) -> Tail:
    """Return the tail of a model behind a layer; traced once, kept as long as the model."""
    tails = _TAILS.setdefault(model, {})
    if layer not in tails:
        tails[layer] = Tail(model, layer)
    return tails[layer]


class Tail:
    """What follows a layer.

    Where everything behind the layer depends on its output alone, only that is run. What else
    is needed, as where a shortcut leads around the layer, is computed once from the image.

    Parameters
    ----------
    model : Model
        With a class head.
    layer : str
        Whose output is a map (batch, h, w, channels).
    """

    def __init__(self, model: Model, layer: str) -> None:
        self._tf, _ = import_keras()
        graph, head = _flat(model)
        place = graph.find(layer)
        self._image_shape = model.input_shape
        self._run = self._traced(graph, head, place)

    def scores_without(
        self, prepared: np.ndarray, activation: np.ndarray, channels: np.ndarray
    ) -> np.ndarray:
        """Return the class scores of one image with single channels of the layer set to zero.

        Parameters
        ----------
        prepared : (height, width, depth) float32
            The image as the network is fed with it.
        activation : (h, w, c) float32
            What the layer puts out for it.
        channels : (b,) int
            Each is left out by itself.

        Returns
        -------
        (b, K) float32
        """
        parts = []
        image, map_ = prepared[None], activation[None]
        for start in range(0, len(channels), _BATCH):
            chunk = channels[start : start + _BATCH]
            filled = np.resize(chunk, _BATCH).astype(np.int32)
            parts.append(self._run(image, map_, filled).numpy()[: len(chunk)])
        return np.concatenate(parts)

    def _traced(self, graph: Graph, head: Head, place: int) -> Any:
        tf, shape = self._tf, graph.shapes[place]
        behind = graph.after(place)

        def run(image: Any, activation: Any, channels: Any) -> Any:
            # Of this only what the tail reads is computed: TensorFlow drops the rest.
            beside = graph.run(image)
            kept = 1.0 - tf.one_hot(channels, shape[3])
            start = activation * kept[:, None, None, :]
            values = {place: tf.cast(start, beside[place].dtype)}
            for step in graph.steps:
                if place in step.outputs or behind.isdisjoint(step.outputs):
                    continue
                inputs = [
                    values[i] if i in values else tf.repeat(beside[i], _BATCH, axis=0)
                    for i in step.inputs
                ]
                made = step.operation.forward(*inputs)
                values.update(
                    zip(step.outputs, made if isinstance(made, list) else [made], strict=True)
                )
            return head.scores(values)

        map_shape = [1, *(None if size is None else int(size) for size in shape[1:])]
        signature = [
            tf.TensorSpec([1, *self._image_shape], tf.float32),
            tf.TensorSpec(map_shape, tf.float32),
            tf.TensorSpec([_BATCH], tf.int32),
        ]
        return tf.function(run, input_signature=signature)


def class_weights(model: Model, layer: str) -> np.ndarray:
    """Return the weights with which the mean of each channel of a map enters the class scores.

    Parameters
    ----------
    model : Model
        With a class head.
    layer : str

    Returns
    -------
    (c, K) float32
        ``scores = mean of the map over h and w @ weights + bias``.

    Raises
    ------
    ValueError
        If the head is not global average pooling and one dense layer, or pools another
        layer's map. Says which methods or which layer to use instead.
    """
    graph, head = _flat(model)
    pooled_map, kernel = _dense_after_pooling(graph, head)
    if pooled_map is None or kernel is None:
        raise ValueError(
            f"the CAM method 'cam' needs a head of global average pooling and one dense layer, and "
            f"the model {model.name!r} ends otherwise; use 'gradcam', which generalises it, or "
            "'hirescam' or 'layercam'"
        )
    if _origin(graph, graph.find(layer)) != pooled_map:
        names = [name for name, value in graph.layers.items() if value == pooled_map]
        raise ValueError(
            f"the CAM method 'cam' weighs the map that is pooled before the dense layer of "
            f"{model.name!r}: use layer={names[0]!r}, or 'gradcam', 'hirescam' or 'layercam' at "
            f"{layer!r}"
        )
    return np.concatenate([-kernel, kernel], axis=1) if head.units == 1 else kernel


def _flat(model: Model) -> tuple[Graph, Head]:
    model.require_head("an explanation of a class")
    graph = flatten(model.network)
    head = read_head(graph)
    # `require_head` has seen it already.
    assert head is not None
    return graph, head


def _dense_after_pooling(graph: Graph, head: Head) -> tuple[int | None, np.ndarray | None]:
    """Return the pooled map's number and the kernel (c, units) where only these make the scores."""
    step = graph.step_of(_origin(graph, head.value))
    if step is None or not isinstance(step.operation, Dense):
        return None, None
    pooled = _origin(graph, step.inputs[0])
    for pooled_map, made in graph.poolings:
        if made == pooled:
            return _origin(graph, pooled_map), np.asarray(step.operation.kernel, np.float32)
    return None, None


def _origin(graph: Graph, value: int) -> int:
    """Follow a value back through what only hands it on."""
    step = graph.step_of(value)
    while step is not None and _is_passive(step.operation):
        value = step.inputs[0]
        step = graph.step_of(value)
    return value


def _is_passive(operation: Any) -> bool:
    return getattr(operation, "kind", type(operation).__name__) in _PASSIVE
