"""Scenes: every pose and light recompression found, nothing else merged."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pictures import crystal, encoded, jpeg_copy, write
from PIL import Image
from tests.real_images import HAVE_REAL_IMAGES, REAL_IMAGES

import crystalviz as cz
from crystalviz.images import (
    POSES,
    ImageReadError,
    SceneSignature,
    apply_pose,
    group_scenes,
    scene_signature,
)
from crystalviz.images.scene_signature import pose_spectrum


def noisy(pixels: NDArray[np.uint8], sigma: float, seed: int = 0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def blank(shape: tuple[int, int], sigma: float, seed: int, fall: float = 60) -> NDArray[np.uint8]:
    """Return an empty field under a lamp that falls off towards the corners."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    field = 120 - fall * (x * x + y * y)
    return noisy(field.astype(np.uint8), sigma, seed)


@pytest.mark.parametrize("shape", [(60, 80), (64, 64), (61, 61), (1, 9), (2, 2)])
def test_every_pose_is_the_same_scene(shape: tuple[int, int]):
    picture = crystal(1, shape)
    poses = [apply_pose(picture, pose) for pose in POSES]
    assert cz.find_scenes([*poses, crystal(2, shape)]).tolist() == [0] * 8 + [1]


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 2)),
    arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 2)),
)
def test_digests_are_equal_exactly_for_poses(a: np.ndarray, b: np.ndarray):
    same = any(np.array_equal(apply_pose(a, pose), b) for pose in POSES)
    assert (scene_signature(a).digest == scene_signature(b).digest) is same
    for pose in POSES:
        assert scene_signature(apply_pose(a, pose)).digest == scene_signature(a).digest


def test_symmetric_pictures_have_one_digest_in_all_poses():
    half = crystal(3, (40, 20))
    for picture in (
        np.hstack([half, half[:, ::-1]]),
        np.vstack([half, half[::-1, ::-1]]),
        np.zeros((30, 30), np.uint8),
        np.tril(np.ones((20, 20), np.uint8)) + np.triu(np.ones((20, 20), np.uint8)),
    ):
        assert len({scene_signature(apply_pose(picture, pose)).digest for pose in POSES}) == 1


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("shape", [(60, 80), (151, 151), (700, 900)])
def test_poses_act_on_spectra_as_on_pictures(pose: int, shape: tuple[int, int]):
    picture = crystal(4, shape)
    turned = scene_signature(apply_pose(picture, pose)).spectrum.astype(np.float32)
    expected = pose_spectrum(scene_signature(picture).spectrum.astype(np.float32), pose)
    assert np.abs(turned - expected).max() < 0.01 * np.abs(expected).max()


def test_recompressed_noisy_and_resized_copies_in_any_pose():
    base = [crystal(seed, (151, 151)) for seed in range(6)]
    images, expected = list(base), list(range(6))
    for index, picture in enumerate(base):
        for quality, pose in zip((75, 80, 90, 95), (0, 3, 5, 6), strict=True):
            images.append(jpeg_copy(np.ascontiguousarray(apply_pose(picture, pose)), quality))
            expected.append(index)
        images.append(noisy(apply_pose(picture, 7), 3))
        smaller = Image.fromarray(picture).resize((120, 120), Image.Resampling.LANCZOS)
        images.append(apply_pose(np.asarray(smaller), 2))
        expected += [index, index]
    assert cz.find_scenes(images).tolist() == expected


def test_webp_and_jpeg_files_of_one_picture(tmp_path: Path):
    picture = crystal(5, (150, 170))
    write(tmp_path / "a.png", picture)
    turned = np.ascontiguousarray(apply_pose(picture, 1))
    (tmp_path / "b.jpg").write_bytes(encoded(turned, "JPEG", quality=80))
    (tmp_path / "c.webp").write_bytes(encoded(turned, "WEBP", quality=85))
    write(tmp_path / "d.png", crystal(6, (150, 170)))
    assert cz.find_scenes(tmp_path).tolist() == [0, 0, 0, 1]


