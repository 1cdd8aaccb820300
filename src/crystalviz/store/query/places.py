"""Places on the earth, and how far they are from one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.store.errors import WeaviateQueryError
from crystalviz.store.query.filters import GeoRange

# As in Weaviate: `adapters/repos/db/vector/hnsw/distancer/geo_spatial.go`.
_EARTH_RADIUS = 6371e3


def read_range(value: Any) -> GeoRange:
    """Return what `within_geo_range` asks, ours or weaviate-client's.

    Raises
    ------
    WeaviateQueryError
        When it is no place, or the distance is negative.
    """
    try:
        asked = GeoRange(float(value.latitude), float(value.longitude), float(value.distance))
    except (AttributeError, TypeError, ValueError):
        raise WeaviateQueryError(
            f"within_geo_range needs a latitude, a longitude and a distance, not {value!r}"
        ) from None
    if asked.distance < 0:
        raise WeaviateQueryError(f"within_geo_range: the distance is negative: {asked.distance}")
    return asked


def distances_on_earth(places: np.ndarray, origin: GeoRange) -> np.ndarray:
    """Return how far places are from one of them, in metres.

    The haversine formula: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68
    (1984), p. 159.

    Parameters
    ----------
    places : (n, 2) float64
        Latitude and longitude in degrees; NaN where there is none.
    origin : GeoRange
        From where.

    Returns
    -------
    (n,) float64
        NaN where there is no place.
    """
    latitudes, longitudes = np.radians(places).T
    latitude, longitude = np.radians(origin.latitude), np.radians(origin.longitude)
    across = np.sin((latitudes - latitude) / 2) ** 2
    along = np.sin((longitudes - longitude) / 2) ** 2
    share = np.clip(across + np.cos(latitude) * np.cos(latitudes) * along, 0.0, 1.0)
    return np.asarray(2 * _EARTH_RADIUS * np.arctan2(np.sqrt(share), np.sqrt(1.0 - share)))
