"""ImageSet: order, ids, labels, times, hashes, streams."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pictures import crystal, exif_with_times, write
from PIL import Image
from tests.real_images import HAVE_REAL_IMAGES, REAL_IMAGES

import crystalviz as cz
from crystalviz.images import ImageSet, NoImagesError


def kaggle(root: Path) -> Path:
    for label in ("cex", "pg"):
        for number in (10, 2, 1):
            pixels = crystal(number + len(label))
            write(root / f"archive/cropped/cropped/{label}/{label.upper()} ({number}).png", pixels)
    return root / "archive"


def test_natural_order_and_ids(tmp_path: Path):
    for name in ("b10.png", "b9.png", "B1.png", "sub 10/a.png", "sub 2/a.png"):
        write(tmp_path / name, crystal())
    images = ImageSet.from_folder(tmp_path)
    assert images.ids == ["B1.png", "b9.png", "b10.png", "sub 2/a.png", "sub 10/a.png"]
    assert images.paths == [tmp_path / name for name in images.ids]
    assert images.name == tmp_path.name
    assert ImageSet.from_folder(tmp_path, recursive=False).ids == ["B1.png", "b9.png", "b10.png"]


@pytest.mark.parametrize("level", ["", "cropped", "cropped/cropped"])
def test_any_level_of_the_kaggle_layout(tmp_path: Path, level: str):
    images = ImageSet.from_folder(kaggle(tmp_path) / level)
    assert images.labels == ["cex"] * 3 + ["pg"] * 3
    assert [Path(name).name for name in images.ids[:3]] == [f"CEX ({n}).png" for n in (1, 2, 10)]
    assert images.ids[0] == f"{'cropped/cropped/'[len(level) + bool(level) :]}cex/CEX (1).png"


def test_a_flat_folder_has_no_labels(tmp_path: Path):
    images = ImageSet.from_folder(kaggle(tmp_path) / "cropped/cropped/cex")
    assert images.labels == [None] * 3


def test_parent_labels_are_trimmed_and_keep_their_case(tmp_path: Path):
    write(tmp_path / " PG " / "a.png", crystal())
    write(tmp_path / "Cex" / "a.png", crystal())
    write(tmp_path / "loose.png", crystal())
    images = ImageSet.from_folder(tmp_path)
    assert dict(zip(images.ids, images.labels, strict=True)) == {
        " PG /a.png": "PG",
        "Cex/a.png": "Cex",
        "loose.png": None,
    }
    assert ImageSet.from_folder(tmp_path, labels=None).labels == [None] * 3


def test_from_paths_keeps_the_order_given(tmp_path: Path):
    paths = [write(tmp_path / name, crystal()) for name in ("x/2.png", "x/1.png", "y/3.png")]
    images = ImageSet.from_paths([*paths, str(paths[0]), tmp_path / "none.png"])
    assert images.ids == ["x/2.png", "x/1.png", "y/3.png"]
    assert [name for name, _ in images.problems] == ["x/2.png", "none.png"]
    assert ImageSet.from_paths(paths[:2]).ids == ["2.png", "1.png"]
    assert ImageSet.from_paths(paths[:2], root=tmp_path, labels="parent").labels == ["x", "x"]
    with pytest.raises(ValueError, match="does not lie under root"):
        ImageSet.from_paths(paths, root=tmp_path / "x")
    with pytest.raises(NoImagesError, match="empty"):
        ImageSet.from_paths([])


def test_time_taken_from_exif_else_from_the_file(tmp_path: Path):
    exif = exif_with_times("2020:01:01 00:00:00", "2021:03:12 23:54:39")
    for name in ("a.jpg", "b.png", "d.webp"):
        write(tmp_path / name, crystal(), exif=exif)
    plain = Image.Exif()
    plain[0x0132] = "2020:01:01 00:00:00"
    write(tmp_path / "c.tif", crystal(), exif=plain)
    blank = Image.Exif()
    blank[0x0132] = "0000:00:00 00:00:00"
    write(tmp_path / "e.jpg", crystal(), exif=blank)
    write(tmp_path / "f.bmp", crystal())
    stamp = time.mktime((2019, 5, 4, 3, 2, 1, 0, 0, -1))
    for name in ("e.jpg", "f.bmp"):
        os.utime(tmp_path / name, (stamp, stamp))
    images = ImageSet.from_folder(tmp_path)
    assert {name: images.timestamp(index) for index, name in enumerate(images.ids)} == {
        "a.jpg": "2021-03-12 23:54:39",
        "b.png": "2021-03-12 23:54:39",
        "c.tif": "2020-01-01 00:00:00",
        "d.webp": "2021-03-12 23:54:39",
        "e.jpg": "2019-05-04 03:02:01",
        "f.bmp": "2019-05-04 03:02:01",
    }


def test_content_hash_is_blake2b_of_the_bytes(tmp_path: Path):
    path = write(tmp_path / "a.png", crystal())
    expected = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    assert ImageSet.from_folder(tmp_path).content_hash(0) == expected


def test_checking_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.png", "b.jpg", "c.tif", "d.bmp", "e.webp"):
        write(tmp_path / name, crystal())
        write(tmp_path / f"exif {name}", crystal(), **({} if "bmp" in name else {"exif": exif}))
    from PIL import ImageFile

    def fail(*arguments: object) -> None:
        raise AssertionError("decoded while checking")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    assert len(ImageSet.from_folder(tmp_path)) == 10


def test_stream_equals_pixels_in_order_for_any_number_of_workers(tmp_path: Path):
    for number in range(20):
        write(tmp_path / f"{number}.png", crystal(number, (20 + number, 30)))
    images = ImageSet.from_folder(tmp_path)
    for workers in (1, 2, 7, None):
        streamed = list(images.stream(workers=workers))
        assert [index for index, _ in streamed] == list(range(20))
        for index, pixels in streamed:
            np.testing.assert_array_equal(pixels, crystal(index, (20 + index, 30)))
    assert [index for index, _ in images.stream(np.array([5, 0, 5]))] == [5, 0, 5]
    part = images.subset([3, 1])
    assert part.ids == ["3.png", "1.png"]
    np.testing.assert_array_equal(next(part.stream())[1], crystal(3, (23, 30)))


def test_stream_can_be_left_early(tmp_path: Path):
    for number in range(30):
        write(tmp_path / f"{number}.png", crystal(number))
    stream = ImageSet.from_folder(tmp_path).stream()
    next(stream)
    stream.close()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("crystalviz-decode") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "decoding threads stay behind"
        time.sleep(0.01)


@pytest.mark.parametrize("count", [20, 60])
def test_memory_stays_flat_as_the_folder_grows(tmp_path: Path, count: int):
    first = write(tmp_path / "0.bmp", np.zeros((500, 1000), np.uint8))
    for number in range(1, count):
        os.link(first, tmp_path / f"{number}.bmp")
    images = ImageSet.from_folder(tmp_path)
    gc.collect()
    tracemalloc.start()
    for _, pixels in images.stream(workers=2):
        time.sleep(0.001)  # a consumer slower than the decoding threads
        del pixels
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Two pictures per worker wait; encoded bytes and the array's own copy come on the way.
    assert peak < 2 * 2 * 3 * 500_000


def test_large_pictures_wait_by_their_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(8):
        write(tmp_path / f"{number}.png", crystal(number, (100, 100)))
    images = ImageSet.from_folder(tmp_path)
    under_way: list[int] = []
    decode = images.pixels

    def counted(index: int):
        under_way.append(index)
        return decode(index)

    monkeypatch.setattr(images, "pixels", counted)
    monkeypatch.setattr("crystalviz.images.image_set._LOOK_AHEAD_PIXELS", 15_000)
    stream = images.stream(workers=4)
    next(stream)
    time.sleep(0.2)
    assert len(under_way) == 2
    assert len(list(stream)) == 7


def test_repr_says_what_is_there(tmp_path: Path):
    images = ImageSet.from_folder(kaggle(tmp_path))
    assert repr(images) == "<ImageSet archive: 6 images, labels cex, pg>"


def test_map_works_in_the_decoding_threads_and_keeps_the_order(tmp_path: Path):
    for number in range(6):
        write(tmp_path / f"{number}.png", np.full((4, 5), number, np.uint8))
    images = ImageSet.from_folder(tmp_path)
    names: set[str] = set()

    def look(pixels: np.ndarray) -> int:
        names.add(threading.current_thread().name)
        return int(pixels[0, 0])

    assert list(images.map(look, [4, 0, 5])) == [(4, 4), (0, 0), (5, 5)]
    assert all(name.startswith("crystalviz") for name in names)
    (tmp_path / "2.png").unlink()
    assert [index for index, _ in images.map(look)] == [0, 1, 3, 4, 5]
    assert images.problems[0][0] == "2.png"
    with pytest.raises(ZeroDivisionError):
        list(images.map(lambda pixels: 1 // int(pixels[0, 0])))


if HAVE_REAL_IMAGES:

    def test_real_images_have_the_published_entropy():
        published = {
            entry["image_id"]: entry["image_entropy"]
            for entry in json.loads((REAL_IMAGES / "published.json").read_text())
        }
        images = cz.ImageSet.from_folder(REAL_IMAGES / "cropped")
        assert images.problems == []
        for index, pixels in images.stream():
            assert round(cz.shannon_entropy(pixels), 2) == published[images.paths[index].name]
