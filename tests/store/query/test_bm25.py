from __future__ import annotations

import math
import uuid

import pytest

from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataType,
    Filter,
    MetadataQuery,
    Property,
    Tokenization,
    errors,
)
from crystalviz.store.query.asking import BM25Operator
from crystalviz.store.writing.data import DataObject

ROWS = [
    {"title": "Bright needles", "body": "thin bright needles in a dark drop"},
    {"title": "Dark drop", "body": "nothing but the drop"},
    {"title": "Plates", "body": "bright plates"},
    {"title": "Needles", "code": "A-1 needles"},
    {"body": "salt"},
]


@pytest.fixture
def notes(client: Client) -> Collection:
    made = client.collections.create(
        "Notes",
        properties=[
            Property("title", DataType.TEXT),
            Property("body", DataType.TEXT),
            Property("code", DataType.TEXT, tokenization=Tokenization.FIELD),
            Property("hidden", DataType.TEXT, index_searchable=False),
            Property("size", DataType.INT),
        ],
    )
    made.data.insert_many([DataObject(row, uuid.UUID(int=i)) for i, row in enumerate(ROWS)])
    return made


def ints(answer: object) -> list[int]:
    return [one.uuid.int for one in answer.objects]  # type: ignore[attr-defined]


def bm25(frequency: float, length: float, average: float, n: int, count: int) -> float:
    """Return the score of one word, from the formula, k1 1.2 and b 0.75."""
    rarity = math.log(1 + (count - n + 0.5) / (n + 0.5))
    return frequency / (frequency + 1.2 * (0.25 + 0.75 * length / average)) * rarity


def test_the_score_is_that_of_the_formula(notes: Collection) -> None:
    answer = notes.query.bm25("bright", query_properties=["body"], return_metadata=["score"])
    # 7 + 4 + 2 + 1 words in 4 bodies; 2 of 5 objects have the word.
    expected = {
        2: bm25(1, 2, 14 / 4, 2, 5),
        0: bm25(1, 7, 14 / 4, 2, 5),
    }
    assert ints(answer) == [2, 0]
    for one in answer.objects:
        assert one.metadata.score == pytest.approx(expected[one.uuid.int], rel=1e-6)


def test_scores_of_properties_are_added(notes: Collection) -> None:
    asked = ["title^2", "body"]
    answer = notes.query.bm25("drop", query_properties=asked, return_metadata=MetadataQuery.full())
    # The mean of the mean lengths of titles (6 words in 4) and of bodies (14 in 4); the word is
    # in one title and two bodies, which makes 3 // 2 objects.
    average = (6 / 4 + 14 / 4) / 2
    expected = {
        1: bm25(2, 2, average, 1, 5) + bm25(1, 4, average, 1, 5),
        0: bm25(1, 7, average, 1, 5),
    }
    assert ints(answer) == [1, 0]
    for one in answer.objects:
        assert one.metadata.score == pytest.approx(expected[one.uuid.int], rel=1e-6)
    assert "BM25F_drop_frequency:2" in (answer.objects[0].metadata.explain_score or "")


def test_words_are_cut_as_each_property_is(notes: Collection) -> None:
    # Two properties of object 0 have the word.
    assert ints(notes.query.bm25("NEEDLES")) == [0, 3]
    assert ints(notes.query.bm25("needles", query_properties=["code"])) == []
    assert ints(notes.query.bm25("A-1 needles", query_properties=["code"])) == [3]
    # Stopwords are in the texts, and never asked for.
    assert ints(notes.query.bm25("the")) == []
    assert ints(notes.query.bm25("the salt")) == [4]


def test_a_word_that_is_asked_twice_counts_twice(notes: Collection) -> None:
    once, twice = (
        notes.query.bm25(query, return_metadata=["score"]).objects[0].metadata.score
        for query in ("salt", "salt salt")
    )
    assert twice == pytest.approx(2 * once, rel=1e-6)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (None, {0, 1, 2, 3}),
        (BM25Operator.or_(minimum_match=1), {0, 1, 2, 3}),
        (BM25Operator.or_(minimum_match=2), {0, 1}),
        (BM25Operator.and_(), {0}),
        (BM25Operator.and_cross(), {0}),
    ],
)
def test_how_many_words_an_object_must_have(
    notes: Collection, operator: object, expected: set[int]
) -> None:
    found = notes.query.bm25(
        "bright dark needles drop"
        if operator is None or operator.operator == "or"
        else "bright needles",
        query_properties=["title", "body"],
        operator=operator,
    )
    assert set(ints(found)) == expected


