from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataObject,
    Filter,
    MetadataQuery,
    Sort,
    connect,
    errors,
)
from crystalviz.store.query.generate import GenerateCollection


def identity(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def fill(things: Collection, n: int = 40, dimension: int = 8) -> np.ndarray:
    vectors = np.random.default_rng(5).standard_normal((n, dimension)).astype(np.float32)
    things.data.insert_many(
        [
            DataObject(
                {"image_id": f"{i:03}.png", "cluster": i % 4, "entropy": i / 8},
                identity(i),
                vectors[i],
            )
            for i in range(n)
        ]
    )
    return vectors


def numbers(answer: object) -> list[int]:
    return [o.uuid.int for o in answer.objects]  # type: ignore[attr-defined]


def test_near_object_has_itself_first(crystals: Collection) -> None:
    vectors = fill(crystals)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    answer = crystals.query.near_object(
        identity(7), limit=6, return_metadata=MetadataQuery(distance=True, certainty=True)
    )
    truth = np.argsort(1 - unit @ unit[7], kind="stable")[:6]
    assert numbers(answer) == truth.tolist()
    assert answer.objects[0].metadata.distance == 0.0
    assert answer.objects[0].metadata.certainty == 1.0
    for one in answer.objects:
        assert one.metadata.distance == pytest.approx(1 - unit[7] @ unit[one.uuid.int], abs=1e-6)
        assert one.metadata.certainty == pytest.approx(1 - one.metadata.distance / 2)
        assert one.metadata.creation_time is None


def test_near_object_missing_or_without_vector(crystals: Collection) -> None:
    fill(crystals)
    with pytest.raises(errors.WeaviateQueryError, match="not there"):
        crystals.query.near_object(identity(999))
    crystals.data.insert({}, uuid=identity(999))
    with pytest.raises(errors.WeaviateQueryError, match="no vector"):
        crystals.query.near_object(identity(999))


def test_near_vector_limits(crystals: Collection) -> None:
    vectors = fill(crystals)
    query = vectors[3]
    everything = numbers(crystals.query.near_vector(query, limit=40))
    assert len(everything) == 40
    assert numbers(crystals.query.near_vector(query)) == everything[:10]
    assert numbers(crystals.query.near_vector(query, limit=5, offset=3)) == everything[3:8]
    assert numbers(crystals.query.near_vector(query, limit=5, offset=38)) == everything[38:]
    assert numbers(crystals.query.near_vector(query, limit=5, offset=60)) == []
    with pytest.raises(errors.WeaviateQueryError, match="maximum"):
        crystals.query.near_vector(query, limit=10_000, offset=1)
    with pytest.raises(errors.WeaviateQueryError, match="negative"):
        crystals.query.near_vector(query, limit=-1)
    with pytest.raises(errors.WeaviateInvalidInputError):
        crystals.query.near_vector(query, limit="5")  # type: ignore[arg-type]


def test_near_vector_within_a_distance(crystals: Collection) -> None:
    vectors = fill(crystals)
    everything = crystals.query.near_vector(
        vectors[3], limit=40, return_metadata=["distance"]
    ).objects
    bound = everything[20].metadata.distance
    assert bound is not None
    near = numbers(crystals.query.near_vector(vectors[3], distance=bound, limit=40))
    assert near == [o.uuid.int for o in everything[:21]]
    same = crystals.query.near_vector(vectors[3], certainty=1 - bound / 2 - 1e-9, limit=40)
    assert numbers(same) == near
    # As in Weaviate, ten at most where no limit is given.
    assert numbers(crystals.query.near_vector(vectors[3], distance=bound)) == near[:10]
    assert numbers(crystals.query.near_vector(vectors[3], distance=bound, limit=4)) == near[:4]
    with pytest.raises(errors.WeaviateQueryError, match="not both"):
        crystals.query.near_vector(vectors[3], distance=1, certainty=0.5)


@pytest.mark.parametrize("vector", [[1, 2], [float("nan")] * 8, [], "x", None])
def test_bad_query_vectors(crystals: Collection, vector: object) -> None:
    fill(crystals)
    with pytest.raises(errors.WeaviateQueryError):
        crystals.query.near_vector(vector)


def test_near_vector_with_filter(crystals: Collection) -> None:
    vectors = fill(crystals)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(1 - unit @ unit[3], kind="stable")
    answer = crystals.query.near_vector(
        vectors[3], limit=5, filters=Filter.by_property("cluster").equal(2)
    )
    assert numbers(answer) == [i for i in order.tolist() if i % 4 == 2][:5]
    none = Filter.by_property("cluster").equal(99)
    assert numbers(crystals.query.near_vector(vectors[3], filters=none)) == []


def test_certainty_only_for_cosine(client: Client) -> None:
    things = client.collections.create(
        "Things", vector_index_config=Configure.VectorIndex.hnsw(distance_metric="dot")
    )
    things.data.insert({}, vector=[1, 2])
    (found,) = things.query.near_vector([3, 4], return_metadata=MetadataQuery.full()).objects
    assert found.metadata.distance == -11.0
    assert found.metadata.certainty is None
    with pytest.raises(errors.WeaviateQueryError, match="cosine"):
        things.query.near_vector([3, 4], certainty=0.5)


def test_objects_without_vectors_are_not_near(crystals: Collection) -> None:
    assert crystals.query.near_vector([1, 2, 3]).objects == []
    crystals.data.insert({}, uuid=identity(1))
    assert crystals.query.near_vector([1, 2, 3]).objects == []
    crystals.data.insert({}, uuid=identity(2), vector=[1, 2, 3])
    assert numbers(crystals.query.near_vector([1, 2, 3])) == [2]
    health = crystals.index_health()
    assert (health["search"], health["recall"], health["objects"]) == ("exact", 1.0, 1)


def test_writes_are_seen_by_the_next_query(crystals: Collection) -> None:
    crystals.data.insert({"cluster": 1}, uuid=identity(1), vector=[1, 0])
    one = Filter.by_property("cluster").equal(1)
    assert numbers(crystals.query.near_vector([1, 0], filters=one)) == [1]
    crystals.data.insert({"cluster": 1}, uuid=identity(2), vector=[1, 0])
    assert numbers(crystals.query.near_vector([1, 0], filters=one)) == [1, 2]
    crystals.data.update(identity(1), {"cluster": 2})
    assert numbers(crystals.query.near_vector([1, 0], filters=one)) == [2]
    crystals.data.update(identity(2), vector=[0, 1])
    near = crystals.query.near_vector([1, 0], return_metadata=["distance"]).objects
    assert [(o.uuid.int, o.metadata.distance) for o in near] == [(1, 0.0), (2, 1.0)]
    crystals.data.delete_by_id(identity(1))
    assert numbers(crystals.query.near_vector([1, 0])) == [2]


def test_another_clients_writes_are_seen(tmp_path: Path) -> None:
    with connect(tmp_path) as first, connect(tmp_path) as second:
        ours = first.collections.create("Things")
        theirs = second.collections.use("Things")
        ours.data.insert({"a": 1}, uuid=identity(1), vector=[1, 0])
        assert numbers(theirs.query.near_vector([1, 0])) == [1]
        # In one process, both may write.
        theirs.data.insert({"a": 1}, uuid=identity(2), vector=[1, 0])
        assert numbers(ours.query.near_vector([1, 0])) == [1, 2]
        assert numbers(ours.query.fetch_objects(sort=Sort.by_property("a"))) == [1, 2]


def test_fetch_objects_pages(crystals: Collection) -> None:
    fill(crystals)
    fetch = crystals.query.fetch_objects
    assert numbers(fetch()) == list(range(10))
    assert numbers(fetch(limit=3, offset=5)) == [5, 6, 7]
    assert numbers(fetch(limit=3, after=identity(5))) == [6, 7, 8]
    assert numbers(fetch(limit=100)) == list(range(40))
    assert numbers(fetch(filters=Filter.by_property("cluster").equal(1), limit=3)) == [1, 5, 9]
    for wrong in (
        {"offset": 1},
        {"filters": Filter.by_property("cluster").equal(1)},
        {"sort": Sort.by_id()},
    ):
        with pytest.raises(errors.WeaviateQueryError, match="after"):
            fetch(after=identity(5), **wrong)  # type: ignore[arg-type]


def test_fetch_shows_what_is_asked(crystals: Collection) -> None:
    fill(crystals, 1)
    (plain,) = crystals.query.fetch_objects().objects
    assert plain.vector == {}
    assert plain.metadata.creation_time is None
    assert plain.properties["image_id"] == "000.png"
    assert plain.properties["note"] is None
    (shown,) = crystals.query.fetch_objects(
        include_vector=True,
        return_properties=["cluster", "Entropy"],
        return_metadata=["creation_time", "last_update_time", "distance"],
    ).objects
    assert shown.properties == {"cluster": 0, "entropy": 0.0}
    assert len(shown.vector["default"]) == 8
    assert isinstance(shown.metadata.creation_time, datetime)
    assert shown.metadata.last_update_time == shown.metadata.creation_time
    assert shown.metadata.distance is None
    (bare,) = crystals.query.fetch_objects(return_properties=False).objects
    assert bare.properties == {}
    with pytest.raises(errors.WeaviateQueryError, match="no such prop"):
        crystals.query.fetch_objects(return_properties=["nothing"])
    with pytest.raises(errors.WeaviateInvalidInputError, match="metadata"):
        crystals.query.fetch_objects(return_metadata=["nothing"])


def test_fetch_by_id(crystals: Collection) -> None:
    fill(crystals)
    found = crystals.query.fetch_object_by_id(str(identity(3)))
    assert found is not None
    assert found.properties["image_id"] == "003.png"
    assert crystals.query.fetch_object_by_id(identity(999)) is None
    several = crystals.query.fetch_objects_by_ids([identity(9), identity(999), identity(3)])
    assert numbers(several) == [3, 9]


def test_iterator(crystals: Collection) -> None:
    fill(crystals, 205)
    assert [o.uuid.int for o in crystals.iterator()] == list(range(205))
    assert [o.uuid.int for o in crystals.iterator(cache_size=41)] == list(range(205))
    assert [o.uuid.int for o in crystals.iterator(after=identity(200))] == [201, 202, 203, 204]
    walk = crystals.iterator(include_vector=True, return_properties=["cluster"])
    first = next(walk)
    assert first.properties == {"cluster": 0}
    assert len(first.vector["default"]) == 8
    assert next(walk).uuid.int == 1
    assert len(list(walk)) == 205


def test_iterator_survives_writes_on_the_way(crystals: Collection) -> None:
    fill(crystals, 50)
    seen = []
    for found in crystals.iterator(cache_size=7):
        seen.append(found.uuid.int)
        crystals.data.delete_by_id(found.uuid)
    assert seen == list(range(50))
    assert len(crystals) == 0


def test_sort(crystals: Collection) -> None:
    rows: list[dict[str, object]] = [
        {"note": "b", "cluster": 1, "sharp": True},
        {"note": "A", "cluster": 2, "sharp": False, "tags": ["x"]},
        {"cluster": 1, "tags": ["x", "a"]},
        {"note": "a", "taken": "2026-01-01T00:00:00+02:00"},
        {"note": "C", "cluster": 3, "taken": "2025-12-31T23:00:00Z"},
    ]
    crystals.data.insert_many([DataObject(row, identity(i)) for i, row in enumerate(rows)])

    def order(sort: object) -> list[int]:
        return numbers(crystals.query.fetch_objects(sort=sort))

    # Text without regard to case; missing first, and last when descending; ties by uuid.
    assert order(Sort.by_property("note")) == [2, 1, 3, 0, 4]
    assert order(Sort.by_property("note", ascending=False)) == [4, 0, 1, 3, 2]
    assert order(Sort.by_property("cluster")) == [3, 0, 2, 1, 4]
    assert order(Sort.by_property("sharp")) == [2, 3, 4, 1, 0]
    assert order(Sort.by_property("tags")) == [0, 3, 4, 1, 2]
    # 00:00+02:00 is 22:00Z, before 23:00Z.
    assert order(Sort.by_property("taken")) == [0, 1, 2, 3, 4]
    assert order(Sort.by_property("cluster").by_property("note", ascending=False)) == [
        3,
        0,
        2,
        1,
        4,
    ]
    assert order(Sort.by_id(ascending=False)) == [4, 3, 2, 1, 0]
    assert order(Sort.by_creation_time()) == [0, 1, 2, 3, 4]
    with pytest.raises(errors.WeaviateQueryError, match="no such prop"):
        order(Sort.by_property("nothing"))
    with pytest.raises(errors.WeaviateInvalidInputError):
        order("note")


def test_update_time_moves(crystals: Collection) -> None:
    import time

    fill(crystals, 3)
    time.sleep(0.01)
    crystals.data.update(identity(0), {"cluster": 9})
    order = crystals.query.fetch_objects(sort=Sort.by_update_time())
    assert numbers(order) == [1, 2, 0]


def test_what_is_out_of_scope_is_said(crystals: Collection) -> None:
    fill(crystals, 2)
    for call in ("near_text", "near_image", "near_media", "hybrid"):
        with pytest.raises(errors.WeaviateUnsupportedFeatureError):
            getattr(crystals.query, call)("needles")
    for wrong in ("rerank", "boost", "diversity_selection"):
        with pytest.raises(errors.WeaviateUnsupportedFeatureError, match=wrong):
            crystals.query.near_vector([1] * 8, **{wrong: object()})
    with pytest.raises(errors.WeaviateUnsupportedFeatureError, match="language model"):
        GenerateCollection().near_text("needles", single_prompt="Describe {note}")


def test_what_an_answer_tells_of_how_it_was_found(crystals: Collection) -> None:
    fill(crystals, 5)
    assert crystals.query.near_vector([1] * 8).found_by == "exact"
    assert crystals.query.near_object(identity(1)).found_by == "exact"
    assert crystals.query.fetch_objects().found_by is None
    assert crystals.query.bm25("x").found_by is None


def test_scores_are_zero_where_nothing_was_scored(crystals: Collection) -> None:
    fill(crystals, 2)
    shown = crystals.query.fetch_objects(return_metadata=MetadataQuery.full()).objects[0].metadata
    assert (shown.score, shown.explain_score) == (0.0, "")
    assert shown.distance is None
    assert shown.certainty is None


@pytest.mark.parametrize(
    "evil", ["'; DROP TABLE objects; --", '" OR 1=1 --', "%", "_", "\x00", "x' UNION SELECT 1"]
)
def test_nothing_reaches_sql_as_sql(crystals: Collection, evil: str) -> None:
    crystals.data.insert({"image_id": evil, "note": "a"}, uuid=identity(1))
    crystals.data.insert({"image_id": "other"}, uuid=identity(2))
    exact = Filter.by_property("image_id").equal(evil)
    if evil.strip("\x00"):
        assert numbers(crystals.query.fetch_objects(filters=exact)) == [1]
    for call in (
        lambda: crystals.query.fetch_objects(filters=Filter.by_property(evil).equal("a")),
        lambda: crystals.query.fetch_objects(sort=Sort.by_property(evil)),
        lambda: crystals.query.fetch_objects(return_properties=[evil]),
        lambda: crystals.query.fetch_objects(include_vector=[evil]),
        lambda: crystals.query.fetch_objects(after=evil),
        lambda: crystals.query.near_vector([1], target_vector=evil),
    ):
        with pytest.raises(errors.WeaviateBaseError):
            call()
    assert len(crystals) == 2
