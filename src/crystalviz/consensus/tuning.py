"""Trying parameters: against gold marks, or by whether two halves of the crowd agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from tqdm.auto import tqdm

from crystalviz._figure import ShownFigure
from crystalviz.consensus.estimator import MarkConsensus
from crystalviz.consensus.scoring import score


@dataclass
class GridSearch:
    """What a grid of parameters gave.

    Attributes
    ----------
    table : DataFrame
        One row a setting: its parameters, then with gold f1, precision, recall and rmse (pixels),
        without gold `stability`; and n_instances. The best first.
    best_params : dict
        Of the first row.
    best : MarkConsensus
        Fitted with them.
    criterion : str
        "f1" or "stability".
    """

    table: pd.DataFrame
    best_params: dict[str, Any]
    best: MarkConsensus
    criterion: str

    def plot(self) -> ShownFigure:
        """Return the criterion over the settings: over one or two parameters, else ranked."""
        from crystalviz.consensus.tuning_figure import draw_grid

        return draw_grid(self)


def grid_search(
    marks: pd.DataFrame,
    param_grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
    *,
    reads: pd.DataFrame | None = None,
    gold: pd.DataFrame | None = None,
    within: float = 6.0,
    estimator: MarkConsensus | None = None,
    n_splits: int = 4,
    random_state: int = 0,
    progress: bool = True,
) -> GridSearch:
    """Fit with every combination of parameters and say which is best.

    With gold marks the criterion is F1. Without, it is stability: the volunteers are halved at
    random, each half finds its instances, and the F1 between the two is averaged over `n_splits`
    halvings. Stable is not yet right: a setting that finds little but always the same is stable.

    Parameters
    ----------
    marks, reads : DataFrame
        As `MarkConsensus.fit` takes them.
    param_grid : dict or list of dict
        Parameter to the values to try, as of scikit-learn.
    gold : DataFrame, optional
        image_id, x, y of true instances; only images that are in it count.
    within : float
        Instances this near are the same, pixels.
    estimator : MarkConsensus, optional
        What to set the parameters of.

    Raises
    ------
    ValueError
        When the grid is empty or names no parameter, or fewer than two volunteers marked.
    """
    settings = list(ParameterGrid(param_grid))
    if not settings:
        raise ValueError("the grid has no settings to try")
    base = MarkConsensus() if estimator is None else estimator
    halves = [] if gold is not None else _halves(marks, n_splits, random_state)
    rows = []
    for setting in tqdm(settings, desc="Grid", disable=not progress):
        model = clone(base).set_params(**setting)
        if gold is not None:
            row = _against_gold(model.fit(marks, reads=reads), gold, within)
        else:
            row = {"stability": _stability(model, marks, reads, halves, within)}
            row["n_instances"] = len(clone(model).fit(marks, reads=reads).instances_)
        rows.append({**setting, **row})
    criterion = "f1" if gold is not None else "stability"
    table = pd.DataFrame(rows)
    # Of equal ones the earlier in the grid.
    order = np.argsort(-table[criterion].fillna(-1.0).to_numpy(), kind="stable")
    best_params = settings[int(order[0])]
    best = clone(base).set_params(**best_params).fit(marks, reads=reads)
    return GridSearch(table.iloc[order].reset_index(drop=True), best_params, best, criterion)


def _against_gold(fitted: MarkConsensus, gold: pd.DataFrame, within: float) -> dict[str, float]:
    known = fitted.instances_["image_id"].isin(gold["image_id"])
    result = score(fitted.instances_[known], gold, within)
    return {
        "f1": result.f1,
        "precision": result.precision,
        "recall": result.recall,
        "rmse": result.rmse,
        "n_instances": len(fitted.instances_),
    }


def _halves(marks: pd.DataFrame, n_splits: int, random_state: int) -> list[set[Any]]:
    """Return one half of the volunteers for each split."""
    volunteers = sorted(marks["volunteer_id"].dropna().unique(), key=str)
    if len(volunteers) < 2:
        raise ValueError("stability needs two volunteers or more; give gold marks instead")
    rng = np.random.default_rng(random_state)
    half = len(volunteers) // 2
    return [
        {volunteers[i] for i in rng.permutation(len(volunteers))[:half]} for _ in range(n_splits)
    ]


def _stability(
    model: MarkConsensus,
    marks: pd.DataFrame,
    reads: pd.DataFrame | None,
    halves: list[set[Any]],
    within: float,
) -> float:
    agreement = []
    for half in halves:
        found = []
        for inside in (True, False):
            mine = marks[marks["volunteer_id"].isin(half) == inside]
            shown = None if reads is None else reads[reads["volunteer_id"].isin(half) == inside]
            found.append(clone(model).fit(mine, reads=shown).instances_)
        both = score(found[0], found[1], within).f1
        agreement.append(0.0 if np.isnan(both) else both)
    return float(np.mean(agreement))
