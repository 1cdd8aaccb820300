"""Passes through a flattened network with gradients from TensorFlow's tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from crystalviz.models.graph.flatten import Graph
from crystalviz.models.graph.head import Head

PREDICTED = -1
"""In place of a class number: the class with the highest score."""


def trace_pass(
    tf: Any, graph: Graph, head: Head | None, cam_layer: str, batch: int, shape: tuple[int, ...]
) -> Callable[[Any], dict[str, Any]]:
    """Trace one pass of fixed batch size.

    Returns
    -------
    callable
        (batch, height, width, channels) float32 -> dict of float32 tensors: `vectors`
        (batch, d), `scores` (batch, classes), `maps` (batch, h, w) and `activations`
        (batch, h', w', d), the map whose mean is the vector. Without a head there are no
        scores, and the maps are the mean activation.
    """
    source, pooled = graph.source()
    explained = graph.find(cam_layer)

    def run(images: Any) -> dict[str, Any]:
        values, scores, gradients = _watched(tf, graph, head, [explained], images, None)
        activations = tf.cast(values[source], tf.float32)
        vectors = tf.reduce_mean(activations, (1, 2)) if pooled is None else values[pooled]
        result = {
            "vectors": tf.cast(tf.reshape(vectors, [batch, -1]), tf.float32),
            "activations": activations,
            "maps": layercam(
                tf.cast(values[explained], tf.float32), None if gradients is None else gradients[0]
            ),
        }
        if scores is not None:
            result["scores"] = scores
        return result

    return tf.function(run, input_signature=[tf.TensorSpec([batch, *shape], tf.float32)])


def layercam(activation: Any, gradient: Any | None) -> Any:
    """Return (batch, h, w) LayerCAM with its peak at 1, all zero without evidence.

    Without a gradient: the mean of the positive activation.
    """
    from keras import ops

    if gradient is None:
        raw = ops.mean(ops.relu(activation), axis=-1)
    else:
        raw = ops.relu(ops.sum(ops.relu(gradient) * activation, axis=-1))
    peak = ops.max(raw, axis=(1, 2), keepdims=True)
    # Where the peak is 0 the map is 0, and stays so.
    return raw / ops.where(peak > 0, peak, ops.ones_like(peak))


def trace_evidence(
    tf: Any,
    graph: Graph,
    head: Head | None,
    layers: Sequence[str],
    batch: int,
    shape: tuple[int, ...],
) -> Callable[[Any, Any], dict[str, Any]]:
    """Trace a pass that hands out layers with the gradients of one class' score.

    Returns
    -------
    callable
        Images (batch, height, width, channels) float32 and class numbers (batch,) int32,
        `PREDICTED` for the predicted one -> dict of `activations` and `gradients`, lists in
        the order of `layers`, `scores` (batch, classes) and `targets`, the class numbers.
        Without a head only the activations.
    """
    places = [graph.find(layer) for layer in layers]

    def run(images: Any, targets: Any) -> Any:
        values, scores, gradients = _watched(tf, graph, head, places, images, targets)
        activations = [tf.cast(values[place], tf.float32) for place in places]
        if scores is None:
            return {"activations": activations}
        chosen = _chosen(tf, scores, targets)
        return {
            "activations": activations,
            "gradients": gradients,
            "scores": scores,
            "targets": chosen,
        }

    signature = [
        tf.TensorSpec([batch, *shape], tf.float32),
        tf.TensorSpec([batch], tf.int32),
    ]
    return tf.function(run, input_signature=signature)


def _watched(
    tf: Any, graph: Graph, head: Head | None, places: list[int], images: Any, targets: Any | None
) -> tuple[dict[int, Any], Any | None, list[Any] | None]:
    """Run the graph; return its values, the scores and the gradients at `places`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        values = graph.run(
            images, lambda place, tensor: tape.watch(tensor) if place in places else None
        )
        if head is None:
            return values, None, None
        scores = head.scores(values)
        explained = tf.gather(scores, _chosen(tf, scores, targets), batch_dims=1)
    gradients = tape.gradient(
        explained, [values[place] for place in places], unconnected_gradients="zero"
    )
    return values, scores, [tf.cast(gradient, tf.float32) for gradient in gradients]


def _chosen(tf: Any, scores: Any, targets: Any | None) -> Any:
    if scores.shape[1] == 2:
        # The positive class has P >= .5, equal scores included.
        predicted = tf.cast(scores[:, 1] >= scores[:, 0], tf.int32)
    else:
        predicted = tf.argmax(scores, axis=-1, output_type=tf.int32)
    return predicted if targets is None else tf.where(targets == PREDICTED, predicted, targets)
