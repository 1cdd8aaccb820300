"""Score-CAM and Ablation-CAM against closed forms, on networks that are one line."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.perturbation import ablationcam, passes, scorecam

RNG = np.random.default_rng(0)


class Ticks(list):
    def __call__(self, done: int) -> None:
        self.append(done)


def test_scorecam_by_hand() -> None:
    """The score is the brightness that is left in the top left corner."""
    a = np.zeros((1, 2, 2, 3), np.float32)
    a[0, 0, 0, 0] = 4  # sees the corner
    a[0, 1, 1, 1] = 2  # sees the other
    a[0, :, :, 2] = 9  # constant: shows no place
    picture = np.full((1, 2, 2, 1), 3.0, np.float32)

    def scores_of(batch: np.ndarray) -> np.ndarray:
        corner = batch[:, 0, 0, 0]
        return np.stack([-corner, corner], axis=1)

    ticks = Ticks()
    raw = scorecam(a, picture, scores_of, np.array([1]), None, ticks)
    # Masks of peak 1 leave 3 or 0 in the corner: weights by softmax of 3 and 0.
    share = np.exp(3) / (np.exp(3) + 1)
    np.testing.assert_allclose(raw[0], [[4 * share, 0], [0, 2 * (1 - share)]], rtol=1e-6)
    assert sum(ticks) == 3
    # The other class: the softmax of -3 and 0.
    raw = scorecam(a, picture, scores_of, np.array([0]), None, ticks)
    np.testing.assert_allclose(raw[0], [[4 * (1 - share), 0], [0, 2 * share]], rtol=1e-6)


def test_scorecam_tries_the_channels_that_vary_most() -> None:
    a = RNG.random((2, 4, 4, 40)).astype(np.float32) * np.linspace(0.1, 3, 40, dtype=np.float32)
    seen = []

    def scores_of(batch: np.ndarray) -> np.ndarray:
        seen.append(len(batch))
        return np.zeros((len(batch), 2))

    ticks = Ticks()
    picture = np.ones((2, 8, 8, 1), np.float32)
    raw = scorecam(a, picture, scores_of, np.zeros(2, int), 5, ticks)
    assert seen == [5, 5]
    assert sum(ticks) == 10
    # Equal scores: the mean of the five.
    for i in range(2):
        best = np.argsort(-a[i].reshape(16, 40).std(axis=0))[:5]
        np.testing.assert_allclose(raw[i], a[i][:, :, best].mean(axis=2), rtol=1e-5)
    seen.clear()
    scorecam(a, picture, scores_of, np.zeros(2, int), None, ticks)
    assert seen == [32, 8, 32, 8], "in chunks"


def test_scorecam_of_a_dead_layer_is_empty() -> None:
    dead = np.zeros((1, 3, 3, 4), np.float32)
    ticks = Ticks()
    raw = scorecam(dead, np.ones((1, 6, 6, 1), np.float32), None, np.array([0]), 3, ticks)
    assert not raw.any()
    assert sum(ticks) == 3


W = np.array([2.0, -3.0, 0.5])


def without(picture: np.ndarray, activation: np.ndarray, channels: np.ndarray) -> np.ndarray:
    means = activation.mean(axis=(0, 1)) * W
    z = means.sum() - means[channels]
    return np.stack([-z, z], axis=1)


@pytest.mark.parametrize("target", [0, 1])
def test_ablationcam_of_a_linear_head(target) -> None:
    """Removing a channel takes away its mean times its weight, whichever sign the score has."""
    a = RNG.random((4, 3, 5, 3)).astype(np.float32)
    sign = 2 * target - 1
    z = (a.mean(axis=(1, 2)) * W).sum(axis=1)
    scores = np.stack([-z, z], axis=1)
    gradients = np.broadcast_to(sign * W / 15, a.shape)
    ticks = Ticks()
    raw = ablationcam(
        a, gradients, np.zeros((4, 1, 1, 1)), without, scores, np.full(4, target), None, ticks
    )
    weights = sign * W * a.mean(axis=(1, 2))
    expected = np.maximum((a * weights[:, None, None]).sum(axis=3), 0)
    np.testing.assert_allclose(raw, expected, rtol=1e-5, atol=1e-7)
    assert sum(ticks) == 12


def test_ablationcam_tries_the_channels_that_matter_most() -> None:
    a = RNG.random((1, 3, 5, 3)).astype(np.float32) + 1
    z = (a.mean(axis=(1, 2)) * W).sum(axis=1)
    gradients = np.broadcast_to(W / 15, a.shape)
    scores = np.stack([-z, z], axis=1)
    tried = []

    def watched(picture: np.ndarray, activation: np.ndarray, channels: np.ndarray) -> np.ndarray:
        tried.extend(channels)
        return without(picture, activation, channels)

    picture = np.zeros((1, 1, 1, 1))
    ablationcam(a, gradients, picture, watched, scores, np.array([1]), 2, Ticks())
    assert tried == [1, 0]
    # A channel that is zero everywhere is left alone; one without a gradient is not.
    tried.clear()
    a[..., 1] = 0
    ablationcam(a, gradients * 0, picture, watched, scores, np.array([1]), None, Ticks())
    assert sorted(tried) == [0, 2]


def test_passes() -> None:
    assert (passes(2048, 128), passes(64, 128), passes(64, None)) == (128, 64, 64)
