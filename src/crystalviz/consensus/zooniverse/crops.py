"""What volunteers said of crops around single marks, as votes on these marks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse.classifications import Classifications
from crystalviz.consensus.zooniverse.layout import Layout, number_of, value_of
from crystalviz.consensus.zooniverse.tables import several, table_of
from crystalviz.consensus.zooniverse.tasks import Tasks

VOTES = ("mark_id", "volunteer_id", "label")
# Places are written with few digits.
_ROUNDED = 1.0


def crop_layout(rows: Classifications, given: Mapping[str, str]) -> Layout:
    """Return how crops say what they show. Columns of tiles that crops lack are not missed."""
    told = list(rows.subject_data.values())
    lacking = {
        role
        for role, column in given.items()
        if role != "mark" and all(value_of(one, column) is None for one in told)
    }
    return Layout.guessed(told, {r: column for r, column in given.items() if r not in lacking})


def votes_of(
    rows: Classifications, layout: Layout, tasks: Tasks, marks: pd.DataFrame, path: Path
) -> pd.DataFrame:
    """Return the answers to the used tasks as votes on the marks that the crops show.

    Raises
    ------
    ValueError
        When nothing tells which marks the crops show.
    """
    mark_of = _marks_of_crops(rows.subject_data, layout, marks, path)
    # Equal annotations are one object.
    labels_in: dict[tuple[tuple[str, str], int], list[Any]] = {}
    votes: list[tuple[Any, ...]] = []
    for i, subject in enumerate(rows.subjects):
        mark = mark_of.get(subject)
        if mark is None:
            reason = f"subject {subject} shows no mark of the first export"
            rows.problems.append(Problem("labels", rows.number[i], reason))
            continue
        workflow, said = rows.workflows[i], rows.annotations[i]
        labels = labels_in.get((workflow, id(said)))
        if labels is None:
            labels = labels_in[workflow, id(said)] = [
                one
                for name, answer in said.answers.items()
                if (workflow, name) in tasks.used
                for one in several(answer)
                if one is not None
            ]
        volunteer = rows.volunteers[i]
        votes += [(mark, volunteer, label) for label in labels]
    return table_of(votes, VOTES)


def _marks_of_crops(
    crops: Mapping[str, Mapping[str, Any]], layout: Layout, marks: pd.DataFrame, path: Path
) -> dict[str, Any]:
    """Return which mark each crop shows: by the mark's id, or by its place on its image."""
    if layout.mark is not None:
        # A table of marks may have numbers for ids; metadata are text.
        known = dict(zip(marks["mark_id"].astype(str), marks["mark_id"], strict=True))
        named = {crop: str(value_of(told, layout.mark)) for crop, told in crops.items()}
        found = {crop: known[mark] for crop, mark in named.items() if mark in known}
        if found:
            return found
    if layout.image is None or layout.x is None or layout.y is None:
        raise ValueError(
            f"{path}: nothing in its subjects says which mark they show. Name the column with the "
            'mark\'s id: subjects={"mark": ...}, or those of image and place: '
            'subjects={"image": ..., "x": ..., "y": ...}'
        )
    found = _nearest_marks(crops, layout, marks, 0.0)
    if 2 * len(found) < len(crops) and layout.width and layout.height:
        # The place may be the crop's corner; the mark is in its middle.
        centred = _nearest_marks(crops, layout, marks, 0.5)
        return max(found, centred, key=len)
    return found


def _nearest_marks(
    crops: Mapping[str, Mapping[str, Any]], layout: Layout, marks: pd.DataFrame, inset: float
) -> dict[str, Any]:
    """Return the mark at each crop's place, `inset` of its size away from its corner."""
    assert layout.image is not None
    trees = {
        str(image): (cKDTree(here[["x", "y"]].to_numpy(float)), here["mark_id"].to_numpy())
        for image, here in marks.groupby("image_id")
    }
    found = {}
    for crop, told in crops.items():
        tree = trees.get(str(value_of(told, layout.image)))
        place = [
            number_of(told, corner or "") + (inset * number_of(told, size or "") if inset else 0.0)
            for corner, size in ((layout.x, layout.width), (layout.y, layout.height))
        ]
        if tree is not None and all(map(math.isfinite, place)):
            distance, nearest = tree[0].query(place, distance_upper_bound=_ROUNDED)
            if np.isfinite(distance):
                found[crop] = tree[1][nearest]
    return found
