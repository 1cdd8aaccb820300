"""All images side by side in one plane, so that one tree and one matrix serve them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree


@dataclass
class Reads:
    """What was shown to whom: one row a classification of an image or tile.

    Attributes
    ----------
    image, volunteer : (m,) int
        Numbers of the image and of the volunteer.
    x0, y0, width, height : (m,) float
        The rectangle that was shown, in pixels of the whole image.
    """

    image: np.ndarray
    volunteer: np.ndarray
    x0: np.ndarray
    y0: np.ndarray
    width: np.ndarray
    height: np.ndarray

    def __len__(self) -> int:
        return len(self.image)


class Canvas:
    """Marks and reads of all images on one plane.

    Parameters
    ----------
    x, y : (n,) float
        Marks, in pixels of their image.
    read : (n,) int
        The read that each mark was made in.
    reads : Reads
        Those m reads.

    Attributes
    ----------
    points : (n, 2) float
        The marks on the plane.
    tree : cKDTree
        Of the points.
    read, volunteer : (n,) int
        Of each mark.
    frame_of_read : (m,) int
        Reads of the same rectangle share a frame.
    reads_of_frame : (f,) int
        How many reads a frame has.
    area : (v,) float
        Square pixels that each volunteer looked at.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, read: np.ndarray, reads: Reads) -> None:
        self.reads = reads
        self.read = read
        self.volunteer = reads.volunteer[read]
        self.n_volunteers = int(reads.volunteer.max()) + 1 if len(reads) else 0
        left = min(reads.x0.min(initial=0.0), x.min(initial=0.0))
        right = max((reads.x0 + reads.width).max(initial=0.0), x.max(initial=0.0))
        # Images lie further apart than any mark can be from its instance.
        self._left, self._pitch = left, 2.0 * (right - left) + 100.0
        self.points = np.column_stack([x + reads.image[read] * self._pitch, y])
        self.tree = cKDTree(self.points)
        corners = np.column_stack([reads.image, reads.x0, reads.y0, reads.width, reads.height])
        self._frames, frame_of_read, self.reads_of_frame = np.unique(
            corners, axis=0, return_inverse=True, return_counts=True
        )
        self.frame_of_read = frame_of_read.ravel()
        self.area = np.bincount(reads.volunteer, reads.width * reads.height, self.n_volunteers)

    def __len__(self) -> int:
        return len(self.points)

    def image_of(self, centres: np.ndarray) -> np.ndarray:
        """Return the image (k,) of points on the plane."""
        return np.floor((centres[:, 0] - self._left + 50.0) / self._pitch).astype(np.int64)

    def in_image(self, centres: np.ndarray) -> np.ndarray:
        """Return points on the plane as (k, 2) pixels of their image."""
        return centres - np.column_stack(
            [self.image_of(centres) * self._pitch, np.zeros(len(centres))]
        )

    def cover(self, centres: np.ndarray) -> csr_matrix:
        """Return which frames show which points: (k, f), 1 where the rectangle holds the point."""
        return self.cover_in(self.image_of(centres), self.in_image(centres))

    def cover_in(self, image: np.ndarray, places: np.ndarray) -> csr_matrix:
        """Return the same for points that are given by image (k,) and pixels of it (k, 2)."""
        first = np.searchsorted(self._frames[:, 0], np.arange(image.max(initial=0) + 2))
        rows, columns = [], []
        for one in np.unique(image):
            these = np.flatnonzero(image == one)
            frames = np.arange(first[one], first[one + 1])
            low = self._frames[frames, 1:3]
            high = low + self._frames[frames, 3:5]
            inside = np.ones((len(these), len(frames)), dtype=bool)
            for axis in (0, 1):
                place = places[these, axis, None]
                inside &= (place >= low[:, axis]) & (place <= high[:, axis])
            row, column = np.nonzero(inside)
            rows.append(these[row])
            columns.append(frames[column])
        all_rows = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
        all_columns = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
        return csr_matrix(
            (np.ones(len(all_rows)), (all_rows, all_columns)),
            shape=(len(places), len(self._frames)),
        )

    def reads_per_place(self) -> float:
        """Return how many reads a place that was shown has, on average."""
        images = self._frames[:, 0]
        shown = 0.0
        for one in np.unique(images):
            boxes = self._frames[images == one, 1:5]
            shown += _covered(boxes)
        return float(self.area.sum() / max(shown, 1.0))


def _covered(boxes: np.ndarray) -> float:
    """Return the area of the union of boxes (b, 4): x0, y0, width, height."""
    xs = np.unique(np.concatenate([boxes[:, 0], boxes[:, 0] + boxes[:, 2]]))
    ys = np.unique(np.concatenate([boxes[:, 1], boxes[:, 1] + boxes[:, 3]]))
    # A summed-area trick: +1 and -1 in the corners, then the running sum is the coverage.
    counts = np.zeros((len(xs), len(ys)))
    left, top = np.searchsorted(xs, boxes[:, 0]), np.searchsorted(ys, boxes[:, 1])
    right = np.searchsorted(xs, boxes[:, 0] + boxes[:, 2])
    bottom = np.searchsorted(ys, boxes[:, 1] + boxes[:, 3])
    for x, y, sign in ((left, top, 1), (right, top, -1), (left, bottom, -1), (right, bottom, 1)):
        np.add.at(counts, (x, y), sign)
    shown = counts.cumsum(0).cumsum(1)[:-1, :-1] > 0
    return float((shown * np.diff(xs)[:, None] * np.diff(ys)).sum())
