"""Cascading randomization: a map should change when the model forgets what it learnt."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.cam.trust.explained import explained_classes, maps_of, pixels_of
from crystalviz.cam.trust.similarity import spearman, ssim
from crystalviz.images import Images
from crystalviz.models import Model
from crystalviz.models._keras import import_keras

STAGES = 6
"""Points of the cascade at which maps are compared."""


@dataclass(frozen=True)
class Randomization:
    """How alike maps stay while the model is randomized from the output down.

    Attributes
    ----------
    stages : tuple of str
        The lowest layer that is randomized at each of s points; the first is the head's last
        layer, the last the first layer with weights.
    ssim : (s, n) float64
        Structural similarity to the original map, up to 1; lower is better. NaN where the
        original map is empty.
    spearman : (s, n) float64
        Rank correlation with the original map, -1 to 1; nearer to 0 is better. 0 where nothing
        is left of the map, NaN where the original map is empty.
    """

    stages: tuple[str, ...]
    ssim: NDArray[np.float64]
    spearman: NDArray[np.float64]


def cascading_randomization(
    images: Images,
    model: Model,
    layer: str = "conv5_block2_out",
    method: str = "layercam",
    targets: ArrayLike | str | None = None,
    stages: int = STAGES,
    seed: int = 0,
) -> Randomization:
    """Randomize the weights layer by layer from the output down and compare the maps.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        n images that can all be decoded.
    model : Model
        Never written to: a copy is randomized.
    layer, method : str
        As `compute_cam` takes them.
    targets : (n,) int array, str or None
        The explained classes, the same at all stages: numbers, one name for all, or None for
        the ones that the model as it is predicts.
    stages : int
        Points of comparison, spread evenly over the layers with weights; at least 1.
    seed : int
        Of the random weights.

    Returns
    -------
    Randomization

    Notes
    -----
    Adebayo et al. 2018, arXiv:1810.03292, the cascading test. A map that survives it shows the
    picture, not the model. Kernels are drawn anew from a normal distribution with mean 0 and
    the trained kernel's root mean square; vectors (biases, scales, statistics of a batch norm)
    are shuffled: either way the signal keeps its size and loses its meaning.
    """
    pixels = pixels_of(images)
    classes = explained_classes(pixels, model, targets)
    original = maps_of(pixels, model, layer, method, classes)
    names, likeness, order = [], [], []
    for name, changed in randomized_models(model, stages, seed):
        maps = maps_of(pixels, changed, layer, method, classes)
        names.append(name)
        alike = compare_maps(original, maps)
        likeness.append(alike[0])
        order.append(alike[1])
    return Randomization(tuple(names), np.stack(likeness), np.stack(order))


def compare_maps(
    original: NDArray[np.float32], changed: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return SSIM and rank correlation of maps (n, h, w), as `Randomization` holds them."""
    empty = ~(original > 0).any(axis=(1, 2))
    order = spearman(original, changed)
    # Nothing left to rank is no likeness.
    order = np.where(np.isnan(order), 0.0, order)
    return (
        np.where(empty, np.nan, ssim(original, changed)),
        np.where(empty, np.nan, order),
    )


def randomized_models(
    model: Model, stages: int = STAGES, seed: int = 0
) -> Iterator[tuple[str, Model]]:
    """Yield copies of a model, randomized from the output down to a layer.

    Parameters
    ----------
    model : Model
        Never written to.
    stages : int
        How many copies, at least 1; fewer if there are fewer layers with weights.
    seed : int

    Yields
    ------
    name : str
        Of the lowest layer that is randomized.
    Model
        Randomized from there to the output; what is above is as in the copy before.

    Raises
    ------
    ValueError
        If `stages` is under 1, or the model has no weights.
    """
    if stages < 1:
        raise ValueError(f"stages must be 1 or more, not {stages}")
    network = _copy(model.network)
    layers = [layer for layer in _leaves(network) if layer.weights]
    if not layers:
        raise ValueError(f"the model {model.name!r} has no weights to randomize")
    layers.reverse()
    stops = np.unique(np.rint(np.linspace(1, len(layers), stages)).astype(int))
    rng = np.random.default_rng(seed)
    done = 0
    with _without_retracing_advice():
        for stop in stops:
            for layer in layers[done:stop]:
                layer.set_weights([_randomized(values, rng) for values in layer.get_weights()])
            done = stop
            # A new Model each time: an engine may have folded the weights it was made with.
            changed = Model(
                network,
                name=f"{model.name} randomized",
                class_names=model.class_names,
                preprocessing=model.preprocessing,
                cam_layer=model.cam_layer,
                input_size=model.input_shape[:2],
            )
            yield str(layers[stop - 1].name), changed


@contextlib.contextmanager
def _without_retracing_advice() -> Iterator[None]:
    """Hold back TensorFlow's advice against tracing often, which is the point here."""
    tensorflow, _ = import_keras()

    def other(record: logging.LogRecord) -> bool:
        return "retracing" not in record.getMessage()

    logger = tensorflow.get_logger()
    logger.addFilter(other)
    try:
        yield
    finally:
        logger.removeFilter(other)


def _copy(network: Any) -> Any:
    _, keras = import_keras()
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def _leaves(network: Any) -> Iterator[Any]:
    """Yield the layers of a network in order, those of nested models in their place."""
    for layer in network.layers:
        if hasattr(layer, "layers"):
            yield from _leaves(layer)
        else:
            yield layer


def _randomized(values: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    if not np.issubdtype(values.dtype, np.floating):
        return values
    if values.ndim < 2:
        return rng.permutation(values)
    size = np.sqrt(np.mean(np.square(values, dtype=np.float64)))
    return rng.normal(0.0, size, values.shape).astype(values.dtype)
