from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.base import clone

import crystalviz as cz
from crystalviz.consensus import MarkConsensus


def found_pairs(instances: pd.DataFrame, truth: pd.DataFrame, within: float) -> pd.DataFrame:
    """Match instances and truth one to one, nearest first, image by image."""
    pairs = []
    for image, real in truth.groupby("image_id"):
        here = instances[instances["image_id"] == image]
        distance = cdist(here[["x", "y"]], real[["x", "y"]])
        rows, columns = linear_sum_assignment(np.where(distance <= within, distance, 1e6))
        near = distance[rows, columns] <= within
        pairs += zip(here.index[rows[near]], real.index[columns[near]], strict=True)
    return pd.DataFrame(pairs, columns=["instance", "truth"])


def f1(instances: pd.DataFrame, truth: pd.DataFrame, within: float = 6.0) -> float:
    return 2 * len(found_pairs(instances, truth, within)) / (len(instances) + len(truth))


@pytest.fixture(scope="module")
def hard() -> cz.datasets.SyntheticMarks:
    return cz.datasets.synthetic_marks("hard", images=5, seed=11)


@pytest.fixture(scope="module")
def fitted(hard: cz.datasets.SyntheticMarks) -> MarkConsensus:
    return MarkConsensus().fit(hard.marks, hard.votes, hard.reads)


@pytest.mark.parametrize(("kind", "bar"), [("easy", 0.999), ("crowded", 0.997), ("hard", 0.98)])
def test_instances_are_found_without_tuning(kind: str, bar: float) -> None:
    scene = cz.datasets.synthetic_marks(kind, images=6, seed=5)
    found = MarkConsensus().fit(scene.marks, reads=scene.reads).instances_
    assert f1(found, scene.truth) >= bar


def test_centres_are_as_good_as_those_of_who_knows_whose_mark_is_whose(
    hard: cz.datasets.SyntheticMarks, fitted: MarkConsensus
) -> None:
    pairs = found_pairs(fitted.instances_, hard.truth, 6.0)
    real = hard.truth.loc[pairs["truth"], ["x", "y"]].to_numpy()
    ours = fitted.instances_.loc[pairs["instance"], ["x", "y"]].to_numpy() - real
    mine = hard.marks[hard.marks["instance"] >= 0]
    means = mine.groupby("instance")[["x", "y"]].mean().loc[pairs["truth"]].to_numpy() - real
    assert np.sqrt((ours**2).sum(1).mean()) < 1.08 * np.sqrt((means**2).sum(1).mean())


def test_one_fixed_clustering_finds_fewer(hard: cz.datasets.SyntheticMarks, fitted: MarkConsensus):
    recipe = MarkConsensus("hdbscan").fit(hard.marks, reads=hard.reads)
    assert f1(recipe.instances_, hard.truth) < 0.8 < f1(fitted.instances_, hard.truth)


def test_labels_are_right_and_their_probabilities_hold(
    hard: cz.datasets.SyntheticMarks, fitted: MarkConsensus
) -> None:
    pairs = found_pairs(fitted.instances_, hard.truth, 6.0)
    said = fitted.instances_.loc[pairs["instance"]]
    clear = ~hard.truth.loc[pairs["truth"], "coin_flip"].to_numpy()
    right = said["label"].to_numpy() == hard.truth.loc[pairs["truth"], "label"].to_numpy()
    assert right[clear].mean() > 0.97
    sure = said.filter(like="p_label_").max(axis=1).to_numpy()
    assert abs(sure.mean() - right.mean()) < 0.06


def test_volunteers_are_known_by_their_deeds(
    hard: cz.datasets.SyntheticMarks, fitted: MarkConsensus
) -> None:
    both = fitted.volunteers_.merge(hard.volunteers, on="volunteer_id", suffixes=("", "_true"))
    busy = both[(both["n_marks"] > 100) & ~both["spammer"]]
    assert busy["jitter"].corr(busy["jitter_true"], method="spearman") > 0.9
    assert busy["miss_rate"].corr(busy["miss_rate_true"], method="spearman") > 0.8
    inside = busy["jitter_true"].between(busy["jitter_low"], busy["jitter_high"])
    assert inside.mean() > 0.75
    spam = both[both["spammer"] & (both["n_marks"] > 30)]
    assert spam["false_mark_rate"].min() > 0.8


