"""Decoding: every format and depth to the same 8-bit gray."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import crystal, png_chunk, write
from PIL import Image

from crystalviz.images import load_pixels, picture_size

PICTURE = crystal()

# Exif 2.3, tag 274: what turns a picture with that orientation upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.tiff", "a.bmp", "A.PNG"])
def test_lossless_files_give_back_the_pixels(tmp_path: Path, name: str):
    pixels = load_pixels(write(tmp_path / name, PICTURE))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, PICTURE)


def test_lossy_files_come_close(tmp_path: Path):
    for name, options in (
        ("a.jpg", {"quality": 95}),
        ("a.webp", {"quality": 95}),
        ("b.webp", {"lossless": True}),
    ):
        pixels = load_pixels(write(tmp_path / name, PICTURE, **options)).astype(int)
        assert np.abs(pixels - PICTURE).mean() < 2


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_compressions(tmp_path: Path, compression: str):
    path = write(tmp_path / "a.tif", PICTURE, compression=compression)
    np.testing.assert_array_equal(load_pixels(path), PICTURE)


def test_colour_becomes_gray_by_bt601(tmp_path: Path):
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    expected = [[76, 150, 29, 9]]
    np.testing.assert_array_equal(load_pixels(write(tmp_path / "a.png", colours)), expected)
    np.testing.assert_array_equal(load_pixels(colours), expected)


def test_gray_in_three_channels_is_that_gray(tmp_path: Path):
    rgb = np.repeat(PICTURE[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(load_pixels(write(tmp_path / "a.png", rgb)), PICTURE)


def test_alpha_lies_over_black(tmp_path: Path):
    rgba = np.array([[[200, 200, 200, 255], [200, 200, 200, 0], [255, 255, 255, 128]]], np.uint8)
    np.testing.assert_array_equal(load_pixels(write(tmp_path / "a.png", rgba)), [[200, 0, 128]])
    np.testing.assert_array_equal(load_pixels(write(tmp_path / "a.tif", rgba)), [[200, 0, 128]])
    np.testing.assert_array_equal(load_pixels(rgba), [[200, 0, 128]])
    gray_alpha = np.array([[[100, 255], [100, 0]]], np.uint8)
    Image.fromarray(gray_alpha, "LA").save(tmp_path / "la.png")
    np.testing.assert_array_equal(load_pixels(tmp_path / "la.png"), [[100, 0]])


def test_palette_and_palette_with_transparency(tmp_path: Path):
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([10, 10, 10, 200, 200, 200, 255, 0, 0])
    image.save(tmp_path / "p.png")
    np.testing.assert_array_equal(load_pixels(tmp_path / "p.png"), [[10, 200, 76]])
    image.save(tmp_path / "t.png", transparency=1)
    np.testing.assert_array_equal(load_pixels(tmp_path / "t.png"), [[10, 0, 76]])


def test_one_bit(tmp_path: Path):
    bits = np.array([[True, False, True]])
    for name in ("a.png", "a.tif", "a.bmp"):
        Image.fromarray(bits).save(tmp_path / name)
        np.testing.assert_array_equal(load_pixels(tmp_path / name), [[255, 0, 255]])
    np.testing.assert_array_equal(load_pixels(bits), [[255, 0, 255]])


@pytest.mark.parametrize("factor", [256, 257])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bit_scales_by_a_fixed_step(tmp_path: Path, name: str, factor: int):
    deep = PICTURE.astype(np.uint16) * factor
    Image.fromarray(deep).save(tmp_path / name)
    np.testing.assert_array_equal(load_pixels(tmp_path / name), PICTURE)
    np.testing.assert_array_equal(load_pixels(deep), PICTURE)


def test_16_bit_big_endian_and_colour(tmp_path: Path):
    deep = PICTURE.astype(">u2") * 257
    Image.frombytes("I;16B", deep.shape[::-1], deep.astype(">u2").tobytes()).save(
        tmp_path / "b.tif"
    )
    np.testing.assert_array_equal(load_pixels(tmp_path / "b.tif"), PICTURE)
    colour = np.repeat(deep[:, :, None], 3, axis=2).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in colour)
    header = struct.pack(">IIBBBBB", deep.shape[1], deep.shape[0], 16, 2, 0, 0, 0)
    (tmp_path / "c.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )
    np.testing.assert_array_equal(load_pixels(tmp_path / "c.png"), PICTURE)


def test_12_bits_in_a_16_bit_file(tmp_path: Path):
    deep = PICTURE.astype(np.uint16) * 16
    Image.fromarray(deep).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(load_pixels(tmp_path / "a.tif"), PICTURE)


def test_16_bit_is_not_stretched_image_by_image():
    dark, bright = np.full((2, 2), 10_000, np.uint16), np.full((2, 2), 60_000, np.uint16)
    assert load_pixels(dark)[0, 0] == 39
    assert load_pixels(bright)[0, 0] == 234


def test_floats(tmp_path: Path):
    unit = np.array([[0, 0.5, 1]], np.float32)
    Image.fromarray(unit).save(tmp_path / "f.tif")
    np.testing.assert_array_equal(load_pixels(tmp_path / "f.tif"), [[0, 128, 255]])
    np.testing.assert_array_equal(load_pixels(np.array([[0.0, 200.4, 255.0]])), [[0, 200, 255]])
    np.testing.assert_array_equal(load_pixels(np.array([[-1.0, 0.0, 1.0]])), [[0, 128, 255]])
    huge = np.finfo(float).max
    np.testing.assert_array_equal(load_pixels(np.array([[-huge, 0.0, huge]])), [[0, 128, 255]])
    np.testing.assert_array_equal(load_pixels(np.full((1, 2), -3.0)), [[0, 0]])
    np.testing.assert_array_equal(load_pixels(np.array([[np.nan, np.inf, 1.0]])), [[0, 0, 255]])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_exif_orientation_turns_the_picture_upright(tmp_path: Path, name: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if name.endswith("webp") else {"quality": 95}
    image = Image.fromarray(PICTURE)
    image.save(tmp_path / name, exif=exif, **options)
    image.save(tmp_path / f"stored {name}", **options)
    stored = Image.open(tmp_path / f"stored {name}").convert("L")
    upright = stored.transpose(TURNS[orientation]) if orientation > 1 else stored
    np.testing.assert_array_equal(load_pixels(tmp_path / name), np.asarray(upright))
    assert picture_size(tmp_path / name) == upright.size


def test_broken_exif_does_not_stop_the_picture(tmp_path: Path):
    path = tmp_path / "a.jpg"
    Image.fromarray(PICTURE).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\xff rubbish")
    assert load_pixels(path).shape == PICTURE.shape
    assert picture_size(path) == PICTURE.shape[::-1]


def test_only_the_first_page_of_a_tiff(tmp_path: Path):
    pages = [Image.fromarray(crystal(seed)) for seed in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(load_pixels(tmp_path / "a.tif"), crystal(0))


def test_cmyk_jpeg(tmp_path: Path):
    Image.fromarray(PICTURE).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(load_pixels(tmp_path / "a.jpg").astype(int) - PICTURE).mean() < 3


@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 2, 2), (2, 2, 3, 1), ()])
def test_arrays_that_are_no_image(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="image array"):
        load_pixels(np.zeros(shape, np.uint8))


def test_types_that_are_no_image():
    with pytest.raises(TypeError, match="not list"):
        load_pixels([1, 2])
    with pytest.raises(ValueError, match="complex"):
        load_pixels(np.zeros((2, 2), complex))


@given(
    arrays(
        st.sampled_from([np.uint16, np.int32, np.float32, np.float64, np.bool_]),
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
    )
)
def test_any_depth_keeps_the_order_of_gray_values(values: np.ndarray):
    pixels = load_pixels(values)
    assert pixels.dtype == np.uint8
    assert pixels.shape == values.shape
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), values, 0)
    order = np.argsort(values, axis=None, kind="stable")
    assert (np.diff(pixels.ravel()[order].astype(int)) >= 0).all()
