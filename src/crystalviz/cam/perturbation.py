"""Score-CAM and Ablation-CAM: what the score does when the network runs again without something.

One forward pass a channel. So only the most promising channels are tried, `channels` of them,
and they run in chunks of fixed size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from crystalviz.cam._resize import resize_values
from crystalviz.cam.methods import weighted_sum

# Masked copies of one picture in memory at a time.
_CHUNK = 32

Tick = Callable[[int], None]


def scorecam(
    activations: np.ndarray,
    prepared: np.ndarray,
    scores_of: Callable[[np.ndarray], np.ndarray],
    targets: np.ndarray,
    channels: int | None,
    tick: Tick,
) -> np.ndarray:
    """Score-CAM: channels weighted by the score of the picture seen through them.

    Parameters
    ----------
    activations : (n, h, w, c) float32
    prepared : (n, height, width, depth) float32
        What the network is fed with.
    scores_of : callable
        (b, height, width, depth) -> (b, K) class scores.
    targets : (n,) int
        Class to explain.
    channels : int or None
        How many channels to try, those that vary most over the picture (as Faster Score-CAM
        chooses them); None for all. Constant channels show no place and are never tried.
    tick : callable
        Told how many channels are done.

    Returns
    -------
    (n, h, w) float
        Raw maps.

    Notes
    -----
    Wang et al. 2020, arXiv:1910.01279: each channel, brought to the size of the input
    bilinearly and then to 0..1, masks the input; the softmax over the channels of the class
    scores are the weights. The score of the paper's blank input cancels in the softmax.
    """
    size = prepared.shape[1:3]
    weights = np.zeros((len(activations), activations.shape[3]))
    for i, (activation, picture) in enumerate(zip(activations, prepared, strict=True)):
        places = activation.reshape(-1, activation.shape[-1])
        tried = _first(places.std(axis=0, dtype=np.float64), channels)
        found = []
        for chunk in _chunks(tried):
            masks = resize_values(np.moveaxis(activation[:, :, chunk], 2, 0), size)
            low = masks.min(axis=(1, 2), keepdims=True)
            masks = (masks - low) / (masks.max(axis=(1, 2), keepdims=True) - low)
            found.append(scores_of(masks[..., None] * picture)[:, targets[i]])
            tick(len(chunk))
        if found:
            scores = np.concatenate(found).astype(np.float64)
            share = np.exp(scores - scores.max())
            weights[i, tried] = share / share.sum()
        tick(passes(activation.shape[-1], channels) - len(tried))
    return weighted_sum(activations, weights)


def ablationcam(
    activations: np.ndarray,
    gradients: np.ndarray,
    prepared: np.ndarray,
    scores_without: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    scores: np.ndarray,
    targets: np.ndarray,
    channels: int | None,
    tick: Tick,
) -> np.ndarray:
    """Ablation-CAM: channels weighted by the drop of the score when they are set to zero.

    Parameters
    ----------
    activations, gradients : (n, h, w, c) float32
    prepared : (n, height, width, depth) float32
    scores_without : callable
        Of one image the input (height, width, depth) and the activation (h, w, c), and
        channel numbers (b,) -> (b, K) class scores, each without one of the channels.
    scores : (n, K) float32
        With all channels.
    targets : (n,) int
        Class to explain.
    channels : int or None
        How many channels to try, those whose removal should matter most to first order
        (the absolute sum of G A); the others weigh nothing. None for all. Channels that are
        zero everywhere are never tried: removing them changes nothing.
    tick : callable
        Told how many channels are done.

    Returns
    -------
    (n, h, w) float
        Raw maps.

    Notes
    -----
    Desai and Ramaswamy 2020, doi:10.1109/WACV45572.2020.9093360, but for one thing. The paper
    divides the drop by the score itself. For a positive score that only scales the map; for a
    negative one it would turn the map into that of the other classes, and at zero it is
    undefined. So the drop itself is the weight.
    """
    weights = np.zeros((len(activations), activations.shape[3]))
    for i, (activation, target) in enumerate(zip(activations, targets, strict=True)):
        effect = np.abs((gradients[i] * activation).sum(axis=(0, 1), dtype=np.float64))
        # Channels whose first-order effects cancel may matter all the same: they come last.
        alive = np.abs(activation).max(axis=(0, 1)) > 0
        tried = _first(np.where(alive, effect + np.finfo(np.float64).tiny, 0.0), channels)
        for chunk in _chunks(tried):
            without = scores_without(prepared[i], activation, chunk)[:, target]
            weights[i, chunk] = scores[i, target] - without
            tick(len(chunk))
        tick(passes(activation.shape[-1], channels) - len(tried))
    return weighted_sum(activations, weights)


def passes(available: int, channels: int | None) -> int:
    """Return how many forward passes one image takes at most."""
    return available if channels is None else min(available, channels)


def _first(merit: np.ndarray, channels: int | None) -> np.ndarray:
    """Return the channels of greatest merit, the best first; never those without any."""
    order = np.argsort(-merit, kind="stable")[:channels]
    return order[merit[order] > 0]


def _chunks(channels: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(channels), _CHUNK):
        yield channels[start : start + _CHUNK]
