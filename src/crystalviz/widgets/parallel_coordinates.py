"""One line an image across group, components, entropy and confidence.

Twin of ``widgets_js/src/parallel_coordinates/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class ParallelCoordinates(View):
    """Parallel coordinates with brushes on the axes."""

    kind = "parallel-coordinates"

    height = t.Int(340, allow_none=True, help="height in CSS pixels").tag(sync=True)
