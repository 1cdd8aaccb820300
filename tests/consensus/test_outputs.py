from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crystalviz.consensus import crop_instances, write_coco, write_masks, write_yolo
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
    with pytest.raises(ValueError, match=r"'a\.png' is not among"):
        crop_instances(instances, ImageSet.from_folder(tmp_path), tmp_path / "crops")
