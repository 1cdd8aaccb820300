"""The dashboard: every panel in one page, linked in the browser.

Twin of ``widgets_js/src/explorer/``.
"""

from __future__ import annotations

from typing import Any

import traitlets as t

from crystalviz.widgets.view import View


class Explorer(View):
    """Gallery, neighbour graph, scatters, accordions and inspector of one analysis, linked.

    >>> explorer = cz.Explorer(cz.analyze("my_crystals/"))  # doctest: +SKIP
    >>> explorer.selected = "cex/CEX (1).png"  # doctest: +SKIP
    >>> explorer.to_html("explorer.html")  # doctest: +SKIP

    Parameters
    ----------
    analysis : Analysis
        What `crystalviz.analyze` or `crystalviz.load_analysis` returns.
    **traits
        Initial values, e.g. ``k=8`` or ``selected="cex/CEX (1).png"``.
    """

    kind = "explorer"

    height = t.Int(None, allow_none=True, help="height in CSS pixels; None fits").tag(sync=True)
    k = t.Int(5, min=1, max=10, help="neighbours drawn for each image").tag(sync=True)

    def report(self, message: Any) -> None:
        """Show one line in the log panel."""
        self.store.report(str(message))
