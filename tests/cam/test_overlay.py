from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crystalviz.cam import COLORS, overlay_cam, overlay_cams, shared_scale
from crystalviz.cam._resize import resize_map
from crystalviz.images import ImageSet


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
    out = overlay_cam(np.zeros((3, 4), np.uint8), np.ones((2, 2)), top=0.5)
    assert np.flatnonzero(coloured(out)).tolist() == [0, 1, 2, 3, 4, 5]
    # The stronger half too.
    assert (out[0, :3] == out[0, 0]).all()
    assert (out[0, 3] != out[0, 0]).any()


def test_share_beyond_the_evidence_grows_around_it() -> None:
    cam = np.zeros((9, 9))
    cam[4, 4] = 1
    out = overlay_cam(np.full((9, 9), 50, np.uint8), cam, top=5 / 81)
    assert np.flatnonzero(coloured(out)).tolist() == [31, 39, 40, 41, 49]


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


def test_a_colormap_colours_by_value() -> None:
    """One row of ten cells at the picture's own size: each gets the colour of its value."""
    import matplotlib

    cam = np.arange(10.0)[None]
    out = overlay_cam(np.zeros((1, 10), np.uint8), cam, None, 1.0, colormap="magma")
    magma = matplotlib.colormaps["magma"](cam[0] / 9, bytes=True)[:, :3]
    np.testing.assert_array_equal(out[0], magma)
    # The share decides where, not which colour.
    some = overlay_cam(np.zeros((1, 10), np.uint8), cam, 0.3, 1.0, colormap="magma")
    np.testing.assert_array_equal(some[0, 7:], magma[7:])
    assert not some[0, :7].any()
    given = overlay_cam(np.zeros((1, 10), np.uint8), cam, None, 1, colormap=matplotlib.cm.magma)
    np.testing.assert_array_equal(given, out)


def test_an_absolute_scale_lets_amounts_compare() -> None:
    gray = np.zeros((1, 10), np.uint8)
    cams = np.stack([np.arange(10.0)[None], np.arange(10.0)[None] / 2])
    scale = shared_scale(cams)
    assert scale == (0, 9)
    strong, weak = overlay_cams([gray, gray], cams, None, 1.0, colormap="magma", scale="set")
    # Twice the evidence stands twice as high on the same scale.
    np.testing.assert_array_equal(weak[0, 8], strong[0, 4])
    # By itself the weak one looks the same as the strong one: what a scale of its own hides.
    np.testing.assert_array_equal(overlay_cam(gray, cams[1], None, 1.0, colormap="magma"), strong)
    # Values past the ends take the colour of the end.
    clipped = overlay_cam(gray, cams[0], None, 1.0, colormap="magma", scale=(3, 5))
    assert (clipped[0, :4] == clipped[0, 0]).all()
    assert (clipped[0, 5:] == clipped[0, 9]).all()


def test_two_tones_on_an_absolute_scale() -> None:
    cam = np.arange(10.0)[None]
    gray = np.zeros((1, 10), np.uint8)
    out = overlay_cam(gray, cam, None, 1.0, scale=(4, 8))
    assert not out[0, :5].any()
    assert {tuple(p) for p in out[0, 5:6].tolist()} == {COLORS["purple"]}
    assert {tuple(p) for p in out[0, 6:].tolist()} == {COLORS["pink"]}
    # With a share: that area, and no pink where nothing reaches the middle of the scale.
    weak = overlay_cam(gray, cam / 3, 0.5, 1.0, scale=(4, 8))
    assert {tuple(p) for p in weak[coloured(weak)].tolist()} == {COLORS["purple"]}
    assert coloured(weak).sum() == 5


