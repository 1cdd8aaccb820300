"""Key2Cat's three figures: the picks, their clusters, the labelled centroids."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crystalviz.consensus.cluster_colors import CLUSTER_COLORS, cluster_colors
from crystalviz.consensus.labelling.ties import tied_classes
from crystalviz.images import ImageSet, load_pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from crystalviz.consensus.estimator import MarkConsensus

# Paper, text and muted text, by dark or not.
_INK = {False: ("#ffffff", "#14181f", "#5d6675"), True: ("#0a0c10", "#e7eaf0", "#8a93a3")}
# Colours and shapes of groups as in every panel, those for dark ground: micrographs are dark.
_COLORS = (
    "#56b4e9", "#e69f00", "#2bb98a", "#e8d44d", "#e8855a", "#8ea4ff", "#a6c85c", "#b6bdc9",
)  # fmt: skip
_SHAPES = ("o", "D", "s", "^", "p", "P", "v", "h")
_GROUND, _STRAY, _PICK = "#0a0c10", "#8a93a3", "#7fdbff"
# Rings are drawn in so many steps of p_exists.
_STEPS = 24
_PANEL = 4.6


def plot_stages(
    found: MarkConsensus,
    images: Any = None,
    image_id: Any = None,
    region: tuple[float, float, float, float] | None = None,
    *,
    dark: bool = False,
) -> Figure:
    """Draw picks, clusters and labelled centroids of one image side by side.

    Centroids have the colour and shape of their class; the ring around one is closed as far as it
    surely exists, and of two colours where two classes are tied. Places that were left out are
    thin gray rings.

    Parameters
    ----------
    found : MarkConsensus
        Fitted.
    images : mapping, ImageSet, folder or None
        The pictures: {image_id: file or array}, or files that are called as the images. None
        draws on a dark ground.
    image_id : optional
        Which image; the first by default.
    region : (x, y, width, height), optional
        Only this part of it, pixels.
    dark : bool
        For dark paper.

    Returns
    -------
    Figure
        One row of three panels.

    Raises
    ------
    ValueError
        When there is no such image or picture, or the region has no area.
    """
    from crystalviz._figure import ShownFigure

    check_is_fitted(found)
    image = _image_of(found, image_id)
    marks = found.marks_[(found.marks_["image_id"] == image).to_numpy()]
    places = found.candidates_[(found.candidates_["image_id"] == image).to_numpy()]
    picture = None if images is None else _picture(images, image)
    view = _view(picture, marks, places, region)
    if region is not None:
        marks = _within(marks, view)

    paper, ink, _ = _INK[dark]
    left, top, right, bottom = view
    tall = _PANEL * (bottom - top) / (right - left)
    size = (3 * _PANEL + 0.2, min(tall, 3 * _PANEL) + 0.8)
    figure = ShownFigure(figsize=size, layout="constrained", facecolor=paper)
    panels = figure.subplots(1, 3)
    # Points of paper a pixel of the picture.
    scale = 72 * _PANEL / max(right - left, bottom - top)
    for axes in panels:
        _ground(axes, picture, view)
    _draw_picks(panels[0], marks, scale, dark)
    _draw_clusters(panels[1], marks, places, found.jitter_, scale, dark)
    inside = places if region is None else _within(places, view)
    _draw_particles(panels[2], found, inside, scale, dark)
    _scale_bar(panels[0], view, ink)
    return figure


def _image_of(found: MarkConsensus, image_id: Any) -> Any:
    known = found.marks_["image_id"].drop_duplicates().tolist()
    if image_id is None:
        return known[0]
    if image_id not in known:
        near = get_close_matches(str(image_id), map(str, known), n=3, cutoff=0.4) or known[:3]
        raise ValueError(f"image {image_id!r} has no marks; there are {', '.join(map(repr, near))}")
    return image_id


def _picture(images: Any, image: Any) -> NDArray[np.uint8]:
    if isinstance(images, Mapping):
        if image not in images:
            near = get_close_matches(str(image), map(str, images), n=3, cutoff=0.4)
            there = ", ".join(map(repr, near or list(images)[:3]))
            raise ValueError(f"there is no picture of image {image!r}; there are {there}")
        return load_pixels(images[image])
    from crystalviz.consensus.outputs.pictures import pictures_of

    folder = isinstance(images, str | os.PathLike)
    shelf = ImageSet.from_folder(images, labels=None) if folder else images
    return shelf.pixels(pictures_of([image], shelf)[image])


def _view(
    picture: NDArray[np.uint8] | None,
    marks: pd.DataFrame,
    places: pd.DataFrame,
    region: tuple[float, float, float, float] | None,
) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of what is shown, pixels."""
    if region is not None:
        x, y, width, height = map(float, region)
        if not (width > 0 and height > 0):
            raise ValueError(f"the region has no area: width {width:g}, height {height:g}")
        return x, y, x + width, y + height
    if picture is not None:
        return -0.5, -0.5, picture.shape[1] - 0.5, picture.shape[0] - 0.5
    spots = np.vstack([marks[["x", "y"]], places[["x", "y"]]]).astype(float)
    (left, top), (right, bottom) = spots.min(0), spots.max(0)
    air = 0.04 * max(right - left, bottom - top) + 5
    return left - air, top - air, right + air, bottom + air


