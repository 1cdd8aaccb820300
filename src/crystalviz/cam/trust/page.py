"""A report as an HTML page, and as a cell's output in a notebook."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crystalviz.cam.overlay import overlay_cam
from crystalviz.cam.trust.columns import COLUMNS, TOPICS, Column
from crystalviz.cam.trust.figure import (
    cascade_figure,
    perturbation_figure,
    rows_at,
    shown_images,
    wrapped,
)
from crystalviz.cam.trust.verdicts import TESTED
from crystalviz.report_page import ReportPage

if TYPE_CHECKING:
    from crystalviz.cam.trust.report import CamReport

_SHOWN = 4
_THUMB = 256
_SIGNS = "+ speaks for trusting the map, − against it, ? neither was shown"
_CONTROL = "control: "
# Of the tables by class, which are many: the numbers that need no other beside them.
_BY_CLASS = (
    "deletion_gain_random",
    "insertion_gain_random",
    "road_combined",
    "pose_correlation",
    "border_index",
)


def report_page(report: CamReport) -> ReportPage:
    """Lay a report out as a page."""
    page = ReportPage("Can these maps be trusted?", report.notes[0])
    for note in report.notes[1:]:
        page.paragraph(note)
    page.heading("At a glance")
    page.table(overview(report), caption=_SIGNS)
    _maps(page, report)
    for topic, question in TOPICS.items():
        columns = [column for column in COLUMNS if column.topic == topic]
        shown = readable(report, report.table, columns)
        if shown is not None:
            page.heading(question)
            page.table(
                shown, caption="↑ higher is better, ↓ lower is better; intervals in brackets"
            )
    for layer in report.layers:
        _curves(page, report, layer)
    page.heading("In words")
    for row in report.rows:
        said = [v for v in report.verdicts if (v.method, v.layer) == (row.name, row.layer)]
        if said and row.same_as is None:
            lines = [f"{verdict.sign} {verdict.text}" for verdict in said]
            page.paragraph("\n".join([f"{row.label}, at {row.layer}", *lines]))
    if report.by_class["explained_class"].nunique() > 1:
        columns = [column for column in COLUMNS if column.name in _BY_CLASS]
        shown = readable(report, report.by_class, columns)
        if shown is not None:
            page.heading("By explained class")
            page.table(shown)
    page.heading("What the columns mean")
    page.table(report.columns)
    return page


def notebook_html(report: CamReport) -> str:
    """Return the notes, the overview and the tables for a notebook's cell."""
    notes = [f"<p>{html.escape(note)}</p>" for note in report.notes]
    parts = ["<div>", *notes, _html_table(overview(report)), f"<p>{html.escape(_SIGNS)}</p>"]
    for topic, question in TOPICS.items():
        columns = [column for column in COLUMNS if column.topic == topic]
        shown = readable(report, report.table, columns)
        if shown is not None:
            parts += [f"<p><b>{html.escape(question)}</b></p>", _html_table(shown)]
    return "\n".join([*parts, "</div>"])


def overview(report: CamReport) -> pd.DataFrame:
    """Return one row for each method, one column for each test, the findings as signs."""
    signs: dict[tuple[str, str], dict[str, str]] = {}
    for verdict in report.verdicts:
        signs.setdefault((verdict.method, verdict.layer), {})[verdict.test] = verdict.sign
    measured = [test for test in TESTED if any(test in row for row in signs.values())]
    records = [
        {**_names(report, row.label, row.layer), **{test: found.get(test, "") for test in measured}}
        for row in report.rows
        if row.same_as is None and (found := signs.get((row.name, row.layer))) is not None
    ]
    return pd.DataFrame(records)


def readable(report: CamReport, table: pd.DataFrame, columns: list[Column]) -> pd.DataFrame | None:
    """Return some columns of a table with headings and intervals for people.

    Methods whose maps are equal share a row. None if nothing of it was measured.
    """
    known = [column for column in columns if column.name in table]
    labels = {
        (row.name, row.layer): (_CONTROL if row.kind == "control" else "") + row.label
        for row in report.rows
        if row.same_as is None
    }
    records = []
    for _, row in table.iterrows():
        label = labels.get((row["method"], row["layer"]))
        if label is None or row[[column.name for column in known]].isna().all():
            continue
        record = _names(report, label, row["layer"])
        if "explained_class" in table:
            record["explained class"] = row["explained_class"]
        record["scenes"] = row["scenes"]
        if table["no_evidence"].any():
            record["empty maps"] = row["no_evidence"]
        records.append(record | {column.heading: _spoken(row, column) for column in known})
    return pd.DataFrame(records) if records else None


def _names(report: CamReport, label: str, layer: str) -> dict[str, Any]:
    return {"method": label} if len(report.layers) == 1 else {"method": label, "layer": layer}


def _spoken(row: pd.Series[Any], column: Column) -> str:
    value = row[column.name]
    if np.isnan(value):
        return "–"
    text = f"{value:.3f}"
    if not column.interval or np.isnan(row[f"{column.name}_low"]):
        return text
    return f"{text} [{row[f'{column.name}_low']:.3f}, {row[f'{column.name}_high']:.3f}]"


def _curves(page: ReportPage, report: CamReport, layer: str) -> None:
    drawn = [
        (
            perturbation_figure,
            "Probability of the explained class while pixels are blurred, and while they come "
            "back. Means over scenes; gray: controls that do not look at the picture.",
        ),
        (
            cascade_figure,
            "Rank correlation with the original map while weights are made random from the "
            "output down. Means over scenes.",
        ),
    ]
    figures = [(draw(report, layer, dark=False), draw, text) for draw, text in drawn]
    if any(light is not None for light, _, _ in figures):
        page.heading(f"Curves at {layer}")
    for light, draw, text in figures:
        if light is not None:
            page.figure(light, text, f"Line chart. {text}", dark=draw(report, layer, dark=True))


def _maps(page: ReportPage, report: CamReport) -> None:
    chosen = report.chosen
    page.heading("Maps")
    for index in shown_images(chosen, _SHOWN):
        items = [(_thumbnail(np.dstack([chosen.pixels[index]] * 3)), "picture")]
        for layer in report.layers:
            for row in rows_at(report, layer):
                if row.kind == "method":
                    words = wrapped(row.label)
                    words += "" if len(report.layers) == 1 else f"\n{layer}"
                    words += "" if row.maps[index].any() else "\nno evidence"
                    overlay = overlay_cam(chosen.pixels[index], row.maps[index])
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


def _html_table(table: pd.DataFrame) -> str:
    return table.to_html(index=False, escape=True, border=0)
