"""How far a copy is, kept in the store folder until it is through."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import ClassVar

from crystalviz._whole_file import whole_file


class TransferState:
    """Where each part of a copy stands.

    Parameters
    ----------
    folder : Path
        The store folder.
    route : str
        From or to which server: each has a file of its own.

    Attributes
    ----------
    resumed : bool
        Whether an interrupted copy had left its state.
    """

    DONE: ClassVar[str] = "done"

    def __init__(self, folder: Path, route: str) -> None:
        self._path = Path(folder) / f"copy-{zlib.crc32(route.encode()):08x}.json"
        self._route = route
        self._reached: dict[str, str] = {}
        self.resumed = False
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            if kept["route"] == route:
                self._reached = {str(k): str(v) for k, v in kept["reached"].items()}
                self.resumed = True
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # None, or damaged: then everything is copied again, which changes nothing.
            return

    def reached(self, what: str, collection: str, tenant: str) -> str | None:
        """Return the last uuid that is over, `DONE`, or None before the first."""
        return self._reached.get(_key(what, collection, tenant))

    def keep(self, what: str, collection: str, tenant: str, uuid: str) -> None:
        """Keep that everything up to a uuid is over; it is on the disk when this returns."""
        self._reached[_key(what, collection, tenant)] = uuid
        try:
            with whole_file(self._path) as file:
                json.dump({"route": self._route, "reached": self._reached}, file)
        except OSError:
            # A folder that can only be read: an interrupted copy out of it begins anew.
            return

    def forget(self, collection: str) -> None:
        """Forget how far one collection is."""
        self._reached = {k: v for k, v in self._reached.items() if k.split(" ")[1] != collection}

    def finish(self) -> None:
        """Forget the state: the copy is through."""
        self._path.unlink(missing_ok=True)


def _key(what: str, collection: str, tenant: str) -> str:
    return f"{what} {collection} {tenant}"