def _within(table: pd.DataFrame, view: tuple[float, float, float, float]) -> pd.DataFrame:
    left, top, right, bottom = view
    inside = table["x"].between(left, right) & table["y"].between(top, bottom)
    return table[inside.to_numpy()]


def _ground(
    axes: Axes, picture: NDArray[np.uint8] | None, view: tuple[float, float, float, float]
) -> None:
    left, top, right, bottom = view
    axes.set_facecolor(_GROUND)
    if picture is not None:
        rows = slice(max(int(top), 0), max(int(np.ceil(bottom)) + 1, 1))
        columns = slice(max(int(left), 0), max(int(np.ceil(right)) + 1, 1))
        part = picture[rows, columns]
        if part.size:
            # One range for all parts of a picture: a part without particles stays dark.
            low, high = np.percentile(picture, (0.2, 99.97))
            edges = (
                columns.start - 0.5,
                columns.start + part.shape[1] - 0.5,
                rows.start + part.shape[0] - 0.5,
                rows.start - 0.5,
            )
            axes.imshow(part, cmap="gray", vmin=low, vmax=max(high, low + 1), extent=edges)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _title(axes: Axes, title: str, fact: str, dark: bool) -> None:
    _, ink, muted = _INK[dark]
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=ink)
    axes.set_title(fact, loc="right", fontsize=9, color=muted)


def _draw_picks(axes: Axes, marks: pd.DataFrame, scale: float, dark: bool) -> None:
    axes.scatter(marks["x"], marks["y"], s=_dot(scale), c=_PICK, alpha=0.75, linewidths=0)
    volunteers = marks["volunteer_id"].nunique()
    _title(axes, "Picks", f"{len(marks):,} by {volunteers:,} volunteers", dark)


def _draw_clusters(
    axes: Axes,
    marks: pd.DataFrame,
    places: pd.DataFrame,
    jitter: float,
    scale: float,
    dark: bool,
) -> None:
    owner = marks["instance"].to_numpy()
    stray = owner < 0
    color_of = dict(zip(places.index, cluster_colors(places, jitter), strict=True))
    colors = [CLUSTER_COLORS[color_of[row]] for row in owner[~stray]]
    axes.scatter(
        marks["x"][stray],
        marks["y"][stray],
        s=1.6 * _dot(scale),
        c=_STRAY,
        marker="x",
        linewidths=0.6,
    )
    axes.scatter(
        marks["x"][~stray], marks["y"][~stray], s=_dot(scale), c=colors, alpha=0.9, linewidths=0
    )
    clusters = len(np.unique(owner[~stray]))
    _title(axes, "Clusters", f"{clusters:,}; {stray.sum():,} strays", dark)


