from __future__ import annotations

import pytest

from crystalviz.store import Collection, errors, generate_uuid5
from crystalviz.store.batch import Batch


@pytest.mark.parametrize("kind", ["dynamic", "fixed_size", "stream"])
def test_batch_writes_everything(crystals: Collection, kind: str) -> None:
    with getattr(crystals.batch, kind)() as batch:
        for n in range(250):
            name = f"{n}.png"
            given = batch.add_object({"image_id": name}, uuid=generate_uuid5(name), vector=[n, 1])
            assert given == generate_uuid5(name)
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
