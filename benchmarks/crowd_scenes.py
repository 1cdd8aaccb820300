"""Crowd scenes with a known truth, and how good a set of places is on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from crystalviz.consensus import score
from crystalviz.datasets import SyntheticMarks, synthetic_marks

# Pixels: twice the usual jitter.
WITHIN = 6.0
# Key2Cat's: 94 micrographs, about 80,000 marks, five votes on each of 72,500.
KEY2CAT_IMAGES, KEY2CAT_PER_IMAGE, KEY2CAT_VOTES = 94, 39, 362_693


@dataclass(frozen=True)
class Scene:
    """One generated scene, and its marks in the form that clusterings take.

    Attributes
    ----------
    made : SyntheticMarks
    points : dict of image_id to (n, 2) float64
        The marks of each image, pixels.
    """

    made: SyntheticMarks
    points: dict[str, np.ndarray]

    @classmethod
    def of(cls, made: SyntheticMarks) -> Scene:
        """Return what was made as a scene."""
        groups = made.marks.groupby("image_id", sort=False)
        # In rows, as all of the clusterings take them.
        points = {
            str(name): np.ascontiguousarray(here[["x", "y"]].to_numpy()) for name, here in groups
        }
        return cls(made, points)

    def f1(self, places: pd.DataFrame) -> float:
        """Return the F1 of these places: one to one, at most 6 px from the truth."""
        return score(places, self.made.truth, WITHIN).f1

    def error(self, places: pd.DataFrame) -> float:
        """Return the RMSE of the places found, as a multiple of the oracle's.

        The oracle knows which marks are of one instance, and takes their plain mean: who also
        knows which volunteers click well can do better, so that less than 1 is possible.
        """
        return score(places, self.made.truth, WITHIN).rmse / self._oracle()

    def _oracle(self) -> float:
        meant = self.made.marks[self.made.marks["instance"] >= 0]
        mean = meant.groupby("instance")[["x", "y"]].mean()
        off = mean - self.made.truth.loc[mean.index, ["x", "y"]]
        return float(np.sqrt((off**2).sum(axis=1).mean()))


@cache
def scene(kind: str, seed: int, images: int = 20) -> Scene:
    """Return 100 instances on each of so many images; "key2cat" is of its own size."""
    if kind == "key2cat":
        made = synthetic_marks("hard", images=images, per_image=KEY2CAT_PER_IMAGE, seed=seed)
        made.votes = made.votes.iloc[:KEY2CAT_VOTES]
        return Scene.of(made)
    return Scene.of(synthetic_marks(kind, images=images, seed=seed))
