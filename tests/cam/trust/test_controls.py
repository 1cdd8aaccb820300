"""Maps that know nothing."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.trust import CONTROLS, control_maps


@pytest.mark.parametrize("kind", CONTROLS)
@pytest.mark.parametrize("shape", [(7, 7), (10, 4), (1, 1)])
def test_shape_range_and_peak(kind, shape) -> None:
    maps = control_maps(kind, 3, shape, seed=1)
    assert maps.shape == (3, *shape)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    np.testing.assert_array_equal(maps.max(axis=(1, 2)), 1)


def test_random_follows_the_seed_and_differs_between_images() -> None:
    maps = control_maps("random", 2, (9, 9), seed=1)
    np.testing.assert_array_equal(maps, control_maps("random", 2, (9, 9), seed=1))
    assert (control_maps("random", 2, (9, 9), seed=2) != maps).any()
    assert (maps[0] != maps[1]).any()


def test_the_hill_stands_in_the_middle() -> None:
    hill = control_maps("centre", 1, (9, 9))[0]
    assert np.unravel_index(hill.argmax(), hill.shape) == (4, 4)
    np.testing.assert_allclose(hill, np.rot90(hill))
    assert hill[0].max() < 0.15
    assert (np.diff(hill[4, 4:]) < 0).all()


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="no control 'noise'; there are random"):
        control_maps("noise", 1, (3, 3))
