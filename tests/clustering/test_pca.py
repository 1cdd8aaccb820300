"""Principal components against known answers."""

import numpy as np
import pytest

from crystalviz.clustering import pca, principal_components


def test_points_on_a_line_have_one_component() -> None:
    direction = np.array([3.0, 4.0, 0.0]) / 5
    steps = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    got = principal_components(7 + steps[:, None] * direction)
    np.testing.assert_allclose(got.explained_variance_ratio, [1, 0], atol=1e-12)
    np.testing.assert_allclose(got.components[0], direction, atol=1e-12)
    np.testing.assert_allclose(got.coordinates[:, 0], steps, atol=1e-6)
    np.testing.assert_allclose(got.coordinates[:, 1], 0, atol=1e-6)
    np.testing.assert_allclose(got.mean, [7, 7, 7])


SHAPES = [(60, 30), (1200, 300), (700, 600), (300, 1000), (150, 4200), (530, 4100)]


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_full_decomposition(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    vectors = (rng.standard_normal(shape) * np.geomspace(5, 1, shape[1]) + 40).astype(np.float32)
    got = principal_components(vectors, 3)
    centred = vectors.astype(float) - vectors.astype(float).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(
        got.explained_variance_ratio, (singular**2 / (singular**2).sum())[:3], rtol=1e-5
    )
    np.testing.assert_allclose(np.abs((got.components * axes[:3]).sum(axis=1)), 1, atol=1e-6)
    np.testing.assert_allclose(got.coordinates, centred @ got.components.T, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_repeats_to_the_bit_and_fixes_the_signs(shape: tuple[int, int]) -> None:
    vectors = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    one, two = principal_components(vectors), principal_components(vectors)
    assert one.coordinates.tobytes() == two.coordinates.tobytes()
    largest = np.abs(one.components).argmax(axis=1)
    assert (one.components[[0, 1], largest] > 0).all()
    # Mirrored vectors have the same axes, so the same picture mirrored.
    mirrored = principal_components(-vectors)
    np.testing.assert_allclose(mirrored.components, one.components, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_third_component_does_not_move_the_first_two(shape: tuple[int, int]) -> None:
    vectors = np.random.default_rng(5).standard_normal(shape) * np.geomspace(9, 1, shape[1])
    two, three = principal_components(vectors, 2), principal_components(vectors, 3)
    assert three.coordinates.shape == (shape[0], 3)
    np.testing.assert_allclose(three.coordinates[:, :2], two.coordinates, atol=1e-4)
    np.testing.assert_allclose(three.components @ three.components.T, np.eye(3), atol=1e-6)
    assert (np.diff(three.explained_variance_ratio) < 0).all()


def test_an_axis_whose_entries_cancel_is_found() -> None:
    # Wide vectors that vary only along (1, -1, 1, -1, ...): at right angles to all ones.
    direction = np.tile([1.0, -1.0], 400) / np.sqrt(800)
    vectors = np.outer(np.linspace(-3, 3, 900), direction) + 5
    got = principal_components(vectors.astype(np.float32))
    assert abs(got.components[0] @ direction) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(got.explained_variance_ratio, [1, 0], atol=1e-6)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_any_unit_of_the_vectors(scale: float) -> None:
    vectors = np.random.default_rng(6).standard_normal((900, 600)) * np.geomspace(9, 1, 600)
    one, other = principal_components(vectors), principal_components(vectors * scale)
    np.testing.assert_allclose(np.abs((one.components * other.components).sum(axis=1)), 1)
    np.testing.assert_allclose(other.coordinates / scale, one.coordinates, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3, 700])
def test_identical_vectors_fall_on_the_origin(count: int) -> None:
    got = principal_components(np.full((count, 600), 0.1, np.float32))
    assert got.coordinates.shape == (count, 2)
    assert not got.coordinates.any()
    assert not got.explained_variance_ratio.any()
    assert np.isfinite(got.components).all()


def test_two_images_have_one_component() -> None:
    got = principal_components(np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))
    np.testing.assert_allclose(got.explained_variance_ratio, [1, 0])
    np.testing.assert_allclose(got.coordinates, [[-1, 0], [1, 0]])


@pytest.mark.parametrize("shape", [(1000, 600), (150, 4200), (530, 4100)])
def test_many_points_on_a_line(shape: tuple[int, int]) -> None:
    vectors = np.outer(np.arange(shape[0]), np.ones(shape[1])).astype(np.float32)
    got = principal_components(vectors)
    np.testing.assert_allclose(got.explained_variance_ratio, [1, 0], atol=1e-6)
    along = np.abs(got.coordinates[:, 0]).max()
    assert along == pytest.approx((shape[0] - 1) / 2 * np.sqrt(shape[1]))
    np.testing.assert_allclose(got.coordinates[:, 1] / along, 0, atol=1e-6)


def test_names_the_rows_that_are_not_finite() -> None:
    vectors = np.ones((4, 3))
    vectors[2, 1] = np.nan
    with pytest.raises(ValueError, match="row 2"):
        principal_components(vectors)
    with pytest.raises(ValueError, match="at least one"):
        principal_components(np.zeros((0, 3)))


def test_many_wide_vectors_take_the_fourth_road(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    vectors = rng.standard_normal((700, 600)) * np.geomspace(9, 1, 600)
    expected = principal_components(vectors, 3)
    monkeypatch.setattr(pca, "_COVARIANCE_UP_TO", 500)
    got = principal_components(vectors, 3)
    np.testing.assert_allclose(got.components, expected.components, atol=1e-3)
    np.testing.assert_allclose(
        got.explained_variance_ratio, expected.explained_variance_ratio, rtol=1e-4
    )
    one = np.outer(np.arange(700.0), np.ones(600))
    assert np.isfinite(principal_components(one).coordinates).all()
