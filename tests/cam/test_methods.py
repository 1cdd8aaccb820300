"""Known answers for each formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalviz.cam.methods import CAM_METHODS, METHODS, normalised

# Two channels on a 1 x 2 map; the class likes channel 0 and dislikes channel 1.
A = np.array([[[[1.0, 4.0], [2.0, 0.0]]]])
G = np.array([[[[1.0, -1.0], [3.0, -1.0]]]])


def test_names() -> None:
    expected = "cam gradcam gradcam++ hirescam layercam xgradcam eigencam scorecam ablationcam"
    assert tuple(expected.split()) == CAM_METHODS


def test_layercam_by_hand() -> None:
    # relu(G) A: 1*1 + 0, 3*2 + 0
    np.testing.assert_allclose(METHODS["layercam"](A, G), [[[1, 6]]])


def test_gradcam_by_hand() -> None:
    # Mean gradients 2 and -1: 2*1 - 4 < 0, 2*2 - 0
    np.testing.assert_allclose(METHODS["gradcam"](A, G), [[[0, 4]]])


def test_hirescam_by_hand() -> None:
    # G A: 1 - 4 < 0, 6 - 0
    np.testing.assert_allclose(METHODS["hirescam"](A, G), [[[0, 6]]])


def test_xgradcam_by_hand() -> None:
    # Weights (1*1 + 3*2) / 3 and (-1*4) / 4: 7/3 - 4 < 0, 14/3
    np.testing.assert_allclose(METHODS["xgradcam"](A, G), [[[0, 14 / 3]]])


def test_gradcam_plus_plus_by_hand() -> None:
    # Sum of A is 3 in channel 0: alpha = 1 / (2 + 3) and 9 / (18 + 81); channel 1 has no
    # positive gradient. Weight 1/5 + 3/11.
    weight = 1 / 5 + 3 * 9 / 99
    np.testing.assert_allclose(METHODS["gradcam++"](A, G), [[[weight, 2 * weight]]])


def test_gradcam_plus_plus_does_not_depend_on_a_small_number_added() -> None:
    # Gradients of 1e-9 and 2e-9: alpha is 1 / 2 but for 1e-9, the weight 1.5e-9.
    tiny = np.array([[[[1e-9], [2e-9]]]])
    raw = METHODS["gradcam++"](A[..., :1], tiny)
    np.testing.assert_allclose(raw, [[[1.5e-9, 3e-9]]], rtol=1e-6)


def test_gradcam_plus_plus_where_the_denominator_is_no_more_positive() -> None:
    # A layer whose sum is -4 with gradient 1: 2 - 4 < 0, such a place weighs nothing.
    np.testing.assert_array_equal(
        METHODS["gradcam++"](np.full((1, 1, 2, 1), -2.0), np.ones((1, 1, 2, 1))), [[[0, 0]]]
    )


@pytest.mark.parametrize("channels", [7, 40])
def test_eigencam_is_the_first_principal_axis_by_svd(channels) -> None:
    rng = np.random.default_rng(0)
    a = np.maximum(rng.normal(size=(3, 4, 5, channels)), 0)
    for index, got in enumerate(METHODS["eigencam"](a, np.full_like(a, np.nan))):
        u, s, _ = np.linalg.svd(a[index].reshape(20, channels), full_matrices=False)
        np.testing.assert_allclose(got.ravel(), np.abs(u[:, 0]) * s[0], atol=1e-10)


def test_one_spot_of_evidence_is_found_by_every_method() -> None:
    a = np.zeros((1, 5, 5, 3))
    a[0, 1, 3, 0] = 2.0
    g = np.ones_like(a)
    for name, method in METHODS.items():
        cam = normalised(method(a, g))
        assert np.unravel_index(cam[0].argmax(), (5, 5)) == (1, 3), name
        assert cam.sum() == pytest.approx(1), name


def test_no_evidence_is_all_zero_and_never_nan() -> None:
    zero = np.zeros((2, 3, 3, 4))
    for name, method in METHODS.items():
        for a, g in ((zero, zero), (zero + 1, zero), (zero, zero + 1), (zero + 1, zero - 1)):
            cam = normalised(method(a, g))
            assert np.isfinite(cam).all(), name
            if name != "eigencam" and not (a.any() and g.max() > 0):
                assert not cam.any(), name


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(METHODS)))
def test_range_and_scale_invariance(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    a = np.maximum(rng.normal(size=(2, 3, 4, 5)), 0) * rng.choice([1e-3, 1, 1e3])
    g = rng.normal(size=a.shape)
    cam = normalised(METHODS[name](a, g))
    assert cam.dtype == np.float32
    assert np.isfinite(cam).all()
    assert cam.min() >= 0
    assert all(peak in (0, 1) for peak in cam.max(axis=(1, 2)))
    if name != "gradcam++":
        again = normalised(METHODS[name](a * 2, g * 4))
        np.testing.assert_allclose(cam, again, rtol=1e-5, atol=1e-7)


def test_normalised_over_image_set_or_not_at_all() -> None:
    raw = np.array([[[1.0, 2.0]], [[0.0, 8.0]], [[0.0, 0.0]], [[np.nan, np.inf]]])
    np.testing.assert_array_equal(
        normalised(raw), np.array([[[0.5, 1]], [[0, 1]], [[0, 0]], [[0, 0]]])
    )
    np.testing.assert_array_equal(
        normalised(raw, "set"), np.array([[[0.125, 0.25]], [[0, 1]], [[0, 0]], [[0, 0]]])
    )
    np.testing.assert_array_equal(normalised(raw, None)[:3], raw[:3])
    assert normalised(raw[:0], "set").shape == (0, 1, 2)


def test_evidence_however_weak_is_evidence() -> None:
    np.testing.assert_array_equal(normalised(np.array([[[1e-30, 2e-30]]])), [[[0.5, 1]]])
