"""Tenants: the parts of a collection that know nothing of one another."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataObject,
    Filter,
    Reconfigure,
    Tenant,
    TenantActivityStatus,
    connect,
    errors,
)

ONE = UUID(int=1)
TWO = UUID(int=2)


@pytest.fixture
def labs(client: Client) -> Collection:
    made = client.collections.create("Crystals", multi_tenancy_config=Configure.multi_tenancy())
    made.tenants.create(["oxford", "diamond"])
    return made


def test_tenants_are_made_read_and_removed(labs: Collection) -> None:
    labs.tenants.create(Tenant("york", TenantActivityStatus.INACTIVE))
    found = labs.tenants.get()
    assert {name: str(t.activity_status) for name, t in found.items()} == {
        "diamond": "ACTIVE",
        "oxford": "ACTIVE",
        "york": "INACTIVE",
    }
    assert list(labs.tenants.get_by_names(["york", "nowhere"])) == ["york"]
    assert len(labs.tenants.get_by_names([])) == 3
    one = labs.tenants.get_by_name(Tenant("oxford"))
    assert one is not None
    assert one.name == "oxford"
    assert labs.tenants.get_by_name("nowhere") is None
    assert labs.tenants.exists("oxford")
    assert not labs.tenants.exists("Oxford")
    # Those that are there stay as they are, and removing what is not there is no error.
    labs.tenants.create("york")
    assert str(labs.tenants.get()["york"].activity_status) == "INACTIVE"
    labs.tenants.remove([Tenant("york"), "nowhere"])
    assert list(labs.tenants.get()) == ["diamond", "oxford"]


def test_tenants_know_nothing_of_one_another(labs: Collection) -> None:
    oxford, diamond = labs.with_tenant("oxford"), labs.with_tenant(Tenant("diamond"))
    oxford.data.insert({"name": "a"}, uuid=ONE, vector=[1, 0])
    diamond.data.insert({"name": "b"}, uuid=ONE, vector=[0, 1])
    diamond.data.insert_many([DataObject({"name": "c"}, uuid=TWO, vector=[1, 1])])
    assert (len(oxford), len(diamond)) == (1, 2)
    assert oxford.data.exists(ONE)
    assert not oxford.data.exists(TWO)
    assert [o.properties["name"] for o in oxford.query.near_vector([1, 1]).objects] == ["a"]
    assert [o.properties["name"] for o in diamond.iterator()] == ["b", "c"]
    assert oxford.aggregate.over_all().total_count == 1
    diamond.data.replace(ONE, {"name": "d"})
    oxford.data.update(ONE, {"name": "e"})
    found = [t.query.fetch_object_by_id(ONE) for t in (oxford, diamond)]
    assert [o.properties["name"] for o in found if o] == ["e", "d"]
    assert diamond.data.delete_many(Filter.by_id().equal(ONE)).successful == 1
    assert oxford.data.delete_by_id(TWO) is False
    assert (len(oxford), len(diamond)) == (1, 1)
    assert oxford.tenant == "oxford"
    assert labs.tenant is None


def test_a_removed_tenant_takes_its_objects_along(labs: Collection) -> None:
    oxford = labs.with_tenant("oxford")
    oxford.data.insert({}, uuid=ONE, vector=[1, 2])
    labs.with_tenant("diamond").data.insert({}, uuid=TWO, vector=[1, 2])
    assert len(oxford.query.near_vector([1, 2], filters=Filter.by_id().equal(ONE)).objects) == 1
    labs.tenants.remove("oxford")
    labs.tenants.create("oxford")
    assert len(oxford) == 0
    # What was kept in memory is gone too.
    assert oxford.query.near_vector([1, 2]).objects == []
    assert oxford.query.fetch_objects(filters=Filter.by_id().equal(ONE)).objects == []
    assert len(labs.with_tenant("diamond")) == 1
    assert [(s.name, s.object_count) for s in labs.shards()] == [("diamond", 1), ("oxford", 0)]


def test_who_calls_without_a_tenant_is_told(labs: Collection) -> None:
    with pytest.raises(errors.UnexpectedStatusCodeError, match="without tenant") as caught:
        labs.data.insert({})
    assert caught.value.status_code == 422
    for call in (labs.query.fetch_objects, lambda: len(labs)):
        with pytest.raises(errors.WeaviateQueryError, match="without tenant"):
            call()
    for dry_run in (True, False):
        with pytest.raises(errors.WeaviateDeleteManyError, match="without tenant"):
            labs.data.delete_many(Filter.by_id().equal(ONE), dry_run=dry_run)
    with pytest.raises(errors.WeaviateInsertManyAllFailedError, match="without tenant"):
        labs.data.insert_many([{}])
    with labs.batch.dynamic() as batch:
        batch.add_object({})
    assert "without tenant" in labs.batch.failed_objects[0].message


def test_a_collection_without_tenants_refuses_one(client: Client) -> None:
    plain = client.collections.create("Plain")
    for call in (
        lambda: plain.with_tenant("a").data.insert({}),
        lambda: plain.tenants.create("a"),
        lambda: plain.tenants.get(),
    ):
        with pytest.raises(errors.UnexpectedStatusCodeError, match="multi-tenancy") as caught:
            call()
        assert caught.value.status_code == 422
    with pytest.raises(errors.WeaviateQueryError, match="disabled"):
        plain.with_tenant("a").query.fetch_objects()


def test_a_tenant_that_is_not_there(labs: Collection) -> None:
    york = labs.with_tenant("york")
    with pytest.raises(errors.UnexpectedStatusCodeError, match="tenant not found") as caught:
        york.data.insert({})
    assert caught.value.status_code == 422
    with pytest.raises(errors.WeaviateQueryError, match="tenant not found"):
        york.query.fetch_objects()
    with pytest.raises(errors.UnexpectedStatusCodeError, match="york"):
        labs.tenants.activate("york")
    assert not labs.tenants.exists("york")


@pytest.mark.parametrize("call", ["deactivate", "offload"])
def test_a_sleeping_tenant_keeps_its_objects(labs: Collection, call: str) -> None:
    oxford = labs.with_tenant("oxford")
    oxford.data.insert({}, uuid=ONE)
    getattr(labs.tenants, call)(["oxford"])
    with pytest.raises(errors.WeaviateQueryError, match="not active"):
        oxford.query.fetch_objects()
    with pytest.raises(errors.UnexpectedStatusCodeError, match="not active") as caught:
        oxford.data.insert({})
    assert caught.value.status_code == 422
    labs.tenants.activate(Tenant("oxford"))
    assert len(oxford) == 1


def test_statuses_are_updated(labs: Collection) -> None:
    labs.tenants.update([Tenant("oxford", "COLD"), Tenant("diamond", "OFFLOADED")])  # type: ignore[arg-type]
    found = {name: str(t.activity_status) for name, t in labs.tenants.get().items()}
    assert found == {"oxford": "INACTIVE", "diamond": "OFFLOADED"}
    for status in ("OFFLOADING", "ONLOADING"):
        with pytest.raises(errors.WeaviateInvalidInputError, match=status):
            labs.tenants.update(Tenant("oxford", TenantActivityStatus(status)))
    with pytest.raises(errors.WeaviateInvalidInputError, match="OFFLOADED"):
        labs.tenants.create(Tenant("york", TenantActivityStatus.OFFLOADED))


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "é", "'; DROP TABLE tenants"])
def test_bad_names(labs: Collection, name: str) -> None:
    with pytest.raises(errors.UnexpectedStatusCodeError, match="cannot name a tenant"):
        labs.tenants.create([name])
    assert list(labs.tenants.get()) == ["diamond", "oxford"]


def test_tenants_that_come_by_themselves(client: Client) -> None:
    labs = client.collections.create(
        "Crystals", multi_tenancy_config=Configure.multi_tenancy(auto_tenant_creation=True)
    )
    labs.with_tenant("oxford").data.insert({})
    with client.batch.fixed_size(10) as batch:
        for n in range(25):
            batch.add_object("crystals", {"n": n}, tenant=f"lab-{n}")
    assert client.batch.failed_objects == []
    assert len(labs.tenants.get()) == 26
    assert len(labs.with_tenant("lab-24")) == 1
    # A question makes nothing.
    with pytest.raises(errors.WeaviateQueryError, match="not found"):
        labs.with_tenant("nowhere").query.fetch_objects()
    labs.config.update(multi_tenancy_config=Reconfigure.multi_tenancy(auto_tenant_creation=False))
    with pytest.raises(errors.UnexpectedStatusCodeError, match="not found"):
        labs.with_tenant("nowhere").data.insert({})


def test_tenants_that_wake_by_themselves(client: Client) -> None:
    labs = client.collections.create(
        "Crystals", multi_tenancy_config=Configure.multi_tenancy(auto_tenant_activation=True)
    )
    labs.tenants.create("oxford")
    oxford = labs.with_tenant("oxford")
    oxford.data.insert({})
    labs.tenants.deactivate("oxford")
    assert len(oxford.query.fetch_objects().objects) == 1
    assert str(labs.tenants.get()["oxford"].activity_status) == "ACTIVE"
    for call in (
        lambda: oxford.data.insert({}),
        lambda: oxford.data.delete_many(Filter.by_id().equal(ONE)),
        lambda: oxford.data.delete_many(Filter.by_id().equal(ONE), dry_run=True),
    ):
        labs.tenants.deactivate("oxford")
        call()
        assert str(labs.tenants.get()["oxford"].activity_status) == "ACTIVE"


def test_who_only_reads_reads_a_tenant_that_would_wake(client: Client) -> None:
    labs = client.collections.create(
        "Crystals", multi_tenancy_config=Configure.multi_tenancy(auto_tenant_activation=True)
    )
    labs.tenants.create("oxford")
    labs.with_tenant("oxford").data.insert({})
    labs.tenants.deactivate("oxford")
    with connect(client.folder, read_only=True) as reader:
        there = reader.collections.use("Crystals")
        assert len(there.with_tenant("oxford").query.fetch_objects().objects) == 1
        assert str(there.tenants.get()["oxford"].activity_status) == "INACTIVE"


def test_tenants_survive_the_disk(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        labs = client.collections.create("Crystals", multi_tenancy_config=Configure.multi_tenancy())
        labs.tenants.create(["oxford", Tenant("york", TenantActivityStatus.INACTIVE)])
        labs.with_tenant("oxford").data.insert({"a": "b"}, uuid=ONE, vector=[1, 2])
    with connect(tmp_path / "store") as client:
        labs = client.collections.use("Crystals")
        assert list(labs.tenants.get()) == ["oxford", "york"]
        (found,) = labs.with_tenant("oxford").query.near_vector([1, 2]).objects
        assert found.uuid == ONE
        client.collections.delete("Crystals")
        client.collections.create("Crystals", multi_tenancy_config=Configure.multi_tenancy())
        assert labs.tenants.get() == {}


@pytest.mark.skipif(find_spec("weaviate") is None, reason="uses weaviate-client's objects")
def test_objects_of_weaviate_client(client: Client) -> None:
    from weaviate.classes.config import Configure as Theirs
    from weaviate.classes.tenants import Tenant as TheirTenant
    from weaviate.classes.tenants import TenantActivityStatus as TheirStatus
    from weaviate.collections.classes.tenants import TenantCreate

    labs = client.collections.create("Crystals", multi_tenancy_config=Theirs.multi_tenancy())
    given: list[Any] = [
        TheirTenant(name="a"),
        TenantCreate(name="b"),
        TheirTenant(name="c", activity_status=TheirStatus.INACTIVE),
    ]
    labs.tenants.create(given)
    found = labs.tenants.get()
    assert [found[n].activity_status == TheirStatus.ACTIVE for n in "abc"] == [True, True, False]
    labs.tenants.update(TheirTenant(name="c", activity_status=TheirStatus.ACTIVE))
    labs.with_tenant(TheirTenant(name="c")).data.insert({})
    labs.tenants.remove(given[0])
    assert list(labs.tenants.get()) == ["b", "c"]
    with pytest.raises(errors.WeaviateInvalidInputError):
        labs.tenants.create(TheirTenant(name="d", activity_status=TheirStatus.OFFLOADED))