def test_words_in_different_properties(notes: Collection) -> None:
    both = ["title", "body"]
    found = notes.query.bm25("plates bright", query_properties=both, operator=BM25Operator.and_())
    assert ints(found) == [2]
    across = notes.query.bm25(
        "dark nothing", query_properties=both, operator=BM25Operator.and_cross()
    )
    assert ints(across) == [1]
    within = notes.query.bm25("dark nothing", query_properties=both, operator=BM25Operator.and_())
    assert ints(within) == []
    with pytest.raises(errors.WeaviateQueryError, match="same tokenization"):
        notes.query.bm25("dark", operator=BM25Operator.and_cross())


def test_limits_and_filters(notes: Collection) -> None:
    everything = ints(notes.query.bm25("bright needles drop"))
    assert sorted(everything) == [0, 1, 2, 3]
    assert ints(notes.query.bm25("bright needles drop", limit=2)) == everything[:2]
    assert ints(notes.query.bm25("bright needles drop", offset=3)) == everything[3:]
    plates = Filter.by_property("body").equal("plates")
    assert ints(notes.query.bm25("bright", filters=plates)) == [2]
    assert ints(notes.query.bm25(None, limit=3)) == [0, 1, 2]


def test_equal_scores_come_by_uuid(client: Client) -> None:
    made = client.collections.create("Same", properties=[Property("text", DataType.TEXT)])
    made.data.insert_many([DataObject({"text": "one"}, uuid.UUID(int=i)) for i in (5, 3, 9, 1)])
    assert ints(made.query.bm25("one")) == [1, 3, 5, 9]


def test_the_inverted_index_says_how(client: Client) -> None:
    made = client.collections.create(
        "Tuned",
        properties=[Property("text", DataType.TEXT)],
        inverted_index_config=Configure.inverted_index(
            bm25_b=0.0, bm25_k1=1.0, stopwords_additions=["crystal"], stopwords_removals=["the"]
        ),
    )
    made.data.insert_many(
        [
            DataObject({"text": "the one"}, uuid.UUID(int=0)),
            DataObject({"text": "crystal one and many words more"}, uuid.UUID(int=1)),
        ]
    )
    answer = made.query.bm25("one", return_metadata=["score"])
    # Without b the length does not count, and with k1 1 a word that is there counts a half.
    score = 0.5 * math.log(1 + 0.5 / 2.5)
    assert [one.metadata.score for one in answer.objects] == pytest.approx([score, score])
    assert ints(made.query.bm25("crystal")) == []
    assert ints(made.query.bm25("the")) == [0]
    assert ints(made.query.fetch_objects(filters=Filter.by_property("text").equal("the"))) == [0]


@pytest.mark.parametrize("name", ["hidden", "size", "nothing"])
def test_what_cannot_be_searched(notes: Collection, name: str) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="inverted index"):
        notes.query.bm25("x", query_properties=[name])


def test_bad_queries(notes: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="query set"):
        notes.query.bm25("")
    with pytest.raises(errors.WeaviateInvalidInputError):
        notes.query.bm25(5)  # type: ignore[arg-type]
    with pytest.raises(errors.WeaviateInvalidInputError, match="operator"):
        notes.query.bm25("x", operator="and")


def test_words_follow_writes(notes: Collection) -> None:
    assert ints(notes.query.bm25("gypsum")) == []
    notes.data.update(uuid.UUID(int=4), {"body": "gypsum"})
    notes.data.insert({"body": "gypsum needles"}, uuid=uuid.UUID(int=7))
    notes.data.delete_by_id(uuid.UUID(int=3))
    assert ints(notes.query.bm25("gypsum")) == [4, 7]
    assert ints(notes.query.bm25("salt")) == []
    assert set(ints(notes.query.bm25("needles"))) == {0, 7}
