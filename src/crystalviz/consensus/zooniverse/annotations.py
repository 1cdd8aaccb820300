"""The annotations of one classification, flattened: marks, and answers to questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crystalviz.consensus.zooniverse.shapes import centre_of

_GEOMETRY = {"x", "x1", "x_center", "points", "pathX", "toolType", "tool", "toolIndex"}
# Classifier 2.0 names a task's type; these are the ones whose answers are no choice.
_WRITTEN = {"text", "transcription", "highlighter"}


@dataclass(slots=True)
class Drawn:
    """One mark: its place in the subject, the tool, and the answers to its sub-tasks."""

    task: str
    frame: int
    x: float
    y: float
    radius: float
    tool: Any
    answers: dict[str, Any]


@dataclass(slots=True)
class Annotations:
    """What one volunteer said of one subject.

    Attributes
    ----------
    marks : list of Drawn
    answers : dict of task to answer
        One answer, or a list of them where several could be ticked; None where it was skipped.
    blank : set of str
        Tasks with an empty list: a drawing task in which nothing was marked, or nothing ticked.
    kinds : dict of task to str
        "drawing", "question", "survey", "dropdown" or "text", of tasks whose value tells; "" of
        the others: nothing marked, nothing ticked, or skipped.
    problems : list of str
        Marks that could not be read.
    """

    marks: list[Drawn] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)
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
    except (ValueError, RecursionError) as error:
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
            continue
        kind = _kind(task, value)
        if kind or name not in found.kinds:
            found.kinds[name] = kind
        if kind == "drawing":
            for number, shape in enumerate(task["value"]):
                drawn = _drawn(name, shape, found.problems)
                if drawn is not None:
                    places[name, number] = drawn
                    found.marks.append(drawn)
        if value == []:
            found.blank.add(name)
        elif kind != "drawing":
            found.answers[name] = _answer(value)
    for name, number, value in later:
        owner = places.get((name.split(".")[0], number)) if isinstance(number, int) else None
        if owner is not None:
            owner.answers[name.split(".")[-1]] = _answer(value)
    return found


def _flat(tasks: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every task; those inside a combination too."""
    for task in tasks:
        if not isinstance(task, dict):
            raise ValueError("its annotations hold something that is no task")
        value = task.get("value")
        if isinstance(value, list) and value and all(map(_is_task, value)):
            yield from _flat(value)
        else:
            yield task


def _is_task(value: Any) -> bool:
    return isinstance(value, dict) and "task" in value and "value" in value


def _kind(task: Mapping[str, Any], value: Any) -> str:
    """Return what kind of task this is, as far as this one answer to it tells."""
    declared = task.get("taskType") or task.get("task_type")
    if isinstance(value, list):
        if declared == "drawing" or (any(map(_is_mark, value)) and all(map(_may_be_mark, value))):
            return "drawing"
        if not value:
            return ""
    if declared in _WRITTEN:
        return "text"
    first = value[0] if isinstance(value, list) else value
    if isinstance(first, dict):
        return "survey" if "choice" in first else "dropdown" if "option" in first else "text"
    return "" if value is None else "question"


def _is_mark(value: Any) -> bool:
    return isinstance(value, dict) and not _GEOMETRY.isdisjoint(value)


def _may_be_mark(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _drawn(task: str, shape: Any, problems: list[str]) -> Drawn | None:
    if not isinstance(shape, dict):
        problems.append(f"a mark is {shape!r}")
        return None
    try:
        x, y, radius = centre_of(shape)
    except ValueError as error:
        problems.append(str(error))
        return None
    tool = shape.get("tool_label")
    if tool is None or tool == "":
        tool = shape.get("tool", shape.get("toolIndex"))
    answers = {}
    details = shape.get("details")
    if isinstance(details, list):
        for i, one in enumerate(details):
            if isinstance(one, dict) and "value" in one:
                answers[str(i)] = _answer(one["value"])
    frame = shape.get("frame")
    return Drawn(task, frame if isinstance(frame, int) else 0, x, y, radius, tool, answers)


def _answer(value: Any) -> Any:
    """Return an answer as text, number or a list of them.

    Of a survey it is what was seen, of a drop-down what was chosen: its words, where it has them.
    """
    if isinstance(value, dict):
        for name in ("choice", "label", "value", "selection"):
            if value.get(name) is not None:
                return _answer(value[name])
        return None
    if isinstance(value, list):
        return [_answer(one) for one in value]
    return value
