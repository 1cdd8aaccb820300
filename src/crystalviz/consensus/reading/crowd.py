"""Marks of a crowd from files of any kind; which kind is told by their columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crystalviz._wording import counted
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.reading.files import is_export
from crystalviz.consensus.reading.tidy import Sizes, read_marks, read_votes_table
from crystalviz.consensus.zooniverse import read_zooniverse, read_zooniverse_votes
from crystalviz.images import ImageSet

_EXPORT = "classification export of Zooniverse"
# The roles of a subject's columns, as tidy tables call them.
_OF_SUBJECTS = {
    **{role: role for role in ("image", "x", "y", "width", "height", "mark")},
    **{"image_id": "image", "x0": "x", "y0": "y", "mark_id": "mark"},
}


@dataclass
class CrowdTables:
    """Tables as `MarkConsensus.fit` takes them.

    Attributes
    ----------
    marks : DataFrame
    votes, reads : DataFrame or None
    problems : list of Problem
        Rows that were set aside, and why.
    facts : list of (str, str)
        Each file, and as what it was understood.
    exported : set of str
        Which of the tables are of exports. Their rows are no rows of a file.
    """

    marks: pd.DataFrame
    votes: pd.DataFrame | None = None
    reads: pd.DataFrame | None = None
    problems: list[Problem] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    exported: set[str] = field(default_factory=set)

    def in_the_file(self, problem: Problem) -> Problem:
        """Return a problem that `fit` found with its row as one finds it in the file."""
        table = {"marks": self.marks, "reads": self.reads, "votes": self.votes}.get(problem.table)
        if problem.table not in self.exported or table is None:
            return problem
        row = table.loc[problem.row]
        if problem.table == "reads":
            name = f"classification {row['classification_id']}"
        else:
            name = f"mark {row['mark_id']}"
        return Problem(problem.table, name, problem.reason)


@dataclass
class ExportOptions:
    """What to take of Zooniverse's exports; see `read_zooniverse`."""

    label: str = "auto"
    task: str | None = None
    labels_task: str | None = None
    workflow_id: str | None = None
    labels_workflow_id: str | None = None
    versions: Collection[str] | None = None


def read_crowd(
    marks: Path,
    labels: Path | None = None,
    *,
    reads: Path | None = None,
    subjects: Path | None = None,
    columns: Mapping[str, str] | None = None,
    sizes: Sizes | ImageSet | None = None,
    y_up: bool = False,
    options: ExportOptions | None = None,
    hash_names: bool = False,
) -> CrowdTables:
    """Read marks and the votes on them, each from an export of Zooniverse or a tidy table.

    Parameters
    ----------
    marks, labels : path
        The files.
    reads, columns, sizes, y_up, hash_names
        As of `read_marks`; `columns` names those of an export's subjects too.
    subjects : path, optional
        A table that says where tiles lie.
    options : ExportOptions, optional
        For exports alone; its label "none" goes with both.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing or damaged, it is not clear which column is what, or an option does
        not go with the kind of file.
    """
    options = options or ExportOptions()
    if is_export(marks):
        _refuse(marks, f"is a {_EXPORT}", {"--reads": reads, "--y-up": y_up})
        if labels is None or is_export(labels):
            tidy = {f"--columns {role}": True for role in columns or {} if role not in _OF_SUBJECTS}
            _refuse(marks, f"is a {_EXPORT}", tidy)
        found = _from_export(marks, labels, subjects, columns or {}, options, hash_names)
    else:
        table = _from_table(marks, labels, options)
        read = read_marks(
            *(marks, table, reads),
            tiles=subjects,
            columns=columns,
            sizes=sizes,
            y_up=y_up,
            labels=options.label != "none",
            hash_names=hash_names,
        )
        found = CrowdTables(read.marks, read.votes, read.reads, read.problems)
        of = "" if read.reads is None else f" in {counted(len(read.reads), 'read')}"
        marked = counted(len(read.marks), "mark")
        found.facts.append((str(marks), f"tidy table: {marked}{of}; {read}"))
    if labels is not None:
        _add_votes(found, labels, columns or {}, options, hash_names)
        _check_votes(found, marks, labels)
    return found


