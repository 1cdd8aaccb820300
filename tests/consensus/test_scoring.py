from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crystalviz.consensus.scoring import match, score


def table(*places: tuple[float, float], image: str = "a", **more: object) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["x", "y"]).assign(image_id=image, **more)


def test_pairs_are_one_to_one_and_as_many_as_can_be() -> None:
    # The nearest to both marks is the same instance; taking it for the first would leave one out.
    found = table((0.0, 0.0), (4.0, 0.0))
    gold = table((-3.0, 0.0), (0.5, 0.0))
    pairs = match(found, gold, 5.0)
    assert pairs[["instance", "gold"]].values.tolist() == [[0, 0], [1, 1]]
    assert pairs["distance"].tolist() == [3.0, 3.5]


def test_no_pair_is_too_far_or_on_another_image() -> None:
    found = pd.concat([table((0, 0)), table((0, 0), image="b")], ignore_index=True)
    assert match(found, table((7.0, 0)), 6.0).empty
    assert match(found[1:], table((0, 0)), 6.0).empty


def test_scores_of_a_known_case() -> None:
    found = table((0, 0), (10, 0), (50, 50), label=["p", "q", "q"])
    gold = table((0, 3), (14, 0), (90, 90), (0, 90), label=["p", "p", "p", "p"])
    result = score(found, gold, 6.0)
    assert result.precision == pytest.approx(2 / 3)
    assert result.recall == pytest.approx(2 / 4)
    assert result.f1 == pytest.approx(4 / 7)
    assert result.rmse == pytest.approx(np.sqrt((9 + 16) / 2))
    assert result.accuracy == pytest.approx(1 / 2)


def test_nothing_found_is_no_error() -> None:
    result = score(table((0, 0))[:0], table((0, 0)))
    assert result.f1 == 0.0
    assert result.recall == 0.0
    assert np.isnan(result.precision)
    assert np.isnan(result.rmse)
