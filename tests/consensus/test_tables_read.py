"""Marks, votes and reads from tidy tables of every kind."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crystalviz.consensus.reading import is_export, read_decisions, read_marks
from crystalviz.images import ImageSet

CLICKS = pd.DataFrame(
    {
        "Scan": ["é 1.tif", "é 1.tif", "b.tif", "b.tif"],
        "X [px]": [10.5, 20.25, 3.0, 4.0],
        "Y [px]": [1.0, 2.0, 3.5, 4.5],
        "Worker ID": ["007", "8", "007", "9"],
        "Class": ["01", "NA", "None", "1.0"],
    }
)


def write(path: Path, kind: str) -> Path:
    comma = CLICKS.to_csv(index=False)
    match kind:
        case "comma":
            path.write_text(comma, encoding="utf-8")
        case "with a mark of order":
            path.write_text(comma, encoding="utf-8-sig")
        case "tab":
            path.write_text(CLICKS.to_csv(index=False, sep="\t"), encoding="utf-8")
        case "of a German spreadsheet":
            numbers = CLICKS[["X [px]", "Y [px]"]].astype(str)
            decimal = CLICKS.assign(**numbers.apply(lambda c: c.str.replace(".", ",")))
            text = decimal.to_csv(index=False, sep=";", lineterminator="\r\n")
            path.write_bytes(text.encode("cp1252"))
        case "utf-16":
            path.write_text(CLICKS.to_csv(index=False, sep="\t"), encoding="utf-16")
        case "gzip":
            path.write_bytes(gzip.compress(comma.encode()))
        case "zip":
            path = path.with_suffix(".zip")
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("inner.csv", comma)
                archive.writestr("__MACOSX/inner.csv", "junk")
        case "parquet":
            CLICKS.to_parquet(path)
        case "lines":
            path.write_text(CLICKS.to_json(orient="records", lines=True), encoding="utf-8")
        case _:
            path.write_text(CLICKS.to_json(orient=kind), encoding="utf-8")
    return path


KINDS = [
    *("comma", "with a mark of order", "tab", "of a German spreadsheet", "utf-16", "gzip", "zip"),
    *("parquet", "lines", "records", "columns", "split"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_marks(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "clicks of mine.csv", kind)
    found = read_marks(path)
    marks = found.marks
    assert marks["image_id"].tolist() == CLICKS["Scan"].tolist()
    np.testing.assert_array_equal(marks[["x", "y"]], CLICKS[["X [px]", "Y [px]"]])
    assert marks["volunteer_id"].tolist() == ["007", "8", "007", "9"]
    # Nothing of it is a number, and no class is taken for a missing one.
    assert marks["label"].tolist() == ["01", "NA", "None", "1.0"]
    assert marks["classification_id"].nunique() == 4
    first = 2 if kind in KINDS[:7] else 1
    assert marks.index.tolist() == list(range(first, first + 4))
    assert not is_export(path)
    assert str(found) == (
        "x from 'X [px]', y from 'Y [px]', image_id from 'Scan', volunteer_id from 'Worker ID', "
        "label from 'Class'; one read for each volunteer, image"
    )


def of(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"image_id": "a", "x": [1.0, 2.0], "y": 5.0, "user": ["p", "q"], **columns})


@pytest.mark.parametrize(
    ("labels", "want"),
    [
        (["3", "0"], [3, 0]),
        (["03", "0"], ["03", "0"]),
        (["-1", "10"], [-1, 10]),
        (["1", "one"], ["1", "one"]),
        (["1", ""], [1, None]),
        (["True", "False"], ["True", "False"]),
        (["²", "1"], ["²", "1"]),
    ],
)
def test_labels_of_a_csv_file_are_numbers_only_where_all_are_whole(
    tmp_path: Path, labels: list[str], want: list[object]
) -> None:
    of(label=labels).to_csv(tmp_path / "m.csv", index=False)
    got = read_marks(tmp_path / "m.csv").marks["label"].tolist()
    assert got == want
    assert [type(one) for one in got] == [type(one) for one in want]


def test_labels_of_marks_and_votes_are_of_one_kind(tmp_path: Path) -> None:
    of(label=["1", "2"], mark_id=["a", "b"]).to_csv(tmp_path / "m.csv", index=False)
    votes = pd.DataFrame({"mark": ["a", "b"], "worker": "w", "answer": ["1", "?"]})
    votes.to_csv(tmp_path / "v.csv", index=False)
    found = read_marks(tmp_path / "m.csv", tmp_path / "v.csv")
    assert found.votes is not None
    assert found.marks["label"].tolist() == ["1", "2"]
    assert found.votes["label"].tolist() == ["1", "?"]
    assert found.votes.columns.tolist() == ["mark_id", "volunteer_id", "label"]
    typed = votes.assign(answer=[1, 2])
    both = read_marks(tmp_path / "m.csv", typed)
    assert both.marks["label"].tolist() == both.votes["label"].tolist() == [1, 2]


def test_tables_in_memory_keep_types_and_rows() -> None:
    kind = pd.Categorical(["x", "y"])
    found = read_marks(of(label=kind, mark_id=[4.0, 5.0]).set_axis([30, 40]))
    assert found.marks["label"].tolist() == ["x", "y"]
    assert found.marks["mark_id"].tolist() == ["4", "5"]
    assert found.marks.index.tolist() == [30, 40]
    assert read_marks(of(label=[True, False])).marks["label"].tolist() == [True, False]
    assert "label" not in read_marks(of(label=[True, False]), labels=False).marks


def test_json_lists_marks_within_reads(tmp_path: Path) -> None:
    reads = [
        {
            "image_filename": "s.png",
            "worker_id": "w1",
            "width": 300,
            "height": 200,
            "raw_data": [[{"x": 5, "y": 190}, {"x": 7, "y": 20}]],
        },
        {"image_filename": "s.png", "worker_id": "w2", "width": 300, "height": 200, "raw_data": []},
    ]
    (tmp_path / "clicks.json").write_text(json.dumps(reads))
    found = read_marks(tmp_path / "clicks.json", y_up=True)
    assert found.marks[["x", "y"]].to_numpy().tolist() == [[5, 10], [7, 180]]
    assert found.marks["volunteer_id"].tolist() == ["w1", "w1"]
    assert found.reads is not None
    # The read that found nothing is there.
    assert found.reads["volunteer_id"].tolist() == ["w1", "w2"]
    assert (
        found.reads[["x0", "y0", "width", "height"]].to_numpy().tolist() == [[0, 0, 300, 200]] * 2
    )
    assert set(found.marks["classification_id"]) == {"1"}


def test_damaged_rows_are_set_aside_and_no_other(tmp_path: Path) -> None:
    lines = ["image_id,x,y,user,note", *(f"a,{i},{i},u{i % 3},fine" for i in range(40))]
    lines[5] += ",more"
    lines[9] = '"a,8,8,u2,open'
    lines[20] = 'a,19,19,u1,"two\nlines"'
    lines[30] = ",,,,"
    lines[35] = "a,x,34,u1,fine"
    (tmp_path / "m.csv").write_text("\n".join(lines))
    found = read_marks(tmp_path / "m.csv")
    assert [(one.table, one.row, one.reason) for one in found.problems] == [
        ("marks", 6, "it has 6 columns, the heading has 5"),
        ("marks", 10, "it has a quotation mark that is not closed where its cell ends"),
    ]
    # The row of empty cells and the place that is no number are the consensus' to tell.
    assert len(found.marks) == 38
    assert found.marks["x"].isna().sum() == 2
    assert 21 in found.marks.index


def test_reads_fill_in_what_they_leave_out(tmp_path: Path) -> None:
    marks = of()
    reads = pd.DataFrame({"image": "a", "user": ["p", "q", "r"]})
    with pytest.raises(ValueError, match="do not say what they show"):
        read_marks(marks, reads=reads)
    found = read_marks(marks, reads=reads, sizes=(64, 48))
    assert found.reads is not None
    assert found.reads[["x0", "y0", "width", "height"]].to_numpy().tolist() == [[0, 0, 64, 48]] * 3
    assert set(found.marks["classification_id"]) < set(found.reads["classification_id"])
    with pytest.raises(ValueError, match="marks have a classification_id and the reads have none"):
        read_marks(of(classification=[1, 2]), reads=reads, sizes=(64, 48))


def test_tiles_place_marks_on_their_images(tmp_path: Path) -> None:
    marks = pd.DataFrame(
        {"subject_id": [11, 12, 99], "x": 5.0, "y": 6.0, "user_name": ["p", "q", "q"]}
    )
    subjects = pd.DataFrame(
        {
            "subject_id": [11, 12],
            "metadata": [
                json.dumps({"#image": "big.tif", "x0": 0, "y0": 100, "width": 50, "height": 40}),
                json.dumps({"#image": "big.tif", "x0": 200, "y0": 0, "width": 50, "height": 40}),
            ],
        }
    )
    found = read_marks(marks, tiles=subjects)
    assert found.marks["image_id"].tolist() == ["big.tif", "big.tif"]
    assert found.marks[["x", "y"]].to_numpy().tolist() == [[5, 106], [205, 6]]
    assert found.reads is not None
    assert found.reads["width"].tolist() == [50, 50]
    assert [(one.row, one.reason) for one in found.problems] == [
        (2, "its tile '99' is not in the table of tiles")
    ]
    with pytest.raises(ValueError, match="no tile of the marks is in the table of tiles"):
        read_marks(marks[2:], tiles=subjects)


def test_volunteers_may_be_unknown() -> None:
    alone = read_marks(of(user=["p", None], classification_id=["1", "2"]))
    assert alone.marks["volunteer_id"].tolist() == ["p", "unknown-2"]
    reads_only = read_marks(of(classification_id=["1", "2"]).drop(columns="user"))
    assert reads_only.marks["volunteer_id"].tolist() == ["1", "2"]
    assert "each read is a volunteer of its own" in str(reads_only)
    with pytest.raises(ValueError, match="nothing says who made which mark"):
        read_marks(of().drop(columns="user"))
    hashed = read_marks(of(user=["Ann", "Ann"]), hash_names=True).marks["volunteer_id"]
    assert hashed.nunique() == 1
    assert "Ann" not in "".join(hashed)


WRONG = {
    "": "the file is empty",
    "image_id,x,y,user\n": "no rows below its heading",
    "a,1,2,w\na,3,4,v\n": r"its first row holds numbers \(1, 2\)",
    "image_id,x,x,user\na,1,2,w\n": "two columns are called 'x'",
    "image_id,links,oben,user\na,1,2,w\n": r"which column of the marks is x and y\? .* columns="
    r"\{'x': 'links'\}, or --columns x=links",
    "image_id,x,y,user\na,.1,.2,w\na,.3,1,w\n": "between 0 and 1",
    "image_id,x,y,user\na,1\n": "no rows: row 2: it has 2 columns, the heading has 4",
    '[{"x": 1,': "it is no JSON",
    '{"x": [1, 2], "y": [3]}': "not of one length",
    "[1, 2]": "a list of records is wanted",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_table_of_marks_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"m\.csv.*{WRONG[text]}"):
        read_marks(path)


def test_other_files_are_named(tmp_path: Path) -> None:
    def refused(data: bytes, name: str = "m.csv") -> str:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=name) as told:
            read_marks(tmp_path / name)
        return str(told.value)

    whole = gzip.compress(CLICKS.to_csv().encode() * 50)
    assert "cut off or damaged" in refused(whole[: len(whole) // 2])
    assert "neither text nor Parquet" in refused(bytes(range(256)))
    assert "Parquet file is damaged" in refused(b"PAR1 and nothing else")
    assert "spreadsheet" in refused(b"PK\x03\x04", "m.xlsx")
    assert "the archive cannot be read" in refused(b"PK\x03\x04 and nothing else", "m.zip")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    with pytest.raises(ValueError, match=r"two\.zip: .* this one holds a\.csv, b\.csv"):
        read_marks(tmp_path / "two.zip")
    with pytest.raises(ValueError, match="a folder"):
        read_marks(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_marks(tmp_path / "not there.csv")


def test_columns_are_as_one_says() -> None:
    table = of(left=[7.0, 8.0], top=9.0)
    found = read_marks(table, columns={"x": "left", "y": "Top"})
    assert found.marks[["x", "y"]].to_numpy().tolist() == [[7, 9], [8, 9]]
    with pytest.raises(ValueError, match="there is no role 'xx'"):
        read_marks(table, columns={"xx": "left"})
    with pytest.raises(ValueError, match="no table has the column 'right' for x"):
        read_marks(table, columns={"x": "right"})


def test_decisions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text(
        "instance_id,image_id,x,y,exists,label\n"
        "a_1,a,1.5,2,true,3\na_2,a,3,4,No,\na_3,a,5,6,,1\na_4,a,7,8,perhaps,1\n"
    )
    gold, problems = read_decisions(path)
    assert gold["exists"].tolist() == [True, False]
    assert gold["label"].tolist() == ["3", None]
    assert gold[["x", "y"]].to_numpy().tolist() == [[1.5, 2], [3, 4]]
    assert [(one.row, one.reason) for one in problems] == [
        (5, "exists is 'perhaps', neither yes nor no")
    ]
    path.write_text("image_id,x,y,label,doubt\na,1,2,b,.5\n")
    with pytest.raises(ValueError, match="this is the list of doubtful instances"):
        read_decisions(path)
    path.write_text("image_id,x,y\na,1,2\n")
    with pytest.raises(ValueError, match="neither a column `exists` nor a `label`"):
        read_decisions(path)


def test_sizes_come_from_the_pictures(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((48, 64), np.uint8)).save(tmp_path / "a.png")
    images = ImageSet.from_folder(tmp_path)
    reads = pd.DataFrame({"image_id": "a", "user": ["p", "q", "r"]})
    found = read_marks(of(), reads=reads, sizes=images, y_up=True)
    assert found.marks["y"].tolist() == [43, 43]
    assert found.reads is not None
    assert found.reads[["width", "height"]].drop_duplicates().to_numpy().tolist() == [[64, 48]]
    with pytest.raises(ValueError, match="the height of 'b' has to be known"):
        read_marks(of().assign(image_id=["a", "b"]), sizes=images, y_up=True)
