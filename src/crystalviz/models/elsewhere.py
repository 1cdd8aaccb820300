"""Work in other processes and on other machines, through the backends of joblib.

Inside ``joblib.parallel_config(backend="dask")`` the work goes to that cluster, with ``n_jobs=2``
to two processes here. A model is not sent as it lives in memory: what travels is its name, or its
Keras file, and each worker opens it once.
"""

from __future__ import annotations

import io
import pickle
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import joblib
import numpy as np
from joblib.parallel import get_active_backend

from crystalviz.models.load import load_model
from crystalviz.models.load_keras import read_network
from crystalviz.models.model import PASS_VERSION, Model

Result = TypeVar("Result")


class WorkerError(RuntimeError):
    """A worker process ended, or could not open the model."""


@dataclass(frozen=True)
class SentModel:
    """A model on its way to other processes; made by `send`.

    Attributes
    ----------
    fingerprint : str
        Of the model.
    data : (n,) uint8
        An array, because joblib shares large arrays among tasks instead of copying them.
    """

    fingerprint: str
    data: np.ndarray

    def open(self) -> Any:
        """Return the model in this process; opened once, and kept until another one comes.

        Raises
        ------
        WorkerError
            If it comes out as another model here, with other versions of what runs it.
        """
        with _opening:
            if self.fingerprint not in _opened:
                _opened.clear()
                model = _Opener(io.BytesIO(self.data.tobytes())).load()
                if model.fingerprint != self.fingerprint:
                    raise WorkerError(
                        f"the model {model.name!r} is another one on a worker than here; install "
                        "the same versions of crystalviz and its engines on both"
                    )
                _opened[self.fingerprint] = model
            return _opened[self.fingerprint]


_opening = threading.Lock()
_opened: dict[str, Any] = {}


def send(model: Any) -> SentModel:
    """Pack a `Model`, or something that holds one and plain data besides.

    Raises
    ------
    WorkerError
        If the model cannot be opened again elsewhere.
    """
    file = io.BytesIO()
    _Packer(file, protocol=5).dump(model)
    return SentModel(model.fingerprint, np.frombuffer(file.getvalue(), np.uint8))


def goes_elsewhere(n_jobs: int | None) -> bool:
    """Whether the active backend of joblib, with `n_jobs`, has other workers than this thread."""
    backend, configured = get_active_backend()
    wanted = configured if n_jobs is None else n_jobs
    if wanted == 0:
        raise ValueError("n_jobs must not be 0; 1 is no other process, -1 one for each core")
    if _is_dask(backend):
        return True
    return backend.effective_n_jobs(1 if wanted is None else wanted) > 1


def results_in_order(
    function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]], n_jobs: int | None
) -> Iterator[Result]:
    """Yield ``function(*task)`` of each task, computed by the workers, as soon as it is there.

    Raises
    ------
    WorkerError
        If a worker ended while it worked; what was yielded before is done.
    """
    backend, _ = get_active_backend()
    try:
        if _is_dask(backend):
            yield from _on_dask(backend.client, function, tasks)
        else:
            parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator", batch_size=1)
            yield from parallel(joblib.delayed(function)(*task) for task in tasks)
    except _deaths() as error:
        raise WorkerError(
            f"a worker process ended while it worked ({type(error).__name__}); it may have run "
            "out of memory: take fewer workers or smaller images. Run again to go on"
        ) from error


def _is_dask(backend: Any) -> bool:
    return type(backend).__name__ == "DaskDistributedBackend"


def _on_dask(
    client: Any, function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """Give the tasks to the cluster that joblib's backend is connected to.

    `joblib.Parallel` would wait for ever for a task whose worker was killed: its Dask backend
    (1.6) does not pass on that kind of failure.
    """
    ahead = 2 * max(1, sum(client.nthreads().values()))
    # What all tasks share goes to every worker once: Dask sends a task where its data lies.
    shared: dict[int, tuple[Any, Any]] = {}
    waiting: deque[Any] = deque()
    source = iter(tasks)

    def submitted() -> Iterator[Any]:
        for task in source:
            parts = []
            for part in task:
                if isinstance(part, SentModel):
                    if id(part) not in shared:
                        shared[id(part)] = (part, client.scatter(part, broadcast=True, hash=False))
                    parts.append(shared[id(part)][1])
                else:
                    parts.append(part)
            yield client.submit(function, *parts, pure=False)

    coming = submitted()
    try:
        waiting.extend(islice(coming, ahead))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(islice(coming, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()


def _deaths() -> tuple[type[BaseException], ...]:
    kinds: list[type[BaseException]] = [BrokenExecutor, CancelledError]
    # Only there when a Dask cluster is in use.
    if (distributed := sys.modules.get("distributed")) is not None:
        kinds.append(distributed.KilledWorker)
    return tuple(kinds)


class _Packer(pickle.Pickler):
    """Puts a recipe in the place of each `Model`."""

    def persistent_id(self, item: Any) -> Any:
        return _recipe(item) if isinstance(item, Model) else None


class _Opener(pickle.Unpickler):
    """Opens the models of `_Packer`; reads only what this program has sent to itself."""

    def persistent_load(self, recipe: Any) -> Model:
        kind, details = recipe
        if kind == "name":
            return load_model(**details)
        with tempfile.TemporaryDirectory(prefix="crystalviz-") as folder:
            file = Path(folder, "model.keras")
            file.write_bytes(details.pop("content"))
            return Model(read_network(file), **details)


def _recipe(model: Model) -> tuple[str, dict[str, Any]]:
    details = {
        "engine": model.engine,
        "precision": model.precision,
        "cam_layer": model.cam_layer,
    }
    if model.name == "crystalnet":
        named = {"name_or_path": "crystalnet", **details}
        if load_model(**named).fingerprint == model.fingerprint:
            return "name", named
    facts = model.facts
    if model.fingerprint != facts.digest(
        PASS_VERSION, facts.weights, model.engine, model.precision
    ):
        raise WorkerError(
            f"the model {model.name!r} was read from an ONNX file and cannot be sent to other "
            "processes; load its .keras file, or run it here (n_jobs=1)"
        )
    with tempfile.TemporaryDirectory(prefix="crystalviz-") as folder:
        file = Path(folder, "model.keras")
        model.network.save(file)
        content = file.read_bytes()
    return "keras", {
        "content": content,
        "name": model.name,
        "class_names": model.class_names,
        "preprocessing": model.preprocessing,
        "input_size": model.input_shape[:2],
        **details,
    }
