"""Import an optional dependency, or say which `pip install` line brings it."""

from __future__ import annotations

import importlib
from types import ModuleType


class MissingDependencyError(ImportError):
    """A package of one of crystalviz's extras is not installed."""


def require(module: str, extra: str, purpose: str) -> ModuleType:
    """Return the imported `module`.

    Raises
    ------
    MissingDependencyError
        Naming the purpose and the install line of the `extra` that holds the package.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            f"{purpose} needs the package {module.split('.')[0]!r}: "
            f'pip install "crystalviz[{extra}]"'
        ) from error
