"""Insertion and deletion where the evidence is known: one rough square on plain gray."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import compute_cam
from crystalviz.cam.trust import control_maps, insertion_deletion
from crystalviz.cam.trust.insertion_deletion import blurred_input
from crystalviz.models import Model
from crystalviz.models.errors import NoClassHeadError


@pytest.fixture(scope="module")
def pictures(spot) -> list[np.ndarray]:
    return [spot((1, 2)), spot((6, 3)), spot((4, 7))]


@pytest.fixture(scope="module")
def true_maps(rough_model, pictures) -> np.ndarray:
    return compute_cam(pictures, rough_model, layer="cells", method="gradcam")


def test_the_true_map_is_near_ideal_and_its_opposite_bad(rough_model, pictures, true_maps) -> None:
    right = insertion_deletion(pictures, true_maps, rough_model)
    wrong = insertion_deletion(pictures, 1 - true_maps, rough_model)
    # A square takes 16 of 1156 pixels: ideal areas are 0 and 1 but for the first step.
    assert (right.deletion_auc < 0.06).all()
    assert (right.insertion_auc > 0.94).all()
    assert (wrong.deletion_auc > 0.9).all()
    assert (wrong.insertion_auc < 0.1).all()


def test_ends_of_the_curves_are_the_picture_and_its_blur(rough_model, pictures, true_maps) -> None:
    curves = insertion_deletion(pictures, true_maps, rough_model, steps=4)
    assert curves.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    whole = rough_model.one_pass(pictures).probability
    prepared = rough_model.prepare(pictures)
    blurred = np.stack([blurred_input(one) for one in prepared])
    z = rough_model.class_scores(blurred)[:, 1]
    np.testing.assert_allclose(curves.deletion[:, 0], whole, rtol=1e-5)
    np.testing.assert_allclose(curves.insertion[:, -1], whole, rtol=1e-5)
    np.testing.assert_allclose(curves.deletion[:, -1], 1 / (1 + np.exp(-z)), rtol=1e-4)
    np.testing.assert_array_equal(curves.insertion[:, 0], curves.deletion[:, -1])


def test_a_uniform_map_fades_as_theory_says(rough_model, pictures) -> None:
    """The score is linear in the contrast, so the whole curve is known."""
    maps = control_maps("uniform", 3, (8, 8))
    curves = insertion_deletion(pictures, maps, rough_model, steps=10)
    prepared = rough_model.prepare(pictures)
    blurred = np.stack([blurred_input(one) for one in prepared])
    for k, share in enumerate(curves.shares):
        mixed = (1 - share) * prepared + share * blurred
        z = rough_model.class_scores(mixed)[:, 1]
        np.testing.assert_allclose(curves.deletion[:, k], 1 / (1 + np.exp(-z)), rtol=1e-3)
    np.testing.assert_allclose(curves.deletion, curves.insertion[:, ::-1], rtol=1e-4)


def test_random_maps_meet_the_square_half_way_on_average(rough_model, spot) -> None:
    """The step at which a random order reaches one square is uniform: the mean area is 0.5."""
    rng = np.random.default_rng(0)
    pictures = [spot(tuple(rng.integers(0, 8, 2))) for _ in range(60)]
    curves = insertion_deletion(pictures, control_maps("random", 60, (8, 8)), rough_model)
    # One area spreads like a uniform number, 0.29; three standard errors of 60 are 0.11.
    assert curves.deletion_auc.mean() == pytest.approx(0.5, abs=0.11)
    assert curves.insertion_auc.mean() == pytest.approx(0.5, abs=0.11)


def test_explains_the_class_asked_for(rough_model, pictures, true_maps) -> None:
    there = insertion_deletion(pictures, true_maps, rough_model, "there", steps=5)
    absent = insertion_deletion(pictures, true_maps, rough_model, [0, 0, 0], steps=5)
    np.testing.assert_allclose(there.deletion + absent.deletion, 1, atol=1e-6)


def test_an_empty_map_is_not_measured(rough_model, pictures) -> None:
    maps = np.zeros((3, 8, 8), np.float32)
    maps[1, 2, 2] = 1
    curves = insertion_deletion(pictures, maps, rough_model, steps=3)
    assert np.isnan(curves.deletion_auc).tolist() == [True, False, True]
    assert np.isnan(curves.insertion_auc).tolist() == [True, False, True]


def test_wrong_arguments_are_named(rough_model, pictures, true_maps) -> None:
    for arguments, text in (
        ({"cams": true_maps[:2]}, "one for each"),
        ({"cams": np.full((3, 8, 8), np.nan)}, "NaN"),
        ({"steps": 1}, "steps must be 2"),
        ({"blur": 0}, "blur must be above 0"),
        ({"targets": "gone"}, "knows absent, there"),
        ({"targets": [0, 1]}, "one class number for each image"),
        ({"targets": [0, 1, 2]}, "0 to 1"),
    ):
        given = {"cams": true_maps, **arguments}
        with pytest.raises(ValueError, match=text):
            insertion_deletion(pictures, given.pop("cams"), rough_model, **given)


def test_a_model_without_classes_cannot_be_asked(pictures, true_maps) -> None:
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    image = keras.Input((34, 34, 1))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(image))
    model = Model(keras.Model(image, features), "headless")
    with pytest.raises(NoClassHeadError):
        insertion_deletion(pictures, true_maps, model)
