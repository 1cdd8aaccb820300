from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crystalviz.consensus import crop_instances, write_coco, write_masks, write_yolo
from crystalviz.consensus.outputs import (
    crop_index,
    instance_names,
    instances_of_crops,
    picture_sizes,
    pictures_of,
)
from crystalviz.images import ImageSet

SIZES = {"a.png": (100, 80), "sub/b.png": (50, 50)}


@pytest.fixture
def instances() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": ["a.png", "a.png", "a.png"],
            "x": [20.0, 98.0, 26.0],
            "y": [30.0, 40.0, 30.0],
            "radius": [4.0, 5.0, 4.0],
            "p_exists": [0.9, 0.8, 1.0],
            "label": ["cluster", "particle", None],
        }
    )


def test_coco_has_boxes_within_the_image_and_names(tmp_path: Path, instances: pd.DataFrame) -> None:
    document = json.loads(write_coco(instances, tmp_path / "c.json", SIZES).read_text())
    assert [c["name"] for c in document["categories"]] == ["cluster", "particle"]
    assert [(i["file_name"], i["width"], i["height"]) for i in document["images"]] == [
        ("a.png", 100, 80),
        ("sub/b.png", 50, 50),
    ]
    first, second = document["annotations"]
    assert first["bbox"] == [16.0, 26.0, 8.0, 8.0]
    assert (first["category_id"], first["image_id"], first["score"]) == (1, 1, 0.9)
    # Cut at the right border.
    assert second["bbox"] == [93.0, 35.0, 7.0, 10.0]
    assert second["area"] == 70.0


def test_yolo_has_shares_and_an_empty_file_for_background(
    tmp_path: Path, instances: pd.DataFrame
) -> None:
    write_yolo(instances, tmp_path, SIZES, radius=10)
    lines = (tmp_path / "labels" / "a.txt").read_text().splitlines()
    assert lines[0] == "0 0.200000 0.375000 0.200000 0.250000"
    assert lines[1].split()[0] == "1"
    assert len(lines) == 2
    assert (tmp_path / "labels" / "sub" / "b.txt").read_text() == ""
    assert '0: "cluster"\n  1: "particle"' in (tmp_path / "data.yaml").read_text()


def test_masks_are_discs_of_the_nearer_centre(tmp_path: Path, instances: pd.DataFrame) -> None:
    labelled = instances.assign(label=["cluster", "particle", "particle"])
    write_masks(labelled, tmp_path, SIZES)
    mask = np.asarray(Image.open(tmp_path / "a.png"))
    assert mask.shape == (80, 100)
    assert mask[30, 20] == 1
    assert mask[30, 22] == 1
    assert mask[30, 24] == 2
    assert mask[30, 26] == 2
    assert mask[40, 99] == 2
    assert mask[0, 0] == 0
    alone = write_masks(labelled[:1], tmp_path / "one", {"a.png": (100, 80)}, radius=10)
    assert (np.asarray(Image.open(alone[0])) > 0).sum() == pytest.approx(np.pi * 100, rel=0.03)
    assert (tmp_path / "classes.txt").read_text() == "cluster\nparticle\n"


def test_crops_are_an_image_set_with_the_labels(tmp_path: Path, instances: pd.DataFrame) -> None:
    home = tmp_path / "images"
    home.mkdir()
    picture = np.tile(np.arange(100, dtype=np.uint8), (80, 1))
    Image.fromarray(picture).save(home / "a.png")
    crops = crop_instances(instances, ImageSet.from_folder(home), tmp_path / "crops", size=8)
    assert crops.ids == ["a_2.png", "cluster/a_0.png", "particle/a_1.png"]
    assert crops.pixels(1).shape == (8, 8)
    assert crops.pixels(1)[0].tolist() == list(range(16, 24))
    # Beyond the border the picture is mirrored.
    assert crops.pixels(2)[0].tolist() == [94, 95, 96, 97, 98, 99, 99, 98]


def test_what_is_unknown_is_named(tmp_path: Path, instances: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"size of 'a\.png'"):
        write_coco(instances, tmp_path / "c.json", {})
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "other.png")
    with pytest.raises(ValueError, match=r"'a\.png' is not among the 1 pictures"):
        crop_instances(instances, ImageSet.from_folder(tmp_path), tmp_path / "crops")


def test_crops_lead_back_to_their_instances(tmp_path: Path, instances: pd.DataFrame) -> None:
    home = tmp_path / "images"
    home.mkdir()
    Image.fromarray(np.zeros((80, 100), np.uint8)).save(home / "a.png")
    crops = crop_instances(instances, ImageSet.from_folder(home), tmp_path / "crops", size=8)
    assert instances_of_crops(crops.ids, instances).tolist() == [2, 0, 1]
    assert instances_of_crops(["other_0.png", "x/a_1.png"], instances).tolist() == [-1, 1]
    index = pd.read_csv(tmp_path / "crops" / "crops.csv").set_index("file")
    assert index.loc[
        "particle/a_1.png", ["instance_id", "instance", "micrograph", "x"]
    ].tolist() == [
        "a_1",
        1,
        "a.png",
        98.0,
    ]
    # Rows picked out keep their numbers.
    assert instance_names(instances[1:]) == ["a_1", "a_2"]


