"""Images: find, check, decode; scenes (rotated copies); splits; tiles."""

from crystalviz.images.effective_size import design_effect, group_interval
from crystalviz.images.file_splits import random_split, sorted_split
from crystalviz.images.image_set import ImageSet, NoImagesError
from crystalviz.images.pillow_files import DEFAULT_MAX_PIXELS, ImageReadError
from crystalviz.images.pixels import Pixels, load_pixels, picture_size
from crystalviz.images.poses import POSE_NAMES, POSES, apply_pose, compose_poses, inverse_pose
from crystalviz.images.scene_signature import SceneSignature, scene_signature
from crystalviz.images.scenes import Orbits, find_orbits, find_scenes, group_scenes
from crystalviz.images.sources import ArraySet, Images, ImageSource, as_image_set
from crystalviz.images.split_audit import Leak, SplitAudit, audit_split
from crystalviz.images.split_files import read_split, write_split
from crystalviz.images.splits import Split, group_split
from crystalviz.images.tiles import tile

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "POSES",
    "POSE_NAMES",
    "ArraySet",
    "ImageReadError",
    "ImageSet",
    "ImageSource",
    "Images",
    "Leak",
    "NoImagesError",
    "Orbits",
    "Pixels",
    "SceneSignature",
    "Split",
    "SplitAudit",
    "apply_pose",
    "as_image_set",
    "audit_split",
    "compose_poses",
    "design_effect",
    "find_orbits",
    "find_scenes",
    "group_interval",
    "group_scenes",
    "group_split",
    "inverse_pose",
    "load_pixels",
    "picture_size",
    "random_split",
    "read_split",
    "scene_signature",
    "sorted_split",
    "tile",
    "write_split",
]
