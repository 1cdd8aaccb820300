from __future__ import annotations

from uuid import UUID

import pytest

from crystalviz.store import Client, Collection, DataObject, errors, generate_uuid5
from crystalviz.store.writing.batch import Batch


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("dynamic", {}),
        ("fixed_size", {"batch_size": 100, "concurrent_requests": 2}),
        ("rate_limit", {"requests_per_minute": 600}),
        ("stream", {}),
    ],
)
def test_batch_writes_everything(crystals: Collection, kind: str, given: dict[str, int]) -> None:
    with getattr(crystals.batch, kind)(**given) as batch:
        for n in range(250):
            name = f"{n}.png"
            uuid = batch.add_object({"image_id": name}, uuid=generate_uuid5(name), vector=[n, 1])
            assert uuid == generate_uuid5(name)
        assert batch.number_errors == 0
    assert len(crystals) == 250
    assert crystals.batch.failed_objects == []


def test_batch_never_raises_on_an_object(crystals: Collection) -> None:
    with crystals.batch.fixed_size(batch_size=2) as batch:
        batch.add_object({"cluster": 1})
        batch.add_object({"cluster": "wrong"})
        batch.add_object({"cluster": 2}, vector=[float("nan")])
        batch.add_object({"cluster": 3})
        assert batch.number_errors == 2
    assert len(crystals) == 2
    failed = crystals.batch.failed_objects
    assert [f.object_.properties for f in failed] == [{"cluster": "wrong"}, {"cluster": 2}]
    with crystals.batch.dynamic() as batch:
        batch.add_object({"cluster": 4})
    assert crystals.batch.failed_objects == []


def test_a_full_batch_is_there_before_the_block_ends(crystals: Collection) -> None:
    with crystals.batch.fixed_size(3) as batch:
        for n in range(4):
            batch.add_object({"cluster": n})
        assert len(crystals) == 3
    assert len(crystals) == 4


def test_an_error_in_the_block_keeps_what_was_added(crystals: Collection) -> None:
    def stop(batch: Batch) -> None:
        batch.add_object({"cluster": 1})
        raise RuntimeError

    with pytest.raises(RuntimeError), crystals.batch.dynamic() as batch:
        stop(batch)
    assert len(crystals) == 1


def test_bad_batch_size(crystals: Collection) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError), crystals.batch.fixed_size(0):
        pass


def test_results_name_every_object(crystals: Collection) -> None:
    with crystals.batch.fixed_size(2) as batch:
        for n in range(3):
            batch.add_object({"cluster": n}, uuid=UUID(int=n))
        batch.add_object({"cluster": "wrong"}, uuid=UUID(int=3))
    results = crystals.batch.results.objs
    assert results.uuids == {n: UUID(int=n) for n in range(3)}
    assert list(results.errors) == [3]
    assert results.errors[3].object_.uuid == results.errors[3].original_uuid == str(UUID(int=3))
    assert results.has_errors
    assert not crystals.batch.results.refs.has_errors
    assert batch.failed_objects == crystals.batch.failed_objects


def test_what_cannot_be_taken_is_said_at_once(crystals: Collection) -> None:
    with crystals.batch.dynamic() as batch:
        with pytest.raises(errors.WeaviateBatchValidationError, match="uuid"):
            batch.add_object({}, uuid="nonsense")
        batch.add_object({})
    assert len(crystals) == 1


def test_a_batch_of_the_client_goes_to_any_collection(client: Client) -> None:
    for name in ("One", "Two"):
        client.collections.create(name)
    with client.batch.fixed_size(3) as batch:
        for n in range(8):
            batch.add_object("one" if n % 2 else "Two", {"n": n}, vector=[n, 1])
        assert len(client.collections.use("One")) == 3
    assert [len(client.collections.use(name)) for name in ("One", "Two")] == [4, 4]
    assert client.batch.failed_objects == []
    assert len(client.batch.results.objs.uuids) == 8
    with client.batch.rate_limit(60) as batch, pytest.raises(errors.WeaviateBatchValidationError):
        batch.add_object("", {})


def test_ingest_takes_any_iterable(crystals: Collection) -> None:
    answer = crystals.data.ingest(
        DataObject({"cluster": n if n != 7 else "wrong"}, UUID(int=n)) for n in range(2500)
    )
    assert list(answer.errors) == [7]
    assert len(answer.uuids) == len(crystals) == 2499
    assert crystals.data.ingest([{"cluster": 1}]).uuids
    assert crystals.data.ingest([]).uuids == {}