def _draw_particles(
    axes: Axes, found: MarkConsensus, places: pd.DataFrame, scale: float, dark: bool
) -> None:
    real = places.index < len(found.instances_)
    size = float(np.clip(22 * scale, 8.0, 15.0))
    _draw_rings(axes, places[~real], size, _STRAY, 0.6)
    ours = places[real]
    number = {label: i for i, label in enumerate(found.classes_)}
    said = ours["label"].tolist() if "label" in ours else []
    group = np.array([number.get(label, -1) for label in said] or [0] * len(ours), dtype=int)
    tie = ours["tie"].to_numpy(bool) if "tie" in ours else np.zeros(len(ours), dtype=bool)
    for g in sorted(set(group.tolist()), key=lambda number: (number < 0, number)):
        here = ours[group == g]
        color = _COLORS[g % len(_COLORS)] if g >= 0 else _STRAY
        name = str(found.classes_[g]) if found.classes_ and g >= 0 else "instance"
        name = name if g >= 0 else "no label"
        axes.scatter(
            here["x"],
            here["y"],
            s=(0.45 * size) ** 2,
            c=color,
            marker=_SHAPES[(g + g // len(_COLORS)) % len(_SHAPES)] if g >= 0 else ".",
            linewidths=0,
            label=f"{name} {len(here):,}",
        )
        _draw_rings(axes, ours[(group == g) & ~tie], size, color, 1.2)
    _draw_ties(axes, ours[tie], size)
    _title(axes, "Particles", _fact(len(ours), int(tie.sum()), int((~real).sum())), dark)
    _legend(axes, 6.5 / (0.45 * size), dark)


def _fact(instances: int, ties: int, left_out: int) -> str:
    parts = [f"{instances:,}"]
    parts += [f"{ties} {'tie' if ties == 1 else 'ties'}"] if ties else []
    parts += [f"{left_out} left out"] if left_out else []
    return "; ".join(parts)


def _draw_rings(axes: Axes, places: pd.DataFrame, size: float, color: str, line: float) -> None:
    """Draw a ring around each place, closed clockwise from the top as far as p_exists."""
    step = np.rint(places["p_exists"].to_numpy(float) * _STEPS).astype(int)
    for turn in np.unique(step[step > 0]):
        here = places[step == turn]
        _arc(axes, here, size, 90 - 360 * turn / _STEPS, 90, color, line)


def _draw_ties(axes: Axes, tied: pd.DataFrame, size: float) -> None:
    """Draw a ring around each tie, parted between the classes that share the lead."""
    probability, votes = (
        tied[[name for name in tied.columns if str(name).startswith(prefix)]].to_numpy(float)
        for prefix in ("p_label_", "votes_")
    )
    for i, leading in enumerate(tied_classes(probability, votes)):
        classes = np.flatnonzero(leading)
        turn = 360 / len(classes)
        for part, g in enumerate(classes):
            start = 90 + part * turn
            color = _COLORS[g % len(_COLORS)]
            _arc(axes, tied.iloc[[i]], 1.25 * size, start, start + turn, color, 2.0)


def _arc(
    axes: Axes,
    places: pd.DataFrame,
    size: float,
    start: float,
    end: float,
    color: str,
    line: float,
) -> None:
    from matplotlib.path import Path

    arc = Path.arc(start, end)
    # A marker is scaled to what it spans: a point of the circle makes all arcs alike.
    corner = Path([(1.0, 0.0)], [Path.MOVETO])
    axes.scatter(
        places["x"],
        places["y"],
        s=size**2,
        marker=Path.make_compound_path(corner, arc),
        facecolors="none",
        edgecolors=color,
        linewidths=line,
    )


def _legend(axes: Axes, enlarged: float, dark: bool) -> None:
    _, ink, _ = _INK[dark]
    handles, names = axes.get_legend_handles_labels()
    if len(handles) > 1:
        axes.legend(
            handles,
            names,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=min(len(handles), 4),
            frameon=False,
            fontsize=9,
            labelcolor=ink,
            handletextpad=0.1,
            columnspacing=1.0,
            scatterpoints=1,
            markerscale=enlarged,
        )


def _dot(scale: float) -> float:
    """Return the area of a pick's dot in square points: 3 pixels wide, yet to be seen."""
    return float(np.clip(3 * scale, 1.4, 4.5)) ** 2


def _scale_bar(axes: Axes, view: tuple[float, float, float, float], ink: str) -> None:
    """Draw a bar of a round number of pixels, about a quarter of the panel, below it."""
    left, _, right, _ = view
    quarter = (right - left) / 4
    power = 10.0 ** np.floor(np.log10(quarter))
    length = power * max(step for step in (1, 2, 5) if step * power <= quarter)
    from matplotlib.transforms import ScaledTranslation

    assert axes.figure is not None
    share = length / (right - left)
    below = ScaledTranslation(0, -9 / 72, axes.figure.dpi_scale_trans)
    axes.plot(
        [0, share],
        [0, 0],
        transform=axes.transAxes + below,
        color=ink,
        linewidth=2,
        clip_on=False,
        solid_capstyle="butt",
    )
    axes.annotate(
        f"{length:g} px",
        (share, 0),
        (5, -9),
        xycoords="axes fraction",
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=ink,
    )
