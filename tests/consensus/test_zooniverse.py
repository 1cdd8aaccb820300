from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from tests.consensus.zooniverse_rows import drawn, point, row, write

from crystalviz.consensus import MarkConsensus, read_zooniverse


def test_marks_land_on_the_whole_image_and_an_empty_read_stays(tmp_path: Path) -> None:
    path = write(
        tmp_path / "marks.csv",
        [row(1, [drawn(point(10, 20.5))]), row(2, [drawn()], user="bob"), row(3, [drawn()])],
    )
    found = read_zooniverse(path)
    assert found.marks[["image_id", "x", "y", "volunteer_id", "mark_id"]].values.tolist() == [
        ["grain.tif", 202.0, 420.5, "ann", "1.0"]
    ]
    assert found.reads[["classification_id", "x0", "y0", "width", "height"]].values.tolist() == [
        ["1", 192.0, 400.0, 384.0, 256.0],
        ["2", 192.0, 400.0, 384.0, 256.0],
        ["3", 192.0, 400.0, 384.0, 256.0],
    ]
    assert str(found.layout) == "image from '#Filename'; corner from 'X Offset', 'Y Offset'"
    assert "label" not in found.marks


@pytest.mark.parametrize(
    ("shape", "place", "radius"),
    [
        ({"x": 5, "y": 6, "r": 3}, (5, 6), 3.0),
        ({"x": 5, "y": 6, "rx": 8, "ry": 2}, (5, 6), 4.0),
        ({"x": 10, "y": 20, "width": 6, "height": 4}, (13, 22), None),
        ({"x_center": 10, "y_center": 20, "width": 6, "height": 4}, (10, 20), None),
        ({"x1": 0, "y1": 0, "x2": 10, "y2": 4}, (5, 2), None),
        ({"points": [{"x": 0, "y": 0}, {"x": 4, "y": 0}, {"x": 1, "y": 8}]}, (2, 4), None),
        ({"pathX": [1, 2, 7], "pathY": [0, 10, 2]}, (4, 5), None),
    ],
)
def test_every_shape_has_its_centre(
    tmp_path: Path, shape: dict[str, Any], place: tuple[float, float], radius: float | None
) -> None:
    path = write(tmp_path / "m.csv", [row(1, [drawn({"tool": 0, **shape})], told={"a": 1})])
    marks = read_zooniverse(path).marks
    assert marks[["x", "y"]].values.tolist() == [list(place)]
    if radius is None:
        assert "radius" not in marks
    else:
        assert marks.loc[0, "radius"] == radius


def test_sub_tasks_of_both_classifiers_label_marks(tmp_path: Path) -> None:
    old = [drawn(point(1, 1, details=[{"value": 2}]), point(2, 2, details=[{"value": 0}]))]
    new = [
        drawn(
            {"x": 3, "y": 3, "toolIndex": 0, "toolType": "point", "details": [{"task": "T0.0.0"}]},
            {"x": 4, "y": 4, "toolIndex": 0, "toolType": "point", "details": [{"task": "T0.0.0"}]},
        ),
        {"task": "T0.0.0", "taskType": "single", "markIndex": 1, "value": 0},
        {"task": "T0.0.0", "taskType": "single", "markIndex": 0, "value": 1},
    ]
    told = {"a": 1}
    path = write(tmp_path / "m.csv", [row(1, old, told=told)])
    assert read_zooniverse(path).marks["label"].tolist() == [2, 0]
    path = write(tmp_path / "n.csv", [row(2, new, told=told)])
    assert read_zooniverse(path).marks["label"].tolist() == [1, 0]


def test_several_tools_label_marks_unless_asked_otherwise(tmp_path: Path) -> None:
    marks = drawn(point(1, 1), point(2, 2, tool_label="Cluster", details=[{"value": 1}]))
    path = write(tmp_path / "m.csv", [row(1, [marks])])
    assert read_zooniverse(path).marks["label"].tolist() == ["Spot", "Cluster"]
    assert read_zooniverse(path, label="detail").marks["label"].tolist()[1] == 1
    assert "label" not in read_zooniverse(path, label="none").marks


