"""The report as a whole: what it measures, says, draws and leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crystalviz.cam import CAM_METHODS, compute_cam
from crystalviz.cam.trust import CamReport, cam_report, insertion_deletion, scene_interval
from crystalviz.cam.trust.page import overview
from crystalviz.cam.trust.run_report import SLOW, method_names
from crystalviz.images import ArraySet
from crystalviz.models.errors import NoClassHeadError

PLACES = [(0, 1), (1, 6), (6, 0), (7, 5), (0, 6), (6, 7), (1, 0), (7, 2)]


@pytest.fixture(scope="module")
def images(spot) -> ArraySet:
    """Eight scenes, the first in two poses, and one plain picture without evidence."""
    pictures = [spot(place) for place in PLACES]
    pictures.insert(1, np.rot90(pictures[0]))
    pictures.append(spot())
    ids = [f"rough/<b>{i}</b>.png" for i in range(len(pictures))]
    return ArraySet(pictures, ids)


SCENES = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="module")
def report(images, rough_model) -> CamReport:
    return cam_report(
        images,
        rough_model,
        ["gradcam", "hirescam", "eigencam"],
        target="there",
        scenes=SCENES,
        progress=False,
    )


def test_a_row_for_each_method_and_control(report) -> None:
    table = report.table
    assert table["method"].tolist() == [
        *("gradcam", "hirescam", "eigencam"),
        *("random map", "uniform map", "centre map"),
    ]
    assert table["kind"].tolist() == ["method"] * 3 + ["control"] * 3
    assert set(table["layer"]) == {"cells"}
    gradcam = table.iloc[0]
    assert (gradcam["images"], gradcam["scenes"], gradcam["no_evidence"]) == (9, 8, 1)
    assert gradcam["deletion_auc"] < 0.1
    assert gradcam["insertion_auc"] > 0.9
    assert gradcam["road_combined"] > 0.4
    assert gradcam["pose_correlation"] == pytest.approx(1, abs=1e-4)
    assert gradcam["border_index"] == 0
    assert table.set_index("method").loc["random map", "deletion_auc"] == pytest.approx(
        0.5, abs=0.3
    )


def test_the_table_is_the_mean_over_scenes_of_the_values_by_image(
    report, images, rough_model
) -> None:
    values = report.per_image
    assert len(values) == 10 * 6
    mine = values[values["method"] == "gradcam"]
    assert mine["image_id"].tolist() == images.ids
    maps = compute_cam(images, rough_model, layer="cells", method="gradcam", target="there")
    curves = insertion_deletion(images, maps, rough_model, "there")
    np.testing.assert_allclose(mine["deletion_auc"], curves.deletion_auc, rtol=1e-5)
    interval = scene_interval(curves.deletion_auc, SCENES)
    row = report.table.iloc[0]
    found = row[["deletion_auc", "deletion_auc_low", "deletion_auc_high"]]
    np.testing.assert_allclose(found.astype(float), interval[:3], rtol=1e-5)
    random = values[values["method"] == "random map"]["deletion_auc"].to_numpy()
    gain = random - mine["deletion_auc"].to_numpy()
    np.testing.assert_allclose(mine["deletion_gain_random"], gain)


def test_every_measured_column_is_explained(report) -> None:
    measured = set(report.columns["column"])
    bounds = {f"{name}_{end}" for name in measured for end in ("low", "high")}
    named = {"kind", "method", "layer", "images", "scenes", "no_evidence"}
    assert set(report.table.columns) - bounds == measured | named
    assert set(report.columns["better"]) <= {"higher", "lower", "neither"}
    assert report.columns[["unit", "range", "meaning", "source"]].map(len).to_numpy().min() > 0


def test_verdicts_say_what_the_network_is_built_to_do(report) -> None:
    said = {(v.method, v.test): v for v in report.verdicts}
    for test in ("deletion", "insertion", "ROAD"):
        assert said["gradcam", test].finding == "good"
        assert "better than random maps" in said["gradcam", test].text
        assert "better than a hill in the centre" in said["gradcam", test].text
    assert said["gradcam", "poses"].finding == "good"
    same = [v for v in report.verdicts if v.method == "hirescam"]
    assert [v.finding for v in same] == ["same"]
    assert "gradcam" in same[0].text
    assert "by design" in said["eigencam", "head random"].text
    assert said["eigencam", "head random"].finding == "bad"
    assert str(same[0]).startswith("= hirescam at cells: ")


def test_few_scenes_show_nothing(images, rough_model) -> None:
    found = cam_report(
        images, rough_model, "gradcam", target="there", scenes=[0] * 5 + [1] * 5, progress=False,
        tests=["insertion_deletion", "poses"],
    )  # fmt: skip
    assert {verdict.finding for verdict in found.verdicts} == {"open"}
    assert {verdict.test for verdict in found.verdicts} == {"deletion", "insertion", "poses"}
    assert "2 scenes cannot show a difference at 95 %; 6 can" in found.verdicts[0].text
    assert "road_combined" not in found.table
    assert "randomized_all" not in found.table


def test_a_map_of_the_wrong_place_is_found_out(images, rough_model, monkeypatch) -> None:
    """The method's maps turned upside down: worse than random, and said so."""
    import crystalviz.cam.trust.explained as explained

    true = explained.compute_cam
    monkeypatch.setattr(explained, "compute_cam", lambda *a, **k: 1 - true(*a, **k))
    found = cam_report(
        images, rough_model, "gradcam", target="there", scenes=SCENES, progress=False,
        tests=["insertion_deletion", "road"],
    )  # fmt: skip
    assert {verdict.finding for verdict in found.verdicts} == {"bad"}
    assert all("worse than random maps" in verdict.text for verdict in found.verdicts)


