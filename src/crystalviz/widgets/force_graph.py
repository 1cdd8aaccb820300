"""Images as round pictures, drawn to their nearest neighbours.

Twin of ``widgets_js/src/force_graph/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import traitlets as t

from crystalviz.widgets.packing import AnalysisLike
from crystalviz.widgets.view import View


class GraphLike(Protocol):
    """What the widget reads of a graph; `crystalviz.NeighborGraph` is one."""

    nodes: Mapping[str, Any]
    edges: Mapping[tuple[str, str], Mapping[str, Any]]


class ForceGraph(View):
    """Graph of nearest neighbours, laid out by forces, then at rest.

    Parameters
    ----------
    analysis : Analysis or View
        What to show.
    graph : NeighborGraph, optional
        Begin with these images and links, instead of `start`; a picked image still adds its own
        neighbours. See `crystalviz.neighbor_graph`.
    **traits
        Initial values.
    """

    kind = "force-graph"

    _graph = t.Dict(help="rows and links of a graph from Python; empty without one").tag(sync=True)
    height = t.Int(440, allow_none=True, help="height in CSS pixels").tag(sync=True)
    k = t.Int(5, min=1, max=10, help="neighbours of each image").tag(sync=True)
    start = t.Enum(
        ["auto", "all", "empty"],
        "auto",
        help="begin with every image, or empty; auto is all up to 500 images",
    ).tag(sync=True)

    def __init__(
        self, analysis: AnalysisLike | View, graph: GraphLike | None = None, **traits: Any
    ) -> None:
        super().__init__(analysis, **traits)
        if graph is not None:
            self.show_graph(graph)

    def show_graph(self, graph: GraphLike | None) -> None:
        """Show these images and links; None: those of `start` again.

        Raises
        ------
        KeyError
            When an image of the graph is not in the analysis.
        """
        if graph is None:
            self._graph = {}
            return
        ids = self.store.analysis.table["image_id"]
        rows = {str(image_id): row for row, image_id in enumerate(ids)}
        missing = [name for name in graph.nodes if name not in rows]
        if missing:
            raise KeyError(
                f"{missing[0]!r} is in the graph and not in the analysis of "
                f"{self.store.analysis.title}"
            )
        self._graph = {
            "rows": [rows[name] for name in graph.nodes],
            "links": [[rows[a], rows[b], edge["weight"]] for (a, b), edge in graph.edges.items()],
        }
