"""Class activation maps: where in the picture a model found its evidence."""

from crystalviz.cam.compute import compute_cam
from crystalviz.cam.methods import CAM_METHODS
from crystalviz.cam.overlay import COLORS, overlay_cam

__all__ = ["CAM_METHODS", "COLORS", "compute_cam", "overlay_cam"]
