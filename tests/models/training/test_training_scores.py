"""Confusion, precision, recall and F1 against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from crystalviz.models.training.evaluation import score_part
from crystalviz.models.training.scores import Scores, decide


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_are_those_of_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    targets, predicted = rng.integers(0, classes, (2, 400))
    scores = Scores.of(targets, predicted, classes)
    precision, recall, f1, support = precision_recall_fscore_support(targets, predicted)
    np.testing.assert_array_equal(scores.confusion, confusion_matrix(targets, predicted))
    np.testing.assert_allclose(scores.precision, precision)
    np.testing.assert_allclose(scores.recall, recall)
    np.testing.assert_allclose(scores.f1, f1)
    np.testing.assert_array_equal(scores.support, support)
    assert scores.accuracy == pytest.approx((targets == predicted).mean())
    assert scores.macro_f1 == pytest.approx(f1.mean())


def test_what_cannot_be_known_is_nan_and_left_out_of_the_mean() -> None:
    # Class 2 is neither there nor predicted, class 1 is there and never found.
    scores = Scores.of(np.array([0, 0, 1]), np.array([0, 0, 0]), 3)
    np.testing.assert_allclose(scores.precision, [2 / 3, np.nan, np.nan])
    np.testing.assert_allclose(scores.recall, [1, 0, np.nan])
    np.testing.assert_allclose(scores.f1, [0.8, 0, np.nan])
    assert scores.macro_f1 == pytest.approx(0.4)
    part = score_part(np.array([0, 0, 1]), np.array([0, 0, 0]), np.arange(3), "abc", 0.95)
    assert part["classes"]["c"] == {"precision": None, "recall": None, "f1": None, "support": 0}
    assert part["classes"]["a"]["precision"] == 0.6667


def test_interval_counts_scenes_not_files() -> None:
    """12 right of 12 files: 3 scenes prove far less than 12."""
    right = np.zeros(12, int)
    few = score_part(right, right, np.repeat([0, 1, 2], 4), ("a", "b"), 0.95)
    many = score_part(right, right, np.arange(12), ("a", "b"), 0.95)
    assert (few["scenes"], few["images"], many["scenes"]) == (3, 12, 12)
    assert few["interval"] == [round(0.025 ** (1 / 3), 4), 1.0]
    assert many["interval"] == [round(0.025 ** (1 / 12), 4), 1.0]


def test_decision_is_the_second_class_from_one_half_on() -> None:
    assert decide(np.array([[0.5, 0.5], [0.51, 0.49], [0.2, 0.8]])).tolist() == [1, 0, 1]
    assert decide(np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])).tolist() == [1, 0]
