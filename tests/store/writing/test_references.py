"""Cross-references: given in many forms, kept as Weaviate keeps them, followed by queries."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataObject,
    DataReference,
    QueryReference,
    ReferenceProperty,
    ReferenceToMulti,
    connect,
    errors,
)

A, B, C = UUID(int=10), UUID(int=11), UUID(int=12)
ONE, TWO = UUID(int=1), UUID(int=2)
NOWHERE = UUID(int=99)


@pytest.fixture
def targets(client: Client) -> Collection:
    made = client.collections.create("Target")
    made.data.insert_many([DataObject({"name": n}, u) for n, u in (("a", A), ("b", B), ("c", C))])
    return made


@pytest.fixture
def source(client: Client, targets: Collection) -> Collection:
    return client.collections.create(
        "Source",
        references=[
            ReferenceProperty("ref", "target"),
            ReferenceProperty.MultiTarget("multi", ["Target", "Source"]),
        ],
    )


def _names(collection: Collection, uuid: UUID, prop: str = "ref") -> list[str] | None:
    link = QueryReference(link_on=prop, return_properties=["name"])
    if prop == "multi":
        link = QueryReference.MultiTarget(link_on=prop, target_collection="Target")
    found = collection.query.fetch_object_by_id(uuid, return_references=link)
    assert found is not None
    if not found.references or prop not in found.references:
        return None
    return [o.properties["name"] for o in found.references[prop].objects]


@pytest.mark.parametrize(
    "given",
    [
        A,
        str(A),
        [A],
        [str(A).upper()],
        f"weaviate://localhost/Target/{A}",
        {"beacon": f"weaviate://localhost/{A}"},
        ReferenceToMulti("target", A),
        ReferenceToMulti("Target", [str(A)]),
    ],
)
def test_references_come_in_many_forms(source: Collection, given: Any) -> None:
    source.data.insert({}, references={"ref": given}, uuid=ONE)
    answer = source.data.insert_many([DataObject({}, TWO, references={"Ref": given})])
    assert not answer.has_errors
    assert _names(source, ONE) == _names(source, TWO) == ["a"]


def test_an_object_without_references_shows_none(source: Collection) -> None:
    source.data.insert({}, uuid=ONE)
    assert _names(source, ONE) is None
    found = source.query.fetch_object_by_id(ONE, return_references=QueryReference(link_on="ref"))
    assert found is not None
    assert found.references == {}


def test_add_delete_replace(source: Collection) -> None:
    source.data.insert({}, references={"ref": [A, B]}, uuid=ONE)
    source.data.reference_add(ONE, "ref", C)
    source.data.reference_add(ONE, "ref", str(A))
    assert _names(source, ONE) == ["a", "b", "c", "a"]
    source.data.reference_delete(ONE, "ref", ReferenceToMulti("Target", A))
    assert _names(source, ONE) == ["b", "c"]
    source.data.reference_delete(ONE, "ref", NOWHERE)
    assert _names(source, ONE) == ["b", "c"]
    source.data.reference_replace(ONE, "ref", [A])
    assert _names(source, ONE) == ["a"]
    source.data.reference_replace(ONE, "ref", [])
    assert _names(source, ONE) == []


def test_update_appends_and_replace_drops(source: Collection) -> None:
    # PATCH appends: mergeProps of the server's adapters/repos/db/shard_write_merge.go.
    source.data.insert({"name": "x"}, references={"ref": A}, uuid=ONE)
    source.data.update(ONE, references={"ref": B})
    assert _names(source, ONE) == ["a", "b"]
    source.data.update(ONE, {"name": "y"})
    assert _names(source, ONE) == ["a", "b"]
    source.data.replace(ONE, {"name": "z"}, references={"ref": C})
    assert _names(source, ONE) == ["c"]
    source.data.replace(ONE, {"name": "z"})
    assert _names(source, ONE) is None


def test_several_targets(client: Client, source: Collection) -> None:
    source.data.insert({"name": "self"}, uuid=ONE)
    source.data.insert({}, references={"multi": ReferenceToMulti("Target", [A, B])}, uuid=TWO)
    # Where no collection is named, that which has the object.
    source.data.reference_add(TWO, "multi", ONE)
    assert _names(source, TWO, "multi") == ["a", "b"]
    with pytest.raises(errors.UnexpectedStatusCodeError, match="not to 'Other'"):
        source.data.reference_add(TWO, "multi", ReferenceToMulti("Other", A))
    client.close()
    with connect(client.folder) as again:
        assert _names(again.collections.use("Source"), TWO, "multi") == ["a", "b"]


def test_single_calls_want_the_target_to_be_there(source: Collection) -> None:
    calls = (
        lambda: source.data.insert({}, references={"ref": NOWHERE}),
        lambda: source.data.reference_add(ONE, "ref", NOWHERE),
        lambda: source.data.reference_replace(ONE, "ref", [A, NOWHERE]),
        lambda: source.data.update(ONE, references={"ref": NOWHERE}),
    )
    source.data.insert({}, uuid=ONE)
    for call in calls:
        with pytest.raises(errors.UnexpectedStatusCodeError, match="no object with id") as caught:
            call()
        assert caught.value.status_code == 422
    # A batch does not ask, as on a server.
    assert not source.data.insert_many([DataObject({}, TWO, references={"ref": NOWHERE})]).errors
    assert _names(source, TWO) == []
    assert _names(source, ONE) is None
    assert len(source) == 2


def test_what_refers_must_be_there(source: Collection) -> None:
    for call in (
        source.data.reference_add,
        source.data.reference_delete,
        source.data.reference_replace,
    ):
        with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
            call(NOWHERE, "ref", A)
        assert caught.value.status_code == 404
    source.data.insert({}, uuid=ONE)
    with pytest.raises(errors.UnexpectedStatusCodeError, match="no reference 'other'"):
        source.data.reference_add(ONE, "other", A)


@pytest.mark.parametrize("to", [[A, B], ReferenceToMulti("Target", [A, B])])
def test_one_at_a_time(source: Collection, to: Any) -> None:
    source.data.insert({}, uuid=ONE)
    for call in (source.data.reference_add, source.data.reference_delete):
        with pytest.raises(errors.WeaviateInvalidInputError, match="one object"):
            call(ONE, "ref", to)


@pytest.mark.parametrize("wrong", [3, ["x"], {"a": 1}, ReferenceToMulti("Target", "x")])
def test_what_is_no_reference(source: Collection, wrong: Any) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError):
        source.data.insert({}, references={"ref": wrong})
    assert len(source) == 0


def test_add_many(source: Collection) -> None:
    source.data.insert_many([DataObject({}, ONE), DataObject({}, TWO)])
    answer = source.data.reference_add_many(
        [
            DataReference("ref", ONE, A),
            DataReference("ref", str(ONE), [str(B), C]),
            DataReference("other", ONE, A),
            DataReference.MultiTarget("multi", TWO, A, "Target"),
            DataReference("ref", NOWHERE, A),
        ]
    )
    assert answer.has_errors
    assert sorted(answer.errors) == [3, 5]
    assert "'other'" in answer.errors[3].message
    assert answer.errors[3].reference.from_object_uuid == str(ONE)
    assert "not found" in answer.errors[5].message
    assert _names(source, ONE) == ["a", "b", "c"]
    assert _names(source, TWO, "multi") == ["a"]
    assert not source.data.reference_add_many([]).has_errors


def test_references_in_batches(client: Client, source: Collection) -> None:
    with source.batch.fixed_size(2) as batch:
        for n in range(5):
            uuid = batch.add_object({"n": n}, references={"ref": A}, uuid=UUID(int=n))
            batch.add_reference(uuid, "ref", [B, C])
        batch.add_reference(ONE, "other", A)
        batch.add_reference(NOWHERE, "ref", A)
    assert batch.number_errors == 2
    assert [f.reference.from_property_name for f in source.batch.failed_references] == [
        "other",
        "ref",
    ]
    assert source.batch.failed_objects == []
    assert all(_names(source, UUID(int=n)) == ["a", "b", "c"] for n in range(5))
    with client.batch.dynamic() as both:
        both.add_object("Target", {"name": "d"}, uuid=UUID(int=20))
        both.add_object("Source", {}, uuid=UUID(int=21))
        both.add_object("Nothing", {})
        both.add_reference(UUID(int=21), "source", "ref", UUID(int=20))
        both.add_reference(
            UUID(int=21), "Source", "multi", ReferenceToMulti("Target", UUID(int=20))
        )
        with pytest.raises(errors.WeaviateBatchValidationError):
            both.add_reference("x", "Source", "ref", A)
    assert _names(source, UUID(int=21)) == _names(source, UUID(int=21), "multi") == ["d"]
    assert client.batch.failed_references == []
    assert ["no collection 'Nothing'" in f.message for f in client.batch.failed_objects] == [True]


def test_references_of_tenants(client: Client, targets: Collection) -> None:
    tenants = Configure.multi_tenancy()
    own = client.collections.create("Own", multi_tenancy_config=tenants)
    labs = client.collections.create(
        "Labs",
        multi_tenancy_config=tenants,
        references=[ReferenceProperty("own", "Own"), ReferenceProperty("ref", "Target")],
    )
    for collection in (own, labs):
        collection.tenants.create(["a", "b"])
    own.with_tenant("a").data.insert({"name": "mine"}, uuid=ONE)
    a, b = labs.with_tenant("a"), labs.with_tenant("b")
    a.data.insert({}, references={"own": ONE, "ref": A}, uuid=TWO)
    assert _names(a, TWO, "own") == ["mine"]
    assert _names(a, TWO) == ["a"]
    # The object of another tenant is not there.
    with pytest.raises(errors.UnexpectedStatusCodeError, match="no object with id"):
        b.data.insert({}, references={"own": ONE})
    with a.batch.dynamic() as batch:
        batch.add_reference(TWO, "ref", B)
    assert _names(a, TWO) == ["a", "b"]


@pytest.mark.skipif(find_spec("weaviate") is None, reason="uses weaviate-client's objects")
def test_objects_of_weaviate_client(client: Client, targets: Collection) -> None:
    from weaviate.classes.config import ReferenceProperty as TheirProperty
    from weaviate.classes.data import DataObject as TheirObject
    from weaviate.classes.data import DataReference as TheirReference
    from weaviate.collections.classes.internal import ReferenceToMulti as TheirTargets

    source = client.collections.create(
        "Source",
        references=[
            TheirProperty(name="ref", target_collection="target"),
            TheirProperty.MultiTarget(name="multi", target_collections=["Target", "Source"]),
        ],
    )
    multi = TheirTargets(target_collection="Target", uuids=[A, B])
    source.data.insert_many(
        [TheirObject(properties={}, uuid=ONE, references={"ref": A, "multi": multi})]
    )
    source.data.reference_add_many(
        [TheirReference(from_property="ref", from_uuid=ONE, to_uuid=[B, C])]
    )
    assert _names(source, ONE) == ["a", "b", "c"]
    assert _names(source, ONE, "multi") == ["a", "b"]
