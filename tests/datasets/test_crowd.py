from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from crystalviz.datasets import synthetic_marks


def test_the_same_seed_gives_the_same_marks() -> None:
    one, two, other = (synthetic_marks("hard", images=1, seed=s) for s in (3, 3, 4))
    pd.testing.assert_frame_equal(one.marks, two.marks)
    pd.testing.assert_frame_equal(one.votes, two.votes)
    assert len(one.marks) != len(other.marks) or (one.marks["x"] != other.marks["x"]).any()


def test_five_read_each_tile_and_a_tenth_of_what_they_see_is_missed() -> None:
    scene = synthetic_marks("easy", images=2)
    tiles = scene.reads.groupby("tile_id").size()
    assert (tiles == 5).all()
    assert (scene.reads.groupby("tile_id")["volunteer_id"].nunique() == 5).all()
    pairs = scene.truth.reset_index(names="instance").merge(scene.reads, on="image_id")
    for axis, start, length in (("x", "x0", "width"), ("y", "y0", "height")):
        pairs = pairs[pairs[axis].between(pairs[start], pairs[start] + pairs[length])]
    assert pairs.groupby("instance").size().min() == 20
    hits = (scene.marks["instance"] >= 0).sum()
    assert hits / len(pairs) == pytest.approx(0.9, abs=0.01)
    stray = (scene.marks["instance"] < 0).mean()
    assert stray == pytest.approx(0.1, abs=0.02)


def test_jitter_is_three_pixels_and_marks_stay_in_their_tile() -> None:
    scene = synthetic_marks("easy", images=2)
    mine = scene.marks[scene.marks["instance"] >= 0]
    real = scene.truth.loc[mine["instance"], ["x", "y"]].to_numpy()
    assert (mine[["x", "y"]].to_numpy() - real).std() == pytest.approx(3.0, abs=0.1)
    tile = scene.reads.set_index("classification_id").loc[scene.marks["classification_id"]]
    for axis, start, length in (("x", "x0", "width"), ("y", "y0", "height")):
        inside = scene.marks[axis].to_numpy() - tile[start].to_numpy()
        assert inside.min() >= 0
        assert (inside <= tile[length].to_numpy()).all()


@pytest.mark.parametrize(("kind", "gap"), [("crowded", (12, 18)), ("hard", (10, 16))])
def test_half_of_a_crowd_has_a_close_neighbour(kind: str, gap: tuple[int, int]) -> None:
    truth = synthetic_marks(kind, images=4).truth
    near = []
    for _, here in truth.groupby("image_id"):
        places = here[["x", "y"]].to_numpy()
        near.append(cKDTree(places).query(places, k=2)[0][:, 1])
    distance = np.concatenate(near)
    assert distance.min() >= gap[0]
    assert 0.35 < (distance <= gap[1]).mean() < 0.6


def test_five_different_volunteers_vote_on_each_mark() -> None:
    scene = synthetic_marks("easy", images=1, per_image=30)
    by_mark = scene.votes.groupby("mark_id")["volunteer_id"]
    assert (by_mark.nunique() == 5).all()
    assert set(scene.votes["mark_id"]) == set(scene.marks["mark_id"])
    hit = scene.votes.merge(scene.marks[scene.marks["instance"] >= 0], on="mark_id")
    right = hit["label"].to_numpy() == scene.truth.loc[hit["instance"], "label"].to_numpy()
    assert right.mean() == pytest.approx(0.85, abs=0.02)


def test_a_hard_scene_tells_what_tempted_its_readers() -> None:
    assert synthetic_marks("crowded", images=1).look_alikes.empty
    scene = synthetic_marks("hard", images=2)
    assert scene.look_alikes["image_id"].value_counts().to_dict() == {
        "image_000": 25,
        "image_001": 25,
    }
    stray = scene.marks[(scene.marks["instance"] < 0) & (scene.marks["image_id"] == "image_000")]
    tempting = scene.look_alikes[scene.look_alikes["image_id"] == "image_000"]
    near = cKDTree(stray[["x", "y"]]).query_ball_point(tempting[["x", "y"]], 8)
    # About one of eight of the twenty reads that show it.
    assert np.mean([len(marks) for marks in near]) == pytest.approx(2.4, abs=0.8)


def test_what_a_coin_flip_looks_like_is_told() -> None:
    truth = synthetic_marks("hard", images=4).truth
    assert 0.02 < truth["coin_flip"].mean() < 0.08
    assert (truth["coin_flip"] == (truth["looks_like"] != truth["label"])).all()


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of easy, crowded, hard"):
        synthetic_marks("simple")
    with pytest.raises(ValueError, match="images must be 1 or more, not 0"):
        synthetic_marks("easy", images=0)
    with pytest.raises(ValueError, match="do not fit"):
        synthetic_marks("easy", images=1, per_image=60, size=100)
