"""A report as one HTML page."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from crystalviz._wording import counted
from crystalviz.models.training.evaluation import Judged
from crystalviz.models.training.figures import confusion_figure, metrics_figure
from crystalviz.models.training.report_text import BASELINE_WORDS, headline, part_order
from crystalviz.report_page import ReportPage

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_MISTAKES = 24
_SHOWN_UNSURE = 8
_SHOWN_FILES = 50
# Twice the pixels that the page shows a picture at.
_THUMBNAIL = 256


def report_page(
    report: Mapping[str, Any],
    judged: Judged,
    pixels_of: Callable[[int], np.ndarray],
    maps: np.ndarray | None,
    history: pd.DataFrame | None,
    best_epoch: int,
    target_f1: float,
) -> ReportPage:
    """Lay out the page; see `write_report` for what is in it."""
    part = report["judged_on"]
    scores = report["parts"][part]
    low, high = scores["interval"]
    percent = f"{100 * report['confidence']:g} %"
    page = ReportPage(report["title"], headline(report) + ".")
    page.facts(
        {
            f"accuracy on {part}": scores["accuracy"],
            f"{percent} interval": f"{low:.3f} – {high:.3f}",
            "macro F1": scores["macro_f1"],
            "images": scores["images"],
            "scenes": scores["scenes"],
            "best without looking": max(row["accuracy"] for row in report["baselines"].values()),
        }
    )
    for warning in report["warnings"]:
        page.warning(warning)
    for note in report["notes"]:
        page.paragraph(note)

    names = report["class_names"]
    page.heading("Classes")
    for name in part_order(report):
        held = report["parts"][name]
        page.table(
            [{"class": key, **_named(row)} for key, row in held["classes"].items()],
            caption=f"{name}: {counted(held['images'], 'image')}, "
            f"{counted(held['scenes'], 'scene')}, accuracy "
            f"{held['accuracy']:.4f} ({held['interval'][0]:.4f} to {held['interval'][1]:.4f})",
        )
    matrix = np.array(scores["confusion"])
    page.figure(
        confusion_figure(matrix, names, part),
        "Rows are the class, columns what is predicted.",
        "Confusion matrix: " + "; ".join(
            f"{name} as {other}: {matrix[i, j]}"
            for i, name in enumerate(names)
            for j, other in enumerate(names)
        ),
        dark=confusion_figure(matrix, names, part, dark=True),
    )  # fmt: skip
    if history is not None:
        page.figure(
            metrics_figure(history, names, best_epoch, target_f1),
            "Loss and F1 of each class by epoch.",
            f"{len(history)} epochs; the lowest validation loss at epoch {best_epoch}.",
            dark=metrics_figure(history, names, best_epoch, target_f1, dark=True),
        )

    page.heading("Without looking at the picture")
    page.paragraph(
        "What size, brightness or entropy alone would achieve, learned from the same images and "
        "judged on the same ones. A classifier is worth what it does better."
    )
    own = {"accuracy": scores["accuracy"], "macro_f1": scores["macro_f1"], "interval": [low, high]}
    compared = {"this classifier": own} | {
        BASELINE_WORDS[name]: row for name, row in report["baselines"].items()
    }
    page.table(
        [
            {
                "predictor": name,
                "accuracy": row["accuracy"],
                f"{percent} interval": f"{row['interval'][0]:.4f} – {row['interval'][1]:.4f}",
                "macro F1": row["macro_f1"],
            }
            for name, row in compared.items()
        ]
    )
    _add_gallery(page, report, judged, pixels_of, maps)
    if report["split"]:
        _add_split(page, report["split"])
    if report["facts"]:
        page.heading("Classifier")
        page.table(
            [{"fact": name, "value": _said(value)} for name, value in report["facts"].items()]
        )
    if report["left_out"]:
        page.heading("Not used")
        shown = report["left_out"][:_SHOWN_FILES]
        more = len(report["left_out"]) - len(shown)
        page.table(
            [{"file": name, "reason": reason} for name, reason in shown],
            caption=f"and {more:,} more, in report.json" if more else "",
        )
    return page


def _add_gallery(
    page: ReportPage,
    report: Mapping[str, Any],
    judged: Judged,
    pixels_of: Callable[[int], np.ndarray],
    maps: np.ndarray | None,
) -> None:
    """Show the mistakes; where there is none, what came nearest to one."""
    page.heading("Mistakes")
    mistakes = judged.mistakes()
    chosen = mistakes[:_SHOWN_MISTAKES]
    seen = "coloured: where the classifier looked" if maps is not None else "as they are"
    caption = f"{len(mistakes):,} wrong; the surest first; {seen}"
    if len(mistakes) > len(chosen):
        caption += f"; {len(chosen)} shown, all are in report.json"
    if not chosen:
        members = judged.parts[judged.main]
        order = np.argsort(judged.probability[members].max(axis=1), kind="stable")
        chosen = [(judged.main, int(index)) for index in members[order]]
        chosen = chosen[:_SHOWN_UNSURE]
        caption = f"None. The least certain of {judged.main}; {seen}"
    predicted = judged.predicted
    items = []
    for where, index in chosen:
        name, guess = (
            judged.class_names[judged.targets[index]],
            judged.class_names[predicted[index]],
        )
        verdict = f"{name}, taken for {guess}" if name != guess else name
        sure = judged.probability[index, predicted[index]]
        text = (
            f"{judged.ids[index]}\n{verdict}\nP {sure:.4f}, scene {judged.scenes[index]}, {where}"
        )
        items.append((_picture(pixels_of(index), None if maps is None else maps[index]), text))
    page.gallery(items, caption)


def _picture(pixels: np.ndarray, cam: np.ndarray | None) -> bytes:
    from crystalviz.cam import overlay_cam

    shown = pixels if cam is None else overlay_cam(pixels, cam)
    image = Image.fromarray(shown)
    image.thumbnail((_THUMBNAIL, _THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=85, method=6)
    return buffer.getvalue()


def _add_split(page: ReportPage, split: Mapping[str, Any]) -> None:
    page.heading("Split")
    page.table(
        [
            {
                "part": name,
                "images": split["images"][name],
                "scenes": split["scenes"][name],
                "design effect": split["design_effects"][name],
                **split["labels"][name],
            }
            for name in split["images"]
        ]
    )
    page.table(
        [
            {
                "parts": " / ".join(leak["parts"]),
                "shared scenes": leak["scenes"],
                "leaked images": leak["images"],
            }
            for leak in split["leaks"]
        ],
        caption="No scene stands in two parts."
        if split["clean"]
        else "The split leaks: leaked images are those of the second part that have a copy in the "
        "first.",
    )


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "precision": row["precision"],
        "recall": row["recall"],
        "F1": row["f1"],
        "images": row["support"],
    }


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
