"""`crystalviz consensus`, end to end: exports and tables in, one folder out, on to `analyze`."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz import cli
from crystalviz.consensus import instances_of_crops
from crystalviz.consensus.outputs import results
from tests.analysis_folders import shared

TABLES = ("instances", "candidates", "marks", "volunteers", "problems")


@cache
def scene() -> Path:
    """Exports and micrographs of one small scene, in a folder with a space in its name."""
    folder = shared()[0].parent / "marks of a crowd"
    made = cz.datasets.synthetic_micrographs("easy", images=2, size=420, per_image=8, seed=3)
    made.save(folder)
    return folder


@cache
def finished() -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run the command once, in a process of its own."""
    folder = scene()
    out = folder.parent / "out of the crowd"
    command = [
        *(sys.executable, "-m", "crystalviz.cli", "consensus"),
        *(str(folder / "marks.csv"), str(folder / "labels.csv")),
        *("--out", str(out), "--images", str(folder / "micrographs"), "--crop-size", "48"),
    ]
    return out, subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def run(*arguments: object) -> int:
    return cli.main(["consensus", *map(str, arguments), "--no-progress"])


def tidy(path: Path, **columns: object) -> Path:
    """Write the marks of a dozen volunteers at four places of one image."""
    rng = np.random.default_rng(0)
    places = np.array([(20, 30), (80, 30), (50, 80), (20, 90)], dtype=float)
    at = np.tile(places, (12, 1)) + rng.normal(0, 1, (48, 2))
    who = np.repeat([f"v{i}" for i in range(12)], 4)
    table = pd.DataFrame({"image_id": "im", "x": at[:, 0], "y": at[:, 1], "user": who, **columns})
    table.to_csv(path, index=False)
    return path


def test_exports_become_everything() -> None:
    out, done = finished()
    assert done.returncode == 0, done.stderr
    assert "marks.csv: classification export of Zooniverse: " in done.stdout
    assert "corner from 'x0', 'y0'" in done.stdout
    assert "labels.csv: classification export of Zooniverse: " in done.stdout
    truth = pd.read_csv(scene() / "truth.csv")
    assert f"{len(truth)} instances in 2 images" in done.stdout
    for name in ("instances.csv", "review.csv", "coco.json", "yolo", "masks", "crops"):
        assert f"{out / name} " in done.stdout
    for name in TABLES:
        parquet = pd.read_parquet(out / f"{name}.parquet")
        written = parquet.to_csv(index=False, lineterminator="\n")
        assert (out / f"{name}.csv").read_text() == written
    assert (out / "review.html").stat().st_size > 100_000
    settings = json.loads((out / "settings.json").read_text())
    assert settings["finished"] is True
    assert settings["classes"] == sorted(settings["classes"])
    assert {path.name for path in out.iterdir()} == {*settings["files"], "settings.json"}


def test_what_was_found_is_what_was_there() -> None:
    out, _ = finished()
    instances = pd.read_csv(out / "instances.csv")
    scored = cz.consensus.score(instances, pd.read_csv(scene() / "truth.csv"))
    assert scored.f1 == 1
    assert scored.accuracy >= 0.9
    document = json.loads((out / "coco.json").read_text())
    assert [(i["file_name"], i["width"]) for i in document["images"]] == [
        ("micrograph_000.png", 420),
        ("micrograph_001.png", 420),
    ]
    assert len(document["annotations"]) == len(instances)
    mask = np.asarray(Image.open(out / "masks" / "micrograph_000.png"))
    classes = (out / "masks" / "classes.txt").read_text().splitlines()
    first = instances[instances["image_id"] == "micrograph_000.png"]
    shown = mask[first["y"].round().astype(int), first["x"].round().astype(int)]
    assert [classes[value - 1] for value in shown] == first["label"].tolist()


def test_crops_go_on_to_the_explorer(tmp_path: Path) -> None:
    out, _ = finished()
    assert cli.main(["analyze", str(out / "crops"), "--out", str(tmp_path), "--no-progress"]) == 0
    table = pd.read_csv(tmp_path / "analysis.csv")
    index = pd.read_csv(out / "crops" / "crops.csv")
    instances = pd.read_csv(out / "instances.csv")
    assert len(table) == len(index) == len(instances)
    # Each row of the analysis leads back to its particle, by name and by table.
    row = instances_of_crops(table["image_id"], instances)
    assert table["class_label"].tolist() == instances["label"].iloc[row].tolist()
    merged = table.merge(index, left_on="image_id", right_on="file")
    assert merged["instance"].tolist() == row.tolist()
    assert (tmp_path / "explorer.html").stat().st_size > 100_000
    crops = cz.ImageSet.from_folder(out / "crops")
    assert crops.pixels(0).shape == (48, 48)
    view = cz.Explorer(cz.load_analysis(tmp_path))
    view.selected = table["image_id"][1]
    assert view.selected in index["file"].tolist()


