from __future__ import annotations

import uuid

import numpy as np
import pytest

from crystalviz.store import Client, Collection, Configure, Filter, errors
from crystalviz.store.query.asking import NearVector, TargetVectors
from crystalviz.store.writing.data import DataObject

N = 60


@pytest.fixture
def things(client: Client) -> Collection:
    made = client.collections.create(
        "Things",
        vector_config=[
            Configure.Vectors.self_provided(name="first"),
            Configure.Vectors.self_provided(name="second"),
        ],
    )
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((N, 4)), rng.standard_normal((N, 6))
    made.data.insert_many(
        [
            DataObject(
                {"number": i},
                uuid.UUID(int=i),
                {"first": first[i], "second": second[i]} if i % 10 else {"first": first[i]},
            )
            for i in range(N)
        ]
    )
    return made


def cosine(things: Collection, query: list[float], name: str) -> dict[int, float]:
    distances = {}
    for one in things.iterator(include_vector=True):
        if name in one.vector:
            own = np.array(one.vector[name])
            wanted = np.array(query)
            cos = own @ wanted / np.linalg.norm(own) / np.linalg.norm(wanted)
            distances[one.uuid.int] = 1 - cos
    return distances


A, B, C = [1.0, 0.2, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.5, 0.0], [0.3, 0.0, 0.0, 1.0, 0.0, 0.0]


def answer(things: Collection, near: object, join: object, **more: object) -> dict[int, float]:
    found = things.query.near_vector(
        near,
        target_vector=join,
        limit=N,
        return_metadata=["distance"],
        **more,  # type: ignore[arg-type]
    )
    assert found.found_by == "exact"
    return {one.uuid.int: one.metadata.distance for one in found.objects}


@pytest.mark.parametrize(
    ("join", "weights"),
    [
        (TargetVectors.sum(["first", "second"]), (1, 1)),
        (TargetVectors.average(["first", "second"]), (0.5, 0.5)),
        (TargetVectors.manual_weights({"first": 0.3, "second": 2}), (0.3, 2)),
    ],
)
def test_distances_are_joined(
    things: Collection, join: object, weights: tuple[float, float]
) -> None:
    first, second = cosine(things, A, "first"), cosine(things, B, "second")
    # An object that lacks one of the vectors is left out.
    expected = {i: weights[0] * first[i] + weights[1] * second[i] for i in second}
    found = answer(things, {"first": A, "second": B}, join)
    assert list(found) == sorted(expected, key=lambda i: (expected[i], i))
    for number, distance in found.items():
        assert distance == pytest.approx(expected[number], abs=1e-5)


@pytest.mark.parametrize("join", [["first", "second"], TargetVectors.minimum(["second", "first"])])
def test_the_smallest_distance(things: Collection, join: object) -> None:
    first, second = cosine(things, A, "first"), cosine(things, B, "second")
    found = answer(things, {"first": A, "second": B}, join)
    assert set(found) == set(range(N))
    for number, distance in found.items():
        smallest = min(first[number], second.get(number, 9.0))
        assert distance == pytest.approx(smallest, abs=1e-5)


def test_relative_scores(things: Collection) -> None:
    first, second = cosine(things, A, "first"), cosine(things, B, "second")
    join = TargetVectors.relative_score({"first": 1.0, "second": 0.5})
    found = answer(things, {"first": A, "second": B}, join)

    def scaled(own: dict[int, float]) -> dict[int, float]:
        shown = [own[i] for i in second]
        return {i: (own[i] - min(shown)) / (max(shown) - min(shown)) for i in second}

    one, two = scaled(first), scaled(second)
    for number, distance in found.items():
        assert distance == pytest.approx(one[number] + 0.5 * two[number], abs=1e-4)
    assert list(found.values()) == sorted(found.values())


@pytest.mark.parametrize("several", [[B, C], NearVector.list_of_vectors(B, C), np.array([B, C])])
def test_several_vectors_of_one_space(things: Collection, several: object) -> None:
    b, c = cosine(things, B, "second"), cosine(things, C, "second")
    weights = TargetVectors.manual_weights({"second": [1, 2]})
    found = answer(things, {"second": several}, weights)
    for number, distance in found.items():
        assert distance == pytest.approx(b[number] + 2 * c[number], abs=1e-5)
    near = answer(things, {"second": several}, "second")
    assert near[next(iter(near))] == pytest.approx(min(*b.values(), *c.values()), abs=1e-5)


def test_one_vector_for_both(client: Client) -> None:
    made = client.collections.create(
        "Same",
        vector_config=[Configure.Vectors.self_provided(name=name) for name in ("a", "b")],
    )
    made.data.insert({}, uuid=uuid.UUID(int=1), vector={"a": [1, 0], "b": [0, 1]})
    made.data.insert({}, uuid=uuid.UUID(int=2), vector={"a": [0, 1], "b": [0, 1]})
    found = made.query.near_vector([1, 0], target_vector=TargetVectors.sum(["a", "b"]))
    assert [one.uuid.int for one in found.objects] == [1, 2]
    by_object = made.query.near_object(
        uuid.UUID(int=2), target_vector=TargetVectors.sum(["a", "b"]), return_metadata=["distance"]
    )
    assert [one.metadata.distance for one in by_object.objects] == [0.0, 1.0]


def test_with_filter_bound_and_certainty(things: Collection) -> None:
    join = TargetVectors.sum(["first", "second"])
    near = {"first": A, "second": B}
    everything = answer(things, near, join)
    even = Filter.by_property("number").less_than(20)
    assert list(answer(things, near, join, filters=even)) == [i for i in everything if i < 20]
    bound = sorted(everything.values())[9]
    assert list(answer(things, near, join, distance=bound)) == list(everything)[:10]
    shown = things.query.near_vector(near, target_vector=join, return_metadata=["certainty"])
    first = next(iter(everything.values()))
    assert shown.objects[0].metadata.certainty == pytest.approx(1 - first / 2)


@pytest.mark.parametrize(
    ("near", "join", "error"),
    [
        ({"first": A, "second": B}, None, errors.WeaviateInvalidInputError),
        ({"first": A, "second": B}, ["second"], errors.WeaviateInvalidInputError),
        ({"first": A}, ["first", "second"], errors.WeaviateInvalidInputError),
        ({"third": A}, "third", errors.WeaviateQueryError),
        (A, None, errors.WeaviateQueryError),
        ([A, A], "first", errors.WeaviateQueryError),
        (B, "first", errors.WeaviateQueryError),
        (
            {"first": [A, A], "second": B},
            TargetVectors.manual_weights({"first": 1, "second": 1}),
            errors.WeaviateQueryError,
        ),
    ],
)
def test_what_does_not_fit(
    things: Collection, near: object, join: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        things.query.near_vector(near, target_vector=join)


def test_an_object_without_the_vector(things: Collection) -> None:
    with pytest.raises(errors.WeaviateQueryError, match="no vector"):
        things.query.near_object(uuid.UUID(int=0), target_vector=["first", "second"])
