"""Masks that take exactly the share asked for, equal pixels together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crystalviz.cam.trust.ranking import rank_pixels


def test_strongest_first_and_ties_together() -> None:
    ranking = rank_pixels(np.array([[4.0, 1.0, 1.0], [0.0, 0.0, 2.0]]), (2, 3))
    np.testing.assert_allclose(ranking.mask(1 / 6), [[1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(ranking.mask(2 / 6), [[1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(ranking.mask(3 / 6), [[1, 0.5, 0.5], [0, 0, 1]])
    np.testing.assert_allclose(ranking.mask(1), 1)
    np.testing.assert_allclose(ranking.reversed().mask(2 / 6), [[0, 0, 0], [1, 1, 0]])


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.float64, (4, 5), elements=st.floats(0, 3)),
    st.floats(0, 1),
)
def test_a_mask_sums_to_its_share(cam, share) -> None:
    for ranking in (rank_pixels(cam, (12, 11)), rank_pixels(cam, (12, 11)).reversed()):
        assert ranking.mask(share).sum() == pytest.approx(share * 132, abs=1e-3)
        assert ranking.strongest(share).sum() == round(share * 132)


def test_interpolation_makes_no_order_of_a_constant() -> None:
    ranking = rank_pixels(np.full((7, 7), 0.37), (160, 160))
    np.testing.assert_allclose(ranking.mask(0.25), 0.25)


def test_ties_as_whole_pixels_favour_no_side() -> None:
    chosen = rank_pixels(np.zeros((5, 5)), (40, 40)).strongest(0.5)
    halves = [chosen[:20], chosen[20:], chosen[:, :20], chosen[:, 20:]]
    assert all(half.mean() == pytest.approx(0.5, abs=0.02) for half in halves)


def test_the_order_turns_with_the_map() -> None:
    cam = np.random.default_rng(0).random((6, 6))
    straight = rank_pixels(cam, (30, 30)).mask(0.3)
    np.testing.assert_allclose(rank_pixels(np.rot90(cam), (30, 30)).mask(0.3), np.rot90(straight))
