"""Tasks of all kinds beside the drawing: named, and used only for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.consensus.zooniverse_rows import drawn, point, row, write

from crystalviz.consensus import read_zooniverse


def test_tasks_of_other_kinds_are_named_and_make_no_marks(tmp_path: Path) -> None:
    said = [
        drawn(point(1, 1)),
        {"task": "T1", "value": [{"choice": "LION", "answers": {"N": "1"}, "filters": {}}]},
        {"task": "T2", "value": [{"value": "c3f", "label": "Oak", "option": True}]},
        {"task": "T3", "taskType": "text", "value": "what a day"},
        {"task": "T4", "taskType": "dropdown-simple", "value": {"selection": 6, "option": True}},
        {"task": "T5", "value": 3},
        {"task": "T6", "value": []},
    ]
    found = read_zooniverse(write(tmp_path / "m.csv", [row(1, said)]))
    assert found.tasks[["task", "kind", "used"]].values.tolist() == [
        ["T0", "drawing", True],
        ["T1", "survey", False],
        ["T2", "dropdown", False],
        ["T3", "text", False],
        ["T4", "dropdown", False],
        ["T5", "question", False],
        ["T6", "empty", False],
    ]
    answers = dict(zip(found.answers["task"], found.answers["answer"], strict=True))
    assert answers == {"T1": "LION", "T2": "Oak", "T3": "what a day", "T4": 6, "T5": 3}
    assert len(found.marks) == 1
    assert "used: T0 (drawing, 1 classification of the marks in workflow 31)" in found.summary()
    assert "T3 (text" in found.summary()


def test_a_name_that_was_a_question_in_another_version_makes_no_empty_reads(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "m.csv",
        [
            row(1, [{"task": "T0", "value": ["a lion"]}], version="12.5"),
            row(2, [{"task": "T0", "value": []}], version="12.7"),
            row(3, [drawn(point(1, 1))], version="13.1"),
            row(4, [drawn()], version="13.2"),
            # Nobody marked anything in this version: the other ones tell what the task is.
            row(5, [drawn()], version="14.1"),
        ],
    )
    found = read_zooniverse(path)
    assert found.reads["classification_id"].tolist() == ["3", "4", "5"]


def test_a_task_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.csv",
        [row(1, [drawn(point(1, 1)), drawn(point(9, 9), task="T7"), {"task": "T1", "value": "a"}])],
    )
    assert read_zooniverse(path, task="T7").marks["x"].tolist() == [201.0]
    with pytest.raises(ValueError, match="no drawing task 'T1'; it has T0, T7"):
        read_zooniverse(path, task="T1")


def test_an_export_without_marks_says_why_it_has_none(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row(1, [{"task": "T0", "value": "a"}])])
    found = read_zooniverse(path)
    assert len(found.marks) == len(found.reads) == 0
    assert found.summary().startswith("no marks: no task of it is a drawing")
    path = write(tmp_path / "n.csv", [row(1, [{**drawn(), "taskType": "drawing"}])])
    found = read_zooniverse(path)
    assert len(found.reads) == 1
    assert found.summary().startswith("no marks: nobody made any")


def test_a_workflow_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row(1, [drawn(point(1, 1))])])
    with pytest.raises(ValueError, match="none of its 1 rows is of the wanted workflow"):
        read_zooniverse(path, workflow_id=9)


def test_rows_that_stand_twice_count_once(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row(1, [drawn(point(1, 1))]), row(1, [drawn(point(1, 1))])])
    found = read_zooniverse(path)
    assert found.marks["mark_id"].tolist() == ["1.0"]
    assert [(p.row, p.reason) for p in found.problems] == [
        (3, "its classification stands in row 2 already")
    ]


def test_marks_without_a_place_are_told_one_by_one(tmp_path: Path) -> None:
    marks = [None, {"y": 4, "tool": 1}, {"tool": 0, "pathX": [1, 2], "pathY": [1]}, point(5, 5)]
    said = [{"task": "T0", "value": marks}]
    found = read_zooniverse(write(tmp_path / "m.csv", [row(1, said)]))
    assert [problem.reason for problem in found.problems] == [
        "a mark is None",
        "a mark without a place (tool, y)",
        "a line with 2 x and 1 y",
    ]
    assert found.marks["x"].tolist() == [197.0]


def test_a_tool_without_words_is_known_by_its_number(tmp_path: Path) -> None:
    mark = {"x_center": 4, "y_center": 5, "r": 3, "toolType": "circle", "tool_label": ""}
    path = write(tmp_path / "m.csv", [row(1, [drawn({**mark, "toolIndex": i}) for i in (0, 1)])])
    found = read_zooniverse(path).marks
    assert found["label"].tolist() == [0, 1]
    assert found["radius"].tolist() == [3.0, 3.0]


def test_labels_with_gaps_stay_as_they_are(tmp_path: Path) -> None:
    marks = drawn(point(1, 1, details=[{"value": 2}]), point(2, 2, details=[]))
    label = read_zooniverse(write(tmp_path / "m.csv", [row(1, [marks])])).marks["label"]
    assert label.tolist() == [2, None]
    assert isinstance(label[0], int)