def test_names_are_safe_and_keep_apart_what_differs(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "image_id": ["snr20_2.5", "../up.tif", 7, ""],
            "x": 4.0,
            "y": 4.0,
            "radius": 2.0,
            "p_exists": 1.0,
            "label": ["A/B", "A_B", "a_b", ".."],
        }
    )
    assert instance_names(table) == ["snr20_2.5_0", "_up_1", "7_2", "image_3"]
    files = crop_index(table)["file"].tolist()
    assert files == ["A_B/snr20_2.5_0.png", "A_B_2/_up_1.png", "a_b_3/7_2.png", "class/image_3.png"]
    sizes = dict.fromkeys(("snr20_2.5", "snr20_2.9", "../up.tif", "up.png", 7, ""), (8, 8))
    out = tmp_path / "deep" / "down"
    write_yolo(table, out, sizes)
    written = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.txt"))
    assert written == [
        f"deep/down/labels/{name}.txt"
        for name in ("7", "image", "snr20_2.5", "snr20_2.9", "up.png", "up.tif")
    ]
    write_masks(table, tmp_path / "masks", sizes)
    assert len(list((tmp_path / "masks").glob("*.png"))) == 6


def test_classes_keep_their_numbers_and_types_apart(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"image_id": "a", "x": [1.0, 5.0, 9.0], "y": 5.0, "radius": 2.0, "p_exists": 0.9}
    )

    def categories(labels: list[object], **extra: object) -> tuple[list[str], list[int]]:
        named = table.assign(label=pd.Series(labels, dtype=object), **extra)
        text = write_coco(named, tmp_path / "c.json", {"a": (10, 10)}).read_text()
        document = json.loads(text)
        names = [one["name"] for one in document["categories"]]
        return names, [one["category_id"] for one in document["annotations"]]

    # A class that nothing is keeps its place, as the columns tell it.
    empty = {"p_label_b": 0.1, "p_label_a": 0.8, "p_label_c": 0.1}
    assert categories(["a", "c", "a"], **empty) == (["b", "a", "c"], [2, 3, 2])
    assert categories([10, 2, 10]) == (["2", "10"], [2, 1, 2])
    assert categories(["01", "1", "01"]) == (["01", "1"], [1, 2, 1])
    names, numbers = categories([1, "1", None])
    assert set(names) == {"1", '"1"'}
    assert len(numbers) == 2
    assert categories([True, False, True]) == (["False", "True"], [2, 1, 2])
    kind = pd.Categorical(["x", "y", "x"], categories=["z", "y", "x"])
    document = json.loads(
        write_coco(table.assign(label=kind), tmp_path / "c.json", {"a": (10, 10)}).read_text()
    )
    assert [one["category_id"] for one in document["annotations"]] == [1, 2, 1]
    with pytest.raises(ValueError, match=r"'q' is not among the classes"):
        write_coco(table.assign(label="q"), tmp_path / "c.json", {"a": (10, 10)}, classes=["z"])


def test_an_instance_outside_its_image_makes_no_empty_box(
    tmp_path: Path, instances: pd.DataFrame
) -> None:
    out = instances.assign(x=[20.0, 120.0, 26.0], label="p")
    document = json.loads(write_coco(out, tmp_path / "c.json", SIZES).read_text())
    assert [one["keypoints"][0] for one in document["annotations"]] == [20.0, 26.0]
    write_yolo(out, tmp_path, SIZES)
    assert len((tmp_path / "labels" / "a.txt").read_text().splitlines()) == 2
    home = tmp_path / "images"
    home.mkdir()
    Image.fromarray(np.zeros((80, 100), np.uint8)).save(home / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is 100 x 80 pixels, and 1 of its 3 instances"):
        crop_instances(out, ImageSet.from_folder(home), tmp_path / "crops", size=8)


def test_images_are_found_by_path_name_or_stem(tmp_path: Path) -> None:
    for name in ("one/a.tif", "two/b.png", "three/b.png", "c.v1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((4, 6), np.uint8)).save(tmp_path / name)
    images = ImageSet.from_folder(tmp_path)

    def found(name: object) -> str:
        return images.ids[pictures_of([name], images)[name]]

    assert found("one/a.tif") == found("a.tif") == found("A") == found("x\\a.png") == "one/a.tif"
    assert found("two/b.png") == "two/b.png"
    assert found("c.v1") == "c.v1.png"
    with pytest.raises(ValueError, match=r"'b\.png' could be .*three/b\.png.* or .*two/b\.png"):
        found("b.png")
    with pytest.raises(
        ValueError, match=r"1 of 2 .*'c\.v2' is not among the 4 .* are 'c\.v1\.png'"
    ):
        pictures_of(["c.v2", "c.v1"], images)
    assert picture_sizes([0], images) == {0: (6, 4)}


def test_marks_on_one_point_make_a_box_and_a_spot(tmp_path: Path, instances: pd.DataFrame) -> None:
    tight = instances.assign(radius=0.0, label="p", x=[20.5, 60.0, 80.25], y=40.5)
    document = json.loads(write_coco(tight, tmp_path / "c.json", SIZES).read_text())
    assert [one["bbox"][2:] for one in document["annotations"]] == [[1.5, 1.5]] * 3
    write_masks(tight, tmp_path, SIZES)
    mask = np.asarray(Image.open(tmp_path / "a.png"))
    assert all((mask[39:43, x : x + 3] > 0).any() for x in (19, 59, 79))
    for wrong in (0, -1.0, np.nan):
        with pytest.raises(ValueError, match="radius is a positive number"):
            write_masks(tight, tmp_path, SIZES, radius=wrong)
