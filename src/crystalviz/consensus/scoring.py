"""How good a consensus is: instances against gold marks, one to one within a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


@dataclass
class Score:
    """Instances against gold marks.

    Attributes
    ----------
    precision, recall, f1 : float
        Shares of instances that are gold marks, of gold marks that were found, and their harmonic
        mean; NaN where there is nothing to count.
    rmse : float
        Root mean square distance of those that match, pixels.
    accuracy : float
        Share of those that match whose label is right; NaN without labels on both sides.
    pairs : DataFrame
        Rows of the two tables that match: `instance`, `gold`, `distance`.
    """

    precision: float
    recall: float
    f1: float
    rmse: float
    accuracy: float
    pairs: pd.DataFrame


def match(instances: pd.DataFrame, gold: pd.DataFrame, within: float) -> pd.DataFrame:
    """Pair instances with gold marks: as many as can be, then with the least distance in all.

    Parameters
    ----------
    instances, gold : DataFrame
        image_id, x, y (pixels).
    within : float
        No pair lies further apart, pixels.

    Returns
    -------
    DataFrame
        `instance` and `gold` (labels of the rows) and `distance`.
    """
    parts = []
    ours = instances.groupby("image_id", sort=False).indices
    for image, there in gold.groupby("image_id", sort=False).indices.items():
        here = ours.get(image)
        if here is None:
            continue
        found, real = instances.iloc[here], gold.iloc[there]
        distance = cdist(found[["x", "y"]].to_numpy(float), real[["x", "y"]].to_numpy(float))
        # Too far costs more than any number of near pairs.
        far = 1.0 + within * (min(distance.shape) + 1)
        rows, columns = linear_sum_assignment(np.where(distance <= within, distance, far))
        near = distance[rows, columns] <= within
        parts.append(
            pd.DataFrame(
                {
                    "instance": found.index[rows[near]],
                    "gold": real.index[columns[near]],
                    "distance": distance[rows[near], columns[near]],
                }
            )
        )
    none = pd.DataFrame(columns=["instance", "gold", "distance"])
    return pd.concat(parts, ignore_index=True) if parts else none


def score(instances: pd.DataFrame, gold: pd.DataFrame, within: float = 6.0) -> Score:
    """Compare instances with gold marks: image_id, x, y and, if both have it, label."""
    pairs = match(instances, gold, within)
    hits = len(pairs)
    accuracy = np.nan
    if hits and "label" in instances and "label" in gold:
        said = instances.loc[pairs["instance"], "label"].to_numpy(object)
        accuracy = float((said == gold.loc[pairs["gold"], "label"].to_numpy(object)).mean())
    return Score(
        hits / len(instances) if len(instances) else np.nan,
        hits / len(gold) if len(gold) else np.nan,
        2 * hits / (len(instances) + len(gold)) if len(instances) + len(gold) else np.nan,
        float(np.sqrt((pairs["distance"].astype(float) ** 2).mean())) if hits else np.nan,
        accuracy,
        pairs,
    )
