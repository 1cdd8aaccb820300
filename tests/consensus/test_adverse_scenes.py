"""Scenes that the defaults were not made for: few readers, double clicks, dense and odd places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crystalviz.consensus import MarkConsensus, match, score
from crystalviz.datasets import synthetic_marks


def grid_scene(
    *,
    step: float,
    side: int,
    readers: int,
    jitter: float = 3.0,
    miss: float = 0.1,
    double: float = 0.0,
    aspect: float = 1.0,
    tail: float | None = None,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return marks of so many readers of one image on a grid of instances, and the truth."""
    rng = np.random.default_rng(seed)
    x, y = (axis.ravel() * step + step for axis in np.meshgrid(np.arange(side), np.arange(side)))
    parts = []
    for reader in range(readers):
        hit = rng.random(len(x)) >= miss
        size = (hit.sum(), 2)
        noise = rng.normal(0, 1, size) if tail is None else rng.standard_t(tail, size)
        noise *= jitter * np.array([aspect**0.5, aspect**-0.5])
        clicks = np.column_stack([x[hit], y[hit]]) + noise
        again = clicks[rng.random(len(clicks)) < double]
        stray = rng.uniform(0, step * (side + 1), (rng.poisson(0.05 * len(x)), 2))
        places = np.concatenate([clicks, again + rng.normal(0, 1, again.shape), stray])
        parts.append(pd.DataFrame(places, columns=["x", "y"]).assign(volunteer_id=reader))
    marks = pd.concat(parts, ignore_index=True).assign(image_id="a")
    truth = pd.DataFrame({"image_id": "a", "x": x, "y": y})
    return marks.assign(classification_id=marks["volunteer_id"]), truth


@pytest.mark.parametrize(
    ("scene", "bar"),
    [
        ({"step": 90.0, "side": 9, "readers": 3}, 0.93),
        ({"step": 90.0, "side": 9, "readers": 5}, 0.97),
        ({"step": 60.0, "side": 9, "readers": 15, "double": 0.2}, 0.99),
        ({"step": 15.0, "side": 12, "readers": 20}, 0.97),
        ({"step": 200.0, "side": 8, "readers": 15, "jitter": 15.0}, 0.99),
        ({"step": 30.0, "side": 8, "readers": 15, "jitter": 0.6}, 0.99),
        ({"step": 60.0, "side": 9, "readers": 15, "aspect": 3.0}, 0.97),
        ({"step": 60.0, "side": 9, "readers": 15, "tail": 3.0}, 0.97),
        ({"step": 60.0, "side": 9, "readers": 30, "miss": 0.6}, 0.97),
    ],
)
def test_the_defaults_hold(scene: dict[str, float], bar: float) -> None:
    marks, truth = grid_scene(**scene)
    within = 2.5 * scene.get("jitter", 3.0)
    assert score(MarkConsensus().fit(marks).instances_, truth, within).f1 >= bar


def test_the_jitter_is_known_before_any_instance_is() -> None:
    from crystalviz.consensus.inputs import read_tables
    from crystalviz.consensus.locating.start import first_guess

    for step, readers, jitter in ((12.0, 20, 3.0), (90.0, 3, 3.0), (200.0, 15, 15.0)):
        marks, _ = grid_scene(step=step, side=9, readers=readers, jitter=jitter)
        guess = first_guess(read_tables(marks).canvas)
        assert guess.jitter == pytest.approx(jitter, rel=0.25)
        assert guess.company == pytest.approx(0.9 * (readers - 1), rel=0.4)


@pytest.mark.parametrize("shift", [(-5000.0, 300.0), (1e6, 1e6)])
def test_where_the_image_lies_does_not_matter(shift: tuple[float, float]) -> None:
    marks, _ = grid_scene(step=40.0, side=6, readers=8)
    moved = marks.assign(x=marks["x"] + shift[0], y=marks["y"] + shift[1])
    # Without reads what was shown begins at 0 at the latest: give the corner as a tile.
    tiles = {"image_id": "a", "tile_id": "t", "width": 300.0, "height": 300.0}
    who = marks.drop_duplicates("classification_id")[["volunteer_id", "classification_id"]]
    here = MarkConsensus().fit(marks, reads=who.assign(**tiles, x0=0.0, y0=0.0)).instances_
    there = (
        MarkConsensus().fit(moved, reads=who.assign(**tiles, x0=shift[0], y0=shift[1])).instances_
    )
    assert there["x"].to_numpy() - shift[0] == pytest.approx(here["x"].to_numpy(), abs=1e-4)
    assert there["p_exists"].to_numpy() == pytest.approx(here["p_exists"].to_numpy(), abs=1e-4)


def test_turned_images_have_turned_instances_and_ids_may_be_numbers() -> None:
    size = 1024
    scene = synthetic_marks("hard", images=2, per_image=40, size=size, seed=8)
    here = MarkConsensus().fit(scene.marks, scene.votes, scene.reads).instances_
    marks = scene.marks.assign(x=size - scene.marks["y"], y=scene.marks["x"])
    below = scene.reads["y0"] + scene.reads["height"]
    reads = scene.reads.assign(x0=size - below, y0=scene.reads["x0"])
    votes = scene.votes.copy()
    numbers = {name: 7 * i + 3 for i, name in enumerate(scene.volunteers["volunteer_id"])}
    for table in (marks, reads, votes):
        table["volunteer_id"] = table["volunteer_id"].map(numbers)
    turned = MarkConsensus().fit(marks, votes, reads).instances_
    back = turned.assign(x=turned["y"], y=size - turned["x"])
    pairs = match(here, back, within=0.01)
    assert len(pairs) == len(here) == len(turned)
    for column in ("p_exists", "p_label_cluster"):
        one, other = here[column][pairs["instance"]], turned[column][pairs["gold"]]
        assert one.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-4)


def test_odd_marks_are_no_trouble() -> None:
    one = pd.DataFrame(
        {"image_id": "a", "x": [5.0], "y": [7.0], "volunteer_id": 1, "classification_id": 1}
    )
    assert len(MarkConsensus().fit(one).marks_) == 1
    same = pd.concat([one.assign(volunteer_id=v, classification_id=v) for v in range(6)])
    found = MarkConsensus().fit(same).instances_
    assert found[["x", "y"]].to_numpy() == pytest.approx(np.array([[5.0, 7.0]]))
    line = pd.concat([same.assign(x=same["x"] + 50 * i) for i in range(6)], ignore_index=True)
    assert len(MarkConsensus().fit(line).instances_) == 6
