"""Any image, file or array, to one 8-bit gray picture (H, W)."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from crystalviz.images.pillow_files import DEFAULT_MAX_PIXELS, as_path, open_image
from crystalviz.images.poses import EXIF_POSES, apply_pose

Pixels: TypeAlias = NDArray[np.uint8]
"""Gray values 0..255, shape (H, W)."""

_ORIENTATION = 0x0112
_IMAGE_WIDTH, _IMAGE_LENGTH = 256, 257


def load_pixels(
    image: str | os.PathLike[str] | NDArray[Any], max_pixels: int | None = DEFAULT_MAX_PIXELS
) -> Pixels:
    """Return an image as 8-bit gray at its native size.

    Files: PNG, JPEG, TIFF (first page), BMP and WebP (first frame), turned upright by their EXIF
    orientation. Colour becomes gray by ITU-R BT.601, ``(19595 R + 38470 G + 7471 B) / 65536``
    (what Pillow's ``convert("L")`` does); transparent parts are laid over black.

    Deeper samples come down to 8 bits by fixed steps, not by stretching each image to its own
    range, so that brightness stays comparable within a series:

    - integers: as they are if no value is above 255 (8-bit data in a wider container),
      ``value >> 4`` if none is above 4095 (12-bit cameras that write 16-bit files), else
      ``value >> 8``;
    - floats: times 255 if no value is above 1, otherwise rounded and treated as integers;
    - values outside all of these (negative, or above 65535): stretched from the image's minimum
      to its maximum, the only case that depends on the image. NaN and infinities become 0.

    Parameters
    ----------
    image : path or array
        A file, or an array (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA of booleans,
        integers or floats.
    max_pixels : int or None
        Files with more pixels are refused; None for no limit. Arrays are not limited.

    Returns
    -------
    (H, W) uint8 array
        An (H, W) uint8 array is returned as it is, not copied.

    Raises
    ------
    ImageReadError
        If the file cannot be read, with the reason.
    ValueError
        If the array has another shape or no pixel.
    """
    if isinstance(image, np.ndarray):
        return _gray_from_array(image)
    if not isinstance(image, (str, os.PathLike)):
        raise TypeError(f"an image is a path or a NumPy array, not {type(image).__name__}")
    with open_image(as_path(image), max_pixels) as opened:
        opened.load()
        pose = EXIF_POSES.get(_orientation(opened), 0)
        return np.ascontiguousarray(apply_pose(_gray_from_pillow(opened), pose))


def picture_size(
    path: str | os.PathLike[str], max_pixels: int | None = DEFAULT_MAX_PIXELS
) -> tuple[int, int]:
    """Return width and height of a file in pixels, upright as `load_pixels` gives it.

    Only the header is read.

    Parameters
    ----------
    path, max_pixels
        As in `load_pixels`.

    Raises
    ------
    ImageReadError
        If the file cannot be read, with the reason.
    """
    with open_image(as_path(path), max_pixels) as opened:
        # Asked for EXIF that does not stand before the pixels, Pillow decodes the whole PNG.
        known = opened.format != "PNG" or {"exif", "Raw profile type exif"} & opened.info.keys()
        turned = EXIF_POSES.get(_orientation(opened), 0) % 2 if known else 0
        width, height = opened.size
        if opened.format == "TIFF":  # whose `size` newer versions of Pillow have turned already
            tags = opened.tag_v2  # type: ignore[attr-defined]
            width, height = tags[_IMAGE_WIDTH], tags[_IMAGE_LENGTH]
        return (height, width) if turned else (width, height)


def _gray_from_pillow(image: Image.Image) -> Pixels:
    if image.mode.startswith("I") or image.mode == "F":
        return to_8_bit(np.asarray(image))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return np.asarray(ImageChops.multiply(rgba.convert("L"), rgba.getchannel("A")))
    if image.mode == "LAB":  # its first channel is the lightness
        return np.asarray(image.getchannel(0))
    if image.mode in ("CMYK", "YCbCr", "HSV"):
        image = image.convert("RGB")
    return np.asarray(image.convert("L"))


def _gray_from_array(array: NDArray[Any]) -> Pixels:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ValueError(
            f"an image array has shape (H, W), (H, W, 3) or (H, W, 4), not {array.shape}"
        )
    if array.size == 0:
        raise ValueError(f"the image array has no pixel: shape {array.shape}")
    if array.dtype == np.uint8 and array.ndim == 2:
        return array
    array = to_8_bit(array)
    if array.ndim == 2:
        return array
    return _gray_from_pillow(Image.fromarray(np.ascontiguousarray(array)))


def to_8_bit(values: NDArray[Any]) -> Pixels:
    """Bring samples of any depth to 0..255 by the rule that `load_pixels` states."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    elif values.dtype.kind not in "iu":
        raise ValueError(f"image samples are booleans, integers or floats, not {values.dtype}")
    low, high = values.min(), values.max()
    if low < 0 or high > 65535:
        # Halves: the difference of two finite numbers may be infinite.
        low, span = float(low) / 2, float(high) / 2 - float(low) / 2
        above = values.astype(np.float64) / 2 - low
        return np.rint(above / span * 255.0 if span else above).astype(np.uint8)
    if values.dtype.kind == "f":
        if high <= 1:
            return np.rint(values * 255.0).astype(np.uint8)
        values = np.rint(values)
    if high <= 255:
        return values.astype(np.uint8)
    shift = 4 if high <= 4095 else 8
    return (values.astype(np.uint16) >> shift).astype(np.uint8)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF: the picture is shown as it is stored
        return 1
