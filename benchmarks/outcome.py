"""Timings to ratios, verdicts and a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from comparison import Check, Comparison, Target, Timing


@dataclass(frozen=True)
class Outcome:
    """A measured comparison: one line for each row and each check.

    It holds numbers and text only, so that models and images of one comparison are gone before
    the next.
    """

    title: str
    unit: str
    note: str
    lines: list[dict[str, Any]]
    checks: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {
            "title": self.title,
            "unit": self.unit,
            "rows": self.lines,
            "checks": self.checks,
        }

    @property
    def short(self) -> list[str]:
        """Names of rows and checks that miss a target."""
        return [line["name"] for line in [*self.lines, *self.checks] if line["verdict"] == "short"]


def judge(comparison: Comparison, timings: Sequence[Timing]) -> Outcome:
    """Turn timings into ratios and verdicts.

    Each line has name, role, seconds (per unit), rate (units per second), times_seed,
    times_best_peer, share_of_limit (1: as fast as the hardware allows), target, verdict ("PASS",
    "short", "missing" or ""), foreign (largest share of the machine that others took) and rounds.
    """
    measured = [timing for timing in timings if timing.seconds]
    by_name = {timing.row.name: timing for timing in measured}
    seed = next((timing for timing in measured if timing.row.role == "seed"), None)
    peers = [timing for timing in measured if timing.row.role == "peer"]
    limits = [timing for timing in measured if timing.row.role == "limit"]
    best_peer = min(peers, key=lambda timing: timing.median, default=None)
    # Of several limits the one that needs most time binds.
    limit = max(limits, key=lambda timing: timing.median, default=None)

    def ratio(timing: Timing, other: Timing | None) -> float | None:
        return None if other is None else timing.times_faster_than(other)

    def reached(timing: Timing, target: Target) -> bool | None:
        if target.kind == "seconds":
            return timing.median * timing.row.work < target.value
        if target.kind == "rate":
            return 1 / timing.median >= target.value
        if target.than and target.than not in {row.name for row in comparison.rows}:
            raise ValueError(f"the target of {timing.row.name!r} names no row: {target.than!r}")
        value = ratio(timing, by_name.get(target.than) if target.than else seed)
        return None if value is None else value >= target.value

    lines = []
    for timing in timings:
        row = timing.row
        line: dict[str, Any] = {"name": row.name, "role": row.role}
        line["target"] = "; ".join(map(str, row.targets))
        if timing.missing:
            line |= {"verdict": "missing", "missing": timing.missing}
            lines.append(line)
            continue
        answers = [reached(timing, target) for target in row.targets]
        line |= {
            "seconds": timing.median,
            "rate": 1 / timing.median,
            "times_seed": ratio(timing, seed),
            "times_best_peer": ratio(timing, best_peer),
            "share_of_limit": ratio(timing, limit),
            "verdict": _verdict(answers),
            "foreign": max(timing.foreign),
            "rounds": timing.seconds,
        }
        lines.append(line)
    checks = []
    for check in comparison.checks:
        line = {"name": check.name, "target": _bounds(check)}
        try:
            value = float(check.measure())
        except ImportError as error:
            checks.append(line | {"verdict": "missing", "missing": str(error)})
            continue
        verdict = ("PASS" if check.passes(value) else "short") if line["target"] else ""
        checks.append(line | {"value": value, "verdict": verdict})
    return Outcome(comparison.title, comparison.unit, comparison.note, lines, checks)


def _verdict(answers: Sequence[bool | None]) -> str:
    if not answers:
        return ""
    if None in answers and False not in answers:
        return "missing"  # what it is compared with is not there
    return "PASS" if all(answers) else "short"


def _bounds(check: Check) -> str:
    parts = []
    if check.at_least is not None:
        parts.append(f">= {check.at_least:g}")
    if check.at_most is not None:
        parts.append(f"<= {check.at_most:g}")
    return " and ".join(parts)


def table(outcome: Outcome) -> str:
    """Return the outcome as aligned text."""
    unit = outcome.unit
    head = ["way", f"s / {unit}", f"{unit}/s", "x seed", "x best peer", "of limit", "target", ""]
    body = []
    for line in outcome.lines:
        name = line["name"] + {"seed": " (seed)", "limit": " (limit)"}.get(line["role"], "")
        if "missing" in line:
            body.append([name, "missing: " + line["missing"].splitlines()[0]])
            continue
        limit = line["share_of_limit"]
        body.append(
            [
                name,
                f"{line['seconds']:.3g}",
                _short(line["rate"]),
                _short(line["times_seed"]),
                _short(line["times_best_peer"]),
                "" if limit is None else f"{limit:.1%}",
                line["target"],
                line["verdict"],
            ]
        )
    body += [
        [
            "check: " + line["name"],
            "missing: " + line["missing"].splitlines()[0] if "missing" in line else "",
            _short(line.get("value")),
            "",
            "",
            "",
            line["target"],
            line["verdict"],
        ]
        for line in outcome.checks
    ]
    whole = [row for row in [head, *body] if len(row) == len(head)]
    widths = [max(len(row[i]) for row in whole) for i in range(len(head))]
    widths[0] = max(len(row[0]) for row in [head, *body])
    text = [outcome.title, "-" * len(outcome.title)]
    for row in [head, *body]:
        cells = [row[0].ljust(widths[0])]
        if len(row) < len(head):
            cells += row[1:]
        else:
            cells += [cell.rjust(width) for cell, width in zip(row[1:6], widths[1:6], strict=True)]
            cells += [cell.ljust(width) for cell, width in zip(row[6:], widths[6:], strict=True)]
        text.append("  ".join(cells).rstrip())
    loads = [line["foreign"] for line in outcome.lines if "foreign" in line]
    if loads and max(loads) == max(loads):
        text.append(f"Other processes took at most {max(loads):.0%} of the machine.")
    if outcome.note:
        text.append(outcome.note)
    return "\n".join(text)


def summary(comparisons: Iterable[dict[str, Any]]) -> str:
    """Return one line for each row and check that has a target.

    Parameters
    ----------
    comparisons : iterable of dict
        As `Outcome.as_dict` gives them.
    """
    head = ["comparison", "way", "x seed", "x best peer", "of limit", "target", ""]
    body = []
    for comparison in comparisons:
        for line in [*comparison["rows"], *comparison["checks"]]:
            if not line["target"]:
                continue
            limit = line.get("share_of_limit")
            body.append(
                [
                    comparison["title"],
                    line["name"],
                    _short(line.get("times_seed")),
                    _short(line.get("times_best_peer")),
                    "" if limit is None else f"{limit:.1%}",
                    line["target"],
                    line["verdict"],
                ]
            )
    rows = [head, *body]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _short(value: float | None) -> str:
    if value is None:
        return ""
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
