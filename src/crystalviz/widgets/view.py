"""What all visible widgets share: a link to the hidden store, and a few lines of JavaScript.

Twin of ``widgets_js/src/view_widget.ts``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets as t

from crystalviz.widgets.packing import AnalysisLike
from crystalviz.widgets.static import bundle
from crystalviz.widgets.view_store import ViewStore


class View(anywidget.AnyWidget):
    """A widget that shows one analysis and shares its selection with every other view of it.

    Parameters
    ----------
    analysis : Analysis or View
        What to show; a view stands for the analysis that it shows.
    height : int, optional
        Height in CSS pixels.
    **traits
        Initial values of the widget's own traits.
    """

    _esm = bundle("view.js")
    kind: ClassVar[str]
    """Value of ``data-crystalviz`` in the page."""

    _kind = t.Unicode().tag(sync=True)
    _store = anywidget.WidgetTrait().tag(sync=True)
    height = t.Int(380, allow_none=True, help="height in CSS pixels").tag(sync=True)
    selected = t.Unicode(None, allow_none=True, help="image_id of the selected image, or None")
    picked = t.List(t.Unicode(), help="image_ids that a lasso holds")

    def __init__(self, analysis: AnalysisLike | View, **traits: Any) -> None:
        store = analysis.store if isinstance(analysis, View) else ViewStore.of(analysis)
        chosen = traits.pop("selected", None)
        super().__init__(_store=store, _kind=self.kind, **traits)
        for name in ("selected", "picked"):
            t.link((store, name), (self, name))
        if chosen is not None:
            self.selected = chosen

    @t.validate("selected")
    def _validate_selected(self, proposal: Any) -> str | None:
        return self.store.check_image_id(proposal["value"])

    @property
    def store(self) -> ViewStore:
        """The hidden widget that holds data and selection."""
        return self._store

    def offline_state(self) -> dict[str, Any]:
        """Return the traits that the view reads in a page without a kernel."""
        plumbing = {*anywidget.AnyWidget.class_trait_names(), "_store", "_esm", "_anywidget_id"}
        return {name: getattr(self, name) for name in sorted(set(self.keys) - plumbing)}

    def to_html(
        self, path: str | Path, *, title: str | None = None, picture_side: int = 512
    ) -> None:
        """Write the view as one HTML file that works offline, with every link alive.

        Parameters
        ----------
        path : str or Path
            File to write.
        title : str, optional
            Title of the page; the analysis' title by default.
        picture_side : int
            Longest side in pixels of the pictures inside; smaller makes a smaller file.

        Raises
        ------
        FileNotFoundError
            When the folder of `path` does not exist.
        """
        from crystalviz.export import write_html

        write_html(self, path, title=title, picture_side=picture_side)