def test_the_order_of_rows_and_the_names_of_classes_do_not_matter(
    hard: cz.datasets.SyntheticMarks, fitted: MarkConsensus
) -> None:
    shuffled = [
        table.sample(frac=1, random_state=3) for table in (hard.marks, hard.votes, hard.reads)
    ]
    renamed = {"particle": 3, "cluster": 1, "atom": 2, "debris": 0}
    shuffled[1] = shuffled[1].assign(label=shuffled[1]["label"].map(renamed))
    again = MarkConsensus().fit(*shuffled)
    same = ["image_id", "x", "y", "radius", "p_exists", "n_marks", "n_readers", "tie"]
    pd.testing.assert_frame_equal(again.instances_[same], fitted.instances_[same])
    assert again.instances_["label"].tolist() == fitted.instances_["label"].map(renamed).tolist()
    assert again.instances_["p_label_1"].to_numpy() == pytest.approx(
        fitted.instances_["p_label_cluster"].to_numpy(), abs=1e-9
    )


def points(*places: tuple[float, float, str], **more: object) -> pd.DataFrame:
    table = pd.DataFrame(places, columns=["x", "y", "volunteer_id"])
    return table.assign(image_id="a", classification_id=table["volunteer_id"], **more)


FIVE = [
    (50.0, 60.0, "p"),
    (51.0, 60.0, "q"),
    (50.0, 61.0, "r"),
    (49.0, 60.0, "s"),
    (50.0, 59.0, "t"),
]


def test_five_marks_on_one_place_are_one_instance_in_their_middle() -> None:
    found = MarkConsensus().fit(points(*FIVE)).instances_
    assert len(found) == 1
    assert found.loc[0, ["x", "y"]].tolist() == pytest.approx([50.0, 60.0], abs=0.01)
    assert found.loc[0, ["n_marks", "n_readers", "n_chances"]].tolist() == [5, 5, 5]
    assert found.loc[0, "p_exists"] > 0.9
    assert "label" not in found


def test_one_reader_clicking_five_times_is_no_instance() -> None:
    marks = points(*FIVE).assign(volunteer_id="p", classification_id=1)
    others = points((200.0, 10.0, "q"), (10.0, 200.0, "r"))
    assert MarkConsensus().fit(pd.concat([marks, others])).instances_.empty


def test_reads_without_a_mark_speak_against_an_instance() -> None:
    marks = points(FIVE[0], FIVE[1])
    reads = pd.DataFrame({"volunteer_id": list("pqrstuvwxyz")}).assign(
        image_id="a", tile_id="t", x0=0.0, y0=0.0, width=100.0, height=100.0
    )
    reads["classification_id"] = reads["volunteer_id"]
    seen_by_two = MarkConsensus().fit(marks, reads=reads[:2]).candidates_
    seen_by_all = MarkConsensus().fit(marks, reads=reads).candidates_
    assert seen_by_two.loc[0, "n_chances"] == 2
    assert seen_by_all.loc[0, "n_chances"] == 11
    assert seen_by_all.loc[0, "p_exists"] < seen_by_two.loc[0, "p_exists"]


def test_a_tie_is_told_and_settled_as_the_rule_says() -> None:
    marks = points(*FIVE[:4], label=[7, 7, 2, 2])
    row = MarkConsensus(rule="ambiguous").fit(marks).instances_.loc[0]
    assert row["tie"]
    assert row["label"] is None
    assert row["p_label_2"] == pytest.approx(0.5, abs=1e-4)
    assert row["entropy"] == pytest.approx(1.0, abs=1e-4)
    # Nothing tells the two apart: no rule may pick one by its name or order.
    assert MarkConsensus().fit(marks).instances_.loc[0, "label"] is None
    clear = MarkConsensus().fit(points(*FIVE, label=[7, 7, 2, 7, 7])).instances_.loc[0]
    assert not clear["tie"]
    assert clear["label"] == 7


