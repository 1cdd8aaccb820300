"""Pictures that the image tests write and damage."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def crystal(seed: int = 0, shape: tuple[int, int] = (60, 80)) -> NDArray[np.uint8]:
    """Return a textured picture without symmetry: bright strokes on a dark field, some noise."""
    rng = np.random.default_rng(seed)
    height, width = shape
    y, x = np.mgrid[:height, :width]
    picture = np.full(shape, 40.0)
    for _ in range(8):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8, 2) * (height, width)
        distance = np.abs((y - offset[0]) * np.cos(angle) - (x - offset[1]) * np.sin(angle))
        along = np.abs((y - offset[0]) * np.sin(angle) + (x - offset[1]) * np.cos(angle))
        length = rng.uniform(0.1, 0.4) * width
        picture += rng.uniform(30, 120) * (distance < rng.uniform(1, 4)) * (along < length)
    return np.clip(picture + rng.normal(0, 4, shape), 0, 255).round().astype(np.uint8)


def write(path: Path, pixels: NDArray[np.uint8], **options: object) -> Path:
    """Save `pixels` in the format that the extension names, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def encoded(pixels: NDArray[np.uint8], file_format: str, **options: object) -> bytes:
    """Return `pixels` as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file (ISO/IEC 15948, 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def exif_with_times(written: str, taken: str) -> bytes:
    """Return EXIF with DateTime and, in the nested directory, DateTimeOriginal (Exif 2.3)."""

    def directory(*entries: tuple[int, int, int, int]) -> bytes:
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return struct.pack("<H", len(entries)) + body + bytes(4)

    text, number = 2, 4
    nested, first_text, second_text = 38, 56, 76
    return (
        b"Exif\0\0II*\0\x08\0\0\0"
        + directory((0x0132, text, 20, first_text), (0x8769, number, 1, nested))
        + directory((0x9003, text, 20, second_text))
        + f"{written}\0{taken}\0".encode()
    )


def jpeg_copy(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return `pixels` after a round through JPEG."""
    return np.asarray(Image.open(io.BytesIO(encoded(pixels, "JPEG", quality=quality))))
