"""Reading the classification exports of a Zooniverse project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import pandas as pd

from crystalviz._wording import counted
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse.classifications import Chosen, read_classifications
from crystalviz.consensus.zooniverse.collection import without_collection
from crystalviz.consensus.zooniverse.crops import VOTES, crop_layout, votes_of
from crystalviz.consensus.zooniverse.layout import Layout
from crystalviz.consensus.zooniverse.subjects import read_subjects
from crystalviz.consensus.zooniverse.tables import answers_of, marks_and_reads
from crystalviz.consensus.zooniverse.tasks import Tasks
from crystalviz.consensus.zooniverse.tiles import place_tiles

_TILE_ROLES = ("image", "x", "y", "width", "height")
# What can be a vote, the likeliest first; what people wrote is none.
_VOTING = ("question", "survey", "dropdown")
_NO_DRAWING = "no task of it is a drawing (the export of a question goes in as the labels)"

Path_ = str | PathLike[str]


@dataclass
class ZooniverseMarks:
    """What exports say, as the tables that `MarkConsensus.fit` takes.

    Attributes
    ----------
    marks : DataFrame
        image_id, tile_id, x, y (pixels of the whole image), volunteer_id, classification_id,
        mark_id, tool, task, and radius and label where there are any.
    reads : DataFrame
        One row a classification of a tile, with those in which nothing was marked.
    votes : DataFrame
        mark_id, volunteer_id, label: from the second export.
    answers : DataFrame
        classification_id, volunteer_id, subject_id, task, answer: of the first export.
    tasks : DataFrame
        export ("marks", "labels"), workflow_id, task, kind ("drawing", "question", "survey",
        "dropdown", "text", or "empty" where no answer tells), classifications, and whether it was
        used for marks or votes.
    problems : list of Problem
        Rows (their numbers in the file, the heading is row 1) that were set aside, and why.
    layout : Layout
        Which columns of the subjects said where tiles lie.
    """

    marks: pd.DataFrame
    reads: pd.DataFrame
    votes: pd.DataFrame
    answers: pd.DataFrame
    tasks: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)

    def summary(self) -> str:
        """Return in a few lines what was read, as what, and what was not used."""
        marks, reads, votes = (
            counted(len(table), name)
            for table, name in ((self.marks, "mark"), (self.reads, "read"), (self.votes, "vote"))
        )
        lines = [
            f"{marks} on {counted(self.marks['image_id'].nunique(), 'image')} in {reads} by "
            f"{counted(self.reads['volunteer_id'].nunique(), 'volunteer')}; {self.layout}"
        ]
        if not len(self.marks):
            kinds = set(self.tasks.loc[self.tasks["export"] == "marks", "kind"])
            lines = ["no marks: " + ("nobody made any" if "drawing" in kinds else _NO_DRAWING)]
        if len(self.votes):
            lines.append(f"{votes} on {counted(self.votes['mark_id'].nunique(), 'mark')}")
        for used in (True, False):
            named = [
                f"{task.task} ({task.kind}, {counted(task.classifications, 'classification')} of "
                f"the {task.export} in workflow {task.workflow_id})"
                for task in self.tasks[self.tasks["used"] == used].itertuples()
            ]
            if named:
                lines.append(("used: " if used else "not used: ") + ", ".join(named))
        if self.problems:
            first = self.problems[0]
            lines.append(
                f"set aside: {counted(len(self.problems), 'problem')}, the first one in row "
                f"{first.row} of the {first.table}: {first.reason}"
            )
        return "\n".join(lines)


@without_collection()
def read_zooniverse(
    marks_csv: Path_,
    labels_csv: Path_ | None = None,
    subjects: Mapping[str, str] | None = None,
    *,
    label: str = "auto",
    task: str | None = None,
    labels_task: str | None = None,
    workflow_id: str | int | None = None,
    labels_workflow_id: str | int | None = None,
    versions: Collection[str] | None = None,
    subjects_csv: Path_ | None = None,
    frames: str = "apart",
    hash_names: bool = False,
) -> ZooniverseMarks:
    """Read an export of marks, and one of what volunteers said of each mark.

    Both classifiers' files are read (1.0 and 2.0), plain, gzipped or zipped. Points and the
    centres of other shapes become marks. Rows that cannot be read are set aside and listed;
    nothing in the file is executed.

    Parameters
    ----------
    marks_csv : path
        The classification export of the workflow in which marks were made.
    labels_csv : path, optional
        That of a workflow whose subjects are crops of single marks, with a question.
    subjects : dict, optional
        Which columns of the subjects' metadata to use: `image`, `x`, `y` (the tile's corner on
        the image, pixels), `width`, `height` (the tile's on the image; if volunteers saw it larger
        or smaller, marks are scaled), `mark` (of crops). What is not named is guessed, and
        `.layout` tells how.
    label : str
        What labels a mark in the first export: "tool", "detail" (the answer to its sub-task),
        "none", or "auto": the tool where several are used, else the answer.
    task : str, optional
        Only this drawing task, or only this question of the second export's. Of several questions
        the one with most answers makes the votes, and `.tasks` tells which.
    labels_task : str, optional
        The question, where a drawing task has the same name.
    workflow_id, labels_workflow_id, versions : optional
        Only this workflow of the first and of the second export; only these versions of the first,
        as text ("44.10" is not "44.1").
    subjects_csv : path, optional
        The project's export of subjects, or any table with a column `subject_id`: what it tells of
        a subject goes before what the classifications tell.
    frames : str
        "apart": further pictures of a subject are images of their own ("name#1"). "together": they
        show the same, and so do their marks.
    hash_names : bool
        Write a hash in the place of each volunteer's name.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing, lacks a column, or no row of it can be used.
    """
    if label not in ("auto", "tool", "detail", "none"):
        raise ValueError(f"label must be auto, tool, detail or none, not {label!r}")
    if frames not in ("apart", "together"):
        raise ValueError(f"frames must be apart or together, not {frames!r}")
    given = dict(subjects or {})
    rows = read_classifications(Path(marks_csv), "marks", Chosen(workflow_id, versions, hash_names))
    if subjects_csv is not None:
        told = read_subjects(subjects_csv)
        for subject, own in rows.subject_data.items():
            rows.subject_data[subject] = {**own, **told.get(subject, {})}
    tiles_given = {role: name for role, name in given.items() if role != "mark"}
    layout = Layout.guessed(rows.subject_data.values(), tiles_given, _TILE_ROLES)
    tasks = Tasks.of(rows)
    drawing = tasks.named("drawing")
    if task in drawing or labels_csv is None:
        _must_be_there(task, drawing, "drawing task", Path(marks_csv))
        drawing = [name for name in drawing if task in (None, name)]
    tasks.use(drawing, ("drawing",))
    marks, reads = marks_and_reads(
        rows, place_tiles(rows, layout), tasks, label, frames == "together"
    )
    found = ZooniverseMarks(
        *(marks, reads, pd.DataFrame(columns=list(VOTES)), answers_of(rows)),
        *(_labelled("marks", tasks), rows.problems, layout),
    )
    if labels_csv is not None:
        question = labels_task or (None if task in drawing else task)
        found.votes, asked, problems = _read_votes(
            Path(labels_csv), marks, given, question, Chosen(labels_workflow_id, None, hash_names)
        )
        found.tasks = pd.concat([found.tasks, asked], ignore_index=True)
        found.problems += problems
    return found


@without_collection()
def read_zooniverse_votes(
    labels_csv: Path_,
    marks: pd.DataFrame,
    subjects: Mapping[str, str] | None = None,
    *,
    task: str | None = None,
    workflow_id: str | int | None = None,
    hash_names: bool = False,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read an export of what volunteers said of marks that are known from elsewhere.

    Parameters
    ----------
    labels_csv : path
        The classification export of a workflow whose subjects are crops of single marks.
    marks : DataFrame
        image_id, x, y, mark_id.
    subjects : dict, optional
        Which columns of the subjects' metadata to use: `mark`, or `image`, `x`, `y`.
    task, workflow_id : optional
        Only this question, only this workflow.
    hash_names : bool
        Write a hash in the place of each volunteer's name.

    Returns
    -------
    votes : DataFrame
        mark_id, volunteer_id, label.
    problems : list of Problem
        Rows that were set aside, and why.

    Raises
    ------
    FileNotFoundError, ValueError
        When the file is missing, lacks a column, or no row of it can be used.
    """
    missing = [name for name in ("image_id", "x", "y", "mark_id") if name not in marks]
    if missing:
        raise ValueError(f"the table of marks lacks {', '.join(missing)}, by which votes find them")
    chosen = Chosen(workflow_id, None, hash_names)
    votes, _, problems = _read_votes(Path(labels_csv), marks, dict(subjects or {}), task, chosen)
    return votes, problems


def _read_votes(
    path: Path, marks: pd.DataFrame, given: Mapping[str, str], task: str | None, chosen: Chosen
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    rows = read_classifications(path, "labels", chosen, sizes=False)
    tasks = Tasks.of(rows)
    _must_be_there(task, tasks.named(*_VOTING, "text"), "question", path)
    if task is not None:
        tasks.use([task], (*_VOTING, "text"))
    else:
        kind, name = tasks.most_answered(_VOTING)
        tasks.use([name], (kind,))
    votes = votes_of(rows, crop_layout(rows, given), tasks, marks, path)
    return votes, _labelled("labels", tasks), rows.problems


def _must_be_there(task: str | None, names: list[str], what: str, path: Path) -> None:
    if task is not None and task not in names:
        raise ValueError(
            f"{path}: it has no {what} {task!r}; it has {', '.join(names) or 'none at all'}"
        )


def _labelled(export: str, tasks: Tasks) -> pd.DataFrame:
    table = tasks.table()
    table.insert(0, "export", export)
    return table
