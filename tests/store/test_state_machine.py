"""The store against a plain dict: any sequence of calls, with reopening in between.

Quick here; for hours: `pytest tests/store/test_state_machine.py --hypothesis-profile=long`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from crystalviz.store import (
    Configure,
    DataObject,
    Filter,
    GroupByAggregate,
    Metrics,
    Property,
    Sort,
    Tokenization,
    connect,
    errors,
)
from crystalviz.store.backup import restore

DIMENSION = 3
NAMES = ("name", "size", "entropy", "sharp", "tags")
# A collection without tenants, and two tenants of another.
PLACES = ("Things", "Lab/a", "Lab/b")

places = st.sampled_from(PLACES)
tenants = st.sampled_from(["a", "b"])
ids = st.integers(0, 11).map(lambda n: UUID(int=n))
names = st.sampled_from(["PG", "PG (1).png", "pg", "CEX", "needle and lath", "", "é☃"])
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
queries = st.lists(st.integers(-2, 2), min_size=DIMENSION, max_size=DIMENSION)
objects = st.tuples(ids, property_sets, vectors)

Properties = dict[str, Any]
Vector = list[int] | None
Given = tuple[UUID, Properties, Vector]
Model = dict[UUID, tuple[Properties, Vector]]


class StoreAgainstDict(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crystalviz-store-"))
        self.client = connect(self.folder)
        # None: the collection or the tenant is not there.
        self.models: dict[str, Model | None] = dict.fromkeys(PLACES)
        self.asleep: set[str] = set()
        self.lab_exists = False
        self.create_things()
        self.create_lab()
        self.create_tenant("a")

    def teardown(self) -> None:
        if hasattr(self, "client"):
            assert self.client.verify() == []
            self.client.close()
            shutil.rmtree(self.folder)

    # Collections and tenants

    @precondition(lambda self: self.models["Things"] is None)
    @rule()
    def create_things(self) -> None:
        self.client.collections.create("Things", properties=_properties())
        self.models["Things"] = {}

    @rule()
    def delete_things(self) -> None:
        self.client.collections.delete("Things")
        self.models["Things"] = None

    @precondition(lambda self: not self.lab_exists)
    @rule()
    def create_lab(self) -> None:
        self.client.collections.create(
            "Lab",
            properties=_properties(),
            multi_tenancy_config=Configure.multi_tenancy(enabled=True),
        )
        self.lab_exists = True

    @rule()
    def delete_lab(self) -> None:
        self.client.collections.delete("Lab")
        self.lab_exists = False
        self.models.update({"Lab/a": None, "Lab/b": None})
        self.asleep.clear()

    @rule(name=st.sampled_from(["Things", "Lab"]))
    def create_twice(self, name: str) -> None:
        if name in self._collections():
            with pytest.raises(errors.UnexpectedStatusCodeError):
                self.client.collections.create(name)

    @precondition(lambda self: self.lab_exists)
    @rule(tenant=tenants)
    def create_tenant(self, tenant: str) -> None:
        # One that is there stays as it is.
        self.client.collections.use("Lab").tenants.create(tenant)
        self.models[f"Lab/{tenant}"] = self.models[f"Lab/{tenant}"] or {}

    @precondition(lambda self: self.lab_exists)
    @rule(tenant=tenants)
    def remove_tenant(self, tenant: str) -> None:
        self.client.collections.use("Lab").tenants.remove(tenant)
        self.models[f"Lab/{tenant}"] = None
        self.asleep.discard(f"Lab/{tenant}")

    @precondition(lambda self: self.lab_exists)
    @rule(tenant=tenants, wake=st.booleans())
    def turn_tenant(self, tenant: str, wake: bool) -> None:
        place = f"Lab/{tenant}"
        if self.models[place] is None:
            return
        calls = self.client.collections.use("Lab").tenants
        (calls.activate if wake else calls.deactivate)(tenant)
        (self.asleep.discard if wake else self.asleep.add)(place)

    # Objects

    @rule(place=places, given=objects)
    def insert(self, place: str, given: Given) -> None:
        identity, properties, vector = given
        model = self._awake(place)
        there = model is not None and identity in model
        things = self._use(place)
        if place == "Things" and model is None:
            # The server's autoschema makes the collection.
            return
        if model is None or there:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                things.data.insert(properties, uuid=identity, vector=vector)
        else:
            assert things.data.insert(properties, uuid=identity, vector=vector) == identity
            model[identity] = (dict(properties), vector)

    @rule(place=places, given=st.lists(objects, max_size=6), bad=st.booleans())
    def insert_many(self, place: str, given: list[Given], bad: bool) -> None:
        model = self._awake(place)
        if model is None:
            return
        batch = [DataObject(p, i, v) for i, p, v in given]
        if bad and batch:
            batch.insert(0, DataObject({"size": "no number"}, UUID(int=0)))
        answer = self._use(place).data.insert_many(batch)
        assert sorted(answer.errors) == ([0] if bad and batch else [])
        for identity, properties, vector in given:
            model[identity] = (dict(properties), vector)

    @rule(place=places, given=st.lists(objects, max_size=6), size=st.integers(1, 4))
    def batch(self, place: str, given: list[Given], size: int) -> None:
        model = self._awake(place)
        if model is None:
            return
        things = self._use(place)
        with things.batch.fixed_size(size) as batch:
            for identity, properties, vector in given:
                batch.add_object(properties, uuid=identity, vector=vector)
            batch.add_object({"size": "no number"}, uuid=UUID(int=0))
        assert len(things.batch.failed_objects) == 1
        for identity, properties, vector in given:
            model[identity] = (dict(properties), vector)

    @rule(place=places, given=objects)
    def replace(self, place: str, given: Given) -> None:
        identity, properties, vector = given
        model = self._awake(place)
        things = self._use(place)
        if model is not None and identity in model:
            things.data.replace(identity, properties, vector=vector)
            model[identity] = (dict(properties), vector)
        else:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                things.data.replace(identity, properties, vector=vector)

    @rule(place=places, given=objects)
    def update(self, place: str, given: Given) -> None:
        identity, properties, vector = given
        model = self._awake(place)
        things = self._use(place)
        if model is not None and identity in model:
            things.data.update(identity, properties, vector=vector)
            old, old_vector = model[identity]
            model[identity] = ({**old, **properties}, old_vector if vector is None else vector)
        else:
            with pytest.raises(errors.UnexpectedStatusCodeError):
                things.data.update(identity, properties, vector=vector)

    @rule(place=places, identity=ids)
    def delete(self, place: str, identity: UUID) -> None:
        model = self._awake(place)
        if model is not None:
            assert self._use(place).data.delete_by_id(identity) == (identity in model)
            model.pop(identity, None)

    @rule(place=places, bound=st.integers(-5, 5), dry=st.booleans())
    def delete_many(self, place: str, bound: int, dry: bool) -> None:
        model = self._awake(place)
        if model is None:
            return
        doomed = [i for i, (p, _) in model.items() if _size(p, -9) > bound]
        condition = Filter.by_property("size").greater_than(bound)
        answer = self._use(place).data.delete_many(condition, dry_run=dry)
        assert (answer.matches, answer.failed) == (len(doomed), 0)
        for identity in doomed if not dry else []:
            del model[identity]

    # Other clients

    @rule()
    def reopen(self) -> None:
        self.client.close()
        self.client = connect(self.folder)

    @rule(place=places)
    def second_reader(self, place: str) -> None:
        with connect(self.folder, read_only=True) as reader:
            assert sorted(reader.collections.list_all()) == sorted(self._collections())
            self._same_objects(place, self._use(place, reader))
            with pytest.raises(errors.WeaviateBaseError):
                reader.collections.create("Another")

    @rule()
    def back_up_and_go_on_from_there(self) -> None:
        backup, other = self.folder / "backup", Path(tempfile.mkdtemp(prefix="crystalviz-store-"))
        self.client.backup(backup)
        restore(backup, other)
        self.client.close()
        shutil.rmtree(self.folder)
        self.folder = other
        self.client = connect(other)

    # Questions

    @rule(place=places, wanted=names, bound=st.integers(-5, 5))
    def filter(self, place: str, wanted: str, bound: int) -> None:
        condition = Filter.by_property("name").equal(wanted) | (
            Filter.by_property("size").less_than(bound)
            & ~Filter.by_property("tags").contains_any([wanted])
        )
        self._asked(
            place,
            lambda things: things.query.fetch_objects(filters=condition, limit=100).objects,
            lambda model: sorted(i for i, (p, _) in model.items() if _passes(p, wanted, bound)),
        )

    @rule(place=places, ascending=st.booleans(), offset=st.integers(0, 4))
    def sort(self, place: str, ascending: bool, offset: int) -> None:
        def expected(model: Model) -> list[UUID]:
            order = sorted(model)
            order.sort(key=lambda i: _size(model[i][0], -99), reverse=not ascending)
            return order[offset : offset + 5]

        order = Sort.by_property("size", ascending=ascending)
        self._asked(
            place,
            lambda things: things.query.fetch_objects(sort=order, limit=5, offset=offset).objects,
            expected,
        )

    @rule(place=places, query=queries, k=st.integers(1, 13), bound=st.none() | st.integers(-5, 5))
    def near_vector(self, place: str, query: list[int], k: int, bound: int | None) -> None:
        condition = None if bound is None else Filter.by_property("size").less_than(bound)
        found = self._asked(
            place,
            lambda things: (
                things.query.near_vector(
                    query, limit=k, filters=condition, return_metadata=["distance"]
                ).objects
            ),
            lambda model: [i for _, i in _nearest(model, query, bound)[:k]],
        )
        if found:
            model = self._awake(place)
            assert model is not None
            expected = [distance for distance, _ in _nearest(model, query, bound)[:k]]
            assert [o.metadata.distance for o in found] == pytest.approx(expected, abs=1e-6)

    @rule(place=places, identity=ids)
    def near_object(self, place: str, identity: UUID) -> None:
        model = self._awake(place)
        if model is None or identity not in model or model[identity][1] is None:
            with pytest.raises(errors.WeaviateQueryError):
                self._use(place).query.near_object(identity)
            return
        found = self._use(place).query.near_object(identity, limit=4).objects
        ranked = _nearest(model, model[identity][1] or [], None)[:4]
        assert [o.uuid for o in found] == [i for _, i in ranked]

    @rule(place=places, identity=ids)
    def one(self, place: str, identity: UUID) -> None:
        model = self._awake(place)
        if model is not None:
            found = self._use(place).query.fetch_object_by_id(identity)
            assert (found is not None) == (identity in model)
            assert self._use(place).data.exists(identity) == (identity in model)

    @rule(place=places)
    def sums(self, place: str) -> None:
        model = self._awake(place)
        if model is None:
            return
        sizes = [p["size"] for p, _ in model.values() if p.get("size") is not None]
        aggregate = self._use(place).aggregate
        whole = aggregate.over_all(
            return_metrics=Metrics("size").integer(count=True, maximum=True, sum_=True)
        )
        assert whole.total_count == len(model)
        if sizes:
            found = whole.properties["size"]
            assert (found.count, found.maximum) == (len(sizes), max(sizes))
            assert found.sum_ == sum(sizes)
        groups = aggregate.over_all(group_by=GroupByAggregate(prop="sharp")).groups
        counted = Counter(p["sharp"] for p, _ in model.values() if p.get("sharp") is not None)
        assert {g.grouped_by.value: g.total_count for g in groups} == counted

    @invariant()
    def everything_is_there_once(self) -> None:
        if hasattr(self, "client"):
            assert sorted(self.client.collections.list_all()) == sorted(self._collections())
            for place in PLACES:
                self._same_objects(place, self._use(place))

    # How

    def _collections(self) -> list[str]:
        there = [] if self.models["Things"] is None else ["Things"]
        return [*there, "Lab"] if self.lab_exists else there

    def _awake(self, place: str) -> Model | None:
        return None if place in self.asleep else self.models[place]

    def _use(self, place: str, client: Any = None) -> Any:
        name, _, tenant = place.partition("/")
        things = (client or self.client).collections.use(name)
        return things.with_tenant(tenant) if tenant else things

    def _asked(
        self,
        place: str,
        ask: Callable[[Any], list[Any]],
        expected: Callable[[Model], list[UUID]],
    ) -> list[Any]:
        """Ask, and hold the ids against what the model says, or the refusal."""
        model = self._awake(place)
        if model is None:
            with pytest.raises(errors.WeaviateQueryError):
                ask(self._use(place))
            return []
        found = ask(self._use(place))
        assert [one.uuid for one in found] == expected(model)
        return found

    def _same_objects(self, place: str, things: Any) -> None:
        model = self._awake(place)
        if model is None:
            with pytest.raises(errors.WeaviateQueryError):
                things.query.fetch_objects()
            return
        assert len(things) == len(model)
        found = list(things.iterator(include_vector=True, cache_size=5))
        assert [one.uuid for one in found] == sorted(model)
        for one in found:
            properties, vector = model[one.uuid]
            assert one.properties == {**dict.fromkeys(NAMES), **properties}
            assert one.vector == ({} if vector is None else {"default": vector})


def _properties() -> list[Property]:
    return [
        Property("name", "text", tokenization=Tokenization.FIELD),
        Property("size", "int"),
        Property("entropy", "number"),
        Property("sharp", "boolean"),
        Property("tags", "text[]", tokenization=Tokenization.FIELD),
    ]


def _passes(properties: Properties, wanted: str, bound: int) -> bool:
    named = properties.get("name")
    if named is not None and named.strip() == wanted.strip():
        return True
    return _size(properties, 9) < bound and wanted not in (properties.get("tags") or [])


def _size(properties: Properties, missing: int) -> int:
    size = properties.get("size")
    return missing if size is None else size


def _nearest(model: Model, query: list[int], bound: int | None) -> list[tuple[float, UUID]]:
    return sorted(
        (round(_cosine_distance(query, vector), 7), identity)
        for identity, (properties, vector) in model.items()
        if vector is not None and (bound is None or _size(properties, 99) < bound)
    )


def _cosine_distance(first: list[int], second: list[int]) -> float:
    a, b = np.array(first, float), np.array(second, float)
    norms = np.sqrt(a @ a) * np.sqrt(b @ b)
    return max(0.0, 1.0 - float(a @ b) / norms) if norms else 1.0


QUICK = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestStoreAgainstDict = StoreAgainstDict.TestCase
TestStoreAgainstDict.settings = (
    settings.get_profile("long") if settings.get_current_profile_name() == "long" else QUICK
)
