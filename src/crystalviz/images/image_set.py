"""ImageSet: a folder of images, found, checked, and decoded when asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from crystalviz.images.ahead import default_workers, map_ahead
from crystalviz.images.files import describe_content, find_image_files, natural_key
from crystalviz.images.labels import Labels, resolve_labels
from crystalviz.images.pillow_files import (
    DEFAULT_MAX_PIXELS,
    FileFacts,
    ImageReadError,
    as_path,
    check_file,
    file_time,
)
from crystalviz.images.pixels import Pixels, load_pixels

Result = TypeVar("Result")

# Decoded pictures that may wait for the consumer, in pixels (= bytes): flat memory for mosaics.
_LOOK_AHEAD_PIXELS = 1 << 26


class NoImagesError(ValueError):
    """A folder or list in which there is no image that can be read."""


class ImageSet:
    """Images in natural order, each with an id and perhaps a label; bad files set aside.

    Made by `from_folder` or `from_paths`. Nothing is decoded until `pixels` or `stream` asks.

    Attributes
    ----------
    ids : list of str
        POSIX paths relative to `root`, in natural order.
    labels : list of (str or None)
    paths : list of Path
    root : Path
    name : str
        Name of the root folder.
    problems : list of (str, str)
        Id and reason (cause and cure) of each file that was set aside: when the set was made
        for what the structure of the file tells, and on decoding for the rest.
    """

    def __init__(
        self,
        root: Path,
        ids: list[str],
        labels: list[str | None],
        facts: list[FileFacts],
        problems: list[tuple[str, str]],
        max_pixels: int | None = DEFAULT_MAX_PIXELS,
    ) -> None:
        self.root = root
        self.ids = ids
        self.labels = labels
        self.problems = problems
        self._facts = facts
        self._max_pixels = max_pixels

    @classmethod
    def from_folder(
        cls,
        path: str | os.PathLike[str],
        labels: Labels = "parent",
        recursive: bool = True,
        max_pixels: int | None = DEFAULT_MAX_PIXELS,
    ) -> ImageSet:
        """Find and check the PNG, JPEG, TIFF, BMP and WebP files of a folder.

        Any level of the Kaggle layout ``archive/cropped/cropped/{cex,pg}`` may be given.

        Parameters
        ----------
        path : path
            The folder.
        labels : "parent", None, path or dict
            ``"parent"``: the name of the folder that a file lies in (trimmed, case kept); files
            that lie directly in `path` have none, so a flat folder is unlabeled. A CSV (path, or
            name of a file in the folder) or a dict: file (id, or bare name where that is
            unambiguous) to label; files it does not name have none. The columns are ``image_id``
            (or file, filename, ...) and ``label`` (or class_label, class, ...).
        recursive : bool
            Whether to look into subfolders.
        max_pixels : int or None
            Larger files (width x height) are set aside unread; None for no limit.

        Raises
        ------
        FileNotFoundError, NotADirectoryError
            If there is no such folder.
        NoImagesError
            If no readable image is in it; says what is there instead.
        ValueError
            If the CSV lacks a column or names none of the images.
        """
        root = as_path(path)
        _require_folder(root)
        problems: list[tuple[str, str]] = []

        def unreadable(name: str, error: OSError) -> None:
            cause = error.strerror or type(error).__name__
            problems.append((name, f"the folder cannot be read ({cause}); allow reading it"))

        found = find_image_files(root, recursive, unreadable)
        if not found:
            raise NoImagesError(_nothing_found(root, recursive, problems))
        return cls._checked(root, found, labels, problems, max_pixels)

    @classmethod
    def from_paths(
        cls,
        paths: Iterable[str | os.PathLike[str]],
        root: str | os.PathLike[str] | None = None,
        labels: Labels = None,
        max_pixels: int | None = DEFAULT_MAX_PIXELS,
    ) -> ImageSet:
        """Check a list of image files, kept in the order given.

        Parameters
        ----------
        paths : iterable of paths
            A file listed twice is taken once; the second goes to `problems`.
        root : path or None
            What the ids are relative to. None: the deepest folder that holds all the files.
        labels, max_pixels
            As in `from_folder`.

        Raises
        ------
        NoImagesError
            If the list is empty or none of its files can be read.
        ValueError
            If a file does not lie under `root`.
        """
        absolute = [Path(os.path.abspath(as_path(path))) for path in paths]
        if not absolute:
            raise NoImagesError("the list of image paths is empty; give at least one file")
        base = (
            Path(os.path.commonpath([path.parent for path in absolute]))
            if root is None
            else Path(os.path.abspath(as_path(root)))
        )
        ids: dict[str, None] = {}
        problems: list[tuple[str, str]] = []
        for path in absolute:
            if not path.is_relative_to(base):
                raise ValueError(f"{path} does not lie under root {base}; leave root out")
            name = path.relative_to(base).as_posix()
            if name in ids:
                problems.append((name, "listed twice; the second mention is left out"))
            ids[name] = None
        return cls._checked(base, list(ids), labels, problems, max_pixels)

    @classmethod
    def _checked(
        cls,
        root: Path,
        found: list[str],
        labels: Labels,
        problems: list[tuple[str, str]],
        max_pixels: int | None,
    ) -> ImageSet:
        def check(name: str) -> FileFacts | ImageReadError:
            try:
                _require_utf8(root, name)
                return check_file(root / name, max_pixels)
            except ImageReadError as error:
                return error

        ids: list[str] = []
        facts: list[FileFacts] = []
        with ThreadPoolExecutor(default_workers(), thread_name_prefix="crystalviz") as pool:
            for name, result in zip(found, pool.map(check, found), strict=True):
                if isinstance(result, ImageReadError):
                    problems.append((_printable(name), result.reason))
                else:
                    ids.append(name)
                    facts.append(result)
        if not ids:
            name, reason = problems[-1]
            raise NoImagesError(
                f"{root}: none of its {len(found)} image files can be read. {name}: {reason}"
            )
        set_aside = [name for name, _ in problems]
        resolved, label_problems = resolve_labels(labels, ids, set_aside, root)
        return cls(root, ids, resolved, facts, problems + label_problems, max_pixels)

    @property
    def name(self) -> str:
        """Name of the root folder."""
        return self.root.resolve().name

    @cached_property
    def paths(self) -> list[Path]:
        """Full path of each image."""
        return [self.root / name for name in self.ids]

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        classes = sorted({label for label in self.labels if label is not None}, key=natural_key)
        labeled = f", labels {', '.join(classes[:6])}" if classes else ", no labels"
        aside = f", {len(self.problems)} problems" if self.problems else ""
        return f"<ImageSet {self.name}: {len(self)} images{labeled}{aside}>"

    def pixels(self, index: int) -> Pixels:
        """Decode image `index` to (H, W) uint8, by the rules of `load_pixels`.

        Raises
        ------
        ImageReadError
            If the file cannot be decoded.
        """
        return load_pixels(self.root / self.ids[index], self._max_pixels)

    def timestamp(self, index: int) -> str:
        """Return when the image was taken, as ``YYYY-MM-DD HH:MM:SS`` local time.

        EXIF DateTimeOriginal, DateTimeDigitized or DateTime; without them the time that the file
        was last written.
        """
        return self._facts[index].taken or file_time(self.root / self.ids[index])

    def content_hash(self, index: int) -> str:
        """Return the BLAKE2b-128 of the file's bytes as 32 hexadecimal digits.

        Raises
        ------
        OSError
            If the file cannot be read any more.
        """
        digest = hashlib.blake2b(digest_size=16)
        with open(self.root / self.ids[index], "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def stream(
        self, indices: Iterable[int] | None = None, workers: int | None = None
    ) -> Iterator[tuple[int, Pixels]]:
        """Yield ``(index, pixels)``, decoded in threads ahead of the consumer, in order.

        A file that cannot be decoded goes to `problems` and is left out; nothing is raised for it.
        Memory is bounded: two pictures per worker, and no more than 64 million pixels waiting.

        Parameters
        ----------
        indices : iterable of int or None
            Which images, in which order; None for all.
        workers : int or None
            Threads; None for one per usable core, at most 8.
        """
        return self.map(lambda pixels: pixels, indices, workers)

    def map(
        self,
        function: Callable[[Pixels], Result],
        indices: Iterable[int] | None = None,
        workers: int | None = None,
    ) -> Iterator[tuple[int, Result]]:
        """Yield ``(index, function(pixels))`` in order; `function` runs in the decoding threads.

        For work that leaves little of a picture. Files that cannot be decoded, memory and
        parameters are as in `stream`.
        """

        def decode(index: int) -> tuple[Result] | ImageReadError:
            try:
                pixels = self.pixels(index)
            except ImageReadError as error:
                return error
            return (function(pixels),)

        def weight(index: int) -> int:
            return self._facts[index].width * self._facts[index].height

        chosen = range(len(self)) if indices is None else (int(index) for index in indices)
        for index, result in map_ahead(decode, chosen, workers, weight, _LOOK_AHEAD_PIXELS):
            if isinstance(result, ImageReadError):
                self._set_aside(self.ids[index], result.reason)
            else:
                yield index, result[0]

    def subset(self, indices: Sequence[int]) -> ImageSet:
        """Return a set with the images `indices`, in that order.

        The subset and this set share one list of `problems`: what decoding finds shows in both.
        """
        chosen = [int(index) for index in indices]
        return ImageSet(
            self.root,
            [self.ids[index] for index in chosen],
            [self.labels[index] for index in chosen],
            [self._facts[index] for index in chosen],
            self.problems,
            self._max_pixels,
        )

    def _set_aside(self, name: str, reason: str) -> None:
        if (name, reason) not in self.problems:
            self.problems.append((name, reason))


def _require_folder(root: Path) -> None:
    if root.is_dir():
        return
    if root.exists():
        raise NotADirectoryError(
            f"{root} is a file, not a folder; give the folder that holds the images "
            "(unpack an archive first), or use ImageSet.from_paths for single files"
        )
    parent = next((folder for folder in root.absolute().parents if folder.is_dir()), None)
    hint = f"; {parent} has {describe_content(parent)}" if parent else ""
    raise FileNotFoundError(f"there is no folder {root}{hint}; check the path")


def _nothing_found(root: Path, recursive: bool, problems: list[tuple[str, str]]) -> str:
    if problems:
        name, reason = problems[0]
        return f"no image in {root}. {name}: {reason}"
    cure = "give a folder with PNG, JPEG, TIFF, BMP or WebP files"
    if not recursive:
        cure += ", or recursive=True to look into its subfolders"
    return f"no image in {root}: found {describe_content(root)}; {cure}"


def _require_utf8(root: Path, name: str) -> None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise ImageReadError(
            _printable(str(root / name)), "the file name is not valid UTF-8; rename the file"
        ) from None


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
