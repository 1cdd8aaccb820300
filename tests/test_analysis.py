"""analyze() on synthetic crystals: what each column and array holds."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz.analysis.assembly import TABLE_COLUMNS
from crystalviz.images import ImageSet, NoImagesError, find_scenes, tile
from crystalviz.measures import histogram, shannon_entropy
from crystalviz.models import extract_features, load_model
from crystalviz.models.appearance import appearances
from crystalviz.models.novelty import reference_of
from tests.analysis_folders import CountingModel, crystal_folder, shared


def test_table_says_what_the_rooms_say_one_by_one() -> None:
    folder, _, analysis = shared()
    images = ImageSet.from_folder(folder)
    table = analysis.table
    assert tuple(table.columns) == (*TABLE_COLUMNS, "unfamiliarity")
    assert table["image_id"].tolist() == images.ids
    assert table["class_label"].tolist() == images.labels
    assert isinstance(table.index, pd.RangeIndex)
    for row, path in enumerate(images.paths):
        assert table["image_entropy"][row] == shannon_entropy(path)
        assert table["image_header"][row] == images.timestamp(row)
        np.testing.assert_array_equal(analysis.pictures.histogram(row), histogram(path))
    np.testing.assert_array_equal(table["scene"], find_scenes(images))
    assert table["scene"].nunique() < len(table)

    features = extract_features(images, load_model("crystalnet"))
    assert analysis.vectors.tobytes() == features.vectors.tobytes()
    np.testing.assert_array_equal(
        table["probability"].to_numpy().astype(np.float32), features.probability
    )
    share = table["probability"]
    np.testing.assert_array_equal(table["confidence"], 100 * np.maximum(share, 1 - share))
    assert (table["confidence"] >= 50).all()
    assert (table["predicted_label"] == np.where(share >= 0.5, "PG", "CEX")).all()


def test_maps_are_those_of_the_predicted_class() -> None:
    folder, _, analysis = shared()
    seen = load_model("crystalnet").one_pass([ImageSet.from_folder(folder).pixels(3)])
    np.testing.assert_array_equal(analysis.cams[3], seen.maps[0])
    assert analysis.cams.dtype == np.float32
    assert analysis.cams.min() >= 0
    assert analysis.cams.max() <= 1


def test_a_cat_is_unfamiliar_and_crystals_are_not(tmp_path: Path) -> None:
    from skimage import data

    folder = shutil.copytree(shared()[0], tmp_path / "in")
    Image.fromarray(data.cat()).save(folder / "cat.png")
    analysis = cz.analyze(folder, store=tmp_path / "store", progress=False)
    unfamiliar = analysis.table["unfamiliarity"] > 1
    assert unfamiliar[analysis.row("cat.png")]
    assert unfamiliar.sum() <= 3
    # Of the pixels, not of the thumbnails: the very numbers that the reference was made of.
    reference = reference_of("crystalnet")
    assert reference is not None
    images = ImageSet.from_folder(folder)
    looks = appearances(images.pixels(row) for row in range(len(images)))
    np.testing.assert_allclose(
        analysis.table["unfamiliarity"], reference.score(analysis.vectors, looks), rtol=1e-5
    )
    assert cz.load_analysis(tmp_path / "store").table.equals(analysis.table)


def test_projection_groups_and_neighbours() -> None:
    _, _, analysis = shared()
    table = analysis.table
    centred = analysis.vectors.astype(float) - analysis.vectors.astype(float).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    share = (singular**2 / (singular**2).sum())[:2]
    np.testing.assert_allclose(analysis.explained_variance, share, rtol=1e-6)
    for name, axis in (("kmeans_pca_x", 0), ("kmeans_pca_y", 1)):
        np.testing.assert_allclose(np.abs(table[name]), np.abs(centred @ axes[axis]), atol=1e-4)
    assert sorted(table["kmeans_pca_cluster"].unique()) == [0, 1, 2, 3]

    unit = analysis.vectors / np.linalg.norm(analysis.vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -2)
    for row, image_id in enumerate(table["image_id"]):
        near = analysis.neighbors(image_id)
        assert len(near) == 5
        assert image_id not in [item.image_id for item in near]
        assert near == sorted(near, key=lambda item: -item.similarity)
        np.testing.assert_allclose(
            [item.similarity for item in near], np.sort(cosine[row])[::-1][:5], atol=1e-6
        )
        np.testing.assert_allclose(near[0].distance, 1 - near[0].similarity, atol=1e-6)
    assert len(analysis.neighbors(table["image_id"][0], k=100)) == len(table) - 1
    assert analysis.neighbors(table["image_id"][0], k=12)[:10] == analysis.neighbors(
        table["image_id"][0], k=10
    )


def test_pictures_are_small_versions_of_the_file() -> None:
    folder, _, analysis = shared()
    pixels = ImageSet.from_folder(folder).pixels(0)
    small = Image.open(io.BytesIO(analysis.pictures.tile(0)))
    assert small.format == "WEBP"
    assert small.size == analysis.pictures.tile_size(0)
    assert max(small.size) == 128
    np.testing.assert_allclose(np.asarray(small.convert("L")), tile(pixels, 128), atol=40)
    whole = Image.open(io.BytesIO(analysis.pictures.picture(0)))
    assert whole.size == (pixels.shape[1], pixels.shape[0]) == analysis.pictures.size(0)
    assert np.abs(np.asarray(whole.convert("L")).astype(int) - pixels).mean() < 4


def test_unknown_image_names_the_nearest() -> None:
    _, _, analysis = shared()
    with pytest.raises(KeyError, match=r"CEX \(1\)\.png"):
        analysis.neighbors("cex/CEX (1)")
    with pytest.raises(ValueError, match="k must be"):
        analysis.neighbors("cex/CEX (1).png", k=0)


def test_says_what_it_is() -> None:
    _, store, analysis = shared()
    text = repr(analysis)
    assert "14 images" in text
    assert "crystalnet" in text
    assert str(store) in text
    analysis = cz.load_analysis(store)
    analysis.title = "<b>bad</b>"
    assert "<b>bad" not in analysis._repr_html_()
    status = analysis.store_status()
    assert status["objects"] == 14
    assert status["connected"] is True
    assert status["version"] == cz.__version__


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_images(tmp_path: Path, count: int) -> None:
    analysis = cz.analyze(crystal_folder(tmp_path, count), progress=False)
    assert len(analysis) == count
    assert np.isfinite(analysis.table["kmeans_pca_x"]).all()
    assert analysis.neighbor_indices.shape == (count, 10)
    assert len(analysis.neighbors(analysis.table["image_id"][0])) == count - 1
    assert len(repr(analysis)) < 300


def test_identical_and_constant_images_without_labels(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        Image.fromarray(np.full((64, 80), 90, np.uint8)).save(tmp_path / f"{name}.png")
    model = CountingModel()
    analysis = cz.analyze(tmp_path, model, progress=False)
    assert model.pictures == 1
    assert analysis.table["class_label"].tolist() == [None] * 3
    assert analysis.table["scene"].tolist() == [0, 0, 0]
    assert analysis.table["image_entropy"].tolist() == [0, 0, 0]
    assert not analysis.table[["kmeans_pca_x", "kmeans_pca_y", "kmeans_pca_cluster"]].any().any()
    assert [item.image_id for item in analysis.neighbors("b.png")] == ["a.png", "c.png"]
    saved = cz.load_analysis(analysis.save(tmp_path / "store"))
    assert saved.table.equals(analysis.table)
    assert saved.table["class_label"].tolist() == [None] * 3


def test_damaged_files_are_set_aside_and_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crystal_folder(tmp_path, 4)
    whole = (tmp_path / "cex" / "CEX (1).png").read_bytes()
    (tmp_path / "cex" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cex" / "cut copy.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cex" / "empty.png").write_bytes(b"")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    (tmp_path / "cex" / "flipped.png").write_bytes(flipped)
    analysis = cz.analyze(tmp_path, progress=True)
    assert len(analysis) == 4
    bad = {name for name, _ in analysis.problems}
    assert bad == {f"cex/{name}.png" for name in ("cut", "cut copy", "empty", "flipped")}
    assert len(analysis.problems) == 4
    said = capsys.readouterr().err
    assert said.count("4 files set aside") == 1
    assert "1 more in analysis.problems" in said


def test_a_model_without_a_class_head(tmp_path: Path) -> None:
    import keras

    image = keras.Input((48, 48, 1))
    maps = keras.layers.Conv2D(5, 3, strides=4, activation="relu", name="maps")(image)
    network = keras.Model(image, keras.layers.GlobalAveragePooling2D()(maps))
    network.save(tmp_path / "headless.keras")
    folder = crystal_folder(tmp_path / "images", 3)
    analysis = cz.analyze(folder, tmp_path / "headless.keras", store=tmp_path / "s", progress=False)
    table = cz.load_analysis(tmp_path / "s").table
    assert table.equals(analysis.table)
    assert table["predicted_label"].tolist() == [None] * 3
    assert table[["probability", "confidence"]].isna().all(axis=None)
    assert analysis.vectors.shape == (3, 5)
    assert analysis.cams.shape[0] == 3
    with cz.connect(tmp_path / "s") as client:
        for item in client.collections.use("CrystalImage").iterator():
            assert item.properties.get("probability") is None
    cz.Explorer(analysis).to_html(tmp_path / "page.html")


def test_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(NoImagesError, match=r"a\.png"):
        cz.analyze(tmp_path, progress=False)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        cz.analyze(tmp_path / "nowhere", progress=False)
    with pytest.raises(TypeError, match="folder"):
        cz.analyze(3, progress=False)
    with pytest.raises(ValueError, match="n_clusters"):
        cz.analyze(tmp_path, n_clusters=0)


def test_silent_without_progress(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_model("crystalnet")
    capfd.readouterr()
    cz.analyze(crystal_folder(tmp_path, 2), progress=False)
    assert capfd.readouterr() == ("", "")


def test_the_image_folder_is_not_needed_later(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 3)
    cz.analyze(folder, store=tmp_path / "store", progress=False)
    shutil.rmtree(folder)
    analysis = cz.load_analysis(tmp_path / "store")
    assert analysis.title == "images"
    for row in range(3):
        assert analysis.pictures.tile(row)[:4] == b"RIFF"
        assert analysis.pictures.picture(row)[:4] == b"RIFF"
        assert analysis.pictures.histogram(row).sum() > 0
