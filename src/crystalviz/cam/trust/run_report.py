"""Measure how far CAM methods can be trusted on given images."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence

from numpy.typing import ArrayLike

from crystalviz.cam.methods import CAM_METHODS
from crystalviz.cam.trust.chosen import choose_images
from crystalviz.cam.trust.controls import CONTROLS
from crystalviz.cam.trust.map_source import MapSource
from crystalviz.cam.trust.measure import TESTS, Plan
from crystalviz.cam.trust.report import CamReport
from crystalviz.images import Images
from crystalviz.models import Model, load_model

# Left out unless named: a forward pass for each channel of the layer, at each of the many
# times that a report needs a map.
SLOW = frozenset({"scorecam", "ablationcam"})

MAX_IMAGES = 24
"""How many images a report measures at most, unless told otherwise."""


def cam_report(
    images: Images,
    model: Model | str = "crystalnet",
    methods: str | Sequence[str] | None = None,
    layers: str | Sequence[str] | None = None,
    *,
    target: str | None = None,
    controls: Sequence[str] = CONTROLS,
    tests: Sequence[str] = TESTS,
    subtract_artefact: bool = False,
    scenes: ArrayLike | None = None,
    max_images: int = MAX_IMAGES,
    confidence: float = 0.95,
    seed: int = 0,
    progress: bool = True,
) -> CamReport:
    """Put CAM methods to the test: one table row for each method and layer.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model or str
        With a class head.
    methods : str or sequence of str, optional
        Names in `CAM_METHODS`, or "all". By default all but the slow ones, which run the model once
        for each channel.
    layers : str or sequence of str, optional
        By default the model's own `cam_layer`.
    target : str, optional
        The class to explain; by default the one predicted for each image.
    controls : sequence of str
        Maps that know nothing of the picture, measured beside the methods: "random", "uniform",
        "centre". The gains in the table need "random".
    tests : sequence of str
        Some of "insertion_deletion", "road", "poses", "border", "randomization".
    subtract_artefact : bool
        Measure each method a second time with the map of an empty picture taken off its maps.
    scenes : (n,) int array, optional
        Poses of one picture share a number; by default they are found.
    max_images : int
        Of more images, so many are drawn at random; the report says so.
    confidence : float
        Of the intervals, which resample scenes.
    seed : int
        Of all that is random; the same seed gives the same report.
    progress : bool
        Show a bar.

    Returns
    -------
    CamReport
        With `.table`, `.per_image`, `.verdicts`, `.figure()` and `.to_html(path)`.

    Raises
    ------
    ValueError
        If a name is unknown or no image can be decoded.
    NoClassHeadError
        If the model tells no classes apart.
    LayerNotFoundError
        With near names.
    """
    loaded = load_model(model) if isinstance(model, str) else model
    loaded.require_head("a report on maps")
    names = method_names(methods)
    places = [layers] if isinstance(layers, str) else list(layers or [loaded.cam_layer])
    _check("control", controls, CONTROLS)
    _check("test", tests, TESTS)
    chosen = choose_images(images, loaded, target, scenes, max_images, seed)
    kinds = (False, True) if subtract_artefact else (False,)
    sources = [
        MapSource(name, layer, subtract) for layer in places for name in names for subtract in kinds
    ]
    named = methods is not None and methods != "all"
    plan = Plan(sources, tuple(controls), tuple(tests), seed, progress, strict=named)
    rows = plan.run(chosen, loaded)
    chosen = dataclasses.replace(chosen, notes=(*chosen.notes, *plan.left_out))
    return CamReport(loaded.name, loaded.class_names, chosen, rows, confidence, seed)


def method_names(methods: str | Sequence[str] | None = None) -> list[str]:
    """Return the methods that the argument `methods` of `cam_report` stands for."""
    if methods is None:
        return [name for name in CAM_METHODS if name not in SLOW]
    if methods == "all":
        return list(CAM_METHODS)
    names = [methods] if isinstance(methods, str) else list(methods)
    _check("CAM method", names, CAM_METHODS)
    return names


def _check(kind: str, given: Sequence[str], known: Sequence[str]) -> None:
    if not given and kind != "control":
        raise ValueError(f"name at least one {kind}; there are {', '.join(known)}")
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f", did you mean {near[0]!r}?" if near else ";"
            raise ValueError(f"no {kind} {name!r}{hint} there are: {', '.join(known)}")
