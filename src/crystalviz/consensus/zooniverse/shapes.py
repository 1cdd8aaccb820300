"""Drawn shapes as one point each: a centre, and a radius where the shape has one.

Coordinates are natural pixels of the subject, as both classifiers of Zooniverse write them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any


def centre_of(shape: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return x, y and radius of a shape; NaN for a radius that it does not have.

    A circle has its radius, an ellipse the root of its axes' product; a rectangle's, a line's and a
    polygon's centre is the middle of what it spans.

    Raises
    ------
    ValueError
        When there is no place in it, or a coordinate is no number.
    """
    if "points" in shape:
        return _middle(_corner(point) for point in _listed(shape["points"]))
    if "pathX" in shape:
        xs, ys = _listed(shape["pathX"]), _listed(shape.get("pathY"))
        if len(xs) != len(ys):
            raise ValueError(f"a line with {len(xs)} x and {len(ys)} y")
        return _middle(zip(xs, ys, strict=True))
    if "x1" in shape:
        return _middle([(shape["x1"], shape.get("y1")), (shape.get("x2"), shape.get("y2"))])
    if "x_center" in shape:
        x, y = _number(shape["x_center"]), _number(shape.get("y_center"))
    elif "x" in shape and "y" in shape:
        x, y = _number(shape["x"]), _number(shape["y"])
        if "width" in shape and "height" in shape:
            x, y = x + _number(shape["width"]) / 2, y + _number(shape["height"]) / 2
    else:
        raise ValueError(
            f"a mark without a place ({', '.join(sorted(map(str, shape))) or 'empty'})"
        )
    if "r" in shape:
        return x, y, abs(_number(shape["r"]))
    if "rx" in shape and "ry" in shape:
        return x, y, math.sqrt(abs(_number(shape["rx"]) * _number(shape["ry"])))
    return x, y, math.nan


def _corner(point: Any) -> tuple[Any, Any]:
    if not isinstance(point, Mapping):
        raise ValueError(f"a corner is {point!r}, no place")
    return point.get("x"), point.get("y")


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("a shape without points")
    return value


def _middle(points: Iterable[tuple[Any, Any]]) -> tuple[float, float, float]:
    corners = [(_number(x), _number(y)) for x, y in points]
    xs, ys = zip(*corners, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, math.nan


def _number(value: Any) -> float:
    if value.__class__ is float and math.isfinite(value):
        return value  # type: ignore[no-any-return]
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"a coordinate is {value!r}, no number") from None
    if not math.isfinite(number):
        raise ValueError(f"a coordinate is {number}")
    return number
