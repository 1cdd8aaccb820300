"""How many groups the images fall into: silhouette and gap statistic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystalviz.clustering._checks import as_points
from crystalviz.clustering._threads import threads_for
from crystalviz.clustering.gap import gap_statistic
from crystalviz.clustering.kmeans import k_means

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Paper, text, muted text, lines and the first two groups of the Explorer; by dark or not.
_INK = {
    False: ("#ffffff", "#14181f", "#5d6675", "#e3e6eb", "#2b8cc4", "#c98500"),
    True: ("#11141a", "#e7eaf0", "#8a93a3", "#1f2530", "#56b4e9", "#e69f00"),
}


@dataclass(frozen=True, repr=False)
class GroupCount:
    """What silhouette and gap statistic say of the number of groups.

    Attributes
    ----------
    k : int
        1 if the gap statistic finds no groups, otherwise the silhouette's best.
    by_silhouette : int
        Largest mean silhouette; at least 2, because one group has none.
    by_gap : int
        The gap statistic's choice; 1 means that the points look uniform.
    table : pandas.DataFrame
        Columns k, silhouette (-1 to 1), gap, gap_error, and within (log of the summed squared
        distances to the groups' means).
    """

    k: int
    by_silhouette: int
    by_gap: int
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"<GroupCount: {self.k} groups (silhouette {self.by_silhouette}, gap {self.by_gap})>"

    def plot(self, dark: bool = False) -> Figure:
        """Draw silhouette and gap against the number of groups; the choices are marked.

        Parameters
        ----------
        dark : bool
            For dark paper.
        """
        from crystalviz._figure import ShownFigure

        paper, _, _, _, line, _ = _INK[dark]
        figure = ShownFigure(figsize=(8.0, 3.0), layout="constrained", facecolor=paper)
        left, right = figure.subplots(1, 2)
        k = self.table["k"].to_numpy()
        left.plot(k, self.table["silhouette"], color=line, marker="o", markersize=4)
        left.set_ylabel("mean silhouette")
        right.errorbar(
            k,
            self.table["gap"],
            self.table["gap_error"],
            color=line,
            marker="o",
            markersize=4,
            capsize=3,
            elinewidth=1,
        )
        right.set_ylabel("gap (difference of logarithms)")
        for axes, choice in ((left, self.by_silhouette), (right, self.by_gap)):
            _style(axes, k, choice, dark)
        return figure


def suggest_k(
    data: Any,
    k_max: int = 10,
    *,
    components: int | None = None,
    n_references: int = 20,
    sample: int = 2000,
    seed: int = 42,
    progress: bool = False,
) -> GroupCount:
    """Suggest how many groups K-means should make.

    - Silhouette (P. J. Rousseeuw, J. Comput. Appl. Math. 20, 53, 1987): how much nearer points
      are to their own group than to the next, for 2 groups and more.
    - Gap statistic (Tibshirani, Walther, Hastie 2001): how much tighter the groups are than those
      of uniform points, for 1 group and more. It alone can say that there are none.

    Parameters
    ----------
    data : array_like, shape (n, d), or Projection, or analysis
        Coordinates of a `Projection` are what the table's groups are made of.
    k_max : int
        Most groups tried; fewer if there are fewer different points.
    components : int or None
        Project on so many principal components first; None for the data as they are.
    n_references : int
        Sets of uniform points.
    sample : int
        Larger sets are judged by so many of their points, drawn at random.
    seed : int
    progress : bool
        Show a progress bar.

    Raises
    ------
    ValueError
        If `k_max` is under 2, or there are fewer than 4 different points.
    """
    import pandas as pd
    from sklearn.metrics import silhouette_score

    from crystalviz.clustering.pca import principal_components

    if k_max < 2:
        raise ValueError(f"k_max must be at least 2, not {k_max}")
    if n_references < 2:
        raise ValueError(f"n_references must be at least 2, not {n_references}")
    points = as_points(data)
    if components is not None and len(points):
        points = as_points(principal_components(points, components))
    if len(points) > sample:
        chosen = np.random.default_rng(seed).choice(len(points), sample, replace=False)
        points = points[np.sort(chosen)]
    different = len(np.unique(points, axis=0))
    if different < 4:
        raise ValueError(f"{different} different points are too few to look for groups; give 4")
    k_max = min(k_max, different - 1)
    gap = gap_statistic(points, k_max, n_references, seed, progress)
    silhouette = [np.nan]
    with threads_for(points.size):
        silhouette += [
            silhouette_score(points, k_means(points, k, seed)) for k in range(2, k_max + 1)
        ]
    table = pd.DataFrame(
        {
            "k": np.arange(1, k_max + 1),
            "silhouette": silhouette,
            "gap": gap.gap,
            "gap_error": gap.error,
            "within": gap.within,
        }
    )
    by_silhouette = int(np.nanargmax(silhouette)) + 1
    return GroupCount(1 if gap.best == 1 else by_silhouette, by_silhouette, gap.best, table)


def _style(axes: Axes, k: np.ndarray, choice: int, dark: bool) -> None:
    paper, text, muted, grid, _, mark = _INK[dark]
    axes.set_facecolor(paper)
    axes.axvline(choice, color=mark, linewidth=6, alpha=0.3, zorder=0)
    axes.set_title(f"best: {choice}", color=muted, fontsize=10, loc="left")
    axes.set_xlabel("groups")
    axes.set_xticks(k)
    axes.set_xlim(0.5, len(k) + 0.5)
    axes.grid(axis="y", color=grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelcolor=muted, labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(text)
        label.set_fontsize(10)
