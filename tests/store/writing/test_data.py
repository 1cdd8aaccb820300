from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from crystalviz.store import Client, Collection, Configure, DataObject, errors, generate_uuid5

ONE = uuid.UUID("00000000-0000-0000-0000-000000000001")
TWO = uuid.UUID("00000000-0000-0000-0000-000000000002")


def test_generate_uuid5_known_answer() -> None:
    # What weaviate-client 4.23.1 gives, and the example of Python's documentation of uuid5.
    assert generate_uuid5("PG (1).png") == "ad851d16-a75c-51d9-bfc4-e678cb3649c4"
    assert generate_uuid5("python.org") == "886313e1-3b8a-5372-9b90-0c9aee199e5d"
    assert generate_uuid5(1, "x") == generate_uuid5("x1")


def test_insert_returns_uuid_and_keeps_types(crystals: Collection) -> None:
    taken = datetime(2026, 1, 31, 12, 30, 1, 250, timezone(timedelta(hours=2)))
    given = {
        "image_id": "pg/PG (1).png",
        "note": "Ünïcödé \x00 \udc80 'quotes' \"and\" ☃",
        "cluster": 2**53 + 1,
        "entropy": 3,
        "sharp": np.bool_(True),
        "taken": taken,
        "twin": TWO,
        "tags": ["a", "b"],
        "sizes": np.array([1, 2]),
    }
    identity = crystals.data.insert(given, uuid=ONE)
    assert identity == ONE
    found = crystals.query.fetch_object_by_id(ONE)
    assert found is not None
    expected = dict(given, entropy=3.0, sharp=True, sizes=[1, 2])
    assert found.properties == expected
    assert isinstance(found.properties["entropy"], float)
    assert isinstance(found.properties["cluster"], int)
    assert found.properties["sharp"] is True
    assert found.vector == {}
    assert found.collection == "CrystalImage"
    assert found.references is None
    assert isinstance(found.metadata.creation_time, datetime)
    assert found.metadata.creation_time.tzinfo is UTC


def test_insert_without_uuid_is_random(crystals: Collection) -> None:
    first, second = crystals.data.insert({}), crystals.data.insert({})
    assert first != second
    assert first.version == 4
    assert crystals.data.exists(first)
    assert crystals.data.exists(str(second))
    assert not crystals.data.exists(ONE)


def test_duplicate_uuid_is_422(crystals: Collection) -> None:
    crystals.data.insert({"image_id": "a"}, uuid=ONE)
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        crystals.data.insert({"image_id": "b"}, uuid=str(ONE))
    assert caught.value.status_code == 422
    assert [o.properties["image_id"] for o in crystals.iterator()] == ["a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_id", 3),
        ("cluster", "3"),
        ("cluster", 3.5),
        ("cluster", True),
        ("cluster", 2**63),
        ("entropy", float("nan")),
        ("entropy", float("inf")),
        ("entropy", "1"),
        ("entropy", True),
        ("sharp", 1),
        ("taken", "yesterday"),
        ("taken", 5),
        ("twin", "not-a-uuid"),
        ("tags", "abc"),
        ("tags", ["a", 1]),
        ("sizes", 3),
        ("unknown", object()),
    ],
)
def test_values_that_do_not_fit_are_refused(crystals: Collection, name: str, value: object) -> None:
    with pytest.raises(errors.UnexpectedStatusCodeError, match=name) as caught:
        crystals.data.insert({name: value})
    assert caught.value.status_code == 422
    assert len(crystals) == 0


@pytest.mark.parametrize(
    "vector",
    [[1.0, float("nan")], [float("inf")], [], [[1, 2], [3, 4]], "abc", [1e39], 3.0, ["a"]],
)
def test_bad_vectors_are_refused(crystals: Collection, vector: object) -> None:
    with pytest.raises(errors.UnexpectedStatusCodeError, match="vector"):
        crystals.data.insert({}, vector=vector)
    assert len(crystals) == 0
    # A refused vector decides nothing: any length may come first.
    crystals.data.insert({}, vector=[1, 2, 3, 4, 5])


