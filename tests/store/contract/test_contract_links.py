"""Cross-references and aliases: known answers, the same by every way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.contract.crystals import identity, places
from tests.store.contract.ways import PREFIX, Way, refused

BATCHES, IMAGES = PREFIX + "Batches", PREFIX + "Images"


@pytest.fixture
def images(way: Way) -> Any:
    """Four images; 0 and 1 of batch 100 (acid), 2 of 101 (base), 3 of both."""
    c = way.classes
    batches = way.create(
        "Batches",
        properties=[
            c.Property(name="kind", data_type=c.DataType.TEXT, tokenization=c.Tokenization.FIELD)
        ],
    )
    batches.data.insert_many(
        [
            c.DataObject({"kind": "acid"}, uuid=identity(100)),
            c.DataObject({"kind": "base"}, uuid=identity(101)),
        ]
    )
    images = way.create(
        "Images",
        properties=[c.Property(name="size", data_type=c.DataType.INT)],
        references=[c.ReferenceProperty(name="of", target_collection=BATCHES)],
        inverted_index_config=c.Configure.inverted_index(index_null_state=True),
    )
    for place, batches_of in enumerate(([100], [100], [101], [100, 101])):
        images.data.insert(
            {"size": place},
            references={"of": [identity(one) for one in batches_of]},
            uuid=identity(place),
        )
    return images


def _batches(way: Way, images: Any, place: int) -> list[int]:
    found = images.query.fetch_object_by_id(
        identity(place), return_references=way.classes.QueryReference(link_on="of")
    )
    links = (found.references or {}).get("of")
    return sorted(one.uuid.int - 1 for one in links.objects) if links else []


def test_references_are_shown(way: Way, images: Any) -> None:
    c = way.classes
    found = images.query.fetch_objects(
        return_references=c.QueryReference(link_on="of", return_properties=["kind"])
    ).objects
    assert [
        [one.properties["kind"] for one in image.references["of"].objects] for image in found[:3]
    ] == [["acid"], ["acid"], ["base"]]
    assert _batches(way, images, 3) == [100, 101]
    assert not images.query.fetch_objects(limit=1).objects[0].references


def test_references_change(way: Way, images: Any) -> None:
    images.data.reference_add(identity(0), "of", identity(101))
    assert _batches(way, images, 0) == [100, 101]
    images.data.reference_delete(identity(0), "of", identity(100))
    assert _batches(way, images, 0) == [101]
    images.data.reference_replace(identity(0), "of", [identity(100)])
    assert _batches(way, images, 0) == [100]
    answer = images.data.reference_add_many(
        [
            way.classes.DataReference(
                from_property="of", from_uuid=identity(1), to_uuid=identity(101)
            )
        ]
    )
    assert not answer.has_errors
    assert _batches(way, images, 1) == [100, 101]
    images.data.update(identity(1), {"size": 9})
    assert _batches(way, images, 1) == [100, 101]
    images.data.replace(identity(1), {"size": 9})
    assert _batches(way, images, 1) == []


def test_batches_of_references(way: Way, images: Any) -> None:
    with images.batch.dynamic() as batch:
        batch.add_object({"size": 4}, uuid=identity(4), references={"of": identity(100)})
        batch.add_reference(from_uuid=identity(4), from_property="of", to=identity(101))
    assert images.batch.failed_objects == []
    assert images.batch.failed_references == []
    assert _batches(way, images, 4) == [100, 101]


def test_filters_follow_references(way: Way, images: Any) -> None:
    f = way.classes.Filter
    for condition, expected in (
        (f.by_ref("of").by_property("kind").equal("acid"), [0, 1, 3]),
        (f.by_ref("of").by_property("kind").equal("base"), [2, 3]),
        (f.by_ref("of").by_id().equal(identity(101)), [2, 3]),
        (f.by_ref_count("of").equal(2), [3]),
        (f.by_ref_count("of").less_than(2), [0, 1, 2]),
    ):
        assert places(images.query.fetch_objects(filters=condition)) == expected


def test_references_to_nothing(way: Way, images: Any) -> None:
    c = way.classes
    with refused("UnexpectedStatusCodeError"):
        images.data.reference_add(identity(0), "nothing", identity(100))
    with refused("UnexpectedStatusCodeError", 422):
        images.config.add_reference(
            c.ReferenceProperty(name="more", target_collection=PREFIX + "Nothing")
        )
    images.config.add_reference(c.ReferenceProperty(name="next", target_collection=IMAGES))
    assert [one.name for one in images.config.get().references] == ["of", "next"]


def test_aliases(way: Way, images: Any) -> None:
    alias = way.client.alias
    name = PREFIX + "Newest"
    alias.delete(alias_name=name)
    alias.create(alias_name=name, target_collection=IMAGES)
    assert len(way.use("Newest")) == 4
    assert alias.get(alias_name=name).collection == IMAGES
    assert alias.list_all(collection=IMAGES)[name].alias == name
    assert alias.update(alias_name=name, new_target_collection=BATCHES) is True
    assert len(way.use("Newest")) == 2
    assert alias.exists(alias_name=name)
    with refused("UnexpectedStatusCodeError", 422):
        way.client.collections.create(name)
    assert alias.delete(alias_name=name) is True
    assert alias.delete(alias_name=name) is False
    assert not way.use("Newest").exists()
