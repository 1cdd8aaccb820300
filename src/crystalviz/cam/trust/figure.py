"""The pictures of a report: maps side by side, and curves beside the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystalviz.cam.overlay import overlay_cam
from crystalviz.cam.trust.intervals import scene_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crystalviz.cam.trust.chosen import Chosen
    from crystalviz.cam.trust.measure import Row
    from crystalviz.cam.trust.report import CamReport

# Paper, text, muted text, lines and the groups of the Explorer.
_INK: dict[bool, tuple[str, str, str, str, tuple[str, ...]]] = {
    False: (
        "#ffffff", "#14181f", "#5d6675", "#e3e6eb",
        ("#2b8cc4", "#c98500", "#0a8f63", "#a8930a", "#b4531f", "#3552c8", "#5c7a12", "#6b7280"),
    ),
    True: (
        "#11141a", "#e7eaf0", "#8a93a3", "#1f2530",
        ("#56b4e9", "#e69f00", "#2bb98a", "#e8d44d", "#e8855a", "#8ea4ff", "#a6c85c", "#b6bdc9"),
    ),
}  # fmt: skip
_MARKS = ("o", "D", "s", "^", "v", "P", "X", "p")
_DASHES = ((0, (4, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
_NAME = 26


def report_figure(
    report: CamReport, layer: str | None, images: int | Sequence[int], dark: bool
) -> Figure:
    """Draw `CamReport.figure`."""
    from crystalviz._figure import ShownFigure

    rows = rows_at(report, layer)
    methods = [row for row in rows if row.kind == "method"]
    shown = shown_images(report.chosen, images)
    panels = _panels(rows)
    side = min(1.9, max(1.25, 9.0 / (len(methods) + 1)))
    width = max(9.0, side * (len(methods) + 1))
    height = (side + 0.24) * len(shown) + 0.5
    figure = ShownFigure(
        figsize=(width, height + (3.4 if panels else 0)),
        layout="constrained",
        facecolor=_INK[dark][0],
    )
    parts = figure.subfigures(
        2 if panels else 1, 1, squeeze=False, height_ratios=[height, 3.4][: 1 + bool(panels)]
    )[:, 0]
    _draw_maps(parts[0], report, methods, shown, dark)
    for bottom in parts[1:]:
        axes = np.atleast_1d(bottom.subplots(1, len(panels)))
        for axis, draw in zip(axes, panels, strict=True):
            draw(axis, report, rows, dark)
        _legend(bottom, rows, dark, 6)
    return figure


def perturbation_figure(report: CamReport, layer: str | None, dark: bool) -> Figure | None:
    """Draw insertion and deletion for a page; None if they were not measured."""
    rows = rows_at(report, layer)
    panels = [_draw_deletion, _draw_insertion] if any(row.curves for row in rows) else []
    return _page_figure(report, rows, panels, dark)


def cascade_figure(report: CamReport, layer: str | None, dark: bool) -> Figure | None:
    """Draw the cascading randomization for a page; None if it was not measured."""
    rows = [row for row in rows_at(report, layer) if row.randomization is not None]
    return _page_figure(report, rows, [_draw_cascade] if rows else [], dark)


def _page_figure(
    report: CamReport, rows: list[Row], panels: list[Callable[..., None]], dark: bool
) -> Figure | None:
    from crystalviz._figure import ShownFigure

    if not panels:
        return None
    figure = ShownFigure(figsize=(5.4, 4.0), layout="constrained", facecolor=_INK[dark][0])
    for axis, draw in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        draw(axis, report, rows, dark)
    _legend(figure, rows, dark, 3)
    return figure


def rows_at(report: CamReport, layer: str | None) -> list[Row]:
    """Return the rows of a layer, of the first one by default, without those that equal another.

    Raises
    ------
    ValueError
        If the report does not have the layer.
    """
    wanted = report.layers[0] if layer is None else layer
    if wanted not in report.layers:
        raise ValueError(f"no layer {wanted!r} in this report; it has {', '.join(report.layers)}")
    return [row for row in report.rows if row.layer == wanted and row.same_as is None]


def shown_images(chosen: Chosen, images: int | Sequence[int]) -> list[int]:
    """Return which images to show: classes in turn, and each scene once before any twice."""
    if not isinstance(images, int):
        return [int(index) for index in images]
    seen: dict[int, int] = {}
    order = []
    for index, scene in enumerate(chosen.scenes.tolist()):
        seen[scene] = seen.get(scene, -1) + 1
        order.append((seen[scene], index))
    # Within a round of scenes the n-th image of each class comes before the (n+1)-th of any.
    taken: dict[tuple[int, int], int] = {}
    keys = []
    for turn, index in sorted(order):
        case = (turn, int(chosen.classes[index]))
        taken[case] = taken.get(case, -1) + 1
        keys.append((turn, taken[case], case[1], index))
    return [key[-1] for key in sorted(keys)[: max(images, 1)]]


def short_name(name: str, length: int = _NAME) -> str:
    """Return a file name with its middle left out where it is long."""
    if len(name) <= length:
        return name
    kept = length - 1
    return f"{name[: kept - kept // 2]}…{name[-(kept // 2) :]}"


def wrapped(label: str) -> str:
    """Break a label of twins after every second name."""
    names = label.split(" = ")
    pairs = [" = ".join(names[start : start + 2]) for start in range(0, len(names), 2)]
    return " =\n".join(pairs)


def _panels(rows: list[Row]) -> list[Callable[..., None]]:
    panels: list[Callable[..., None]] = []
    if any(row.curves for row in rows):
        panels += [_draw_deletion, _draw_insertion]
    if any(row.randomization for row in rows):
        panels.append(_draw_cascade)
    return panels


def _draw_maps(
    figure: Any, report: CamReport, methods: list[Row], shown: list[int], dark: bool
) -> None:
    _, text, muted, _, _ = _INK[dark]
    chosen = report.chosen
    grid = figure.subplots(len(shown), len(methods) + 1, squeeze=False)
    for axes, index in zip(grid, shown, strict=True):
        pictures = [np.dstack([chosen.pixels[index]] * 3)]
        pictures += [overlay_cam(chosen.pixels[index], row.maps[index]) for row in methods]
        for axis, picture in zip(axes, pictures, strict=True):
            axis.imshow(picture, interpolation="antialiased")
            axis.set_axis_off()
        explained = report.class_names[chosen.classes[index]]
        axes[0].set_title(
            f"{short_name(chosen.ids[index].rsplit('/', 1)[-1], 18)}\n"
            f"{short_name(explained, 10)} {chosen.probability[index]:.0%}",
            fontsize=8, color=text, parse_math=False,
        )  # fmt: skip
        for axis, row in zip(axes[1:], methods, strict=True):
            if not row.maps[index].any():
                axis.text(
                    0.5, 0.5, "no evidence", transform=axis.transAxes, ha="center", va="center",
                    fontsize=8, color="#e7eaf0",
                )  # fmt: skip
    for axis, row in zip(grid[0][1:], methods, strict=True):
        axis.set_title(wrapped(row.label), fontsize=8, color=text)
    figure.suptitle(
        f"Strongest 16 % of each map at {methods[0].layer if methods else ''}",
        fontsize=9, color=muted,
    )  # fmt: skip


def _draw_deletion(axis: Axes, report: CamReport, rows: list[Row], dark: bool) -> None:
    _draw_shares(axis, report, rows, dark, "deletion", "Deletion: lower is better", "blurred")


def _draw_insertion(axis: Axes, report: CamReport, rows: list[Row], dark: bool) -> None:
    _draw_shares(
        axis, report, rows, dark, "insertion", "Insertion: higher is better", "sharp again"
    )


def _draw_shares(
    axis: Axes, report: CamReport, rows: list[Row], dark: bool, curve: str, title: str, change: str
) -> None:
    for place, (row, style) in enumerate(zip(rows, _styles(rows, dark), strict=True)):
        if row.curves is not None:
            values = _scene_mean(getattr(row.curves, curve), report.chosen.scenes)
            # Marks of lines that lie on each other take turns.
            axis.plot(100 * row.curves.shares, values, markevery=(place % 5, 5), **style)
    axis.set_xlabel(f"strongest pixels {change}, %")
    axis.set_ylabel("P(explained class)")
    axis.set_xlim(0, 100)
    axis.set_ylim(0, 1.02)
    _frame(axis, title, dark)


def _draw_cascade(axis: Axes, report: CamReport, rows: list[Row], dark: bool) -> None:
    stages: tuple[str, ...] = ()
    for row, style in zip(rows, _styles(rows, dark), strict=True):
        if row.randomization is not None:
            stages = row.randomization.stages
            means = _scene_mean(row.randomization.spearman.T, report.chosen.scenes)
            axis.plot(range(len(stages) + 1), np.concatenate([[1.0], means]), **style)
    axis.axhline(0, color=_INK[dark][2], linewidth=0.8)
    axis.set_xticks(range(len(stages) + 1), ["none", *(short_name(name, 18) for name in stages)])
    axis.tick_params(axis="x", labelrotation=40)
    for label in axis.get_xticklabels():
        label.set(ha="right", rotation_mode="anchor")
    axis.set_xlabel("weights random from the output down to")
    axis.set_ylabel("rank correlation with the map")
    axis.set_ylim(-0.6, 1.02)
    _frame(axis, "Randomization: should fall", dark)


def _frame(axis: Axes, title: str, dark: bool) -> None:
    paper, text, muted, line, _ = _INK[dark]
    axis.set_facecolor(paper)
    axis.set_title(title, fontsize=9, fontweight="bold", color=text, loc="left")
    axis.grid(color=line, linewidth=0.8)
    axis.set_axisbelow(True)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.tick_params(colors=muted, labelsize=8, length=0)
    for label in (axis.xaxis.label, axis.yaxis.label):
        label.set(color=muted, fontsize=8)


def _styles(rows: list[Row], dark: bool) -> list[dict[str, Any]]:
    """Return how each row is drawn: methods in colours with marks, controls gray and dashed."""
    muted, groups = _INK[dark][2], _INK[dark][4]
    styles: list[dict[str, Any]] = []
    total = sum(row.kind == "method" for row in rows)
    methods = controls = 0
    for row in rows:
        if row.kind == "control":
            dashes = _DASHES[controls % len(_DASHES)]
            styles.append({"color": muted, "linestyle": dashes, "linewidth": 1.6})
            controls += 1
        else:
            place = methods % len(groups)
            turned = (methods + methods // len(groups)) % len(_MARKS)
            # Later lines are thinner: one that lies under others still shows at its sides.
            width = 1.2 + 1.8 * (1 - methods / max(total - 1, 1))
            styles.append(
                {
                    "color": groups[place],
                    "marker": _MARKS[turned],
                    "markersize": 4.5,
                    "linewidth": width,
                }
            )
            methods += 1
    return styles


def _legend(figure: Any, rows: list[Row], dark: bool, columns: int) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=wrapped(row.label), **style)
        for row, style in zip(rows, _styles(rows, dark), strict=True)
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(handles), columns), fontsize=8,
        frameon=False, labelcolor=_INK[dark][1], handlelength=2.6,
    )  # fmt: skip


def _scene_mean(values: NDArray[np.float64], scenes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of (n, s) over images, each scene counted once; NaN where there is no value."""
    means = [scene_means(column, scenes) for column in values.T]
    return np.array([mean.mean() if len(mean) else np.nan for mean in means])
