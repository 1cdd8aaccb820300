"""Python's garbage collector, kept still while very many objects are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Make hundreds of thousands of objects, none of which is garbage.

    The collector would look through all of them again and again, which takes a fifth of the time
    of reading an export. It is on again afterwards if it was on before.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