def test_flat_and_nearly_flat_pictures_do_not_merge():
    flat = [np.full((50, 60), value, np.uint8) for value in (0, 1, 100, 101, 255)]
    nearly = [noisy(np.full((50, 60), 100, np.uint8), 0.4, seed) for seed in range(5)]
    ramps = [np.tile(np.arange(60, dtype=np.uint8) * step, (50, 1)) for step in (1, 2, 3)]
    images = [*flat, *nearly, *ramps]
    assert cz.find_scenes(images).tolist() == list(range(len(images)))


@pytest.mark.parametrize("sigma", [0.2, 0.3, 0.5, 1, 1.5, 2, 4, 8])
def test_blank_fields_under_one_lamp_do_not_merge(sigma: float):
    images = [blank((90, 90), sigma, seed) for seed in range(25)]
    assert cz.find_scenes(images).tolist() == list(range(25))


def test_different_crystals_do_not_merge():
    images = cz.datasets.synthetic_crystals(24, seed=11).images
    assert cz.find_scenes(images).tolist() == list(range(24))


def test_slightly_different_exposures_are_one_picture():
    images = []
    for picture in cz.datasets.synthetic_crystals(6, seed=12).images:
        images += [picture, np.clip(picture * 0.9 + 12, 0, 255).astype(np.uint8)]
        images.append((255 * (picture / 255) ** 0.85).astype(np.uint8))
    assert cz.find_scenes(images).tolist() == np.repeat(np.arange(6), 3).tolist()


def test_much_noise_does_not_hide_a_copy():
    images = []
    for picture in cz.datasets.synthetic_crystals(6, seed=13).images:
        images += [picture, noisy(apply_pose(picture, 6), 8)]
    assert cz.find_scenes(images).tolist() == np.repeat(np.arange(6), 2).tolist()


def test_a_field_in_which_something_has_moved_is_another_picture():
    field = cz.datasets.synthetic_crystals(2, seed=14, size=(200, 200)).images[1]
    frames = []
    for step in range(8):
        frame = noisy(field, 2, step).astype(np.int64)
        frame[20 * step : 20 * step + 30, 60:90] += 80
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    assert cz.find_scenes(frames).tolist() == list(range(8))
    # The same field without the moving particle, in fresh noise, is one picture.
    still = [noisy(field, 2, step) for step in range(8)]
    assert cz.find_scenes(still).tolist() == [0] * 8


def test_overlapping_crops_of_one_frame_are_other_pictures():
    frame = cz.datasets.synthetic_crystals(2, seed=15, size=(300, 400)).images[1]
    crops = [frame[left : left + 150, left : left + 180] for left in range(0, 150, 5)]
    assert cz.find_scenes(crops).tolist() == list(range(30))


def test_periodic_textures_of_different_phase_do_not_merge():
    x = np.arange(150)
    rows = [128 + 60 * np.sin(0.2 * x + phase) for phase in np.linspace(0, 6, 20)]
    images = [
        noisy(np.tile(row, (150, 1)).astype(np.uint8), 3, seed) for seed, row in enumerate(rows)
    ]
    assert cz.find_scenes(images).tolist() == list(range(20))


@pytest.mark.parametrize("quality", [30, 75])
def test_recompressed_blank_fields_do_not_merge(quality: int):
    images = [
        jpeg_copy(blank((90, 90), sigma, seed), quality)
        for seed, sigma in enumerate(np.arange(0.3, 4, 0.2))
    ]
    # At quality 30 the quietest come out equal to the last bit.
    different = len({image.tobytes() for image in images})
    assert different >= 15
    assert len(set(cz.find_scenes(images).tolist())) == different