def test_the_first_vector_decides_the_dimension(crystals: Collection) -> None:
    crystals.data.insert({}, uuid=ONE, vector=[1, 2, 3])
    with pytest.raises(errors.UnexpectedStatusCodeError, match=r"4 dimensions.*have 3"):
        crystals.data.insert({}, vector=[1, 2, 3, 4])
    with pytest.raises(errors.UnexpectedStatusCodeError):
        crystals.data.update(ONE, vector=[1, 2])
    answer = crystals.data.insert_many(
        [DataObject({}, vector=[1, 2]), DataObject({}, vector=np.ones((1, 3)))]
    )
    assert list(answer.errors) == [0]
    assert len(crystals) == 2


def test_vector_comes_back_as_inserted(crystals: Collection) -> None:
    crystals.data.insert({}, uuid=ONE, vector=[1, 2, 3])
    (found,) = crystals.query.fetch_objects(include_vector=True).objects
    assert found.vector == {"default": [1.0, 2.0, 3.0]}


def test_id_and_vector_are_no_properties(crystals: Collection) -> None:
    for name in ("id", "vector"):
        with pytest.raises(errors.UnexpectedStatusCodeError, match=name) as caught:
            crystals.data.insert({name: "x"})
        assert caught.value.status_code == 422
        with pytest.raises(errors.WeaviateInsertInvalidPropertyError):
            crystals.data.insert_many([{"note": "fine"}, {name: "x"}])
    assert len(crystals) == 0


def test_bad_uuid_is_refused(crystals: Collection) -> None:
    for wrong in ("abc", 5, b"x", ""):
        with pytest.raises(errors.WeaviateInvalidInputError, match="uuid"):
            crystals.data.insert({}, uuid=wrong)  # type: ignore[arg-type]


