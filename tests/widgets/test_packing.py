"""What Python sends is what the browser reads: the same numbers, in the same order."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz.widgets.packing import CELL, pack_page, pack_table, page_layout, smaller_picture


def unpack(packed):
    return np.frombuffer(packed["data"], dtype=np.dtype(packed["dtype"])).reshape(packed["shape"])


@pytest.fixture(scope="module")
def packed(analysis):
    return pack_table(analysis, 4)


def test_columns_carry_the_table(analysis, packed):
    assert packed["ids"] == list(analysis.table["image_id"])
    np.testing.assert_array_equal(
        unpack(packed["entropy"]), analysis.table["image_entropy"].to_numpy(np.float32)
    )
    np.testing.assert_array_equal(
        unpack(packed["neighbors"]), analysis.neighbor_indices[:, : packed["neighbors"]["shape"][1]]
    )


def test_classes_that_differ_in_case_alone_are_one(analysis, packed):
    assert len(packed["labels"]) == len({label.casefold() for label in packed["labels"]})
    labels = unpack(packed["label_codes"])
    names = [packed["labels"][code] for code in labels]
    assert names == list(analysis.table["class_label"])


def test_short_names_have_neither_folder_nor_suffix(packed):
    assert all("/" not in name and not name.endswith(".png") for name in packed["names"])


def test_cams_are_quantised_to_the_nearest_level(analysis, packed):
    error = np.abs(unpack(packed["cams"]) / 255 - analysis.cams)
    assert error.max() <= 0.5 / 255 + 1e-6


def test_page_holds_each_tile_in_its_cell_and_exact_histograms(analysis):
    n = len(analysis.table)
    page = pack_page(analysis.pictures, 0, n)
    columns = page_layout(n)["columns"]
    with Image.open(io.BytesIO(page["atlas"])) as atlas:
        atlas = np.asarray(atlas.convert("L"), dtype=float)
    for row in (0, 1, n - 1):
        with Image.open(io.BytesIO(analysis.pictures.tile(row))) as tile:
            expected = np.asarray(tile.convert("L"), dtype=float)
        y, x = row // columns * CELL, row % columns * CELL
        found = atlas[y : y + expected.shape[0], x : x + expected.shape[1]]
        assert np.abs(found - expected).mean() < 6  # both are lossy WebP
    histograms = np.frombuffer(zlib.decompress(page["histograms"]), "<u4").reshape(n, 256)
    for row in (0, n - 1):
        np.testing.assert_array_equal(histograms[row], analysis.pictures.histogram(row))


def test_no_such_page(analysis):
    with pytest.raises(IndexError, match="no thumbnail page 1"):
        pack_page(analysis.pictures, 1, len(analysis.table))


def test_smaller_picture_keeps_the_aspect_and_never_grows(analysis):
    picture = analysis.pictures.picture(0)
    with Image.open(io.BytesIO(picture)) as image:
        width, height = image.size
    with Image.open(io.BytesIO(smaller_picture(picture, 64))) as image:
        assert max(image.size) == 64
        assert image.size[0] / image.size[1] == pytest.approx(width / height, rel=0.05)
    assert smaller_picture(picture, 4096) == picture


def test_histogram_of_the_page_is_the_public_histogram(analysis, sample_folder):
    image_id = analysis.table["image_id"][0]
    np.testing.assert_array_equal(
        analysis.pictures.histogram(0), cz.histogram(sample_folder / image_id)
    )
