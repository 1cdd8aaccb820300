"""The selected image, CAM on the left of the handle, original on the right.

Twin of ``widgets_js/src/image_slider/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class ImageSlider(View):
    """Before and after slider of the selected image and its CAM overlay."""

    kind = "image-slider"

    height = t.Int(420, allow_none=True, help="height in CSS pixels").tag(sync=True)
