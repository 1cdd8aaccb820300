"""What the numbers of a report say, in words that claim no more than was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystalviz.cam.trust.controls import COMPARED
from crystalviz.cam.trust.intervals import MIN_SCENES, Interval, scene_interval

if TYPE_CHECKING:
    from crystalviz.cam.trust.measure import Row
    from crystalviz.cam.trust.report import CamReport

# From here on a correlation is called high: the two share over a quarter of their variance.
_HIGH = 0.5
# A map that keeps this rank correlation did not really change.
_SAME = 0.95
# Above this it changed only a little.
_LITTLE = 0.8

_CONTROLS = {"random": "random maps", "centre": "a hill in the centre"}


TESTED = ("deletion", "insertion", "ROAD", "poses", "border", "head random", "all random")
"""What verdicts are on."""


class Verdict(NamedTuple):
    """One statement on one method.

    Attributes
    ----------
    method, layer : str
    test : str
        One of `TESTED`; "" for a method whose maps equal another's.
    finding : {"good", "bad", "open", "same"}
        For trust, against it, neither shown, or as for another method.
    text : str
    """

    method: str
    layer: str
    test: str
    finding: str
    text: str

    @property
    def sign(self) -> str:
        """Return the finding as one character."""
        return {"good": "+", "bad": "−", "open": "?", "same": "="}[self.finding]

    def __str__(self) -> str:
        return f"{self.sign} {self.method} at {self.layer}: {self.text}"


def verdicts_on(report: CamReport) -> list[Verdict]:
    """Return the statements on each method, in the order of the report's rows."""
    found = []
    for row in report.rows:
        if row.kind != "method":
            continue
        if row.same_as is not None:
            text = f"its maps equal those of {row.same_as}; what is said of that holds here."
            found.append(Verdict(row.name, row.layer, "", "same", text))
            continue
        statements = [
            *_on_order(report, row),
            *_on_poses(report, row),
            *_on_border(report, row),
            *_on_randomization(report, row),
        ]
        found += [Verdict(row.name, row.layer, *statement) for statement in statements]
    return found


def _on_order(report: CamReport, row: Row) -> list[tuple[str, str, str]]:
    values = report.values(row)
    statements = []
    for topic, test in (("deletion", "deletion"), ("insertion", "insertion"), ("road", "ROAD")):
        gains = {
            control: _interval(report, values[f"{topic}_gain_{control}"])
            for control in COMPARED
            if f"{topic}_gain_{control}" in values
        }
        if not gains:
            continue
        scenes = max(gain.scenes for gain in gains.values())
        if not scenes:
            text = f"{test}: no map held evidence, so nothing was measured."
            statements.append((test, "open", text))
            continue
        parts = [_compared(_CONTROLS[control], gain) for control, gain in gains.items()]
        text = f"{test}: {', '.join(parts)}."
        if scenes < MIN_SCENES:
            text += f" {_counted(scenes)} cannot show a difference at 95 %; {MIN_SCENES} can."
        if any(gain.excludes_zero and gain.mean < 0 for gain in gains.values()):
            finding = "bad"
        elif all(gain.excludes_zero for gain in gains.values()):
            finding = "good"
        else:
            finding = "open"
        statements.append((test, finding, text))
    return statements


def _compared(control: str, gain: Interval) -> str:
    """Say how a method fared against one control."""
    if not gain.excludes_zero:
        return f"not told apart from {control} ({_spoken(gain)})"
    return f"{'better' if gain.mean > 0 else 'worse'} than {control} ({_spoken(gain)})"


def _on_poses(report: CamReport, row: Row) -> list[tuple[str, str, str]]:
    if row.poses is None or row.other_scenes is None:
        return []
    same = _interval(report, row.poses.correlation)
    if not same.scenes:
        return [("poses", "open", "poses: no pose held evidence.")]
    text = f"poses: the maps of one picture's 8 poses correlate {same.mean:.2f}"
    peak = _interval(report, row.poses.peak_agreement).mean
    peaks = f"; their peaks fall together in {peak:.0%} of the pairs"
    apart = _interval(report, row.poses.correlation - row.other_scenes)
    if not apart.scenes:
        text += f"{peaks}. With one scene there is nothing to compare that with."
        return [("poses", "open", text)]
    other = _interval(report, row.other_scenes).mean
    text += f", the maps of different scenes {other:.2f}{peaks}"
    if not apart.excludes_zero:
        why = (
            f"; {_counted(apart.scenes).lower()} cannot show a difference at 95 %"
            if apart.scenes < MIN_SCENES
            else "; that difference may be chance"
        )
        return [("poses", "open", f"{text}{why}.")]
    return [("poses", "good" if apart.mean > 0 else "bad", f"{text}.")]


def _on_border(report: CamReport, row: Row) -> list[tuple[str, str, str]]:
    if row.border is None:
        return []
    by_class = []
    for number in np.unique(report.chosen.classes):
        of_class = report.chosen.classes == number
        mean = _interval(report, np.where(of_class, row.border, np.nan)).mean
        if not np.isnan(mean):
            by_class.append((report.class_names[number], mean))
    if not by_class:
        return []
    listed = ", ".join(f"{mean:.2f} ({name})" for name, mean in by_class)
    text = f"border: correlation with the map of an empty picture {listed}"
    high = [name for name, mean in by_class if mean >= _HIGH]
    if high:
        text += f"; for {' and '.join(high)} much of the map is there without a picture"
    return [("border", "bad" if high else "good", f"{text}.")]


def _on_randomization(report: CamReport, row: Row) -> list[tuple[str, str, str]]:
    if row.randomization is None:
        return []
    head = _interval(report, row.randomization.spearman[0]).mean
    last = _interval(report, row.randomization.spearman[-1]).mean
    if np.isnan(head):
        return []
    top = row.randomization.stages[0]
    if head >= _SAME:
        finding = "bad"
        why = "as the method does by design, it" if row.class_free else "it"
        text = f"{why} stays the same when {top} is random (rank correlation {head:.2f}): it "
        text += "hardly shows why this class and not another."
    else:
        finding = "open" if head >= _LITTLE else "good"
        little = " little" if head >= _LITTLE else ""
        text = f"it changes{little} when {top} is random (rank correlation {head:.2f})."
    statements = [("head random", finding, f"randomization: {text}")]
    if last >= _HIGH:
        finding = "bad"
        text = f"much of it survives when all weights are random ({last:.2f}): that part shows the "
        text += "picture, not the model."
    else:
        finding = "good"
        text = f"little of it is left when all weights are random ({last:.2f})."
    return [*statements, ("all random", finding, f"randomization: {text}")]


def _interval(report: CamReport, values: NDArray[np.float64]) -> Interval:
    return scene_interval(values, report.chosen.scenes, report.confidence, report.seed)


def _spoken(gain: Interval) -> str:
    if np.isnan(gain.low):
        return f"gain {gain.mean:+.3f}"
    # Three decimals: with two, a bound just below zero could not be told from one above.
    return f"gain {gain.mean:+.3f}, {gain.low:+.3f} to {gain.high:+.3f}"


def _counted(scenes: int) -> str:
    return "One scene" if scenes == 1 else f"{scenes} scenes"
