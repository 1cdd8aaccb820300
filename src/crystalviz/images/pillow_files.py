"""Open image files with Pillow: five formats, a pixel limit of our own, reasons in plain words."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

# The plugins register themselves in Image.OPEN when they are imported.
from PIL import (
    BmpImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")

DEFAULT_MAX_PIXELS = 100_000_000
"""Files with more pixels are set aside: a few kilobytes can unpack to gigabytes."""

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_EXIF_IFD, _DATE_TIME_ORIGINAL, _DATE_TIME_DIGITIZED, _DATE_TIME = 0x8769, 0x9003, 0x9004, 0x0132
_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS = 273, 279, 324, 325


class ImageReadError(ValueError):
    """An image that cannot be read; `reason` says what is wrong and what to do.

    Parameters
    ----------
    path : str or Path
        The file.
    reason : str
        Cause and cure, one sentence each.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"{os.fspath(path)}: {reason}")
        self.path = os.fspath(path)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.path, self.reason))


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the header tells: stored size in pixels, time taken (None: not in the file)."""

    width: int
    height: int
    taken: str | None


@contextmanager
def open_image(
    path: str | os.PathLike[str], max_pixels: int | None = DEFAULT_MAX_PIXELS
) -> Iterator[ImageFile.ImageFile]:
    """Open `path` without decoding it; every failure inside the block is an `ImageReadError`.

    Parameters
    ----------
    path : path
        A PNG, JPEG, TIFF, BMP or WebP file, whatever its name says.
    max_pixels : int or None
        The most pixels (width x height) accepted; None for no limit.
    """
    try:
        _require_regular_file(path)
        with open(path, "rb") as file:
            image = _open_by_content(path, file)
            pixels = image.width * image.height
            if max_pixels is not None and pixels > max_pixels:
                raise ImageReadError(
                    path,
                    f"too large: {image.width} x {image.height} = {pixels:,} pixels, the limit is "
                    f"{max_pixels:,}; crop or shrink it, or raise max_pixels if you trust the file",
                )
            yield image
    except ImageReadError:
        raise
    except PermissionError as error:
        raise ImageReadError(
            path, "no permission to read it; allow reading (chmod u+r) or copy it"
        ) from error
    except FileNotFoundError as error:
        raise ImageReadError(path, "the file does not exist; check the path") from error
    except MemoryError as error:
        raise ImageReadError(
            path, "decoding needs more memory than there is; crop or shrink it"
        ) from error
    except Image.DecompressionBombError as error:  # Pillow asks once more for TIFF
        raise ImageReadError(
            path, f"{error}; crop or shrink it, or raise PIL.Image.MAX_IMAGE_PIXELS too"
        ) from error
    except Exception as error:  # Pillow's readers fail on damaged bytes with almost any type
        raise ImageReadError(path, _explain(error)) from error


def check_file(
    path: str | os.PathLike[str], max_pixels: int | None = DEFAULT_MAX_PIXELS
) -> FileFacts:
    """Check the structure of an image file without decoding it.

    The header must be one of the five formats and within `max_pixels`, and the end of the data
    must be there: the end marker of PNG and JPEG, the declared length of WebP and BMP, the last
    strip or tile of TIFF. Only a file whose end looks wrong is decoded here, to be certain.

    Raises
    ------
    ImageReadError
        With the reason and the cure.
    """
    with open_image(path, max_pixels) as image:
        facts = FileFacts(image.width, image.height, _time_taken(image))
        if not _ends_well(image):
            image.load()
    return facts


def file_time(path: str | os.PathLike[str]) -> str:
    """Return the file's modification time, local, as ``YYYY-MM-DD HH:MM:SS``."""
    return datetime.fromtimestamp(os.stat(path).st_mtime).strftime(_TIME_FORMAT)


def _require_regular_file(path: str | os.PathLike[str]) -> None:
    try:
        mode = os.stat(path)
    except FileNotFoundError:
        if os.path.islink(path):
            raise ImageReadError(
                path,
                f"broken link: {os.readlink(path)} does not exist; restore it or remove the link",
            ) from None
        raise
    except OSError as error:
        if os.path.islink(path) and not isinstance(error, PermissionError):
            raise ImageReadError(
                path, "broken link: it points to itself in a circle; remove the link"
            ) from error
        raise
    if stat.S_ISDIR(mode.st_mode):
        raise ImageReadError(path, "it is a folder, not a file; give the files in it")
    # A named pipe or a device would block for ever.
    if not stat.S_ISREG(mode.st_mode):
        raise ImageReadError(path, "not a regular file (a pipe, socket or device); remove it")
    if mode.st_size == 0:
        raise ImageReadError(path, "the file is empty (0 bytes); copy or export it again")


