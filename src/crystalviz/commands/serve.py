"""`crystalviz serve STORE`: a store for clients of Weaviate, in any process and language."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from crystalviz.commands.arguments import command_parser, whole_number

_DESCRIPTION = """\
Serve a store through Weaviate's REST and gRPC, so that weaviate-client and other programs
that know Weaviate work with it: a Weaviate-compatible subset, without modules that compute
vectors and without users. Ctrl-C stops it; what a client was told is written is on the disk.
"""
_EXAMPLES = """\
examples:
  crystalviz serve results/store
  crystalviz serve results/store --read-only --http-port 8081 --grpc-port 50052

then, in Python:
  import weaviate
  client = weaviate.connect_to_local()
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "serve", "a store for clients of Weaviate", _DESCRIPTION, _EXAMPLES, _run
    )
    command.add_argument("store", metavar="STORE", type=Path, help="the store's folder")
    for name, usual in (("http", 8080), ("grpc", 50051)):
        command.add_argument(
            f"--{name}-port",
            type=whole_number(0),
            default=usual,
            metavar="PORT",
            help=f"default: {usual}; 0: a free one",
        )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine only; there are no passwords)",
    )
    command.add_argument(
        "--read-only", action="store_true", help="refuse every write; the store must exist"
    )


def _run(options: argparse.Namespace) -> int:
    from crystalviz.store.server import serve

    stopped = threading.Event()
    # Before the ports open, so that whoever saw them open can stop the server.
    before = {
        sign: signal.signal(sign, lambda *_: stopped.set())
        for sign in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with serve(
            options.store,
            options.http_port,
            options.grpc_port,
            host=options.host,
            read_only=options.read_only,
        ) as server:
            print(
                f"Serving {options.store} as a Weaviate-compatible subset"
                f"{', read-only' if options.read_only else ''}:\n"
                f"  REST  {server.url}\n"
                f"  gRPC  {server.host}:{server.grpc_port}\n"
                "Ctrl-C stops it.",
                flush=True,
            )
            if not _is_loopback(options.host):
                print(
                    f"Warning: whoever reaches {options.host} may read"
                    f"{'' if options.read_only else ', change and delete'} everything.",
                    file=sys.stderr,
                    flush=True,
                )
            # With a timeout, since on Windows a wait without one cannot be interrupted.
            while not stopped.wait(1.0):
                pass
        print("Stopped.", flush=True)
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    return 0


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
