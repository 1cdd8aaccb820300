"""What an expert settled: places that are or are not instances, and their classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crystalviz.consensus.inputs import Problem

# In jitters: a decision is about the place within this distance.
_REACH = 3.0


def hold_places(
    places: pd.DataFrame, gold: pd.DataFrame, jitter: float, problems: list[Problem]
) -> None:
    """Set `p_exists` of settled places to 0 or 1; a decision about no place becomes a problem."""
    place = nearest_places(places, gold, jitter)
    problems += [Problem("gold", row, "no place lies near it") for row in gold.index[place < 0]]
    settled = place >= 0
    exists = np.ones(len(gold), dtype=bool)
    if "exists" in gold:
        exists = gold["exists"].fillna(True).to_numpy(bool)
    probability = places["p_exists"].to_numpy(copy=True)
    probability[place[settled]] = exists[settled]
    places["p_exists"] = probability


def known_classes(
    places: pd.DataFrame, gold: pd.DataFrame, classes: Sequence[Any], jitter: float
) -> np.ndarray:
    """Return the settled class (k,) int of each place, -1 where none is."""
    place = nearest_places(places, gold, jitter)
    known = np.full(len(places), -1)
    number = pd.Index(classes).get_indexer(gold["label"])
    said = (place >= 0) & (number >= 0)
    known[place[said]] = number[said]
    return known


def nearest_places(places: pd.DataFrame, gold: pd.DataFrame, jitter: float) -> np.ndarray:
    """Return the row of the place (g,) that each decision is about, -1 for none."""
    found = np.full(len(gold), -1)
    for image, here in gold.groupby("image_id", sort=False).indices.items():
        own = np.flatnonzero((places["image_id"] == image).to_numpy())
        if not len(own):
            continue
        tree = cKDTree(places.iloc[own][["x", "y"]].to_numpy(float))
        asked = gold.iloc[here][["x", "y"]].to_numpy(float)
        distance, nearest = tree.query(asked, distance_upper_bound=_REACH * jitter)
        near = np.isfinite(distance)
        found[here[near]] = own[nearest[near]]
    return found
