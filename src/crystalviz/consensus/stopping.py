"""When to stop asking: which images are settled, and what more readers would gain.

The expected number of wrong decisions is the sum of each place's chance to be judged wrongly. What
one more read would leave of it follows from how often readers hit what is there and mark what is
not (Branson, Van Horn and Perona, CVPR 2017, stop by such a risk).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom
from sklearn.utils.validation import check_is_fitted

from crystalviz.consensus.estimator import MarkConsensus

_MOST = 40
_COLUMNS = [
    *("image_id", "n_instances", "n_doubtful", "n_ties", "expected_errors", "settled"),
    *("reads_needed", "expected_gain"),
]


def reads_needed(fitted: MarkConsensus, target: float = 0.01) -> pd.DataFrame:
    """Return which images are settled, and how many more reads the others need.

    Parameters
    ----------
    fitted : MarkConsensus
        After `fit`.
    target : float
        An image is settled when at most this share of its decisions about places is expected to
        be wrong.

    Returns
    -------
    DataFrame, one row an image, those that need most first
        `image_id`, `n_instances`, `n_doubtful` (places between 5 and 95 %), `n_ties`,
        `expected_errors`, `settled`, `reads_needed` (more reads of each place until it is; NaN
        when 40 are not enough, as for readers who are divided themselves), `expected_gain` (errors
        that one more read of each place would avoid).
    """
    check_is_fitted(fitted)
    if not 0 < target < 1:
        raise ValueError(f"target is a share of decisions, between 0 and 1, not {target!r}")
    places = fitted.candidates_
    hit, mistaken = _rates(fitted)
    risk = _risks(places["p_exists"].to_numpy(float), hit, mistaken)
    rows = []
    for image, here in places.groupby("image_id", sort=False).indices.items():
        own = places.iloc[here]
        errors = risk[:, here].sum(1)
        enough = np.flatnonzero(errors <= target * len(here))
        rows.append(
            {
                "image_id": image,
                "n_instances": int((own["p_exists"] >= fitted.min_probability).sum()),
                "n_doubtful": int(own["p_exists"].between(0.05, 0.95).sum()),
                "n_ties": int(own["tie"].sum()) if "tie" in own else 0,
                "expected_errors": float(errors[0]),
                "settled": bool(len(enough) and enough[0] == 0),
                "reads_needed": float(enough[0]) if len(enough) else np.nan,
                "expected_gain": float(errors[0] - errors[1]),
            }
        )
    table = pd.DataFrame(rows, columns=_COLUMNS)
    order = np.lexsort((-table["expected_gain"], -table["reads_needed"].fillna(np.inf)))
    return table.iloc[order].reset_index(drop=True)


def _rates(fitted: MarkConsensus) -> tuple[float, float]:
    """Return how often a reader marks what is there, and what is not but looks like it."""
    places = fitted.candidates_
    rate = places["n_marks"] / places["n_chances"].clip(lower=1)
    firm = places["p_exists"] > 0.95
    none = places["p_exists"] < 0.05
    hit = float(rate[firm].mean()) if firm.any() else 0.8
    mistaken = float(rate[none].mean()) if none.any() else 0.1
    hit = float(np.clip(hit, 0.05, 0.99))
    return hit, float(np.clip(mistaken, 0.01, 0.6 * hit))


def _risks(probability: np.ndarray, hit: float, mistaken: float) -> np.ndarray:
    """Return the expected risk of each place after 0, 1, 2 ... more reads: (reads, k)."""
    risks = []
    for reads in range(_MOST + 1):
        hits = np.arange(reads + 1)[:, None]
        there = probability * binom.pmf(hits, reads, hit)
        not_there = (1 - probability) * binom.pmf(hits, reads, mistaken)
        risks.append(np.minimum(there, not_there).sum(0))
    return np.array(risks)
