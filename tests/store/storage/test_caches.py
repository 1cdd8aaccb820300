"""What a client keeps follows the store: a write costs what it wrote, and old readers stay old."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from crystalviz.store import Client, Collection, DataObject, Filter, connect, storage
from crystalviz.store.storage import changes, log
from crystalviz.store.storage.changes import Position


def _uuid(n: int) -> UUID:
    # Neither ascending nor random.
    return UUID(int=(n * 7919) % 1009 + 1)


@pytest.fixture
def things(client: Client) -> Collection:
    collection = client.collections.create("Things")
    collection.data.insert_many(
        [DataObject({"n": n}, _uuid(n), [float(n), 1.0]) for n in range(200)]
    )
    return collection


@contextmanager
def _reads_everything(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Tell which calls read a whole collection."""
    told: list[str] = []
    read_all, read_matrix = storage.read_all, storage.read_matrix

    def all_of(*arguments: Any) -> Any:
        told.append("objects")
        return read_all(*arguments)

    def matrix_of(*arguments: Any, **named: Any) -> Any:
        if "spare" in named:
            told.append("vectors")
        return read_matrix(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "read_all", all_of)
        patched.setattr(storage, "read_matrix", matrix_of)
        yield told


def _nearest(collection: Collection, vector: list[float], **more: Any) -> list[float]:
    found = collection.query.near_vector(vector, limit=3, **more).objects
    return [o.properties["n"] for o in found]


