"""One network without gradient operators: vectors, scores, maps and the last map in one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crystalviz.models.errors import ModelFileError
from crystalviz.models.graph.backward import score_gradient, without_rule
from crystalviz.models.graph.flatten import Graph
from crystalviz.models.graph.fold import fold
from crystalviz.models.graph.head import Head
from crystalviz.models.graph.traced import layercam


class NoGradientRuleError(ModelFileError):
    """A layer between the map and the scores has no gradient rule in forward operators."""


def fuse(graph: Graph, head: Head | None, cam_layer: str) -> Callable[[Any], dict[str, Any]]:
    """Return the function of one pass.

    Parameters
    ----------
    graph : Graph
    head : Head or None
    cam_layer : str
        Where the maps are taken.

    Returns
    -------
    callable
        (batch, height, width, channels) float32 -> dict of vectors
        (batch, d), scores (batch, classes), maps (batch, h, w), activations
        (batch, h', w', d). Without a head the maps are the mean activation.

    Raises
    ------
    NoGradientRuleError
        With the names of the layers.
    """
    explained = graph.find(cam_layer)
    missing = without_rule(graph, explained, head)
    if missing:
        raise NoGradientRuleError(
            f"{graph.name}: there is no gradient rule in forward operators for the layers "
            f"{', '.join(missing)}, between {cam_layer!r} and the scores; take the maps at a later "
            "layer (cam_layer=), or use engine='keras'"
        )
    source, pooled = graph.source()
    kept = {explained, source, *([] if head is None else [head.value])}
    folded = fold(graph, kept)

    def run(images: Any) -> dict[str, Any]:
        from keras import ops

        values = folded.run(images)
        activations = ops.cast(values[source], "float32")
        vectors = ops.mean(activations, axis=(1, 2)) if pooled is None else values[pooled]
        gradient = None if head is None else score_gradient(folded, head, explained, values)
        result = {"vectors": ops.reshape(vectors, (-1, activations.shape[-1]))}
        if head is not None:
            result["scores"] = head.scores(values)
        result["maps"] = layercam(ops.cast(values[explained], "float32"), gradient)
        result["activations"] = activations
        return result

    return run


def as_keras_model(run: Callable[[Any], dict[str, Any]], shape: tuple[int, ...], name: str) -> Any:
    """Return the function of `fuse` as a keras.Model, which Keras can export.

    Parameters
    ----------
    run : callable
    shape : (height, width, channels)
    name : str
    """
    import keras

    class OnePassNetwork(keras.Model):
        """The folded steps, then the map."""

        def call(self, images: Any) -> dict[str, Any]:
            """Run one pass."""
            return run(images)

    network = OnePassNetwork(name=f"{name}_one_pass")
    network(keras.Input(shape))
    return network
