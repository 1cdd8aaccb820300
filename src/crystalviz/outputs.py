"""The files of an OUT folder: table, vectors, overlays, offline explorer, probe with report, store.

An overlay is named as its image, `OUT/overlays/<image_id>`, whatever the suffix; inside it is
always a PNG. It carries a tag that says what it was made from, so that a second run draws only
what has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

import crystalviz
from crystalviz.cam import overlay_cam
from crystalviz.cam.png import png_bytes
from crystalviz.images import ImageReadError, ImageSet
from crystalviz.images.ahead import map_ahead

if TYPE_CHECKING:
    from crystalviz.analysis import Analysis

TABLE_FILE = "analysis.csv"
VECTORS_FILE = "vectors.npy"
OVERLAY_FOLDER = "overlays"
EXPLORER_FILE = "explorer.html"
STORE_FOLDER = "store"
PROBE_FOLDER = "probe"

_TAG = "crystalviz"
# Count it up when overlays come out differently from the same input.
_OVERLAY_RECIPE = 1


def write_table(analysis: Analysis, out: Path) -> Path:
    """Write the table as `OUT/analysis.csv` (UTF-8, floats in full precision)."""
    path = out / TABLE_FILE
    with _replacing(path) as file:
        file.write(analysis.table.to_csv(index=False, lineterminator="\n").encode())
    return path


def write_vectors(analysis: Analysis, out: Path) -> Path:
    """Write the vectors as `OUT/vectors.npy`: (n, d) float32, rows as in the table."""
    path = out / VECTORS_FILE
    with _replacing(path) as file:
        np.save(file, analysis.vectors, allow_pickle=False)
    return path


def write_overlays(
    analysis: Analysis,
    images: ImageSet,
    out: Path,
    top: float = 0.16,
    opacity: float = 0.5,
    progress: bool = True,
) -> tuple[int, list[tuple[str, str]]]:
    """Write every image at its own size with the map of its predicted class over it.

    Parameters
    ----------
    analysis : Analysis
    images : ImageSet
        The images that were analyzed.
    out : Path
    top : float
        Share of the pixels that are coloured, 0 to 1.
    opacity : float
        Of the colour, 0 to 1.
    progress : bool

    Returns
    -------
    drawn : int
        Overlays that were drawn now; the others were up to date.
    failed : list of (str, str)
        Image and reason.
    """
    folder = out / OVERLAY_FOLDER
    rows_of_images = {name: row for row, name in enumerate(images.ids)}
    contents = analysis.pictures.contents
    ids = analysis.table["image_id"].tolist()
    paths = [_overlay_path(folder, name) for name in ids]

    def draw(row: int) -> bool | str:
        facts = (_OVERLAY_RECIPE, contents[row], analysis.model_fingerprint, top, opacity)
        tag = hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()
        if _tag_of(paths[row]) == tag:
            return False
        try:
            pixels = images.pixels(rows_of_images[ids[row]])
        except ImageReadError as error:
            return error.reason
        colored = overlay_cam(pixels, analysis.cams[row], top, opacity)
        paths[row].parent.mkdir(parents=True, exist_ok=True)
        with _replacing(paths[row]) as file:
            file.write(png_bytes(colored, {_TAG: tag}))
        return True

    drawn, failed = 0, []
    with tqdm(
        total=len(ids), desc="Overlays", unit="image", disable=not progress, dynamic_ncols=True
    ) as bar:
        for row, result in map_ahead(draw, range(len(ids))):
            if isinstance(result, str):
                failed.append((ids[row], result))
            else:
                drawn += result
            bar.update()
    _remove_others(folder, set(paths))
    return drawn, failed


def write_probe(analysis: Analysis, images: ImageSet, out: Path) -> Path:
    """Write the probe of an analysis with its report as `OUT/probe/`; see `index.html` there.

    The report judges every labelled image by the head that saw nothing of its scene. It is left
    as it is when it is of this very probe.

    Parameters
    ----------
    analysis : Analysis
        Made with `head="probe"`.
    images : ImageSet
        The images that were analyzed.
    out : Path

    Raises
    ------
    ValueError
        If the analysis has no probe.
    """
    from crystalviz.models.training import write_report

    probe = analysis.probe
    if probe is None:
        raise ValueError('the analysis has no probe; make it with analyze(..., head="probe")')
    folder = out / PROBE_FOLDER
    facts = {
        "kind": "linear probe (logistic regression) on frozen features",
        "model": f"{analysis.model_name}, layer {analysis.cam_layer}",
        "features": probe.dimension,
        "C": probe.strengths[0],
        "folds": int(probe.folds.max()),
        "probe": probe.digest,
        "predictions": analysis.model_fingerprint,
        "crystalviz": crystalviz.__version__,
    }
    if _facts_of_report(folder) == facts:
        return folder
    codes = {name.casefold(): code for code, name in enumerate(probe.class_names)}
    labels = analysis.table["class_label"].tolist()
    rows_of_images = {name: row for row, name in enumerate(images.ids)}
    ids = analysis.table["image_id"].tolist()
    write_report(
        folder,
        title=f"Probe {' / '.join(probe.class_names)}",
        ids=ids,
        class_names=probe.class_names,
        targets=np.array([-1 if name is None else codes[name.casefold()] for name in labels]),
        probability=analysis.class_probability,
        scenes=analysis.table["scene"].to_numpy(),
        folds=np.array([probe.head_of(key) or -1 for key in analysis.pictures.contents]),
        pixels_of=lambda row: images.pixels(rows_of_images[ids[row]]),
        maps=analysis.cams,
        facts=facts,
        notes=[
            "The classes are those that the labels name. One weight for each feature and class "
            "was fitted to the features of the network, which was not trained.",
            "Every image is judged by a head that was fitted without the images of its scene. "
            "Images without a label are judged by the head that was fitted to all labelled ones.",
            "The maps are exact: their mean is the logit of the class.",
        ],
        left_out=images.problems,
    )
    probe.save(folder)
    return folder


def _facts_of_report(folder: Path) -> dict[str, Any] | None:
    from crystalviz.models.training.report import REPORT_FILE

    try:
        facts = json.loads((folder / REPORT_FILE).read_text("utf-8"))["facts"]
    except (OSError, ValueError, KeyError):
        return None
    return facts if isinstance(facts, dict) else None


def write_explorer(analysis: Analysis, out: Path) -> Path:
    """Write the explorer as one offline HTML file, `OUT/explorer.html`."""
    from crystalviz.explorer import Explorer

    path = out / EXPLORER_FILE
    Explorer(analysis).to_html(path)
    return path


def without_folder(images: ImageSet, out: Path) -> ImageSet:
    """Leave out what lies in OUT, when OUT lies in the image folder itself."""
    place = out.resolve()
    if not place.is_relative_to(images.root.resolve()):
        return images

    def outside(name: str) -> bool:
        return not (images.root / name).resolve().is_relative_to(place)

    images.problems[:] = [(name, why) for name, why in images.problems if outside(name)]
    kept = [row for row, name in enumerate(images.ids) if outside(name)]
    return images if len(kept) == len(images) else images.subset(kept)


def _overlay_path(folder: Path, image_id: str) -> Path:
    parts = PurePosixPath(image_id).parts
    if not parts or ".." in parts or PurePosixPath(image_id).is_absolute():
        raise ValueError(f"the image id {image_id!r} is not a path below a folder")
    return folder.joinpath(*parts)


def _tag_of(path: Path) -> str | None:
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return str(image.info.get(_TAG, "")) or None
    except (OSError, ValueError, SyntaxError):
        return None


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    """Remove overlays of images that are gone; only files that carry our tag."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            if path not in wanted and _tag_of(path):
                path.unlink(missing_ok=True)
        if Path(parent) != folder:
            # A folder that still holds something stays.
            with suppress(OSError):
                Path(parent).rmdir()


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file and swap at the end: no reader ever sees half a file."""
    draft = path.with_name(f".crystalviz-{uuid.uuid4().hex}.part")
    try:
        with open(draft, "xb") as file:
            yield file
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
