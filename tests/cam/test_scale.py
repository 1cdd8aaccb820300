from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import no_evidence, overlay_cam, shared_scale


def test_no_evidence_is_a_map_of_zeros() -> None:
    cams = np.zeros((3, 4, 5), np.float32)
    cams[1, 2, 2] = 1e-9
    assert no_evidence(cams).tolist() == [True, False, True]
    assert no_evidence(cams[0])
    assert no_evidence(np.zeros((0, 4, 5))).shape == (0,)
    with pytest.raises(ValueError, match="maps"):
        no_evidence(np.zeros(4))


def test_scale_of_a_set() -> None:
    cams = np.arange(100.0).reshape(4, 5, 5)
    assert shared_scale(cams) == (0, 99)
    low, high = shared_scale(cams, top=0.1)
    assert (cams > low).mean() == pytest.approx(0.1)
    assert high == 99
    assert shared_scale(np.zeros((2, 3, 3))) == (0, 1)
    # All the same: the whole of it lies above the low end.
    low, high = shared_scale(np.ones((2, 3, 3)), top=0.5)
    assert low < high == 1


def test_share_of_the_set_not_of_each_picture() -> None:
    """Of two pictures the one with all the evidence gets all the colour."""
    rng = np.random.default_rng(0)
    cams = np.stack([rng.random((10, 10)), rng.random((10, 10)) / 10])
    scale = shared_scale(cams, top=0.16)
    grays = np.zeros((2, 10, 10), np.uint8)
    areas = [
        (overlay_cam(gray, cam, None, 1.0, scale=scale) > 0).any(axis=2).sum()
        for gray, cam in zip(grays, cams, strict=True)
    ]
    assert areas == [32, 0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="top"):
        shared_scale(np.ones((1, 2, 2)), top=1.5)
    with pytest.raises(ValueError, match="at least one map"):
        shared_scale(np.ones((0, 2, 2)))
