"""CamReport: what was measured, as tables, words and pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crystalviz._wording import counted
from crystalviz.cam.trust.chosen import Chosen
from crystalviz.cam.trust.columns import COLUMNS
from crystalviz.cam.trust.controls import COMPARED
from crystalviz.cam.trust.intervals import scene_interval
from crystalviz.cam.trust.measure import Row
from crystalviz.cam.trust.verdicts import Verdict, verdicts_on

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class CamReport:
    """Measures of trust for CAM methods on n images, made by `cam_report`.

    Attributes
    ----------
    model_name : str
    class_names : tuple of str
    chosen : Chosen
        The images, their scenes and explained classes.
    rows : list of Row
        Everything measured: maps, curves, scores by image.
    confidence : float
        Of the intervals.
    seed : int
    """

    model_name: str
    class_names: tuple[str, ...]
    chosen: Chosen
    rows: list[Row]
    confidence: float
    seed: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each method and layer, then the controls.

        Columns kind, method, layer, images (with evidence), scenes, no_evidence (images whose
        map is empty), then what `columns` explains. Means count each scene once; `_low` and `_high`
        beside them bound the interval. NaN where something was not measured.
        """
        return self._summary(np.ones(len(self.chosen.ids), bool))

    @cached_property
    def by_class(self) -> pd.DataFrame:
        """`table` for the images of each explained class, with a column explained_class."""
        parts = []
        for number in np.unique(self.chosen.classes):
            part = self._summary(self.chosen.classes == number)
            part.insert(3, "explained_class", self.class_names[number])
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def per_image(self) -> pd.DataFrame:
        """One row for each image and each row of `table`, with the values before averaging.

        Columns kind, method, layer, image_id, scene, explained_class, probability (of that class),
        blurred_probability (of that class when the picture is blurred), no_evidence, then
        what `columns` explains.
        """
        parts = []
        for row in self.rows:
            part = pd.DataFrame(
                {
                    "kind": row.kind,
                    "method": row.name,
                    "layer": row.layer,
                    "image_id": self.chosen.ids,
                    "scene": self.chosen.scenes,
                    "explained_class": [self.class_names[i] for i in self.chosen.classes],
                    "probability": self.chosen.probability,
                    "blurred_probability": self.chosen.blurred_probability,
                    "no_evidence": _empty(row),
                }
            )
            for name, values in self.values(row).items():
                part[name] = values
            parts.append(part)
        table = pd.concat(parts, ignore_index=True)
        measured = [column.name for column in COLUMNS if column.name in table]
        return table[[*table.columns[:9], *measured]]

    @cached_property
    def columns(self) -> pd.DataFrame:
        """What each measured column means: unit, range, better direction, meaning, source."""
        measured = set(self.table.columns)
        return pd.DataFrame(
            [
                {
                    "column": column.name,
                    "unit": column.unit,
                    "range": column.range,
                    "better": column.better or "neither",
                    "meaning": column.meaning,
                    "source": column.source,
                }
                for column in COLUMNS
                if column.name in measured
            ]
        )

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the numbers say of each method, in words, and no more than they say."""
        return verdicts_on(self)

    @cached_property
    def notes(self) -> list[str]:
        """What was measured on which images, and what was left out."""
        chosen = self.chosen
        scenes = len(np.unique(chosen.scenes))
        lines = [
            f"{counted(len(chosen.ids), 'image')} of {counted(scenes, 'scene')}, model "
            f"{self.model_name}, seed {self.seed}. Means count each scene once; "
            f"intervals ({self.confidence:.0%}) resample scenes, and are not corrected for the "
            "number of rows."
        ]
        for number in np.unique(chosen.classes):
            of_class = chosen.classes == number
            kept = int((chosen.blurred_probability[of_class] >= 0.5).sum())
            total = int(of_class.sum())
            text = f"Blurred, {kept} of the {counted(total, 'image')} explained as "
            text += f"{self.class_names[number]} still belong to that class with P of 0.5 or more"
            lines.append(
                f"{text}: no evidence is lost there, and deletion tells little."
                if kept > total / 2
                else f"{text}."
            )
        return [*lines, *chosen.notes]

    def values(self, row: Row) -> dict[str, NDArray[np.float64]]:
        """Return the measured values of a row, (n,) by column name."""
        found: dict[str, NDArray[np.float64]] = {}
        if row.curves is not None:
            found["deletion_auc"] = row.curves.deletion_auc
            found["insertion_auc"] = row.curves.insertion_auc
        if row.road_scores is not None:
            found["road_morf"] = row.road_scores.morf
            found["road_lerf"] = row.road_scores.lerf
            found["road_combined"] = row.road_scores.combined
        for kind in COMPARED:
            control = self._control(kind, row.layer)
            if control is None or control is row:
                continue
            if row.curves is not None and control.curves is not None:
                found[f"deletion_gain_{kind}"] = control.curves.deletion_auc - found["deletion_auc"]
                found[f"insertion_gain_{kind}"] = (
                    found["insertion_auc"] - control.curves.insertion_auc
                )
            if row.road_scores is not None and control.road_scores is not None:
                found[f"road_gain_{kind}"] = found["road_combined"] - control.road_scores.combined
        if row.poses is not None:
            found["pose_correlation"] = row.poses.correlation
            found["pose_peak"] = row.poses.peak_agreement
        if row.other_scenes is not None:
            found["other_scenes"] = row.other_scenes
        if row.border is not None:
            found["border_index"] = row.border
        if row.randomization is not None:
            found["randomized_head"] = row.randomization.spearman[0]
            found["randomized_all"] = row.randomization.spearman[-1]
            found["randomized_ssim"] = row.randomization.ssim[-1]
        return found

    def figure(
        self, layer: str | None = None, images: int | Sequence[int] = 3, dark: bool = False
    ) -> Figure:
        """Draw maps of a few images by each method, and the curves beside the controls.

        Parameters
        ----------
        layer : str, optional
            One of the report's; the first by default.
        images : int or sequence of int
            How many images to show, one of each scene first, or which ones.
        dark : bool
            For dark pages.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from crystalviz.cam.trust.figure import report_figure

        return report_figure(self, layer, images, dark)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one HTML file that needs nothing else.

        Raises
        ------
        FileNotFoundError
            If the folder does not exist.
        """
        from crystalviz.cam.trust.page import report_page

        return report_page(self).write(path)

    def _repr_html_(self) -> str:
        from crystalviz.cam.trust.page import notebook_html

        return notebook_html(self)

    def __repr__(self) -> str:
        lines = [f"<CamReport {self.model_name}: {counted(len(self.chosen.ids), 'image')}>"]
        return "\n".join([*lines, *(str(verdict) for verdict in self.verdicts)])

    @property
    def layers(self) -> list[str]:
        """Layers of the report, in order."""
        return list(dict.fromkeys(row.layer for row in self.rows))

    def _control(self, kind: str, layer: str) -> Row | None:
        name = f"{kind} map"
        return next((row for row in self.rows if (row.layer, row.name) == (layer, name)), None)

    def _summary(self, which: NDArray[np.bool_]) -> pd.DataFrame:
        scenes = self.chosen.scenes[which]
        records: list[dict[str, Any]] = []
        for row in self.rows:
            empty = _empty(row)[which]
            record: dict[str, Any] = {
                "kind": row.kind,
                "method": row.name,
                "layer": row.layer,
                "images": int((~empty).sum()),
                "scenes": len(np.unique(scenes[~empty])),
                "no_evidence": int(empty.sum()),
            }
            for name, values in self.values(row).items():
                interval = scene_interval(values[which], scenes, self.confidence, self.seed)
                record[name] = interval.mean
                record[f"{name}_low"], record[f"{name}_high"] = interval.low, interval.high
            records.append(record)
        table = pd.DataFrame(records)
        names = list(table.columns[:6])
        for column in COLUMNS:
            if column.name in table:
                names.append(column.name)
                names += [f"{column.name}_{end}" for end in ("low", "high") if column.interval]
        return table[names]


def _empty(row: Row) -> NDArray[np.bool_]:
    return np.logical_not((row.maps > 0).any(axis=(1, 2)))