def test_contours_run_inside_the_rim_of_the_area() -> None:
    gray = np.zeros((30, 40), np.uint8)
    cam = np.zeros((30, 40))
    cam[5:25, 5:35] = 1
    cam[8:23, 10:30] = 2
    area = 600 / 1200
    out = overlay_cam(gray, cam, area, 1.0, contour=1)
    rim = np.zeros((30, 40), bool)
    rim[5:25, 5:35] = True
    rim[6:24, 6:34] = False
    np.testing.assert_array_equal((out == COLORS["purple"]).all(axis=2) & rim, rim)
    # Filled, the area of each outline is exact; the outline of width 2 is the first two pixels.
    rim[6:24, 6:34] = True
    rim[7:23, 7:33] = False
    wide = overlay_cam(gray, cam, area, 1.0, contour=2)
    assert coloured(wide)[rim].all()
    assert not coloured(wide)[:5].any()
    # A colormap: lines at 1/6 .. 5/6 of the scale of a ramp.
    ramp = overlay_cam(
        np.zeros((4, 60), np.uint8), np.arange(60.0)[None], None, 1, colormap="gray", contour=1
    )
    assert np.flatnonzero(ramp[2, :, 0]).tolist() == [10, 20, 30, 40, 50]
    inside = overlay_cam(
        np.zeros((4, 60), np.uint8), np.arange(60.0)[None], 0.5, 1, colormap="gray", contour=1
    )
    assert np.flatnonzero(inside[2, :, 0]).tolist() == [30, 40, 50]


def test_a_note_is_written_only_where_there_is_no_evidence() -> None:
    gray = np.full((80, 160), 200, np.uint8)
    empty = overlay_cam(gray, np.zeros((3, 3)), note="no evidence")
    assert (empty[:60] == 200).all()
    assert (empty[66:] < 100).mean() > 0.5, "a dark strip"
    assert (empty[66:] > 200).any(), "with light letters"
    some = np.eye(3)
    np.testing.assert_array_equal(overlay_cam(gray, some, note="x"), overlay_cam(gray, some))
    # Even where the words do not fit.
    assert overlay_cam(np.zeros((3, 2), np.uint8), np.zeros((1, 1)), note="no").shape == (3, 2, 3)


def test_a_set_equals_its_pictures_one_by_one_whatever_the_threads(tmp_path) -> None:
    rng = np.random.default_rng(8)
    images = [rng.integers(0, 256, (20 + i, 30)).astype(np.uint8) for i in range(6)]
    cams = rng.random((6, 4, 5))
    single = [overlay_cam(image, cam, 0.3) for image, cam in zip(images, cams, strict=True)]
    for workers in (1, 3):
        together = list(overlay_cams(images, cams, 0.3, workers=workers))
        assert all(np.array_equal(a, b) for a, b in zip(single, together, strict=True))
    # Files, one of them broken after it was checked: the maps of the others keep their pictures.
    for i, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{i}.png")
    folder = ImageSet.from_folder(tmp_path)
    (tmp_path / "2.png").write_bytes(b"gone")
    rest = list(overlay_cams(folder, cams, 0.3))
    assert all(np.array_equal(a, b) for a, b in zip(single[:2] + single[3:], rest, strict=True))
    folder = ImageSet.from_folder(tmp_path)
    rest = list(overlay_cams(folder, np.delete(cams, 2, axis=0), 0.3))
    assert all(np.array_equal(a, b) for a, b in zip(single[:2] + single[3:], rest, strict=True))


def test_maps_and_images_that_do_not_match_are_named() -> None:
    gray = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="2 maps for 1 images"):
        overlay_cams([gray], np.ones((2, 3, 3)))
    with pytest.raises(ValueError, match="1 maps for more images"):
        list(overlay_cams([gray, gray], np.ones((1, 3, 3))))
    with pytest.raises(ValueError, match=r"\(n, h, w\)"):
        overlay_cams([gray], np.ones((3, 3)))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"cam": np.array([[np.nan, 1.0]])}, "finite"),
        ({"cam": np.ones(4)}, "finite"),
        ({"top": 1.5}, "top must be"),
        ({"opacity": -0.1}, "opacity must be"),
        ({"colors": ("pink", "mauve")}, "no colour 'mauve'"),
        ({"colormap": "magna"}, "did you mean magma"),
        ({"scale": (1.0, 1.0)}, "low < high"),
        ({"scale": (0.0, np.nan)}, "low < high"),
        ({"scale": 3}, "pair"),
        ({"contour": -1}, "whole pixels"),
    ],
)
def test_wrong_arguments_are_named(arguments, text) -> None:
    with pytest.raises(ValueError, match=text):
        overlay_cam(np.zeros((4, 4), np.uint8), **{"cam": np.ones((2, 2)), **arguments})
