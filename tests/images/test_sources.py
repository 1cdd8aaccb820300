"""What may be handed over as images, and tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import crystal, write

from crystalviz.images import ArraySet, ImageSet, as_image_set, tile


def test_sets_pass_through_and_paths_become_sets(tmp_path: Path):
    path = write(tmp_path / "a.png", crystal())
    images = ImageSet.from_folder(tmp_path)
    assert as_image_set(images) is images
    for given in (tmp_path, str(tmp_path), path, [path], (str(path),)):
        assert as_image_set(given).ids == ["a.png"]


@pytest.mark.parametrize(
    ("images", "shapes"),
    [
        (np.zeros((4, 5), np.uint8), [(4, 5)]),
        (np.zeros((4, 5, 3), np.uint8), [(4, 5)]),
        (np.zeros((7, 4, 5), np.uint8), [(4, 5)] * 7),
        (np.zeros((2, 4, 5, 3), np.uint8), [(4, 5)] * 2),
        ([np.zeros((4, 5), np.uint8), np.zeros((6, 7, 4))], [(4, 5), (6, 7)]),
    ],
)
def test_arrays(images, shapes):
    source = as_image_set(images)
    assert [pixels.shape for _, pixels in source.stream()] == shapes
    assert source.ids == [str(index) for index in range(len(shapes))]
    assert source.labels == [None] * len(shapes)


def test_what_is_no_list_of_images(tmp_path: Path):
    path = write(tmp_path / "a.png", crystal())
    with pytest.raises(TypeError, match="all paths or all NumPy arrays"):
        as_image_set([path, crystal()])
    with pytest.raises(ValueError, match="one id and one label for each array"):
        ArraySet([crystal()], labels=["a", "b"])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((100, 128), (100, 128)),
        ((256, 128), (128, 64)),
        ((151, 151), (128, 128)),
        ((211, 186), (128, 113)),
        ((1, 5000), (1, 128)),
        ((2000, 3001), (85, 128)),
    ],
)
def test_tile_keeps_proportions_and_never_grows(shape, expected):
    assert tile(np.zeros(shape, np.uint8)).shape == expected


def test_tile_is_antialiased_and_true_in_brightness():
    board = np.indices((1024, 1024)).sum(0) % 2 * np.uint8(255)
    small = tile(board.astype(np.uint8))
    assert small.dtype == np.uint8
    assert np.abs(small.astype(int) - 128).max() <= 2
    picture = crystal(1, (600, 600))
    assert tile(picture).mean() == pytest.approx(picture.mean(), abs=0.7)
    with pytest.raises(ValueError, match="at least 1 pixel"):
        tile(picture, 0)
