from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crystalviz as cz
from crystalviz.consensus import MarkConsensus


@pytest.fixture(scope="module")
def scene() -> cz.datasets.SyntheticMarks:
    return cz.datasets.synthetic_marks("hard", images=2, per_image=40, size=1000, seed=3)


@pytest.fixture
def found(scene: cz.datasets.SyntheticMarks) -> MarkConsensus:
    return MarkConsensus().fit(scene.marks, few_votes(scene), scene.reads)


def few_votes(scene: cz.datasets.SyntheticMarks) -> pd.DataFrame:
    """One vote on each fourth mark, so that there are doubts."""
    return scene.votes.groupby("mark_id").head(1).query("mark_id % 4 == 0")


def decision(row: pd.Series, **said: object) -> dict[str, object]:
    return {"image_id": row["image_id"], "x": row["x"], "y": row["y"], **said}


def assert_same(one: MarkConsensus, other: MarkConsensus) -> None:
    for name in ("candidates_", "instances_", "marks_", "volunteers_"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.problems_ == other.problems_
    assert one.classes_ == other.classes_


def test_settling_gives_what_a_fit_with_the_gold_gives_and_can_be_taken_back(
    scene: cz.datasets.SyntheticMarks, found: MarkConsensus
) -> None:
    before = MarkConsensus().fit(scene.marks, few_votes(scene), scene.reads)
    doubtful = found.doubtful()
    gold = pd.DataFrame(
        [decision(row, exists=i % 3 > 0, label=row["label"] or "atom") for i, (_, row) in enumerate(
            doubtful.iterrows()
        )]
        + [{"image_id": "image_000", "x": 3.0, "y": 5.0, "exists": True, "label": None}]
        + [{"image_id": "image_000", "x": 3.0, "y": 905.0, "exists": False, "label": None}]
    )  # fmt: skip
    assert found.settle(gold) is found
    again = MarkConsensus().fit(scene.marks, few_votes(scene), scene.reads, gold=gold)
    assert_same(found, again)
    assert len(found.doubtful()) < len(doubtful) / 4
    pd.testing.assert_frame_equal(found.gold_, gold)
    assert_same(found.settle(None), before)


def test_a_decision_holds_and_moves_no_other_place(found: MarkConsensus) -> None:
    before = found.candidates_.copy()
    gone, named = before.loc[4], before.loc[9]
    other = next(one for one in found.classes_ if one != named["label"])
    found.settle(
        pd.DataFrame([decision(gone, exists=False), decision(named, exists=True, label=other)])
    )
    assert len(found.instances_) == (before["p_exists"] >= 0.5).sum() - 1
    after = found.candidates_.set_index(["image_id", "x", "y"])
    assert after.loc[(gone["image_id"], gone["x"], gone["y"]), "p_exists"] == 0.0
    row = after.loc[(named["image_id"], named["x"], named["y"])]
    assert (row["p_exists"], row["label"], row["entropy"]) == (1.0, other, 0.0)
    assert row[f"p_label_{other}"] == 1.0
    assert not row["tie"]
    rest = before.drop(index=[4, 9]).set_index(["image_id", "x", "y"])
    pd.testing.assert_series_equal(after["p_exists"].reindex(rest.index), rest["p_exists"])
    # Marks go on naming the row of their place.
    own = found.marks_[found.marks_["instance"] >= 0]
    there = found.candidates_.loc[own["instance"], ["x", "y"]].to_numpy()
    assert np.hypot(*(own[["x", "y"]].to_numpy() - there).T).max() < 60


def test_a_place_that_only_the_expert_saw_becomes_an_instance(found: MarkConsensus) -> None:
    n = len(found.instances_)
    found.settle(
        pd.DataFrame({"image_id": "image_001", "x": [20.0, 500], "y": [20.0, 4], "label": "atom"})
    )
    new = found.instances_[found.instances_["n_marks"] == 0]
    assert len(found.instances_) == n + 2
    assert new[["image_id", "x", "y"]].to_numpy().tolist() == [
        ["image_001", 500.0, 4.0],
        ["image_001", 20.0, 20.0],
    ]
    assert (new["p_exists"] == 1.0).all()
    assert (new["label"] == "atom").all()
    # The corner lies in one tile of five readers.
    assert new["n_chances"].tolist() == [10, 5]
    assert new[["radius", "position_error"]].notna().all(axis=None)


def test_of_two_decisions_about_a_place_the_last_counts(found: MarkConsensus) -> None:
    row = found.candidates_.loc[0]
    n = len(found.instances_)
    found.settle(pd.DataFrame([decision(row, exists=False), decision(row, exists=True)]))
    assert len(found.instances_) == n
    found.settle(pd.DataFrame([decision(row, exists=True), decision(row, exists=False)]))
    assert len(found.instances_) == n - 1
    near = {"image_id": "image_000", "x": [5.0, 5.5], "y": [7.0, 7.0], "label": ["atom", "debris"]}
    found.settle(pd.DataFrame(near))
    assert found.instances_[found.instances_["n_marks"] == 0]["label"].tolist() == ["debris"]


def test_two_decisions_beside_one_place_are_two_instances() -> None:
    """Readers saw one particle where the expert sees two, a few jitters apart."""
    rng = np.random.default_rng(0)
    marks = pd.DataFrame(
        {
            "image_id": "a",
            "x": 50 + rng.normal(0, 3, 12),
            "y": 50 + rng.normal(0, 3, 12),
            "volunteer_id": range(12),
            "classification_id": range(12),
        }
    )
    found = MarkConsensus().fit(marks)
    assert len(found.instances_) == 1
    found.settle(pd.DataFrame({"image_id": "a", "x": [51.0, 58.0], "y": [50.0, 50.0]}))
    assert found.instances_["n_marks"].tolist() == [12, 0]
    assert found.instances_["x"].to_numpy() == pytest.approx([50, 58], abs=2)


@pytest.mark.parametrize("method", ["model", "hdbscan", "dbscan", "kmeans"])
@pytest.mark.parametrize("labels", ["dawid-skene", "majority"])
def test_decisions_hold_for_every_method(method: str, labels: str) -> None:
    scene = cz.datasets.synthetic_marks("easy", images=1, per_image=12, size=700, seed=1)
    found = MarkConsensus(method, labels=labels).fit(scene.marks, scene.votes, scene.reads)
    first, second = found.instances_.loc[0], found.instances_.loc[1]
    n = len(found.instances_)
    found.settle(
        pd.DataFrame([decision(first, exists=False), decision(second, exists=True, label="new")])
    )
    assert len(found.instances_) == n - 1
    assert found.instances_.loc[0, "label"] == "new"
    assert found.instances_.loc[0, "p_label_new"] == 1.0


def test_an_expert_can_name_what_nobody_voted_on(scene: cz.datasets.SyntheticMarks) -> None:
    found = MarkConsensus().fit(scene.marks, reads=scene.reads)
    assert "label" not in found.instances_
    row = found.instances_.loc[2]
    found.settle(pd.DataFrame([decision(row, exists=True, label=3)]))
    assert found.classes_ == [3]
    assert found.instances_.loc[2, "label"] == 3
    assert found.instances_["label"].notna().sum() == 1


def test_a_file_of_decisions_keeps_no_types_and_is_understood(
    scene: cz.datasets.SyntheticMarks, found: MarkConsensus, tmp_path
) -> None:
    number = {"image_000": 7, "image_001": 8}
    marks = scene.marks.assign(image_id=scene.marks["image_id"].map(number))
    reads = scene.reads.assign(image_id=scene.reads["image_id"].map(number))
    votes = scene.votes.assign(label=scene.votes["label"].map(found.classes_.index))
    found = MarkConsensus().fit(marks, votes, reads)
    rows = [
        decision(found.candidates_.loc[0], exists=False, label=None),
        decision(found.candidates_.loc[1], exists=True, label=2),
    ]
    file = tmp_path / "decisions.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    here = MarkConsensus().fit(marks, votes, reads, gold=pd.DataFrame(rows))
    for dtype in (None, str):
        assert_frames = found.settle(pd.read_csv(file, dtype=dtype)).candidates_
        pd.testing.assert_frame_equal(assert_frames, here.candidates_)
        assert found.classes_ == [0, 1, 2, 3]


def test_decisions_that_cannot_be_used_are_named(found: MarkConsensus) -> None:
    rows = [
        {"image_id": "image_000", "x": 1.0, "y": None, "exists": "yes"},
        {"image_id": "elsewhere", "x": 1.0, "y": 2.0, "exists": "yes"},
        {"image_id": "image_000", "x": 1.0, "y": 2.0, "exists": "perhaps"},
        {"image_id": "image_000", "x": 1.0, "y": 2.0, "exists": "No"},
    ]
    before = found.candidates_.copy()
    found.settle(pd.DataFrame(rows, index=list("abcd")))
    assert [(p.table, p.row, p.reason) for p in found.problems_] == [
        ("gold", "a", "x or y is not a number"),
        ("gold", "b", "its image is not among those that were marked or read"),
        ("gold", "c", "exists is neither yes nor no"),
        ("gold", "d", "no place lies near it"),
    ]
    pd.testing.assert_frame_equal(found.candidates_, before)
    found.settle(None)
    assert found.problems_ == []
    with pytest.raises(ValueError, match="gold lacks image_id"):
        found.settle(pd.DataFrame({"x": [1.0], "y": [1.0]}))


def test_voters_who_marked_nothing_are_volunteers_too(scene: cz.datasets.SyntheticMarks) -> None:
    votes = scene.votes.assign(volunteer_id="voter_" + scene.votes["volunteer_id"])
    found = MarkConsensus().fit(scene.marks, votes, scene.reads)
    table = found.volunteers_.set_index("volunteer_id")
    voters = table[table.index.str.startswith("voter_")]
    assert len(voters) == votes["volunteer_id"].nunique()
    assert (voters["n_reads"] == 0).all()
    assert voters["n_votes"].sum() > 0.8 * len(votes)
    assert (table.drop(voters.index)["n_votes"] == 0).all()
    # Nothing is known of how they mark: anything the crowd does is possible.
    assert (voters["miss_rate_high"] - voters["miss_rate_low"]).min() > 0.5
