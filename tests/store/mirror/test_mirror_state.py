"""What a mirror keeps: read back as it was, and never believed when it is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crystalviz.store import connect
from crystalviz.store.mirror.ledger import Ledger, forget, read_states
from crystalviz.store.mirror.shape import difference
from crystalviz.store.mirror.state import CollectionCursor, MirrorState

STATE = MirrorState(
    {"Things": CollectionCursor(3, 70, 8, 99, True, {"a": "HOT"}, {"a/u": "why"})},
    removal=8,
    aliases={"Stuff": "Things"},
    pushed=70,
    last_success=5.0,
    last_error="e",
)


def test_it_comes_back() -> None:
    text = STATE.to_json()
    assert MirrorState.from_json(text) == STATE
    # Whoever cuts the log of removals reads this.
    assert json.loads(text)["removal"] == 8


def test_a_damaged_state_has_taken_nothing() -> None:
    text = STATE.to_json()
    assert MirrorState.from_json(text.replace("70", "71", 1)) == MirrorState()
    for place in range(0, len(text), 3):
        flipped = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        assert MirrorState.from_json(flipped) in (MirrorState(), STATE)
    for other in (None, "", "[]", "3", "{}", text[:-9]):
        assert MirrorState.from_json(other) == MirrorState()


def test_the_ledger(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        first, second = (Ledger(tmp_path, "http://lab:8080") for _ in range(2))
        assert first.load() == MirrorState()
        assert first.save(STATE)
        assert second.load() == STATE
        with client._database.reading() as connection:
            assert read_states(connection) == {"http://lab:8080": STATE}
        assert first.hold()
        assert not second.hold()
        version = first.store_version()
        client.collections.create("Things")
        assert first.store_version() != version
        version = first.store_version()
        first.save(STATE)
        assert first.store_version() == version
        first.close()
        assert second.hold()
        # A writer in the middle of a long transaction: later, then.
        with client._database.writing():
            second._open().execute("PRAGMA busy_timeout=50")
            assert not second.save(MirrorState())
        assert second.load() == STATE
        second.close()
        assert forget(tmp_path, "http://lab:8080")
        assert not forget(tmp_path, "http://lab:8080")


def schema(**changes) -> dict:
    plain = {
        "class": "Things",
        "properties": [{"name": "a", "dataType": ["text"], "tokenization": "field"}],
        "vectorConfig": {"default": {"vectorIndexConfig": {"distance": "cosine"}}},
        "multiTenancyConfig": {"enabled": False},
    }
    return {**plain, **changes}


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (schema(), ""),
        (schema(description="other words", replicationConfig={"factor": 3}), ""),
        (schema(vectorConfig=None, vectorIndexConfig={"distance": "cosine"}), ""),
        (
            schema(properties=[{"name": "a", "dataType": ["int"], "tokenization": None}]),
            "dataType text here and int there",
        ),
        (schema(vectorConfig={"look": {}}), "no vector named 'default' there"),
        (
            schema(vectorConfig={"default": {"vectorIndexConfig": {"distance": "dot"}}}),
            "distance cosine here and dot there",
        ),
        (schema(multiTenancyConfig={"enabled": True}), "tenants there and none here"),
    ],
)
def test_which_collections_fit(theirs: dict, said: str) -> None:
    found = difference(schema(), theirs)
    assert said in "; ".join(found.conflicts)
    assert bool(found.conflicts) == bool(said)


def test_what_the_server_lacks() -> None:
    more = {"name": "b", "dataType": ["int"]}
    link = {"name": "of", "dataType": ["Other"]}
    ours = schema(properties=[*schema()["properties"], more, link])
    found = difference(ours, schema())
    assert (found.properties, found.references, found.conflicts) == ([more], [link], [])
    assert difference(schema(), ours).properties == []
