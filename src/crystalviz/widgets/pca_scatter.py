"""Images on their first two principal components, marked by K-means group.

Twin of ``widgets_js/src/pca_scatter/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class PcaScatter(View):
    """Scatter of the first two principal components with groups, hulls and a lasso."""

    kind = "pca-scatter"

    height = t.Int(380, allow_none=True, help="height in CSS pixels").tag(sync=True)
