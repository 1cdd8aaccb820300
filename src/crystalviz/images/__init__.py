"""Images: find, check, decode; scenes (rotated copies); splits; tiles."""

from crystalviz.images.image_set import ImageSet, NoImagesError
from crystalviz.images.pillow_files import DEFAULT_MAX_PIXELS, ImageReadError
from crystalviz.images.pixels import Pixels, load_pixels
from crystalviz.images.poses import POSES, apply_pose
from crystalviz.images.sources import ArraySet, Images, ImageSource, as_image_set
from crystalviz.images.tiles import tile

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "POSES",
    "ArraySet",
    "ImageReadError",
    "ImageSet",
    "ImageSource",
    "Images",
    "NoImagesError",
    "Pixels",
    "apply_pose",
    "as_image_set",
    "load_pixels",
    "tile",
]
