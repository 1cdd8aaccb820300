"""Tenants: known answers, the same by every way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.contract.crystals import identity, places
from tests.store.contract.ways import Way, refused


@pytest.fixture
def lab(way: Way) -> Any:
    c = way.classes
    made = way.create(
        "Lab",
        properties=[c.Property(name="size", data_type=c.DataType.INT)],
        multi_tenancy_config=c.Configure.multi_tenancy(enabled=True),
    )
    made.tenants.create([c.Tenant(name="a"), c.Tenant(name="b")])
    for tenant, first in (("a", 0), ("b", 10)):
        answer = made.with_tenant(tenant).data.insert_many(
            [
                c.DataObject({"size": first + n}, uuid=identity(n), vector=[1.0, float(n)])
                for n in range(3)
            ]
        )
        assert not answer.has_errors
    return made


def test_tenants_are_apart(way: Way, lab: Any) -> None:
    a, b = lab.with_tenant("a"), lab.with_tenant(way.classes.Tenant(name="b"))
    assert (len(a), len(b)) == (3, 3)
    assert a.query.fetch_object_by_id(identity(0)).properties == {"size": 0}
    assert b.query.fetch_object_by_id(identity(0)).properties == {"size": 10}
    assert a.data.delete_by_id(identity(0)) is True
    assert (len(a), len(b)) == (2, 3)
    assert places(b.query.near_vector([1.0, 2.0])) == [2, 1, 0]
    size = way.classes.Filter.by_property("size")
    assert places(b.query.fetch_objects(filters=size.greater_than(10))) == [1, 2]
    assert b.data.delete_many(size.greater_than(10)).successful == 2
    assert [one.uuid for one in b.iterator()] == [identity(0)]
    with a.batch.dynamic() as batch:
        batch.add_object({"size": 7}, uuid=identity(7))
    assert a.batch.failed_objects == []
    assert (len(a), len(b)) == (3, 1)


def test_who_is_there(way: Way, lab: Any) -> None:
    found = lab.tenants.get()
    assert sorted(found) == ["a", "b"]
    assert found["a"].name == "a"
    assert found["a"].activity_status.name == "ACTIVE"
    assert lab.tenants.get_by_name("b").name == "b"
    assert lab.tenants.get_by_name("nobody") is None
    assert sorted(lab.tenants.get_by_names(["a", "nobody"])) == ["a"]
    assert lab.tenants.exists("a")
    assert not lab.tenants.exists("nobody")
    lab.tenants.remove(["a", "nobody"])
    assert sorted(lab.tenants.get()) == ["b"]
    lab.tenants.create("a")
    assert len(lab.with_tenant("a")) == 0


def test_status(way: Way, lab: Any) -> None:
    c = way.classes
    lab.tenants.deactivate("a")
    assert lab.tenants.get_by_name("a").activity_status.name == "INACTIVE"
    a = lab.with_tenant("a")
    with refused("WeaviateQueryError"):
        a.query.fetch_objects()
    with refused("UnexpectedStatusCodeError", 422):
        a.data.insert({"size": 1})
    lab.tenants.activate("a")
    assert len(a) == 3
    status = c.TenantActivityStatus.INACTIVE
    lab.tenants.update(c.Tenant(name="b", activity_status=status))
    assert lab.tenants.get_by_name("b").activity_status.name == "INACTIVE"


def test_tenants_that_are_not_there(lab: Any) -> None:
    nobody = lab.with_tenant("nobody")
    with refused("WeaviateQueryError"):
        nobody.query.fetch_objects()
    with refused("UnexpectedStatusCodeError", 422):
        nobody.data.insert({"size": 1})
    with refused("WeaviateInsertManyAllFailedError"):
        nobody.data.insert_many([{"size": 1}])


def test_without_saying_which(lab: Any) -> None:
    with refused("WeaviateQueryError"):
        lab.query.fetch_objects()
    with refused("UnexpectedStatusCodeError", 422):
        lab.data.insert({"size": 1})


def test_a_tenant_where_there_are_none(way: Way) -> None:
    things = way.create("Things")
    with refused("WeaviateQueryError"):
        things.with_tenant("a").query.fetch_objects()
    with refused("UnexpectedStatusCodeError", 422):
        things.tenants.create("a")


def test_tenants_made_by_the_first_object(way: Way) -> None:
    c = way.classes
    lab = way.create(
        "Lab",
        properties=[c.Property(name="size", data_type=c.DataType.INT)],
        multi_tenancy_config=c.Configure.multi_tenancy(
            enabled=True, auto_tenant_creation=True, auto_tenant_activation=True
        ),
    )
    lab.with_tenant("new").data.insert({"size": 1}, uuid=identity(0))
    assert sorted(lab.tenants.get()) == ["new"]
    lab.tenants.deactivate("new")
    assert places(lab.with_tenant("new").query.fetch_objects()) == [0]
    assert lab.tenants.get_by_name("new").activity_status.name == "ACTIVE"
