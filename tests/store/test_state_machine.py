"""The store against a plain dict: any sequence of calls, with reopening in between."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from crystalviz.store import DataObject, Filter, Property, Sort, Tokenization, connect, errors

DIMENSION = 3

ids = st.integers(0, 11).map(lambda n: UUID(int=n))
names = st.sampled_from(["PG", "PG (1).png", "pg", "CEX", "needle and lath", "", "é☃\x00\udc80"])
property_sets = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | names,
        "size": st.none() | st.integers(-5, 5),
        "entropy": st.none() | st.floats(-1e6, 1e6),
        "sharp": st.booleans(),
        "tags": st.lists(names, max_size=3),
    },
)
# Few different directions, so that equal vectors and multiples are frequent.
vectors = st.none() | st.lists(st.integers(-2, 2), min_size=DIMENSION, max_size=DIMENSION)
objects = st.tuples(ids, property_sets, vectors)


class StoreAgainstDict(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crystalviz-store-"))
        self.model: dict[UUID, tuple[dict[str, Any], list[int] | None]] = {}
        self.client = connect(self.folder)
        self.things = self.client.collections.create(
            "Things",
            properties=[
                Property("name", "text", tokenization=Tokenization.FIELD),
                Property("size", "int"),
                Property("entropy", "number"),
                Property("sharp", "boolean"),
                Property("tags", "text[]", tokenization=Tokenization.FIELD),
            ],
        )

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
            shutil.rmtree(self.folder)

    @rule(given=objects)
    def insert(self, given: tuple[UUID, dict[str, Any], list[int] | None]) -> None:
        identity, properties, vector = given
        if identity in self.model:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                self.things.data.insert(properties, uuid=identity, vector=vector)
        else:
            assert self.things.data.insert(properties, uuid=identity, vector=vector) == identity
            self.model[identity] = (dict(properties), vector)

    @rule(given=st.lists(objects, max_size=6), bad=st.booleans())
    def insert_many(
        self, given: list[tuple[UUID, dict[str, Any], list[int] | None]], bad: bool
    ) -> None:
        batch = [DataObject(p, i, v) for i, p, v in given]
        if bad and batch:
            batch.insert(0, DataObject({"size": "no number"}, UUID(int=0)))
        answer = self.things.data.insert_many(batch)
        assert sorted(answer.errors) == ([0] if bad and batch else [])
        for identity, properties, vector in given:
            self.model[identity] = (dict(properties), vector)

    @rule(given=objects)
    def replace(self, given: tuple[UUID, dict[str, Any], list[int] | None]) -> None:
        identity, properties, vector = given
        if identity in self.model:
            self.things.data.replace(identity, properties, vector=vector)
            self.model[identity] = (dict(properties), vector)
        else:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                self.things.data.replace(identity, properties, vector=vector)

    @rule(given=objects)
    def update(self, given: tuple[UUID, dict[str, Any], list[int] | None]) -> None:
        identity, properties, vector = given
        if identity in self.model:
            self.things.data.update(identity, properties, vector=vector)
            old, old_vector = self.model[identity]
            self.model[identity] = (
                {**old, **properties},
                old_vector if vector is None else vector,
            )
        else:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                self.things.data.update(identity, properties, vector=vector)

    @rule(identity=ids)
    def delete(self, identity: UUID) -> None:
        assert self.things.data.delete_by_id(identity) == (identity in self.model)
        self.model.pop(identity, None)

    @rule(bound=st.integers(-5, 5))
    def delete_many(self, bound: int) -> None:
        doomed = [i for i, (p, _) in self.model.items() if _size(p, -9) > bound]
        answer = self.things.data.delete_many(Filter.by_property("size").greater_than(bound))
        assert answer.successful == len(doomed)
        for identity in doomed:
            del self.model[identity]

    @rule()
    def reopen(self) -> None:
        self.client.close()
        self.client = connect(self.folder)
        self.things = self.client.collections.use("Things")

    @rule(wanted=names, bound=st.integers(-5, 5))
    def filter(self, wanted: str, bound: int) -> None:
        condition = Filter.by_property("name").equal(wanted) | (
            Filter.by_property("size").less_than(bound)
            & ~Filter.by_property("tags").contains_any([wanted])
        )
        expected = sorted(
            i
            for i, (p, _) in self.model.items()
            if (p.get("name") is not None and p["name"].strip() == wanted.strip())
            or (_size(p, 9) < bound and wanted not in (p.get("tags") or []))
        )
        found = self.things.query.fetch_objects(filters=condition, limit=100).objects
        assert [o.uuid for o in found] == expected

    @rule(ascending=st.booleans())
    def sort(self, ascending: bool) -> None:
        found = self.things.query.fetch_objects(
            sort=Sort.by_property("size", ascending=ascending), limit=100
        ).objects
        expected = sorted(self.model)
        expected.sort(key=lambda i: _size(self.model[i][0], -99), reverse=not ascending)
        assert [o.uuid for o in found] == expected

    @rule(query=vectors.filter(bool), k=st.integers(1, 13))
    def near_vector(self, query: list[int], k: int) -> None:
        found = self.things.query.near_vector(
            query, limit=k, return_metadata=["distance"], include_vector=True
        ).objects
        ranked = sorted(
            (round(_cosine_distance(query, v), 7), i)
            for i, (_, v) in self.model.items()
            if v is not None
        )[:k]
        assert [o.uuid for o in found] == [i for _, i in ranked]
        distances = [o.metadata.distance for o in found]
        assert distances == pytest.approx([d for d, _ in ranked], abs=1e-6)

    @invariant()
    def everything_is_there_once(self) -> None:
        if not hasattr(self, "things"):
            return
        assert len(self.things) == len(self.model)
        found = list(self.things.iterator(include_vector=True, cache_size=5))
        assert [o.uuid for o in found] == sorted(self.model)
        for one in found:
            properties, vector = self.model[one.uuid]
            filled = dict.fromkeys(("name", "size", "entropy", "sharp", "tags"))
            assert one.properties == {**filled, **properties}
            assert one.vector == ({} if vector is None else {"default": vector})


def _size(properties: dict[str, Any], missing: int) -> int:
    size = properties.get("size")
    return missing if size is None else size


def _cosine_distance(first: list[int], second: list[int]) -> float:
    a, b = np.array(first, float), np.array(second, float)
    norms = np.sqrt(a @ a) * np.sqrt(b @ b)
    return max(0.0, 1.0 - float(a @ b) / norms) if norms else 1.0


TestStoreAgainstDict = StoreAgainstDict.TestCase
TestStoreAgainstDict.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
