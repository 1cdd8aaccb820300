"""Overlays of 512 x 512 pictures: composed, and written as files.

The seed's way resizes with Pillow, takes the threshold with `numpy.quantile` and blends floats.
cv2 does all of it in C: resize, a histogram of 256 bins, a table, a masked copy. Its share of
coloured pixels is that of the bin, crystalviz' is exact.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from limits import copy_row
from PIL import Image
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.cam import COLORS, overlay_cam, overlay_cams
from crystalviz.cam.png import png_bytes
from crystalviz.datasets import synthetic_crystals

SIZE = 512
TOP = 0.16
PINK, PURPLE = (np.array(COLORS[name], float) for name in ("pink", "purple"))


def pictures(count: int) -> tuple[list[np.ndarray], np.ndarray]:
    grays = synthetic_crystals(count, seed=3, size=(SIZE, SIZE)).images
    rng = np.random.default_rng(0)
    return grays, rng.random((count, 10, 10)).astype(np.float32) ** 2


def by_floats(gray: np.ndarray, cam: np.ndarray) -> np.ndarray:
    """Compose as the seed did."""
    big = np.asarray(Image.fromarray(cam).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    weak, strong = np.quantile(big, [1 - TOP, 1 - TOP / 2])
    picture = np.repeat(gray[:, :, None], 3, axis=2).astype(float)
    for mask, color in (((big >= weak) & (big < strong), PURPLE), (big >= strong, PINK)):
        picture[mask] = 0.5 * picture[mask] + 0.5 * color
    return np.rint(picture).astype(np.uint8)


def by_cv2() -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    import cv2

    ramp = np.arange(256.0)[None, :, None]
    tables = [np.rint(0.5 * ramp + 0.5 * color).astype(np.uint8) for color in (PURPLE, PINK)]

    def compose(gray: np.ndarray, cam: np.ndarray) -> np.ndarray:
        level = (cam * (255 / cam.max())).astype(np.uint8)
        big = cv2.resize(level, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        above = np.cumsum(cv2.calcHist([big], [0], None, [256], [0, 256]).ravel()[::-1])
        picture = cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)
        plain = picture.copy()
        for share, table in ((TOP, tables[0]), (TOP / 2, tables[1])):
            threshold = 255 - int(np.searchsorted(above, share * big.size))
            mask = cv2.compare(big, threshold, cv2.CMP_GE)
            cv2.copyTo(cv2.LUT(plain, table), mask, picture)
        return picture

    return compose


def one_by_one(compose: Callable[..., Any], grays: list[np.ndarray], cams: np.ndarray) -> Any:
    def call() -> None:
        for gray, cam in zip(grays, cams, strict=True):
            compose(gray, cam)

    return call


def as_set(grays: list[np.ndarray], cams: np.ndarray, **style: Any) -> Callable[[], None]:
    def call() -> None:
        for _ in overlay_cams(grays, cams, **style):
            pass

    return call


def by_pillow(picture: np.ndarray, **settings: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", **settings)
    return file.getvalue()


def cv2_png() -> Callable[[np.ndarray], bytes]:
    import cv2

    return lambda picture: cv2.imencode(".png", picture)[1].tobytes()


def share_error(grays: list[np.ndarray], cams: np.ndarray) -> float:
    """Return the largest difference between coloured pixels and the share asked for."""
    wanted = round(TOP * SIZE * SIZE)
    counts = [
        int((picture != picture[:, :, :1]).any(axis=2).sum())
        for picture in overlay_cams(grays, cams, TOP)
    ]
    return float(max(abs(count - wanted) for count in counts))


def comparisons(quick: bool) -> Iterator[Comparison]:
    count = 20 if quick else 60
    grays, cams = pictures(count)
    few = (grays[:10], cams[:10])
    yield Comparison(
        "Overlay composed, 512 x 512",
        [
            Row(
                "seed: Pillow, quantile, float blend",
                lambda: one_by_one(by_floats, *few),
                role="seed",
                work=10,
            ),
            Row(
                "cv2, one thread's calls",
                lambda: one_by_one(by_cv2(), grays, cams),
                role="peer",
                work=count,
            ),
            Row("overlay_cam", lambda: one_by_one(overlay_cam, grays, cams), work=count),
            Row(
                "overlay_cams",
                lambda: as_set(grays, cams),
                work=count,
                targets=[Target.rate(1500)],
            ),
            Row(
                "overlay_cams, magma, every pixel",
                lambda: as_set(grays, cams, top=None, colormap="magma", scale="set"),
                work=count,
            ),
            Row("overlay_cams, contours", lambda: as_set(grays, cams, contour=2), work=count),
            copy_row(bytes_per_unit=3 * SIZE * SIZE, work=count),
        ],
        unit="images",
        checks=[Check("pixels off the exact share", lambda: share_error(*few), at_most=0)],
    )
    overlays = list(overlay_cams(*few))

    def written(encode: Callable[[np.ndarray], bytes]) -> Callable[[], Any]:
        return lambda: [encode(picture) for picture in overlays]

    def size_of(encode: Callable[[np.ndarray], bytes]) -> float:
        return sum(len(encode(picture)) for picture in overlays) / len(overlays) / 1000

    yield Comparison(
        "Overlay to PNG, 512 x 512",
        [
            Row("seed: Pillow's default", lambda: written(by_pillow), role="seed", work=10),
            Row(
                "Pillow, compress_level=1",
                lambda: written(lambda picture: by_pillow(picture, compress_level=1)),
                role="peer",
                work=10,
            ),
            Row("cv2.imencode", lambda: written(cv2_png()), role="peer", work=10),
            Row(
                "png_bytes",
                lambda: written(png_bytes),
                work=10,
                targets=[Target.times(1, than="cv2.imencode")],
            ),
        ],
        unit="images",
        checks=[
            Check("kB a file: Pillow's default", lambda: size_of(by_pillow)),
            Check(
                "kB a file: Pillow, compress_level=1",
                lambda: size_of(lambda picture: by_pillow(picture, compress_level=1)),
            ),
            Check("kB a file: cv2", lambda: size_of(cv2_png())),
            Check("kB a file: png_bytes", lambda: size_of(png_bytes)),
        ],
    )


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
