"""Train the embedded model: `python -m crystalviz.models.train_crystalnet`.

Every picture it learns from is drawn by `crystalviz.datasets.synthetic_crystals`;
real micrographs are only scored, when a folder of them is given.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from crystalviz.datasets.baselines import shortcut_baselines
from crystalviz.datasets.synthetic import LABELS, draw_micrograph
from crystalviz.models._augment import augment
from crystalviz.models._keras import import_keras
from crystalviz.models.crystalnet import INPUT_SIZE, build_crystalnet
from crystalviz.models.load import CRYSTAL_CLASSES, CRYSTALNET_FILE
from crystalviz.models.model import Model
from crystalviz.models.score import score_folder

SEED = 7
TRAIN_SEED, TEST_SEED = 1_000, 2_000
TRAIN_COUNT, TEST_COUNT = 5_000, 1_000
STEPS, BATCH_SIZE = 2_400, 32
LEARNING_RATE, WEIGHT_DECAY, LABEL_SMOOTHING = 2e-3, 0.02, 0.04


def draw_set(count: int, seed: int, jobs: int = 2) -> tuple[list[np.ndarray], np.ndarray]:
    """Draw `count` micrographs in parallel; the same ones as `synthetic_crystals`.

    Returns
    -------
    images : list of (H, W) uint8
    target : (count,) float32
        1 for PG.
    """

    def draw(index: int) -> np.ndarray:
        return draw_micrograph(LABELS[index % 2], np.random.default_rng([seed, index]))

    images = Parallel(n_jobs=jobs, batch_size=16)(
        delayed(draw)(i) for i in tqdm(range(count), desc="drawing", unit="image")
    )
    return images, (np.arange(count) % 2).astype(np.float32)


def train(
    images: list[np.ndarray], target: np.ndarray, steps: int = STEPS, seed: int = SEED
) -> Any:
    """Fit a fresh crystalnet.

    Parameters
    ----------
    images : list of (H, W) uint8
    target : (n,) float32
    steps : int
        Batches of `BATCH_SIZE`.
    seed : int
        Weights, order and augmentation follow from it.

    Returns
    -------
    keras.Model
    """
    tf, keras = import_keras()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    network = build_crystalnet(seed)
    warm = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE * 0.05,
        steps - warm,
        alpha=0.01,
        warmup_target=LEARNING_RATE,
        warmup_steps=warm,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, clipnorm=1.0)
    # Shifts and scales of normalisation need no decay.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.BinaryCrossentropy(label_smoothing=LABEL_SMOOTHING)
    network.compile(optimizer, loss, metrics=["accuracy"])

    def batch(step: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([seed, 1, step])
        chosen = rng.integers(0, len(images), BATCH_SIZE)
        views = [augment(images[i], rng, INPUT_SIZE) for i in chosen]
        return np.stack(views)[..., None], target[chosen][:, None]

    # One batch is drawn while the network learns from the one before.
    with ThreadPoolExecutor(1) as pool, tqdm(total=steps, desc="training", unit="step") as bar:
        coming = pool.submit(batch, 0)
        for step in range(steps):
            x, y = coming.result()
            if step + 1 < steps:
                coming = pool.submit(batch, step + 1)
            value, accuracy = network.train_on_batch(x, y)
            bar.update()
            if step % 20 == 19:
                bar.set_postfix(loss=f"{value:.3f}", accuracy=f"{accuracy:.3f}")
            if step % 200 == 199:
                network.reset_metrics()
    # A copy that was never compiled: the optimizer's state would be two thirds of the file.
    trained = build_crystalnet(seed)
    trained.set_weights(network.get_weights())
    return trained


def score(model: Model, images: list[np.ndarray], target: np.ndarray) -> dict[str, float]:
    """Return accuracy and recall of both classes on one set."""
    result = np.concatenate(
        [model.one_pass(images[i : i + 64]).probability for i in range(0, len(images), 64)]
    )
    right = (result >= 0.5) == (target == 1)
    return {
        "images": len(images),
        "accuracy": float(right.mean()),
        "recall_CEX": float(right[target == 0].mean()),
        "recall_PG": float(right[target == 1].mean()),
    }


def main(arguments: list[str] | None = None) -> int:
    """Draw, train, score, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CRYSTALNET_FILE, help="file to write")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--images", type=int, default=TRAIN_COUNT, help="training images to draw")
    parser.add_argument("--test-images", type=int, default=TEST_COUNT, help="to score it on")
    parser.add_argument("--real", type=Path, help="folder cex/ and pg/ of real images to score")
    parser.add_argument("--report", type=Path, help="JSON file for the scores")
    options = parser.parse_args(arguments)

    images, target = draw_set(options.images, TRAIN_SEED)
    network = train(images, target, options.steps)
    network.save(options.out)
    model = Model(network, "crystalnet", CRYSTAL_CLASSES)
    model.export_onnx(options.out.with_suffix(".onnx"))
    test_images, test_target = draw_set(options.test_images, TEST_SEED)
    report: dict[str, Any] = {
        "parameters": int(network.count_params()),
        "fingerprint": model.fingerprint,
        "synthetic_test": score(model, test_images, test_target),
        "baselines": shortcut_baselines(test_images, [LABELS[int(t)] for t in test_target]),
    }
    if options.real:
        report["real"] = score_folder(options.real, model)
    text = json.dumps(report, indent=1)
    print(text)
    if options.report:
        options.report.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
