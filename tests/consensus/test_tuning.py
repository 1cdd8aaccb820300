from __future__ import annotations

import numpy as np
import pytest

import crystalviz as cz
from crystalviz.consensus import MarkConsensus, grid_search, reads_needed


@pytest.fixture(scope="module")
def scene() -> cz.datasets.SyntheticMarks:
    return cz.datasets.synthetic_marks("crowded", images=1, per_image=40, size=1100, seed=8)


def test_gold_marks_choose_the_better_setting(scene: cz.datasets.SyntheticMarks) -> None:
    grid = {"eps": [2.0, 4.0, 30.0], "min_marks": [6]}
    found = grid_search(
        scene.marks, grid, gold=scene.truth, estimator=MarkConsensus("dbscan"), progress=False
    )
    assert found.criterion == "f1"
    assert found.best_params == {"eps": 4.0, "min_marks": 6}
    assert found.table["f1"].is_monotonic_decreasing
    assert found.table.loc[2, "eps"] == 30.0
    assert found.best.eps == 4.0
    assert len(found.best.instances_) == found.table.loc[0, "n_instances"]


def test_without_gold_the_halves_of_the_crowd_must_agree(
    scene: cz.datasets.SyntheticMarks,
) -> None:
    found = grid_search(
        scene.marks,
        {"method": ["model", "hdbscan"]},
        reads=scene.reads,
        n_splits=2,
        progress=False,
    )
    assert found.criterion == "stability"
    assert found.best_params == {"method": "model"}
    assert found.table.loc[0, "stability"] > 0.9 > found.table.loc[1, "stability"]


@pytest.mark.parametrize(
    "grid", [{"eps": [2.0, 4.0]}, {"eps": [2.0, 4.0], "min_marks": [4, 6]}, {"centre": ["mean"]}]
)
def test_the_plot_is_a_picture(scene: cz.datasets.SyntheticMarks, grid: dict[str, list]) -> None:
    found = grid_search(
        scene.marks, grid, gold=scene.truth, estimator=MarkConsensus("dbscan"), progress=False
    )
    assert found.plot()._repr_png_().startswith(b"\x89PNG")


def test_an_empty_grid_and_one_volunteer_are_refused(scene: cz.datasets.SyntheticMarks) -> None:
    with pytest.raises(ValueError, match="no settings"):
        grid_search(scene.marks, [], progress=False)
    alone = scene.marks.assign(volunteer_id="ann")
    with pytest.raises(ValueError, match="two volunteers"):
        grid_search(alone, {"eps": [2.0]}, progress=False)


def test_doubtful_places_make_an_image_need_more_reads() -> None:
    scene = cz.datasets.synthetic_marks("hard", images=2, per_image=60, size=1300, seed=8)
    fitted = MarkConsensus().fit(scene.marks, reads=scene.reads)
    # One image as it is, one in which a third of the places is anybody's guess.
    other = fitted.candidates_["image_id"] == "image_001"
    doubtful = other & (np.arange(len(other)) % 3 == 0)
    fitted.candidates_.loc[other, "p_exists"] = 1.0
    fitted.candidates_.loc[doubtful, "p_exists"] = 0.5
    table = reads_needed(fitted, target=0.02).set_index("image_id")
    assert table.index[0] == "image_001"
    needs = table.loc["image_001"]
    assert needs["n_doubtful"] == doubtful.sum()
    assert needs["expected_errors"] == pytest.approx(doubtful.sum() / 2)
    assert not needs["settled"]
    assert 1 <= needs["reads_needed"] <= 20
    assert 0 < needs["expected_gain"] <= needs["expected_errors"]


def test_a_settled_image_gains_nothing() -> None:
    scene = cz.datasets.synthetic_marks("easy", images=1, per_image=30, size=1100)
    table = reads_needed(MarkConsensus().fit(scene.marks, reads=scene.reads))
    assert table.loc[0, "settled"]
    assert table.loc[0, "reads_needed"] == 0
    assert table.loc[0, "n_instances"] == 30
    assert np.isclose(table.loc[0, "expected_gain"], 0.0, atol=0.05)
