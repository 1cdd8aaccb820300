"""Training on synthetic micrographs: what it writes, and that the numbers hold together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score
from tests.models.training.conftest import SETTINGS

import crystalviz as cz
from crystalviz.images import ArraySet, audit_split, find_scenes
from crystalviz.models import load_model
from crystalviz.models._keras import import_keras
from crystalviz.models.appearance import appearances
from crystalviz.models.novelty import reference_of
from crystalviz.models.training import Recipe, TrainingResult, train
from crystalviz.models.training.backbone import build_classifier, make_backbone
from crystalviz.models.training.examples import choose_labelled
from crystalviz.models.training.loop import batch_count
from crystalviz.models.training.recipe import recipe_for


def test_folder_holds_what_is_promised(trained: TrainingResult) -> None:
    assert {path.name for path in trained.folder.iterdir()} == {
        *("model.keras", "model.keras.json", "model.onnx", "model.reference.npz"),
        "checkpoint.npz",
        *("index.html", "report.json", "report.txt", "confusion.png", "metrics.png"),
        *("history.csv", "predictions.csv", "split.csv"),
    }
    assert json.loads((trained.folder / "report.json").read_text()) == trained.report
    assert trained.page == trained.folder / "index.html"


def test_names_come_from_the_data_in_the_order_of_the_indices(trained: TrainingResult) -> None:
    assert trained.class_names == ("cex", "pg")
    sidecar = json.loads((trained.folder / "model.keras.json").read_text())
    assert sidecar["class_names"] == ["cex", "pg"]
    model = trained.load()
    assert model.class_names == ("cex", "pg")
    assert model.cam_layer == "conv5_block2_out"
    assert model.has_head
    # The table of an analysis says so too: P is that of pg.
    table = pd.read_csv(trained.folder / "predictions.csv")
    guessed = np.where(table["probability pg"] >= 0.5, "pg", "cex")
    assert (table["predicted_label"] == guessed).all()
    np.testing.assert_allclose(table["probability cex"] + table["probability pg"], 1, atol=2e-6)


def test_scores_follow_from_the_predictions(trained: TrainingResult) -> None:
    table = pd.read_csv(trained.folder / "predictions.csv")
    assert set(table["part"]) == {"train", "validation", "test"}
    for part, rows in table.groupby("part"):
        scores = trained.report["parts"][part]
        confusion = np.array(scores["confusion"])
        assert confusion.sum() == scores["images"] == len(rows)
        assert confusion.sum(axis=1).tolist() == [
            (rows["class_label"] == name).sum() for name in ("cex", "pg")
        ]
        assert scores["scenes"] == rows["scene"].nunique()
        f1 = f1_score(rows["class_label"], rows["predicted_label"], average=None)
        assert [scores["classes"][name]["f1"] for name in ("cex", "pg")] == f1.round(4).tolist()
        assert scores["interval"][0] <= scores["accuracy"] <= scores["interval"][1]
    wrong = table[table["class_label"] != table["predicted_label"]]
    listed = {row["image_id"] for row in trained.report["mistakes"]}
    assert listed == set(wrong[wrong["part"] != "train"]["image_id"])


def test_kept_epoch_is_the_one_of_the_lowest_validation_loss(trained: TrainingResult) -> None:
    history = trained.history
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    best = int(history.loc[history["val_loss"].idxmin(), "epoch"])
    assert trained.report["facts"]["epochs"] == f"4, kept: {best}"
    # The scores of the written model on validation are those that this epoch had.
    row = history[history["epoch"] == best].iloc[0]
    classes = trained.report["parts"]["validation"]["classes"]
    for name in ("cex", "pg"):
        assert classes[name]["f1"] == round(row[f"val_f1 {name}"], 4)


def test_split_keeps_scenes_together_and_is_written(
    trained: TrainingResult, crystal_folder: Path
) -> None:
    images = cz.ImageSet.from_folder(crystal_folder)
    scenes = find_scenes(images)
    assert len(np.unique(scenes)) < len(images)
    audit = audit_split(images, trained.split, scenes)
    assert audit.clean
    assert audit.missing == 0
    assert trained.report["split"]["clean"]
    assert trained.report["split"]["images"] == audit.images
    rows = pd.read_csv(trained.folder / "split.csv")
    assert len(rows) == len(images)
    test = set(rows[rows["part"] == "test"]["image_id"])
    assert test == {images.ids[index] for index in trained.split.test}


def test_onnx_gives_the_probabilities_of_keras(
    trained: TrainingResult, crystal_folder: Path
) -> None:
    assert trained.onnx_path is not None
    images = cz.ImageSet.from_folder(crystal_folder)
    pixels = [images.pixels(index) for index in range(len(images))]
    onnx = load_model(trained.onnx_path, engine="onnx")
    assert onnx.class_names == trained.class_names
    network = load_model(trained.model_path, engine="keras").network
    expected = network.predict_on_batch(onnx.prepare(pixels))[:, 0]
    np.testing.assert_allclose(onnx.one_pass(pixels).probability, expected, atol=1e-4)


def test_model_serves_an_analysis(trained: TrainingResult, crystal_folder: Path) -> None:
    analysis = cz.analyze(crystal_folder, model=str(trained.model_path), progress=False)
    assert analysis.class_names == ("cex", "pg")
    expected = pd.read_csv(trained.folder / "predictions.csv")
    rows = analysis.table.set_index("image_id").loc[expected["image_id"]]
    assert rows["predicted_label"].tolist() == expected["predicted_label"].tolist()
    np.testing.assert_allclose(rows["probability"], expected["probability pg"], atol=1e-4)


def test_known_pictures_are_familiar_and_noise_is_not(
    trained: TrainingResult, crystal_folder: Path
) -> None:
    reference = reference_of(trained.model_path)
    assert reference is not None
    model = trained.load()
    assert reference.model == model.facts.weights
    images = cz.ImageSet.from_folder(crystal_folder)
    known = [images.pixels(index) for index in trained.split.train]
    rng = np.random.default_rng(0)
    strange = [rng.integers(0, 256, (150, 150)).astype(np.uint8) for _ in range(5)]
    familiar = reference.score(model.one_pass(known).vectors, appearances(known))
    unfamiliar = reference.score(model.one_pass(strange).vectors, appearances(strange))
    assert familiar.max() <= 1 < unfamiliar.min()
    # A loaded model brings its reference, so that an analysis with it has the column.
    assert reference_of(model).model == reference.model


def test_three_classes_end_in_softmax_and_leave_other_labels_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    shades = {"c dark": 40, "a middle": 120, "b bright": 210}
    pictures, labels = [], []
    for name, shade in shades.items():
        for _ in range(8):
            pictures.append(rng.normal(shade, 12, (40, 40)).clip(0, 255).astype(np.uint8))
            labels.append(name)
    labels[0] = None
    source = ArraySet(pictures, labels=labels)
    with pytest.warns(UserWarning, match="RANDOM weights"):
        result = train(
            source,
            tmp_path,
            "crystalnet",
            weights=None,
            image_size=32,
            epochs=1,
            fractions=(0.5, 0.25, 0.25),
            progress=False,
        )
    assert result.class_names == ("a middle", "b bright", "c dark")
    assert result.report["left_out"] == [["0", "has no label; not used"]]
    model = result.load()
    assert model.class_names == result.class_names
    probability = model.one_pass(pictures[:5]).class_probability
    assert probability.shape == (5, 3)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert result.onnx_path is not None
    by_onnx = cz.load_model(result.onnx_path, engine="onnx").one_pass(pictures[:5])
    np.testing.assert_allclose(by_onnx.class_probability, probability, atol=1e-4)
    # Brightness alone tells them apart, and the report warns of it.
    assert result.report["baselines"]["mean_gray"]["accuracy"] == 1.0
    assert any("by brightness only" in text for text in result.report["warnings"])
    assert "random weights" in result.report["notes"][0]


def test_sorted_split_shows_its_leak_and_classes_may_be_ordered(tmp_path: Path) -> None:
    crystals = cz.datasets.synthetic_crystals(24, seed=2, poses=0.9)
    source = ArraySet(crystals.images, [f"{i:03}" for i in range(24)], crystals.labels)
    settings = {**SETTINGS, "epochs": 1, "split": "sorted", "fractions": (0.5, 0.25, 0.25)}
    result = train(source, tmp_path, **settings, classes=["PG", "CEX"])
    report = result.report
    assert not report["split"]["clean"]
    assert any(text.startswith("The split leaks") for text in report["warnings"])
    assert report["facts"]["split"] == "by sorted file name"
    assert result.class_names == result.load().class_names == ("PG", "CEX")
    assert report["facts"]["output"] == "P(CEX)"


def test_given_split_is_taken_and_the_report_is_not_lost_with_onnx(
    crystal_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = cz.ImageSet.from_folder(crystal_folder)
    split = cz.group_split(images, (0.5, 0.5, 0.0), seed=9)
    settings = {**SETTINGS, "epochs": 1, "split": split, "onnx": True}
    # An import of None fails, as that of a package that is not installed.
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.warns(UserWarning, match=r"model.onnx is not written: .*crystalviz\[onnx\]"):
        result = train(images, tmp_path, **settings)
    assert result.onnx_path is None
    assert result.report["facts"]["ONNX"].startswith("not written: ")
    for given, taken in zip(split, result.split, strict=True):
        assert given.tolist() == taken.tolist()
    # Without a test part the report says what its numbers are.
    assert result.report["judged_on"] == "validation"
    assert "no test part" in result.report["warnings"][0]


def test_recipe_is_that_of_the_georgia_project() -> None:
    recipe = Recipe()
    assert (recipe.learning_rate, recipe.momentum, recipe.batch_size) == (0.1, 0.9, 64)
    assert (recipe.epochs, recipe.seed, recipe.unfrozen) == (100, 42, 0.10)
    assert (recipe.target_f1, recipe.patience, recipe.min_delta) == (0.997, 50, 0.001)
    assert recipe_for("resnet50", epochs=7) == Recipe(epochs=7)
    with pytest.raises(ValueError, match="batch_size must be 1 or more, not 0"):
        recipe_for("resnet50", batch_size=0)


def test_no_image_is_dropped_and_no_batch_is_tiny() -> None:
    assert [batch_count(n, 64) for n in (1, 64, 65, 3416)] == [1, 1, 2, 54]
    assert {len(x) for x in np.array_split(np.arange(65), batch_count(65, 64))} == {32, 33}


def test_resnet50_gets_the_head_and_the_last_tenth_learns() -> None:
    """The layers by name and number; nothing is trained."""
    _, keras = import_keras()
    base = make_backbone("resnet50", None, (32, 32), seed=42)
    assert base.random
    assert base.preprocessing == "caffe"
    network = build_classifier(base, 2, Recipe(), steps=150)
    layers = base.network.layers
    assert [layer.trainable for layer in layers].index(True) == len(layers) - round(
        0.1 * len(layers)
    )
    head = [(type(x).__name__, getattr(x, "units", None)) for x in network.layers[len(layers) :]]
    assert head == [
        ("GlobalAveragePooling2D", None),
        ("Dense", 512),
        ("BatchNormalization", None),
        ("Dropout", None),
        ("Dense", 256),
        ("Dropout", None),
        ("Dense", 1),
    ]
    assert [x.rate for x in network.layers if isinstance(x, keras.layers.Dropout)] == [0.4, 0.3]
    assert network.get_layer("head_bn").momentum == 0.99
    # Frozen batch normalisation keeps its statistics even when the network is in training.
    frozen = network.get_layer("conv1_bn")
    before = [value.copy() for value in frozen.get_weights()]
    network(
        np.random.default_rng(0).normal(0, 50, (4, 32, 32, 3)).astype(np.float32), training=True
    )
    for old, new in zip(before, frozen.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    # The same seed draws the same random weights.
    again = make_backbone("resnet50", None, (32, 32), seed=42)
    kernel = again.network.get_layer("conv3_block1_1_conv").get_weights()[0]
    np.testing.assert_array_equal(
        kernel, base.network.get_layer("conv3_block1_1_conv").get_weights()[0]
    )


def test_backbone_of_a_model_is_a_copy() -> None:
    model = load_model("crystalnet")
    before = [value.copy() for value in model.network.get_weights()]
    base = make_backbone(model, "imagenet", None, seed=1)
    assert base.network.output.shape[1:] == (10, 10, 128)
    base.network.set_weights([value + 1 for value in base.network.get_weights()])
    for old, new in zip(before, model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["a"] * 6, "all labelled images are of one class, 'a'"),
        ([None] * 6, "none of the 6 images has a label"),
        (["a"] * 5 + ["b"], "class 'b' has 1 image; training needs at least two scenes"),
    ],
)
def test_folders_that_cannot_be_learned_from(labels, said: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (40, 40)).astype(np.uint8) for _ in labels]
    with pytest.raises(ValueError, match=said):
        train(ArraySet(pictures, labels=labels), tmp_path, "crystalnet", progress=False)
    assert not list(tmp_path.iterdir())


def test_copies_of_one_scene_are_no_two_scenes(tmp_path: Path) -> None:
    pictures = cz.datasets.synthetic_crystals(6, seed=1).images
    turned = [np.rot90(pictures[0], turns).copy() for turns in range(3)]
    source = ArraySet([*pictures[1:], *turned], labels=["a"] * 5 + ["b"] * 3)
    with pytest.raises(ValueError, match="class 'b' has 3 images of one scene"):
        train(source, tmp_path, "crystalnet", progress=False)


def test_weights_that_fit_no_backbone() -> None:
    with pytest.raises(ValueError, match="'crystalnet' comes with its own weights"):
        make_backbone("crystalnet", "some.h5", None, 0)
    with pytest.raises(ValueError, match=r"no such weights file|some\.h5"):
        make_backbone("resnet50", "some.h5", None, 0)


def test_results_inside_of_the_image_folder_are_no_examples(tmp_path: Path) -> None:
    cz.datasets.synthetic_crystals(8, seed=8).write(tmp_path)
    cz.datasets.synthetic_crystals(2, seed=9).write(tmp_path / "report" / "figures")
    images = cz.ImageSet.from_folder(tmp_path)
    assert len(images) == 10
    names, chosen, left_out = choose_labelled(images, out=tmp_path / "report")
    assert names == ("cex", "pg")
    assert not left_out
    assert [images.ids[i] for i in chosen] == [x for x in images.ids if "report" not in x]
