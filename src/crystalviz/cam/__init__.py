"""Class activation maps: where in the picture a model found its evidence."""

from crystalviz.cam._style import COLORS
from crystalviz.cam.compute import compute_cam
from crystalviz.cam.figure import cam_figure
from crystalviz.cam.legend import overlay_legend
from crystalviz.cam.methods import CAM_METHODS
from crystalviz.cam.overlay import overlay_cam, overlay_cams
from crystalviz.cam.png import png_bytes
from crystalviz.cam.scale import no_evidence, shared_scale

__all__ = [
    "CAM_METHODS",
    "COLORS",
    "cam_figure",
    "compute_cam",
    "no_evidence",
    "overlay_cam",
    "overlay_cams",
    "overlay_legend",
    "png_bytes",
    "shared_scale",
]
