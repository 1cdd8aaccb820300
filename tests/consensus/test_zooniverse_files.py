"""Files as people have them: compressed, cut off, damaged, saved again by other programs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.consensus.zooniverse_rows import HEADING, drawn, point, row, write

from crystalviz.consensus import read_zooniverse
from crystalviz.consensus.zooniverse.files import Cells, read_rows, text_of

TEXT = st.text(st.sampled_from('a,"{}[]:\\ \n;é'), max_size=12)


def as_bytes(rows: list[list[str]], **how: str) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, **how).writerows([HEADING, *rows])
    return file.getvalue().encode()


def three(path: Path, content: bytes) -> None:
    """Check that a file gives the marks of the three rows that were written into it."""
    path.write_bytes(content)
    found = read_zooniverse(path)
    assert found.marks[["volunteer_id", "x"]].values.tolist() == [
        ["ann", 193.0],
        ["bébé", 194.0],
        ["cid", 195.0],
    ]
    assert not found.problems


ROWS = [
    row(1, [drawn(point(1, 1))]),
    row(2, [drawn(point(2, 1))], user="bébé"),
    row(3, [drawn(point(3, 1))], user="cid"),
]


def test_compression_encoding_and_line_ends_make_no_difference(tmp_path: Path) -> None:
    plain = as_bytes(ROWS)
    three(tmp_path / "a.csv", plain)
    three(tmp_path / "b.csv", b"\xef\xbb\xbf" + plain)
    three(tmp_path / "c.csv", plain.decode().encode("utf-16"))
    three(tmp_path / "d.csv", plain.decode().encode("cp1252"))
    three(tmp_path / "e.csv", plain.replace(b"\r\n", b"\n"))
    three(tmp_path / "f.csv", plain.replace(b"\r\n", b"\r"))
    three(tmp_path / "g.csv", as_bytes(ROWS, delimiter=";"))
    three(tmp_path / "h.csv", as_bytes(ROWS, delimiter="\t"))
    three(tmp_path / "i.csv.gz", gzip.compress(plain))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("export.csv", plain)
        file.writestr("__MACOSX/._export.csv", b"")
        file.writestr("readme.md", b"")
    three(tmp_path / "j.zip", archive.getvalue())


def test_an_archive_that_does_not_say_which_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", as_bytes(ROWS))
        file.writestr("b.csv", as_bytes(ROWS))
    with pytest.raises(ValueError, match=r"two\.zip: an archive of one table .* a\.csv, b\.csv"):
        read_zooniverse(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match=r"two\.zip: the archive cannot be opened"):
        read_zooniverse(path)


def test_what_a_cut_archive_still_holds_is_read(tmp_path: Path) -> None:
    rows = [row(i, [drawn(point(i % 97, i * i % 89))]) for i in range(4000)]
    path = tmp_path / "cut.csv.gz"
    whole = gzip.compress(as_bytes(rows))
    path.write_bytes(whole[: len(whole) // 2])
    found = read_zooniverse(path)
    assert 500 < len(found.marks) < 3500
    assert found.problems[-1].reason.startswith("the compressed file is cut off")
    assert found.problems[-1].row == len(found.marks) + 2


@pytest.mark.parametrize("row_number", [2, 3, 4])
def test_a_quotation_mark_that_nobody_closed_costs_its_row_only(
    tmp_path: Path, row_number: int
) -> None:
    lines = as_bytes(ROWS).splitlines(keepends=True)
    lines[row_number - 1] = lines[row_number - 1].replace(b',"[{', b',["{', 1)
    path = tmp_path / "m.csv"
    path.write_bytes(b"".join(lines).replace(b'""Spot""}]}]"', b'""Spot""}]}]"'))
    found = read_zooniverse(path)
    assert [problem.row for problem in found.problems] == [row_number]
    assert len(found.marks) == 2


def test_every_cut_leaves_the_rows_before_it(tmp_path: Path) -> None:
    whole = as_bytes(ROWS)
    ends = [i + 2 for i in range(len(whole)) if whole[i : i + 2] == b"\r\n"]
    path = tmp_path / "m.csv"
    for cut in range(ends[1], len(whole) + 1, 23):
        path.write_bytes(whole[:cut])
        found = read_zooniverse(path)
        complete = sum(cut >= end - 2 for end in ends[1:])
        assert len(found.marks) in (complete, complete + 1)
        assert len(found.marks) + len(found.problems) <= complete + 1


def test_bare_quotes_are_told_by_the_row(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(as_bytes(ROWS).replace(b"3,cid", b'3,c"id'))
    found = read_zooniverse(path)
    assert [(p.row, p.reason) for p in found.problems] == [
        (4, "it opens a quotation mark that nothing closes")
    ]


@pytest.mark.parametrize(
    ("sound", "broken"),
    [(b"3,cid", b"3,c\rid"), (b"3,cid", b'3,"c"x\rid"'), (b'""T0""', b'""T0"\r"'), (b"3,", b"\0,")],
)
def test_stray_bytes_cost_at_most_their_row(tmp_path: Path, sound: bytes, broken: bytes) -> None:
    path = tmp_path / "m.csv"
    whole = as_bytes(ROWS)
    last = whole.rindex(b"\r\n3,") + 2
    path.write_bytes(whole[:last] + whole[last:].replace(sound, broken, 1))
    found = read_zooniverse(path)
    assert found.marks["classification_id"].tolist()[:2] == ["1", "2"]
    assert len(found.marks) + len(found.problems) == 3


def test_drawings_of_any_length_are_read(tmp_path: Path) -> None:
    long = {"tool": 0, "points": [{"x": i, "y": 0} for i in range(60_000)]}
    found = read_zooniverse(write(tmp_path / "m.csv", [row(1, [drawn(long)], told={"a": 1})]))
    assert found.marks["x"].tolist() == [29_999.5]


def test_line_breaks_inside_cells_are_part_of_them(tmp_path: Path) -> None:
    pretty = [json.dumps([drawn(point(i, 1))], indent=1) for i in (1, 2, 3)]
    path = write(tmp_path / "m.csv", [row(i, text) for i, text in enumerate(pretty)])
    found = read_zooniverse(path)
    assert found.marks["x"].tolist() == [193.0, 194.0, 195.0]
    assert not found.problems


@given(
    names=st.tuples(TEXT, TEXT, TEXT),
    values=st.tuples(TEXT, TEXT, TEXT),
    usual=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_rows_are_cut_as_the_csv_module_would(
    tmp_path_factory: pytest.TempPathFactory,
    names: tuple[str, str, str],
    values: tuple[str, str, str],
    usual: bool,
    quoting: int,
) -> None:
    # Brackets and quotes wherever text of volunteers can stand, inside JSON or bare.
    metadata, annotations, data = (
        [json.dumps({"a": values[0]}), json.dumps([{"b": values[1]}]), json.dumps({"7": values[2]})]
        if usual
        else list(values)
    )
    rows = [
        [str(i), names[0], "", names[1], names[2], metadata, annotations, data, "7"]
        for i in range(3)
    ]
    path = tmp_path_factory.mktemp("rows") / "m.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=quoting).writerows([HEADING, *rows])
    read = [tuple(map(text_of, cells)) for _, cells in read_rows(path) if isinstance(cells, Cells)]
    assert read == [
        (str(i), names[0], names[1], names[2], metadata, annotations, data, "7") for i in range(3)
    ]
