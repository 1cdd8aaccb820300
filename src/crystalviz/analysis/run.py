"""`analyze`: run what is new, put everything together, save it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crystalviz._wording import problems_text
from crystalviz.analysis.assembly import Seen, assemble
from crystalviz.analysis.result import Analysis
from crystalviz.analysis.standing import MirroredStore
from crystalviz.images import ImageSet
from crystalviz.records import (
    Database,
    PassesInterrupted,
    PictureCache,
    holds_analysis,
    run_passes,
)

if TYPE_CHECKING:
    from crystalviz.models import Model
    from crystalviz.models.probe import LinearProbe

STOPPED = "no class shown: the run was stopped before the probe had seen the images"
NOTHING_TO_LEARN = "no class shown: without labels a probe has nothing to learn from"


def analyze(
    source: str | os.PathLike[str] | ImageSet | Iterable[str | os.PathLike[str]],
    model: str | os.PathLike[str] | Model = "crystalnet",
    n_clusters: int = 4,
    store: str | os.PathLike[str] | None = None,
    progress: bool = True,
    k: int = 10,
    labels: Any = "parent",
    *,
    head: str | os.PathLike[str] | LinearProbe | None = None,
    poses: int = 1,
    engine: str = "auto",
    n_jobs: int | None = None,
    mirror: str | Mapping[str, Any] | None = None,
) -> Analysis:
    """Analyze a folder of images: features, class, CAM, entropy, scenes, groups, neighbours.

    Every image is decoded once and goes through the model once. What is done is kept after each
    batch, so that an interrupted run goes on where it stopped, and a second run computes only
    images that are new or changed (by the bytes of the files, and the model). A file that cannot
    be read is set aside with the reason.

    Parameters
    ----------
    source : path, ImageSet, or iterable of paths
        The folder with the images.
    model : str, path or Model
        What `load_model` takes, or a loaded model.
    n_clusters : int
        Groups for K-means (on the 2-D projection; seed 42, best of 10 starts).
    store : path or None
        Folder that keeps the analysis. None: a temporary one, gone when Python ends.
    progress : bool
        Show the rate, the time left and what was set aside.
    k : int
        Neighbours to keep of each image.
    labels : "parent", None, path or dict
        For a folder: as in `ImageSet.from_folder`.
    head : None, "probe", path or LinearProbe
        Which classes to predict. None: the model's own. "probe": the classes that the labels
        name, two or many, by a linear probe on the model's vectors, fitted in seconds and kept
        with the store. A path (of such a probe's folder) or a `LinearProbe`: that one.
    poses : 1 or 8
        8: the mean over the quarter-turns and mirror images of each picture, so that nothing
        depends on how it is turned; takes eight times as long.
    engine : {"auto", "keras", "onnx", "openvino"}
        What runs a model that is given by name or path; as in `load_model`.
    n_jobs : int, optional
        Processes that share the work; -1 for one for each core. Inside
        ``joblib.parallel_config`` (Dask, for example) the work goes to its workers.
    mirror : str or mapping, optional
        With `store`: a Weaviate server that is to follow it, `http://host:port`, or a mapping with
        `url` and what else `connect` takes for a server (grpc_port, api_key, ...). It need not be
        there: what it lacks is pushed when it answers, until `Analysis.close`.

    Returns
    -------
    Analysis

    Raises
    ------
    FileNotFoundError, NoImagesError
        If there is no such folder or no readable image in it.
    AnalysisFolderError
        If the store folder cannot be written or holds something else.
    ProbeError
        If all labels are of one class, or a given probe belongs to another model.
    KeyboardInterrupt
        When interrupted; says how many images are done. With a new `store`, `load_analysis`
        opens these; the next run goes on with the others.

    Notes
    -----
    With `head="probe"` the images pass the network twice: for the vectors, then for the maps. The
    class of a labelled image is then predicted by a head that has seen no image of its scene (the
    column `cross_validated` says so), that of an image without a label by the head fitted on all
    labelled ones. In a folder without labels there is nothing to learn from, and no class is
    predicted.

    Examples
    --------
    >>> analysis = cz.analyze("my_crystals/", store="my_store")  # doctest: +SKIP
    >>> analysis = cz.analyze("my_classes/", head="probe")  # doctest: +SKIP
    """
    from crystalviz.models import load_model
    from crystalviz.models.pose_average import PoseAverage

    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, not {n_clusters}")
    if k < 0:
        raise ValueError(f"k must not be negative, not {k}")
    if poses not in (1, 8):
        raise ValueError(f"poses must be 1 (as it is) or 8 (all turned and mirrored), not {poses}")
    if mirror is not None and store is None:
        raise ValueError("mirror= needs store=, the folder that the server is to follow")
    images = _as_images(source, labels)
    if isinstance(model, str | os.PathLike):
        model = load_model(model, engine=engine)
    elif engine != "auto":
        raise ValueError("engine= goes with a model's name or path; this model is loaded already")
    if poses == 8:
        model = cast("Model", PoseAverage(model))
    folder = _session_folder() if store is None else Path(store)
    given = _given_probe(head, model)
    database = Database(folder, create=True)
    no_class = "" if head is None else STOPPED

    def put_together(seen: Seen) -> Analysis:
        table, arrays, contents = assemble(images, seen, database, n_clusters, k)
        facts = {"title": images.name, "problems": list(images.problems), **seen.facts()}
        return Analysis(table, arrays, PictureCache(database, contents), facts, probe=seen.probe)

    with _following(folder, mirror) as mirrored:
        seen = Seen.by_model(model, [None] * len(images), no_class)
        try:
            result = run_passes(images, model, database, progress, n_jobs)
            computed = result.computed
            seen = Seen.by_model(model, result.contents, no_class)
            if head is not None:
                from crystalviz.analysis.probing import fit_or_reuse, run_probe, seen_by_probe

                if given is None and not any(images.labels):
                    seen = Seen.by_model(model, result.contents, NOTHING_TO_LEARN)
                else:
                    probe = given or fit_or_reuse(images, seen, database, folder, progress)
                    seen = seen_by_probe(images, seen, probe, database)
                    contents, mapped = run_probe(images, seen, database, progress, n_jobs)
                    seen, computed = seen.only(contents), max(computed, mapped)
        except PassesInterrupted as stop:
            seen = seen.only(stop.contents)
            # What is done can be explored already; a finished analysis is never put back for it.
            if store is not None and any(stop.contents) and not holds_analysis(database):
                put_together(seen).save(store)
            raise
        analysis = put_together(seen)
        analysis.computed = computed
        if progress and images.problems:
            print(problems_text(images.problems), file=sys.stderr)
        if store is not None:
            analysis.save(store)
        if mirrored is not None:
            analysis.follow(mirrored)
        return analysis


@contextmanager
def _following(
    folder: Path, mirror: str | Mapping[str, Any] | None
) -> Iterator[MirroredStore | None]:
    """Let a server follow the store from the start; an analysis that fails lets go of it."""
    mirrored = None if mirror is None else MirroredStore(folder, mirror)
    try:
        yield mirrored
    except BaseException:
        if mirrored is not None:
            mirrored.close()
        raise


def _given_probe(
    head: str | os.PathLike[str] | LinearProbe | None, model: Model
) -> LinearProbe | None:
    if head is None or head == "probe":
        return None
    from crystalviz.models.probe import LinearProbe

    probe = head if isinstance(head, LinearProbe) else LinearProbe.load(head)
    probe.check_model(model)
    return probe


def _as_images(source: Any, labels: Any) -> ImageSet:
    if isinstance(source, ImageSet):
        return source
    if isinstance(source, str | os.PathLike):
        return ImageSet.from_folder(source, labels=labels)
    if isinstance(source, Iterable):
        return ImageSet.from_paths(list(source), labels=None if labels == "parent" else labels)
    raise TypeError(
        f"analyze takes a folder, an ImageSet or paths of images, not {type(source).__name__}"
    )


@cache
def _session_directory() -> tempfile.TemporaryDirectory[str]:
    # Shared by all analyses without a store: after an interrupt the next call goes on.
    return tempfile.TemporaryDirectory(prefix="crystalviz-", ignore_cleanup_errors=True)


def _session_folder() -> Path:
    return Path(_session_directory().name)