def test_brighter_and_flatter_versions_are_other_pictures():
    picture = crystal(12, (100, 100))
    images = [picture, picture // 2, picture // 2 + np.uint8(100)]
    assert cz.find_scenes(images).tolist() == [0, 1, 2]


def test_same_histogram_and_size_is_not_enough():
    picture = crystal(7)
    shuffled = np.random.default_rng(0).permutation(picture.ravel()).reshape(picture.shape)
    assert cz.find_scenes([picture, shuffled, np.roll(picture, 20, axis=1)]).tolist() == [0, 1, 2]


def test_exact_copies_need_no_pixels_again():
    signatures = [scene_signature(apply_pose(crystal(8), pose)) for pose in (0, 3)]

    def never(index: int) -> NDArray[np.uint8]:
        raise AssertionError(f"image {index} decoded again")

    assert group_scenes(signatures, never).tolist() == [0, 0]
    assert group_scenes([], never).tolist() == []


def test_a_candidate_that_cannot_be_read_again_stays_apart():
    picture = crystal(9, (100, 100))
    signatures = [scene_signature(picture), scene_signature(jpeg_copy(picture, 90))]

    def gone(index: int) -> NDArray[np.uint8]:
        raise ImageReadError(f"{index}.png", "the file does not exist")

    assert group_scenes(signatures, gone).tolist() == [0, 1]


def test_an_image_that_cannot_be_decoded_is_a_scene_of_its_own(tmp_path: Path):
    write(tmp_path / "a.png", crystal(1))
    data = bytearray(encoded(crystal(2), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    (tmp_path / "b.png").write_bytes(data)
    write(tmp_path / "c.png", apply_pose(crystal(1), 2))
    images = cz.ImageSet.from_folder(tmp_path)
    assert cz.find_scenes(images).tolist() == [0, 1, 0]
    assert [name for name, _ in images.problems] == ["b.png"]


def test_signatures_survive_as_bytes():
    signature = scene_signature(crystal(10))
    restored = SceneSignature.from_bytes(signature.to_bytes())
    assert restored.digest == signature.digest
    assert restored.contrast == signature.contrast
    np.testing.assert_array_equal(restored.spectrum, signature.spectrum)
    with pytest.raises(ValueError, match="532 bytes, not 3"):
        SceneSignature.from_bytes(b"abc")


def test_many_pictures_that_look_alike_take_time_in_proportion():
    fields = [blank((60, 60), 2, seed) for seed in range(300)]
    asked = 0

    def pixels_of(index: int) -> NDArray[np.uint8]:
        nonlocal asked
        asked += 1
        return fields[index]

    groups = group_scenes([scene_signature(field) for field in fields], pixels_of)
    assert len(set(groups.tolist())) == 300
    # The spectra alone tell blank fields apart: next to no picture is decoded again.
    assert asked <= 30


if HAVE_REAL_IMAGES:

    def test_real_images():
        images = cz.ImageSet.from_folder(REAL_IMAGES / "cropped")
        scene = dict(zip((path.name for path in images.paths), cz.find_scenes(images), strict=True))
        groups = [["PG (565).png", "PG (566).png", "PG (567).png"]]
        groups.append(["PG (5946).png", "PG (5947).png", "PG (5950).png"])
        groups += [[name] for name in scene if name.startswith("CEX")]
        assert all(len({scene[name] for name in group}) == 1 for group in groups)
        assert len(set(scene.values())) == len(groups)

        # Lossy copies of all of them, in random poses, fall back into those scenes.
        base = [pixels for _, pixels in images.stream()]
        poses = itertools.cycle([3, 6, 1, 4, 7])
        copies = [
            jpeg_copy(np.ascontiguousarray(apply_pose(pixels, pose)), 75)
            for pixels, pose in zip(base, poses, strict=False)
        ]
        both = cz.find_scenes([*base, *copies])
        assert both[: len(base)].tolist() == both[len(base) :].tolist()
        assert len(set(both.tolist())) == len(groups)
