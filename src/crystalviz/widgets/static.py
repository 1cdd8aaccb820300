"""Where the built JavaScript of the widgets lies."""

from __future__ import annotations

from pathlib import Path

_STATIC = Path(__file__).parent.parent / "static"


class WidgetsNotBuiltError(RuntimeError):
    """The JavaScript bundles are missing from this installation."""


def bundle(name: str) -> Path:
    """Return the path of one built bundle, e.g. ``"store.js"``.

    Raises
    ------
    WidgetsNotBuiltError
        When the package was taken from a source tree whose widgets were never built.
    """
    path = _STATIC / name
    if not path.is_file():
        raise WidgetsNotBuiltError(
            f"the widgets' JavaScript is not built ({path} is missing). In a source checkout run "
            "`make widgets`, or install the package again with `pip install .`"
        )
    return path
