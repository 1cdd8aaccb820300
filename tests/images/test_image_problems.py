"""Damaged, foreign and hostile files: set aside with a reason, never raised, never waited for."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from pictures import crystal, encoded, png_chunk, write

from crystalviz.images import ImageReadError, ImageSet, NoImagesError, load_pixels

FORMATS = {
    "png": ("PNG", {}),
    "jpg": ("JPEG", {}),
    "tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "bmp": ("BMP", {}),
    "webp": ("WEBP", {"lossless": True}),
}


def reason_of(images: ImageSet, name: str) -> str:
    reasons = [reason for path, reason in images.problems if path == name]
    assert len(reasons) == 1, images.problems
    return reasons[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "good.png", crystal())
    return tmp_path


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("kept", [0.03, 0.5, 0.95])
def test_a_truncated_file_is_set_aside_before_decoding(folder: Path, kind: str, kept: float):
    data = encoded(crystal(), FORMATS[kind][0], **FORMATS[kind][1])
    name = f"cut.{kind}"
    (folder / name).write_bytes(data[: int(len(data) * kept)])
    images = ImageSet.from_folder(folder)
    assert images.ids == ["good.png"]
    assert "truncated" in reason_of(images, name) or "damaged" in reason_of(images, name)
    assert "copy" in reason_of(images, name)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_whole_file_is_not_set_aside(folder: Path, kind: str):
    data = encoded(crystal(), FORMATS[kind][0], **FORMATS[kind][1])
    (folder / f"whole.{kind}").write_bytes(data)
    (folder / f"padded.{kind}").write_bytes(data + bytes(300))
    images = ImageSet.from_folder(folder)
    assert len(images) == 3, images.problems


def test_jpeg_with_text_behind_its_end_is_read(folder: Path):
    (folder / "long.jpg").write_bytes(encoded(crystal(), "JPEG") + b"maker's notes" * 1000)
    assert "long.jpg" in ImageSet.from_folder(folder).ids


def test_damage_inside_is_found_on_decoding(folder: Path):
    data = bytearray(encoded(crystal(), "PNG"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    (folder / "a rotten.png").write_bytes(data)
    images = ImageSet.from_folder(folder)
    assert images.ids == ["a rotten.png", "good.png"]
    assert images.problems == []
    for _ in range(2):
        assert [index for index, _ in images.stream()] == [1]
    assert "damaged" in reason_of(images, "a rotten.png")
    with pytest.raises(ImageReadError, match=r"a rotten\.png: truncated or damaged"):
        images.pixels(0)


def test_what_a_subset_finds_shows_in_the_whole_set(folder: Path):
    data = bytearray(encoded(crystal(), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    (folder / "rotten.png").write_bytes(data)
    images = ImageSet.from_folder(folder)
    assert list(images.subset([1]).stream()) == []
    assert "damaged" in reason_of(images, "rotten.png")


def test_a_file_that_vanishes_is_a_problem_not_an_error(folder: Path):
    write(folder / "gone.png", crystal(1))
    images = ImageSet.from_folder(folder)
    (folder / "gone.png").unlink()
    assert [images.ids[index] for index, _ in images.stream()] == ["good.png"]
    assert "does not exist" in reason_of(images, "gone.png")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"just words, nothing else", "plain text"),
        (b"<!DOCTYPE html><html>not found</html>", "HTML"),
        (b"%PDF-1.7 and so on and on", "PDF"),
        (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        (bytes(range(1, 60)), "content is unknown"),
        (b"\x89PNG\r\n\x1a\n", "PNG header"),
        (b"\xff\xd8\xff\xd9", "JPEG header"),
        (b"II*\0\x08\0\0\0", "TIFF header"),
    ],
)
def test_what_is_no_image_is_set_aside(folder: Path, content: bytes, says: str):
    (folder / "bad.png").write_bytes(content)
    images = ImageSet.from_folder(folder)
    assert images.ids == ["good.png"]
    assert says in reason_of(images, "bad.png")


def test_a_gif_named_png_is_set_aside(folder: Path):
    (folder / "moving.png").write_bytes(encoded(crystal(), "GIF"))
    assert "GIF" in reason_of(ImageSet.from_folder(folder), "moving.png")


def test_the_content_counts_not_the_extension(folder: Path):
    (folder / "really a jpeg.png").write_bytes(encoded(crystal(), "JPEG", quality=95))
    images = ImageSet.from_folder(folder)
    assert images.problems == []
    assert images.pixels(1).shape == (60, 80)


def png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", body)
        + png_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(30_000, 30_000), (2**31 - 1, 1), (20_000, 6_000)])
def test_a_decompression_bomb_is_set_aside_unread(folder: Path, size: tuple[int, int]):
    (folder / "bomb.png").write_bytes(png_that_claims(*size))
    reason = reason_of(ImageSet.from_folder(folder), "bomb.png")
    assert f"{size[0]} x {size[1]}" in reason
    assert "max_pixels" in reason


def test_the_pixel_limit_is_a_parameter(folder: Path):
    write(folder / "wide.png", np.zeros((10, 700), np.uint8))
    assert ImageSet.from_folder(folder, max_pixels=5000).ids == ["good.png"]
    assert ImageSet.from_folder(folder, max_pixels=7000).ids == ["good.png", "wide.png"]
    # Above Pillow's own process-wide limits, which other code may rely on.
    write(folder / "mosaic.png", np.zeros((15_000, 13_000), np.uint8), compress_level=1)
    images = ImageSet.from_folder(folder, max_pixels=None)
    assert images.ids == ["good.png", "mosaic.png", "wide.png"]
    assert images.pixels(1).shape == (15_000, 13_000)


def test_broken_and_circular_links_are_set_aside(folder: Path):
    (folder / "broken.png").symlink_to("nowhere.png")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "fine.png").symlink_to("good.png")
    images = ImageSet.from_folder(folder)
    assert images.ids == ["fine.png", "good.png"]
    assert "nowhere.png does not exist" in reason_of(images, "broken.png")
    assert "circle" in reason_of(images, "circle.png")


def test_linked_folders_are_followed_once(folder: Path):
    write(folder / "cex" / "a.png", crystal())
    (folder / "cex" / "up").symlink_to(folder)
    assert ImageSet.from_folder(folder).ids == ["cex/a.png", "good.png"]


def test_a_pipe_does_not_block(folder: Path):
    os.mkfifo(folder / "pipe.png")
    assert "not a regular file" in reason_of(ImageSet.from_folder(folder), "pipe.png")


def test_a_folder_with_an_image_name_is_a_folder(folder: Path):
    write(folder / "stack.tif" / "a.png", crystal())
    images = ImageSet.from_folder(folder)
    assert images.ids == ["good.png", "stack.tif/a.png"]
    with pytest.raises(ImageReadError, match="it is a folder"):
        load_pixels(folder / "stack.tif")


def test_without_permission(folder: Path):
    write(folder / "secret.png", crystal()).chmod(0)
    write(folder / "closed" / "inside.png", crystal())
    (folder / "closed").chmod(0)
    program = (
        "import os, sys\n"
        "from crystalviz.images import ImageSet\n"
        "folder = os.open(sys.argv[1], os.O_RDONLY)\n"
        # Root reads everything: become nobody once the modules are loaded.
        "if os.getuid() == 0: os.fchdir(folder); os.setgid(65534); os.setuid(65534)\n"
        "else: os.fchdir(folder)\n"
        "images = ImageSet.from_folder('.')\n"
        "print(images.ids, images.problems)\n"
    )
    try:
        folder.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        (folder / "closed").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['good.png']")
    assert "('secret.png', 'no permission to read it" in done.stdout
    assert "('closed', 'the folder cannot be read (Permission denied)" in done.stdout


def test_odd_names(folder: Path):
    odd = ["ünïcode – 数.png", "two\nlines.png", "<b>&amp;.png", "-x.png", "a.b.PNG"]
    for name in odd:
        write(folder / "x.png", crystal()).rename(folder / name)
    images = ImageSet.from_folder(folder)
    assert sorted(images.ids) == sorted([*odd, "good.png"])
    assert len(list(images.stream())) == 6


def test_a_name_that_is_not_utf8_is_set_aside(folder: Path):
    try:
        os.rename(write(folder / "x.png", crystal()), os.fsencode(folder) + b"/caf\xe9.png")
    except OSError:
        return  # this file system admits no such name
    images = ImageSet.from_folder(folder)
    assert images.ids == ["good.png"]
    assert "not valid UTF-8" in reason_of(images, "caf\\udce9.png")


def test_what_systems_leave_behind_is_ignored(folder: Path):
    for name in (".hidden.png", "._good.png", ".ipynb_checkpoints/a.png", "__MACOSX/b.png"):
        write(folder / "x.png", crystal())
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / "x.png").rename(folder / name)
    (folder / "Thumbs.db").write_bytes(b"x")
    images = ImageSet.from_folder(folder)
    assert images.ids == ["good.png"]
    assert images.problems == []


def test_a_missing_folder_is_named_with_its_neighbours(folder: Path):
    (folder / "crystals").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no folder .*crystal_; .* folders crystals"):
        ImageSet.from_folder(folder / "crystal_")


def test_a_file_instead_of_a_folder(folder: Path):
    with pytest.raises(NotADirectoryError, match="is a file, not a folder"):
        ImageSet.from_folder(folder / "good.png")


def test_a_folder_without_images_says_what_it_has(tmp_path: Path):
    with pytest.raises(NoImagesError, match=r"found nothing; give a folder"):
        ImageSet.from_folder(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "b.csv").write_text("x")
    write(tmp_path / "sub" / "a.png", crystal())
    with pytest.raises(NoImagesError, match=r"2 x \.csv; folders sub; .*recursive=True"):
        ImageSet.from_folder(tmp_path, recursive=False)


def test_a_folder_of_only_bad_images_says_why(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(NoImagesError, match=r"none of its 1 image files.* a\.png: .*empty"):
        ImageSet.from_folder(tmp_path)
