from __future__ import annotations

import numpy as np
import pytest

from crystalviz.consensus.labelling import Votes, dawid_skene, find_ties, majority, settle


def votes(table: np.ndarray, n_classes: int) -> Votes:
    """Make votes from a table (items, volunteers) of classes, -1 for none."""
    item, volunteer = np.nonzero(table >= 0)
    label = table[item, volunteer]
    return Votes(item, volunteer, label, np.ones(len(item)), *table.shape, n_classes)


def crowd(seed: int, accuracy: list[float], n: int = 400, k: int = 3, ambiguous: float = 0.0):
    """Return votes of volunteers of these accuracies, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    other = (truth + rng.integers(1, k, n)) % k
    share = np.where(rng.random(n) < ambiguous, rng.uniform(0.2, 0.8, n), 0.0)
    looks = np.where(
        rng.random((n, len(accuracy))) < share[:, None], other[:, None], truth[:, None]
    )
    wrong = rng.random((n, len(accuracy))) >= np.array(accuracy)
    said = np.where(wrong, (looks + rng.integers(1, k, wrong.shape)) % k, looks)
    return votes(said, k), truth


def test_majority_is_the_share_of_votes() -> None:
    table = votes(np.array([[0, 0, 1], [-1, -1, -1]]), 2)
    assert majority(table) == pytest.approx(np.array([[2 / 3, 1 / 3], [0.5, 0.5]]))


def test_good_volunteers_outvote_bad_ones() -> None:
    table, truth = crowd(1, [0.95, 0.95, 0.4, 0.4, 0.4])
    found = dawid_skene(table)
    right = (found.probability.argmax(1) == truth).mean()
    assert right > (majority(table).argmax(1) == truth).mean() + 0.03
    accuracy = found.confusion[:, range(3), range(3)].mean(1)
    assert accuracy == pytest.approx([0.95, 0.95, 0.4, 0.4, 0.4], abs=0.06)


def test_independent_votes_are_taken_as_such_and_the_probabilities_hold() -> None:
    table, truth = crowd(2, [0.8] * 5, n=1500)
    found = dawid_skene(table)
    assert found.correlation == 0.0
    sure = found.probability.max(1)
    right = found.probability.argmax(1) == truth
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02)


def test_votes_on_ambiguous_items_are_worth_less() -> None:
    table, truth = crowd(3, [0.85] * 12, n=800, ambiguous=0.8)
    found = dawid_skene(table)
    assert found.correlation > 0.02
    sure = found.probability.max(1).mean()
    assert sure - (found.probability.argmax(1) == truth).mean() < 0.1


def test_what_is_known_is_held_and_teaches() -> None:
    table, truth = crowd(4, [0.9, 0.6, 0.6])
    known = np.where(np.arange(len(truth)) < 50, truth, -1)
    found = dawid_skene(table, known)
    assert found.probability[:50].argmax(1).tolist() == truth[:50].tolist()
    assert found.probability[:50].max(1).tolist() == [1.0] * 50


def test_a_vote_of_no_weight_says_nothing() -> None:
    table, _ = crowd(5, [0.9] * 3, n=50)
    table.weight[table.item == 7] = 0.0
    found = dawid_skene(table)
    assert found.probability[7] == pytest.approx(found.prior, abs=1e-6)


def test_ties_are_seen_and_settled_by_the_rule() -> None:
    tally = np.array([[2.0, 2.0, 0.0], [3.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
    probability = np.array([[0.4, 0.6, 0], [0.9, 0.1, 0], [0.3, 0.3, 0.4], [0.5, 0, 0.5]])
    assert find_ties(probability, tally).tolist() == [True, False, False, True]
    prior = np.array([0.5, 0.3, 0.2])
    assert settle(probability, tally, prior, "skill").tolist() == [1, 0, -1, -1]
    assert settle(probability, tally, prior, "prior").tolist() == [0, 0, -1, 0]
    assert settle(probability, tally, prior, "ambiguous").tolist() == [-1, 0, -1, -1]
    with pytest.raises(ValueError, match="rule must be one of"):
        settle(probability, tally, prior, "first")
