"""Aliases: other names of collections."""

from __future__ import annotations

import pytest

from crystalviz.store import Client, connect, errors


def test_an_alias_stands_for_its_collection(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({"name": "a"})
    client.alias.create(alias_name="current", target_collection="things")
    current = client.collections.use("current")
    assert current.name == "Current"
    assert client.collections.exists("Current")
    assert [o.properties for o in current.query.fetch_objects().objects] == [{"name": "a"}]
    current.data.insert({"name": "b"})
    with current.batch.dynamic() as batch:
        batch.add_object({"name": "c"})
    assert len(things) == 3
    assert current.config.get().name == "Things"
    assert list(client.collections.list_all()) == ["Things"]


def test_aliases_are_listed_turned_and_deleted(client: Client) -> None:
    for name in ("Old", "New"):
        client.collections.create(name).data.insert({"name": name})
    client.alias.create(alias_name="Current", target_collection="Old")
    client.alias.create(alias_name="Other", target_collection="New")
    found = client.alias.get(alias_name="current")
    assert found is not None
    assert (found.alias, found.collection) == ("Current", "Old")
    assert {a: r.collection for a, r in client.alias.list_all().items()} == {
        "Current": "Old",
        "Other": "New",
    }
    assert list(client.alias.list_all(collection="New")) == ["Other"]
    assert client.alias.update(alias_name="Current", new_target_collection="New") is True
    (now,) = client.collections.use("Current").query.fetch_objects().objects
    assert now.properties == {"name": "New"}
    assert client.alias.update(alias_name="Nothing", new_target_collection="New") is False
    assert client.alias.delete(alias_name="Current") is True
    assert client.alias.delete(alias_name="Current") is False
    assert not client.alias.exists(alias_name="Current")
    assert client.alias.get(alias_name="Current") is None
    with pytest.raises(errors.WeaviateQueryError):
        client.collections.use("Current").query.fetch_objects()


@pytest.mark.parametrize(
    ("alias", "target"),
    [("Things", "Things"), ("tHINGS", "Things"), ("taken", "Things"), ("Free", "Nothing")],
)
def test_names_that_are_taken_or_lead_nowhere(client: Client, alias: str, target: str) -> None:
    client.collections.create("Things")
    client.alias.create(alias_name="Taken", target_collection="Things")
    with pytest.raises(errors.UnexpectedStatusCodeError) as caught:
        client.alias.create(alias_name=alias, target_collection=target)
    assert caught.value.status_code == 422
    with pytest.raises(errors.UnexpectedStatusCodeError):
        client.alias.update(alias_name="Taken", new_target_collection="Nothing")
    with pytest.raises(errors.UnexpectedStatusCodeError, match="alias"):
        client.collections.create("Taken")
    with pytest.raises(errors.WeaviateInvalidInputError):
        client.alias.create(alias_name="a-b", target_collection="Things")
    assert list(client.alias.list_all()) == ["Taken"]


def test_an_alias_outlives_its_collection(client: Client) -> None:
    client.collections.create("Things")
    client.alias.create(alias_name="Current", target_collection="Things")
    # Deleting goes by the collection's own name only, as on a server.
    client.collections.delete("Current")
    assert client.collections.exists("Things")
    client.collections.delete("Things")
    assert not client.collections.exists("Current")
    client.close()
    with connect(client.folder) as again:
        assert again.alias.exists(alias_name="Current")
        again.collections.create("Things")
        assert again.collections.exists("Current")
