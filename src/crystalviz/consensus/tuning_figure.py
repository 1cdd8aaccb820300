"""The figure of a grid search: the criterion over the parameters that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crystalviz._figure import ShownFigure

if TYPE_CHECKING:
    from crystalviz.consensus.tuning import GridSearch

_NAMES = {"f1": "F1", "stability": "stability"}


def draw_grid(search: GridSearch) -> ShownFigure:
    """Return a line over one parameter, a map over two, bars of the settings beyond."""
    table, criterion = search.table, search.criterion
    varied = [name for name in search.best_params if table[name].nunique() > 1]
    figure = ShownFigure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    if len(varied) == 1 and pd.api.types.is_numeric_dtype(table[varied[0]]):
        ordered = table.sort_values(varied[0])
        axes.plot(ordered[varied[0]], ordered[criterion], marker="o")
        axes.set(xlabel=varied[0], ylabel=_NAMES[criterion], ylim=(0, 1.02))
    elif len(varied) == 2:
        grid = table.pivot_table(criterion, varied[0], varied[1], sort=False).sort_index()
        grid = grid.sort_index(axis=1)
        image = axes.imshow(grid, vmin=0, vmax=1, aspect="auto", cmap="viridis")
        axes.set_xticks(range(grid.shape[1]), [str(value) for value in grid.columns])
        axes.set_yticks(range(grid.shape[0]), [str(value) for value in grid.index])
        axes.set(xlabel=varied[1], ylabel=varied[0])
        for (row, column), value in np.ndenumerate(grid.to_numpy()):
            color = "black" if value > 0.6 else "white"
            axes.text(column, row, f"{value:.3f}", ha="center", va="center", color=color, size=8)
        figure.colorbar(image, ax=axes, label=_NAMES[criterion])
    else:
        top = table.head(20).iloc[::-1]
        names = [", ".join(f"{name}={row[name]}" for name in varied) for _, row in top.iterrows()]
        axes.barh(names, top[criterion])
        axes.set(xlabel=_NAMES[criterion], xlim=(0, 1.02))
        axes.tick_params(axis="y", labelsize=8)
    return figure
