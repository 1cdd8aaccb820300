"""Otsu's threshold: known answers and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.filters import threshold_otsu

from crystalviz.measures import otsu


def test_equals_scikit_image():
    rng = np.random.default_rng(0)
    for dark, bright in ((60, 150), (100, 120), (20, 240)):
        crystal = rng.normal(bright, 12, (40, 40))
        ground = rng.normal(dark, 8, (90, 40))
        pixels = np.vstack([crystal, ground]).clip(0, 255).astype(np.uint8)
        assert otsu(pixels).threshold == threshold_otsu(pixels)


def test_known_answers():
    assert otsu(np.full((4, 4), 9, np.uint8)) == (9, 0)
    two = np.array([[30, 30, 200]], np.uint8)
    # Any threshold from 30 to 199 is as good; the lowest is taken.
    assert otsu(two) == (30, pytest.approx(1))
    # Uniform on 0..255: the halves differ in mean by 128; 128^2 / 4 over (256^2 - 1) / 12.
    found = otsu(np.arange(256, dtype=np.uint8)[None])
    assert found == (127, pytest.approx((128**2 / 4) / ((256**2 - 1) / 12)))


@given(arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_no_threshold_is_better(pixels: np.ndarray):
    threshold, effectiveness = otsu(pixels)
    assert 0 <= effectiveness <= 1
    if (pixels == pixels.flat[0]).all():
        assert threshold == pixels.flat[0]
        return

    def between(at: int) -> float:
        dark, bright = pixels[pixels <= at], pixels[pixels > at]
        if not dark.size or not bright.size:
            return 0.0
        share = dark.size / pixels.size
        return float(share * (1 - share) * (dark.mean() - bright.mean()) ** 2 / pixels.var())

    best = max(between(at) for at in range(256))
    assert between(threshold) == pytest.approx(best)
    assert effectiveness == pytest.approx(best)
