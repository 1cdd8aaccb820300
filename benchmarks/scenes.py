"""Scenes of 13,664 files: exact and recompressed copies in all poses, beside hashes of files.

The files: as many as the published data set has, 130 to 230 pixels a side, all crops of a few
drawn frames, so that different pictures look alike and overlap. One half are pictures of their
own, the other half scenes of six poses with neighbouring numbers. Of the copies, one in ten is a
JPEG (quality 75 to 95) and one in twenty a JPEG at 0.7 to 1 times the size. Some crops are
all but empty; their recompressed copies cannot be told from other empty ones and are not found.
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from side_by_side import Check, Comparison, Row, Target, main

FILES, QUICK_FILES = 13_664, 1_600
# The perceptual hashes are timed and judged on as many files out of the middle, half of them with
# copies: on all of them they would take a quarter of an hour.
PEER_FILES = 1_600
COPIES = 6
FRAME = (700, 900)
CROPS_A_FRAME = 160
PHASH_THRESHOLDS = (0, 4, 8, 10)
Scenes = np.ndarray


def write_files(folder: Path, count: int) -> tuple[list[Path], Scenes]:
    """Write the files; return them in natural order of their names, and their true scenes."""
    from crystalviz.datasets.synthetic import LABELS, draw_micrograph
    from crystalviz.images import apply_pose

    def pictures() -> Iterator[np.ndarray]:
        number = 0
        while True:
            rng = np.random.default_rng([13, number])
            frame = draw_micrograph(LABELS[number % 2], rng, FRAME)
            for _ in range(CROPS_A_FRAME):
                height, width = rng.integers(130, 231, 2)
                top, left = rng.integers(0, np.subtract(FRAME, (height, width)) + 1)
                yield frame[top : top + height, left : left + width]
            number += 1

    rng = np.random.default_rng(14)
    source = pictures()
    paths: list[Path] = []
    truth: list[int] = []
    scene = 0
    alone = count // 2
    while len(paths) < count:
        picture = next(source)
        first = len(paths) < alone
        for place in range(1 if first else min(COPIES, count - len(paths))):
            pixels = apply_pose(picture, 0 if first else place)
            path = folder / ("cex" if first else "pg") / f"{len(paths) + 1:05}.png"
            path.parent.mkdir(exist_ok=True)
            image = Image.fromarray(np.ascontiguousarray(pixels))
            kind = rng.random()
            if place and kind < 0.15:
                path = path.with_suffix(".jpg")
                if kind < 0.05:
                    scale = rng.uniform(0.7, 1.0)
                    size = [max(1, round(side * scale)) for side in image.size]
                    image = image.resize(size, Image.Resampling.LANCZOS)
                image.save(path, quality=int(rng.integers(75, 96)))
            else:
                image.save(path, compress_level=6)
            paths.append(path)
            truth.append(scene)
        scene += 1
    return paths, np.array(truth)


def pairs_in(groups: Scenes) -> int:
    sizes = np.unique(groups, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def recall(found: Scenes, truth: Scenes) -> float:
    """Return the share of the true pairs that are found."""
    both = np.unique(np.stack([found, truth]), axis=1, return_inverse=True)[1].ravel()
    return pairs_in(both) / pairs_in(truth)


def false_pairs(found: Scenes, truth: Scenes) -> int:
    """Return how many of the pairs that are found are none."""
    both = np.unique(np.stack([found, truth]), axis=1, return_inverse=True)[1].ravel()
    return pairs_in(found) - pairs_in(both)


def by_file_hash(paths: list[Path]) -> Scenes:
    digests = [hashlib.md5(path.read_bytes(), usedforsecurity=False).digest() for path in paths]
    return np.unique(np.array(digests), return_inverse=True)[1].ravel()


def perceptual_hashes(paths: list[Path], poses: bool) -> np.ndarray:
    """Return 64-bit pHashes as -1 and 1, (n, 1 or 8, 64), by imagehash."""
    import imagehash

    turns = Image.Transpose
    eight = (
        *(turns.ROTATE_90, turns.ROTATE_180, turns.ROTATE_270, turns.FLIP_LEFT_RIGHT),
        *(turns.FLIP_TOP_BOTTOM, turns.TRANSPOSE, turns.TRANSVERSE),
    )
    hashes = []
    for path in paths:
        with Image.open(path) as opened:
            image = opened.convert("L")
        seen = [image, *(image.transpose(turn) for turn in eight)] if poses else [image]
        hashes.append([imagehash.phash(item).hash.ravel() for item in seen])
    return np.array(hashes, np.float32) * 2 - 1


def by_perceptual_hash(paths: list[Path], poses: bool, threshold: int) -> Scenes:
    """Join all pairs whose hashes differ in at most `threshold` bits, in the best pose."""
    return joined(perceptual_hashes(paths, poses), threshold)


def joined(hashes: np.ndarray, threshold: int) -> Scenes:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(hashes)
    rows, columns = [], []
    for start in range(0, n, 1024):
        block = hashes[start : start + 1024, 0]
        best = np.full((len(block), n), -64, np.float32)
        for pose in range(hashes.shape[1]):
            np.maximum(best, block @ hashes[:, pose].T, out=best)
        near = np.nonzero((64 - best) / 2 <= threshold)
        rows.append(near[0] + start)
        columns.append(near[1])
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(row), np.int8), (row, column)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def peer_checks(paths: list[Path], truth: Scenes) -> list[Check]:
    """Return what perceptual hashes find, in one pose and in the best of eight, and what not."""
    try:
        import imagehash  # noqa: F401
    except ImportError:
        return []
    hashes = functools.cache(lambda: perceptual_hashes(paths, True))
    one_pose = functools.cache(lambda: joined(hashes()[:, :1], 10))
    best_pose = functools.cache(lambda bits: joined(hashes(), bits))
    checks = [
        Check("pairs found by pHash <= 10", lambda: recall(one_pose(), truth)),
        Check("false pairs by pHash <= 10", lambda: false_pairs(one_pose(), truth)),
    ]
    for bits in PHASH_THRESHOLDS:
        name = f"pHash in 8 poses <= {bits}"
        checks += [
            Check(f"pairs found by {name}", lambda bits=bits: recall(best_pose(bits), truth)),
            Check(f"false pairs by {name}", lambda bits=bits: false_pairs(best_pose(bits), truth)),
        ]
    return checks


def comparisons(quick: bool) -> Iterator[Comparison]:
    from crystalviz.images import ImageSet, find_orbits, find_scenes

    count = QUICK_FILES if quick else FILES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths, truth = write_files(folder, count)

        middle = slice(max(0, count // 2 - PEER_FILES // 2), count // 2 + PEER_FILES // 2)
        some, some_truth = paths[middle], truth[middle]

        def ours() -> Callable[[], Scenes]:
            return lambda: find_scenes(ImageSet.from_folder(folder))

        def decode() -> Callable[[], None]:
            def call() -> None:
                for _ in ImageSet.from_folder(folder).stream():
                    pass

            return call

        def hashed(poses: bool, threshold: int) -> Callable[[], Callable[[], Scenes]]:
            def prepare() -> Callable[[], Scenes]:
                import imagehash  # noqa: F401

                return lambda: by_perceptual_hash(some, poses, threshold)

            return prepare

        @functools.cache
        def orbits():
            return find_orbits(ImageSet.from_folder(folder))

        lossy = np.array([path.suffix == ".jpg" for path in paths])
        checks = [
            Check("pairs found", lambda: recall(orbits().scenes, truth), at_least=0.995),
            Check("false pairs", lambda: false_pairs(orbits().scenes, truth), at_most=0),
            Check(
                "recompressed files told from exact copies",
                lambda: float(np.mean((np.array(orbits().kinds) == "lossy") == lossy)),
                at_least=0.999,
            ),
            Check("pairs found by md5", lambda: recall(by_file_hash(paths), truth)),
        ]
        checks += peer_checks(some, some_truth)
        yield Comparison(
            f"Scenes of {count:,} files",
            [
                Row("md5 of the files", lambda: lambda: by_file_hash(paths), "peer", count),
                Row("pHash <= 10 (imagehash)", hashed(False, 10), "peer", len(some)),
                Row("pHash in 8 poses <= 8 (imagehash)", hashed(True, 8), "peer", len(some)),
                Row("crystalviz", ours, work=count, targets=[Target.seconds(60)]),
                Row("decoding alone", decode, role="limit", work=count),
            ],
            unit="files",
            checks=checks,
            note=f"{len(np.unique(truth)):,} scenes, {int(lossy.sum()):,} recompressed files. "
            f"The perceptual hashes saw {len(some):,} files.",
        )


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
