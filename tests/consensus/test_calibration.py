"""Probabilities and intervals mean what they say, on crowds whose truth is known."""

import numpy as np
import pandas as pd
import pytest

import crystalviz as cz


@pytest.fixture(scope="module")
def hard():
    scene = cz.datasets.synthetic_marks("hard", images=10, seed=4711)
    found = cz.consensus.MarkConsensus().fit(scene.marks, scene.votes, scene.reads)
    return scene, found


def truth_of(places: pd.DataFrame, truth: pd.DataFrame) -> np.ndarray:
    """Return the row of the truth (k,) that each place is, -1 for none."""
    pairs = cz.consensus.match(places, truth, within=6)
    real = np.full(len(places), -1)
    real[pairs["instance"]] = pairs["gold"]
    return real


def calibration_error(probability: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error in ten bins (Naeini et al., AAAI 2015)."""
    which = np.minimum((10 * probability).astype(int), 9)
    gaps = np.bincount(which, probability - right, 10)
    return float(np.abs(gaps).sum() / len(right))


def test_places_exist_as_often_as_they_say(hard):
    scene, found = hard
    places = found.candidates_
    real = truth_of(places, scene.truth) >= 0
    assert calibration_error(places["p_exists"].to_numpy(), real) < 0.03
    assert places["p_exists"].sum() == pytest.approx(real.sum(), rel=0.02)
    # It is not by saying nothing: there are places of both kinds, and they are told apart.
    assert 0.05 < 1 - real.mean() < 0.5
    assert places["p_exists"][real].mean() > 0.97 > 0.1 > places["p_exists"][~real].mean()


def test_labels_are_right_as_often_as_they_say(hard):
    scene, found = hard
    instances = found.instances_
    real = truth_of(instances, scene.truth)
    shown, real = instances[real >= 0], real[real >= 0]
    right = shown["label"].to_numpy() == scene.truth["label"].to_numpy()[real]
    said = shown.filter(like="p_label_").max(axis=1).to_numpy()
    assert calibration_error(said, right) < 0.03
    # Those who are unsure are wrong more often.
    assert right[said < 0.9].mean() < right[said > 0.99].mean() - 0.1


def test_intervals_hold_what_volunteers_are_like():
    scene = cz.datasets.synthetic_marks("easy", images=10, seed=4712)
    found = cz.consensus.MarkConsensus().fit(scene.marks, reads=scene.reads)
    crowd = found.volunteers_.merge(scene.volunteers, on="volunteer_id", suffixes=("", "_true"))
    assert len(crowd) > 150
    for trait in ("jitter", "miss_rate"):
        true = crowd[f"{trait}_true"]
        inside = true.between(crowd[f"{trait}_low"], crowd[f"{trait}_high"]).mean()
        # 95 % of them, give or take four standard errors of so many volunteers.
        assert inside == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / len(crowd)))


def test_better_volunteers_are_known(hard):
    scene, found = hard
    crowd = found.volunteers_.merge(scene.volunteers, on="volunteer_id", suffixes=("", "_true"))
    crowd = crowd[(crowd["n_marks"] >= 30) & ~crowd["spammer"]]
    for trait in ("jitter", "miss_rate"):
        assert crowd[trait].corr(crowd[f"{trait}_true"], method="spearman") > 0.8
