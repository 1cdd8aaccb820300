"""Confusion matrix and the scores of each class that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Scores:
    """How well n images are classified.

    Attributes
    ----------
    confusion : (K, K) int64
        Rows are the classes that the images have, columns those that are predicted.
    """

    confusion: np.ndarray

    @classmethod
    def of(cls, targets: np.ndarray, predicted: np.ndarray, n_classes: int) -> Scores:
        """Count.

        Parameters
        ----------
        targets, predicted : (n,) int
            Class indices, 0 to `n_classes` - 1.
        """
        confusion = np.zeros((n_classes, n_classes), np.int64)
        np.add.at(confusion, (np.asarray(targets, int), np.asarray(predicted, int)), 1)
        return cls(confusion)

    @property
    def support(self) -> np.ndarray:
        """(K,) images that each class has."""
        return self.confusion.sum(axis=1)

    @property
    def accuracy(self) -> float:
        """Share of the images that are right, NaN without images."""
        return float(_ratio(np.trace(self.confusion), self.confusion.sum()))

    @property
    def precision(self) -> np.ndarray:
        """(K,) share of the images predicted as a class that are of it, NaN where none is."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> np.ndarray:
        """(K,) share of the images of a class that are predicted as it, NaN where none is."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=1))

    @property
    def f1(self) -> np.ndarray:
        """(K,) 2 TP / (2 TP + FP + FN), NaN for a class that the images do not have."""
        total = self.confusion.sum(axis=0) + self.support
        return np.where(self.support > 0, _ratio(2 * np.diag(self.confusion), total), np.nan)

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that the images have."""
        present = self.f1[self.support > 0]
        return float(present.mean()) if len(present) else float("nan")


def decide(probability: np.ndarray) -> np.ndarray:
    """Return the predicted class (n,) of probabilities (n, K): of two equal ones the second."""
    if probability.shape[1] == 2:
        return (probability[:, 1] >= 0.5).astype(np.int64)
    return probability.argmax(axis=1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