def test_new_properties_join_the_schema(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert(
        {
            "Name": "needle",
            "size": 3,
            "sharp": True,
            "when": "2026-01-31T12:00:00Z",
            "twin": str(ONE),
            "marks": [1.5, 2],
            "nothing": None,
            "none": [],
            "inner": {"a": [1, 2], "b": {"c": "x", "d": None}},
        },
        uuid=ONE,
    )
    kinds = {p.name: p.data_type for p in things.config.get().properties}
    assert kinds == {
        "name": "text",
        "size": "number",
        "sharp": "boolean",
        "when": "date",
        "twin": "uuid",
        "marks": "number[]",
        "none": "text[]",
        "inner": "object",
    }
    found = things.query.fetch_object_by_id(ONE)
    assert found is not None
    assert found.properties["size"] == 3.0
    assert found.properties["when"] == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert found.properties["inner"] == {"a": [1.0, 2.0], "b": {"c": "x"}}


def test_insert_many_overwrites_and_reports_by_place(crystals: Collection) -> None:
    crystals.data.insert({"image_id": "old", "cluster": 1}, uuid=ONE, vector=[1, 0])
    made = crystals.query.fetch_object_by_id(ONE)
    assert made is not None
    answer = crystals.data.insert_many(
        [
            DataObject({"image_id": "new"}, uuid=ONE),
            DataObject({"cluster": "wrong"}, uuid=TWO),
            {"image_id": "plain"},
            DataObject({"image_id": "bad id"}, uuid="nonsense"),
        ]
    )
    assert answer.has_errors
    assert sorted(answer.uuids) == [0, 2]
    assert sorted(answer.errors) == [1, 3]
    assert "cluster" in answer.errors[1].message
    assert answer.errors[1].original_uuid == str(TWO)
    assert answer.errors[1].object_.properties == {"cluster": "wrong"}
    assert answer.uuids[0] == ONE
    assert len(answer.all_responses) == 4
    found = crystals.query.fetch_object_by_id(ONE, include_vector=True)
    assert found is not None
    # Overwritten as a whole: the cluster and the vector are gone, the time of making is not.
    assert found.properties["image_id"] == "new"
    assert found.properties["cluster"] is None
    assert found.vector == {}
    assert found.metadata.creation_time == made.metadata.creation_time
    assert crystals.query.near_vector([1, 0]).objects == []


def test_insert_many_keeps_the_last_of_one_uuid(crystals: Collection) -> None:
    crystals.data.insert_many(
        [DataObject({"image_id": name}, uuid=ONE, vector=[1, n]) for n, name in enumerate("abc")]
    )
    (found,) = crystals.query.fetch_objects(include_vector=True).objects
    assert found.properties["image_id"] == "c"
    assert found.vector["default"] == [1.0, 2.0]


def test_insert_many_all_failed_raises(crystals: Collection) -> None:
    with pytest.raises(errors.WeaviateInsertManyAllFailedError, match="all 2"):
        crystals.data.insert_many([{"cluster": "a"}, {"cluster": "b"}])
    assert crystals.data.insert_many([]).uuids == {}
    with pytest.raises(errors.WeaviateInvalidInputError, match=r"objects\[0\]"):
        crystals.data.insert_many(["text"])  # type: ignore[list-item]


def test_replace_drops_what_is_not_given(crystals: Collection) -> None:
    crystals.data.insert({"image_id": "a", "cluster": 1}, uuid=ONE, vector=[1, 2])
    before = crystals.query.fetch_object_by_id(ONE)
    crystals.data.replace(ONE, {"image_id": "b"})
    found = crystals.query.fetch_object_by_id(ONE, include_vector=True)
    assert before is not None
    assert found is not None
    assert found.properties["image_id"] == "b"
    assert found.properties["cluster"] is None
    assert found.vector == {}
    assert found.metadata.creation_time == before.metadata.creation_time
    assert crystals.query.near_vector([1, 2]).objects == []


def test_update_merges(crystals: Collection) -> None:
    crystals.data.insert({"image_id": "a", "cluster": 1}, uuid=ONE, vector=[1, 2])
    crystals.data.update(ONE, {"cluster": 2})
    found = crystals.query.fetch_object_by_id(ONE, include_vector=True)
    assert found is not None
    assert (found.properties["image_id"], found.properties["cluster"]) == ("a", 2)
    assert found.vector == {"default": [1.0, 2.0]}
    crystals.data.update(ONE, {"cluster": None}, vector=[3, 4])
    found = crystals.query.fetch_object_by_id(ONE, include_vector=True)
    assert found is not None
    assert found.properties["cluster"] is None
    assert found.vector == {"default": [3.0, 4.0]}
    (near,) = crystals.query.near_vector([3, 4], return_metadata=["distance"]).objects
    assert near.metadata.distance == 0.0


def test_changing_a_missing_object_is_404(crystals: Collection) -> None:
    for call in (crystals.data.update, crystals.data.replace):
        with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
            call(ONE, {"image_id": "a"})
        assert caught.value.status_code == 404


def test_delete_by_id(crystals: Collection) -> None:
    crystals.data.insert({}, uuid=ONE, vector=[1, 2])
    crystals.data.insert({}, uuid=TWO, vector=[1, 2])
    assert crystals.data.delete_by_id(ONE) is True
    assert crystals.data.delete_by_id(ONE) is False
    assert [o.uuid for o in crystals.query.near_vector([1, 2]).objects] == [TWO]


def test_named_vectors(client: Client) -> None:
    things = client.collections.create(
        "Things",
        vector_config=[
            Configure.Vectors.self_provided(name="shape"),
            Configure.Vectors.self_provided(
                name="color",
                vector_index_config=Configure.VectorIndex.flat(distance_metric="l2-squared"),
            ),
        ],
    )
    things.data.insert({}, uuid=ONE, vector={"shape": [1, 0], "color": [0, 0, 1]})
    things.data.insert({}, uuid=TWO, vector={"color": [0, 0, 3]})
    with pytest.raises(errors.UnexpectedStatusCodeError, match="color, shape"):
        things.data.insert({}, vector=[1, 2])
    near = things.query.near_vector([0, 0, 0], target_vector="color", return_metadata=["distance"])
    assert [(o.uuid, o.metadata.distance) for o in near.objects] == [(ONE, 1.0), (TWO, 9.0)]
    assert [o.uuid for o in things.query.near_vector({"shape": [1, 0]}).objects] == [ONE]
    with pytest.raises(errors.WeaviateQueryError, match="several vectors"):
        things.query.near_vector([0, 0, 0])
    with pytest.raises(errors.WeaviateQueryError, match="no vector named"):
        things.query.near_vector([0, 0, 0], target_vector="smell")
    found = things.query.fetch_object_by_id(ONE, include_vector=["shape"])
    assert found is not None
    assert found.vector == {"shape": [1.0, 0.0]}
    things.data.update(ONE, vector={"shape": [0, 1]})
    found = things.query.fetch_object_by_id(ONE, include_vector=True)
    assert found is not None
    assert found.vector == {"shape": [0.0, 1.0], "color": [0.0, 0.0, 1.0]}
    assert things.index_health("color")["objects"] == 2
