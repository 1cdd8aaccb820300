"""Read the facts out of an ONNX file, without a library and without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crystalviz.models.errors import ModelFileError

METADATA_KEY = "crystalviz"
"""Where our facts stand among the metadata of an ONNX file, as JSON."""

# Fields of ModelProto and StringStringEntryProto in onnx.proto3.
_IR_VERSION, _GRAPH, _METADATA = 1, 7, 14
_KEY, _VALUE = 1, 2


def read_onnx(path: Path) -> bytes:
    """Return the bytes of an ONNX file that looks whole.

    Raises
    ------
    ModelFileError
        If there is none, or it is damaged or something else.
    """
    if not path.is_file():
        raise ModelFileError(
            f"{path}: no such model file; load_model takes 'crystalnet', 'resnet50', "
            "'resnet101' or the path of a .keras, .h5 or .onnx file"
        )
    content = path.read_bytes()
    try:
        fields = {number for number, _ in _fields(content)}
    except ValueError as error:
        raise ModelFileError(
            f"{path}: not a whole .onnx file ({error}); save or copy it again"
        ) from error
    if not {_IR_VERSION, _GRAPH} <= fields:
        raise ModelFileError(f"{path}: not an ONNX model; save or copy it again")
    return content


def metadata(content: bytes) -> dict[str, str]:
    """Return the metadata of an ONNX model that `read_onnx` let pass."""
    found = {}
    for number, value in _fields(content):
        if number == _METADATA and isinstance(value, memoryview):
            entry = dict(_fields(value))
            key, text = entry.get(_KEY), entry.get(_VALUE)
            if isinstance(key, memoryview) and isinstance(text, memoryview):
                found[bytes(key).decode("utf-8")] = bytes(text).decode("utf-8")
    return found


def _fields(content: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, value) of a protobuf message's top level.

    Raises
    ------
    ValueError
        If the bytes are not such a message.
    """
    view, place = memoryview(content), 0
    while place < len(view):
        tag, place = _varint(view, place)
        number, kind = tag >> 3, tag & 7
        value: int | memoryview
        if kind == 0:
            value, place = _varint(view, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
            value, place = view[place : place + length], place + length
        elif kind == 2:
            length, place = _varint(view, place)
            value, place = view[place : place + length], place + length
        else:
            raise ValueError(f"unknown wire type {kind}")
        if place > len(view) or not number:
            raise ValueError("it ends too early")
        yield number, value


def _varint(view: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(view) or shift > 63:
            raise ValueError("it ends too early")
        byte = view[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
