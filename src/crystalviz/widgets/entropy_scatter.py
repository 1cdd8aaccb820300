"""Shannon entropy of every image, in natural order of the names.

Twin of ``widgets_js/src/entropy_scatter/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class EntropyScatter(View):
    """Shannon entropy in bits per pixel, image by image, with class bands."""

    kind = "entropy-scatter"

    height = t.Int(340, allow_none=True, help="height in CSS pixels").tag(sync=True)
