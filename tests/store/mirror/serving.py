"""Helpers: a server that is a real process and dies when told, and what a store holds."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.store import Client
from crystalviz.store.mirror import Mirror, Pace, attach

QUICK = Pace(look=0.02, check=0.3, retry=0.5)


class ServerProcess:
    """`crystalviz serve` in a process of its own; started again it has the same ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = (0, 0)
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "crystalviz.cli", "serve", str(self.folder)),
                *("--http-port", str(self.ports[0]), "--grpc-port", str(self.ports[1])),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = "".join(self.process.stdout.readline() for _ in range(4))
        http, grpc = re.findall(r":(\d+)$", said, re.MULTILINE)
        self.ports = (int(http), int(grpc))

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()


def mirrored(client: Client, server: Any, **settings: Any) -> Mirror:
    """Attach a server: a `ServerProcess`, or what `serve` gives."""
    if isinstance(server, ServerProcess):
        return attach(client, server.url, grpc_port=server.ports[1], pace=QUICK, **settings)
    return attach(client, server.url, grpc_port=server.grpc_port, pace=QUICK, **settings)


def wait_for(condition: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def contents(client: Client, name: str, tenant: str | None = None) -> dict[str, Any]:
    """Return properties and vectors of every object of a collection, by uuid."""
    collection = client.collections.use(name)
    if tenant is not None:
        collection = collection.with_tenant(tenant)
    return {
        str(item.uuid): (
            {key: value for key, value in item.properties.items() if value is not None},
            {key: np.asarray(v, np.float32).tolist() for key, v in item.vector.items()},
        )
        for item in collection.iterator(include_vector=True)
    }
