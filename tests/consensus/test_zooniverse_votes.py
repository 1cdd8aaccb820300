"""Votes on marks: the answers about crops that show them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.consensus.zooniverse_rows import HEADING, drawn, point, row, write

from crystalviz.consensus import read_zooniverse
from crystalviz.consensus.zooniverse import read_zooniverse_votes
from crystalviz.datasets import synthetic_marks


def test_votes_reach_their_marks_by_id_or_by_place(tmp_path: Path) -> None:
    marks = write(tmp_path / "m.csv", [row(1, [drawn(point(10, 20), point(50, 60))])])
    said = [{"task": "T0", "value": "cluster"}]
    by_id = write(
        tmp_path / "a.csv",
        [
            row(5, said, subject="70", told={"#mark_id": "1.1"}),
            row(6, said, subject="71", told={"#mark_id": "9.9"}),
        ],
    )
    found = read_zooniverse(marks, by_id, label="none")
    assert found.votes.values.tolist() == [["1.1", "ann", "cluster"]]
    assert found.problems[0].reason == "subject 71 shows no mark of the first export"
    place = {"#Filename": "grain.tif", "X Offset": "202.2", "Y Offset": "420.1"}
    by_place = write(tmp_path / "b.csv", [row(7, said, subject="72", told=place)])
    assert read_zooniverse(marks, by_place).votes["mark_id"].tolist() == ["1.0"]
    neither = write(tmp_path / "c.csv", [row(8, said, subject="73", told={"colour": "red"})])
    with pytest.raises(ValueError, match="which mark they show"):
        read_zooniverse(marks, neither)


MARKS = pd.DataFrame({"image_id": [1, 1], "x": [10.0, 50.0], "y": [20.0, 60.0], "mark_id": [7, 8]})


def said(*answers: tuple[str, object]) -> list[dict[str, object]]:
    return [{"task": task, "value": value} for task, value in answers]


def test_votes_on_marks_from_elsewhere_keep_their_ids(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.csv",
        [
            row(1, said(("T0", 3)), subject="70", told={"mark_id": "8"}),
            row(2, said(("T0", None)), subject="70", told={"mark_id": "8"}),
            row(3, said(("T0", 1)), subject="71", told={"mark_id": "9"}),
        ],
    )
    votes, problems = read_zooniverse_votes(path, MARKS, hash_names=True)
    assert votes[["mark_id", "label"]].values.tolist() == [[8, 3]]
    assert votes.loc[0, "volunteer_id"].startswith("volunteer-")
    assert [problem.row for problem in problems] == [4]
    with pytest.raises(ValueError, match="the table of marks lacks mark_id"):
        read_zooniverse_votes(path, MARKS.drop(columns="mark_id"))


def test_crops_may_be_told_by_their_corner(tmp_path: Path) -> None:
    told = {"image": "1", "x0": "34", "y0": "44", "width": "32", "height": "32"}
    path = write(tmp_path / "labels.csv", [row(1, said(("T0", "a")), subject="70", told=told)])
    votes, _ = read_zooniverse_votes(path, MARKS)
    assert votes["mark_id"].tolist() == [8]


def test_of_several_questions_the_most_answered_makes_the_votes(tmp_path: Path) -> None:
    marks = write(tmp_path / "m.csv", [row(7, [drawn(point(1, 1))])])
    rows = [
        row(1, said(("T0", "lost"), ("T1", "cluster"), ("T2", "pretty")), told={"mark_id": "7.0"}),
        row(2, said(("T1", "atom")), user="bob", told={"mark_id": "7.0"}),
    ]
    path = write(tmp_path / "labels.csv", rows)
    found = read_zooniverse(marks, path, task="T0")
    assert found.votes["label"].tolist() == ["cluster", "atom"]
    used = found.tasks[found.tasks["used"]]
    assert used[["export", "task"]].values.tolist() == [["marks", "T0"], ["labels", "T1"]]
    asked = read_zooniverse(marks, path, task="T0", labels_task="T0")
    assert asked.votes["label"].tolist() == ["lost"]
    assert read_zooniverse(marks, path, task="T2").votes["label"].tolist() == ["pretty"]
    with pytest.raises(ValueError, match="no question 'T9'; it has T0, T1, T2"):
        read_zooniverse_votes(path, MARKS, task="T9")


def test_one_file_may_hold_both_workflows(tmp_path: Path) -> None:
    mark = row(1, [drawn(point(10, 20))], told={"image": "a"})
    vote = row(2, said(("T0", "atom")), subject="70", told={"mark_id": "1.0"})
    vote[HEADING.index("workflow_id")] = "32"
    path = write(tmp_path / "project.csv", [mark, vote])
    found = read_zooniverse(path, path, workflow_id=31, labels_workflow_id="32")
    assert found.votes.values.tolist() == [["1.0", "ann", "atom"]]
    assert len(found.marks) == 1


def test_a_generated_project_comes_back_as_it_was_made(tmp_path: Path) -> None:
    scene = synthetic_marks("hard", images=2, per_image=12, size=900, volunteers=30, seed=3)
    marks_csv, labels_csv = scene.save(tmp_path)[:2]
    found = read_zooniverse(marks_csv, labels_csv)
    assert not found.problems
    assert (
        found.marks[["x", "y"]].to_numpy() - scene.marks[["x", "y"]].to_numpy()
    ).__abs__().max() < 1e-3
    assert found.marks["volunteer_id"].tolist() == scene.marks["volunteer_id"].tolist()
    assert len(found.reads) == len(scene.reads)
    assert found.votes["label"].tolist() == scene.votes["label"].tolist()
    row_of = {mark: i for i, mark in enumerate(found.marks["mark_id"])}
    assert [row_of[mark] for mark in found.votes["mark_id"]] == scene.votes["mark_id"].tolist()
