"""Co-occurrence features: known answers and scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops

from crystalviz.measures import texture
from crystalviz.measures.texture import DIRECTIONS, Texture


@pytest.mark.parametrize("offset", [1, 2, 5, 11])
@pytest.mark.parametrize("directions", [DIRECTIONS, (0,), (45,), (90,), (135,), (20,)])
def test_equals_scikit_image(offset: int, directions: tuple[int, ...]):
    rng = np.random.default_rng(0)
    pixels = (rng.normal(0, 6, (40, 57)).cumsum(axis=1) + 128).clip(0, 255).astype(np.uint8)
    angles = [math.radians(angle) for angle in directions]
    matrix = graycomatrix(pixels, [offset], angles, 256, symmetric=True, normed=True)
    found = texture(pixels, offset, directions)
    for name in Texture._fields:
        expected = graycoprops(matrix, name).mean()
        assert getattr(found, name) == pytest.approx(expected, rel=1e-9), name


def test_known_answers():
    assert texture(np.full((9, 9), 50, np.uint8)) == (0, 1, 1, 1)
    board = np.indices((20, 20)).sum(axis=0).astype(np.uint8) % 2
    # Pixels one apart along a row always differ, two apart never: two equal entries of 1/2.
    assert texture(board, 1, [0]) == (1, -1, pytest.approx(math.sqrt(0.5)), 0.5)
    assert texture(board, 2, [0]) == (0, 1, pytest.approx(math.sqrt(0.5)), 1)


def test_turning_the_picture_turns_the_directions():
    pixels = np.random.default_rng(2).integers(0, 60, (30, 30), np.uint8)
    np.testing.assert_allclose(texture(np.rot90(pixels), 5, [0]), texture(pixels, 5, [90]))
    for pose in (pixels.T, pixels[::-1], np.rot90(pixels, 3)):
        np.testing.assert_allclose(texture(pose), texture(pixels))


def test_what_cannot_be_measured():
    pixels = np.zeros((5, 30), np.uint8)
    with pytest.raises(ValueError, match="30 x 5 pixels has no two that are 5 apart at 90"):
        texture(pixels, 5, [90])
    assert texture(pixels, 5, [0]).energy == 1
    with pytest.raises(ValueError, match="offset"):
        texture(pixels, 0)
    with pytest.raises(ValueError, match="directions"):
        texture(pixels, 1, [])
