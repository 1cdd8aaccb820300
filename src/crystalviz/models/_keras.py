"""Keras on TensorFlow, imported late and without the start-up banner."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

from crystalviz._optional import require

PURPOSE = "running a model"


def import_keras() -> tuple[ModuleType, ModuleType]:
    """Return the modules `tensorflow` and `keras`.

    Raises
    ------
    MissingDependencyError
        If TensorFlow is not installed; the message holds the `pip install` line.
    RuntimeError
        If Keras is already running on another backend than TensorFlow.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        with _quiet_descriptor():
            require("tensorflow", "models", PURPOSE)
            require("keras", "models", PURPOSE)
    tensorflow = require("tensorflow", "models", PURPOSE)
    keras = require("keras", "models", PURPOSE)
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"Keras runs on {keras.backend.backend()!r} in this process, and crystalviz's maps "
            'need TensorFlow: set KERAS_BACKEND="tensorflow" before Keras is imported'
        )
    return tensorflow, keras


@contextlib.contextmanager
def _quiet_descriptor() -> Iterator[None]:
    """Hold back what native code writes to file descriptor 2; show it if the import fails.

    TensorFlow prints its oneDNN notice before its own log level is read.
    """
    try:
        kept = os.dup(2)
    except OSError:
        # No standard error at all, as under pythonw.
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush() if sys.stderr else None
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
