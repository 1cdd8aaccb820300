"""The epochs of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from crystalviz._wording import counted
from crystalviz.models._keras import import_keras
from crystalviz.models.preprocess import PREPROCESSING
from crystalviz.models.training.checkpoint import Checkpoint
from crystalviz.models.training.examples import Examples
from crystalviz.models.training.recipe import Recipe
from crystalviz.models.training.scores import Scores, decide
from crystalviz.models.training.views import random_view

REACHED, NO_BETTER, ALL_DONE = "target", "patience", "epochs"
"""Why a training ended: every class had its F1, the loss fell no more, or the last epoch."""

_ORDER, _VIEW, _DROPOUT = 1, 2, 3
_WORKERS = 4


class Training:
    """A network on its way, epoch by epoch.

    Parameters
    ----------
    network : keras.Model
        Of `build_classifier`.
    preprocessing : str
    examples : Examples
    train, validation : (k,) int64
        Positions in the examples.
    recipe : Recipe
    """

    def __init__(
        self,
        network: Any,
        preprocessing: str,
        examples: Examples,
        train: np.ndarray,
        validation: np.ndarray,
        recipe: Recipe,
    ) -> None:
        self._tf, self._keras = import_keras()
        self.network = network
        self._scale = PREPROCESSING[preprocessing]
        self._channels = int(network.input_shape[3])
        self._examples = examples
        self._train, self._validation = train, validation
        self._recipe = recipe
        self._optimizer = self._keras.optimizers.SGD(recipe.learning_rate, momentum=recipe.momentum)
        self._optimizer.build(network.trainable_variables)
        # What the frozen layers hold never changes and is not kept again each epoch.
        self._changing = [w for layer in network.layers if layer.trainable for w in layer.weights]
        self._dropouts = [x for x in network.layers if isinstance(x, self._keras.layers.Dropout)]
        self._binary = network.output_shape[-1] == 1
        self._step, self._forward = self._traced()

    def run(self, state: Checkpoint, folder: Path, progress: bool) -> None:
        """Train from `state` on until a stop, keeping each epoch in the folder.

        The network ends with the weights of the best epoch.

        Raises
        ------
        KeyboardInterrupt
            With a message that says what is kept.
        """
        self._restore(state)
        epochs = self._recipe.epochs
        done = len(state.history)
        with tqdm(
            total=epochs, initial=done, unit="epoch", desc="training", disable=not progress
        ) as bar:
            if done:
                bar.set_postfix_str(self._said(state.history[-1]))
            try:
                while not (stopped := self._stop(state)):
                    row = self._epoch(done + 1, progress)
                    self._keep(state, row)
                    state.save(folder)
                    done += 1
                    bar.update()
                    bar.set_postfix_str(self._said(row))
            except KeyboardInterrupt:
                raise KeyboardInterrupt(
                    f"training stopped in epoch {done + 1}; {counted(done, 'epoch')} kept in "
                    f"{folder}, and the same call goes on from there"
                ) from None
        state.stopped = stopped
        state.save(folder)
        for variable, value in zip(self._changing, state.best_weights, strict=True):
            variable.assign(value)

    def predict(self, positions: np.ndarray) -> np.ndarray:
        """Return the probability of each class, (len(positions), K) float64, without dropout."""
        parts = [
            self._forward(self._prepared(self._examples.pixels[chosen])).numpy()
            for chosen in self._batches(positions)
        ]
        return self._by_class(np.concatenate(parts))

    def _epoch(self, epoch: int, progress: bool) -> dict[str, float]:
        seed = self._recipe.seed
        order = np.random.default_rng([seed, _ORDER, epoch]).permutation(self._train)
        for index, layer in enumerate(self._dropouts):
            key = np.random.SeedSequence([seed, _DROPOUT, epoch, index]).generate_state(2)
            layer.seed_generator.state.assign(key)
        losses, right = 0.0, 0
        with tqdm(
            total=len(order), unit="image", desc=f"epoch {epoch}", leave=False, disable=not progress
        ) as bar:
            for chosen, batch in self._views(order, epoch):
                targets = self._examples.targets[chosen]
                loss, output = self._step(batch, targets)
                losses += float(loss) * len(chosen)
                right += int((decide(self._by_class(output.numpy())) == targets).sum())
                bar.update(len(chosen))
        row: dict[str, float] = {
            "epoch": epoch,
            "loss": losses / len(order),
            "accuracy": right / len(order),
        }
        targets = self._examples.targets[self._validation]
        probability = self.predict(self._validation)
        scores = Scores.of(targets, decide(probability), len(self._examples.class_names))
        own = np.clip(probability[np.arange(len(targets)), targets], 1e-7, 1.0)
        row["val_loss"] = float(-np.log(own).mean())
        row["val_accuracy"] = scores.accuracy
        for name, value in zip(self._examples.class_names, scores.f1.tolist(), strict=True):
            row[f"val_f1 {name}"] = value
        if not np.isfinite([row["loss"], row["val_loss"]]).all():
            raise ValueError(
                f"the loss is no number any more in epoch {epoch}: learning_rate "
                f"{self._recipe.learning_rate:g} is too large for this backbone; try a tenth of it"
            )
        return row

    def _views(self, order: np.ndarray, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield batches; the next one is made while the network learns from this one."""

        def view(position: int) -> np.ndarray:
            rng = np.random.default_rng([self._recipe.seed, _VIEW, epoch, position])
            return random_view(self._examples.pixels[position], rng)

        batches = self._batches(order)
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="crystalviz") as pool:

            def begin(chosen: np.ndarray) -> list[Future[np.ndarray]]:
                return [pool.submit(view, position) for position in chosen.tolist()]

            try:
                coming = begin(batches[0])
                for index, chosen in enumerate(batches):
                    views = np.stack([future.result() for future in coming])
                    if index + 1 < len(batches):
                        coming = begin(batches[index + 1])
                    yield chosen, self._prepared(views)
            finally:
                pool.shutdown(cancel_futures=True)

    def _batches(self, positions: np.ndarray) -> list[np.ndarray]:
        """Cut into batches that differ by one image at most: none is left out or tiny."""
        return np.array_split(positions, batch_count(len(positions), self._recipe.batch_size))

    def _prepared(self, gray: np.ndarray) -> np.ndarray:
        stacked = np.repeat(gray.astype(np.float32)[..., None], self._channels, axis=3)
        return self._scale(stacked)

    def _by_class(self, output: np.ndarray) -> np.ndarray:
        raw = output.astype(np.float64)
        return np.column_stack([1 - raw[:, 0], raw[:, 0]]) if self._binary else raw

    def _traced(self) -> tuple[Any, Any]:
        tf, losses = self._tf, self._keras.losses
        network, optimizer = self.network, self._optimizer
        measure = losses.binary_crossentropy if self._binary else None
        images = tf.TensorSpec([None, *network.input_shape[1:]], tf.float32)
        classes = tf.TensorSpec([None], tf.int64)

        @tf.function(input_signature=[images, classes])
        def step(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                output = network(x, training=True)
                if measure is not None:
                    each = measure(tf.cast(y[:, None], tf.float32), output)
                else:
                    each = losses.sparse_categorical_crossentropy(y, output)
                loss = tf.reduce_mean(each)
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss, output

        @tf.function(input_signature=[images])
        def forward(x: Any) -> Any:
            return network(x, training=False)

        return step, forward

    def _restore(self, state: Checkpoint) -> None:
        for variables, values in (
            (self._changing, state.weights),
            (self._optimizer.variables, state.optimizer),
        ):
            if values:
                for variable, value in zip(variables, values, strict=True):
                    variable.assign(value)

    def _keep(self, state: Checkpoint, row: dict[str, float]) -> None:
        state.history.append(row)
        state.weights = [variable.numpy() for variable in self._changing]
        state.optimizer = [np.asarray(variable.numpy()) for variable in self._optimizer.variables]
        if row["val_loss"] < state.best_loss:
            state.best_epoch, state.best_loss = int(row["epoch"]), row["val_loss"]
            state.best_weights = state.weights

    def _stop(self, state: Checkpoint) -> str:
        recipe, names = self._recipe, self._examples.class_names
        latest = state.history[-recipe.target_epochs :]
        reached = [
            all(row[f"val_f1 {name}"] >= recipe.target_f1 for name in names) for row in latest
        ]
        if len(latest) == recipe.target_epochs and all(reached):
            return REACHED
        losses = [row["val_loss"] for row in state.history]
        if epochs_without_gain(losses, recipe.min_delta) >= recipe.patience:
            return NO_BETTER
        return ALL_DONE if len(state.history) >= recipe.epochs else ""

    def _said(self, row: dict[str, float]) -> str:
        scores = " ".join(f"{x} {row[f'val_f1 {x}']:.4f}" for x in self._examples.class_names)
        return f"loss {row['loss']:.4f}, val_loss {row['val_loss']:.4f}, F1 {scores}"


def epochs_without_gain(losses: Sequence[float], min_delta: float) -> int:
    """Return how many epochs ago the loss last fell by `min_delta` under what it was before."""
    lowest, waiting = float("inf"), 0
    for loss in losses:
        waiting += 1
        if loss < lowest - min_delta:
            lowest, waiting = loss, 0
    return waiting


def batch_count(images: int, batch_size: int) -> int:
    """Return how many batches hold so many images."""
    return max(1, -(-images // batch_size))
