"""Augmented views: of one seed the same, within the limits of the recipe."""

from __future__ import annotations

import numpy as np

from crystalviz.models.training import views
from crystalviz.models.training.views import random_view


class Fixed:
    """A generator that draws what it is told, in the order of `random_view`."""

    def __init__(self, angle=0.0, shift=(0.0, 0.0), zoom=(1.0, 1.0), mirror=(0.9, 0.9)) -> None:
        self.uniforms = [angle, np.array(shift), np.array(zoom)]
        self.limits: list[tuple[float, float]] = []
        self.mirror = np.array(mirror)

    def uniform(self, low, high, size=None):
        self.limits.append((low, high))
        return self.uniforms.pop(0)

    def random(self, size):
        return self.mirror


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 60)).astype(np.uint8)


def test_each_change_is_the_one_it_should_be() -> None:
    pixels = picture()
    np.testing.assert_allclose(random_view(pixels, Fixed()), pixels)
    np.testing.assert_allclose(random_view(pixels, Fixed(mirror=(0.1, 0.9))), pixels[::-1])
    np.testing.assert_allclose(random_view(pixels, Fixed(mirror=(0.9, 0.1))), pixels[:, ::-1])
    # A tenth of 40 rows is 4: the rows move up, and the last one fills what is empty.
    moved = random_view(pixels, Fixed(shift=(0.1, 0.0)))
    np.testing.assert_allclose(moved[:36], pixels[4:])
    np.testing.assert_allclose(moved[36:], np.repeat(pixels[-1:], 4, axis=0))
    square = pixels[:, :40]
    np.testing.assert_allclose(
        random_view(square, Fixed(angle=90.0)), np.rot90(square, -1), atol=1e-3
    )


def test_zoom_keeps_the_centre_and_stretches_the_rest() -> None:
    ramp = np.tile(np.arange(60, dtype=np.uint8) * 4, (40, 1))
    view = random_view(ramp, Fixed(zoom=(1.0, 0.7)))
    steps = np.diff(view[20, 10:50])
    np.testing.assert_allclose(steps, 0.7 * 4, atol=1e-3)
    assert abs(view[20, 29:31].mean() - ramp[20, 29:31].mean()) < 1e-3


def test_limits_are_those_of_the_recipe() -> None:
    draw = Fixed()
    random_view(picture(), draw)
    assert draw.limits == [(-30.0, 30.0), (-0.2, 0.2), (0.7, 1.3)]
    assert (views.ROTATION, views.SHIFT, views.ZOOM) == (30.0, 0.2, 0.3)


def test_seed_decides() -> None:
    pixels = picture()
    seen = [random_view(pixels, np.random.default_rng(seed)) for seed in range(10)]
    assert len({view.tobytes() for view in seen}) == 10
    np.testing.assert_array_equal(seen[4], random_view(pixels, np.random.default_rng(4)))
    assert all(view.dtype == np.float32 and 0 <= view.min() <= view.max() <= 255 for view in seen)
