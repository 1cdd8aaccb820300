"""The report of a classifier: baselines on the same split, folds, warnings, escaping, figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crystalviz.datasets.baselines import BASELINES, predict_from_shortcuts, shortcut_features
from crystalviz.images import Split
from crystalviz.models.training import write_report
from crystalviz.models.training.report_text import report_text


def pictures(count: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Class 0 is 30 x 30, class 1 is not; brightness and entropy say nothing."""
    rng = np.random.default_rng(7)
    targets = np.arange(count) % 2
    shapes = [(30, 30) if not target else (30 + int(rng.integers(4, 9)), 34) for target in targets]
    return [rng.integers(0, 256, shape).astype(np.uint8) for shape in shapes], targets


def arguments(count: int = 40, right: float = 0.9) -> dict[str, Any]:
    images, targets = pictures(count)
    sure = np.where(np.arange(count) % 9 == 0, 1 - right, right)
    probability = np.column_stack([1 - sure, sure])
    probability[targets == 0] = probability[targets == 0][:, ::-1]
    cut = [int(0.5 * count), int(0.75 * count)]
    return {
        "title": "Two classes",
        "ids": [f"picture {index}.png" for index in range(count)],
        "class_names": ("even", "odd"),
        "targets": targets,
        "probability": probability,
        "scenes": np.arange(count),
        "pixels_of": images.__getitem__,
        "split": Split(*np.split(np.arange(count), cut)),
    }


def test_baselines_on_the_split_know_what_size_gives_away(tmp_path: Path) -> None:
    report = write_report(tmp_path, **arguments())
    assert set(report["baselines"]) == {*BASELINES, "majority"}
    assert report["baselines"]["size"]["accuracy"] == 1.0
    assert report["baselines"]["mean_gray"]["accuracy"] < 0.9
    assert report["baselines"]["majority"]["accuracy"] == 0.5
    assert any("by size only 1.0000" in text for text in report["warnings"])
    # Of 10 test images one, number 36, is wrong; numbers 30 to 39 are the test part.
    assert report["judged_on"] == "test"
    assert report["parts"]["test"]["accuracy"] == 0.9
    assert report["parts"]["test"]["confusion"] == [[4, 1], [0, 5]]
    assert [row["image_id"] for row in report["mistakes"] if row["part"] == "test"] == [
        "picture 36.png"
    ]


def test_baseline_learns_from_train_only() -> None:
    """Brightness separates the classes in train one way and in test the other way."""
    features = np.zeros((20, 6))
    targets = np.arange(20) % 2
    features[:10, 4] = np.where(targets[:10], 200, 50)
    features[10:, 4] = np.where(targets[10:], 50, 200)
    predicted = predict_from_shortcuts(features, targets, np.arange(10), np.arange(10, 20))
    assert (predicted["mean_gray"] == 1 - targets[10:]).all()
    with pytest.raises(ValueError, match="at least two classes"):
        predict_from_shortcuts(features, targets, np.array([0, 2]), np.arange(10, 20))


def test_shortcut_features_by_hand() -> None:
    pixels = np.zeros((20, 10), np.uint8)
    pixels[:10] = 100
    features = shortcut_features(pixels)
    np.testing.assert_allclose(features, [20, 10, 200, np.log(2), 50, 1.0])


def test_folds_judge_all_labelled_images(tmp_path: Path) -> None:
    given = arguments()
    del given["split"]
    given["targets"] = np.where(np.arange(40) < 2, -1, given["targets"])
    given["folds"] = np.arange(40) // 2 % 5
    report = write_report(tmp_path, **given)
    assert report["judged_on"] == "out-of-scene"
    assert report["parts"]["out-of-scene"]["images"] == 38
    assert report["split"] is None
    assert report["baselines"]["size"]["accuracy"] == 1.0
    assert not (tmp_path / "split.csv").exists()
    with pytest.raises(ValueError, match="a scene stands in two folds"):
        write_report(tmp_path, **{**given, "scenes": np.arange(40) // 4})
    with pytest.raises(ValueError, match="either a split or the folds"):
        write_report(tmp_path, **{**given, "folds": None})


def test_images_without_prediction_or_label_are_not_counted(tmp_path: Path) -> None:
    given = arguments()
    given["probability"][30:32] = np.nan
    given["targets"] = np.where(np.arange(40) == 33, -1, given["targets"])
    report = write_report(tmp_path, **given)
    assert report["parts"]["test"]["images"] == 7
    table = pd.read_csv(tmp_path / "predictions.csv", keep_default_na=False)
    assert table.loc[30, "predicted_label"] == ""
    assert table.loc[33, "class_label"] == ""


def test_text_has_four_decimals_and_the_names_of_the_data(tmp_path: Path) -> None:
    report = write_report(tmp_path, **arguments(), facts={"backbone": "none"}, notes=["A note."])
    text = (tmp_path / "report.txt").read_text()
    assert text == report_text(report)
    lines = [line.split() for line in text.splitlines()]
    # 4 of 5 even and 5 of 5 odd images are right in the test part.
    assert ["even", "1.0000", "0.8000", "0.8889", "5"] in lines
    assert ["odd", "0.8333", "1.0000", "0.9091", "5"] in lines
    assert ["size", "only", "1.0000", "1.0000", "0.6915", "to", "1.0000"] in lines
    assert "backbone: none" in text
    assert json.loads((tmp_path / "report.json").read_text()) == report


def test_names_from_outside_stay_text(tmp_path: Path) -> None:
    given = arguments()
    nasty = "<img src=x onerror=alert(1)>$x_1$"
    given["class_names"] = ("even", nasty)
    given["ids"] = [f"{name}<script>alert(2)</script>" for name in given["ids"]]
    write_report(tmp_path, **given, maps=np.ones((40, 3, 3), np.float32))
    page = (tmp_path / "index.html").read_text()
    assert "<img src=x" not in page
    assert "<script" not in page
    assert "&lt;img src=x onerror" in page
    assert Image.open(tmp_path / "confusion.png").width > 400


def test_many_classes_and_history_are_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 256, (20, 20)).astype(np.uint8) for _ in range(48)]
    targets = np.arange(48) % 6
    probability = np.full((48, 6), 0.1)
    probability[np.arange(48), targets] = 0.5
    names = [f"class with a long name {index}" for index in range(6)]
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]}
        | {f"val_f1 {name}": [0.5, 0.8, np.nan] for name in names}
    )
    report = write_report(
        tmp_path,
        title="Six",
        ids=list(map(str, range(48))),
        class_names=names,
        targets=targets,
        probability=probability,
        scenes=np.arange(48),
        pixels_of=images.__getitem__,
        split=Split(*np.split(np.arange(48), [24, 36])),
        history=history,
        best_epoch=2,
    )
    assert report["mistakes"] == []
    assert report["parts"]["test"]["macro_f1"] == 1.0
    assert len(pd.read_csv(tmp_path / "history.csv")) == 3
    assert {"metrics.png", "confusion.png"} <= {path.name for path in tmp_path.iterdir()}


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    given = arguments()
    with pytest.raises(ValueError, match=r"probability of shape \(40, 2\)"):
        write_report(tmp_path, **{**given, "probability": given["probability"][:, 1]})
    given["probability"][20:] = np.nan
    with pytest.raises(ValueError, match="nothing to judge"):
        write_report(tmp_path, **given)
