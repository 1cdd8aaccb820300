"""Gray levels of the selected image.

Twin of ``widgets_js/src/image_histogram/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class ImageHistogram(View):
    """Histogram of the selected image: 256 bins over a black-to-white strip."""

    kind = "image-histogram"

    height = t.Int(260, allow_none=True, help="height in CSS pixels").tag(sync=True)
