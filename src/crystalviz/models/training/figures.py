"""The figures of a report, on white and on dark paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crystalviz._wording import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Text, muted text, lines and groups of the Explorer.
_INK = {
    False: ("#14181f", "#5d6675", "#e3e6eb", ("#2b8cc4", "#c98500", "#0a8f63", "#a8930a")),
    True: ("#e7eaf0", "#8a93a3", "#1f2530", ("#56b4e9", "#e69f00", "#2bb98a", "#e8d44d")),
}
# From none to all of a class; a number on the second half is in the colour of the first end.
_SHARE = {False: ("#ffffff", "#1b6797"), True: ("#11141a", "#7cc6f2")}
_DASHES = ("-", "--", "-.", ":")


def metrics_figure(
    history: pd.DataFrame, class_names: Sequence[str], best_epoch: int, target_f1: float,
    dark: bool = False,
) -> Figure:  # fmt: skip
    """Draw loss and class-wise F1 by epoch.

    Parameters
    ----------
    history : DataFrame
        Columns epoch, loss, val_loss and `val_f1 <name>` of each class.
    class_names : sequence of str
    best_epoch : int
        Marked by a line.
    target_f1 : float
        Drawn as a line.
    dark : bool
        For dark paper.
    """
    from matplotlib.figure import Figure

    text, muted, _, groups = _INK[dark]
    figure = Figure(figsize=(6.2, 5.0), layout="constrained")
    losses, scores = figure.subplots(2, 1, sharex=True)
    epochs = history["epoch"]
    marker = "o" if len(history) < 25 else ""
    losses.plot(
        epochs, history["loss"], color=muted, marker=marker, ms=4, label="train (augmented)"
    )
    losses.plot(
        epochs, history["val_loss"], color=groups[0], marker=marker, ms=4, label="validation"
    )
    losses.set_ylabel("loss")
    losses.set_ylim(bottom=0)
    for index, name in enumerate(class_names):
        scores.plot(
            epochs,
            history[f"val_f1 {name}"],
            color=groups[index % len(groups)],
            linestyle=_DASHES[index // len(groups) % len(_DASHES)],
            marker=marker,
            ms=4,
            label=_short(name),
        )
    scores.axhline(target_f1, color=muted, linewidth=1, linestyle=":")
    scores.annotate(
        f"target {target_f1:g}",
        (0, target_f1),
        xycoords=("axes fraction", "data"),
        xytext=(4, -3),
        textcoords="offset points",
        va="top",
        color=muted,
        fontsize=9,
    )
    lowest = np.nanmin([*(history[f"val_f1 {name}"].min() for name in class_names), target_f1])
    scores.set_ylim(max(0.0, lowest - 0.05), 1.01)
    scores.set_ylabel("F1 on validation")
    scores.set_xlabel("epoch")
    scores.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    for axes in (losses, scores):
        axes.axvline(best_epoch, color=text, linewidth=1, alpha=0.5)
        _style(axes, dark)
        axes.legend(
            loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, labelcolor=text, fontsize=9
        )
    losses.set_title(f"kept: epoch {best_epoch}", color=muted, fontsize=9, loc="left")
    return figure


def confusion_figure(
    confusion: np.ndarray, class_names: Sequence[str], part: str, dark: bool = False
) -> Figure:
    """Draw a confusion matrix.

    Parameters
    ----------
    confusion : (K, K) int
        Rows: the class, columns: predicted.
    class_names : sequence of str
    part : str
        Whose images are counted.
    dark : bool
        For dark paper.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    text, muted, line, _ = _INK[dark]
    confusion = np.asarray(confusion)
    count = len(class_names)
    side = float(np.clip(2.6 + 0.6 * count, 4.2, 10))
    figure = Figure(figsize=(side * 1.28, side), layout="constrained")
    axes = figure.subplots()
    total = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    share = confusion / total
    axes.imshow(
        share, cmap=LinearSegmentedColormap.from_list("share", _SHARE[dark]), vmin=0, vmax=1
    )
    for row, column in np.ndindex(confusion.shape):
        ink = _SHARE[dark][0] if share[row, column] > 0.5 else text
        size = 14 if count <= 4 else 9
        axes.text(
            column, row, f"{confusion[row, column]:,}", ha="center", va="center", color=ink,
            fontsize=size,
        )  # fmt: skip
    names = [_short(name) for name in class_names]
    turned = count > 3 or max(map(len, names)) > 9
    axes.set_xticks(
        range(count), names, rotation=35 if turned else 0, ha="right" if turned else "center"
    )
    axes.set_yticks(range(count), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("class")
    axes.set_title(
        f"{part}: {counted(int(confusion.sum()), 'image')}", color=muted, fontsize=9, loc="left"
    )
    _style(axes, dark)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_color(line)
        spine.set_visible(True)
    return figure


def _style(axes: Axes, dark: bool) -> None:
    text, muted, line, _ = _INK[dark]
    axes.set_facecolor("none")
    axes.tick_params(colors=text, labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(text)
        label.set_fontsize(10)
    axes.grid(color=line, linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_color(muted)
        spine.set_visible(side in ("left", "bottom"))


def _short(name: str, longest: int = 24) -> str:
    # A dollar sign would begin mathematics.
    cut = name if len(name) <= longest else name[: longest - 1] + "…"
    return cut.replace("$", r"\$")
