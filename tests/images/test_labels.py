"""Labels from a CSV or a dict."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import crystal, write

from crystalviz.images import ImageSet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("x/a.png", "x/b.png", "y/a.png", "y/c.png"):
        write(tmp_path / "images" / name, crystal())
    return tmp_path / "images"


def labelled(folder: Path, text: str, encoding: str = "utf-8") -> ImageSet:
    table = folder.parent / "labels.csv"
    table.write_text(text, encoding=encoding)
    return ImageSet.from_folder(folder, labels=table)


@pytest.mark.parametrize(
    "text",
    [
        "image_id,label\nx/a.png,PG\nb.png, CEX \ny/a.png,PG\n",
        "filename;class_label;note\nx\\a.png;PG;1\nb.png;CEX;2\ny/a.png;PG;3\n",
        "\ufeffClass\tFile\nPG\t./x/a.png\nCEX\tb.png\nPG\ty/a.png\n",
        "image_id,label\r\nx/a.png,PG\r\nx/b.png,CEX\r\n\r\ny/a.png,PG\r\nc.png,\r\n",
    ],
)
def test_csv(folder: Path, text: str):
    images = labelled(folder, text)
    assert images.labels == ["PG", "CEX", "PG", None]
    assert images.problems == []


def test_csv_in_the_image_folder(folder: Path):
    (folder / "classes.csv").write_text("file,label\nb.png,CEX\n")
    assert ImageSet.from_folder(folder, labels="classes.csv").labels == [None, "CEX", None, None]


def test_dict(folder: Path):
    images = ImageSet.from_folder(folder, labels={"x/a.png": "PG", "c.png": "CEX"})
    assert images.labels == ["PG", None, None, "CEX"]


def test_missing_columns_are_named(folder: Path):
    with pytest.raises(ValueError, match=r"labels\.csv: no column with labels; it has 'file', 'x'"):
        labelled(folder, "file,x\na,b\n")
    with pytest.raises(ValueError, match="no column with file names; it has 'a', 'label'"):
        labelled(folder, "a,label\na,b\n")
    with pytest.raises(ValueError, match="it has none"):
        labelled(folder, "")


def test_unknown_files_are_listed_and_all_unknown_is_an_error(folder: Path):
    images = labelled(folder, "file,label\nb.png,CEX\nz.png,PG\nx/z.png,PG\n")
    assert images.labels[1] == "CEX"
    ((where, reason),) = images.problems
    assert where.endswith("labels.csv")
    assert "2 of its 3 rows name no image of this folder, first 'z.png', 'x/z.png'" in reason
    with pytest.raises(ValueError, match=r"none of its 1 rows .* 'z\.png'; the folder has 'x/a"):
        labelled(folder, "file,label\nz.png,PG\n")


def test_a_row_for_a_file_that_was_set_aside_is_no_stranger(folder: Path):
    (folder / "x" / "bad.png").write_bytes(b"")
    images = labelled(folder, "file,label\nb.png,CEX\nbad.png,PG\n")
    assert [name for name, _ in images.problems] == ["x/bad.png"]


def test_ambiguous_and_contradicting_rows(folder: Path):
    with pytest.raises(ValueError, match=r"'a\.png' could be x/a\.png or y/a\.png"):
        labelled(folder, "file,label\na.png,PG\n")
    with pytest.raises(ValueError, match="has two labels, 'CEX' and 'PG'"):
        labelled(folder, "file,label\nb.png,CEX\nx/b.png,PG\n")


def test_no_such_csv_and_wrong_encoding(folder: Path):
    with pytest.raises(FileNotFoundError, match="no such CSV file; labels is 'parent'"):
        ImageSet.from_folder(folder, labels="Parent")
    with pytest.raises(ValueError, match="not UTF-8"):
        labelled(folder, "file,label\nb.png,größe\n", encoding="latin-1")
