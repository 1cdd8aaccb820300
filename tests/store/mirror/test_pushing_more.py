"""Tenants, references, aliases and the rarer types reach the server too."""

from __future__ import annotations

import json
from uuid import UUID

from crystalviz.store import Client
from crystalviz.store.classes import (
    Configure,
    DataObject,
    DataReference,
    DataType,
    GeoCoordinate,
    PhoneNumber,
    Property,
    QueryReference,
    ReferenceProperty,
    ReferenceToMulti,
    Tenant,
    TenantActivityStatus,
)
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import contents, mirrored


def test_tenants(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    plates = local.collections.create(
        "Plates", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
    )
    plates.tenants.create([Tenant(name="lab_a"), Tenant(name="lab_b"), Tenant(name="empty")])
    for number, name in enumerate(("lab_a", "lab_b")):
        plates.with_tenant(name).data.insert_many(
            [DataObject({"n": 10 * number + k}, UUID(int=k), [1.0, k]) for k in range(3)]
        )
    assert mirror.flush()
    theirs = server.client.collections.use("Plates")
    assert sorted(theirs.tenants.get()) == ["empty", "lab_a", "lab_b"]
    for name in ("lab_a", "lab_b", "empty"):
        assert contents(server.client, "Plates", name) == contents(local, "Plates", name)
    assert mirror.status()["pushed"] == 6

    # Put to rest here after a write: written there, then put to rest.
    plates.with_tenant("lab_a").data.delete_by_id(UUID(int=0))
    plates.with_tenant("lab_a").data.insert({"n": 99}, uuid=UUID(int=9))
    expected = contents(local, "Plates", "lab_a")
    plates.tenants.deactivate("lab_a")
    plates.tenants.remove(["empty"])
    assert mirror.flush()
    states = {name: one.activity_status for name, one in theirs.tenants.get().items()}
    assert states == {
        "lab_a": TenantActivityStatus.INACTIVE,
        "lab_b": TenantActivityStatus.ACTIVE,
    }
    theirs.tenants.activate("lab_a")
    assert contents(server.client, "Plates", "lab_a") == expected
    theirs.tenants.deactivate("lab_a")

    # Removed and made again between two looks: nothing of the old one is left.
    mirror.pause()
    plates.tenants.remove(["lab_b"])
    plates.tenants.create("lab_b")
    plates.with_tenant("lab_b").data.insert({"n": 5}, uuid=UUID(int=5))
    mirror.resume()
    assert mirror.flush()
    assert list(contents(server.client, "Plates", "lab_b")) == [str(UUID(int=5))]


def test_tenants_of_a_server_that_lost_them(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    plates = local.collections.create(
        "Plates", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
    )
    plates.tenants.create(["lab_a", "lab_b"])
    plates.with_tenant("lab_a").data.insert({"n": 1})
    assert mirror.flush()
    server.client.collections.use("Plates").tenants.remove(["lab_a"])
    assert mirror.flush()
    assert contents(server.client, "Plates", "lab_a") == contents(local, "Plates", "lab_a")


def linked(client: Client) -> dict[UUID, set[UUID]]:
    collection = client.collections.use("Images")
    names = [reference.name for reference in collection.config.get().references]
    return {
        item.uuid: {
            other.uuid
            for reference in (item.references or {}).values()
            for other in reference.objects
        }
        for item in collection.query.fetch_objects(
            return_references=[QueryReference(link_on=name) for name in names]
        ).objects
    }


def test_references(local: Client, server: StoreServer) -> None:
    """Also in circles, and to a collection that comes later by name."""
    mirror = mirrored(local, server)
    images = local.collections.create("Images")
    local.collections.create("Scenes")
    images.config.add_reference(ReferenceProperty(name="like", target_collection="Images"))
    images.config.add_reference(ReferenceProperty(name="scene", target_collection="Scenes"))
    local.collections.use("Scenes").data.insert({"name": "s"}, uuid=UUID(int=100))
    for n in range(4):
        images.data.insert({"n": n}, uuid=UUID(int=n), vector=[1.0, n])
    images.data.reference_add_many(
        [DataReference("like", UUID(int=n), UUID(int=(n + 1) % 4)) for n in range(4)]
    )
    images.data.reference_add(UUID(int=0), "scene", UUID(int=100))
    assert mirror.flush()
    assert linked(server.client) == linked(local)
    assert linked(local)[UUID(int=0)] == {UUID(int=1), UUID(int=100)}
    images.data.reference_delete(UUID(int=0), "scene", UUID(int=100))
    assert mirror.flush()
    assert linked(server.client)[UUID(int=0)] == {UUID(int=1)}


def test_a_reference_to_several_collections(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    for name in ("Plates", "Scenes"):
        local.collections.create(name).data.insert({"name": name}, uuid=UUID(int=len(name)))
    images = local.collections.create(
        "Images",
        references=[ReferenceProperty.MultiTarget("of", target_collections=["Plates", "Scenes"])],
    )
    images.data.insert(
        {}, uuid=UUID(int=1), references={"of": ReferenceToMulti("Plates", UUID(int=6))}
    )
    images.data.reference_add(UUID(int=1), "of", ReferenceToMulti("Scenes", UUID(int=6)))
    assert mirror.flush()
    with server.client._database.reading() as connection:
        (kept,) = connection.execute(
            "SELECT properties FROM objects WHERE uuid=?", (UUID(int=1).bytes,)
        ).fetchone()
    assert [one["beacon"].split("/")[-2] for one in json.loads(kept)["of"]] == ["Plates", "Scenes"]


def test_aliases(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    for name in ("Old", "New"):
        local.collections.create(name)
    local.alias.create(alias_name="Current", target_collection="Old")
    assert mirror.flush()
    assert server.client.alias.get(alias_name="Current").collection == "Old"
    local.alias.update(alias_name="Current", new_target_collection="New")
    assert mirror.flush()
    assert server.client.alias.get(alias_name="Current").collection == "New"
    local.alias.delete(alias_name="Current")
    assert mirror.flush()
    assert not server.client.alias.exists(alias_name="Current")


def test_rarer_types(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    things = local.collections.create(
        "Things",
        properties=[
            Property(name="place", data_type=DataType.GEO_COORDINATES),
            Property(name="phone", data_type=DataType.PHONE_NUMBER),
            Property(name="raw", data_type=DataType.BLOB),
            Property(
                name="well",
                data_type=DataType.OBJECT,
                nested_properties=[
                    Property(name="row", data_type=DataType.TEXT),
                    Property(name="column", data_type=DataType.INT),
                ],
            ),
        ],
    )
    things.data.insert(
        {
            "place": GeoCoordinate(latitude=51.5, longitude=-1.25),
            "phone": PhoneNumber(number="+44 1865 272500"),
            "raw": "aGVsbG8=",
            "well": {"row": "B", "column": 3},
        },
        uuid=UUID(int=1),
    )
    assert mirror.flush()
    names = ["place", "phone", "raw", "well"]
    there, here = (
        client.collections.use("Things")
        .query.fetch_object_by_id(UUID(int=1), return_properties=names)
        .properties
        for client in (server.client, local)
    )
    assert there == here
    # And what comes back is seen to be the same.
    mirror._worker.contacted = False
    assert mirror.flush()
    assert mirror.status()["pushed"] == 1
