"""Splits that keep scenes whole, and the audit that counts what others tear apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import crystal

import crystalviz as cz
from crystalviz.images import ArraySet, apply_pose

DOT = np.zeros((1, 1), np.uint8)


def numbered(scenes: list[int], labels: list[str] | None = None) -> ArraySet:
    """Return a set whose pictures do not matter: the scenes are given."""
    return ArraySet([DOT] * len(scenes), labels=labels)


@settings(deadline=None)
@given(
    scenes=st.lists(st.integers(0, 30), min_size=3, max_size=120),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_every_image_once_and_no_scene_in_two_parts(scenes, seed, data):
    labels = data.draw(st.lists(st.sampled_from("ab"), min_size=len(scenes), max_size=len(scenes)))
    images = numbered(scenes, labels)
    split = cz.group_split(images, seed=seed, scenes=scenes)
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything.tolist()) == list(range(len(scenes)))
    audit = cz.audit_split(images, split, scenes=scenes)
    assert audit.clean
    assert (audit.repeated, audit.missing) == (0, 0)
    if len(set(scenes)) >= 3:
        assert min(audit.scenes.values()) >= 1


def test_shares_hold_for_each_label():
    labels = ["CEX"] * 1000 + ["PG"] * 200
    images = numbered(labels, labels)
    split = cz.group_split(images, scenes=range(1200))
    for part, share in zip(split, (0.70, 0.25, 0.05), strict=True):
        counts = Counter(labels[index] for index in part)
        assert counts == {"CEX": round(1000 * share), "PG": round(200 * share)}


def test_shares_hold_with_scenes_of_six():
    scenes = np.repeat(np.arange(200), 6)
    split = cz.group_split(numbered(scenes), scenes=scenes)
    assert [len(part) for part in split] == [840, 300, 60]


def test_seeds_differ_and_repeat():
    scenes = list(range(50))
    first, again, other = (
        cz.group_split(numbered(scenes), seed=seed, scenes=scenes) for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.train, other.train)


def test_copies_are_found_when_no_scenes_are_given():
    images = ArraySet(
        [apply_pose(crystal(seed), pose) for seed in range(4) for pose in (0, 3, 6)],
        labels=["a"] * 6 + ["b"] * 6,
    )
    split = cz.group_split(images, fractions=(0.5, 0.5, 0))
    assert [len(part) for part in split] == [6, 6, 0]
    assert all(set(part // 3) & {0, 1} and set(part // 3) & {2, 3} for part in list(split)[:2])
    assert cz.audit_split(images, split).clean


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.7, 0.25, 0.1), (1.2, -0.2, 0)])
def test_fractions_that_are_no_shares(fractions):
    with pytest.raises(ValueError, match="add up to 1"):
        cz.group_split(numbered([0, 1]), fractions, scenes=[0, 1])
    with pytest.raises(ValueError, match="one scene number and one label"):
        cz.group_split(numbered([0, 1]), scenes=[0])


def test_audit_counts_by_hand():
    scenes = [0, 0, 0, 1, 1, 2, 3, 3, 4, 5]
    labels = ["a"] * 5 + ["b"] * 5
    images = numbered(scenes, labels)
    audit = cz.audit_split(
        images, {"train": [0, 1, 3, 5], "val": [2, 6], "test": [4, 7, 8]}, scenes=scenes
    )
    assert audit.images == {"train": 4, "val": 2, "test": 3}
    assert audit.scenes == {"train": 3, "val": 2, "test": 3}
    assert audit.labels["test"] == {"a": 1, "b": 2}
    shared = {pair: (leak.scenes, leak.images) for pair, leak in audit.leaks.items()}
    assert shared == {("train", "val"): (1, 1), ("train", "test"): (1, 1), ("val", "test"): (1, 1)}
    assert (audit.repeated, audit.missing, audit.clean) == (0, 1, False)
    # Of scene 0, one image is in val and two are in train; of 1 and 3, one in each of two parts.
    assert audit.leaked == {"train": 3, "val": 2, "test": 2}
    assert audit.design_effects["train"] == pytest.approx((2**2 + 1 + 1) / 4)
    assert audit.effective_size("train") == pytest.approx(4 / 1.5)
    assert audit.effective_size() == 3
    text = str(audit)
    assert (
        "train / test: shared scenes: 1; test images with a copy in train: 1 of 3 (33.3%)" in text
    )
    assert "images in no part: 1" in text
    assert "LEAKS" in text


def test_audit_sees_an_image_in_two_parts():
    audit = cz.audit_split(
        numbered([0, 1, 2]), cz.Split(*map(np.array, ([0, 1], [1], [2]))), [0, 1, 2]
    )
    assert audit.repeated == 1
    assert not audit.clean
    with pytest.raises(IndexError, match="'train' names image 7"):
        cz.audit_split(numbered([0]), {"train": [7]}, [0])
    with pytest.raises(ValueError, match="no part"):
        cz.audit_split(numbered([0]), {}, [0])


def test_no_error_on_few_scenes_proves_little():
    # 61 scenes without an error: 0.05 ** (1 / 61) (facts: 92 to 94 % for 43 to 61 scenes).
    scenes = np.repeat(np.arange(61), 6)
    audit = cz.audit_split(numbered(scenes), {"test": np.arange(len(scenes))}, scenes)
    assert audit.best_claim() == pytest.approx(0.952, abs=5e-4)
    assert "number of scenes: 61" in str(audit)
    assert audit.effective_size() == pytest.approx(61)
    # The claim is about test wherever it stands.
    parts = {"test": np.arange(12), "train": np.arange(12, len(scenes))}
    assert "No error on test" in str(cz.audit_split(numbered(scenes), parts, scenes))


def test_a_shuffled_split_of_turned_copies_leaks_nearly_everything():
    scenes = np.repeat(np.arange(300), 6)
    order = np.random.default_rng(0).permutation(len(scenes))
    audit = cz.audit_split(numbered(scenes), {"train": order[:1260], "test": order[1260:]}, scenes)
    leak = audit.leaks["train", "test"]
    assert leak.images > 0.99 * audit.images["test"]
