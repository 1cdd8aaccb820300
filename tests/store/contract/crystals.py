"""A small collection of crystal images whose answers can be worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.store.contract.ways import Way

# entropy falls while size grows; sharp is missing once, and so is the note.
ROWS: list[dict[str, Any]] = [
    {"image_id": "PG (1).png", "note": "needle and lath", "size": 1, "entropy": 7.5, "sharp": True},
    {"image_id": "PG (2).png", "note": "needle", "size": 2, "entropy": 6.25, "sharp": False},
    {"image_id": "CEX (1).png", "note": "Lath, broken", "size": 3, "entropy": 5.0, "sharp": True},
    {"image_id": "CEX (2).png", "size": 4, "entropy": 3.75, "sharp": True},
    {"image_id": "CEX (3).png", "note": "plate", "size": 5, "entropy": 2.5},
    {"image_id": "pg (1).png", "note": "NEEDLE", "size": 6, "entropy": 1.25, "sharp": False},
]
VECTORS = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [-1.0, 0.0], [2.0, 0.0], [0.0, -3.0]]
TAKEN = [datetime(2024, 1, 1 + day, 12, tzinfo=UTC) for day in range(len(ROWS))]
TAGS = [["a"], ["a", "b"], ["b", "c"], [], ["a", "c"], ["d"]]


def identity(place: int) -> UUID:
    """Return the uuid of a row."""
    return UUID(int=place + 1)


def make_crystals(way: Way, name: str = "Crystals", **settings: Any) -> Any:
    """Make the collection and fill it."""
    c = way.classes
    crystals = way.create(
        name,
        properties=[
            c.Property(
                name="image_id", data_type=c.DataType.TEXT, tokenization=c.Tokenization.FIELD
            ),
            c.Property(name="note", data_type=c.DataType.TEXT),
            c.Property(name="size", data_type=c.DataType.INT),
            c.Property(name="entropy", data_type=c.DataType.NUMBER),
            c.Property(name="sharp", data_type=c.DataType.BOOL),
            c.Property(name="taken", data_type=c.DataType.DATE),
            c.Property(
                name="tags", data_type=c.DataType.TEXT_ARRAY, tokenization=c.Tokenization.FIELD
            ),
        ],
        inverted_index_config=c.Configure.inverted_index(
            index_null_state=True, index_property_length=True, index_timestamps=True
        ),
        **settings,
    )
    answer = crystals.data.insert_many(objects(way))
    assert not answer.has_errors
    return crystals


def objects(way: Way) -> list[Any]:
    """Return the rows as objects for `insert_many`."""
    return [
        way.classes.DataObject(
            properties={**row, "taken": TAKEN[place], "tags": TAGS[place]},
            uuid=identity(place),
            vector=VECTORS[place],
        )
        for place, row in enumerate(ROWS)
    ]


def places(answer: Any) -> list[int]:
    """Return which rows an answer holds, in its order."""
    return [one.uuid.int - 1 for one in answer.objects]