def test_a_write_reads_nothing_anew(
    things: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    even = Filter.by_property("n").greater_than(100)
    # Another process would see the same: another client shares nothing but the file.
    with connect(tmp_path / "store", read_only=True) as other:
        theirs = other.collections.use("Things")
        for collection in (things, theirs):
            assert _nearest(collection, [5, 0.001], filters=even) == [199, 198, 197]
        with _reads_everything(monkeypatch) as told:
            things.data.insert({"n": 500}, uuid=_uuid(500), vector=[500.0, 1.0])
            things.data.delete_by_id(_uuid(198))
            things.data.update(_uuid(197), {"n": 97})
            things.data.replace(_uuid(196), {"n": 196}, vector=[0.0, 1.0])
            for collection in (things, theirs):
                assert _nearest(collection, [5, 0.001], filters=even) == [500, 199, 195]
                assert _nearest(collection, [0, 1])[:2] == sorted(
                    [0, 196], key=lambda n: _uuid(int(n)).int
                )
            assert told == []


def test_caches_agree_with_the_store_after_any_writes(things: Collection, client: Client) -> None:
    rng = random.Random(0)
    state = {_uuid(n): (float(n), [float(n), 1.0]) for n in range(200)}
    for step in range(25):
        for _ in range(rng.choice((0, 1, 3, 25))):
            one = _uuid(rng.randrange(400))
            what = rng.random()
            if what < 0.35 and one in state:
                things.data.delete_by_id(one)
                del state[one]
            elif what < 0.6 and one in state:
                n = rng.random()
                things.data.update(one, {"n": n})
                state[one] = (n, state[one][1])
            else:
                n, vector = rng.random(), [rng.random() + step, 1.0]
                things.data.insert_many([DataObject({"n": n}, one, vector)])
                state[one] = (n, vector)
        database, cache = client._database, client._cache
        with database.reading() as connection:
            record = storage.find_collection(connection, "Things")
            assert record is not None
            view = cache.view(connection, record)
            table = cache.table(connection, record, "default")
        expected = sorted(state, key=lambda one: one.bytes)
        assert view.uuids == [one.bytes for one in expected]
        assert view.column("n") == [state[one][0] for one in expected]
        rows = table.rows_of(view.seqs)
        assert (rows >= 0).all()
        assert table.count == len(state)
        assert table.uuids(rows) == view.uuids
        np.testing.assert_array_equal(
            table.matrix[rows], np.array([state[one][1] for one in expected], np.float32)
        )
        np.testing.assert_allclose(table.norms, np.linalg.norm(table.matrix, axis=1), rtol=1e-6)


def test_a_changed_property_leaves_the_vector_in_its_row(things: Collection) -> None:
    context = things._context
    with context.database.reading() as connection:
        before = context.cache.table(connection, context.record(connection), "default")
    things.data.update(_uuid(3), {"n": -3})
    with context.database.reading() as connection:
        after = context.cache.table(connection, context.record(connection), "default")
    assert len(after) == len(before) == 200
    assert after.generation == before.generation
    assert (after.seqs != before.seqs).sum() == 1


def test_dead_rows_are_moved_out_when_they_are_many(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert_many([DataObject({"n": n}, _uuid(n), [float(n), 1.0]) for n in range(300)])
    context = things._context

    def table() -> Any:
        with context.database.reading() as connection:
            return context.cache.table(connection, context.record(connection), "default")

    first = table()
    # Each round gives every object another vector, so that its old row dies.
    for turn in range(2, 6):
        things.data.insert_many(
            [DataObject({"n": n}, _uuid(n), [float(n), float(turn)]) for n in range(300)]
        )
        later = table()
        assert later.count == 300
        if turn < 5:
            assert (later.generation, len(later)) == (first.generation, 300 * turn)
    assert later.generation != first.generation
    assert len(later) == 300
    # The old version is as it was.
    assert first.count == 300
    np.testing.assert_array_equal(np.unique(first.matrix[:, 1]), [1.0])
    np.testing.assert_array_equal(np.unique(later.matrix[:, 1]), [5.0])


def test_an_older_reader_gets_its_own_commit(things: Collection) -> None:
    context = things._context
    with context.database.reading() as early:
        # The transaction begins with its first look.
        record = context.record(early)
        for n in range(300, 308):
            things.data.insert({"n": n}, uuid=_uuid(n), vector=[float(n), 1.0])
            things.data.delete_by_id(_uuid(n - 300))
            with context.database.reading() as late:
                newer = context.cache.view(late, context.record(late))
                assert len(newer) == 200
        view = context.cache.view(early, record)
        table = context.cache.table(early, record, "default")
        assert sorted(view.column("n")) == list(range(200))
        assert sorted(table.matrix[table.alive, 0].tolist()) == list(range(200))
    assert sorted(newer.column("n")) == [*range(8, 200), *range(300, 308)]


def test_a_pruned_log_makes_caches_read_anew(
    things: Collection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "KEPT_REMOVALS", 20)
    assert len(_nearest(things, [1, 1])) == 3
    with client._database.reading() as connection:
        start = changes.position(connection)
    for n in range(60):
        things.data.update(_uuid(n), {"n": n + 1000})
    with client._database.reading() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM removals").fetchone()
        assert 20 <= kept <= 26
        assert not changes.reaches(connection, start)
        assert changes.reaches(connection, changes.position(connection))
    with _reads_everything(monkeypatch) as told:
        assert _nearest(things, [0.001, 1])[:2] == [1000, 1001]
        assert told == ["vectors"]


def test_a_mirror_keeps_the_log_back(
    things: Collection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "KEPT_REMOVALS", 20)
    things.data.delete_by_id(_uuid(0))
    with client._database.writing() as connection:
        connection.execute("INSERT INTO mirrors VALUES ('http://x', '{\"removal\": 1}')")
        start = changes.position(connection)
    for n in range(1, 100):
        things.data.delete_by_id(_uuid(n))
    with client._database.reading() as connection:
        record = storage.find_collection(connection, "Things")
        assert record is not None
        gone = changes.removed(connection, record, start)
        assert [uuid for _, uuid in gone] == [_uuid(n).bytes for n in range(1, 100)]
        assert changes.pending(connection, start) == 99
    with client._database.writing() as connection:
        connection.execute("UPDATE mirrors SET state='{\"removal\": 90}'")
    things.data.delete_by_id(_uuid(100))
    with client._database.reading() as connection:
        assert not changes.reaches(connection, start)
        assert connection.execute("SELECT min(id) FROM removals").fetchone() == (82,)


def test_positions_of_another_store_or_of_later_are_not_followed(client: Client) -> None:
    client.collections.create("Things").data.insert({"n": 1})
    with client._database.reading() as connection:
        now = changes.position(connection)
        assert changes.reaches(connection, now)
        assert Position.from_dict(now.to_dict()) == now
        assert not changes.reaches(connection, Position("another", now.seq, now.removal))
        assert not changes.reaches(connection, Position(now.store, now.seq + 1, now.removal))
        assert not changes.reaches(connection, Position(now.store, now.seq, now.removal + 1))


def test_written_objects_come_in_pages(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert_many([DataObject({"n": n}, _uuid(n), [float(n)]) for n in range(10)])
    things.data.update(_uuid(4), {"n": 40})
    with client._database.reading() as connection:
        record = storage.find_collection(connection, "Things")
        assert record is not None
        seq, seen = 0, []
        while page := changes.written(connection, record, seq, limit=4, vectors=True):
            seen += [(o.properties["n"], o.vectors["default"].tolist()) for o in page]
            seq = page[-1].seq
    assert seen == [(n, [float(n)]) for n in (0, 1, 2, 3, 5, 6, 7, 8, 9)] + [(40, [4.0])]


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    """Every answer is of one commit: the objects of a call come together or not at all."""
    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        things.data.insert_many(
            [DataObject({"turn": 0, "n": n}, _uuid(n), [float(n), 0.0]) for n in range(50)]
        )
        stop = threading.Event()
        troubles: list[BaseException] = []
        answers = [0, 0, 0, 0]

        def read(which: int) -> None:
            try:
                while not stop.is_set():
                    if which % 2:
                        found = things.query.near_vector([1.0, 0.5], limit=50, include_vector=True)
                        turns = {o.vector["default"][1] for o in found.objects}
                    else:
                        positive = Filter.by_property("n").greater_or_equal(0)
                        found = things.query.fetch_objects(filters=positive, limit=50)
                        turns = {o.properties["turn"] for o in found.objects}
                    assert len(found.objects) == 50
                    assert len(turns) == 1
                    answers[which] += 1
            except BaseException as trouble:
                troubles.append(trouble)

        threads = [threading.Thread(target=read, args=(which,)) for which in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(1, 40):
            things.data.insert_many(
                [
                    DataObject({"turn": turn, "n": n}, _uuid(n), [float(n), float(turn)])
                    for n in range(50)
                ]
            )
        stop.set()
        for thread in threads:
            thread.join(20)
        assert troubles == []
        assert min(answers) > 3


def test_a_reader_in_the_middle_keeps_nobody_waiting(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        things.data.insert({"n": 1}, vector=[1.0, 1.0])
        with client._database.reading() as connection:
            connection.execute("SELECT count(*) FROM objects").fetchone()
            done = threading.Event()

            def work() -> None:
                assert len(things) == 1
                things.data.insert({"n": 2}, vector=[2.0, 1.0])
                assert len(things) == 2
                done.set()

            thread = threading.Thread(target=work)
            thread.start()
            assert done.wait(5)
            thread.join()
            assert connection.execute("SELECT count(*) FROM objects").fetchone() == (1,)
