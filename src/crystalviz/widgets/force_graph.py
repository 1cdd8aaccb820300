"""Images as round pictures, drawn to their nearest neighbours.

Twin of ``widgets_js/src/force_graph/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class ForceGraph(View):
    """Graph of nearest neighbours, laid out by forces, then at rest."""

    kind = "force-graph"

    height = t.Int(440, allow_none=True, help="height in CSS pixels").tag(sync=True)
    k = t.Int(5, min=1, max=10, help="neighbours of each image").tag(sync=True)
    start = t.Enum(
        ["auto", "all", "empty"],
        "auto",
        help="begin with every image, or empty; auto is all up to 500 images",
    ).tag(sync=True)
