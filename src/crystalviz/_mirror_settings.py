"""How commands and pages name the Weaviate server that follows a store."""

from __future__ import annotations

import os
from typing import Any

KEY_VARIABLE = "WEAVIATE_API_KEY"
"""Environment variable with the server's key: an option would show in the list of processes."""


def mirror_settings(url: str | None, grpc_port: int) -> dict[str, Any] | None:
    """Return what `analyze` and `load_analysis` take as `mirror`; None where no server is named.

    The key comes from the environment.
    """
    if url is None:
        return None
    return {"url": url, "grpc_port": grpc_port, "api_key": os.environ.get(KEY_VARIABLE) or None}
