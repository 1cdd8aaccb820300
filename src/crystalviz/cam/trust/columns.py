"""What each column of a report means: unit, range, which way is better, and the source."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """One number of the report.

    Attributes
    ----------
    name : str
        Of the column; intervals stand beside it as `<name>_low` and `<name>_high`.
    label : str
        For people.
    unit : str
    range : str
    better : str
        "higher", "lower" or "" where neither is.
    interval : bool
        Whether an interval stands beside it.
    meaning : str
    source : str
    topic : str
        A key of `TOPICS`.
    """

    name: str
    label: str
    unit: str
    range: str
    better: str
    interval: bool
    meaning: str
    source: str
    topic: str

    @property
    def heading(self) -> str:
        """Return the label with an arrow for the better direction."""
        arrow = {"higher": " ↑", "lower": " ↓"}.get(self.better, "")
        return self.label + arrow


_RISE = "Petsiuk et al. 2018, arXiv:1806.07421; blurred instead of black"
_ROAD = "Rong et al. 2022, arXiv:2202.00449"
_SANITY = "Adebayo et al. 2018, arXiv:1810.03292"
_OWN = "definition of this report"

TOPICS = {
    "deletion": "Does the class go when what the map marks is blurred?",
    "insertion": "Does the class come when what the map marks is shown?",
    "road": "Does the class go when what the map marks is filled in from its surroundings?",
    "place": "Does the map follow the picture, or the frame?",
    "model": "Does the map depend on what the model learnt?",
}
"""The questions that the columns answer."""


def _gain(score: str, control: str, better: str, sign: str) -> Column:
    """Return the column that compares a score with that of a control."""
    label = {"random": "over random maps", "centre": "over a hill in the centre"}[control]
    order = "control minus map" if sign == "-" else "map minus control"
    topic = score.split("_")[0]
    unit, bounds = ("P x share", "-1 to 1") if topic != "road" else ("P", "-1 to 1")
    return Column(
        f"{topic}_gain_{control}",
        f"gain {label}",
        unit,
        bounds,
        better,
        True,
        f"{score}, {order}, image by image; 0 is no better than a map that does not look at "
        "the picture.",
        _OWN,
        topic,
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        "deletion_auc",
        "deletion AUC",
        "P x share",
        "0 to 1",
        "lower",
        True,
        "Area under P(explained class) while the map's pixels are blurred, strongest first.",
        _RISE,
        "deletion",
    ),
    _gain("deletion_auc", "random", "higher", "-"),
    _gain("deletion_auc", "centre", "higher", "-"),
    Column(
        "insertion_auc",
        "insertion AUC",
        "P x share",
        "0 to 1",
        "higher",
        True,
        "Area under P(explained class) while the map's pixels come back into the blurred "
        "picture, strongest first.",
        _RISE,
        "insertion",
    ),
    _gain("insertion_auc", "random", "higher", "+"),
    _gain("insertion_auc", "centre", "higher", "+"),
    Column(
        "road_morf",
        "strongest removed",
        "P",
        "0 to 1",
        "lower",
        False,
        "Mean P(explained class) after the strongest 20, 40, 60 and 80 % of the pixels were "
        "imputed from the rest (MoRF).",
        _ROAD,
        "road",
    ),
    Column(
        "road_lerf",
        "weakest removed",
        "P",
        "0 to 1",
        "higher",
        False,
        "The same with the weakest pixels (LeRF).",
        _ROAD,
        "road",
    ),
    Column(
        "road_combined",
        "ROAD combined",
        "P",
        "-0.5 to 0.5",
        "higher",
        True,
        "(LeRF - MoRF) / 2; 0 for a map whose order means nothing.",
        _ROAD,
        "road",
    ),
    _gain("road_combined", "random", "higher", "+"),
    _gain("road_combined", "centre", "higher", "+"),
    Column(
        "pose_correlation",
        "pose stability",
        "correlation",
        "-1 to 1",
        "higher",
        True,
        "Mean Pearson correlation of the maps of the picture's 8 poses, turned back.",
        "equivariance as in Crabbé and van der Schaar 2023, arXiv:2304.06715",
        "place",
    ),
    Column(
        "pose_peak",
        "same peak",
        "share",
        "0 to 1",
        "higher",
        False,
        "Share of the 28 pairs of poses whose peaks lie at most one cell of the map apart.",
        _OWN,
        "place",
    ),
    Column(
        "other_scenes",
        "likeness to other scenes",
        "correlation",
        "-1 to 1",
        "",
        False,
        "Mean Pearson correlation with the maps of other scenes: pose stability means something "
        "only above it.",
        _OWN,
        "place",
    ),
    Column(
        "border_index",
        "border artefact",
        "correlation",
        "-1 to 1",
        "lower",
        True,
        "Pearson correlation with the map of an empty picture of the same mean gray.",
        _OWN,
        "place",
    ),
    Column(
        "randomized_head",
        "after randomizing the head",
        "rank correlation",
        "-1 to 1",
        "lower",
        False,
        "Spearman correlation with the original map when the last layer with weights is random; "
        "1 for a map that does not know the class.",
        _SANITY,
        "model",
    ),
    Column(
        "randomized_all",
        "after randomizing all layers",
        "rank correlation",
        "-1 to 1",
        "lower",
        False,
        "Spearman correlation with the original map when all weights are random; near 1 for a "
        "map that shows the picture, not the model.",
        _SANITY,
        "model",
    ),
    Column(
        "randomized_ssim",
        "SSIM after randomizing all",
        "SSIM",
        "-1 to 1",
        "lower",
        False,
        "Structural similarity to the original map when all weights are random.",
        _SANITY,
        "model",
    ),
)
"""The measured columns of `CamReport.table`, in order."""

BY_NAME = {column.name: column for column in COLUMNS}