def test_by_class_and_notes(images, rough_model) -> None:
    """The plain picture is predicted absent; blurred, all pictures are."""
    found = cam_report(
        images, rough_model, "eigencam", scenes=SCENES, tests=["insertion_deletion"],
        controls=[], progress=False,
    )  # fmt: skip
    table = found.by_class.set_index("explained_class")
    assert table.loc["absent", "images"] + table.loc["absent", "no_evidence"] == 1
    assert table.loc["there", "scenes"] == 8
    text = " ".join(found.notes)
    assert "10 images of 9 scenes" in text
    assert "1 of the 1 image explained as absent still belong" in text
    assert "0 of the 9 images explained as there" in text
    assert "deletion_gain_random" not in found.table


def test_what_was_left_out_is_said(images, rough_model, tmp_path) -> None:
    found = cam_report(
        images, rough_model, "gradcam", max_images=4, tests=["border"], progress=False, seed=3
    )
    assert found.table["images"].iloc[0] + found.table["no_evidence"].iloc[0] == 4
    assert "4 of 10 images were measured" in found.notes[-1]
    same = cam_report(
        images, rough_model, "gradcam", max_images=4, tests=["border"], progress=False, seed=3
    )
    assert same.chosen.ids == found.chosen.ids
    broken = tmp_path / "broken.png"
    from PIL import Image

    Image.fromarray(images.pixels(0)).save(tmp_path / "good.png")
    Image.effect_noise((64, 64), 50).save(broken)
    broken.write_bytes(broken.read_bytes()[:-2000])
    found = cam_report(tmp_path, rough_model, "gradcam", tests=["border"], progress=False)
    assert found.chosen.ids == ["good.png"]
    assert any("1 file of the image set could not be read" in note for note in found.notes)


def test_the_same_seed_gives_the_same_report(images, rough_model, report) -> None:
    again = cam_report(
        images, rough_model, ["gradcam", "hirescam", "eigencam"], target="there", scenes=SCENES,
        progress=False,
    )  # fmt: skip
    pd.testing.assert_frame_equal(report.table, again.table)


