"""Votes as arrays: who said which class of what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix


@dataclass
class Votes:
    """One row a vote.

    Attributes
    ----------
    item, volunteer, label : (n,) int
        Numbers of what was judged, by whom, and as what.
    weight : (n,) float
        How surely the vote is about the item, 0 to 1.
    n_items, n_volunteers, n_classes : int
        How many there are of each, with those that no vote names.
    """

    item: np.ndarray
    volunteer: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    n_items: int
    n_volunteers: int
    n_classes: int

    def __len__(self) -> int:
        return len(self.item)

    def tally(self, sure: float = 0.0) -> np.ndarray:
        """Return how many votes each item has for each class: (items, classes).

        Parameters
        ----------
        sure : float
            Where above 0, only votes at least this surely the item's count, and each as one.
        """
        weight = (self.weight >= sure).astype(float) if sure > 0 else self.weight
        size = self.n_items * self.n_classes
        counted = np.bincount(self.item * self.n_classes + self.label, weight, size)
        # Without any vote bincount gives whole numbers.
        return counted.astype(float).reshape(self.n_items, self.n_classes)

    def table(self) -> csr_matrix:
        """Return the votes as a table: (items, volunteers * classes), weights as its entries."""
        column = self.volunteer * self.n_classes + self.label
        shape = (self.n_items, self.n_volunteers * self.n_classes)
        return csr_matrix((self.weight, (self.item, column)), shape=shape)
