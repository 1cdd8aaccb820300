"""The command line, end to end on synthetic crystals."""

from __future__ import annotations

import io
import os
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
from crystalviz.images import ImageSet, load_pixels
from tests.analysis_folders import crystal_folder, shared


@cache
def finished() -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """Run the command once, in a process of its own."""
    base = shared()[0].parent
    folder = crystal_folder(base / "cli images", 6)
    whole = (folder / "cex" / "CEX (1).png").read_bytes()
    (folder / "cex" / "cut.png").write_bytes(whole[:200])
    Image.open(io.BytesIO(whole)).convert("RGB").save(folder / "photo.jpg")
    out = base / "results of cli"
    command = [sys.executable, "-m", "crystalviz.cli", "analyze", str(folder), "--out", str(out)]
    return folder, out, subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_exit_code_and_report() -> None:
    folder, out, run = finished()
    assert run.returncode == 0, run.stderr
    for name in ("analysis.csv", "vectors.npy", "overlays", "explorer.html", "store"):
        assert str(out / name) in run.stdout
    assert "7 computed, 0 known" in run.stdout
    assert str(folder) in run.stdout
    assert "1 file set aside" in run.stderr
    assert "cex/cut.png" in run.stderr
    assert "Traceback" not in run.stderr
    assert "7/7" in run.stderr


def test_table_and_vectors() -> None:
    folder, out, _ = finished()
    analysis = cz.load_analysis(out)
    table = pd.read_csv(out / "analysis.csv")
    assert list(table.columns) == list(analysis.table.columns)
    assert table["image_id"].tolist() == [
        *("cex/CEX (1).png", "cex/CEX (2).png", "cex/CEX (3).png"),
        *("pg/PG (1).png", "pg/PG (2).png", "pg/PG (3).png"),
        "photo.jpg",
    ]
    for name in ("probability", "image_entropy", "kmeans_pca_x", "scene"):
        np.testing.assert_array_equal(table[name], analysis.table[name])
    for row, name in enumerate(table["image_id"]):
        assert table["image_entropy"][row] == cz.shannon_entropy(folder / name)
    vectors = np.load(out / "vectors.npy")
    np.testing.assert_array_equal(vectors, analysis.vectors)
    assert vectors.dtype == np.float32


def test_every_overlay_colours_sixteen_percent_of_the_native_picture() -> None:
    folder, out, _ = finished()
    table = pd.read_csv(out / "analysis.csv")
    for name in table["image_id"]:
        with Image.open(out / "overlays" / name) as image:
            assert image.format == "PNG"
            overlay = np.asarray(image)
        pixels = load_pixels(folder / name)
        assert overlay.shape == (*pixels.shape, 3)
        colored = (overlay.max(axis=2) != overlay.min(axis=2)).mean()
        assert abs(100 * colored - 16) <= 0.1
        gray = overlay.max(axis=2) == overlay.min(axis=2)
        np.testing.assert_array_equal(overlay[gray][:, 0], pixels[gray])
    files = {path for path in (out / "overlays").rglob("*") if path.is_file()}
    assert len(files) == len(table)


def test_offline_explorer() -> None:
    _, out, _ = finished()
    page = (out / "explorer.html").read_text(encoding="utf-8")
    assert "PG (3).png" in page
    assert 'src="http' not in page


def test_the_store_answers() -> None:
    _, out, _ = finished()
    with cz.connect(out / "store") as client:
        assert len(client.collections.use("CrystalImage")) == 7


def test_run_again_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = crystal_folder(tmp_path / "in", 3)
    command = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--no-progress"]
    assert cli.main(command) == 0
    assert "3 computed, 0 known" in capsys.readouterr().out
    before = _files(tmp_path / "out" / "overlays")
    (folder / "pg" / "PG (1).png").rename(folder / "pg" / "PG (9).png")
    (tmp_path / "out" / "overlays" / "notes.txt").write_text("mine")
    assert cli.main(command) == 0
    captured = capsys.readouterr()
    assert "0 computed, 3 known" in captured.out
    assert "3 pictures (1 drawn)" in captured.out
    assert captured.err == ""
    after = _files(tmp_path / "out" / "overlays")
    assert set(after) == {"cex/CEX (1).png", "cex/CEX (2).png", "pg/PG (9).png", "notes.txt"}
    assert after["cex/CEX (1).png"] == before["cex/CEX (1).png"]

    assert cli.main([*command, "--top", "0.3", "--labels", "none", "--clusters", "2"]) == 0
    assert "3 pictures (3 drawn)" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "out" / "analysis.csv")
    assert table["class_label"].isna().all()
    assert table["kmeans_pca_cluster"].nunique() == 2


def test_out_inside_the_folder_is_not_analyzed(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "in", 2)
    command = ["analyze", str(folder), "--out", str(folder / "out"), "--no-progress"]
    assert cli.main([*command, "--no-explorer"]) == 0
    assert cli.main([*command, "--no-explorer"]) == 0
    assert len(pd.read_csv(folder / "out" / "analysis.csv")) == 2
    assert len(ImageSet.from_folder(folder)) == 4


def test_errors_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["analyze", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "nowhere" in said
    assert not (tmp_path / "out").exists()
    for debug in (["--debug", *command], [*command, "--debug"]):
        assert cli.main(debug) == 1
        assert "Traceback" in capsys.readouterr().err

    folder = crystal_folder(tmp_path / "in", 1)
    assert cli.main(["analyze", str(folder), "--out", "o", "--model", "no such"]) == 1
    assert "crystalnet" in capsys.readouterr().err


def test_explore_without_an_analysis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explore", str(tmp_path), "--no-browser"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(tmp_path) in said


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["analyze"],
        ["analyze", "in"],
        ["analyse", "in", "--out", "out"],
        ["analyze", "in", "--out", "out", "--clusters", "0"],
        ["analyze", "in", "--out", "out", "--clusters", "two"],
        ["analyze", "in", "--out", "out", "--top", "16"],
        ["analyze", "in", "--out", "out", "--opacity", "-1"],
        ["analyze", "in", "--out", "out", "--poses", "4"],
        ["analyze", "in", "--out", "out", "--jobs", "0"],
        ["analyze", "in", "--out", "out", "--engine", "none"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert "usage: crystalviz" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["analyze"], ["explore"], ["demo"]])
def test_help_teaches(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "crystalviz analyze" in said or "examples:" in said
    assert max(map(len, said.splitlines())) <= 110
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == cz.__version__


def test_analyze_imports_no_tensorflow_where_another_engine_is_installed(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "in", 2)
    code = (
        "import sys; from crystalviz import cli;"
        "code = cli.main(['analyze', sys.argv[1], '--out', sys.argv[2], '--no-progress']);"
        "print(sorted({'tensorflow', 'keras', 'torch', 'matplotlib'} & set(sys.modules)));"
        "sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "[]"


def test_help_does_not_load_the_heavy_libraries() -> None:
    code = (
        "import sys; from crystalviz import cli; cli.main(['analyze', '--help']);"
        "sys.exit(bool({'tensorflow', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env=os.environ)
    assert run.returncode == 0


def _files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }
