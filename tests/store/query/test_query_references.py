from __future__ import annotations

import uuid

import pytest

from crystalviz.store import Client, Collection, DataType, Filter, Property, errors
from crystalviz.store.classes import Configure, GroupBy, Metrics, ReferenceProperty, Tenant
from crystalviz.store.query.asking import QueryReference
from crystalviz.store.writing.data import DataObject
from crystalviz.store.writing.references import ReferenceToMulti


def i(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


@pytest.fixture
def scopes(client: Client) -> Collection:
    made = client.collections.create(
        "Microscope",
        properties=[Property("name", DataType.TEXT), Property("power", DataType.INT)],
        inverted_index_config=Configure.inverted_index(index_property_length=True),
    )
    made.data.insert_many(
        [
            DataObject({"name": "old", "power": 10}, i(1), [1.0, 0.0]),
            DataObject({"name": "newest", "power": 60}, i(2), [0.0, 1.0]),
        ]
    )
    return made


@pytest.fixture
def images(client: Client, scopes: Collection) -> Collection:
    made = client.collections.create(
        "Image",
        properties=[Property("label", DataType.TEXT)],
        references=[ReferenceProperty(name="takenWith", target_collection="Microscope")],
    )
    made.config.add_reference(
        ReferenceProperty.MultiTarget(name="seeAlso", target_collections=["Image", "Microscope"])
    )
    made.config.add_reference(ReferenceProperty(name="before", target_collection="Image"))
    made.data.insert({"label": "first"}, uuid=i(11), references={"takenWith": i(1)})
    made.data.insert({"label": "b"}, uuid=i(12), references={"takenWith": [i(2), i(1)]})
    made.data.insert(
        {"label": "c"},
        uuid=i(13),
        references={
            "before": i(12),
            "seeAlso": ReferenceToMulti(uuids=[i(11)], target_collection="Image"),
        },
    )
    made.data.insert(
        {"label": "d"},
        uuid=i(14),
        references={"seeAlso": ReferenceToMulti(uuids=i(2), target_collection="Microscope")},
    )
    return made


def found(images: Collection, condition: object) -> set[int]:
    return {one.uuid.int for one in images.query.fetch_objects(filters=condition).objects}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Filter.by_ref("takenWith").by_property("power").greater_than(20), {12}),
        (Filter.by_ref("takenWith").by_property("name").equal("old"), {11, 12}),
        (Filter.by_ref("takenWith").by_property("name", length=True).less_than(4), {11, 12}),
        (Filter.by_ref("takenWith").by_id().equal(i(2)), {12}),
        (Filter.by_ref("before").by_ref("takenWith").by_property("power").equal(60), {13}),
        (Filter.by_ref("before").by_ref_count("takenWith").equal(2), {13}),
        (Filter.by_ref_multi_target("seeAlso", "microscope").by_property("power").equal(60), {14}),
        (Filter.by_ref_multi_target("seeAlso", "Image").by_property("label").equal("first"), {13}),
        (Filter.by_ref_multi_target("seeAlso", "Image").by_ref_count("takenWith").equal(1), {13}),
        (Filter.by_ref_count("takenWith").equal(0), {13, 14}),
        (Filter.by_ref_count("takenWith").greater_than(1), {12}),
        (Filter.by_ref_count("seeAlso").not_equal(0), {13, 14}),
        (~Filter.by_ref("takenWith").by_property("name").equal("old"), {13, 14}),
        (
            Filter.by_ref("takenWith").by_property("power").equal(60)
            | Filter.by_property("label").equal("d"),
            {12, 14},
        ),
    ],
)
def test_filters_through_references(
    images: Collection, condition: object, expected: set[int]
) -> None:
    assert found(images, condition) == expected


def test_filters_follow_both_collections(images: Collection, scopes: Collection) -> None:
    strong = Filter.by_ref("takenWith").by_property("power").greater_than(20)
    assert found(images, strong) == {12}
    scopes.data.update(i(1), {"power": 30})
    assert found(images, strong) == {11, 12}
    images.data.reference_delete(i(11), "takenWith", i(1))
    assert found(images, strong) == {12}
    images.data.delete_many(strong)
    assert found(images, strong) == set()
    assert len(images) == 3


def test_what_filters_refuse(images: Collection) -> None:
    for condition, message in (
        (Filter.by_ref("nothing").by_id().equal(i(1)), "no such reference"),
        (Filter.by_ref("seeAlso").by_id().equal(i(1)), "by_ref_multi_target"),
        (Filter.by_ref("takenWith").by_property("nothing").equal(1), "no such prop"),
        (Filter.by_ref_multi_target("takenWith", "Nothing").by_id().equal(i(1)), "Nothing"),
    ):
        with pytest.raises(errors.WeaviateQueryError, match=message):
            images.query.fetch_objects(filters=condition)


