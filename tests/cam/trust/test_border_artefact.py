"""The frame that padding draws, measured and taken off."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import compute_cam
from crystalviz.cam.trust import (
    border_artefact,
    border_artefact_index,
    subtract_border_artefact,
)


@pytest.fixture(scope="module")
def frame(framed_model, spot) -> np.ndarray:
    return border_artefact([spot((3, 3), side=32)], framed_model, "cells", "gradcam", "there")


def test_an_empty_picture_is_all_artefact(framed_model, frame) -> None:
    """Black padding beside gray makes a frame; nothing is inside it."""
    assert frame[0, 0, 0] == 1
    assert (frame[0, 0] > 0.4).all()
    np.testing.assert_allclose(frame[0, 1:-1, 1:-1], 0, atol=1e-6)
    empty = np.full((32, 32), 100, np.uint8)
    cams = compute_cam([empty], framed_model, layer="cells", method="gradcam", target="there")
    np.testing.assert_allclose(border_artefact_index(cams, frame), 1)
    np.testing.assert_array_equal(subtract_border_artefact(cams, frame), 0)


def test_evidence_stays_when_the_frame_goes(framed_model, spot, frame) -> None:
    pictures = [spot((3, 4), side=32)]
    cams = compute_cam(pictures, framed_model, layer="cells", method="gradcam", target="there")
    index = border_artefact_index(cams, frame)[0]
    clean = subtract_border_artefact(cams, frame)
    assert index > 0.3
    assert border_artefact_index(clean, frame)[0] < 0.1
    assert np.unravel_index(clean[0].argmax(), (8, 8)) == (3, 4)
    assert clean.max() == 1
    # The dark of the square anticorrelates with the frame a little, so a fifth of it stays.
    assert clean[0, 0].max() < 0.25 * cams[0, 0].max()


def test_without_padding_there_is_no_artefact(rough_model, spot) -> None:
    pictures = [spot((3, 4)), spot((1, 1))]
    frames = border_artefact(pictures, rough_model, "cells", "gradcam", "there")
    np.testing.assert_allclose(np.ptp(frames, axis=(1, 2)), 0, atol=1e-5)
    cams = compute_cam(pictures, rough_model, layer="cells", method="gradcam", target="there")
    np.testing.assert_array_equal(border_artefact_index(cams, frames), 0)


def test_the_mean_gray_of_each_image_is_asked(framed_model) -> None:
    """Twice as bright a picture beside the black padding: the same shape, its own question."""
    pictures = [np.full((32, 32), gray, np.uint8) for gray in (40, 200, 40)]
    frames = border_artefact(pictures, framed_model, "cells", "gradcam", [1, 1, 1])
    assert frames.shape == (3, 8, 8)
    np.testing.assert_allclose(frames[0], frames[1], atol=1e-4)
    dark = border_artefact([np.zeros((32, 32), np.uint8)], framed_model, "cells", "gradcam", [1])
    np.testing.assert_array_equal(dark, 0)


def test_only_what_the_artefact_explains_is_taken() -> None:
    artefact = np.zeros((4, 4))
    artefact[0] = 1
    other = np.zeros((1, 4, 4), np.float32)
    other[0, 2, 1] = 1
    np.testing.assert_array_equal(subtract_border_artefact(other, artefact), other)
    # Unlike the single pixel, a ramp along the rows has nothing in common with the first row.
    ramp = np.broadcast_to(np.linspace(0.2, 0.5, 4), (1, 4, 4))
    clean = subtract_border_artefact(ramp + 0.7 * artefact, artefact)
    np.testing.assert_allclose(clean, ramp / 0.5, atol=1e-6)
    assert border_artefact_index(ramp + 0.7 * artefact, artefact)[0] > 0.8
    np.testing.assert_allclose(border_artefact_index(clean, artefact), 0, atol=1e-6)
    np.testing.assert_array_equal(subtract_border_artefact(0 * other, artefact), 0)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(4, 4\)"):
        subtract_border_artefact(np.ones((2, 5, 5)), np.ones((4, 4)))
    flat = border_artefact_index(np.ones((1, 3, 3)), np.eye(3))
    assert np.isnan(flat).all()
