from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from crystalviz.consensus import MarkConsensus, read_zooniverse, score
from crystalviz.datasets._particles import paint
from crystalviz.datasets.micrographs import SyntheticMicrographs, synthetic_micrographs
from crystalviz.images import ImageSet


@pytest.fixture(scope="module")
def easy() -> SyntheticMicrographs:
    return synthetic_micrographs("easy", 2, size=1024, per_image=60, seed=4)


@pytest.fixture(scope="module")
def hard() -> SyntheticMicrographs:
    return synthetic_micrographs("hard", 2, size=1024, per_image=60, seed=4)


def contrast(scene: SyntheticMicrographs, places: pd.DataFrame) -> np.ndarray:
    """Return how much brighter the middle 5 x 5 px of each place are than the picture's ground."""
    found = []
    for one in places.itertuples():
        picture = scene.images[one.image_id].astype(float)
        x, y = round(one.x), round(one.y)
        around = picture[max(y - 40, 0) : y + 41, max(x - 40, 0) : x + 41]
        found.append(picture[y - 2 : y + 3, x - 2 : x + 3].mean() - np.median(around))
    return np.array(found)


def alone(truth: pd.DataFrame, gap: float) -> pd.DataFrame:
    """Return the rows without a neighbour within `gap` pixels."""
    parts = []
    for _, here in truth.groupby("image_id"):
        places = here[["x", "y"]].to_numpy()
        parts.append(here[cKDTree(places).query(places, k=2)[0][:, 1] > gap])
    return pd.concat(parts)


def test_the_same_seed_gives_the_same_picture_whoever_looks(easy: SyntheticMicrographs) -> None:
    first = "micrograph_000.png"
    fewer = synthetic_micrographs("easy", 1, size=1024, per_image=60, readers=3, seed=4)
    assert np.array_equal(easy.images[first], fewer.images[first])
    assert len(easy.reads) > len(fewer.reads)
    other = synthetic_micrographs("easy", 1, size=1024, per_image=60, seed=5)
    assert not np.array_equal(easy.images[first], other.images[first])


def test_pictures_are_dark_gray_bytes_with_few_bright_pixels(easy: SyntheticMicrographs) -> None:
    assert list(easy.images) == ["micrograph_000.png", "micrograph_001.png"]
    for picture in easy.images.values():
        assert picture.dtype == np.uint8
        assert picture.shape == (1024, 1024)
        assert 30 < np.median(picture) < 70
        assert 0.001 < (picture > 130).mean() < 0.03


def test_every_instance_can_be_seen_and_gold_is_brighter_than_dirt(
    easy: SyntheticMicrographs,
) -> None:
    light = pd.Series(contrast(easy, easy.truth)).groupby(easy.truth["label"])
    ground = np.median([picture.std() for picture in easy.images.values()])
    assert light.median()["particle"] > 90
    assert light.median()["atom"] > light.median()["debris"] > ground
    assert (light.min() > 0.5 * ground).all()


def test_particles_lie_where_the_truth_says(easy: SyntheticMicrographs) -> None:
    particles = alone(easy.truth, 45)
    particles = particles[particles["label"] == "particle"]
    off = []
    for one in particles.itertuples():
        x, y, reach = round(one.x), round(one.y), 16
        around = easy.images[one.image_id][y - reach : y + reach + 1, x - reach : x + reach + 1]
        if around.shape != (2 * reach + 1, 2 * reach + 1):
            continue
        light = (around > (around[14:19, 14:19].mean() + np.median(around)) / 2).astype(float)
        rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        off.append(
            (
                (light * columns).sum() / light.sum() + x - one.x,
                (light * rows).sum() / light.sum() + y - one.y,
            )
        )
    assert len(off) > 15
    assert np.abs(np.mean(off, axis=0)).max() < 0.3
    assert np.hypot(*np.transpose(off)).max() < 1.5


def test_a_particle_is_as_wide_as_its_radius(easy: SyntheticMicrographs) -> None:
    particles = alone(easy.truth, 45)
    particles = particles[(particles["label"] == "particle") & (particles["x"] < 980)]
    bright = []
    for one in particles.itertuples():
        x, y = round(one.x), round(one.y)
        around = easy.images[one.image_id][max(y - 20, 0) : y + 21, max(x - 20, 0) : x + 21]
        bright.append(np.sqrt((around > 100).sum() / np.pi))
    assert np.corrcoef(bright, particles["radius"])[0, 1] > 0.85
    assert np.median(bright / particles["radius"]) == pytest.approx(0.95, abs=0.12)


def test_neighbours_do_not_swallow_each_other(hard: SyntheticMicrographs) -> None:
    for _, here in hard.truth.groupby("image_id"):
        places = here[["x", "y"]].to_numpy()
        distance, _ = cKDTree(places).query(places, k=2)
        assert (here["radius"] <= 0.55 * distance[:, 1] + 1e-9).all()