def test_references_of_an_answer(images: Collection) -> None:
    shown = images.query.fetch_objects(
        return_references=[
            QueryReference("takenWith", return_properties=["name"], include_vector=True),
            QueryReference(
                "before",
                return_metadata=["creation_time"],
                return_references=QueryReference("takenWith"),
            ),
        ]
    ).objects
    a, b, c, d = shown
    assert [one.properties for one in a.references["takenWith"].objects] == [{"name": "old"}]
    assert a.references["takenWith"].objects[0].vector == {"default": [1.0, 0.0]}
    assert a.references["takenWith"].objects[0].collection == "Microscope"
    # In the order of the reference.
    assert [one.uuid for one in b.references["takenWith"].objects] == [i(2), i(1)]
    inner = c.references["before"].objects[0]
    assert inner.metadata.creation_time is not None
    assert [one.properties["power"] for one in inner.references["takenWith"].objects] == [60, 10]
    assert d.references == {}
    assert images.query.fetch_object_by_id(i(11)).references is None
    assert images.query.fetch_object_by_id(i(11), return_references=[]).references is None


def test_references_into_several_collections(images: Collection) -> None:
    several = [
        QueryReference.MultiTarget("seeAlso", target_collection="Image"),
        QueryReference.MultiTarget("seeAlso", target_collection="microscope"),
    ]
    c, d = images.query.fetch_objects_by_ids([i(13), i(14)], return_references=several).objects
    assert [one.properties["label"] for one in c.references["seeAlso"].objects] == ["first"]
    assert [one.properties["power"] for one in d.references["seeAlso"].objects] == [60]
    one = images.query.fetch_object_by_id(i(14), return_references=several[0])
    assert one.references["seeAlso"].objects == []
    with pytest.raises(errors.WeaviateQueryError, match="several collections"):
        images.query.fetch_objects(return_references=QueryReference("seeAlso"))
    with pytest.raises(errors.WeaviateQueryError, match="no such reference"):
        images.query.fetch_objects(return_references=QueryReference("nothing"))
    with pytest.raises(errors.WeaviateInvalidInputError, match="QueryReference"):
        images.query.fetch_objects(return_references="takenWith")


def test_a_reference_to_what_is_gone_is_left_out(images: Collection, scopes: Collection) -> None:
    scopes.data.delete_by_id(i(2))
    objects = images.query.fetch_objects(return_references=QueryReference("takenWith")).objects
    assert [one.uuid for one in objects[1].references["takenWith"].objects] == [i(1)]
    images.data.reference_delete(i(11), "takenWith", i(1))
    emptied = images.query.fetch_object_by_id(i(11), return_references=QueryReference("takenWith"))
    # Once set, it is told of; one that was never set is not.
    assert emptied.references["takenWith"].objects == []


def test_references_in_every_kind_of_query(images: Collection) -> None:
    with_scope = QueryReference("takenWith", return_properties=["name"])
    for answer in (
        images.query.bm25("b", return_references=with_scope),
        images.query.hybrid("b", alpha=0, return_references=with_scope),
        images.query.bm25("b", group_by=GroupBy("label", 1, 1), return_references=with_scope),
    ):
        (only,) = answer.objects
        names = [one.properties["name"] for one in only.references["takenWith"].objects]
        assert names == ["newest", "old"]
    walked = {
        one.uuid.int: len(one.references["takenWith"].objects)
        for one in images.iterator(return_references=with_scope)
        if "takenWith" in one.references
    }
    assert walked == {11: 1, 12: 2}


def test_sums_and_groups_of_references(images: Collection) -> None:
    sums = images.aggregate.over_all(return_metrics=Metrics("takenWith").reference())
    beacons = [f"weaviate://localhost/Microscope/{i(number)}" for number in (1, 2)]
    assert sums.properties["takenWith"].pointing_to == beacons
    groups = images.aggregate.over_all(group_by="takenWith").groups
    assert [(one.grouped_by.value, one.total_count) for one in groups] == [
        (beacons[0], 2),
        (beacons[1], 1),
    ]


def test_references_stay_within_a_tenant(client: Client) -> None:
    for name, references in (
        ("Scope", []),
        ("Shot", [ReferenceProperty(name="with", target_collection="Scope")]),
    ):
        made = client.collections.create(
            name,
            properties=[Property("name", DataType.TEXT)],
            references=references,
            multi_tenancy_config=Configure.multi_tenancy(enabled=True),
        )
        made.tenants.create([Tenant("one"), Tenant("two")])
    scopes, shots = client.collections.use("Scope"), client.collections.use("Shot")
    for tenant in ("one", "two"):
        scopes.with_tenant(tenant).data.insert({"name": f"of {tenant}"}, uuid=i(1))
        shots.with_tenant(tenant).data.insert({}, uuid=i(2), references={"with": i(1)})
    two = shots.with_tenant("two")
    of_two = Filter.by_ref("with").by_property("name").equal("two")
    assert len(two.query.fetch_objects(filters=of_two).objects) == 1
    assert len(shots.with_tenant("one").query.fetch_objects(filters=of_two).objects) == 0
    (only,) = two.query.fetch_objects(return_references=QueryReference("with")).objects
    assert only.references["with"].objects[0].properties["name"] == "of two"
