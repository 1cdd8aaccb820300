"""Splits by sorted and by shuffled names: the published shares, and what they leak."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import crystalviz as cz
from crystalviz.images import ArraySet, random_split, sorted_split

DOT = np.zeros((1, 1), np.uint8)


def published(cex: int = 6860, pg: int = 6804) -> ArraySet:
    """Return a set with the names and labels of the published data set, no pictures."""
    names = [f"cex/CEX ({number}).png" for number in range(1, cex + 1)]
    names += [f"pg/PG ({number}).png" for number in range(1, pg + 1)]
    return ArraySet([DOT] * (cex + pg), names, ["cex"] * cex + ["pg"] * pg)


def test_the_published_parts():
    images = published()
    split = sorted_split(images)
    counts = [Counter(images.labels[index] for index in part) for part in split]
    assert [(count["pg"], count["cex"]) for count in counts] == [
        *((4762, 4802), (1701, 1715), (341, 343))
    ]
    names = [{images.ids[index] for index in part} for part in split]
    assert {"pg/PG (1).png", "pg/PG (10).png", "pg/PG (1000).png"} <= names[0]
    assert "pg/PG (999).png" in names[2]
    # As text, not by number: 1000 stands before 101.
    order = sorted(name for name in images.ids if name.startswith("pg"))
    assert order.index("pg/PG (1000).png") < order.index("pg/PG (101).png")
    assert max(names[0] & set(order)) < min(names[1] & set(order))
    assert max(names[1] & set(order)) < min(names[2] & set(order))


def test_labels_count_not_folders():
    images = ArraySet([DOT] * 8, list("hgfedcba"), [None] * 8)
    split = sorted_split(images, (0.5, 0.25, 0.25), labels=list("xxxxyyyy"))
    assert [[images.ids[index] for index in part] for part in split] == [
        *(["f", "e", "b", "a"], ["g", "c"], ["h", "d"])
    ]
    with pytest.raises(ValueError, match="8 images and 1 labels"):
        sorted_split(images, labels=["x"])
    with pytest.raises(ValueError, match="add up to 1"):
        sorted_split(images, (1, 1, 1))


@pytest.mark.parametrize("copies", [6, 8])
def test_sorted_names_leak_a_little_and_shuffled_names_nearly_everything(copies: int):
    """The numbers of facts/science.md, finding 2: 5 to 21 of 341, 5 to 18 of 1,701, and ~100 %."""
    pg = 6804
    images = published(0, pg)
    in_test, in_validation = [], []
    for offset in range(copies):
        scenes = (np.arange(pg) + offset) // copies
        audit = cz.audit_split(images, sorted_split(images), scenes)
        assert audit.images == {"train": 4762, "validation": 1701, "test": 341}
        in_test.append(audit.leaked["test"])
        in_validation.append(audit.leaks["train", "validation"].images)
        assert 43 <= audit.scenes["test"] <= 64
    assert min(in_test) >= 5
    assert max(in_test) <= 21
    assert min(in_validation) >= 5
    assert max(in_validation) <= 18
    audit = cz.audit_split(images, random_split(images), scenes)
    assert audit.leaks["train", "test"].images > 0.99 * 341
    assert audit.leaked["test"] > 0.99 * 341
    audit = cz.audit_split(images, cz.group_split(images, scenes=scenes), scenes)
    assert audit.clean
    assert set(audit.leaked.values()) == {0}


def test_random_splits_differ_by_seed_and_repeat():
    images = published(50, 30)
    one, again, other = (random_split(images, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one.train, other.train)
    assert [len(part) for part in one] == [35 + 21, 12 + 7, 3 + 2]
    everything = np.concatenate(list(one))
    assert sorted(everything.tolist()) == list(range(80))