def _open_by_content(path: str | os.PathLike[str], file: IO[bytes]) -> ImageFile.ImageFile:
    # Not Image.open: its pixel limit is one global for the whole process and cannot be raised for
    # one call without touching what the user's other code relies on.
    start = file.read(16)
    for name in FORMATS:
        factory, accept = Image.OPEN[name]
        if accept is None or accept(start) is not True:
            continue
        file.seek(0)
        try:
            # Without a file name: given one, Pillow 13 maps the file and scrambles uncompressed
            # TIFFs that are stored turned by a quarter.
            return factory(file, "")  # type: ignore[return-value]
        except (SyntaxError, IndexError, TypeError, KeyError, EOFError) as error:
            raise ImageReadError(
                path,
                f"the {name} header is damaged or of a kind that cannot be read ({error}); "
                "copy the file again, or save it as 8 or 16 bit PNG or TIFF",
            ) from error
    raise ImageReadError(
        path,
        f"not an image: the content is {_guess_content(start)}, not PNG, JPEG, TIFF, BMP or WebP; "
        "remove it or export the picture again",
    )


def _guess_content(start: bytes) -> str:
    for magic, kind in (
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a zip archive"),
        (b"GIF8", "a GIF"),
        (b"<", "HTML or XML text"),
        (b"version https:/", "a Git LFS pointer (run: git lfs pull)"),
    ):
        if start.startswith(magic):
            return kind
    printable = all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start)
    return "plain text" if printable else "unknown"


def _explain(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.errno is not None:
        return f"the file cannot be read ({error.strerror}); check the disk or the network drive"
    return f"truncated or damaged ({text}); copy or export it again"


def _ends_well(image: ImageFile.ImageFile) -> bool:
    file = image.fp
    if file is None:
        # WebP's reader takes the whole file at once and closes nothing of ours.
        return True
    size = os.fstat(file.fileno()).st_size
    position = file.tell()
    try:
        if image.format == "PNG":
            return _read_at(file, max(0, size - 12), 12) == b"\0\0\0\0IEND\xaeB`\x82"
        if image.format in ("JPEG", "MPO"):
            # Cameras and cards pad with zeros.
            return _read_at(file, max(0, size - 4096), 4096).rstrip(b"\0").endswith(b"\xff\xd9")
        if image.format == "BMP":
            declared = int.from_bytes(_read_at(file, 2, 4), "little")
            return 0 < declared <= size
        if image.format == "WEBP":
            return int.from_bytes(_read_at(file, 4, 4), "little") + 8 <= size
        return _tiff_data_end(image) <= size
    finally:
        file.seek(position)


def _read_at(file: IO[bytes], position: int, length: int) -> bytes:
    file.seek(position)
    return file.read(length)


def _tiff_data_end(image: Image.Image) -> int:
    tags = image.tag_v2  # type: ignore[attr-defined]
    ends = [
        offset + count
        for offsets, counts in ((_STRIP_OFFSETS, _STRIP_COUNTS), (_TILE_OFFSETS, _TILE_COUNTS))
        for offset, count in zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
    ]
    return max(ends, default=2**63)


def _time_taken(image: Image.Image) -> str | None:
    # Asked for EXIF that does not stand before the pixels, Pillow decodes the whole PNG.
    if image.format == "PNG" and not {"exif", "Raw profile type exif"} & image.info.keys():
        return None
    try:
        exif = image.getexif()
        details = exif.get_ifd(_EXIF_IFD) if _EXIF_IFD in exif else {}
        candidates = (
            details.get(_DATE_TIME_ORIGINAL),
            details.get(_DATE_TIME_DIGITIZED),
            exif.get(_DATE_TIME),
        )
    except Exception:  # damaged EXIF says nothing about the picture
        return None
    for text in filter(None, candidates):
        try:
            taken = datetime.strptime(str(text).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        return taken.strftime(_TIME_FORMAT)
    return None


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return `path` with a leading ``~`` resolved."""
    return Path(path).expanduser()
