"""A split written as CSV comes back; foreign and wrong files are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crystalviz.images import ArraySet, Split, read_split, write_split

NAMES = ["pg/PG (1).png", "pg/PG (2).png", 'odd, "name".png', "cex/CEX (1).png"]
IMAGES = ArraySet([np.zeros((1, 1), np.uint8)] * 4, NAMES)


def text_file(folder: Path, *lines: str) -> Path:
    path = folder / "split.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_there_and_back(tmp_path: Path):
    split = Split(np.array([3, 0]), np.array([2]), np.array([1]))
    path = write_split(split, IMAGES, tmp_path / "split.csv")
    assert path.read_text("utf-8").splitlines() == [
        "image_id,part",
        "pg/PG (1).png,train",
        "pg/PG (2).png,test",
        '"odd, ""name"".png",validation',
        "cex/CEX (1).png,train",
    ]
    back = read_split(path, IMAGES)
    assert {name: part.tolist() for name, part in back.items()} == {
        **{"train": [0, 3], "validation": [2], "test": [1]}
    }
    assert list(back) == ["train", "validation", "test"]
    assert [item.name for item in tmp_path.iterdir()] == ["split.csv"]


def test_foreign_columns_parts_and_bare_names(tmp_path: Path):
    path = text_file(tmp_path, "File;Split", "CEX (1).png;holdout", "pg/PG (2).png;train", "x;")
    path.write_text(path.read_text().replace("x;", "pg/PG (1).png;"))
    back = read_split(path, IMAGES)
    assert {name: part.tolist() for name, part in back.items()} == {"train": [1], "holdout": [3]}


def test_what_is_wrong_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: there is no such CSV file"):
        read_split(tmp_path / "none.csv", IMAGES)
    with pytest.raises(ValueError, match="no column with parts; it has 'image_id', 'label'"):
        read_split(text_file(tmp_path, "image_id,label", "pg/PG (1).png,x"), IMAGES)
    path = text_file(tmp_path, "image_id,part", "pg/PG (1).png,train", "PG (1).png,test")
    with pytest.raises(ValueError, match="has two parts, 'train' and 'test'; keep one row"):
        read_split(path, IMAGES)
    path = text_file(tmp_path, "image_id,part", "pg/PG (1).png,train", "gone.png,test")
    with pytest.raises(ValueError, match="1 of its 2 rows name no image of this folder"):
        read_split(path, IMAGES)
    with pytest.raises(ValueError, match="no image has a part"):
        read_split(text_file(tmp_path, "image_id,part", "pg/PG (1).png,"), IMAGES)


def test_files_that_were_set_aside_may_be_named(tmp_path: Path):
    images = ArraySet([np.zeros((1, 1), np.uint8)], ["good.png"])
    images.problems.append(("bad.png", "empty"))
    path = text_file(tmp_path, "image_id,part", "good.png,train", "bad.png,test")
    assert {name: part.tolist() for name, part in read_split(path, images).items()} == {
        "train": [0]
    }
