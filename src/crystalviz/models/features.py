"""Vectors and probabilities of many images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crystalviz.images import Images, as_image_set
from crystalviz.models.load import load_model
from crystalviz.models.model import Model


@dataclass(frozen=True)
class Features:
    """Features of n images.

    Attributes
    ----------
    vectors : (n, d) float32
    probability : (n,) float32
        P(positive class), NaN where the model has no class head.
    ids : list of str
    """

    vectors: np.ndarray
    probability: np.ndarray
    ids: list[str]

    def __len__(self) -> int:
        return len(self.ids)


def extract_features(
    images: Images, model: Model | str, batch_size: int = 32, progress: bool = False
) -> Features:
    """Run `model` over the images.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model or str
        A loaded model or a name for `load_model`.
    batch_size : int
        How many decoded images are held at a time; the numbers do not depend on it.
    progress : bool
        Show a bar with rate and time left.

    Returns
    -------
    Features
        In the order of the images. A file that cannot be decoded is left out and
        listed in the `problems` of the image set.

    Raises
    ------
    ValueError
        If `batch_size` is under 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, not {batch_size}")
    loaded = load_model(model) if isinstance(model, str) else model
    source = as_image_set(images)
    names = list(source.ids)
    ids: list[str] = []
    vectors: list[np.ndarray] = []
    probability: list[np.ndarray] = []
    held: list[np.ndarray] = []

    def flush() -> None:
        if held:
            result = loaded.one_pass(held)
            vectors.append(result.vectors)
            probability.append(result.probability)
            held.clear()

    from tqdm.auto import tqdm

    with tqdm(total=len(names), unit="image", desc=loaded.name, disable=not progress) as bar:
        for index, pixels in source.stream():
            ids.append(names[index])
            held.append(pixels)
            if len(held) == batch_size:
                flush()
            bar.update()
        flush()
    empty = np.empty((0, loaded.dimension), np.float32)
    return Features(
        vectors=np.concatenate([empty, *vectors]),
        probability=np.concatenate([np.empty(0, np.float32), *probability]),
        ids=ids,
    )