def test_tidy_tables_and_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = tidy(tmp_path / "my clicks.csv", kind=["01", "1", "None", "1"] * 12)
    out = tmp_path / "out"
    assert run(marks, "--out", out, "--no-html") == 0
    said = capsys.readouterr()
    assert "tidy table: 48 marks; image_id" not in said.out
    assert "volunteer_id from 'user', label from 'kind'; one read for each" in said.out
    assert "the sizes of the images are not known" in said.err
    read = {"dtype": {"label": str}, "keep_default_na": False}
    instances = pd.read_csv(out / "instances.csv", **read)
    assert sorted(instances["label"]) == ["01", "1", "1", "None"]
    assert not (out / "coco.json").exists()
    gold = instances[["image_id", "x", "y"]].assign(exists=["no", "yes", "", ""], label="")
    gold.loc[1, "label"] = "01"
    gold.to_csv(tmp_path / "decisions.csv", index=False)
    assert run(marks, "--out", out, "--gold", tmp_path / "decisions.csv", "--size", "120x100") == 0
    settled = pd.read_csv(out / "instances.csv", **read)
    assert len(settled) == 3
    here = settled[np.hypot(settled["x"] - gold["x"][1], settled["y"] - gold["y"][1]) < 1]
    assert here["label"].tolist() == ["01"]
    assert (out / "yolo" / "labels" / "im.txt").read_text().count("\n") == 3
    assert (out / "review.html").exists()
    # What a run does not write any more is gone, and nothing else.
    (out / "notes.txt").write_text("mine")
    assert run(marks, "--out", out, "--no-html") == 0
    left = {path.name for path in out.iterdir()}
    assert "notes.txt" in left
    assert left.isdisjoint({"yolo", "coco.json", "masks", "review.html"})


def test_tidy_marks_with_votes_of_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = cz.consensus.read_zooniverse(scene() / "marks.csv")
    columns = ["image_id", "x", "y", "volunteer_id", "classification_id", "mark_id"]
    made.marks[columns].to_parquet(tmp_path / "picks.parquet")
    out = tmp_path / "out"
    labels = scene() / "labels.csv"
    assert run(tmp_path / "picks.parquet", labels, "--out", out, "--no-html") == 0
    said = capsys.readouterr().out
    assert "picks.parquet: tidy table" in said
    assert "labels.csv: classification export of Zooniverse" in said
    assert pd.read_csv(out / "instances.csv")["label"].notna().all()


def test_marks_of_an_export_with_tidy_votes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = scene() / "marks.csv"
    made = cz.consensus.read_zooniverse(marks, scene() / "labels.csv")
    votes = made.votes.set_axis(["Pick No", "Who", "Said"], axis=1)
    votes["Said"] = votes["Said"].map({name: i for i, name in enumerate(set(votes["Said"]))})
    votes.to_csv(tmp_path / "votes.csv", index=False)
    out = tmp_path / "out"
    named = ("--columns", "mark_id=Pick No", "volunteer_id=Who", "--columns", "label=Said")
    assert run(marks, tmp_path / "votes.csv", "--out", out, "--no-html", *named) == 0
    assert f"votes.csv: tidy table: {len(votes):,} votes" in capsys.readouterr().out
    assert pd.read_parquet(out / "instances.parquet")["label"].dtype.kind == "i"
    assert run(marks, "--out", out, *named) == cli.FAILED
    assert "with which --columns volunteer_id does not go" in capsys.readouterr().err


def test_an_interrupted_run_leaves_whole_files_and_goes_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = tidy(tmp_path / "clicks.csv")
    out = tmp_path / "out"
    arguments = (marks, "--out", out, "--no-html", "--size", "120x100")
    assert run(*arguments) == 0
    before = (out / "masks" / "im.png").read_bytes()

    def stop(instances: pd.DataFrame, folder: Path, *_: object) -> None:
        (folder / "half.png").write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(results, "write_masks", stop)
        assert run(*arguments) == cli.INTERRUPTED
    assert "Interrupted" in capsys.readouterr().err
    assert (out / "masks" / "im.png").read_bytes() == before
    assert not [path for path in out.rglob("*") if "half" in path.name or path.name[0] == "."]
    assert json.loads((out / "settings.json").read_text())["finished"] is False
    # A killed run leaves its draft; the next one clears it away.
    (out / ".masks-killed.part").mkdir()
    assert run(*arguments) == 0
    assert json.loads((out / "settings.json").read_text())["finished"] is True
    assert not list(out.glob(".masks*"))


