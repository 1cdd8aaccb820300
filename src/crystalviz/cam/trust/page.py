"""A report as an HTML page, and as a table in a notebook."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crystalviz.cam.overlay import overlay_cam
from crystalviz.cam.trust.columns import COLUMNS, TOPICS
from crystalviz.cam.trust.figure import curves_figure, rows_at, shown_images
from crystalviz.report_page import ReportPage

if TYPE_CHECKING:
    from crystalviz.cam.trust.report import CamReport

_SHOWN = 4
_THUMB = 256


def report_page(report: CamReport) -> ReportPage:
    """Lay a report out as a page."""
    page = ReportPage("Can these maps be trusted?", report.notes[0])
    for note in report.notes[1:]:
        page.paragraph(note)
    page.heading("What the numbers say")
    page.table(
        [
            {
                "method": verdict.method,
                "layer": verdict.layer,
                "": verdict.sign,
                "finding": verdict.text,
            }
            for verdict in report.verdicts
        ],
        caption="+ speaks for trusting the map, − against it, ? open, = see another method",
    )
    for topic, question in TOPICS.items():
        shown = readable(report.table, topic)
        if shown is not None:
            page.heading(question)
            page.table(
                shown, caption="↑ higher is better, ↓ lower is better; intervals in brackets"
            )
    for layer in report.layers:
        light = curves_figure(report, layer, dark=False)
        if light is not None:
            page.heading(f"Curves at {layer}")
            page.figure(
                light,
                "Means over scenes. Gray: controls that know nothing of the picture.",
                "Lines for each method and control: probability while pixels are blurred or "
                "come back, and likeness of the map while the model is randomized.",
                dark=curves_figure(report, layer, dark=True),
            )
    _maps(page, report)
    if report.by_class["explained_class"].nunique() > 1:
        page.heading("By explained class")
        for topic in TOPICS:
            shown = readable(report.by_class, topic)
            if shown is not None:
                page.table(shown)
    page.heading("What the columns mean")
    page.table(report.columns)
    return page


def notebook_html(report: CamReport) -> str:
    """Return the findings and the tables for a notebook's cell."""
    parts = ["<div>", f"<p>{html.escape(report.notes[0])}</p>", "<ul>"]
    parts += [
        f"<li><b>{html.escape(verdict.method)}</b> at {html.escape(verdict.layer)}: "
        f"{verdict.sign} {html.escape(verdict.text)}</li>"
        for verdict in report.verdicts
    ]
    parts.append("</ul>")
    for topic, question in TOPICS.items():
        shown = readable(report.table, topic)
        if shown is not None:
            parts.append(f"<p><b>{html.escape(question)}</b></p>")
            parts.append(shown.to_html(index=False, escape=True, border=0))
    parts += [f"<p>{html.escape(note)}</p>" for note in report.notes[1:]]
    parts.append("</div>")
    return "\n".join(parts)


def readable(table: pd.DataFrame, topic: str) -> pd.DataFrame | None:
    """Return a topic's columns with headings and intervals for people; None if not measured."""
    columns = [column for column in COLUMNS if column.topic == topic and column.name in table]
    measured = table[[column.name for column in columns]].notna().any(axis=1)
    if not columns or not measured.any():
        return None
    rows = table[measured]
    names = ["method", "layer", "explained_class", "scenes", "no_evidence"]
    shown = rows[[name for name in names if name in rows]].rename(
        columns={"explained_class": "explained class", "no_evidence": "empty maps"}
    )
    for column in columns:
        low, high = f"{column.name}_low", f"{column.name}_high"
        bounds = zip(rows[low], rows[high], strict=True) if column.interval else None
        shown[column.heading] = [
            _spoken(value, next(bounds) if bounds else None) for value in rows[column.name]
        ]
    return shown.reset_index(drop=True)


def _spoken(value: float, bounds: tuple[float, float] | None) -> str:
    if np.isnan(value):
        return "–"
    if bounds is None or np.isnan(bounds[0]):
        return f"{value:.2f}"
    return f"{value:.2f} [{bounds[0]:.2f}, {bounds[1]:.2f}]"


def _maps(page: ReportPage, report: CamReport) -> None:
    chosen = report.chosen
    page.heading("Maps")
    for index in shown_images(chosen, _SHOWN):
        items = [(_thumbnail(np.dstack([chosen.pixels[index]] * 3)), "picture")]
        for layer in report.layers:
            for row in rows_at(report, layer):
                if row.kind == "method":
                    overlay = overlay_cam(chosen.pixels[index], row.maps[index])
                    words = row.name if len(report.layers) == 1 else f"{row.name}\n{layer}"
                    if not row.maps[index].any():
                        words += "\nno evidence"
                    items.append((_thumbnail(overlay), words))
        explained = report.class_names[chosen.classes[index]]
        page.gallery(
            items,
            f"{chosen.ids[index]}: explained {explained}, P {chosen.probability[index]:.2f}, "
            f"blurred {chosen.blurred_probability[index]:.2f}. Strongest 16 % of each map.",
        )


def _thumbnail(picture: np.ndarray[Any, Any]) -> bytes:
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((_THUMB, _THUMB))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=85, method=4)
    return buffer.getvalue()
