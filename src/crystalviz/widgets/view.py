"""What all visible widgets share: a link to the hidden store, and a few lines of JavaScript.

Twin of ``widgets_js/src/view_widget.ts``.
"""

from __future__ import annotations

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
        own = self.trait_names(sync=True)
        hidden = {"_esm", "_css", "_store", "layout", "tabbable", "tooltip"}
        names = [name for name in own if name not in hidden and not name.startswith("_view")]
        return {
            name: getattr(self, name)
            for name in names
            if not name.startswith(("_model", "_dom", "_anywidget"))
        }

    def to_html(self, path: Any, *, title: str | None = None, picture_side: int = 512) -> None:
        """Write this view as one offline HTML file; see `crystalviz.export.write_html`."""
        from crystalviz.export import write_html

        write_html(self, path, title=title, picture_side=picture_side)
