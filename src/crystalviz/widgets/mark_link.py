"""Which image of an explorer shows which instance of a mark map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crystalviz.consensus.outputs.crops import instances_of_crops
from crystalviz.consensus.outputs.names import instance_names
from crystalviz.widgets.view import View
from crystalviz.widgets.view_store import ViewStore


class CropLink:
    """The crops that a view shows, by instance.

    Parameters
    ----------
    view : View
        Of an analysis of what `crystalviz.consensus.crop_instances` wrote.
    candidates : DataFrame, k rows
        `MarkConsensus.candidates_`.

    Attributes
    ----------
    store : ViewStore
        Holds the view's selection.
    crops : (k,) int
        Row of the view's table for each instance, -1 where it has no crop there.

    Raises
    ------
    ValueError
        When the view shows no crop of these instances.
    """

    def __init__(self, view: View, candidates: pd.DataFrame) -> None:
        self.store: ViewStore = view.store
        self._shown = [str(one) for one in self.store.analysis.table["image_id"]]
        self.crops = np.full(len(candidates), -1)
        instance = instances_of_crops(self._shown, candidates)
        place = np.flatnonzero(instance >= 0)[::-1]
        # Backwards, so that of two crops of one instance the first counts.
        self.crops[instance[place]] = place
        if not len(place):
            names = instance_names(candidates.iloc[:1])
            raise ValueError(
                f"none of the {len(self._shown)} images of the view is a crop of an instance: "
                f"crops are called like {''.join(names)}.png, and these like "
                f"{''.join(self._shown[:1])}"
            )

    def crop_of(self, row: int) -> str | None:
        """Return the view's image of an instance, None for row -1 and where there is none."""
        place = self.crops[row] if row >= 0 else -1
        return self._shown[place] if place >= 0 else None

    def instance_of(self, image_id: str | None) -> int:
        """Return the row of the instance that an image of the view shows, -1 for none."""
        if image_id is None:
            return -1
        rows = np.flatnonzero(self.crops == self._shown.index(image_id))
        return int(rows[0]) if len(rows) else -1

    def renumber(self, now: np.ndarray, k: int) -> None:
        """Follow the instances to other rows: from row i to `now[i]` (-1: gone) of `k`."""
        crops = np.full(k, -1)
        crops[now[now >= 0]] = self.crops[now >= 0]
        self.crops = crops
