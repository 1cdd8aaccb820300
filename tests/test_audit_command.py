"""`crystalviz audit` and `audit_folder`: known copies, conflicts, leaks and shortcuts are found."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz import cli, folder_audit_page
from crystalviz.folder_audit import Shortcut, audit_folder
from crystalviz.folder_audit_page import audit_page
from crystalviz.images import ArraySet, ImageSet, apply_pose


def save(path: Path, pixels: np.ndarray, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **options)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return cz.datasets.synthetic_crystals(24, seed=21).images


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, pictures: list[np.ndarray]) -> Path:
    """Ten scenes of one image in each of two classes."""
    folder = tmp_path_factory.mktemp("clean")
    for number, picture in enumerate(pictures[:20]):
        name = ("CEX", "PG")[number % 2]
        save(folder / name.lower() / f"{name} ({number}).png", picture)
    return folder


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory, pictures: list[np.ndarray]) -> Path:
    """Eight images of three scenes of pg, eight scenes of cex, a conflict, two bad files.

    pg: three exact poses of one picture, a JPEG of it; two poses of another; a third one twice,
    of which a mirrored copy lies in cex.
    """
    folder = tmp_path_factory.mktemp("messy") / "crystals <b>"
    for number in range(8):
        save(folder / "cex" / f"CEX ({number}).png", pictures[2 * number])
    one, two, three = pictures[1], pictures[3], pictures[5]
    for place, pose in enumerate((0, 1, 4)):
        save(folder / "pg" / f"PG (1{place}).png", apply_pose(one, pose))
    save(folder / "pg" / "PG (13).jpg", apply_pose(one, 2), quality=80)
    save(folder / "pg" / "PG (20).png", two)
    save(folder / "pg" / "PG (21).png", apply_pose(two, 7))
    save(folder / "pg" / "PG (30).png", three)
    save(folder / "pg" / "PG (31).png", three)
    save(folder / "cex" / "wrong.png", apply_pose(three, 4))
    (folder / "pg" / "empty.png").write_bytes(b"")
    (folder / "pg" / "words.png").write_bytes(b"no picture")
    return folder


def run(*arguments: object) -> int:
    return cli.main(["audit", *map(str, arguments), "--no-progress"])


def test_copies_conflicts_and_problems_are_printed(messy: Path, tmp_path: Path, capsys):
    assert run(messy, "--out", tmp_path / "a.html") == 0
    text, errors = capsys.readouterr()
    assert errors == ""
    assert "17 images of 11 scenes: 6 images repeat another one" in text
    # Relative to the first file of each scene: of the third picture, the mirrored one in cex.
    assert "6 of them turned or mirrored, 1 recompressed or resized" in text
    assert "Images per scene: 1 (8 scenes), 2 (1 scene), 3 (1 scene), 4 (1 scene)" in text
    assert "LABEL CONFLICT: 1 scene" in text
    assert "cex/wrong.png (cex), pg/PG (30).png (pg), pg/PG (31).png (pg)" in text
    assert "2 files set aside" in text
    assert "pg/empty.png: the file is empty" in text
    assert f"{tmp_path / 'a.html'}: the audit" in text
    rows = [line.split() for line in text.splitlines()]
    # pg: scenes of 4, 2 and 2 images: (16 + 4 + 4) / 8 = 3, so 8 / 3 effective images.
    assert ["pg", "8", "3", "4", "3.00", "2.7"] in rows
    assert ["cex", "9", "9", "1", "1.00", "9.0"] in rows


def test_strict_is_about_the_split_and_the_labels(messy: Path, clean: Path, tmp_path: Path, capsys):
    page = ("--out", tmp_path / "a.html")
    assert run(messy, *page, "--split", "group") == 0
    assert run(messy, *page, "--split", "group", "--strict") == 1  # a scene with two labels
    assert run(messy, *page, "--split", "random", "--labels", "none", "--strict") == 1  # leaks
    assert run(messy, *page, "--split", "group", "--labels", "none", "--strict") == 0
    assert run(clean, *page, "--strict") == 0
    assert "no image is a copy of another" in capsys.readouterr().out


def test_a_split_of_ones_own_beside_the_three(messy: Path, tmp_path: Path, capsys):
    rows = ["image_id,part"]
    rows += [f"cex/CEX ({number}).png,train" for number in range(6)]
    rows += ["cex/CEX (6).png,test", "cex/CEX (7).png,test"]
    rows += ["PG (10).png,train", "PG (11).png,test", "PG (12).png,test", "PG (13).jpg,test"]
    rows += ["PG (20).png,test", "PG (21).png,test"]
    split = tmp_path / "split.csv"
    split.write_text("\n".join(rows))
    out = tmp_path / "audit.html"
    assert run(messy, "--split", split, "--out", tmp_path) == 0
    text = capsys.readouterr().out
    table = [line.split() for line in text.splitlines()]
    # 7 in train, 7 in test, of which three have a copy in train; 4 test scenes: 0.05 ** (1 / 4).
    given = next(line for line in table if line[:1] == ["given"])
    assert given[1:3] == ["7", "7"]
    assert [word for word in given if word != "–"][-4:] == ["3", "(42.9%)", "4", "47.3%"]
    assert [line[0] for line in table if line[:1] in (["sorted"], ["random"], ["group"])] == [
        *("sorted", "random", "group")
    ]
    page = html.unescape(out.read_text("utf-8"))
    assert "Scene 9 · 4 images · IN TWO PARTS" in page
    assert "PG (11).png\nturned 90° left · exact\npg · test" in page
    assert "Images in no part: 3." in page
    assert run(messy, "--split", split, "--out", out, "--strict") == 1


def test_the_split_by_scenes_is_written_and_clean(clean: Path, tmp_path: Path, capsys):
    split = tmp_path / "split.csv"
    page = ("--out", tmp_path / "a.html")
    assert run(clean, *page, "--write-split", split) == 0
    images = ImageSet.from_folder(clean)
    expected = cz.group_split(images)
    found = cz.images.read_split(split, images)
    for part, indices in found.items():
        np.testing.assert_array_equal(indices, getattr(expected, part))
    assert run(clean, *page, "--split", split, "--strict") == 0
    assert run(clean, *page, "--split", "sorted", "--write-split", split) == 0
    assert "the sorted split" in capsys.readouterr().out
    np.testing.assert_array_equal(
        cz.images.read_split(split, images)["train"], cz.images.sorted_split(images).train
    )


def test_the_page_shows_each_scene_with_its_poses(messy: Path, tmp_path: Path):
    out = tmp_path / "a.html"
    run(messy, "--out", out)
    raw = out.read_text("utf-8")
    assert "Audit of crystals &lt;b&gt;" in raw
    text = html.unescape(raw)
    for caption in (
        "PG (10).png\nfirst\npg",
        "PG (11).png\nturned 90° left · exact\npg",
        "PG (12).png\nmirrored · exact\npg",
        "PG (13).jpg\nturned 180° · lossy\npg",
        "PG (21).png\nmirrored, turned 90° right · exact\npg",
        "wrong.png\nfirst\ncex",
        "PG (31).png\nmirrored · exact\npg",
    ):
        assert caption in text
    # The conflict first, then the scene with a recompressed copy, then the other.
    headings = re.findall(r"Scene \d+ · [^<]*", text)
    assert headings == [
        "Scene 8 · 3 images · TWO LABELS",
        "Scene 9 · 4 images",
        "Scene 10 · 2 images",
    ]
    assert raw.count("<img ") == 9
    assert "words.png" in text


def test_what_is_left_out_is_said(messy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folder_audit_page, "SHOWN_SCENES", 2)
    monkeypatch.setattr(folder_audit_page, "SHOWN_IMAGES", 3)
    monkeypatch.setattr(folder_audit_page, "SHOWN_PROBLEMS", 1)
    text = html.unescape(audit_page(audit_folder(messy)).html())
    assert "3 scenes of two images or more; 2 are pictured" in text
    assert "4 images · 1 not pictured" in text
    assert text.count("<img ") == 6
    assert "1 more is not listed" in text


def test_size_that_separates_the_classes_is_a_warning(pictures: list[np.ndarray]):
    labels = ["cex", "pg"] * 10
    crops = [
        picture[:120, :120] if label == "cex" else picture[: 121 + number, :130]
        for number, (picture, label) in enumerate(zip(pictures, labels, strict=False))
    ]
    audit = audit_folder(ArraySet(crops, labels=labels))
    assert audit.size_notes == ["all 10 cex images are 120 x 120 pixels, no other is"]
    size = audit.shortcuts["size"]
    assert size.accuracy == 1
    assert size.separates
    # Twenty scenes without an error: 0.025 ** (1 / 20).
    assert size.interval == (pytest.approx(0.8316, abs=1e-4), 1)
    assert "SHORTCUT: all 10 cex images are 120 x 120 pixels" in str(audit)
    assert "image size alone tells the classes apart in 100.0%" in str(audit)
    assert '<p class="warning"' in audit_page(audit).html()


def test_equal_sizes_are_no_shortcut(pictures: list[np.ndarray]):
    labels = ["cex", "pg"] * 10
    audit = audit_folder(ArraySet([picture[:120, :120] for picture in pictures[:20]], None, labels))
    assert audit.size_notes == []
    assert audit.shortcuts["size"].accuracy <= 0.5
    assert not audit.shortcuts["size"].separates
    assert not Shortcut(0.6, (0.55, 0.65), 0.5).separates
    assert Shortcut(0.9, (0.85, 0.95), 0.5).separates


def test_without_labels_nothing_is_guessed(clean: Path, tmp_path: Path, capsys):
    assert run(clean, "--labels", "none", "--out", tmp_path / "a.html") == 0
    text = capsys.readouterr().out
    assert "not measured: there are not two classes to tell apart" in text
    assert re.search(r"^no label +20 +20 +1 ", text, re.M)


def test_a_class_of_one_scene_cannot_be_held_out(pictures: list[np.ndarray]):
    images = [*pictures[:6:2], pictures[1], apply_pose(pictures[1], 3)]
    audit = audit_folder(ArraySet(images, labels=["cex"] * 3 + ["pg"] * 2))
    assert "a class has a single scene" in audit.shortcuts_missing
    assert audit.scene_count == 4


def test_an_audit_as_a_table(messy: Path):
    audit = audit_folder(messy, cz.Split(*map(np.array, ([0, 1], [2], [16, 3]))))
    table = audit.to_table().set_index("image_id")
    assert table.loc["cex/CEX (0).png", "given_part"] == "train"
    assert table.loc["pg/PG (31).png", "given_part"] == "test"
    assert table.loc["pg/PG (31).png", ["label", "kind"]].tolist() == ["pg", "exact"]
    assert {"sorted_part", "random_part", "group_part"} < set(table.columns)
    assert audit.leaks is False
    assert list(audit.splits) == ["given", "sorted", "random", "group"]
    assert audit.splits["sorted"].images == {"train": 11, "validation": 4, "test": 2}


def test_a_picture_that_goes_away_is_a_black_one(tmp_path: Path):
    picture = np.arange(900).reshape(30, 30).astype(np.uint8)
    for number, pose in enumerate((0, 1)):
        save(tmp_path / f"{number}.png", apply_pose(picture, pose))
    audit = audit_folder(tmp_path)
    (tmp_path / "1.png").unlink()
    assert audit_page(audit).html().count("<img ") == 2


def test_what_cannot_be_decoded_is_in_no_split(tmp_path: Path, pictures: list[np.ndarray]):
    for number in range(4):
        save(tmp_path / f"{number}.png", pictures[number])
    data = bytearray((tmp_path / "1.png").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    (tmp_path / "1.png").write_bytes(data)
    parts = {"train": [0, 1], "test": [3, 2]}
    audit = audit_folder(tmp_path, parts)
    assert audit.orbits.ids == ["0.png", "2.png", "3.png"]
    assert audit.splits["given"].images == {"train": 1, "test": 2}
    assert audit.parts["given"]["test"].tolist() == [2, 1]
    assert [name for name, _ in audit.problems] == ["1.png"]
    for number in (0, 2, 3):
        (tmp_path / f"{number}.png").unlink()
    with pytest.raises(cz.images.NoImagesError, match=r"can be decoded\. 1\.png: "):
        audit_folder(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none"], "there is no folder none"),
        (["FOLDER", "--split", "nowhere.csv"], "or one of sorted, random, group"),
        (["FOLDER", "--split", "BAD"], "no column with parts"),
        (["FOLDER", "--split", "BAD", "--write-split", "s.csv"], "Leave one of them out"),
        (["FOLDER", "--out", "no/such/a.html"], "create it first"),
        (["FOLDER", "--write-split", "no/such/s.csv"], "create it first"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, arguments, says
):
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad.csv"
    bad.write_text("image_id,what\na,b\n")
    places = {"FOLDER": str(clean), "BAD": str(bad)}
    assert run(*[places.get(word, word) for word in arguments]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert not (tmp_path / "audit.html").exists()


def test_pictures_on_the_page_are_small_webp(messy: Path):
    import base64

    text = audit_page(audit_folder(messy)).html()
    urls = re.findall(r'src="data:image/webp;base64,([^"]+)"', text)
    assert len(urls) == 9
    for url in urls:
        with Image.open(io.BytesIO(base64.b64decode(url))) as image:
            assert max(image.size) == 128
