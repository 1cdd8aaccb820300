"""How the store of an analysis stands: what it holds, how it searches, what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crystalviz
from crystalviz._wording import counted
from crystalviz.collection import COLLECTION

if TYPE_CHECKING:
    from crystalviz.store import Client
    from crystalviz.store.mirror import Mirror


class MirroredStore:
    """The store folder of an analysis, kept open so that a Weaviate server follows it.

    Parameters
    ----------
    folder : Path
        The store folder.
    mirror : str or mapping
        The server's address, `http://host:port`; or a mapping with `url` and what else
        `cz.connect` takes for a server: grpc_port, api_key, headers, deadline.

    Raises
    ------
    ValueError
        If the mapping has no `url`.
    WeaviateInvalidInputError
        If the address is not valid.
    """

    def __init__(self, folder: Path, mirror: str | Mapping[str, Any]) -> None:
        from crystalviz import store

        settings = {"url": mirror} if isinstance(mirror, str) else dict(mirror)
        if not isinstance(settings.get("url"), str):
            raise ValueError(
                'mirror takes an address, "http://host:8080", or a dictionary with "url" and what '
                f"else cz.connect takes for a server, not {mirror!r}"
            )
        self._given = mirror
        self.client: Client = store.connect(folder, mirror=settings.pop("url"), **settings)

    @property
    def mirror(self) -> Mirror:
        """The server that follows."""
        assert self.client.mirror is not None
        return self.client.mirror

    def moved(self, folder: Path) -> MirroredStore:
        """Let the server follow another folder from now on."""
        if folder.absolute() == self.client.folder.absolute():
            return self
        self.close()
        return MirroredStore(folder, self._given)

    def close(self) -> None:
        """Stop pushing and close the store; what waits is pushed next time."""
        self.client.close()


def store_status(
    count: int, folder: Path | None, mirrored: MirroredStore | None, wake: bool
) -> dict[str, Any]:
    """Return what the StoreStatus panel shows; takes milliseconds and waits for no server.

    Parameters
    ----------
    count : int
        Images of the analysis.
    folder : Path or None
        Its store folder.
    mirrored : MirroredStore or None
        The folder, where a server follows it.
    wake : bool
        Let the mirror look at the server now; the next status tells what it found.

    Returns
    -------
    dict
        `kind` ("local", or "memory" when nothing is saved), `connected` (whether the store can
        be read), `version`, `objects`, `folder`; `neighbors` ("exact": those of the analysis,
        which never ask a store) and `source`, where they come from; `search` ("exact" or "hnsw":
        how queries of the stored collection are answered) and its measured `recall` (None while
        unknown); `detail` (a sentence); `mirror` (`Mirror.status()`, or None).
    """
    status: dict[str, Any] = {
        "kind": "memory",
        "connected": True,
        "version": crystalviz.__version__,
        "objects": count,
        "folder": None,
        "neighbors": "exact",
        "source": "the analysis in memory",
        "search": "exact",
        "recall": 1.0,
        "detail": f"{counted(count, 'image')}, exact cosine search; not saved",
        "mirror": None,
    }
    if folder is None:
        return status
    from crystalviz.store.errors import WeaviateBaseError

    status |= {"kind": "local", "folder": str(folder), "source": "the local store"}
    try:
        if mirrored is not None and mirrored.client.is_connected():
            status |= _read(mirrored.client)
            if wake:
                mirrored.mirror.wake()
            status["mirror"] = mirrored.mirror.status()
        else:
            from crystalviz import store

            with store.connect(folder, read_only=True) as client:
                status |= _read(client)
    except WeaviateBaseError as error:
        status |= {
            "connected": False,
            "source": "the analysis in memory",
            "detail": f"the store cannot be read: {' '.join(str(error).split())}",
        }
    return status


def _read(client: Client) -> dict[str, Any]:
    collection = client.collections.use(COLLECTION)
    # Nothing is loaded or built for it: a page asks every few seconds.
    health = collection.index_health(load=False)
    objects, search, recall = len(collection), health["search"], health["recall"]
    how = "exact search"
    if search == "hnsw":
        how = "HNSW search, recall " + ("not measured yet" if recall is None else f"{recall:.3f}")
    return {
        "objects": objects,
        "search": search,
        "recall": recall,
        "detail": f"{counted(objects, 'object')}, {how}",
    }
