"""The error of a value that does not fit its property."""

from __future__ import annotations


class ValueRefusedError(ValueError):
    """A value does not fit its property; the message says which and why."""
