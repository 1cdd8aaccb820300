"""Pushes what is written to the store to a Weaviate server, in the background."""

from __future__ import annotations


class Mirror:
    """A Weaviate server that follows a store."""

    def close(self) -> None:
        """Stop pushing; what is not pushed yet is pushed next time."""
