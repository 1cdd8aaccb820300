"""Focus measures: closed forms, other libraries' filters, and what blur does to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from crystalviz.images.poses import POSES, apply_pose
from crystalviz.measures import FOCUS_MEASURES, focus

BOARD = (np.indices((24, 24)).sum(axis=0) % 2 * 100).astype(np.uint8)
"""0 and 100 in turn, like a chess board."""
RAMP = np.repeat(np.arange(0, 96, 4, dtype=np.uint8)[None], 24, axis=0)
"""4 gray levels more each column."""


@pytest.mark.parametrize(
    ("name", "board", "ramp"),
    [
        ("brenner", 0, 8**2 / 2),
        ("energy_of_laplacian", 400**2, 0),
        ("gray_level_variance", 50**2, 4**2 * (24**2 - 1) / 12),
        ("histogram_range", 100, 92),
        ("modified_laplacian", 400, 0),
        ("spatial_frequency", np.sqrt(2 * 100**2), 4),
        ("tenengrad", 0, (8 * 4) ** 2),
        ("tenengrad_variance", 0, 0),
        ("thresholded_gradient", 100, 0),
        ("variance_of_laplacian", 400**2, 0),
        ("vollath_f4", -(50**2) - 50**2, None),
        ("vollath_f5", -(50**2), None),
    ],
)
def test_closed_forms(name: str, board: float, ramp: float | None):
    assert focus(BOARD, name) == pytest.approx(board)
    if ramp is not None:
        assert focus(RAMP, name) == pytest.approx(ramp)


def test_stencils_against_scipy():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 61), np.uint8)
    gray = pixels.astype(float)
    inside = (slice(1, -1), slice(1, -1))
    laplacian = ndimage.laplace(gray)[inside]
    assert focus(pixels) == pytest.approx(laplacian.var())
    assert focus(pixels, "energy_of_laplacian") == pytest.approx((laplacian**2).mean())
    energy = (ndimage.sobel(gray, 0) ** 2 + ndimage.sobel(gray, 1) ** 2)[inside]
    assert focus(pixels, "tenengrad") == pytest.approx(energy.mean())
    assert focus(pixels, "tenengrad_variance") == pytest.approx(energy.var())


def test_windows_against_numpy():
    pixels = np.random.default_rng(0).integers(1, 256, (40, 33), np.uint8)
    squares = np.lib.stride_tricks.sliding_window_view(pixels.astype(float), (15, 15))
    assert focus(pixels, "local_variance") == pytest.approx(squares.var(axis=(2, 3)).var())
    means = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3)).mean(axis=(2, 3))
    ratio = means / pixels[1:-1, 1:-1]
    assert focus(pixels, "helmli_mean") == pytest.approx(np.maximum(ratio, 1 / ratio).mean())
    assert focus(np.zeros((9, 9), np.uint8), "helmli_mean") == 1


@pytest.mark.parametrize("name", FOCUS_MEASURES)
def test_a_blurred_picture_is_less_sharp_and_a_turned_one_as_sharp(name: str):
    rng = np.random.default_rng(3)
    sharp = ndimage.gaussian_filter(rng.normal(0, 1, (90, 70)), 1.2)
    sharp = np.rint(sharp / np.abs(sharp).max() * 120 + 128)
    values = [
        focus(np.rint(ndimage.gaussian_filter(sharp, blur)).astype(np.uint8), name)
        for blur in (0, 1, 2, 4)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]
    for pose in POSES:
        turned = np.ascontiguousarray(apply_pose(sharp.astype(np.uint8), pose))
        assert focus(turned, name) == pytest.approx(values[0])


@pytest.mark.parametrize("name", FOCUS_MEASURES)
def test_brightness_does_not_count_and_a_flat_picture_has_no_focus(name: str):
    pixels = np.random.default_rng(4).integers(20, 100, (30, 30), np.uint8)
    flat = np.full((30, 30), 200, np.uint8)
    assert focus(flat, name) == pytest.approx(1 if name == "helmli_mean" else 0, abs=1e-9)
    if name != "helmli_mean":  # the ratio to the surroundings is relative
        assert focus(pixels + np.uint8(100), name) == pytest.approx(focus(pixels, name))


def test_what_cannot_be_measured():
    with pytest.raises(ValueError, match="no focus measure 'sharpness'; there are brenner"):
        focus(BOARD, "sharpness")
    with pytest.raises(ValueError, match="at least 3 x 3 pixels, not 24 x 2"):
        focus(BOARD[:2])
    with pytest.raises(ValueError, match="at least 15 x 15"):
        focus(BOARD[:14], "local_variance")
    assert focus(BOARD[:1, :2], "histogram_range") == 100
