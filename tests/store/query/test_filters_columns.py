"""The arrays that filters look at follow every write: they answer as those of a new client."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crystalviz.store import Collection, Filter, MetadataQuery, Sort, connect
from crystalviz.store.writing.data import DataObject

START = datetime(2026, 1, 1, tzinfo=UTC)
p = Filter.by_property

CONDITIONS = [
    p("image_id").equal("3.png"),
    p("image_id").like("*1.png"),
    p("note").equal("bright"),
    p("note").contains_any(["dark", "thin"]),
    p("note").greater_than("d"),
    p("note", length=True).greater_than(8),
    p("cluster").equal(2),
    p("cluster").not_equal(2),
    p("cluster").is_none(True),
    p("entropy").less_or_equal(0.5),
    p("sharp").equal(True),
    p("taken").greater_than(START + timedelta(days=3)),
    p("twin").equal(uuid.UUID(int=2)),
    p("tags").contains_all(["x", "y"]),
    p("tags").is_none(False),
    p("sizes").greater_than(5),
    Filter.by_creation_time().greater_than(START),
    Filter.by_id().contains_any([uuid.UUID(int=n) for n in range(0, 40, 3)]),
]


def random_row(chance: random.Random) -> dict[str, object]:
    row: dict[str, object] = {
        "image_id": f"{chance.randrange(20)}.png",
        "note": " ".join(chance.choices(["bright", "dark", "thin", "needles"], k=2)),
        "cluster": chance.randrange(4),
        "entropy": chance.random(),
        "sharp": chance.random() < 0.5,
        "taken": START + timedelta(days=chance.randrange(7)),
        "twin": uuid.UUID(int=chance.randrange(4)),
        "tags": chance.choices(["x", "y", "z"], k=chance.randrange(3)),
        "sizes": [chance.randrange(9) for _ in range(chance.randrange(3))],
    }
    return {name: value for name, value in row.items() if chance.random() < 0.8}


def answers(things: Collection) -> list[list[int]]:
    found = [
        [one.uuid.int for one in things.query.fetch_objects(filters=one, limit=100).objects]
        for one in CONDITIONS
    ]
    for name in ("note", "entropy", "tags"):
        in_order = things.query.fetch_objects(sort=Sort.by_property(name), limit=100).objects
        found.append([one.uuid.int for one in in_order])
    scored = things.query.bm25("bright needles", limit=100, return_metadata=MetadataQuery.full())
    found.append([one.uuid.int for one in scored.objects])
    found.append([round(1e6 * (one.metadata.score or 0)) for one in scored.objects])
    return found


def test_arrays_follow_writes(crystals: Collection, tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(25):
        kind = chance.random()
        number = uuid.UUID(int=chance.randrange(40))
        if kind < 0.5:
            crystals.data.insert_many(
                [
                    DataObject(random_row(chance), uuid.UUID(int=chance.randrange(40)))
                    for _ in range(chance.randrange(1, 9))
                ]
            )
        elif kind < 0.7 and crystals.data.exists(number):
            crystals.data.update(number, random_row(chance))
        elif kind < 0.9:
            crystals.data.delete_by_id(number)
        else:
            crystals.data.delete_many(p("cluster").equal(chance.randrange(4)))
        followed = answers(crystals)
        with connect(tmp_path / "store", read_only=True) as fresh:
            assert followed == answers(fresh.collections.use("CrystalImage"))
