from __future__ import annotations

import uuid

import pytest

from crystalviz.store import Client, Collection, DataType, Filter, Property, errors
from crystalviz.store.query.asking import BM25Operator, HybridFusion, HybridVector
from crystalviz.store.query.fusion import fuse
from crystalviz.store.query.hits import Hit
from crystalviz.store.writing.data import DataObject

TEXTS = ["bright needles", "bright plates", "dark drop", "needles needles"]
VECTORS = [[1.0, 0.0], [0.9, 0.1], [0.5, 0.5], [0.0, 1.0]]


@pytest.fixture
def notes(client: Client) -> Collection:
    made = client.collections.create("Notes", properties=[Property("text", DataType.TEXT)])
    made.data.insert_many(
        [
            DataObject({"text": text}, uuid.UUID(int=i), vector)
            for i, (text, vector) in enumerate(zip(TEXTS, VECTORS, strict=True))
        ]
    )
    return made


def ints(answer: object) -> list[int]:
    return [one.uuid.int for one in answer.objects]  # type: ignore[attr-defined]


def test_alpha_from_words_to_vectors(notes: Collection) -> None:
    by_words = ints(notes.query.bm25("needles"))
    assert ints(notes.query.hybrid("needles", alpha=0)) == by_words == [3, 0]
    assert ints(notes.query.hybrid("needles", alpha=1, vector=[1, 0])) == [0, 1, 2, 3]
    assert ints(notes.query.hybrid(None, vector=[0, 1])) == [3, 2, 1, 0]
    assert ints(notes.query.hybrid("", alpha=1, vector=[0, 1])) == [3, 2, 1, 0]


def test_nothing_asked_is_everything(notes: Collection) -> None:
    answer = notes.query.hybrid(None, limit=3, offset=1, return_metadata=["score"])
    assert [(one.uuid.int, one.metadata.score) for one in answer.objects] == [
        (1, 0.0),
        (2, 0.0),
        (3, 0.0),
    ]


def test_relative_scores(notes: Collection) -> None:
    answer = notes.query.hybrid(
        "needles", alpha=0.5, vector=[1, 0], return_metadata=["score", "explain_score"]
    )
    scores = {one.uuid.int: one.metadata.score for one in answer.objects}
    # Each half is brought to 0..1: object 0 is the nearest, and the last of two by words.
    assert scores[0] == pytest.approx(0.5)
    assert scores[3] == pytest.approx(0.5)
    assert 0.0 < scores[2] < scores[1] < 0.5
    assert "Result Set vector" in (answer.objects[0].metadata.explain_score or "")
    assert answer.found_by == "exact"


def test_ranked_fusion(notes: Collection) -> None:
    answer = notes.query.hybrid(
        "needles",
        alpha=0.25,
        vector=[1, 0],
        fusion_type=HybridFusion.RANKED,
        return_metadata=["score"],
    )
    scores = {one.uuid.int: one.metadata.score for one in answer.objects}
    assert scores[0] == pytest.approx(0.25 / 60 + 0.75 / 61)
    assert scores[3] == pytest.approx(0.25 / 63 + 0.75 / 60)
    assert scores[1] == pytest.approx(0.25 / 61)
    assert ints(answer) == [3, 0, 1, 2]


def test_distances(notes: Collection) -> None:
    near = notes.query.hybrid("drop", vector=[1, 0], max_vector_distance=0.1)
    assert ints(near) == [0, 1]
    # The bound of a near_vector holds for that half alone.
    half = notes.query.hybrid("drop", vector=HybridVector.near_vector([1, 0], distance=0.1))
    assert set(ints(half)) == {0, 1, 2}
    certain = HybridVector.near_vector([1, 0], certainty=0.99)
    assert ints(notes.query.hybrid(None, vector=certain)) == [0, 1]


def test_limit_offset_filter_and_operator(notes: Collection) -> None:
    assert ints(notes.query.hybrid(None, vector=[1, 0], limit=2, offset=1)) == [1, 2]
    bright = Filter.by_property("text").equal("bright")
    assert set(ints(notes.query.hybrid("needles", vector=[0, 1], filters=bright))) == {0, 1}
    both = notes.query.hybrid("bright needles", alpha=0, bm25_operator=BM25Operator.and_())
    assert ints(both) == [0]
    some = notes.query.hybrid("needles", alpha=0, query_properties=["text"], auto_limit=1)
    assert ints(some) == [3, 0]


def test_what_hybrid_needs(notes: Collection) -> None:
    with pytest.raises(errors.WeaviateUnsupportedFeatureError, match="alpha=0"):
        notes.query.hybrid("needles")
    with pytest.raises(errors.WeaviateQueryError, match="alpha"):
        notes.query.hybrid("needles", alpha=1.5, vector=[1, 0])
    with pytest.raises(errors.WeaviateInvalidInputError, match="fusion"):
        notes.query.hybrid("needles", alpha=0, fusion_type="best")
    with pytest.raises(errors.WeaviateQueryError, match="dimensions"):
        notes.query.hybrid("needles", vector=[1, 0, 0])


def test_fuse_breaks_ties_by_uuid() -> None:
    ids = [bytes([i]) * 16 for i in range(4)]
    same = [Hit(ids[2], distance=0.5), Hit(ids[1], distance=0.5), Hit(ids[3], distance=0.5)]
    assert [hit.uuid for hit in fuse(same, [], 1.0, "relative")] == [ids[1], ids[2], ids[3]]
    assert [hit.score for hit in fuse(same, [], 0.75, "relative")] == [0.75] * 3
    assert fuse([], [], 0.5, "ranked") == []
