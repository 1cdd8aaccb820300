"""Write overlays as PNG, in under half the time that an image library takes for it.

Pillow tries five filters on every line, which takes longer than the compression itself, and offers
no way around it. Overlays are smooth pictures: one filter (the difference to the line above) and
zlib's run-length strategy give files between those of Pillow's levels 1 and 0 in size, and the
compression runs outside Python's lock.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2


def png_bytes(picture: np.ndarray, text: Mapping[str, str] | None = None) -> bytes:
    """Encode an RGB picture losslessly.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    text : mapping, optional
        Keyword (1 to 79 Latin-1 characters) -> Latin-1 text, kept in tEXt chunks: Pillow's
        ``Image.open(file).info``.

    Returns
    -------
    bytes
        A PNG file (ISO/IEC 15948), 8 bits a channel, not interlaced.

    Raises
    ------
    ValueError
        If the array is not (H, W, 3) uint8 with at least one pixel, or a keyword is too long.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
        raise ValueError(
            f"a picture is (H, W, 3) uint8, not {picture.shape} {picture.dtype}: give what "
            "overlay_cam returns"
        )
    height, width, _ = picture.shape
    lines = picture.reshape(height, 3 * width)
    filtered = np.empty((height, 1 + 3 * width), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))]
    for keyword, value in (text or {}).items():
        if not 1 <= len(keyword) <= 79:
            raise ValueError(f"a PNG keyword has 1 to 79 characters, not {len(keyword)}")
        chunks.append((b"tEXt", keyword.encode("latin-1") + b"\0" + value.encode("latin-1")))
    chunks += [(b"IDAT", packer.compress(filtered.data) + packer.flush()), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
