"""One writing process, any number of reading ones; checked with real processes."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crystalviz.store import connect, errors
from crystalviz.store.storage import lock


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python code in another process, which says when it is where it should be."""
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def said(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def tell(running: subprocess.Popen[str], word: str = "go") -> None:
    assert running.stdin is not None
    running.stdin.write(word + "\n")
    running.stdin.flush()


WRITER = """
    import sys
    from crystalviz.store import connect
    client = connect(sys.argv[1])
    things = client.collections.create("Things")
    things.data.insert({"step": 1}, vector=[1, 0])
    print("written", flush=True)
    sys.stdin.readline()
    things.data.insert({"step": 2}, vector=[0, 1])
    print("again", flush=True)
    sys.stdin.readline()
    client.close()
    print("closed", flush=True)
    sys.stdin.readline()
"""


def test_second_writer_is_told_who_writes_and_readers_see_the_last_commit(tmp_path: Path) -> None:
    with process(WRITER, str(tmp_path)) as other:
        assert said(other) == "written"
        with connect(tmp_path) as client:
            things = client.collections.use("Things")
            assert len(things) == 1
            assert len(things.query.near_vector([1, 0]).objects) == 1
            with pytest.raises(errors.StoreLockedError, match=f"process {other.pid}"):
                things.data.insert({"step": 9})
            tell(other)
            assert said(other) == "again"
            assert len(things) == 2
            assert len(things.query.near_vector([1, 0]).objects) == 2
            with pytest.raises(errors.StoreLockedError):
                client.collections.create("Others")
            tell(other)
            assert said(other) == "closed"
            things.data.insert({"step": 3})
            assert len(things) == 3


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    with process(WRITER, str(tmp_path)) as other:
        assert said(other) == "written"
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with connect(tmp_path) as client:
            things = client.collections.use("Things")
            things.data.insert({"step": 2})
            assert sorted(o.properties["step"] for o in things.iterator()) == [1, 2]


def test_the_lock_goes_with_the_last_client_of_the_process(tmp_path: Path) -> None:
    script = """
        import sys
        from crystalviz.store import connect, errors
        for _ in sys.stdin:
            try:
                with connect(sys.argv[1]) as client:
                    client.collections.use("Things").data.insert({"step": 5})
                print("stored", flush=True)
            except errors.StoreLockedError:
                print("locked", flush=True)
    """
    first, second = connect(tmp_path), connect(tmp_path)
    first.collections.create("Things").data.insert({"step": 1})
    second.collections.use("Things").data.insert({"step": 2})
    assert first.get_meta()["writer"]
    with process(script, str(tmp_path)) as other:
        tell(other)
        assert said(other) == "locked"
        first.close()
        tell(other)
        assert said(other) == "locked"
        second.close()
        tell(other)
        assert said(other) == "stored"


def test_a_reader_takes_no_lock(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        client.collections.create("Things")
    with connect(tmp_path) as client:
        assert len(client.collections.use("Things")) == 0
        assert not client.get_meta()["writer"]


def test_threads_write_and_read_at_once(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        problems: list[BaseException] = []

        def write(start: int) -> None:
            try:
                for n in range(start, start + 15):
                    things.data.insert({"n": n}, vector=[n, 1])
            except BaseException as error:
                problems.append(error)

        def read() -> None:
            try:
                for _ in range(30):
                    found = things.query.near_vector([1, 1], limit=1000).objects
                    assert len({o.uuid for o in found}) == len(found)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=write, args=(s,)) for s in (0, 100)]
        threads += [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        assert len(things) == 30
        assert len(things.query.near_vector([1, 1], limit=1000).objects) == 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is POSIX")
def test_a_forked_child_is_told_to_connect_itself(tmp_path: Path) -> None:
    script = """
        import os, sys
        from crystalviz.store import connect, errors
        client = connect(sys.argv[1])
        things = client.collections.create("Things")
        child = os.fork()
        if child == 0:
            try:
                len(things)
            except errors.WeaviateClosedClientError as error:
                client.close()
                os._exit(0 if "child" in str(error) else 2)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        things.data.insert({"n": 1})
        print(os.waitstatus_to_exitcode(status), len(things), flush=True)
    """
    with process(script, str(tmp_path)) as other:
        assert said(other) == "0 1"


def test_a_forgotten_client_gives_the_lock_back(tmp_path: Path) -> None:
    things = connect(tmp_path).collections.create("Things")
    things.data.insert({"n": 1})
    script = """
        import sys
        from crystalviz.store import connect
        with connect(sys.argv[1]) as client:
            client.collections.use("Things").data.insert({"n": 2})
        print("stored", flush=True)
    """
    del things
    gc.collect()
    with process(script, str(tmp_path)) as other:
        assert said(other) == "stored"


def test_a_finalizer_inside_the_guard_does_not_wait(tmp_path: Path) -> None:
    client = connect(tmp_path)
    client.collections.create("Things")
    with lock._guard:
        del client
        gc.collect()
    with connect(tmp_path) as client:
        client.collections.create("Others")
        assert client.get_meta()["writer"]
    assert tmp_path.resolve() / lock.LOCK_NAME not in lock._held
    assert not lock._abandoned