def test_questions_inside_combinations_are_answers(tmp_path: Path) -> None:
    combo = {
        "task": "T9",
        "taskType": "combo",
        "value": [
            {"task": "T1", "value": "Yes"},
            {"task": "T2", "value": ["a", "b"]},
            {"task": "T3", "value": None},
            drawn(point(1, 1)),
        ],
    }
    found = read_zooniverse(write(tmp_path / "m.csv", [row(1, [combo])]))
    assert found.answers["task"].tolist() == ["T1", "T2", "T2", "T3"]
    assert found.answers["answer"].tolist()[:3] == ["Yes", "a", "b"]
    assert found.answers["answer"].isna().tolist() == [False, False, False, True]
    assert len(found.marks) == 1


def test_frames_behind_the_first_are_images_of_their_own(tmp_path: Path) -> None:
    marks = drawn(point(1, 1), point(2, 2, frame=1))
    found = read_zooniverse(write(tmp_path / "m.csv", [row(1, [marks])]))
    assert found.marks["image_id"].tolist() == ["grain.tif", "grain.tif#1"]


def test_broken_rows_are_listed_with_their_number_and_reason(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.csv",
        [
            row(1, [drawn(point(1, 1))]),
            row(2, "__import__('os').system('true')"),
            row(3, "{}"),
            [*row(4, [drawn()]), "one too many"],
            row(5, [drawn(point(1, None), point(5, 5))]),
            row(6, [drawn(point(1, 1))], subject="8", told={"#Filename": "b", "X Offset": ""}),
        ],
    )
    found = read_zooniverse(path)
    assert [p.row for p in found.problems] == [3, 4, 5, 6, 7]
    reasons = [p.reason for p in found.problems]
    assert "no JSON" in reasons[0]
    assert reasons[1] == "its annotations are no list of tasks"
    assert reasons[2] == "it has 10 columns, the heading has 9"
    assert reasons[3] == "a coordinate is None, no number"
    assert "subject 8 has no corner" in reasons[4]
    assert found.marks["classification_id"].tolist() == ["1", "5"]


def test_versions_are_text_and_names_are_hashed_on_request(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.csv",
        [row(1, [drawn(point(1, 1))]), row(2, [drawn(point(2, 2))], version="44.1")],
    )
    found = read_zooniverse(path, versions={"44.1"}, hash_names=True)
    assert found.marks["classification_id"].tolist() == ["2"]
    assert "ann" not in found.reads.to_csv()
    assert found.marks.loc[0, "volunteer_id"].startswith("volunteer-")


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no classification export of Zooniverse"):
        read_zooniverse(other)
    with pytest.raises(ValueError, match="no column 'left' for x"):
        read_zooniverse(write(tmp_path / "m.csv", [row(1, [drawn()])]), subjects={"x": "left"})


def test_an_export_goes_straight_into_the_consensus(tmp_path: Path) -> None:
    rows = [row(i, [drawn(point(100 + i % 2, 50 + i % 3))], user=f"reader {i}") for i in range(6)]
    rows.append(row(6, [drawn()], user="reader 6"))
    found = read_zooniverse(write(tmp_path / "m.csv", rows))
    instances = MarkConsensus().fit(found.marks, found.votes, found.reads).instances_
    assert len(instances) == 1
    assert instances.loc[0, ["n_marks", "n_chances"]].tolist() == [6, 7]
    assert instances.loc[0, "x"] == pytest.approx(192 + 100.5, abs=0.3)


def test_the_garbage_collector_is_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row(1, [drawn(point(1, 1))])])
    assert gc.isenabled()
    read_zooniverse(path)
    assert gc.isenabled()
    with pytest.raises(FileNotFoundError):
        read_zooniverse(tmp_path / "none.csv")
    assert gc.isenabled()
    gc.disable()
    try:
        read_zooniverse(path)
        assert not gc.isenabled()
    finally:
        gc.enable()
