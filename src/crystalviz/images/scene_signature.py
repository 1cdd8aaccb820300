"""What is kept of a picture to find its turned, mirrored and recompressed copies.

The `digest` is equal for two pictures exactly when one is the other in
some pose: the picture is brought into the one pose that its gray value moments pick, and hashed.
The `spectrum`, low-frequency coefficients of the cosine transform, is nearly equal after light
recompression, and poses act on it by transposing and by signs, so that copies are found without
decoding every picture a second time. The `contrast` of the fine detail says whether there is
enough to compare at all.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import POSES, apply_pose

FREQUENCIES = 16
SPECTRUM_SIDE = 32
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class SceneSignature:
    """Signature of one picture.

    Attributes
    ----------
    digest : bytes
        16 bytes (BLAKE2b-128), the same for all eight poses of the same pixels.
    spectrum : (16, 16) float16 array
        Orthonormal DCT-II coefficients of the picture shrunk to 32 x 32, in the pose it came in;
        rows are vertical frequencies.
    contrast : float
        Standard deviation of the fine detail (`fine_detail`), in gray levels.
    """

    digest: bytes
    spectrum: NDArray[np.float16]
    contrast: float

    def to_bytes(self) -> bytes:
        """Return the signature as 532 bytes, to be kept between runs."""
        return (
            self.digest + struct.pack("<f", self.contrast) + self.spectrum.astype("<f2").tobytes()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> SceneSignature:
        """Restore a signature from `to_bytes`."""
        head = _DIGEST_BYTES + 4
        expected = head + 2 * FREQUENCIES**2
        if len(data) != expected:
            raise ValueError(f"a scene signature has {expected} bytes, not {len(data)}")
        (contrast,) = struct.unpack_from("<f", data, _DIGEST_BYTES)
        spectrum = np.frombuffer(data, "<f2", offset=head).astype(np.float16)
        return cls(data[:_DIGEST_BYTES], spectrum.reshape(FREQUENCIES, FREQUENCIES), contrast)


def scene_signature(pixels: Pixels) -> SceneSignature:
    """Return the signature of a picture (H, W) uint8."""
    return posed_signature(pixels)[0]


def posed_signature(pixels: Pixels) -> tuple[SceneSignature, int]:
    """Return the signature of a picture (H, W) uint8, and the pose that its digest was taken in.

    Two pictures with one digest are equal once each is brought into its own such pose.
    """
    # Large pictures first come down by whole blocks in 8 bits: floats of all pixels cost memory.
    image = Image.fromarray(np.ascontiguousarray(pixels))
    factor = min(pixels.shape) // 256
    if factor > 1:
        image = image.reduce(factor)
    # To the precision that is kept, so that a restored signature is the same signature.
    contrast = float(fine_detail(image).std())
    digest, pose = _canonical_digest(pixels)
    return SceneSignature(digest, _spectrum(image), contrast), pose


def fine_detail(image: Image.Image) -> NDArray[np.float32]:
    """Return what a 7 x 7 mean takes away: edges and grain without the lighting; (h, w)."""
    mean = image.filter(ImageFilter.BoxBlur(3))
    return np.asarray(image).astype(np.float32) - np.asarray(mean)


def pose_spectrum(spectrum: NDArray[np.float32], pose: int) -> NDArray[np.float32]:
    """Return the spectra (..., 16, 16) that the pictures have in `pose`.

    A mirror changes the sign of odd horizontal frequencies; a quarter turn transposes and changes
    the sign of odd vertical ones.
    """
    sign = np.where(np.arange(spectrum.shape[-1]) % 2, -1.0, 1.0).astype(np.float32)
    if pose >= 4:
        spectrum = spectrum * sign
    for _ in range(pose % 4):
        spectrum = spectrum.swapaxes(-1, -2) * sign[:, None]
    return spectrum


def _canonical_digest(pixels: Pixels) -> tuple[bytes, int]:
    height, width = pixels.shape
    columns = pixels.sum(axis=0, dtype=np.int64)
    rows = pixels.sum(axis=1, dtype=np.int64)
    across = int(columns @ (2 * np.arange(width) - (width - 1)))
    down = int(rows @ (2 * np.arange(height) - (height - 1)))
    ranked = [(_rank(height, width, across, down, pose), pose) for pose in POSES]
    best = min(rank for rank, _ in ranked)
    # One pose unless the picture is balanced about an axis; then the smallest hash decides.
    return min((_digest(apply_pose(pixels, pose)), pose) for rank, pose in ranked if rank == best)


def _rank(height: int, width: int, across: int, down: int, pose: int) -> tuple[int, int, int]:
    """Return what decides for a pose: lying before standing, then bright right, bright bottom.

    `across` and `down` are the first moments of the gray values about the middle.
    """
    if pose >= 4:
        across = -across
    for _ in range(pose % 4):
        across, down = down, -across
    return (width if pose % 2 else height, -across, -down)


def _digest(pixels: Pixels) -> bytes:
    digest = hashlib.blake2b(repr(pixels.shape).encode(), digest_size=_DIGEST_BYTES)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


@cache
def _cosines() -> NDArray[np.float32]:
    frequency = np.arange(FREQUENCIES)[:, None]
    position = np.arange(SPECTRUM_SIDE)[None, :]
    basis = np.cos(np.pi * frequency * (2 * position + 1) / (2 * SPECTRUM_SIDE)) * np.sqrt(
        2 / SPECTRUM_SIDE
    )
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


def _spectrum(image: Image.Image) -> NDArray[np.float16]:
    small = image.convert("F").resize((SPECTRUM_SIDE, SPECTRUM_SIDE), Image.Resampling.BILINEAR)
    basis = _cosines()
    return (basis @ np.asarray(small) @ basis.T).astype(np.float16)
