"""`collection.generate`: answers of a language model, which the embedded store does not have."""

from __future__ import annotations

from typing import Any, NoReturn

from crystalviz.store.errors import WeaviateUnsupportedFeatureError


class GenerateCollection:
    """Every call raises `WeaviateUnsupportedFeatureError`."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise WeaviateUnsupportedFeatureError(
            "generate needs a language model in the database: ask with collection.query, and give "
            "the answer to a model of your own"
        )

    near_vector = near_object = near_text = near_image = near_media = _refuse
    bm25 = hybrid = fetch_objects = fetch_object_by_id = fetch_objects_by_ids = _refuse
