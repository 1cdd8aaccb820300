"""Run the tests of a report on one way of making maps after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from crystalviz.cam.methods import CLASS_FREE
from crystalviz.cam.trust.border_artefact import border_artefact, border_artefact_index
from crystalviz.cam.trust.chosen import Chosen
from crystalviz.cam.trust.controls import control_maps
from crystalviz.cam.trust.insertion_deletion import PerturbationCurves, insertion_deletion
from crystalviz.cam.trust.map_source import MapSource
from crystalviz.cam.trust.pose_stability import (
    PoseStability,
    correlation_between_scenes,
    stability_of,
)
from crystalviz.cam.trust.randomization import Randomization, compare_maps, randomized_models
from crystalviz.cam.trust.road import RoadScores, road
from crystalviz.models import Model

TESTS = ("insertion_deletion", "road", "poses", "border", "randomization")
"""The tests of a report, in the order they run."""

RANDOM_DRAWS = 2
"""Random maps for each image: one would be a matter of luck."""


@dataclass
class Row:
    """What was measured of one method or control at one layer.

    Attributes
    ----------
    kind : {"method", "control"}
    name, layer : str
    maps : (n, h, w) float32
        Of a control drawn several times: the first draw.
    class_free : bool
        Whether the method needs no class.
    same_as : str or None
        A method of the same layer, measured before, that gave the same maps to within 1e-5.
    twins : list of str
        Methods measured later that gave the same maps.
    curves, road_scores, poses, randomization
        None where the test was not run.
    other_scenes, border : (n,) float64 or None
        `correlation_between_scenes`; `border_artefact_index`.
    """

    kind: str
    name: str
    layer: str
    maps: NDArray[np.float32]
    class_free: bool = False
    same_as: str | None = None
    twins: list[str] = field(default_factory=list)
    curves: PerturbationCurves | None = None
    road_scores: RoadScores | None = None
    poses: PoseStability | None = None
    other_scenes: NDArray[np.float64] | None = None
    border: NDArray[np.float64] | None = None
    randomization: Randomization | None = None

    @property
    def label(self) -> str:
        """Return the name with those of all twins."""
        return " = ".join([self.name, *self.twins])


@dataclass
class Plan:
    """What a report measures.

    Attributes
    ----------
    sources : list of MapSource
    controls : tuple of str
    tests : tuple of str
        Some of `TESTS`.
    seed : int
    progress : bool
    strict : bool
        Raise where a method does not fit the model or the layer; otherwise leave it out.
    left_out : list of str
        The methods that were left out and why, in sentences.
    """

    sources: list[MapSource]
    controls: tuple[str, ...]
    tests: tuple[str, ...]
    seed: int
    progress: bool
    strict: bool
    left_out: list[str] = field(init=False, default_factory=list)
    _bar: tqdm = field(init=False, repr=False)

    def run(self, chosen: Chosen, model: Model) -> list[Row]:
        """Return the rows: layer by layer the methods, then the controls."""
        layers = list(dict.fromkeys(source.layer for source in self.sources))
        with tqdm(total=self._steps(len(layers)), unit="step", disable=not self.progress) as bar:
            self._bar = bar
            rows: list[Row] = []
            for source, maps in self._maps(chosen, model):
                rows.append(self._method(source, maps, rows, chosen, model))
            if "randomization" in self.tests:
                self._randomize(rows, chosen, model)
            for layer in layers:
                shape = next((row.maps.shape[1:] for row in rows if row.layer == layer), None)
                if shape is not None:
                    rows += [
                        self._control(kind, layer, shape, chosen, model) for kind in self.controls
                    ]
        order = {layer: place for place, layer in enumerate(layers)}
        return sorted(rows, key=lambda row: order[row.layer])

    def _steps(self, layers: int) -> int:
        perturbing = sum(test in self.tests for test in ("insertion_deletion", "road"))
        other = sum(test in self.tests for test in ("poses", "border", "randomization"))
        draws = sum(RANDOM_DRAWS if kind == "random" else 1 for kind in self.controls)
        return len(self.sources) * (1 + perturbing + other) + layers * draws * perturbing

    def _maps(
        self, chosen: Chosen, model: Model
    ) -> Iterator[tuple[MapSource, NDArray[np.float32]]]:
        """Yield the sources that fit the model with their maps; drop the others."""
        for source in list(self.sources):
            self._say(f"{source.name}: maps")
            try:
                maps = source(chosen.pixels, model, chosen.classes)
            except ValueError as error:
                if self.strict:
                    raise
                self.sources.remove(source)
                self.left_out.append(f"{source.name} at {source.layer} was left out: {error}.")
                continue
            finally:
                self._bar.update()
            yield source, maps

    def _method(
        self,
        source: MapSource,
        maps: NDArray[np.float32],
        before: list[Row],
        chosen: Chosen,
        model: Model,
    ) -> Row:
        row = Row("method", source.name, source.layer, maps, source.method in CLASS_FREE)
        twin = next((other for other in before if _equal(row, other)), None)
        if twin is None:
            self._perturb(row, [maps], chosen, model)
        else:
            # Equal maps answer alike, so the costly part is not done again.
            row.same_as, row.curves, row.road_scores = twin.name, twin.curves, twin.road_scores
            twin.twins.append(row.name)
            self._bar.update(sum(test in self.tests for test in ("insertion_deletion", "road")))
        if "poses" in self.tests:
            self._say(f"{source.name}: poses")
            row.poses = stability_of(chosen.pixels, model, chosen.classes, source)
            row.other_scenes = correlation_between_scenes(maps, chosen.scenes)
            self._bar.update()
        if "border" in self.tests:
            self._say(f"{source.name}: border")
            artefact = border_artefact(
                chosen.pixels, model, source.layer, source.method, chosen.classes
            )
            row.border = border_artefact_index(maps, artefact)
            self._bar.update()
        return row

    def _control(
        self, kind: str, layer: str, shape: tuple[int, ...], chosen: Chosen, model: Model
    ) -> Row:
        draws = RANDOM_DRAWS if kind == "random" else 1
        count = len(chosen.pixels)
        maps = control_maps(kind, draws * count, (shape[0], shape[1]), self.seed)
        drawn = list(maps.reshape(draws, count, *shape))
        row = Row("control", f"{kind} map", layer, drawn[0])
        self._perturb(row, drawn, chosen, model)
        return row

    def _perturb(
        self, row: Row, drawn: Sequence[NDArray[np.float32]], chosen: Chosen, model: Model
    ) -> None:
        if "insertion_deletion" in self.tests:
            curves = []
            for maps in drawn:
                self._say(f"{row.name}: insertion and deletion")
                curves.append(insertion_deletion(chosen.pixels, maps, model, chosen.classes))
                self._bar.update()
            row.curves = PerturbationCurves(
                curves[0].shares,
                np.mean([curve.deletion for curve in curves], axis=0),
                np.mean([curve.insertion for curve in curves], axis=0),
            )
        if "road" in self.tests:
            scores = []
            for maps in drawn:
                self._say(f"{row.name}: ROAD")
                scores.append(road(chosen.pixels, maps, model, chosen.classes, seed=self.seed))
                self._bar.update()
            row.road_scores = RoadScores(
                scores[0].shares,
                np.mean([score.most_first for score in scores], axis=0),
                np.mean([score.least_first for score in scores], axis=0),
            )

    def _randomize(self, rows: list[Row], chosen: Chosen, model: Model) -> None:
        """Make each randomized model once and all the maps from it."""
        names: list[str] = []
        found: list[list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = [[] for _ in rows]
        for name, changed in randomized_models(model, seed=self.seed):
            names.append(name)
            for place, (row, source) in enumerate(zip(rows, self.sources, strict=True)):
                self._say(f"{source.name}: random from {name} up")
                maps = source(chosen.pixels, changed, chosen.classes)
                found[place].append(compare_maps(row.maps, maps))
        for row, alike in zip(rows, found, strict=True):
            row.randomization = Randomization(
                tuple(names),
                np.stack([structure for structure, _ in alike]),
                np.stack([order for _, order in alike]),
            )
            self._bar.update()

    def _say(self, text: str) -> None:
        self._bar.set_description(text)


def _equal(row: Row, other: Row) -> bool:
    return (
        other.same_as is None
        and other.class_free == row.class_free
        and other.layer == row.layer
        and bool(np.allclose(other.maps, row.maps, rtol=0, atol=1e-5))
    )
