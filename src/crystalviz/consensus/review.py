"""What an expert should look at first: ties, then the places most likely to be told wrongly."""

from __future__ import annotations

import numpy as np
import pandas as pd

# A place is put before an expert from this chance of being wrong on.
LEAST = 0.1


def doubt(candidates: pd.DataFrame, n_instances: int | None = None) -> np.ndarray:
    """Return the chance (k,) float that each row, as it is written, is wrong.

    An instance is right when it exists and has its likeliest class; a place that was left out is
    right when it does not exist.

    Parameters
    ----------
    candidates : DataFrame, k rows
        `MarkConsensus.candidates_`.
    n_instances : int, optional
        How many of the first rows are instances; those with `p_exists` of .5 or more where nothing
        is said.
    """
    exists = candidates["p_exists"].to_numpy(float)
    classes = class_columns(candidates)
    right = exists * candidates[classes].to_numpy(float).max(1) if classes else exists
    chance: np.ndarray = np.where(_are_instances(candidates, n_instances), 1 - right, exists)
    return chance


def review_order(
    candidates: pd.DataFrame, n_instances: int | None = None, least: float = LEAST
) -> np.ndarray:
    """Return the rows (r,) int to look at: tied instances first, then by doubt, then by row.

    Parameters
    ----------
    candidates, n_instances
        As of `doubt`.
    least : float
        Places that are not tied are listed from this doubt on.
    """
    chance = doubt(candidates, n_instances)
    tied = _tied(candidates, n_instances)
    # 1 - .9 is a little less than .1.
    listed = np.flatnonzero(tied | (chance >= least - 1e-9))
    order: np.ndarray = listed[np.lexsort((listed, -chance[listed], ~tied[listed]))]
    return order


def reasons(candidates: pd.DataFrame, n_instances: int | None = None) -> np.ndarray:
    """Return why each row (k,) may be wrong.

    "tie": its leading classes are tied. "class": it may be of another class. "existence": it may
    be no instance. "left out": it was left out, and may be one.
    """
    exists = candidates["p_exists"].to_numpy(float)
    classes = class_columns(candidates)
    surest = candidates[classes].to_numpy(float).max(1) if classes else np.ones(len(candidates))
    why = np.where(surest < exists, "class", "existence").astype(object)
    why[_tied(candidates, n_instances)] = "tie"
    why[~_are_instances(candidates, n_instances)] = "left out"
    return why


def class_columns(candidates: pd.DataFrame) -> list[str]:
    """Return the columns of the classes' probabilities; none without labels."""
    return [name for name in candidates.columns if str(name).startswith("p_label_")]


def _are_instances(candidates: pd.DataFrame, n_instances: int | None) -> np.ndarray:
    if n_instances is None:
        likely: np.ndarray = candidates["p_exists"].to_numpy(float) >= 0.5
        return likely
    return np.arange(len(candidates)) < n_instances


def _tied(candidates: pd.DataFrame, n_instances: int | None) -> np.ndarray:
    """Return which instances are tied; a place that was left out needs no class."""
    if "tie" not in candidates:
        return np.zeros(len(candidates), dtype=bool)
    tied: np.ndarray = candidates["tie"].to_numpy(bool)
    return tied & _are_instances(candidates, n_instances)