def test_subtracting_the_artefact_is_a_row_of_its_own(framed_model, spot) -> None:
    pictures = [spot(place, side=32) for place in ((2, 2), (3, 5), (5, 4))]
    found = cam_report(
        pictures, framed_model, "gradcam", target="there", subtract_artefact=True,
        scenes=[0, 1, 2], tests=["border", "poses"], progress=False,
    )  # fmt: skip
    table = found.table.set_index("method")
    assert table.loc["gradcam", "border_index"] > 0.3
    assert table.loc["gradcam - artefact", "border_index"] < 0.1
    assert table.loc["gradcam - artefact", "pose_correlation"] > 0.99


def test_methods_that_do_not_fit_are_left_out_unless_named(images, deep_model, crystals) -> None:
    """CAM needs the layer right before the pooling."""
    found = cam_report(crystals, deep_model, layers="low", tests=["border"], progress=False)
    assert "cam" not in set(found.table["method"])
    assert any(note.startswith("cam at low was left out: ") for note in found.notes)
    with pytest.raises(ValueError, match="cam"):
        cam_report(crystals, deep_model, "cam", "low", tests=["border"], progress=False)


def test_slow_methods_only_when_asked() -> None:
    assert not set(method_names()) & SLOW
    assert set(method_names("all")) == set(CAM_METHODS) > SLOW


def test_figures_hold_every_method(report) -> None:
    for dark in (False, True):
        figure = report.figure(images=2, dark=dark)
        names = [text.get_text() for text in figure.subfigs[1].legends[0].texts]
        assert names == [
            *("gradcam = hirescam", "eigencam"),
            *("random map", "uniform map", "centre map"),
        ]
        # Two rows of a picture and two different maps, and three curves.
        assert len(figure.axes) == 2 * 3 + 3
    with pytest.raises(ValueError, match="no layer 'rows' in this report; it has cells"):
        report.figure(layer="rows")


def test_the_page_is_whole_and_escaped(report, tmp_path) -> None:
    path = report.to_html(tmp_path / "report.html")
    text = path.read_text("utf-8")
    assert "<b>0</b>" not in text
    assert "&lt;b&gt;0&lt;/b&gt;" in text
    for name in report.table["method"]:
        assert name in text
    # Four images with two different maps each; two figures, each light and dark.
    assert text.count("data:image/") == 4 * 3 + 2 * 2
    seen = overview(report).set_index("method")
    assert seen.index.tolist() == ["gradcam = hirescam", "eigencam"]
    assert seen.loc["gradcam = hirescam", "deletion"] == "+"
    assert seen.loc["eigencam", "head random"] == "−"
    cell = report._repr_html_()
    assert "deletion AUC ↓" in cell
    assert "<script" not in cell
    with pytest.raises(FileNotFoundError, match="create it first"):
        report.to_html(tmp_path / "none" / "report.html")


def test_wrong_arguments_are_named(images, rough_model) -> None:
    for arguments, text in (
        ({"methods": "grad-cam"}, "no CAM method 'grad-cam', did you mean 'gradcam'"),
        ({"methods": []}, "name at least one CAM method"),
        ({"controls": ["noise"]}, "no control 'noise'; there are: random"),
        ({"tests": ["roads"]}, "did you mean 'road'"),
        ({"max_images": 0}, "max_images must be 1"),
        ({"scenes": [0, 1]}, "give one for each"),
        ({"target": "gone"}, "knows absent, there"),
        ({"images": []}, "no image that can be decoded"),
    ):
        given = {"images": images, "progress": False, **arguments}
        with pytest.raises(ValueError, match=text):
            cam_report(given.pop("images"), rough_model, **given)


def test_a_model_without_classes_is_refused(images) -> None:
    from crystalviz.models import Model
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    image = keras.Input((34, 34, 1))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(image))
    with pytest.raises(NoClassHeadError):
        cam_report(images, Model(keras.Model(image, features), "headless"), progress=False)
