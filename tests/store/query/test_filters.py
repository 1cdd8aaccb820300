"""Truth tables of every filter, on objects whose answer can be read off by eye."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crystalviz.store import (
    Client,
    Collection,
    DataObject,
    Filter,
    Property,
    Tokenization,
    connect,
    errors,
)

ROWS: list[dict[str, object]] = [
    {"image_id": "pg/PG (1).png", "note": "Thin needles, bright", "cluster": 0, "entropy": 1.0},
    {"image_id": "pg/PG (2).png", "note": "needle", "cluster": 1, "entropy": 2.5, "sharp": True},
    {"image_id": "cex/CEX (1).png", "note": "bright LATHS", "cluster": 2, "sharp": False},
    {"image_id": "cex/CEX (10).png", "tags": ["blurred", "Dark Field"], "sizes": [1, 5]},
    {"image_id": "PG ", "note": "", "cluster": -3, "tags": [], "sizes": [5, 9]},
    {},
]
T = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]


def fill(crystals: Collection) -> Collection:
    rows = [dict(row) for row in ROWS]
    rows[0]["taken"], rows[1]["taken"], rows[2]["taken"] = T
    rows[0]["twin"] = uuid.UUID(int=7)
    crystals.data.insert_many([DataObject(r, uuid.UUID(int=i)) for i, r in enumerate(rows)])
    return crystals


@pytest.fixture
def filled(crystals: Collection) -> Collection:
    return fill(crystals)


def p(name: str, length: bool = False) -> object:
    return Filter.by_property(name, length=length)


CASES: list[tuple[object, set[int]]] = [
    # Text as one field: the whole, trimmed, with case.
    (p("image_id").equal("pg/PG (1).png"), {0}),
    (p("image_id").equal(" pg/PG (1).png\n"), {0}),
    (p("image_id").equal("pg/pg (1).png"), set()),
    (p("image_id").equal("PG"), {4}),
    (p("image_id").not_equal("pg/PG (1).png"), {1, 2, 3, 4, 5}),
    (p("image_id").like("pg/*"), {0, 1}),
    (p("image_id").like("*(1).png"), {0, 2}),
    (p("image_id").like("*(1?).png"), {3}),
    (p("image_id").like("*"), {0, 1, 2, 3, 4}),
    (p("image_id").contains_any(["PG", "pg/PG (2).png"]), {1, 4}),
    (p("image_id").contains_none(["PG", "pg/PG (2).png"]), {0, 2, 3, 5}),
    (p("image_id").less_than("pg"), {2, 3, 4}),
    (p("image_id").greater_or_equal("pg/PG (2).png"), {1}),
    # Text as words: every word of the value, in any case, stopwords left out.
    (p("note").equal("bright"), {0, 2}),
    (p("note").equal("BRIGHT needles"), {0}),
    (p("note").equal("the bright"), {0, 2}),
    (p("note").equal("needle"), {1}),
    (p("note").not_equal("bright"), {1, 3, 4, 5}),
    (p("note").like("needle*"), {0, 1}),
    (p("note").like("needle?"), {0}),
    (p("note").like("n* thin"), {0}),
    (p("note").contains_any(["laths", "needle"]), {1, 2}),
    (p("note").contains_any(["the", "needle"]), {1}),
    (p("note").contains_all(["thin", "bright"]), {0}),
    (p("note").contains_none(["bright"]), {1, 3, 4, 5}),
    (p("tags").equal("dark"), {3}),
    (p("tags").contains_all(["dark field", "blurred"]), {3}),
    # Numbers; what is missing matches nothing but its absence.
    (p("cluster").equal(0), {0}),
    (p("cluster").equal(1.0), {1}),
    (p("cluster").equal("1"), {1}),
    (p("cluster").not_equal(0), {1, 2, 3, 4, 5}),
    (p("cluster").less_than(1), {0, 4}),
    (p("cluster").less_or_equal(1), {0, 1, 4}),
    (p("cluster").greater_than(0), {1, 2}),
    (p("cluster").greater_or_equal(0), {0, 1, 2}),
    (p("cluster").contains_any([2, -3, 8]), {2, 4}),
    (p("entropy").greater_than(1), {1}),
    (p("entropy").less_than(2.6), {0, 1}),
    (p("sizes").equal(5), {3, 4}),
    (p("sizes").not_equal(9), {0, 1, 2, 3, 5}),
    (p("sizes").greater_than(5), {4}),
    (p("sizes").contains_all([1, 5]), {3}),
    (p("sizes").contains_any([1, 9]), {3, 4}),
    (p("sharp").equal(True), {1}),
    (p("sharp").equal(False), {2}),
    (p("sharp").not_equal(True), {0, 2, 3, 4, 5}),
    (p("taken").equal(T[1]), {1}),
    (p("taken").equal("2026-01-02T02:00:00+02:00"), {1}),
    (p("taken").greater_than(T[0]), {1, 2}),
    (p("taken").less_or_equal(T[1]), {0, 1}),
    (p("twin").equal(uuid.UUID(int=7)), {0}),
    (p("twin").equal(str(uuid.UUID(int=7))), {0}),
    # What is missing: nothing at all, or an empty list.
    (p("note").is_none(True), {3, 5}),
    (p("note").is_none(False), {0, 1, 2, 4}),
    (p("tags").is_none(True), {0, 1, 2, 4, 5}),
    (p("note", length=True).equal(6), {1}),
    (p("sizes", length=True).greater_than(0), {3, 4}),
    (p("note", length=True).not_equal(0), {0, 1, 2}),
    # Identity and time.
    (Filter.by_id().equal(uuid.UUID(int=3)), {3}),
    (Filter.by_id().not_equal(str(uuid.UUID(int=3))), {0, 1, 2, 4, 5}),
    (Filter.by_id().contains_any([uuid.UUID(int=1), uuid.UUID(int=99)]), {1}),
    (Filter.by_id().contains_none([uuid.UUID(int=1), uuid.UUID(int=99)]), {0, 2, 3, 4, 5}),
    (Filter.by_creation_time().greater_than(T[0] - timedelta(days=9999)), set(range(6))),
    (Filter.by_creation_time().less_than(datetime(2000, 1, 1, tzinfo=UTC)), set()),
    (Filter.by_update_time().greater_or_equal("2000-01-01T00:00:00Z"), set(range(6))),
    # Combinations.
    (p("note").equal("bright") & p("cluster").equal(0), {0}),
    (p("note").equal("needle") | p("cluster").equal(0), {0, 1}),
    (~p("note").equal("bright"), {1, 3, 4, 5}),
    (Filter.not_(p("cluster").greater_or_equal(0)), {3, 4, 5}),
    (
        Filter.all_of([p("cluster").less_than(2), p("note").like("*e*"), p("sharp").equal(True)]),
        {1},
    ),
    (
        Filter.any_of([p("cluster").equal(0), p("cluster").equal(1), p("cluster").equal(2)]),
        {0, 1, 2},
    ),
    ((p("cluster").equal(0) | p("cluster").equal(2)) & ~p("note").equal("laths"), {0}),
]


@pytest.fixture(scope="module")
def lasting(
    tmp_path_factory: pytest.TempPathFactory, make_crystals: Callable[[Client], Collection]
) -> Iterator[Collection]:
    """One store for all that only reads."""
    with connect(tmp_path_factory.mktemp("filters")) as client:
        yield fill(make_crystals(client))


@pytest.mark.parametrize(("condition", "expected"), CASES)
def test_truth_table(lasting: Collection, condition: object, expected: set[int]) -> None:
    found = lasting.query.fetch_objects(filters=condition, limit=100).objects
    assert {o.uuid.int for o in found} == expected
    total = lasting.aggregate.over_all(filters=condition).total_count  # type: ignore[union-attr]
    assert total == len(expected)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (p("nothing").equal(1), "no such prop"),
        (p("note").equal("the"), "only stopwords"),
        (p("note").equal("..."), "only stopwords"),
        (p("note").equal(3), "is text"),
        (p("cluster").equal("three"), "does not fit"),
        (p("cluster").equal(0.5), "does not fit"),
        (p("cluster").equal(True), "does not fit"),
        (p("cluster").equal(None), "is_none"),
        (p("cluster").like("3*"), "like is for text"),
        (p("taken").greater_than("today"), "date"),
        (p("note").is_none("yes"), "True or False"),
        (p("cluster", length=True).equal(1), "no length"),
        (p("note", length=True).equal("1"), "whole number"),
        (Filter.by_creation_time().equal("today"), "date"),
        ("note = 'x'", "not a filter"),
    ],
)
def test_filters_that_make_no_sense(lasting: Collection, condition: object, message: str) -> None:
    with pytest.raises(errors.WeaviateQueryError, match=message):
        lasting.query.fetch_objects(filters=condition)


def test_extra_filters_need_their_index(client: Client) -> None:
    """As on a Weaviate server, so that nobody meets it only on the day of the switch."""
    things = client.collections.create("Things", properties=[Property("note", "text")])
    for condition, message in (
        (p("note").is_none(True), "Nullstate must be indexed"),
        (p("note", length=True).equal(1), "Property length must be indexed"),
        (Filter.by_creation_time().less_than(T[0]), "Timestamps must be indexed"),
    ):
        with pytest.raises(errors.WeaviateQueryError, match=message):
            things.query.fetch_objects(filters=condition)


def test_empty_lists_of_values_are_refused() -> None:
    for call in ("contains_any", "contains_all", "contains_none"):
        with pytest.raises(errors.WeaviateInvalidInputError):
            getattr(p("note"), call)([])
    with pytest.raises(errors.WeaviateInvalidInputError):
        Filter.any_of([])
    with pytest.raises(TypeError):
        Filter()


@pytest.mark.parametrize(
    ("tokenization", "value", "found"),
    [
        (Tokenization.WORD, "pg", {0, 1}),
        (Tokenization.WORD, "PG (2)", {1}),
        (Tokenization.FIELD, "PG (2).png", {1}),
        (Tokenization.FIELD, "PG", set()),
        (Tokenization.LOWERCASE, "pg", {0, 1}),
        (Tokenization.LOWERCASE, "(2).PNG pg", {1}),
        (Tokenization.WHITESPACE, "pg", set()),
        (Tokenization.WHITESPACE, "PG", {0, 1}),
        (Tokenization.TRIGRAM, "pg2", {1}),
    ],
)
def test_equal_follows_the_tokenization(
    client: Client, tokenization: Tokenization, value: str, found: set[int]
) -> None:
    things = client.collections.create(
        "Things", properties=[Property("name", "text", tokenization=tokenization)]
    )
    names = ["PG (1).png", "PG (2).png", "CEX (1).png"]
    things.data.insert_many(
        [DataObject({"name": n}, uuid.UUID(int=i)) for i, n in enumerate(names)]
    )
    answer = things.query.fetch_objects(filters=p("name").equal(value))
    assert {o.uuid.int for o in answer.objects} == found


def test_delete_many(filled: Collection) -> None:
    bright = p("note").equal("bright")
    dry = filled.data.delete_many(bright, dry_run=True, verbose=True)
    assert (dry.matches, dry.successful, dry.failed) == (2, 2, 0)
    assert [o.uuid.int for o in dry.objects or []] == [0, 2]
    assert len(filled) == 6
    done = filled.data.delete_many(where=bright)
    assert (done.matches, done.successful, done.failed, done.objects) == (2, 2, 0, None)
    assert {o.uuid.int for o in filled.iterator()} == {1, 3, 4, 5}
    assert filled.data.delete_many(bright).matches == 0
    with pytest.raises(errors.WeaviateQueryError):
        filled.data.delete_many(p("nothing").equal(1))
    with pytest.raises(errors.WeaviateInvalidInputError):
        filled.data.delete_many(None)


def test_unknown_references_are_refused(filled: Collection) -> None:
    for condition in (
        Filter.by_ref("x").by_property("y").equal(1),
        Filter.by_ref_count("x").equal(1),
    ):
        with pytest.raises(errors.WeaviateQueryError, match="no such reference 'x'"):
            filled.query.fetch_objects(filters=condition)
