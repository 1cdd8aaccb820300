"""The index through a collection: built, told of, kept up with writes, found again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from crystalviz.store import Client, Collection, connect, errors
from crystalviz.store.classes import Configure, DataObject, Reconfigure
from tests.store.index.making import grouped

DIMENSION = 12
VECTORS = grouped(1500, DIMENSION)


def _collection(client: Client) -> Collection:
    made = client.collections.create(
        "Images",
        vector_index_config=Configure.VectorIndex.hnsw(ef=100, flat_search_cutoff=600),
    )
    made.data.insert_many(
        [
            DataObject({"number": number}, UUID(int=number), vector)
            for number, vector in enumerate(VECTORS, 1)
        ]
    )
    return made


def _numbers(collection: Collection, vector: np.ndarray) -> list[int]:
    return [o.uuid.int for o in collection.query.near_vector(vector.tolist(), limit=3).objects]


def test_health_before_while_and_after(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = _collection(client)
        nothing_yet = images.index_health(load=False)
        assert (nothing_yet["search"], nothing_yet["objects"]) == ("exact", None)
        answer = images.query.near_vector(VECTORS[3].tolist(), limit=3)
        assert answer.found_by == "exact"
        health = images.index_health(wait=True)
        assert (health["search"], health["objects"]) == ("hnsw", 1500)
        assert health["recall"] >= 0.99
        assert health["self_recall"] == 1.0
        assert images.index_health(load=False) == health
        assert images.query.near_vector(VECTORS[3].tolist(), limit=3).found_by == "hnsw"


def test_writes_and_a_restart(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = _collection(client)
        images.index_health(wait=True)
        images.data.delete_by_id(UUID(int=4))
        images.data.insert({"number": 2000}, uuid=UUID(int=2000), vector=VECTORS[3] * 2)
        images.data.update(UUID(int=8), properties={"number": 9})
        images.data.update(UUID(int=9), vector=VECTORS[20])
        assert _numbers(images, VECTORS[3])[0] == 2000
        assert _numbers(images, VECTORS[7])[0] == 8
        assert _numbers(images, VECTORS[20])[:2] == [9, 21]
        assert images.query.near_vector(VECTORS[3].tolist()).found_by == "hnsw"
    with connect(tmp_path / "store", read_only=True) as client:
        images = client.collections.use("Images")
        health = images.index_health(wait=True)
        assert (health["search"], health["saved"], health["nodes"]) == ("hnsw", True, 1500)
        assert _numbers(images, VECTORS[3])[0] == 2000
        assert _numbers(images, VECTORS[20])[:2] == [9, 21]


def test_a_reconfigured_ef_counts(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = _collection(client)
        assert images.index_health(wait=True)["ef"] == 100
        images.config.update(
            vector_index_config=Reconfigure.VectorIndex.hnsw(ef=150, flat_search_cutoff=600)
        )
        assert images.index_health(wait=True)["ef"] == 150


def test_a_flat_index_is_exact(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = client.collections.create(
            "Images", vector_index_config=Configure.VectorIndex.flat()
        )
        images.data.insert({}, vector=[1, 2])
        assert "flat" in images.index_health()["why"]


def test_a_vector_that_is_not_there(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = client.collections.create("Images")
        with pytest.raises(errors.WeaviateQueryError, match="no vector named 'other'"):
            images.index_health("other")


def test_a_deleted_collection_takes_its_index_along(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        images = _collection(client)
        images.index_health(wait=True)
        assert len(list((tmp_path / "store" / "index").iterdir())) == 3
        client.collections.delete("Images")
        assert list((tmp_path / "store" / "index").iterdir()) == []
        assert client.verify() == []
