"""Some 400 questions to 120 random objects: every way answers as the embedded store does.

Ids, order, distances, sums and the names of errors; what the right answer is, the other
files of this folder say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from tests.store.contract.compare import differences
from tests.store.contract.ways import PREFIX, WAYS, Way, open_way

OBJECTS = 120
WORDS = ["needle", "lath", "plate", "Prism", "PG", "broken", "the", "blurred image"]
START = datetime(2024, 2, 1, tzinfo=UTC)
Question = tuple[str, Callable[[Any, Any], Any]]


def _objects(classes: Any) -> list[Any]:
    rng = np.random.default_rng(4)
    made = []
    for place in range(OBJECTS):
        properties: dict[str, Any] = {
            "image_id": f"{rng.choice(['PG', 'CEX', 'pg'])} ({place % 40}).png",
            "note": " ".join(rng.choice(WORDS, rng.integers(1, 5))),
            "size": int(rng.integers(-4, 5)),
            "entropy": round(float(rng.uniform(0, 8)), 2),
            "sharp": bool(rng.integers(2)),
            "taken": START + timedelta(hours=int(rng.integers(0, 50))),
            "twin": UUID(int=int(rng.integers(0, 5))),
            "tags": [str(word) for word in rng.choice(WORDS, rng.integers(0, 4))],
            "sizes": [int(n) for n in rng.integers(-2, 3, rng.integers(0, 4))],
        }
        kept = {name: value for name, value in properties.items() if rng.random() < 0.85}
        # Few directions, so that equal distances are frequent.
        vector = rng.integers(-2, 3, 3).astype(float).tolist() if rng.random() < 0.9 else None
        made.append(
            classes.DataObject(properties=kept, uuid=UUID(int=1000 + 7 * place), vector=vector)
        )
    return made


def _make(way: Way) -> Any:
    c = way.classes
    t = c.DataType
    things = way.create(
        "Same",
        properties=[
            c.Property(name="image_id", data_type=t.TEXT, tokenization=c.Tokenization.FIELD),
            c.Property(name="note", data_type=t.TEXT),
            c.Property(name="size", data_type=t.INT),
            c.Property(name="entropy", data_type=t.NUMBER),
            c.Property(name="sharp", data_type=t.BOOL),
            c.Property(name="taken", data_type=t.DATE),
            c.Property(name="twin", data_type=t.UUID),
            c.Property(name="tags", data_type=t.TEXT_ARRAY),
            c.Property(name="sizes", data_type=t.INT_ARRAY),
        ],
        inverted_index_config=c.Configure.inverted_index(
            index_null_state=True, index_property_length=True, index_timestamps=True
        ),
    )
    assert not things.data.insert_many(_objects(c)).has_errors
    return things


def _conditions(f: Any) -> Iterator[tuple[str, Any]]:
    comparisons = (
        "equal",
        "not_equal",
        "less_than",
        "less_or_equal",
        "greater_than",
        "greater_or_equal",
    )
    values: dict[str, list[Any]] = {
        "image_id": ["PG (3).png", "pg (3).png"],
        "note": ["needle", "lath PLATE", "the"],
        "size": [0, -9],
        "entropy": [4.0],
        "sharp": [True, False],
        "taken": [START + timedelta(hours=20)],
        "twin": [UUID(int=3)],
        "tags": ["needle", "blurred image"],
        "sizes": [1],
        "nothing": [1],
    }
    for name, several in values.items():
        by = f.by_property(name)
        for value in several:
            for comparison in comparisons:
                yield f"{name} {comparison} {value}", getattr(by, comparison)(value)
        for several_of in ("contains_any", "contains_all", "contains_none"):
            yield f"{name} {several_of}", getattr(by, several_of)(several[:2])
        yield f"{name} is_none", by.is_none(True)
        yield f"{name} is there", by.is_none(False)
        yield f"{name} length", f.by_property(name, length=True).greater_than(1)
    for pattern in ("*e*", "PG*", "?ath", "n*", "zz"):
        yield f"image_id like {pattern}", f.by_property("image_id").like(pattern)
        yield f"note like {pattern}", f.by_property("note").like(pattern)
        yield f"tags like {pattern}", f.by_property("tags").like(pattern)
    yield "a wrong kind", f.by_property("size").equal("x")
    yield "another wrong kind", f.by_property("note").equal(3)
    yield "by id", f.by_id().equal(UUID(int=1007))
    yield "by ids", f.by_id().contains_any([UUID(int=1007), UUID(int=1014), UUID(int=1)])
    yield "by time", f.by_creation_time().greater_than(START)
    yield "by update time", f.by_update_time().less_than(START)
    small, sharp = f.by_property("size").less_than(1), f.by_property("sharp").equal(True)
    yield "and", small & sharp
    yield "or", small | sharp
    yield "not", ~small
    yield "not and", ~(small & ~sharp)
    yield "all of", f.all_of([small, sharp, f.by_property("note").like("*a*")])
    yield "any of one", f.any_of([small])


def _listed(condition: Any) -> Callable[[Any, Any], Any]:
    return lambda things, c: [
        one.uuid
        for one in things.query.fetch_objects(
            filters=condition, limit=200, return_properties=False
        ).objects
    ]


def _near_and_sums(condition: Any) -> Callable[[Any, Any], Any]:
    return lambda things, c: (
        things.aggregate.over_all(filters=condition),
        things.query.near_vector(
            [1.0, 2.0, 0.0],
            filters=condition,
            limit=7,
            return_metadata=["distance"],
            return_properties=False,
        ),
    )


def _filter_questions(classes: Any) -> Iterator[Question]:
    for number, (name, condition) in enumerate(_conditions(classes.Filter)):
        yield f"filter: {name}", _listed(condition)
        # The same filters serve all kinds of questions: a part of them shows it.
        if number % 6 == 0:
            yield f"near and sums: {name}", _near_and_sums(condition)


def _near_questions() -> Iterator[Question]:
    queries = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-1.0, 2.0, 1.0], [1.0]]
    for query in queries:
        for settings in (
            {"limit": 120},
            {"limit": 5, "offset": 3},
            {"distance": 0.4},
            {"certainty": 0.7, "limit": 9},
            {"certainty": 0.7, "distance": 0.4},
            {"limit": 3, "include_vector": True},
            {"limit": 3, "target_vector": "default"},
            {"limit": 3, "target_vector": "other"},
            {"limit": 10_001},
        ):
            yield (
                f"near {query} {settings}",
                lambda things, c, q=query, s=settings: things.query.near_vector(
                    q, return_metadata=["distance", "certainty"], **s
                ),
            )
    for identity in (1007, 1014, 1021, 5):
        yield (
            f"near object {identity}",
            lambda things, c, i=identity: things.query.near_object(
                UUID(int=i), limit=20, return_metadata=["distance"], return_properties=["size"]
            ),
        )


def _fetch_questions() -> Iterator[Question]:
    for settings in (
        {},
        {"limit": 0},
        {"limit": 3, "offset": 118},
        {"limit": 3, "offset": 500},
        {"limit": 3, "after": UUID(int=1021)},
        {"limit": 3, "after": UUID(int=1021), "offset": 1},
        {"limit": 10_001},
        {"return_properties": ["size", "tags"]},
        {"return_properties": ["nothing"]},
        {"return_properties": False, "limit": 2},
        {"include_vector": True, "limit": 4},
    ):
        yield f"fetch {settings}", lambda things, c, s=settings: things.query.fetch_objects(**s)
    yield (
        "fetch by ids",
        lambda things, c: things.query.fetch_objects_by_ids(
            [UUID(int=n) for n in (1014, 1000, 5, 1014)]
        ),
    )
    yield (
        "fetch by id",
        lambda things, c: things.query.fetch_object_by_id(UUID(int=1000)).properties,
    )
    yield "fetch no id", lambda things, c: things.query.fetch_object_by_id(UUID(int=1))
    yield "all", lambda things, c: list(things.iterator(include_vector=True, cache_size=50))
    yield "count", lambda things, c: len(things)
    for name in ("image_id", "note", "size", "entropy", "sharp", "taken", "twin", "tags", "sizes"):
        for ascending in (True, False):
            yield (
                f"sort {name} {ascending}",
                lambda things, c, n=name, a=ascending: [
                    one.uuid
                    for one in things.query.fetch_objects(
                        sort=c.Sort.by_property(n, ascending=a),
                        limit=200,
                        return_properties=False,
                    ).objects
                ],
            )
    yield (
        "sort by two",
        lambda things, c: [
            one.uuid
            for one in things.query.fetch_objects(
                sort=c.Sort.by_property("sharp").by_property("size", ascending=False),
                filters=c.Filter.by_property("entropy").less_than(5),
                limit=50,
                offset=5,
            ).objects
        ],
    )
    for order in ("by_id", "by_creation_time", "by_update_time"):
        yield (
            f"sort {order}",
            lambda things, c, o=order: things.query.fetch_objects(
                sort=getattr(c.Sort, o)(ascending=False), limit=3
            ),
        )
    yield (
        "sort by nothing",
        lambda things, c: things.query.fetch_objects(sort=c.Sort.by_property("nothing")),
    )


def _sum_questions() -> Iterator[Question]:
    yield "total", lambda things, c: things.aggregate.over_all()
    for name, kind in (
        ("size", "integer"),
        ("entropy", "number"),
        ("sharp", "boolean"),
        ("taken", "date_"),
        ("note", "text"),
        ("tags", "text"),
        ("sizes", "integer"),
        ("nothing", "integer"),
    ):
        yield (
            f"sums of {name}",
            lambda things, c, n=name, k=kind: things.aggregate.over_all(
                return_metrics=getattr(c.Metrics(n), k)()
            ),
        )
    for name in ("sharp", "size", "image_id", "tags", "nothing"):
        yield (
            f"groups of {name}",
            lambda things, c, n=name: things.aggregate.over_all(
                group_by=c.GroupByAggregate(prop=n, limit=30),
                return_metrics=c.Metrics("entropy").number(mean=True, count=True),
            ),
        )


def _word_questions() -> Iterator[Question]:
    for query in ("needle", "lath needle", "blurred image the", "NEEDLE pg", "zzz", "the", ""):
        for settings in (
            {},
            {"query_properties": ["note"]},
            {"query_properties": ["note^3", "tags"], "limit": 5, "offset": 2},
            {"query_properties": ["nothing"]},
            {"query_properties": ["size"]},
            {"auto_limit": 1},
        ):
            yield (
                f"bm25 {query} {settings}",
                lambda things, c, q=query, s=settings: things.query.bm25(
                    q, return_metadata=["score"], **s
                ),
            )
        yield (
            f"bm25 and {query}",
            lambda things, c, q=query: things.query.bm25(
                q, operator=c.BM25Operator.and_(), return_metadata=["score"]
            ),
        )
        yield (
            f"bm25 or {query}",
            lambda things, c, q=query: things.query.bm25(
                q,
                operator=c.BM25Operator.or_(minimum_match=2),
                filters=c.Filter.by_property("size").less_than(1),
            ),
        )
        for alpha in (0.0, 0.3, 1.0):
            for fusion in ("RANKED", "RELATIVE_SCORE"):
                yield (
                    f"hybrid {query} {alpha} {fusion}",
                    lambda things, c, q=query, a=alpha, f=fusion: things.query.hybrid(
                        q,
                        vector=[1.0, 2.0, -1.0],
                        alpha=a,
                        fusion_type=c.HybridFusion[f],
                        limit=8,
                        return_metadata=["score"],
                    ),
                )


def _group_questions() -> Iterator[Question]:
    for prop in ("sharp", "size", "image_id", "tags", "nothing"):
        yield (
            f"near in groups of {prop}",
            lambda things, c, p=prop: things.query.near_vector(
                [1.0, 0.0, 1.0],
                limit=40,
                group_by=c.GroupBy(prop=p, objects_per_group=3, number_of_groups=4),
                return_metadata=["distance"],
            ),
        )
        yield (
            f"words in groups of {prop}",
            lambda things, c, p=prop: things.query.bm25(
                "needle lath",
                limit=40,
                group_by=c.GroupBy(prop=p, objects_per_group=2, number_of_groups=3),
            ),
        )
    for jumps in (1, 2, 3):
        yield (
            f"near to the jump {jumps}",
            lambda things, c, j=jumps: things.query.near_vector([1.0, 2.0, 0.0], auto_limit=j),
        )
    for settings in ({"object_limit": 9}, {"distance": 0.5}, {"certainty": 0.8}):
        yield (
            f"sums near a vector {settings}",
            lambda things, c, s=settings: things.aggregate.near_vector(
                [1.0, 0.0, 1.0], return_metrics=c.Metrics("size").integer(), **s
            ),
        )


def _questions(classes: Any) -> dict[str, Callable[[Any, Any], Any]]:
    return dict(
        [
            *_filter_questions(classes),
            *_near_questions(),
            *_fetch_questions(),
            *_sum_questions(),
            *_word_questions(),
            *_group_questions(),
        ]
    )


def _asked(ask: Callable[[Any, Any], Any], things: Any, classes: Any) -> Any:
    try:
        return ask(things, classes)
    except Exception as error:
        return type(error).__name__


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the embedded store answers, by question."""
    with open_way("embedded", tmp_path_factory.mktemp("same")) as way:
        things = _make(way)
        questions = _questions(way.classes)
        assert len(questions) > 380
        return {name: _asked(ask, things, way.classes) for name, ask in questions.items()}


@pytest.mark.parametrize("name", [name for name in WAYS if name != "embedded"])
def test_every_way_answers_the_same(name: str, embedded: dict[str, Any], tmp_path: Path) -> None:
    with open_way(name, tmp_path) as way:
        things = _make(way)
        wrong = {}
        for question, ask in _questions(way.classes).items():
            answer = _asked(ask, things, way.classes)
            found = differences(embedded[question], answer)
            if found:
                wrong[question] = found[:3]
        way.client.collections.delete(PREFIX + "Same")
    assert wrong == {}


def test_most_questions_have_an_answer(embedded: dict[str, Any]) -> None:
    refusals = [name for name, answer in embedded.items() if isinstance(answer, str)]
    assert len(refusals) < len(embedded) / 4
