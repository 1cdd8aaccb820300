"""The hidden widget that all views share: data once, then only ids.

Twin of ``widgets_js/src/store_widget.ts`` and ``core/store.ts``.
"""

from __future__ import annotations

import datetime
import difflib
from typing import Any
from weakref import WeakValueDictionary

import anywidget
import traitlets as t

from crystalviz.widgets.packing import (
    PAGE,
    AnalysisLike,
    pack_page,
    pack_table,
    page_layout,
    smaller_picture,
)
from crystalviz.widgets.static import bundle

HELD_PAGES = 1
"""Atlas pages that ride in the widget's state, so that small sets need no kernel at all."""
HELD_PICTURES = 64
"""Full pictures that ride in the widget's state, for sets no larger than this."""
MESSAGES = 200
"""Python log lines kept for the LogPanel."""

# Keyed by id(analysis): a store keeps its analysis alive, so the id cannot be taken by another.
_stores: WeakValueDictionary[int, ViewStore] = WeakValueDictionary()


class ViewStore(anywidget.AnyWidget):
    """Shared state of all views of one analysis.

    Made by the views themselves; views of the same analysis get the same store, which links them.

    Parameters
    ----------
    analysis : Analysis
        Table, CAMs, neighbours and pictures to show.
    """

    _esm = bundle("store.js")

    _table = t.Dict(help="columns of the page, see packing.pack_table").tag(sync=True)
    _layout = t.Dict(help="thumbnails a page, columns, cell side in pixels").tag(sync=True)
    _pages: t.List[Any] = t.List(help="atlas pages held without asking the kernel").tag(sync=True)
    _pictures: t.List[Any] = t.List(help="WebP pictures, held likewise").tag(sync=True)
    _messages = t.List(t.Unicode(), help="log lines from Python").tag(sync=True)
    selected = t.Unicode(None, allow_none=True, help="image_id, or None").tag(sync=True)
    picked = t.List(t.Unicode(), help="image_ids that a lasso holds").tag(sync=True)
    hidden_groups = t.List(t.Int(), help="groups switched off in the legend, from 0").tag(sync=True)
    cam_share = t.Float(0.16, min=0.0, max=1.0, help="share of pixels coloured").tag(sync=True)
    cam_opacity = t.Float(0.5, min=0.0, max=1.0, help="opacity of the CAM, 0 to 1").tag(sync=True)
    status = t.Dict(help="what the vector store says of itself").tag(sync=True)

    def __init__(self, analysis: AnalysisLike) -> None:
        self._analysis = analysis
        self._known = frozenset(map(str, analysis.table["image_id"]))
        n = len(analysis.table)
        clusters = analysis.table["kmeans_pca_cluster"]
        held_pages = range(-(-n // PAGE)) if n <= HELD_PAGES * PAGE else range(0)
        held_pictures = range(n) if n <= HELD_PICTURES else range(0)
        super().__init__(
            _table=pack_table(analysis, int(clusters.max()) + 1 if n else 0),
            _layout=page_layout(n),
            _pages=[pack_page(analysis.pictures, page, n) for page in held_pages],
            _pictures=[analysis.pictures.picture(row) for row in held_pictures],
        )
        # Lines of the mirror that the log has, and which lines of the log these are.
        self._told = 0
        self._of_servers: set[str] = set()
        self._read_status()

    @classmethod
    def of(cls, analysis: AnalysisLike) -> ViewStore:
        """Return the store of an analysis, the same one for every view of it."""
        store = _stores.get(id(analysis))
        if store is None:
            store = _stores[id(analysis)] = cls(analysis)
        return store

    @property
    def analysis(self) -> AnalysisLike:
        """The analysis that this store shows."""
        return self._analysis

    @t.validate("selected")
    def _validate_selected(self, proposal: Any) -> str | None:
        return self.check_image_id(proposal["value"])

    def check_image_id(self, image_id: str | None) -> str | None:
        """Return the image_id, or raise a TraitError when no image has it."""
        if image_id is None or image_id in self._known:
            return image_id
        ids = self._table["ids"]
        near = difflib.get_close_matches(image_id, ids, n=3, cutoff=0.4) or ids[:1]
        raise t.TraitError(
            f"{image_id!r} is not an image of this analysis; did you mean "
            + " or ".join(map(repr, near))
            + "?"
        )

    def report(self, message: str, moment: datetime.datetime | None = None) -> None:
        """Show one line in the LogPanel, with the time of `moment` or of now."""
        time = (moment or datetime.datetime.now()).astimezone().strftime("%H:%M:%S")
        self._messages = [*self._messages, f"{message} ({time})"][-MESSAGES:]

    def offline_state(self, picture_side: int) -> dict[str, Any]:
        """Return the whole state with every page and picture in it, for a page without a kernel.

        Parameters
        ----------
        picture_side : int
            Longest side in pixels of the pictures.
        """
        n = len(self._analysis.table)
        pictures = self._analysis.pictures
        names = ("_table", "_layout", "selected", "picked", "hidden_groups", "cam_share")
        return {
            **{name: getattr(self, name) for name in names},
            "cam_opacity": self.cam_opacity,
            # A page that is passed on says nothing of servers and folders.
            "status": {**self.status, "mirror": None, "folder": None},
            "_messages": [line for line in self._messages if line not in self._of_servers],
            "_pages": [pack_page(pictures, page, n) for page in range(-(-n // PAGE))],
            "_pictures": [smaller_picture(pictures.picture(row), picture_side) for row in range(n)],
        }

    @anywidget.experimental.command
    def page(self, message: dict[str, Any], buffers: list[Any]) -> tuple[Any, list[bytes]]:
        """Answer the page's request for one atlas page."""
        packed = pack_page(self._analysis.pictures, int(message["page"]), len(self._analysis.table))
        return None, [packed["atlas"], packed["histograms"]]

    @anywidget.experimental.command
    def picture(self, message: dict[str, Any], buffers: list[Any]) -> tuple[Any, list[bytes]]:
        """Answer the page's request for one picture."""
        return None, [self._analysis.pictures.picture(int(message["row"]))]

    @anywidget.experimental.command
    def poll_status(self, message: Any, buffers: list[Any]) -> tuple[Any, list[bytes]]:
        """Answer the StoreStatus view's question how the store is now.

        With `{"wake": true}` a server that follows is looked at, for the next answer.
        """
        self._read_status(bool(message and message.get("wake")))
        return self.status, []

    def _read_status(self, wake: bool = False) -> None:
        """Look how the store is, and put into the log what its mirror has told since."""
        status = self._analysis.store_status(wake)
        mirror = status.get("mirror")
        if mirror is not None:
            events = mirror["events"]
            # Another mirror counts from 1 again.
            if events and events[-1]["number"] < self._told:
                self._told = 0
            for event in events:
                if event["number"] > self._told:
                    self.report(event["text"], datetime.datetime.fromisoformat(event["time"]))
                    self._of_servers.add(self._messages[-1])
            self._told = events[-1]["number"] if events else 0
            status = {**status, "mirror": {k: v for k, v in mirror.items() if k != "events"}}
        self.status = status
