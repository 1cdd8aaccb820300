"""Words in pictures, in the font that Pillow carries."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_SMALLEST = 7


def font_of(size: int) -> Font:
    """Return Pillow's own font in `size` pixels."""
    return ImageFont.load_default(size)


def write_note(picture: np.ndarray, words: str) -> None:
    """Write `words` on a dark strip at the bottom of (H, W, 3) uint8, in place.

    As large as fits the width, at most a twelfth of the height (but 10 pixels where there is room).
    """
    height, width = picture.shape[:2]
    size = max(10, height // 12)
    while size > _SMALLEST and font_of(size).getlength(words) > width - size:
        size -= 1
    strip = min(height, round(1.7 * size))
    drawn = Image.fromarray(picture[height - strip :] // 4)
    place = (width / 2, strip / 2)
    ImageDraw.Draw(drawn).text(place, words, (255, 255, 255), font_of(size), anchor="mm")
    picture[height - strip :] = np.asarray(drawn)
