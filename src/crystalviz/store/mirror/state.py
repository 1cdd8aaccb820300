"""How far a mirror is: what the server has acknowledged, collection by collection.

It is kept in the table `mirrors` of the store's file, so that it survives restarts; what
is still to be pushed is never written down a second time, but read from the objects'
`seq` and from the log of removals.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class CollectionCursor:
    """How far one collection is.

    Attributes
    ----------
    id : int
        Of the local collection: one that was deleted and made again has another.
    seq, removal : int
        Every write up to this `seq` and every removal up to this id is on the server.
    config : int
        Checksum of the local configuration that the server's fits; -1 for none.
    made : bool
        The mirror made the server's collection, and deletes it when ours is deleted.
    tenants : dict of str to str
        Tenants and their states as pushed.
    refused : dict of str to str
        Objects that the server refused ("tenant/uuid"), with its reason.
    """

    id: int
    seq: int = 0
    removal: int = 0
    config: int = -1
    made: bool = False
    tenants: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass
class MirrorState:
    """How far a mirror is.

    Attributes
    ----------
    collections : dict of str to CollectionCursor
        By name; those that the server has taken, wholly or in part.
    removal : int
        No removal up to this id is needed any more, so that the log can be cut there.
    aliases : dict of str to str
        Aliases as pushed, with their collections.
    pushed : int
        Objects and deletions that the server has acknowledged, ever.
    last_success : float or None
        When the server last answered, seconds since 1970.
    last_error : str
        What went wrong last; "" when nothing is wrong.
    away_since : float or None
        Since when the server does not answer; None while it does.
    store : str
        Identity of the store that this is of; a restored store has another.
    """

    collections: dict[str, CollectionCursor] = field(default_factory=dict)
    removal: int = 0
    aliases: dict[str, str] = field(default_factory=dict)
    pushed: int = 0
    last_success: float | None = None
    last_error: str = ""
    away_since: float | None = None
    store: str = ""

    def to_json(self) -> str:
        """Return the state as the database keeps it, with a checksum."""
        raw = asdict(self)
        return json.dumps({**raw, "checksum": _checksum(raw)})

    @classmethod
    def from_json(cls, text: str | None) -> MirrorState:
        """Read what `to_json` wrote.

        A text that is missing or damaged gives a state that has taken nothing: everything
        is then pushed again, which costs time and doubles nothing.
        """
        try:
            raw = json.loads(text or "")
            if raw.pop("checksum") != _checksum(raw):
                return cls()
            cursors = {name: CollectionCursor(**one) for name, one in raw["collections"].items()}
            return cls(**{**raw, "collections": cursors})
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def _checksum(raw: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(raw, sort_keys=True).encode())
