"""Tables in files: labels of any type come back as they were."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crystalviz._optional import MissingDependencyError
from crystalviz.consensus import MarkConsensus
from crystalviz.consensus.outputs import write_tables
from crystalviz.consensus.outputs.table_files import portable

PLACES = [(20.0, 30.0), (80.0, 30.0), (50.0, 80.0), (20.0, 90.0)]


def marks(labels: list[Any]) -> pd.DataFrame:
    """Twelve readers mark four places, and agree on the label of each."""
    rng = np.random.default_rng(0)
    rows = [
        ("im.png", x + dx, y + dy, f"v{v}", v, label)
        for v in range(12)
        for (x, y), label, (dx, dy) in zip(PLACES, labels, rng.normal(0, 1, (4, 2)), strict=True)
    ]
    columns = ["image_id", "x", "y", "volunteer_id", "classification_id", "label"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(label=pd.Series([row[-1] for row in rows], dtype=object))


CASES = {
    "integers": [0, 1, 2, 1],
    "texts": ["cluster", "particle", "atom", "particle"],
    "texts like numbers": ["01", "1", "1.0", "1"],
    "names of nothing": ["None", "nan", "NA", "nan"],
    "booleans": [True, False, True, False],
    "fractions": [0.5, 1.5, 2.5, 1.5],
    "mixed": [1, "one", 2, "one"],
    "odd texts": ["a,b", 'say "x"', "Zwei\nZeilen", "ü"],
}


@pytest.mark.parametrize("labels", CASES.values(), ids=CASES)
def test_labels_come_back_unchanged(tmp_path: Path, labels: list[Any]) -> None:
    found = MarkConsensus().fit(marks(labels))
    want = dict(zip(PLACES, labels, strict=True))

    def by_place(table: pd.DataFrame) -> list[Any]:
        places = np.array(PLACES)
        near = [
            int(np.argmin(((places - row) ** 2).sum(1)))
            for row in table[["x", "y"]].to_numpy(float)
        ]
        order = np.argsort(near)
        return table["label"].astype(object).to_numpy()[order].tolist()

    ours = by_place(found.instances_)
    assert ours == list(want.values())
    assert [type(one) for one in ours] == [type(one) for one in want.values()]
    write_tables(found, tmp_path)
    csv = pd.read_csv(tmp_path / "instances.csv", dtype={"label": str}, keep_default_na=False)
    assert by_place(csv) == [str(one) for one in labels]
    parquet = by_place(pd.read_parquet(tmp_path / "instances.parquet"))
    mixed = len({type(one) for one in labels}) > 1
    assert parquet == ([str(one) for one in labels] if mixed else labels)
    for label in found.classes_:
        assert f"p_label_{label}" in csv


def test_tables_name_the_instance_of_each_mark(tmp_path: Path) -> None:
    table = marks(CASES["texts"])
    table.loc[len(table)] = ["im.png", 400.0, 400.0, "v0", 0, "atom"]
    table.loc[len(table)] = ["im.png", np.nan, 4.0, "v0", 0, "atom"]
    found = MarkConsensus().fit(table)
    written = write_tables(found, tmp_path / "new", formats=["csv"])
    names = ("instances", "candidates", "marks", "volunteers", "problems")
    assert [path.name for path in written] == [f"{name}.csv" for name in names]
    instances, candidates, of_marks, volunteers, problems = map(pd.read_csv, written)
    assert instances["instance_id"].tolist() == ["im_0", "im_1", "im_2", "im_3"]
    assert len(candidates) >= len(instances)
    here = of_marks["instance"] >= 0
    assert (of_marks["instance_id"][here] == "im_" + of_marks["instance"][here].astype(str)).all()
    assert of_marks["instance_id"][~here].isna().all()
    assert len(of_marks) == 49
    assert volunteers["volunteer_id"].nunique() == 12
    assert problems.to_numpy().tolist() == [["marks", 49, "x is not a number"]]
    np.testing.assert_array_equal(instances["x"], found.instances_["x"])


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = MarkConsensus().fit(marks(CASES["texts"]))
    write_tables(found, tmp_path, formats=["csv"])
    before = (tmp_path / "instances.csv").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space"):
        write_tables(found, tmp_path, formats=["csv"])
    assert (tmp_path / "instances.csv").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_columns_of_any_kind_become_portable() -> None:
    def of(*values: object) -> list[object]:
        return portable(pd.Series(values, dtype=object)).dropna().tolist()

    assert of(1, "1", None) == ["1", '"1"']
    assert of([1, 2], None) == ["[1, 2]"]
    assert of(1, None) == [1]
    assert str(portable(pd.Series([1, None], dtype=object)).dtype) == "Int64"
    assert str(portable(pd.Series([True, None], dtype=object)).dtype) == "boolean"


def test_formats_are_checked(tmp_path: Path) -> None:
    found = MarkConsensus().fit(marks(CASES["texts"]))
    with pytest.raises(ValueError, match="formats are csv, parquet, not 'xlsx'"):
        write_tables(found, tmp_path, formats=["xlsx"])


def test_categories_and_votes_keep_their_values(tmp_path: Path) -> None:
    table = marks(CASES["integers"]).drop(columns="label")
    table["mark_id"] = np.arange(len(table))
    kind = pd.Categorical(np.tile([7, 7, 3, 3], 12), categories=[3, 5, 7])
    votes = pd.DataFrame({"mark_id": table["mark_id"], "volunteer_id": "expert", "label": kind})
    for found in (
        MarkConsensus().fit(table.assign(label=kind)),
        MarkConsensus().fit(table, votes),
    ):
        assert found.classes_ == [3, 7]
        assert sorted(found.instances_["label"].tolist()) == [3, 3, 7, 7]
        write_tables(found, tmp_path)
        parquet = pd.read_parquet(tmp_path / "instances.parquet")["label"]
        assert parquet.tolist() == found.instances_["label"].tolist()


def test_without_pyarrow_there_is_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = MarkConsensus().fit(marks(CASES["texts"]))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    written = write_tables(found, tmp_path)
    assert {path.suffix for path in written} == {".csv"}
    with pytest.raises(MissingDependencyError, match=r"crystalviz\[parquet\]"):
        write_tables(found, tmp_path, formats=["parquet"])
