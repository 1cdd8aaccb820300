"""The table of all measures of all images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crystalviz.images import ImageSet
from crystalviz.measures import (
    MEASURES,
    focus,
    gray_quantiles,
    local_entropy,
    measure_images,
    otsu,
    shannon_entropies,
    shannon_entropy,
    texture,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(5):
        pixels = rng.integers(0, 40 * (number + 1), (50, 40), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return tmp_path


def damage(path: Path) -> None:
    """Spoil the pixel data; only decoding tells."""
    data = bytearray(path.read_bytes())
    data[200:1200] = bytes(1000)
    path.write_bytes(data)


def test_one_row_an_image_one_column_a_number(folder: Path):
    images = ImageSet.from_folder(folder)
    table = measure_images(images, "all")
    assert list(table["image_id"]) == images.ids
    columns = [column for measure in MEASURES.values() for column in measure.columns]
    assert list(table.columns) == ["image_id", *columns]
    assert np.isfinite(table[columns].to_numpy()).all()
    assert (table.dtypes[columns] == np.float64).all()
    for row, pixels in enumerate(map(images.pixels, range(5))):
        values = table.iloc[row]
        assert values["entropy"] == shannon_entropy(pixels)
        assert values["gray_p30"] == gray_quantiles(pixels, [30])[0]
        assert values["otsu_threshold"] == otsu(pixels).threshold
        assert values["glcm_contrast"] == texture(pixels, 5).contrast
        assert values["local_entropy_7"] == local_entropy(pixels, 7).mean()
        assert values["focus_brenner"] == focus(pixels, "brenner")
    assert measure_images(images).shape[1] == table.shape[1] - 1


def test_chosen_measures(folder: Path):
    table = measure_images(folder, ["otsu", "entropy", "otsu"])
    assert list(table) == ["image_id", "otsu_threshold", "otsu_effectiveness", "entropy"]
    with pytest.raises(ValueError, match="no measure 'entropie'; there are entropy"):
        measure_images(folder, ["entropie"])


def test_any_number_of_threads_gives_the_same(folder: Path):
    stack = np.random.default_rng(1).integers(0, 256, (70, 20, 20), np.uint8)
    names = ["entropy", "texture"]
    one = measure_images(stack, names, workers=1)
    assert list(one["image_id"]) == [str(i) for i in range(70)]
    assert one.equals(measure_images(stack, names, workers=3))
    assert measure_images(folder, names).equals(measure_images(ImageSet.from_folder(folder), names))


def test_a_bad_file_is_left_out_and_listed(folder: Path, capsys: pytest.CaptureFixture[str]):
    images = ImageSet.from_folder(folder)
    damage(folder / "2.png")
    table = measure_images(images, ["entropy"], progress=True)
    assert list(table["image_id"]) == ["0.png", "1.png", "3.png", "4.png"]
    assert [name for name, _ in images.problems] == ["2.png"]
    assert "5/5" in capsys.readouterr().err
    assert np.isnan(shannon_entropies(images)).tolist() == [False, False, True, False, False]
    assert len(images.problems) == 1


def test_an_image_too_small_for_a_measure(tmp_path: Path):
    table = measure_images(np.array([[7, 9]], np.uint8), "all")
    assert table["entropy"][0] == 1
    assert table[["glcm_energy", "focus_brenner"]].isna().all(axis=None)


def test_entropies_equal_the_single_function_to_the_bit(folder: Path):
    stack = np.random.default_rng(2).integers(0, 99, (100, 31, 17), np.uint8)
    expected = np.array([shannon_entropy(pixels) for pixels in stack])
    found = shannon_entropies(stack)
    assert found.tobytes() == expected.tobytes()
    assert shannon_entropies([]).shape == (0,)
    images = ImageSet.from_folder(folder)
    assert list(shannon_entropies(folder)) == [shannon_entropy(path) for path in images.paths]