@pytest.mark.parametrize(
    "labels",
    [[1, 2, None], ["01", "1", 1], [True, False, True], [1.5, 2.0, "x"], ["b", None, "a"]],
)
def test_labels_of_any_type_come_back_as_they_came(labels: list[object]) -> None:
    marks = pd.concat(
        [points(*FIVE, label=pd.Series([label] * 5, dtype=object)).assign(
            x=lambda t, i=i: t["x"] + 100 * i)
         for i, label in enumerate(labels)],
        ignore_index=True,
    )  # fmt: skip
    found = MarkConsensus().fit(marks).instances_.sort_values("x")
    said = [None if one is None else (type(one), one) for one in labels]
    back = [None if one is None else (type(one), one) for one in found["label"].tolist()]
    assert back == said
    given = [one for one in labels if one is not None]
    assert len(found.filter(like="p_label_").columns) == len(set(given))
    assert found.filter(like="votes_").sum(axis=1).tolist() == [0 if s is None else 5 for s in said]


def test_broken_rows_are_named_and_the_rest_is_used() -> None:
    marks = pd.concat([points(*FIVE), points((np.nan, 3.0, "u"), (4.0, 5.0, "v"))], axis=0)
    marks.index = list("abcdefg")
    marks.loc["g", "classification_id"] = None
    fitted = MarkConsensus().fit(marks)
    assert [(p.row, p.reason) for p in fitted.problems_] == [
        ("f", "x is not a number"),
        ("g", "classification_id is missing"),
    ]
    assert len(fitted.instances_) == 1
    assert list(fitted.marks_.index) == list("abcde")


def test_a_repeated_read_counts_once() -> None:
    scene = cz.datasets.synthetic_marks("easy", images=1, per_image=20, size=800, seed=2)
    again = 10_000
    reads = pd.concat(
        [
            scene.reads,
            scene.reads.assign(classification_id=lambda t: t["classification_id"] + again),
        ],
        ignore_index=True,
    )
    marks = pd.concat(
        [
            scene.marks,
            scene.marks.assign(classification_id=lambda t: t["classification_id"] + again),
        ],
        ignore_index=True,
    )
    once = MarkConsensus().fit(scene.marks, reads=scene.reads)
    twice = MarkConsensus().fit(marks, reads=reads)
    pd.testing.assert_frame_equal(once.instances_, twice.instances_)
    assert len(twice.problems_) == len(scene.reads) + len(scene.marks)


def test_gold_settles_what_is_there_and_what_it_is() -> None:
    marks = points(*FIVE[:4], label=["x", "x", "y", "y"])
    label = pd.DataFrame({"image_id": ["a"], "x": [50.4], "y": [60.2], "label": ["y"]})
    assert MarkConsensus().fit(marks, gold=label).instances_.loc[0, "label"] == "y"
    gone = label.drop(columns="label").assign(exists=False)
    assert MarkConsensus().fit(marks, gold=gone).instances_.empty
    nowhere = gone.assign(x=500.0)
    assert [p.reason for p in MarkConsensus().fit(marks, gold=nowhere).problems_] == [
        "no place lies near it"
    ]


def test_what_readers_drew_is_the_radius() -> None:
    marks = points(*FIVE, radius=[4.0, 5.0, 30.0, 5.0, 6.0])
    assert MarkConsensus().fit(marks).instances_.loc[0, "radius"] == 5.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "magic"}, "method must be one of model, hdbscan"),
        ({"rule": "first"}, "rule must be one of"),
        ({"jitter": -1.0}, 'jitter must be "auto" or a number of pixels'),
        ({"min_probability": 1.5}, "min_probability must be a number from 0 to 1"),
        ({"min_marks": 0}, "min_marks must be a whole number"),
        ({"n_clusters": "many"}, "n_clusters must be a whole number"),
    ],
)
def test_a_wrong_parameter_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MarkConsensus(**wrong).fit(points(*FIVE))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="marks lacks classification_id"):
        MarkConsensus().fit(points(*FIVE).drop(columns="classification_id"))


def test_it_is_an_estimator_of_scikit_learn() -> None:
    asked = MarkConsensus("dbscan", eps=4.0, rule="prior")
    copy = clone(asked)
    assert copy.get_params() == asked.get_params()
    assert copy.get_params()["eps"] == 4.0
