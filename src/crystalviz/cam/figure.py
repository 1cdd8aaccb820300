"""Overlays side by side with a legend, as one matplotlib figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crystalviz.cam._style import Rgb, Style, make_style
from crystalviz.cam.legend import legend_ends, legend_entries
from crystalviz.cam.overlay import overlay_cams
from crystalviz.cam.scale import no_evidence, shared_scale
from crystalviz.images import Images, as_image_set

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crystalviz.cam._style import ColormapLike

_WRAP = 5
_PANEL = 2.2


def cam_figure(
    images: Images,
    cams: NDArray[Any] | Mapping[str, NDArray[Any]],
    titles: Sequence[str] | None = None,
    top: float | None = 0.16,
    opacity: float = 0.5,
    colors: tuple[str, str] = ("pink", "purple"),
    *,
    colormap: ColormapLike | None = None,
    scale: tuple[float, float] | Literal["set"] | None = None,
    contour: int = 0,
    target: str | None = None,
) -> Figure:
    """Draw overlays side by side, with a legend in words.

    A map without evidence says so in its panel.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    cams : (n, h, w) array, or dict of str to (n, h, w) array
        One map for each image: a grid. Several, as `compute_cam` returns them for several
        layers: a row for each image, a column for each name, the bare picture first.
    titles : sequence of str, optional
        One for each image; its id by default.
    top, opacity, colors, colormap, scale, contour
        As in `overlay_cams`; ``scale="set"`` is one scale for all panels.
    target : str, optional
        Name of the class that is explained, for the words.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        As `overlay_cams`, and if there is not one title for each image.
    """
    from crystalviz._figure import ShownFigure

    sets = dict(cams) if isinstance(cams, Mapping) else {"": np.asarray(cams)}
    if not sets or not all(np.ndim(maps) == 3 and len(maps) for maps in sets.values()):
        raise ValueError("a figure needs maps (n, h, w) of at least one image")
    if scale == "set":
        scale = shared_scale(np.concatenate([np.ravel(maps) for maps in sets.values()])[None])
    pictures = as_image_set(images)
    shown = list(pictures.stream())
    names = [pictures.ids[row] for row, _ in shown] if titles is None else list(titles)
    if len(names) != len(shown):
        raise ValueError(f"{len(names)} titles for {len(shown)} images: give one for each image")
    grays = [pixels for _, pixels in shown]
    style = make_style(top, opacity, colors, colormap, scale, contour, None)
    words = "no evidence" if target is None else f"no evidence for {target}"
    if len(sets) > 1:
        columns, rows = 1 + len(sets), len(grays)
    else:
        columns, rows = min(_WRAP, len(grays)), -(-len(grays) // _WRAP)
    figure = ShownFigure((_PANEL * columns + 0.6, _PANEL * rows + 0.8), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel in axes.flat:
        panel.set_axis_off()
    if len(sets) > 1:
        for panel, gray, title in zip(axes[:, 0], grays, names, strict=True):
            _show(panel, np.dstack([gray] * 3), title)
    for column, (name, maps) in enumerate(sets.items(), start=1):
        overlays = overlay_cams(
            grays, maps, top, opacity, colors, colormap=colormap, scale=scale, contour=contour
        )
        empty = no_evidence(maps)
        for row, overlay in enumerate(overlays):
            # Above a column stands its name, above a picture of a grid its own.
            panel = axes[row, column] if len(sets) > 1 else axes.flat[row]
            head = names[row] if len(sets) == 1 else name if row == 0 else ""
            _show(panel, overlay, head, words if empty[row] else "")
    _add_legend(figure, axes, style, colormap, target)
    return figure


def _show(panel: Axes, picture: np.ndarray, head: str, words: str = "") -> None:
    panel.imshow(picture, interpolation="nearest")
    panel.set_title(head, fontsize=8, parse_math=False)
    if words:
        panel.text(
            *(0.5, 0.04, words),
            transform=panel.transAxes,
            ha="center",
            va="bottom",
            fontsize=8,
            color="white",
            bbox={"facecolor": "black", "alpha": 0.75, "linewidth": 0, "pad": 3},
            parse_math=False,
        )


def _add_legend(
    figure: Figure,
    axes: np.ndarray,
    style: Style,
    colormap: ColormapLike | None,
    target: str | None,
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.patches import Patch

    title = "Evidence for the class" if target is None else f"Evidence for {target}"
    lines = legend_entries(style)
    if colormap is None:
        keys = [Patch(color=_hex(color), label=words) for color, words in lines if color]
        figure.legend(
            handles=keys,
            title=title,
            loc="outside lower center",
            ncols=len(keys) if axes.shape[1] > 2 else 1,
            frameon=False,
            fontsize=8,
            title_fontsize=8,
        )
        return
    bar = figure.colorbar(
        ScalarMappable(cmap=colormap),
        ax=list(axes.flat),
        location="bottom",
        shrink=0.6,
        aspect=40,
        ticks=[0, 1],
    )
    bar.ax.set_xticklabels(legend_ends(style), fontsize=8)
    words = "\n".join([title, *(words for _, words in lines)])
    bar.set_label(words, fontsize=8, parse_math=False)


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