def test_the_scan_drifts_around_the_centre_of_each_particle() -> None:
    rows = np.arange(80, dtype=np.float32)
    still, sheared = (np.zeros((80, 80), dtype=np.float32) for _ in range(2))
    paint(still, np.random.default_rng(1), "particle", 40.0, 40.0, 12.0, 0 * rows)
    paint(sheared, np.random.default_rng(1), "particle", 40.0, 40.0, 12.0, 0.5 * rows)
    inside = slice(33, 48)

    def middle(light: np.ndarray) -> np.ndarray:
        return (light[inside] * np.arange(80)).sum(1) / light[inside].sum(1)

    moved = middle(sheared) - middle(still)
    np.testing.assert_allclose(moved, 0.5 * (rows[inside] - 40), atol=0.15)
    assert still.sum() == pytest.approx(sheared.sum(), rel=0.02)


def test_corners_are_darker_and_lines_uneven() -> None:
    pictures = [
        synthetic_micrographs("easy", 1, size=512, per_image=1, seed=s).images["micrograph_000.png"]
        for s in range(8)
    ]
    mean = np.mean(pictures, axis=0)
    corner = np.mean([mean[:80, :80], mean[:80, -80:], mean[-80:, :80], mean[-80:, -80:]])
    assert mean[216:296, 216:296].mean() > 1.04 * corner
    one = pictures[0].astype(float)
    across, down = (np.diff(one.mean(axis)).std() for axis in (0, 1))
    assert down > 1.5 * across


def test_a_hard_scene_has_look_alikes_that_are_dimmer_and_marked_seldom(
    easy: SyntheticMicrographs, hard: SyntheticMicrographs
) -> None:
    assert easy.look_alikes.empty
    assert len(hard.look_alikes) == 30
    light = contrast(hard, hard.look_alikes)
    assert 0 < np.median(light) < 0.7 * np.median(contrast(hard, hard.truth))
    apart = 0
    marked = 0
    for image, here in hard.look_alikes.groupby("image_id"):
        real = cKDTree(hard.truth.loc[hard.truth["image_id"] == image, ["x", "y"]])
        apart += (real.query(here[["x", "y"]])[0] >= 22).sum()
        mine = hard.marks[(hard.marks["image_id"] == image) & (hard.marks["instance"] < 0)]
        marks = cKDTree(mine[["x", "y"]])
        marked += sum(map(len, marks.query_ball_point(here[["x", "y"]], 8)))
    assert apart == 30
    # About one read in eight takes them for particles, and some of their tiles have few readers.
    assert 0.5 < marked / 30 < 4


def test_a_coin_flip_shows_both_classes(hard: SyntheticMicrographs) -> None:
    truth = hard.truth
    assert truth["coin_flip"].any()
    assert (truth["coin_flip"] == (truth["label"] != truth["looks_like"])).all()
    flips = truth[truth["coin_flip"]]
    votes = hard.votes.merge(hard.marks[["mark_id", "instance"]], on="mark_id")
    votes = votes[votes["instance"].isin(flips.index)]
    own = truth.loc[votes["instance"], "label"].to_numpy()
    other = truth.loc[votes["instance"], "looks_like"].to_numpy()
    said = votes["label"].to_numpy()
    assert (said == other).mean() == pytest.approx((said == own).mean(), abs=0.15)
    assert (said == other).mean() > 0.3


def test_saved_files_are_read_as_the_tables_are(
    hard: SyntheticMicrographs, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("scene")
    written = hard.save(folder)
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "marks.csv",
        "labels.csv",
        "truth.csv",
        "micrographs/micrograph_000.png",
        "micrographs/micrograph_001.png",
    ]
    images = ImageSet.from_folder(folder / "micrographs")
    assert images.ids == list(hard.images)
    assert np.array_equal(images.pixels(1), hard.images["micrograph_001.png"])

    told = read_zooniverse(folder / "marks.csv", folder / "labels.csv")
    assert told.problems == []
    np.testing.assert_allclose(told.marks[["x", "y"]], hard.marks[["x", "y"]], atol=1e-4)
    assert told.marks["image_id"].tolist() == hard.marks["image_id"].tolist()
    assert told.marks["volunteer_id"].tolist() == hard.marks["volunteer_id"].tolist()
    place = ["image_id", "volunteer_id", "x0", "y0", "width", "height"]
    assert told.reads[place].to_numpy().tolist() == hard.reads[place].to_numpy().tolist()
    assert len(told.votes) == len(hard.votes)
    row = dict(zip(told.marks["mark_id"], hard.marks["mark_id"], strict=True))
    assert told.votes["mark_id"].map(row).tolist() == hard.votes["mark_id"].tolist()
    assert told.votes["label"].tolist() == hard.votes["label"].tolist()


def test_the_consensus_finds_what_was_painted(hard: SyntheticMicrographs) -> None:
    found = MarkConsensus().fit(hard.marks, hard.votes, hard.reads)
    result = score(found.instances_, hard.truth)
    assert result.f1 > 0.96
    assert result.accuracy > 0.9
    recipe = MarkConsensus("hdbscan").fit(hard.marks, hard.votes, hard.reads)
    assert score(recipe.instances_, hard.truth).f1 < 0.7


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of easy, crowded, hard"):
        synthetic_micrographs("dense")
    with pytest.raises(ValueError, match="do not fit into an image of 128 px"):
        synthetic_micrographs("easy", 1, size=128, per_image=80)
    with pytest.raises(ValueError, match="per_image must be 1 or more, not 0"):
        synthetic_micrographs("easy", 1, per_image=0)
    with pytest.raises(ValueError, match="need as many volunteers"):
        synthetic_micrographs("easy", 1, readers=9, volunteers=4)
