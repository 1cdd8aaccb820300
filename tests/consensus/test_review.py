from __future__ import annotations

import pandas as pd
import pytest

import crystalviz as cz
from crystalviz.consensus import MarkConsensus
from crystalviz.consensus.review import doubt, reasons, review_order

PLACES = pd.DataFrame(
    {
        "p_exists": [1.0, 0.9, 0.7, 1.0, 0.4, 0.02],
        "p_label_a": [0.99, 0.5, 0.95, 0.6, 0.9, 0.5],
        "p_label_b": [0.01, 0.5, 0.05, 0.4, 0.1, 0.5],
        "tie": [False, True, False, False, False, True],
    }
)


def test_doubt_is_the_chance_that_the_row_is_wrong() -> None:
    assert doubt(PLACES) == pytest.approx([0.01, 0.55, 0.335, 0.4, 0.4, 0.02])
    assert doubt(PLACES[["p_exists"]]) == pytest.approx([0.0, 0.1, 0.3, 0.0, 0.4, 0.02])
    # With a lower bar for instances the fifth is one.
    assert doubt(PLACES, 5)[4] == pytest.approx(1 - 0.4 * 0.9)


def test_ties_come_first_then_doubt_then_rows_and_sure_ones_are_not_listed() -> None:
    assert review_order(PLACES).tolist() == [1, 3, 4, 2]
    assert review_order(PLACES, least=0.36).tolist() == [1, 3, 4]
    assert review_order(PLACES[["p_exists"]]).tolist() == [4, 2, 1]
    assert reasons(PLACES).tolist() == [
        "class", "tie", "existence", "class", "left out", "left out"
    ]  # fmt: skip


def test_most_wrong_labels_are_on_a_short_list() -> None:
    scene = cz.datasets.synthetic_marks("hard", images=4, per_image=60, size=1300, seed=4)
    few = scene.votes.groupby("mark_id").head(1).query("mark_id % 4 == 0")
    found = MarkConsensus().fit(scene.marks, few, scene.reads)
    table = found.doubtful()
    assert table.index.is_unique
    tied = table["reason"] == "tie"
    assert tied.is_monotonic_decreasing
    assert table.loc[~tied, "doubt"].is_monotonic_decreasing
    assert table.loc[~tied, "doubt"].min() > 0.0999
    assert {"tie", "class"} <= set(table["reason"]) <= {"tie", "class", "existence", "left out"}
    pd.testing.assert_frame_equal(
        table.drop(columns=["doubt", "reason"]), found.candidates_.loc[table.index]
    )
    pairs = cz.consensus.score(found.instances_, scene.truth).pairs
    said = found.instances_.loc[pairs["instance"], "label"].to_numpy()
    wrong = pairs["instance"][said != scene.truth.loc[pairs["gold"], "label"].to_numpy()]
    assert len(wrong) > 10
    assert len(table) < 0.5 * len(found.candidates_)
    assert wrong.isin(table.index).mean() > 0.7
    # Between 2/3 and 3/2 as many are expected to be wrong as are.
    expected = doubt(found.instances_)[pairs["instance"]].sum()
    assert 2 / 3 < expected / len(wrong) < 3 / 2
