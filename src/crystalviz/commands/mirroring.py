"""The options that name a Weaviate server for the store to be mirrored to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crystalviz._mirror_settings import KEY_VARIABLE
from crystalviz._wording import counted
from crystalviz.commands.arguments import whole_number

if TYPE_CHECKING:
    from crystalviz.analysis import Analysis

_FLUSH_SECONDS = 60.0


def add_mirror(command: argparse.ArgumentParser) -> None:
    """Add `--mirror` and `--mirror-grpc-port`."""
    command.add_argument(
        "--mirror",
        metavar="URL",
        help="a Weaviate server that follows the store, e.g. http://localhost:8080; what it lacks "
        f"waits in the store while it is away; its key, if any, is read from {KEY_VARIABLE}",
    )
    command.add_argument(
        "--mirror-grpc-port",
        metavar="PORT",
        type=whole_number(1),
        default=50051,
        help="the server's gRPC port (default: 50051)",
    )


def finish(analysis: Analysis) -> tuple[str, str] | None:
    """Give the server a minute to take what waits, and let go of it.

    Returns
    -------
    (str, str) or None
        The server's address and how far it is, for people; None where no server follows.
    """
    mirror = analysis.mirror
    if mirror is None:
        return None
    mirror.flush(_FLUSH_SECONDS)
    status = mirror.status()
    analysis.close()
    if status["state"] == "in step":
        return mirror.address, f"in step, {counted(status['pushed'], 'change')} taken in all"
    waiting = counted(status["pending"], "change")
    why = f" ({status['last_error']})" if status["last_error"] else ""
    return mirror.address, (
        f"{status['state']}{why}; {waiting} kept in the store for the next time with --mirror"
    )
