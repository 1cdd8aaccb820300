"""The usable rows of one export, in columns, and what it tells of their subjects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse.annotations import Annotations, read_annotations
from crystalviz.consensus.zooniverse.files import Cell, read_rows, text_of

_DIMENSIONS = re.compile(r'"subject_dimensions":\s*(\[[^\]]*\])')

Size = tuple[float, float]


@dataclass
class Chosen:
    """Which rows of an export to take, and whether to hide who made them."""

    workflow_id: str | int | None = None
    versions: Collection[str] | None = None
    hash_names: bool = False

    def workflow(self, number: str, version: str) -> tuple[str, str] | None:
        """Return a workflow's id and major version; None where its rows are not wanted."""
        if self.workflow_id is not None and number != str(self.workflow_id):
            return None
        # As text: 44.10 comes nine versions after 44.1.
        if self.versions is not None and version not in self.versions:
            return None
        return number, version.split(".")[0]

    def volunteer(self, name: str) -> str:
        """Return a volunteer's name, or what stands in its place."""
        if self.hash_names:
            return f"volunteer-{hashlib.blake2b(name.encode(), digest_size=5).hexdigest()}"
        return name


@dataclass
class Classifications:
    """The usable rows of an export; n of them.

    Attributes
    ----------
    number : list of int, n
        The row in the file; the heading is row 1.
    ids, volunteers, subjects : lists of str, n
    workflows : list of (workflow id, major version), n
        A workflow's tasks change from one major version to the next, and keep their names.
    annotations : list of Annotations, n
    subject_data : dict of subject to its metadata
    sizes : dict of subject to the natural sizes of its pictures, pixels; None where not told
    problems : list of Problem
        Rows and marks that were set aside.
    """

    number: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    volunteers: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    workflows: list[tuple[str, str]] = field(default_factory=list)
    annotations: list[Annotations] = field(default_factory=list)
    subject_data: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sizes: dict[str, list[Size | None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_classifications(
    path: Path, table: str, chosen: Chosen, *, sizes: bool = True
) -> Classifications:
    """Read an export; the sizes of its pictures only if they are wanted.

    Raises
    ------
    FileNotFoundError, ValueError
        When the file is missing, is no export, or no row of it can be used.
    """
    found = Classifications()
    problems = found.problems
    first_row: dict[str, int] = {}
    # The same cells come again and again: each is read once.
    said: dict[Cell, Annotations] = {}
    subjects: dict[Cell, str] = {}
    volunteers: dict[str, str] = {}
    workflows: dict[tuple[str, str], tuple[str, str] | None] = {}
    left_out = 0
    for number, cells in read_rows(path):
        if isinstance(cells, str):
            if cells:
                problems.append(Problem(table, number, cells))
            continue
        key = cells.workflow_id, cells.workflow_version
        if key not in workflows:
            workflows[key] = chosen.workflow(*key)
        workflow = workflows[key]
        if workflow is None:
            left_out += 1
            continue
        identity = cells.classification_id
        again = first_row.setdefault(identity, number)
        if again != number:
            reason = f"its classification stands in row {again} already"
            problems.append(Problem(table, number, reason))
            continue
        try:
            annotations = said.get(cells.annotations)
            if annotations is None:
                annotations = read_annotations(text_of(cells.annotations))
                said[cells.annotations] = annotations
            subject = subjects.get(cells.subject_ids)
            if subject is None:
                # Of several in one classification the first.
                subject = text_of(cells.subject_ids).split(";")[0].strip()
                found.subject_data[subject] = _metadata(cells.subject_data, subject)
                subjects[cells.subject_ids] = subject
        except ValueError as error:
            problems.append(Problem(table, number, str(error)))
            continue
        if annotations.problems:
            problems += [Problem(table, number, reason) for reason in annotations.problems]
        if sizes and subject not in found.sizes and (told := _sizes(cells.metadata)):
            found.sizes[subject] = told
        # Nobody knows whether two without a name are one.
        name = cells.volunteer or f"unknown-{identity}"
        volunteer = volunteers.get(name)
        if volunteer is None:
            volunteer = volunteers[name] = chosen.volunteer(name)
        found.number.append(number)
        found.ids.append(identity)
        found.volunteers.append(volunteer)
        found.subjects.append(subject)
        found.workflows.append(workflow)
        found.annotations.append(annotations)
    if not found.number:
        raise ValueError(f"{path}: no classification in it can be used{_why(found, left_out)}")
    return found


def _why(found: Classifications, left_out: int) -> str:
    if found.problems:
        return f": row {found.problems[0].row}: {found.problems[0].reason}"
    return f": none of its {left_out} rows is of the wanted workflow and version" * bool(left_out)


def _metadata(cell: Cell, subject: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text_of(cell))
        own = told.get(subject) or next(iter(told.values()))
    except (ValueError, AttributeError, StopIteration, RecursionError):
        raise ValueError("its subject_data is no JSON of a subject") from None
    if not isinstance(own, Mapping):
        raise ValueError("its subject_data is no JSON of a subject")
    return {name: value for name, value in own.items() if name != "retired"}


def _sizes(metadata: Cell) -> list[Size | None]:
    """Return the natural size of each picture of a subject, None of those that were not shown."""
    if isinstance(metadata, bytes):
        # Nearly all of it is of no use here.
        start = metadata.find(b'""subject_dimensions')
        metadata = metadata[start : metadata.find(b"]", start) + 1] if start >= 0 else b""
    told = _DIMENSIONS.search(text_of(metadata))
    try:
        return [
            (float(one["naturalWidth"]), float(one["naturalHeight"])) if one else None
            for one in (json.loads(told[1]) if told else ())
        ]
    except (KeyError, TypeError, ValueError):
        return []