def _from_export(
    marks: Path,
    labels: Path | None,
    subjects: Path | None,
    columns: Mapping[str, str],
    options: ExportOptions,
    hash_names: bool,
) -> CrowdTables:
    exported = labels is not None and is_export(labels)
    read = read_zooniverse(
        marks,
        labels if exported else None,
        _of_subjects(columns),
        label=options.label,
        task=options.task,
        labels_task=options.labels_task,
        workflow_id=options.workflow_id,
        labels_workflow_id=options.labels_workflow_id,
        versions=options.versions,
        subjects_csv=subjects,
        hash_names=hash_names,
    )
    votes = read.votes if exported else None
    found = CrowdTables(read.marks, votes, read.reads, read.problems)
    found.exported = {"marks", "reads"}
    elsewhere = (" set aside, ", " votes on ")
    told = [
        line for line in read.summary().splitlines() if not any(map(line.__contains__, elsewhere))
    ]
    found.facts.append((str(marks), f"{_EXPORT}: {'; '.join(told)}"))
    return found


def _from_table(marks: Path, labels: Path | None, options: ExportOptions) -> Path | None:
    """Check that the options go with a tidy table of marks; return the labels if they are tidy."""
    exported = labels is not None and is_export(labels)
    _refuse(
        marks,
        f"is no {_EXPORT}",
        {
            f"--label {options.label}": options.label in ("tool", "detail"),
            "--task": options.task,
            "--workflow": options.workflow_id,
            "--versions": options.versions,
        },
    )
    return None if exported else labels


def _add_votes(
    found: CrowdTables,
    labels: Path,
    columns: Mapping[str, str],
    options: ExportOptions,
    hash_names: bool,
) -> None:
    """Read the votes that did not come with the marks, as those are of the other kind."""
    exported = is_export(labels)
    if exported:
        found.exported.add("votes")
    if found.votes is None and exported:
        if "mark_id" not in found.marks:
            found.marks["mark_id"] = found.marks.index.astype(str)
        found.votes, problems = read_zooniverse_votes(
            labels,
            found.marks,
            _of_subjects(columns),
            task=options.labels_task,
            workflow_id=options.labels_workflow_id,
            hash_names=hash_names,
        )
        found.problems += problems
    elif found.votes is None:
        found.votes, problems = read_votes_table(labels, columns, hash_names=hash_names)
        found.problems += problems
    kind = _EXPORT if exported else "tidy table"
    found.facts.append((str(labels), f"{kind}: {counted(len(found.votes), 'vote')}"))


def _check_votes(found: CrowdTables, marks: Path, labels: Path) -> None:
    """Check that some vote is on a mark; that some are on none is told row by row."""
    if found.votes is None or not len(found.votes):
        raise ValueError(f"{labels}: there is no vote in it")
    if "mark_id" not in found.marks:
        raise ValueError(
            f"{marks}: the votes in {labels} name marks by mark_id, and no column of the marks has "
            "it: give --columns mark_id=NAME"
        )
    if not found.votes["mark_id"].isin(found.marks["mark_id"]).any():
        votes, own = (table["mark_id"].iloc[0] for table in (found.votes, found.marks))
        raise ValueError(
            f"{labels}: none of its votes is on a mark of {marks}: they name marks as {votes!r}, "
            f"and the marks are called as {own!r}"
        )


def _of_subjects(columns: Mapping[str, str]) -> dict[str, str]:
    """Return what is said of the subjects' columns; the rest is for tidy tables."""
    return {_OF_SUBJECTS[role]: name for role, name in columns.items() if role in _OF_SUBJECTS}


def _refuse(path: Path, what: str, options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if value:
            raise ValueError(f"{path} {what}, with which {name} does not go; leave it out")
