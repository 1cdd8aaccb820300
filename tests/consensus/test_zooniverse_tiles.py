"""Where the subjects of an export lie on their images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.consensus.zooniverse_rows import drawn, point, row, write

from crystalviz.consensus import read_zooniverse


def sizes(*pictures: tuple[int, int] | None) -> dict[str, Any]:
    return {
        "subject_dimensions": [
            None if one is None else {"naturalWidth": one[0], "naturalHeight": one[1]}
            for one in pictures
        ]
    }


def test_a_read_saw_every_picture_on_which_anyone_marked(tmp_path: Path) -> None:
    told = {"image": "grain"}
    two = sizes((300, 200), (320, 240))
    path = write(
        tmp_path / "m.csv",
        [
            row(1, [drawn(point(1, 1), point(2, 2, frame=1))], told=told, metadata=two),
            row(2, [drawn()], user="bob", told=told, metadata=two),
        ],
    )
    reads = read_zooniverse(path).reads
    assert reads[["image_id", "volunteer_id", "width", "height"]].values.tolist() == [
        ["grain", "ann", 300.0, 200.0],
        ["grain#1", "ann", 320.0, 240.0],
        ["grain", "bob", 300.0, 200.0],
        ["grain#1", "bob", 320.0, 240.0],
    ]
    together = read_zooniverse(path, frames="together")
    assert together.marks["image_id"].tolist() == ["grain", "grain"]
    assert len(together.reads) == 2
    with pytest.raises(ValueError, match="frames must be apart or together"):
        read_zooniverse(path, frames="both")


def test_marks_on_enlarged_tiles_are_scaled_where_the_tile_tells_its_size(tmp_path: Path) -> None:
    circle = {"x": 100, "y": 50, "r": 20, "tool": 0}
    told = {"image": "a", "x0": 10, "y0": 20, "tile_width": 150, "tile_height": 100}
    path = write(
        tmp_path / "m.csv", [row(1, [drawn(circle)], told=told, metadata=sizes((300, 200)))]
    )
    found = read_zooniverse(path)
    assert found.marks[["x", "y", "radius"]].values.tolist() == [[60.0, 45.0, 10.0]]
    assert found.reads[["width", "height"]].values.tolist() == [[150.0, 100.0]]
    # A width that may be the whole image's says nothing of the scale, unless one says it does.
    told = {"image": "a", "x0": 10, "y0": 20, "width": 150, "height": 100}
    path = write(
        tmp_path / "n.csv", [row(1, [drawn(circle)], told=told, metadata=sizes((300, 200)))]
    )
    assert read_zooniverse(path).marks["x"].tolist() == [110.0]
    columns = {"width": "width", "height": "height"}
    assert read_zooniverse(path, subjects=columns).marks["x"].tolist() == [60.0]


def test_pictures_of_one_name_are_not_taken_for_one_image(tmp_path: Path) -> None:
    rows = [
        row(i, [drawn(point(1, 1))], subject=str(i), told={"Filename": "IMG_1.jpg"}) for i in (1, 2)
    ]
    path = write(tmp_path / "m.csv", rows)
    found = read_zooniverse(path)
    assert found.marks["image_id"].tolist() == ["1", "2"]
    assert str(found.layout) == "each subject is an image of its own"
    asked = read_zooniverse(path, subjects={"image": "Filename"})
    assert asked.marks["image_id"].tolist() == ["IMG_1.jpg", "IMG_1.jpg"]


def test_a_tile_of_an_unnamed_image_is_set_aside(tmp_path: Path) -> None:
    place = {"x0": 1, "y0": 2}
    path = write(
        tmp_path / "m.csv",
        [
            row(1, [drawn(point(1, 1))], subject="1", told={"image": "a", **place}),
            row(2, [drawn(point(1, 1))], subject="2", told={"image": "", **place}),
        ],
    )
    found = read_zooniverse(path)
    assert found.marks["image_id"].tolist() == ["a"]
    assert [(p.row, p.reason) for p in found.problems] == [(3, "subject 2 has no image in 'image'")]


def test_columns_are_found_however_they_are_spelt(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.csv",
        [
            row(1, [drawn(point(1, 1))], subject="1", told={"#Image": "a", "!X0": "5", "//y0": 6}),
            row(2, [drawn(point(1, 1))], subject="2", told={"image": "b", "x0": "7", "y0": "8"}),
        ],
    )
    found = read_zooniverse(path)
    assert found.marks[["image_id", "x", "y"]].values.tolist() == [["a", 6.0, 7.0], ["b", 8.0, 9.0]]


def test_a_table_of_subjects_goes_before_the_export(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", [row(1, [drawn(point(1, 1))], told={"image": "a"})])
    table = tmp_path / "subjects.csv"
    table.write_text("subject_id,image,x0,y0\n7,b,100,200\n8,c,,\n")
    found = read_zooniverse(path, subjects_csv=table)
    assert found.marks[["image_id", "x", "y"]].values.tolist() == [["b", 101.0, 201.0]]
    table.write_text('subject_id,metadata\n7,"{""image"": ""c"", ""x0"": 5, ""y0"": 6}"\n')
    assert read_zooniverse(path, subjects_csv=table).marks["x"].tolist() == [6.0]
    table.write_text("id,x0\n7,5\n")
    with pytest.raises(ValueError, match=r"subjects\.csv: it has no column subject_id"):
        read_zooniverse(path, subjects_csv=table)


def test_a_size_that_only_a_later_row_tells_is_taken(tmp_path: Path) -> None:
    rows = [
        row(1, [drawn(point(1, 1))], metadata={}),
        row(2, [drawn()], user="bob", metadata=sizes((90, 80))),
        row(3, [drawn()], user="cid", metadata=sizes(None)),
    ]
    reads = read_zooniverse(write(tmp_path / "m.csv", rows)).reads
    assert reads[["width", "height"]].values.tolist() == [[90.0, 80.0]] * 3