def test_pictures_that_are_missing_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = tidy(tmp_path / "clicks.csv", image_id=["im.tif"] * 24 + ["other.tif"] * 24)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.fromarray(np.zeros((100, 120), np.uint8)).save(pictures / "IM.png")
    out = pictures / "out"
    assert run(marks, "--out", out, "--images", pictures, "--no-html") == 0
    said = capsys.readouterr()
    assert "no picture of 1 image" in said.err
    assert "'other.tif' is not among the 1 pictures" in said.err
    document = json.loads((out / "coco.json").read_text())
    assert [one["file_name"] for one in document["images"]] == ["IM.png"]
    # Again, with the crops and masks of the first run within the folder of pictures.
    assert run(marks, "--out", out, "--images", pictures, "--no-html") == 0
    assert "is not among the 1 pictures" in capsys.readouterr().err
    (pictures / "IM.png").unlink()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(pictures / "strange.png")
    assert run(marks, "--out", out, "--images", pictures) == cli.FAILED
    assert "none of the 2 images that were marked is there" in capsys.readouterr().err


def test_mistakes_cost_no_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = tidy(tmp_path / "clicks.csv")
    out = tmp_path / "out"

    def failed(*arguments: object) -> str:
        assert run(*arguments) == cli.FAILED
        return capsys.readouterr().err

    assert "there is no such file" in failed(tmp_path / "no.csv", "--out", out)
    assert "is a file; give a folder" in failed(marks, "--out", marks)
    assert "with which --task does not go" in failed(marks, "--out", out, "--task", "T0")
    export = scene() / "marks.csv"
    assert "with which --reads does not go" in failed(export, "--out", out, "--reads", marks)
    assert "no table has the column 'w'" in failed(marks, "--out", out, "--columns", "x=w")
    assert not out.exists()
    (out / "crops").mkdir(parents=True)
    assert "was not written by this command" in failed(marks, "--out", out)
    assert not (out / "settings.json").exists()
    for wrong in (["--columns", "x"], ["--size", "12"], ["--eps", "-1"], ["--crop-size", "1"]):
        assert run(marks, "--out", out, *wrong) == cli.USAGE
    assert "is not WIDTHxHEIGHT" in capsys.readouterr().err


def test_votes_on_no_mark_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = tidy(tmp_path / "named.csv", mark_id=range(48))
    nameless = tidy(tmp_path / "nameless.csv")
    votes = tmp_path / "votes.csv"
    pd.DataFrame({"mark_id": ["q0", "q1"], "user": "v", "label": "a"}).to_csv(votes, index=False)
    assert run(named, votes, "--out", tmp_path / "out") == cli.FAILED
    assert "they name marks as 'q0', and the marks are called as '0'" in capsys.readouterr().err
    assert run(nameless, votes, "--out", tmp_path / "out") == cli.FAILED
    assert "no column of the marks has it: give --columns mark_id=NAME" in capsys.readouterr().err


def test_rows_of_an_export_are_named_as_they_are_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = pd.read_csv(scene() / "marks.csv", dtype=str)
    again = export.iloc[[0]].assign(classification_id="777")
    pd.concat([export, again]).to_csv(tmp_path / "marks.csv", index=False)
    assert run(tmp_path / "marks.csv", "--out", tmp_path / "out", "--no-html") == 0
    problems = pd.read_csv(tmp_path / "out" / "problems.csv")
    seen = problems[problems["table"] == "reads"]
    assert seen["row"].tolist() == ["classification 777"]
    marks = problems[problems["table"] == "marks"]
    assert marks["row"].str.startswith("mark 777.").all()
    assert len(marks) > 0
    assert "reads, classification 777: the volunteer had read this tile" in capsys.readouterr().err


def test_nothing_found_is_a_result_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.csv").write_text("image_id,x,y,user\nim,5,6,v\n")
    out = tmp_path / "out"
    assert run(tmp_path / "one.csv", "--out", out, "--size", "20x10") == 0
    assert "0 instances" in capsys.readouterr().out
    assert len(pd.read_csv(out / "instances.csv")) == 0
    assert not np.asarray(Image.open(out / "masks" / "im.png")).any()
    assert (out / "review.html").exists()
