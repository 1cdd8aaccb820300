"""The annotations of one classification, flattened: marks, and answers to questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crystalviz.consensus.zooniverse.shapes import centre_of

_GEOMETRY = {"x", "x1", "x_center", "points", "pathX", "toolType", "tool", "toolIndex"}


@dataclass
class Drawn:
    """One mark: its place in the subject, the tool, and the answers to its sub-tasks."""

    task: str
    frame: int
    x: float
    y: float
    radius: float
    tool: Any
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Annotations:
    """What one volunteer said of one subject.

    Attributes
    ----------
    marks : list of Drawn
    answers : dict of task to answer
        One answer, or a list of them where several could be ticked; None where it was skipped.
    blank : set of str
        Tasks with an empty list: a drawing task in which nothing was marked, or nothing ticked.
    problems : list of str
        Marks that could not be read.
    """

    marks: list[Drawn] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def read_annotations(text: str) -> Annotations:
    """Read the column `annotations` of an export, of either classifier.

    Raises
    ------
    ValueError
        When it is no JSON list of tasks.
    """
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise ValueError(f"its annotations are no JSON ({error})") from None
    if not isinstance(tasks, list):
        raise ValueError("its annotations are no list of tasks")
    found = Annotations()
    places: dict[tuple[str, int], Drawn] = {}
    later = []
    for task in _flat(tasks):
        value, name = task.get("value"), str(task.get("task", ""))
        if task.get("markIndex") is not None:
            # Classifier 2.0 keeps the answers to a mark's sub-tasks beside the marks.
            later.append((name, task["markIndex"], value))
        elif isinstance(value, list) and value and all(map(_is_mark, value)):
            for number, shape in enumerate(value):
                drawn = _drawn(name, shape, found.problems)
                if drawn is not None:
                    places[name, number] = drawn
                    found.marks.append(drawn)
        elif value == []:
            found.blank.add(name)
        else:
            found.answers[name] = _answer(value)
    for name, number, value in later:
        owner = places.get((name.split(".")[0], number))
        if owner is not None:
            owner.answers[name.split(".")[-1]] = _answer(value)
    return found


def _flat(tasks: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every task; those inside a combination too."""
    for task in tasks:
        if not isinstance(task, Mapping):
            raise ValueError("its annotations hold something that is no task")
        value = task.get("value")
        nested = (
            isinstance(value, list)
            and value
            and all(isinstance(one, Mapping) and "task" in one and "value" in one for one in value)
        )
        if nested:
            yield from _flat(value)  # type: ignore[arg-type]
        else:
            yield task


def _is_mark(value: Any) -> bool:
    return isinstance(value, Mapping) and not _GEOMETRY.isdisjoint(value)


def _drawn(task: str, shape: Mapping[str, Any], problems: list[str]) -> Drawn | None:
    try:
        x, y, radius = centre_of(shape)
    except (ValueError, KeyError, TypeError) as error:
        problems.append(str(error) if isinstance(error, ValueError) else "a mark without a place")
        return None
    tool = next(
        (
            shape[name]
            for name in ("tool_label", "tool", "toolIndex")
            if shape.get(name) is not None
        ),
        None,
    )
    details = shape.get("details") or []
    answers = {
        str(i): _answer(one["value"])
        for i, one in enumerate(details)
        if isinstance(one, Mapping) and "value" in one
    }
    frame = shape.get("frame")
    return Drawn(task, frame if isinstance(frame, int) else 0, x, y, radius, tool, answers)


def _answer(value: Any) -> Any:
    """Return an answer as text, number or a list of them; a drop-down's is what was chosen."""
    if isinstance(value, Mapping):
        return _answer(value.get("value", value.get("label")))
    if isinstance(value, list):
        return [_answer(one) for one in value]
    return value
