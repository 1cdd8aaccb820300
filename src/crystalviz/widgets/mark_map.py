"""Micrographs with marks and instances on them, and the settling of the doubtful ones.

Twin of ``widgets_js/src/mark_map/``.
"""

from __future__ import annotations

import difflib
import os
import warnings
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets as t

from crystalviz.consensus.gold import places_of
from crystalviz.consensus.review import review_order
from crystalviz.images import ImageReadError
from crystalviz.widgets.mark_link import CropLink
from crystalviz.widgets.mark_log import COLUMNS, check_log, decisions_of, log_of
from crystalviz.widgets.mark_packing import (
    Found,
    held_tiles,
    image_ids,
    pack_layout,
    pack_scene,
    tiles_of,
)
from crystalviz.widgets.micrographs import Micrographs, title_of
from crystalviz.widgets.packing import pack_array
from crystalviz.widgets.static import bundle
from crystalviz.widgets.view import View

STAGES = ("marks", "clusters", "particles", "compare")


class MarkMap(anywidget.AnyWidget):
    """The micrograph with its marks and instances; doubtful ones are gone through and settled.

    >>> found = cz.consensus.MarkConsensus().fit(marks, votes, reads)  # doctest: +SKIP
    >>> mark_map = cz.MarkMap(found, "micrographs/")  # doctest: +SKIP
    >>> mark_map.decisions  # what was settled in the page so far  # doctest: +SKIP
    >>> mark_map.apply().instances_  # doctest: +SKIP

    Parameters
    ----------
    found : MarkConsensus
        Fitted.
    images : ImageSet, folder, mapping or None
        The pictures: {image_id: file or array}, or files that are called as the images of the
        marks, whatever their extension. Without them marks lie on an empty ground.
    title : str, optional
        Of the map.
    image_id : str, optional
        The image to begin with; by default that of the most doubtful instance.
    height : int, optional
        CSS pixels.
    gold : DataFrame, optional
        Earlier `decisions` to go on with; by default those that `found` rests on.
    **traits
        Initial values of other traits: `stage`, `selected`, `settled`.

    Attributes
    ----------
    found : MarkConsensus
        What the map shows.
    selected : str or None
        instance_id: `<image>_<row of candidates_>`, as the instance's crop is called.
    stage : str
        "marks" (picks alone), "clusters" (picks in the colour of their instance), "particles"
        (instances by class) or "compare" (a divider between the first and the last).
    settled : list of dict
        The decisions in their order: `instance`, `exists`, and `label`, the number of a class or
        None. The last one about an instance counts.

    Raises
    ------
    ValueError
        When `found` is not fitted, or no image has a picture that can be read.
    """

    _esm = bundle("mark_map.js")

    _scene = t.Dict(help="marks and instances, see mark_packing.pack_scene").tag(sync=True)
    _layout = t.Dict(help="the pictures' places and levels").tag(sync=True)
    _held = t.Dict(help="tiles that need no kernel, by image/level/column/row").tag(sync=True)
    _linked = anywidget.WidgetTrait().tag(sync=True)
    _linked_rows = t.Dict(help="row in the linked view of each instance").tag(sync=True)
    image_id = t.Unicode(None, allow_none=True, help="the image that is shown").tag(sync=True)
    selected = t.Unicode(None, allow_none=True, help="instance_id, or None").tag(sync=True)
    stage = t.Enum(STAGES, "particles", help="what is drawn").tag(sync=True)
    settled: t.List[dict[str, Any]] = t.List(t.Dict(), help="log of decisions").tag(sync=True)
    height = t.Int(640, allow_none=True, help="height in CSS pixels").tag(sync=True)

    def __init__(
        self,
        found: Found,
        images: Any = None,
        *,
        title: str | None = None,
        image_id: str | None = None,
        height: int | None = 640,
        gold: pd.DataFrame | None = None,
        **traits: Any,
    ) -> None:
        if not hasattr(found, "candidates_"):
            raise ValueError("the consensus is not fitted: MarkConsensus().fit(marks) first")
        self.found = found
        self._images = image_ids(found)
        self._pictures = images
        self._micrographs = Micrographs(self._images, images)
        self._title = title or title_of(images)
        self._link: CropLink | None = None
        # Decisions that are about none of the candidates: kept, and handed on.
        self._elsewhere = pd.DataFrame(columns=COLUMNS)
        scene = self._read_found()
        gold = found.gold_ if gold is None else gold
        log = traits.pop("settled", None) or self._log_of(gold)
        chosen = traits.get("selected")
        if image_id is None:
            image_id = self._first_image() if chosen is None else self._image_of(chosen)
        first = scene["images"].index(self._known_image(str(image_id)))
        # What cannot be decoded is set aside before the layout says what there is.
        held = held_tiles(self._micrographs, first)
        super().__init__(
            _scene=scene,
            _layout=pack_layout(self._micrographs),
            _held=held,
            settled=log,
            image_id=scene["images"][first],
            height=height,
            **traits,
        )
        self._tell_of_problems()

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Images whose picture is missing or cannot be read, each with the reason."""
        return list(self._micrographs.problems)

    @property
    def decisions(self) -> pd.DataFrame:
        """What was settled, as `MarkConsensus.fit(gold=...)` takes it.

        One row an instance, the last decision about it: image_id, x, y (pixels), exists (bool),
        label (as it came; None where the class was left open), instance_id.
        """
        table = decisions_of(self.settled, self._candidates, self._rows, self._classes)
        if len(self._elsewhere):
            table = pd.concat([table, self._elsewhere], ignore_index=True)
        return table

    def apply(self) -> Found:
        """Settle the decisions into the consensus, show what follows from them, and return it.

        They replace those of before: one that was undone since is taken back.
        """
        decisions, before, rows = self.decisions, self._candidates, self._rows
        chosen, log = self.selected, self.settled
        self.found.settle(decisions if len(decisions) else None)
        scene = self._read_found()
        # Rows are in another order now: who is who is told by the place.
        now = places_of(self._candidates, before, self.found.jitter_)
        name = {old: self._ids[now[row]] for old, row in rows.items() if now[row] >= 0}
        if self._link is not None:
            self._link.renumber(now, len(self._ids))
        added = self._log_of(self._elsewhere)
        kept = [{**entry, "instance": name[entry["instance"]]} for entry in log]
        # One message: the page must not take the new names for old ones.
        with self.hold_sync():
            self._scene = scene
            self._layout = pack_layout(self._micrographs)
            self.settled = added + kept
            self.selected = None if chosen is None else name.get(chosen)
            self._send_crops()
        return self.found

    def next_doubtful(self) -> str | None:
        """Select the next doubtful instance that is not settled, and return its instance_id.

        Ties come first, then what is most likely told wrongly, as in `MarkConsensus.doubtful`;
        after the last one it begins again. None when all are settled.
        """
        settled = {entry["instance"] for entry in self.settled}
        n_instances = len(self.found.instances_)
        names = [self._ids[row] for row in review_order(self._candidates, n_instances)]
        start = names.index(self.selected) + 1 if self.selected in names else 0
        for name in names[start:] + names[:start]:
            if name not in settled:
                self.selected = name
                return name
        return None

    def link(self, view: View | None) -> None:
        """Share the selection with a view of the instances' crops, in the browser too.

        Parameters
        ----------
        view : Explorer, any other view, or None
            Of an analysis of what `crystalviz.consensus.crop_instances` wrote. None ends the link.

        Raises
        ------
        ValueError
            When the view shows no crop of these instances.
        """
        link = None if view is None else CropLink(view, self._candidates)
        if self._link is not None:
            self._link.store.unobserve(self._follow_store, "selected")
        self._link = link
        with self.hold_sync():
            self._linked = None if link is None else link.store
            self._send_crops()
        if link is not None:
            link.store.observe(self._follow_store, "selected")
            self._follow_store()

    def offline_state(self, picture_side: int = 2048, progress: bool = False) -> dict[str, Any]:
        """Return the traits for a page without a kernel, with every tile that it may show.

        Parameters
        ----------
        picture_side : int
            Longest side in pixels of the finest level inside.
        progress : bool
            Whether to show a bar.
        """
        tiles = tiles_of(
            self._micrographs, range(len(self._images)), max(picture_side, 1), progress
        )
        plumbing = {*anywidget.AnyWidget.class_trait_names(), "_esm", "_anywidget_id"}
        state = {name: getattr(self, name) for name in sorted(set(self.keys) - plumbing)}
        return {
            **state,
            "_held": tiles,
            # A picture may have turned out to be unreadable.
            "_layout": pack_layout(self._micrographs),
            "_linked": None,
            "_linked_rows": {},
        }

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        picture_side: int = 2048,
        progress: bool = True,
    ) -> None:
        """Write the map as one HTML file that works offline; decisions are saved from it as CSV.

        Parameters
        ----------
        path : path
            File to write; it appears only when it is complete.
        title : str, optional
            Of the page; the map's by default.
        picture_side : int
            Longest side in pixels of the pictures inside; smaller makes a smaller file.
        progress : bool
            Whether to show a bar while the pictures are cut into tiles.

        Raises
        ------
        FileNotFoundError
            When the folder of `path` does not exist.
        """
        from crystalviz.export import write_offline_page

        write_offline_page(
            Path(path),
            lambda: {"map": self.offline_state(picture_side, progress)},
            title=title or self._title,
            script="mark_map_offline.js",
        )

    @anywidget.experimental.command
    def tile(self, message: dict[str, Any], buffers: list[Any]) -> tuple[Any, list[bytes]]:
        """Answer the page's request for one tile; with the reason where there is none."""
        image, level, column, row = (
            int(message[name]) for name in ("image", "level", "column", "row")
        )
        # anywidget answers nothing at all when a command fails, and the page would wait.
        try:
            return None, [self._micrographs.tile(image, level, column, row)]
        except (ImageReadError, LookupError) as error:
            return {"error": str(error)}, []

    # --- what the traits may be, and what follows from them ----------------------------------

    @t.validate("image_id")
    def _validate_image_id(self, proposal: Any) -> str | None:
        return None if proposal["value"] is None else self._known_image(proposal["value"])

    @t.validate("selected")
    def _validate_selected(self, proposal: Any) -> str | None:
        name: str | None = proposal["value"]
        if name is not None and name not in self._rows:
            raise t.TraitError(_no_such("instance", name, self._ids))
        return name

    @t.validate("settled")
    def _validate_settled(self, proposal: Any) -> list[dict[str, Any]]:
        log: list[dict[str, Any]] = proposal["value"]
        try:
            check_log(log, self._rows, len(self._classes))
        except ValueError as error:
            raise t.TraitError(str(error)) from None
        return log

    @t.observe("selected")
    def _follow_selected(self, change: Any) -> None:
        # The page that selects shows the image and tells the linked view by itself. To say it
        # again from here would undo what it has done since.
        if self._property_lock:
            return
        name, link = change["new"], self._link
        if name is not None:
            self.image_id = self._image_of(name)
        if link is not None and self._name(link.instance_of(link.store.selected)) != name:
            link.store.selected = link.crop_of(self._rows.get(name, -1))

    def _follow_store(self, change: Any = None) -> None:
        link = self._link
        # As above: where the page selected, it has told the map by itself.
        if link is None or link.store._property_lock:
            return
        if link.crop_of(self._rows.get(self.selected or "", -1)) != link.store.selected:
            self.selected = self._name(link.instance_of(link.store.selected))

    # --- who is who --------------------------------------------------------------------------

    def _read_found(self) -> dict[str, Any]:
        """Return the scene of `found` as it is now, and keep what its names stand for."""
        # An expert may have named an instance on an image that nobody marked.
        new = [image for image in image_ids(self.found) if image not in self._images]
        if new:
            self._images += new
            self._micrographs = Micrographs(self._images, self._pictures)
        scene = pack_scene(self.found, self._images, self._title)
        self._candidates = self.found.candidates_
        self._classes = list(self.found.classes_)
        self._ids: list[str] = scene["instance"]["ids"]
        self._rows = {name: row for row, name in enumerate(self._ids)}
        return scene

    def _log_of(self, gold: pd.DataFrame | None) -> list[dict[str, Any]]:
        if gold is None or not len(gold):
            return []
        log, self._elsewhere = log_of(
            gold, self._candidates, self._ids, self._classes, self.found.jitter_
        )
        return log

    def _first_image(self) -> str:
        order = review_order(self._candidates, len(self.found.instances_))
        return self._image_of(self._ids[order[0]]) if len(order) else str(self._images[0])

    def _image_of(self, name: str) -> str:
        if name not in self._rows:
            raise t.TraitError(_no_such("instance", name, self._ids))
        return str(self._candidates["image_id"].iloc[self._rows[name]])

    def _known_image(self, image_id: str) -> str:
        known = [str(one) for one in self._images]
        if image_id not in known:
            raise t.TraitError(_no_such("image", image_id, known))
        return image_id

    def _name(self, row: int) -> str | None:
        return self._ids[row] if row >= 0 else None

    def _send_crops(self) -> None:
        crops = None if self._link is None else self._link.crops
        self._linked_rows = {} if crops is None else pack_array(crops, np.int32)

    def _tell_of_problems(self) -> None:
        problems = self._micrographs.problems
        if problems:
            image_id, reason = problems[0]
            warnings.warn(
                f"{len(problems)} of {len(self._images)} images have no picture, e.g. "
                f"{image_id!r}: {reason}. See MarkMap.problems",
                stacklevel=3,
            )


def _no_such(kind: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:1]
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"{name!r} is no {kind} of this map{hint}"
