"""What of the stock client's calls the contract suite, which both faces share, does not reach."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import weaviate.exceptions
from weaviate.classes.config import Configure, DataType, Property, ReferenceProperty
from weaviate.classes.query import QueryReference

from crystalviz.store.server.serving import StoreServer
from tests.store.server.conftest import connected

Serving = Callable[..., StoreServer]


@pytest.fixture
def things(stock: Any) -> Any:
    collection = stock.collections.create("Things", properties=[_number("n")])
    collection.config.add_reference(ReferenceProperty(name="next", target_collection="Things"))
    return collection


def _number(name: str) -> Property:
    return Property(name=name, data_type=DataType.INT)


@pytest.mark.parametrize("way", ["stream", "dynamic", "fixed_size", "rate_limit"])
def test_batches_of_objects_and_references(things: Any, way: str) -> None:
    identities = [uuid.UUID(int=number) for number in range(1, 31)]
    batches = things.batch
    opened = batches.rate_limit(6000) if way == "rate_limit" else getattr(batches, way)()
    with opened as batch:
        for number, identity in enumerate(identities):
            batch.add_object({"n": number}, uuid=identity)
        batch.add_object({"n": "no number"}, uuid=uuid.UUID(int=99))
        for one, other in pairwise(identities):
            batch.add_reference(from_uuid=one, from_property="next", to=other)
        batch.add_reference(from_uuid=identities[0], from_property="no", to=identities[1])
    (refused,) = batches.failed_objects
    assert refused.object_.uuid == str(uuid.UUID(int=99))
    assert "whole number" in refused.message
    (broken,) = batches.failed_references
    assert broken.reference.from_object_uuid == str(identities[0])
    found = things.query.fetch_objects(limit=50, return_references=QueryReference(link_on="next"))
    links = {
        one.uuid: [to.uuid for to in one.references["next"].objects] if one.references else []
        for one in found.objects
    }
    assert links == {
        one: [other] if other else []
        for one, other in zip(identities, [*identities[1:], None], strict=True)
    }


def test_a_backup_goes_and_comes_back(serving: Serving, tmp_path: Path) -> None:
    with closing(connected(serving())) as client:
        things = client.collections.create("Things", properties=[_number("n")])
        identity = things.data.insert({"n": 7}, vector=[1, 2])
        made = client.backup.create("first", "filesystem", wait_for_completion=True)
        assert made.status == "SUCCESS"
        assert made.collections == ["Things"]
        with pytest.raises(weaviate.exceptions.UnexpectedStatusCodeError, match="422"):
            client.backup.create("first", "filesystem")
        with pytest.raises(weaviate.exceptions.UnexpectedStatusCodeError, match="404"):
            client.backup.get_create_status("second", "filesystem")
        client.collections.delete("Things")
        back = client.backup.restore("first", "filesystem", wait_for_completion=True)
        assert back.status == "SUCCESS"
        found = client.collections.use("Things").query.fetch_object_by_id(identity, True)
        assert found.properties == {"n": 7}
        assert found.vector == {"default": [1.0, 2.0]}


def test_nodes_and_shards_count_objects_by_tenant(stock: Any) -> None:
    rooms = stock.collections.create(
        "Rooms", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
    )
    rooms.tenants.create(["east", "west"])
    rooms.with_tenant("east").data.insert_many([{"n": 1}, {"n": 2}])
    (node,) = stock.cluster.nodes("Rooms", output="verbose")
    assert {shard.name: shard.object_count for shard in node.shards} == {"east": 2, "west": 0}
    assert node.stats.object_count == 2
    (plain,) = stock.cluster.nodes()
    assert plain.status == "HEALTHY"
    assert plain.shards is None
    assert rooms.config.update_shards("READONLY", "west") == {"west": "READONLY"}
    with pytest.raises(weaviate.exceptions.UnexpectedStatusCodeError):
        rooms.with_tenant("west").data.insert({"n": 3})


def test_what_a_module_would_do_is_refused_by_name(things: Any) -> None:
    with pytest.raises(weaviate.exceptions.WeaviateQueryError, match="near_vector"):
        things.query.near_text("crystal")
    with pytest.raises(weaviate.exceptions.WeaviateQueryError, match="generative"):
        things.generate.fetch_objects(single_prompt="say {n}")
