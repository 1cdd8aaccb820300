"""Natural order of file names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crystalviz.images.files import natural_key


def test_numbers_count_as_numbers():
    names = ["PG (10).png", "pg (2).png", "PG (1).png", "a/b10", "a/b9", "a10/b", "a9/b", "10", "9"]
    assert sorted(names, key=natural_key) == [
        "9",
        "10",
        "a/b9",
        "a/b10",
        "a9/b",
        "a10/b",
        "PG (1).png",
        "pg (2).png",
        "PG (10).png",
    ]


@given(st.lists(st.text("aB1٣²0./ ", max_size=8), unique=True))
def test_the_order_is_total(names: list[str]):
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)
    assert len({natural_key(name) for name in names}) == len(names)
