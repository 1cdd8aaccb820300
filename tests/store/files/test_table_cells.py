"""Values as cells and JSON, and back; the types of columns that no schema tells."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalviz.store.files.csv_cells import from_cell, to_cell
from crystalviz.store.files.plain_values import from_plain, to_plain
from crystalviz.store.files.type_guess import guess_type

TIME = datetime(2021, 3, 12, 23, 54, 39, 250_000, tzinfo=UTC)
ONE = UUID("b203bc46-f147-4521-b340-c9218870ad17")


@pytest.mark.parametrize(
    ("value", "kind", "cell"),
    [
        ("PG (1).png", "text", "PG (1).png"),
        ("", "text", '""'),
        ('"quoted"', "text", '"\\"quoted\\""'),
        (None, "text", ""),
        (3, "int", "3"),
        (-(2**63), "int", "-9223372036854775808"),
        (0.1, "number", "0.1"),
        (1e300, "number", "1e+300"),
        (True, "boolean", "true"),
        (TIME, "date", "2021-03-12T23:54:39.250000+00:00"),
        (ONE, "uuid", str(ONE)),
        (["a", ""], "text[]", '["a", ""]'),
        ([1, 2], "int[]", "[1, 2]"),
        ({"a": {"b": [1.5]}}, "object", '{"a": {"b": [1.5]}}'),
        ([TIME], "date[]", '["2021-03-12T23:54:39.250000+00:00"]'),
    ],
)
def test_a_cell_and_back(value: Any, kind: str, cell: str) -> None:
    assert to_cell(value, kind) == cell
    back = from_cell(cell, kind)
    assert (str(back) if kind == "uuid" else back) == (str(value) if kind == "uuid" else value)
    assert from_plain(to_plain(value), kind) == (str(value) if kind == "uuid" else value)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert from_cell(to_cell(text, "text"), "text") == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back(number: float) -> None:
    back = from_cell(to_cell(number, "number"), "number")
    assert back == number
    assert math.copysign(1, back) == math.copysign(1, number)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_every_vector_comes_back_to_the_last_bit(vector: list[float]) -> None:
    back = np.asarray(from_cell(to_cell(vector, "number[]"), "number[]"), np.float32)
    assert back.tobytes() == np.asarray(vector, np.float32).tobytes()


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        # Cells of other programs.
        ("3.0", "int", 3),
        ("TRUE", "boolean", True),
        ("2021-03-12T23:54:39Z", "date", datetime(2021, 3, 12, 23, 54, 39, tzinfo=UTC)),
        ("2021-03-12", "date", datetime(2021, 3, 12, tzinfo=UTC)),
        (
            "2021-03-12T23:54:39+02:00",
            "date",
            datetime(2021, 3, 12, 23, 54, 39, tzinfo=timezone(timedelta(hours=2))),
        ),
        ('"half', "text", '"half'),
    ],
)
def test_cells_of_other_programs(cell: str, kind: str, value: Any) -> None:
    assert from_cell(cell, kind) == value


@pytest.mark.parametrize(
    ("cell", "kind", "match"),
    [
        ("3.5", "int", "'3.5' is no whole number"),
        ("x", "number", "'x' is no number"),
        ("yes", "boolean", "neither true nor false"),
        ("soon", "date", "is no date"),
        ("[1, ", "int[]", "is not JSON"),
        ("7", "int[]", "needs a list"),
    ],
)
def test_a_cell_of_another_type_is_refused(cell: str, kind: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        from_cell(cell, kind)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "", "-2"], "int"),
        (["1", "2.5"], "number"),
        (["1e3"], "number"),
        (["007", "12"], "text"),
        (["true", "False"], "boolean"),
        (["true", "1"], "text"),
        (["2021-03-12T23:54:39Z"], "date"),
        (["2021-03-12 23:54:39"], "text"),
        ([str(ONE)], "uuid"),
        (["[1, 2.5]", "[]"], "number[]"),
        (['["a"]'], "text[]"),
        (['{"a": 1}'], None),
        (["", ""], None),
        (["[", "x"], "text"),
        (["99999999999999999999"], "number"),
    ],
)
def test_the_type_of_a_column_of_cells(cells: list[str], kind: str | None) -> None:
    assert guess_type(cells, cells=True) == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2], "int"),
        ([1, 2.0], "number"),
        (["1"], "text"),
        ([True, False], "boolean"),
        ([TIME], "date"),
        ([[1, 2]], "int[]"),
        ([[1, 2], [0.5]], "number[]"),
        ([[[1]]], None),
        ([{"a": 1}, None], None),
    ],
)
def test_the_type_of_a_column_of_values(values: list[Any], kind: str | None) -> None:
    assert guess_type(values, cells=False) == kind
