"""A report as text for a terminal, a log or a paper's supplement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crystalviz._wording import counted

BASELINE_WORDS = {
    "size": "size only",
    "mean_gray": "brightness only",
    "entropy": "entropy only",
    "majority": "most frequent class",
}


def headline(report: Mapping[str, Any]) -> str:
    """Return the result in one sentence."""
    part = report["judged_on"]
    scores = report["parts"][part]
    right = sum(row[index] for index, row in enumerate(scores["confusion"]))
    low, high = scores["interval"]
    return (
        f"{part}: {right:,} of {counted(scores['images'], 'image')} right "
        f"({counted(scores['scenes'], 'scene')}), "
        f"accuracy {scores['accuracy']:.4f}, {100 * report['confidence']:g} % interval "
        f"{low:.4f} to {high:.4f}"
    )


def part_order(report: Mapping[str, Any]) -> list[str]:
    """Return the parts in the order to read them: the one that counts, and train at the end."""
    return sorted(report["parts"], key=lambda name: (name != report["judged_on"], name == "train"))


def report_text(report: Mapping[str, Any]) -> str:
    """Return the report, class by class to four decimals."""
    lines = [report["title"], "", headline(report), ""]
    for name, value in report["facts"].items():
        lines.append(f"{name}: {value}")
    if report["facts"]:
        lines.append("")
    for warning in report["warnings"]:
        lines += [f"NOTE: {warning}", ""]
    for part in part_order(report):
        lines += [*_part(part, report["parts"][part], report["class_names"]), ""]
    lines += ["Without looking at the picture, same images", ""]
    lines.append(f"{'':<22}{'accuracy':>10}{'macro F1':>10}   interval")
    for name, row in report["baselines"].items():
        low, high = row["interval"]
        lines.append(
            f"{BASELINE_WORDS[name]:<22}{row['accuracy']:>10.4f}{_number(row['macro_f1']):>10}   "
            f"{low:.4f} to {high:.4f}"
        )
    lines.append("")
    if report["split"]:
        lines += ["Split", "", report["split"]["text"], ""]
    lines += [line for note in report["notes"] for line in (note, "")]
    if report["left_out"]:
        lines.append(f"Not used: {counted(len(report['left_out']), 'file')}")
        lines += [f"  {name}: {reason}" for name, reason in report["left_out"]]
        lines.append("")
    return "\n".join(lines)


def _part(part: str, scores: Mapping[str, Any], names: list[str]) -> list[str]:
    width = max(12, *(len(name) for name in names)) + 2
    low, high = scores["interval"]
    lines = [
        f"{part} ({counted(scores['images'], 'image')}, {counted(scores['scenes'], 'scene')})",
        "",
        f"{'':<{width}}{'precision':>10}{'recall':>10}{'F1':>10}{'images':>10}",
    ]
    for name, row in scores["classes"].items():
        cells = (_number(row[key]) for key in ("precision", "recall", "f1"))
        lines.append(
            f"{name:<{width}}" + "".join(f"{c:>10}" for c in cells) + f"{row['support']:>10,}"
        )
    lines.append(f"{'macro F1':<{width}}{_number(scores['macro_f1']):>30}")
    lines.append(
        f"{'accuracy':<{width}}{_number(scores['accuracy']):>30}   ({low:.4f} to {high:.4f})"
    )
    lines += ["", "confusion: rows are the class, columns are predicted"]
    cell = max(10, *(len(name) + 2 for name in names))
    lines.append(" " * width + "".join(f"{name:>{cell}}" for name in names))
    for name, row in zip(names, scores["confusion"], strict=True):
        lines.append(f"{name:<{width}}" + "".join(f"{count:>{cell},}" for count in row))
    return lines


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
