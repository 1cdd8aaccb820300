"""`crystalviz serve`: a process of its own, stopped as people and systems stop processes."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import weaviate

import crystalviz as cz

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers on free ports; those still running are killed afterwards."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "crystalviz.cli", "serve", str(tmp_path / "store")]
        for name in ("--http-port", "--grpc-port"):
            if name not in arguments:
                command += [name, "0"]
        running.append(
            subprocess.Popen(
                [*command, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
        return running[-1]

    yield run
    for one in running:
        one.kill()
        one.communicate()


def _connect(process: subprocess.Popen[str]) -> Any:
    said = "".join(process.stdout.readline() for _ in range(4))
    ports = re.findall(r":(\d+)$", said, re.MULTILINE)
    assert "Weaviate-compatible subset" in said
    return weaviate.connect_to_local(
        host="127.0.0.1", port=int(ports[0]), grpc_port=int(ports[1]), skip_init_checks=True
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_what_is_written_is_there_after_it_was_stopped(
    start: Start, tmp_path: Path, sign: signal.Signals
) -> None:
    process = start()
    with closing(_connect(process)) as client:
        things = client.collections.create("Things")
        identity = things.data.insert({"n": 1}, vector=[1, 0])
    process.send_signal(sign)
    rest, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.splitlines()[-1] == "Stopped."
    assert errors == ""
    with cz.connect(tmp_path / "store") as store:
        assert store.collections.use("Things").data.exists(identity)


def test_what_is_written_survives_a_kill(start: Start, tmp_path: Path) -> None:
    process = start()
    with closing(_connect(process)) as client:
        things = client.collections.create("Things")
        identities = things.data.insert_many([{"n": n} for n in range(20)]).uuids.values()
        process.kill()
        process.wait()
    with cz.connect(tmp_path / "store") as store:
        kept = store.collections.use("Things")
        assert {one.uuid for one in kept.iterator()} == set(identities)


def test_a_taken_port_is_a_clear_error(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start("--http-port", port)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"the REST port {port} of 127.0.0.1 cannot be opened" in errors
    assert "Traceback" not in errors


def test_read_only_needs_a_store(start: Start, tmp_path: Path) -> None:
    process = start("--read-only")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "no store here to read" in errors
    assert not (tmp_path / "store").exists()
