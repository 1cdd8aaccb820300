"""Micrographs of the mark map: found by name, cut into tiles, refused in words."""

import io

import numpy as np
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz.widgets import micrographs
from crystalviz.widgets.micrographs import TILE, Micrographs


def decoded(tile):
    with Image.open(io.BytesIO(tile)) as image:
        assert image.format == "WEBP"
        return np.asarray(image.convert("L"), dtype=float)


def ramp(width, height):
    """A picture whose every place is known: brighter to the right and down."""
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    return (100 * (x + y)).astype(np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "levels"),
    [(1, 1, 1), (512, 300, 1), (513, 10, 2), (1024, 1024, 2), (1025, 40, 3), (4096, 4096, 4)],
)
def test_levels_halve_until_one_tile_holds_the_picture(width, height, levels):
    pictures = Micrographs(["a"], {"a": np.zeros((height, width), np.uint8)})
    assert pictures.levels(0) == levels
    places = list(pictures.places(0))
    assert len(places) == len(set(places))
    assert [place[0] for place in places].count(levels - 1) == 1
    assert places.count((0, 0, 0)) == 1


def test_tiles_put_together_are_the_picture_at_each_scale():
    picture = ramp(1100, 700)
    pictures = Micrographs(["a"], {"a": picture})
    for level in range(pictures.levels(0)):
        scale = 2**level
        width, height = -(-1100 // scale), -(-700 // scale)
        whole = np.full((height, width), np.nan)
        for at, column, row in pictures.places(0):
            if at == level:
                tile = decoded(pictures.tile(0, level, column, row))
                top, left = row * TILE, column * TILE
                whole[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
        # Of a ramp, what lies at (x, y) lies at (x, y) / scale of the smaller picture.
        expected = picture[scale // 2 :: scale, scale // 2 :: scale].astype(float)
        found = whole[: expected.shape[0], : expected.shape[1]]
        assert np.abs(found - expected).max() < 6, level


def test_offline_tiles_are_of_levels_up_to_a_side_and_the_coarsest_in_any_case():
    pictures = Micrographs(["a"], {"a": np.zeros((2100, 2100), np.uint8)})
    assert {level for level, *_ in pictures.places(0, 1050)} == {1, 2, 3}
    assert {level for level, *_ in pictures.places(0, 100)} == {3}
    assert set(pictures.tiles(0, 600)) == set(pictures.places(0, 600))


@pytest.mark.parametrize("place", [(0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, -1)])
def test_a_tile_that_is_none_is_a_lookup_error(place):
    pictures = Micrographs(["a"], {"a": np.zeros((600, 600), np.uint8)})
    with pytest.raises(LookupError, match="no tile"):
        pictures.tile(*place)


def test_pictures_are_decoded_when_looked_at_and_few_are_kept(tmp_path, monkeypatch):
    for number in range(6):
        Image.fromarray(ramp(40, 30)).save(tmp_path / f"{number}.png")
    images = cz.ImageSet.from_folder(tmp_path)
    looked = []
    pixels = cz.ImageSet.pixels

    def watched(self, number):
        looked.append(number)
        return pixels(self, number)

    monkeypatch.setattr(cz.ImageSet, "pixels", watched)
    # Room for three.
    monkeypatch.setattr(micrographs, "DECODED_PIXELS", 3 * 40 * 30)
    pictures = Micrographs([f"{number}.png" for number in range(6)], images)
    assert pictures.sizes == [(40, 30)] * 6
    assert looked == []
    for number in (0, 0, 1, 0, 2, 0, 3, 0, 1):
        pictures.tile(number, 0, 0, 0)
    # 0 was looked at again and again, so that 1 had to go when 3 came.
    assert looked == [0, 1, 2, 3, 1]


def test_a_picture_larger_than_all_that_is_kept_is_shown_all_the_same(monkeypatch):
    monkeypatch.setattr(micrographs, "DECODED_PIXELS", 100)
    pictures = Micrographs("ab", {"a": ramp(40, 30), "b": ramp(30, 40)})
    for number in (0, 1, 0):
        assert decoded(pictures.tile(number, 0, 0, 0)).shape == [(30, 40), (40, 30)][number]


@pytest.mark.parametrize(
    ("image_id", "file"),
    [
        ("scan_1.png", "scan_1.png"),
        ("scan_1", "scan_1.png"),
        ("scan_1.tif", "scan_1.png"),
        ("scan_1", "day 2/scan_1.tiff"),
        (7, "7.png"),
        ("snr20_2.5", "snr20_2.5.png"),
    ],
)
def test_pictures_are_found_by_the_names_of_their_files(tmp_path, image_id, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    Image.fromarray(ramp(40, 30)).save(tmp_path / file)
    Image.fromarray(ramp(10, 10)).save(tmp_path / "another.png")
    assert Micrographs([image_id], tmp_path).sizes == [(40, 30)]


def test_names_that_do_not_match_are_answered_with_near_ones(tmp_path):
    Image.fromarray(ramp(40, 30)).save(tmp_path / "micrograph_01.png")
    with pytest.raises(ValueError, match=r"none of the 1 images.*'micrograph_01.png'"):
        Micrographs(["micrograph_1.png"], tmp_path)


def test_two_pictures_of_one_name_are_not_guessed_between(tmp_path):
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        Image.fromarray(ramp(40, 30)).save(tmp_path / day / "a.png")
    with pytest.raises(ValueError, match=r"monday/a\.png.*tuesday/a\.png"):
        Micrographs(["a"], tmp_path)
    assert Micrographs(["monday/a.png"], tmp_path).sizes == [(40, 30)]


def test_one_missing_and_one_broken_picture_are_listed_and_the_rest_goes_on(tmp_path):
    Image.fromarray(ramp(40, 30)).save(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    pictures = Micrographs(["good", "broken", "gone"], tmp_path)
    assert pictures.sizes == [(40, 30), None, None]
    assert [name for name, _ in pictures.problems] == ["broken", "gone"]
    assert "damaged" in pictures.problems[0][1]
    assert "'gone' is not among" in pictures.problems[1][1]
    assert pictures.levels(1) == 0
    assert list(pictures.places(1)) == []


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.png: the file does not exist"):
        Micrographs(["a"], {"a": tmp_path / "nowhere.png"})


def test_a_file_that_changed_since_is_refused_by_name(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(ramp(40, 30)).save(path)
    pictures = Micrographs(["a"], tmp_path)
    Image.fromarray(ramp(50, 30)).save(path)
    with pytest.raises(cz.images.ImageReadError, match="was 40 x 30 pixels and is 50 x 30"):
        pictures.tile(0, 0, 0, 0)


def tiff_16(path):
    Image.fromarray(ramp(40, 30).astype(np.uint16) << 8).save(path)


def rgb(path):
    Image.fromarray(np.dstack([ramp(40, 30)] * 3)).save(path)


def turned(path):
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray(np.ascontiguousarray(np.rot90(ramp(40, 30), -1))).save(
        path, exif=exif, quality=98
    )


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.tif", tiff_16), ("a.png", rgb), ("a.jpg", turned), ("a.tif", turned)],
    # Not the functions' addresses: the two processes that run the tests must name them alike.
    ids=["16-bit-tiff", "rgb-png", "turned-jpeg", "turned-tiff"],
)
def test_files_of_all_sorts_are_the_same_picture(tmp_path, name, write):
    write(tmp_path / name)
    pictures = Micrographs(["a"], tmp_path)
    assert pictures.sizes == [(40, 30)]
    assert np.abs(decoded(pictures.tile(0, 0, 0, 0)) - ramp(40, 30)).mean() < 3


@pytest.mark.parametrize(
    "array",
    [
        ramp(40, 30).astype(np.uint16) << 8,
        ramp(40, 30) / np.float32(255),
        np.dstack([ramp(40, 30)] * 3),
        np.dstack([ramp(40, 30)] * 3 + [np.full((30, 40), 255, np.uint8)]),
        ramp(40, 30)[:, :, None],
        np.asfortranarray(ramp(40, 30)),
    ],
    ids=["16 bit", "float", "RGB", "RGBA", "(H, W, 1)", "columns first"],
)
def test_arrays_of_all_sorts_are_the_same_picture(array):
    pictures = Micrographs(["a"], {"a": array})
    assert np.abs(decoded(pictures.tile(0, 0, 0, 0)) - ramp(40, 30)).mean() < 3


def test_nan_is_black():
    array = np.full((30, 40), 0.5)
    array[:, 20:] = np.nan
    tile = decoded(Micrographs(["a"], {"a": array}).tile(0, 0, 0, 0))
    assert tile[:, :16].mean() == pytest.approx(128, abs=3)
    assert tile[:, 24:].mean() < 3


def test_one_array_is_the_picture_of_one_image():
    assert Micrographs([3], ramp(40, 30)).sizes == [(40, 30)]
    with pytest.raises(ValueError, match="one array for 2 images"):
        Micrographs([3, 4], ramp(40, 30))


@pytest.mark.parametrize("shape", [(3,), (0, 4), (4, 4, 2), (2, 3, 4, 5)])
def test_arrays_that_are_no_pictures_are_refused_with_their_shape(shape):
    with pytest.raises(ValueError, match="is no picture"):
        Micrographs(["a"], {"a": np.zeros(shape)})


@pytest.mark.parametrize("pictures", [7, {"a": 7}, [ramp(4, 4)]])
def test_what_is_neither_file_nor_array_is_refused_by_type(pictures):
    with pytest.raises(TypeError, match=r"not int|but int|not list"):
        Micrographs(["a"], pictures)
