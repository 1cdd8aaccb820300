from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from crystalviz.cam import overlay_cam
from crystalviz.cam.png import png_bytes


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (33, 50)])
def test_another_reader_gets_the_same_pixels(shape) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    with Image.open(io.BytesIO(png_bytes(picture)), formats=["PNG"]) as image:
        image.verify()
    with Image.open(io.BytesIO(png_bytes(picture))) as image:
        assert image.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(image), picture)


def test_text_is_kept() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    with Image.open(io.BytesIO(png_bytes(picture, {"crystalviz": "ab12"}))) as image:
        assert image.info["crystalviz"] == "ab12"


def test_an_overlay_is_smaller_than_its_pixels_and_its_parts_need_not_be_contiguous() -> None:
    ramp = np.add.outer(np.arange(120), np.arange(200)).astype(np.uint8)
    overlay = overlay_cam(ramp, np.eye(5))
    assert len(png_bytes(overlay)) < overlay.nbytes / 4
    flipped = overlay[::-1, ::-1]
    with Image.open(io.BytesIO(png_bytes(flipped))) as image:
        np.testing.assert_array_equal(np.asarray(image), flipped)


def test_what_is_no_picture_is_refused() -> None:
    for wrong in (np.zeros((2, 2)), np.zeros((2, 2, 3)), np.zeros((0, 2, 3), np.uint8)):
        with pytest.raises(ValueError, match="overlay_cam"):
            png_bytes(wrong)
    with pytest.raises(ValueError, match="79"):
        png_bytes(np.zeros((1, 1, 3), np.uint8), {"": "x"})
