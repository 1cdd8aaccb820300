from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crystalviz.cam import COLORS, overlay_cam
from crystalviz.cam.overlay import resize_map, top_mask


def coloured(overlay: np.ndarray) -> np.ndarray:
    return (overlay != overlay[:, :, :1]).any(axis=2)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 90), st.floats(0, 1), st.integers(0, 2**31), st.booleans()
)
def test_exactly_the_share_is_coloured(height, width, top, seed, ties) -> None:
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, 256, (height, width)).astype(np.uint8)
    # With ties: most of the map zero or one, as a model's maps often are.
    cam = (rng.random((10, 10)) > 0.97).astype(float) if ties else rng.random((10, 10)) + 0.01
    if not cam.any():
        cam[4, 4] = 1
    if not (resize_map(cam, gray.shape) > 0).any():
        return
    assert coloured(overlay_cam(gray, cam, top=top)).sum() == round(top * height * width)


def test_two_tones_by_strength_known_answer() -> None:
    gray = np.full((2, 4), 100, np.uint8)
    cam = np.array([[0.9, 0.1, 0.2, 0.8], [0.3, 0.7, 0.4, 0.6]])
    out = overlay_cam(gray, cam, top=0.5, opacity=0.5)
    pink = [round(50 + 0.5 * c) for c in COLORS["pink"]]
    purple = [round(50 + 0.5 * c) for c in COLORS["purple"]]
    np.testing.assert_allclose(out[0, 0], pink, atol=1)
    np.testing.assert_allclose(out[0, 3], pink, atol=1)
    np.testing.assert_allclose(out[1, 1], purple, atol=1)
    np.testing.assert_allclose(out[1, 3], purple, atol=1)
    assert (out[0, 1] == 100).all()
    assert coloured(out).sum() == 4


def test_seed_share_at_512() -> None:
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, (512, 512)).astype(np.uint8)
    share = coloured(overlay_cam(gray, rng.random((7, 7)))).mean()
    assert share == pytest.approx(0.16, abs=1e-5)


def test_zero_map_colours_nothing() -> None:
    gray = np.arange(100, dtype=np.uint8).reshape(10, 10)
    out = overlay_cam(gray, np.zeros((7, 7)))
    assert (out == gray[:, :, None]).all()


def test_constant_map_takes_reading_order() -> None:
    assert np.flatnonzero(top_mask(np.ones((3, 4), np.float32), 6)).tolist() == [0, 1, 2, 3, 4, 5]


def test_share_beyond_the_evidence_grows_around_it() -> None:
    cam = np.zeros((9, 9))
    cam[4, 4] = 1
    out = overlay_cam(np.full((9, 9), 50, np.uint8), cam, top=5 / 81)
    assert np.flatnonzero(coloured(out)).tolist() == [31, 39, 40, 41, 49]


def test_resize_is_bilinear_at_pixel_centres() -> None:
    cam = np.array([[0.0, 1.0]])
    np.testing.assert_allclose(resize_map(cam, (1, 4)), [[0, 0.25, 0.75, 1]])
    same = np.random.default_rng(1).random((6, 5)).astype(np.float32)
    np.testing.assert_allclose(resize_map(same, (6, 5)), same, rtol=1e-6)
    expected = Image.fromarray(same).resize((50, 42), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_map(same, (42, 50)), np.asarray(expected), atol=1e-5)


def test_path_and_colour_image(tmp_path) -> None:
    gray = np.random.default_rng(2).integers(0, 256, (20, 30)).astype(np.uint8)
    Image.fromarray(gray).save(tmp_path / "a.png")
    cam = np.random.default_rng(3).random((5, 5))
    from_array = overlay_cam(gray, cam)
    np.testing.assert_array_equal(overlay_cam(tmp_path / "a.png", cam), from_array)
    np.testing.assert_array_equal(overlay_cam(np.dstack([gray] * 3), cam), from_array)
    assert from_array.dtype == np.uint8
    assert from_array.shape == (20, 30, 3)


def test_own_colours_and_full_opacity() -> None:
    out = overlay_cam(np.zeros((4, 4), np.uint8), np.eye(4), 0.25, 1.0, ("#102030", "#405060"))
    assert {tuple(p) for p in out[coloured(out)].tolist()} <= {(16, 32, 48), (64, 80, 96)}
    assert coloured(out).sum() == 4


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"cam": np.array([[np.nan, 1.0]])}, "finite"),
        ({"cam": np.ones(4)}, "finite"),
        ({"top": 1.5}, "top must be"),
        ({"opacity": -0.1}, "opacity must be"),
        ({"colors": ("pink", "mauve")}, "no colour 'mauve'"),
    ],
)
def test_wrong_arguments_are_named(arguments, text) -> None:
    with pytest.raises(ValueError, match=text):
        overlay_cam(np.zeros((4, 4), np.uint8), **{"cam": np.ones((2, 2)), **arguments})
