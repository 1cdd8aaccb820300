"""A flipped bit where it matters: the right answer, or `StoreCorruptError` before any answer."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import Client, DataObject, Filter, connect, errors
from crystalviz.store.storage import soundness
from crystalviz.store.storage.opening import DATABASE_NAME


@pytest.fixture
def small(tmp_path: Path) -> Path:
    with connect(tmp_path / "small") as client:
        client.collections.create("Things").data.insert_many(
            [
                DataObject({"n": n, "word": "needle"}, UUID(int=n * 99991 + 1), [float(n), 1.0])
                for n in range(40)
            ]
        )
    return tmp_path / "small"


def _answers(client: Client) -> Any:
    things = client.collections.use("Things")
    return (
        [(o.uuid, o.properties, o.vector) for o in things.iterator(include_vector=True)],
        [o.uuid for o in things.query.near_vector([2.0, 1.0], limit=40).objects],
        [
            o.uuid
            for o in things.query.fetch_objects(
                filters=Filter.by_property("n").greater_than(7), limit=40
            ).objects
        ],
        [things.query.fetch_object_by_id(UUID(int=n * 99991 + 1)) is None for n in range(40)],
        len(things),
    )


def test_bits_that_carry_something(small: Path, tmp_path: Path) -> None:
    with connect(small) as client:
        right = _answers(client)
    sound = (small / DATABASE_NAME).read_bytes()
    # Most of the file is empty space, where a flip says little.
    places = [at for at, byte in enumerate(sound) if byte]
    rng = random.Random(0)
    refused = 0
    for _ in range(150):
        shutil.rmtree(tmp_path / "damaged", ignore_errors=True)
        (tmp_path / "damaged").mkdir()
        at = rng.choice(places)
        damaged = bytearray(sound)
        damaged[at] ^= 1 << rng.randrange(8)
        (tmp_path / "damaged" / DATABASE_NAME).write_bytes(damaged)
        try:
            with connect(tmp_path / "damaged") as client:
                got = _answers(client)
        except errors.WeaviateConnectionError:
            refused += 1
        else:
            assert got == right, f"byte {at}"
    assert refused > 50


@pytest.mark.parametrize("threshold", [soundness._SMALL, 0])
def test_an_entry_missing_from_an_index_is_told(
    small: Path, monkeypatch: pytest.MonkeyPatch, threshold: int
) -> None:
    """Without it the object would not be found; larger files are looked at in another way."""
    monkeypatch.setattr(soundness, "_SMALL", threshold)
    file = small / DATABASE_NAME
    identity = UUID(int=7 * 99991 + 1).bytes
    data = file.read_bytes()
    first = data.index(identity)
    second = data.index(identity, first + 1)
    for at in (first, second):
        damaged = bytearray(data)
        damaged[at + 15] ^= 1
        file.write_bytes(damaged)
        with connect(small) as client:
            with pytest.raises(errors.StoreCorruptError, match=DATABASE_NAME):
                client.collections.use("Things").query.fetch_object_by_id(UUID(bytes=identity))
            with pytest.raises(errors.StoreCorruptError):
                client.collections.use("Things").data.insert({"n": 1})
            assert client.verify() != []


def test_a_changed_definition_is_told(small: Path) -> None:
    file = small / DATABASE_NAME
    file.write_bytes(file.read_bytes().replace(b"tenant TEXT NOT", b"tenant TEXU NOT", 1))
    with (
        connect(small) as client,
        pytest.raises(errors.StoreCorruptError, match="definition"),
    ):
        client.collections.list_all()


def test_verify_names_what_is_damaged(small: Path) -> None:
    with connect(small) as client:
        assert client.verify() == []
        with client._database.writing() as connection:
            connection.execute("INSERT INTO mirrors VALUES ('http://x', '{half')")
            connection.execute("DELETE FROM state WHERE key='pruned'")
            connection.execute("UPDATE vectors SET data=x'0000803f', checksum=1056594612")
    with connect(small) as client:
        found = "\n".join(client.verify())
    assert "mirror 'http://x'" in found
    assert "'pruned'" in found
    assert "vector" in found


def test_a_vector_that_its_object_lacks_is_told(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a damaged index of a large file would hide it."""
    monkeypatch.setattr(soundness, "_SMALL", 0)
    with connect(small) as client:
        with client._database.writing() as connection:
            connection.execute("DELETE FROM vectors WHERE rowid=7")
        things = client.collections.use("Things")
        with pytest.raises(errors.StoreCorruptError, match="a vector is missing"):
            things.query.near_vector([1.0, 1.0])
        with pytest.raises(errors.StoreCorruptError, match="a vector is missing"):
            list(things.iterator(include_vector=True))
        assert len(list(things.iterator())) == 40
        assert len([line for line in client.verify() if "a vector is missing" in line]) == 1
        damaged = UUID(int=6 * 99991 + 1)
        things.data.replace(damaged, {"n": 6}, vector=[6.0, 1.0])
        assert client.verify() == []
        assert len(things.query.near_vector([1.0, 1.0], limit=40).objects) == 40
