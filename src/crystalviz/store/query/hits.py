"""What a search found, before the objects are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    """One object that was found.

    Parameters
    ----------
    uuid : bytes
        Which.
    distance : float, optional
        From the query's vector.
    score : float
        By keywords, or of a hybrid search; 0 otherwise.
    explanation : str
        How the score came about.
    """

    uuid: bytes
    distance: float | None = None
    score: float = 0.0
    explanation: str = ""
