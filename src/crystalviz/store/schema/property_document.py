"""A property's part of the configuration document: defaults and refusals.

The server's `usecases/schema/class.go` and `validation.go` have the rules.
"""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.schema.enums import DataType, Tokenization
from crystalviz.store.schema.names import is_nested_name, property_name

JsonDict = dict[str, Any]

_TYPES = frozenset(one.value for one in DataType)
_TEXT = ("text", "text[]")
_RANGED = ("number", "int", "date")
_OBJECT = ("object", "object[]")
# These need dictionaries, and are off in a server that was not told otherwise.
_DICTIONARIES = ("gse", "gse_ch", "kagome_ja", "kagome_kr")


def is_reference(data_type: list[str]) -> bool:
    """Return whether a property's type names collections: those begin in upper case."""
    return bool(data_type) and data_type[0][:1].isupper()


def complete_properties(
    collection: str, given: list[JsonDict], inverted_index: JsonDict
) -> list[JsonDict]:
    """Return the properties with their defaults; refuse what does not fit, and twins."""
    done: list[JsonDict] = []
    for one in given:
        done.append(complete_property(collection, one, inverted_index, done))
    return done


def complete_property(
    collection: str, given: JsonDict, inverted_index: JsonDict, others: list[JsonDict]
) -> JsonDict:
    """Return one property with its defaults.

    Parameters
    ----------
    collection : str
        For the errors.
    given : dict
        The property as asked for.
    inverted_index : dict
        The collection's, for its lists of stopwords.
    others : list of dict
        The properties that are there already.

    Raises
    ------
    UnexpectedStatusCodeError
        422 for what a server refuses.
    WeaviateInvalidInputError, WeaviateInsertInvalidPropertyError
        When the name is not valid.
    """
    name = property_name(given.get("name"))
    if any(other["name"].lower() == name.lower() for other in others):
        raise _refused(collection, name, "the name is in use already, or given twice")
    data_type = given.get("dataType")
    if isinstance(data_type, str):
        data_type = [data_type]
    if not data_type:
        raise _refused(collection, name, "needs a data type")
    done: JsonDict = {"name": name}
    if given.get("description") is not None:
        done["description"] = given["description"]
    if is_reference(data_type):
        if given.get("tokenization"):
            raise _refused(collection, name, "references have no tokenization")
        return done | {"dataType": list(data_type), "indexFilterable": True} | _NOT_TEXT
    return done | _typed(collection, name, data_type, given, inverted_index, nested=False)


_NOT_TEXT = {"indexSearchable": False, "indexRangeFilters": False}


def _typed(
    collection: str,
    path: str,
    data_type: list[str],
    given: JsonDict,
    inverted_index: JsonDict,
    nested: bool,
) -> JsonDict:
    kind = data_type[0]
    if len(data_type) != 1 or kind not in _TYPES:
        raise _refused(
            collection, path, f"no data type {data_type!r}. There is {', '.join(sorted(_TYPES))}"
        )
    if nested and kind in ("geoCoordinates", "phoneNumber"):
        raise _refused(collection, path, f"{kind} cannot lie inside an object")
    # The server indexes no blob inside an object (setNestedPropertyDefaultIndexing).
    blob = nested and kind in ("blob", "blobHash")
    filterable = given.get("indexFilterable")
    done: JsonDict = {
        "dataType": [kind],
        "indexFilterable": not blob if filterable is None else bool(filterable),
        "indexSearchable": kind in _TEXT,
        "indexRangeFilters": bool(given.get("indexRangeFilters")),
    }
    if given.get("indexSearchable") is not None:
        done["indexSearchable"] = bool(given["indexSearchable"])
    if done["indexSearchable"] and kind not in _TEXT:
        raise _refused(collection, path, f"index_searchable is for text, and this is {kind}")
    if done["indexRangeFilters"] and kind not in _RANGED:
        raise _refused(
            collection, path, f"index_range_filters is for number, int and date, and this is {kind}"
        )
    if blob and done["indexFilterable"]:
        raise _refused(collection, path, f"index_filterable is not for {kind}")
    tokenization = _tokenization(collection, path, kind, given.get("tokenization"))
    if tokenization is not None:
        done["tokenization"] = tokenization
    analyzer = _analyzer(collection, path, kind, given.get("textAnalyzer"), done, inverted_index)
    if analyzer:
        done["textAnalyzer"] = analyzer
    inner = given.get("nestedProperties")
    if isinstance(inner, dict):
        inner = [inner]
    if kind in _OBJECT:
        if not inner:
            raise _refused(collection, path, f"{kind} needs at least one nested property")
        done["nestedProperties"] = [_nested(collection, path, one, inverted_index) for one in inner]
    elif inner:
        raise _refused(collection, path, f"nested properties are for objects, and this is {kind}")
    return done


def _nested(collection: str, path: str, given: JsonDict, inverted_index: JsonDict) -> JsonDict:
    name = given.get("name")
    if not is_nested_name(name):
        raise _refused(
            collection, f"{path}.{name}", "letters, digits and _ make a name, no digit first"
        )
    data_type = given.get("dataType")
    data_type = [data_type] if isinstance(data_type, str) else data_type
    if not data_type or is_reference(data_type):
        raise _refused(collection, f"{path}.{name}", "references cannot lie inside an object")
    done: JsonDict = {"name": name}
    if given.get("description") is not None:
        done["description"] = given["description"]
    return done | _typed(
        collection, f"{path}.{name}", data_type, given, inverted_index, nested=True
    )


def _tokenization(collection: str, path: str, kind: str, given: Any) -> str | None:
    if kind not in _TEXT:
        if given:
            raise _refused(collection, path, f"only text has a tokenization, and this is {kind}")
        return None
    tokenization = given or Tokenization.WORD.value
    if tokenization in _DICTIONARIES:
        raise WeaviateUnsupportedFeatureError(
            f"{collection}: property {path!r}: the tokenization {tokenization!r} needs a "
            "dictionary that the embedded store does not have; word, whitespace, lowercase, field "
            "and trigram need none"
        )
    if tokenization not in {one.value for one in Tokenization}:
        raise _refused(collection, path, f"no tokenization {tokenization!r}")
    return str(tokenization)


def _analyzer(
    collection: str, path: str, kind: str, given: Any, done: JsonDict, inverted_index: JsonDict
) -> JsonDict:
    """Return how a text is folded and which stopwords it has; nothing for an empty request."""
    read = {key: value for key, value in (given or {}).items() if value not in (None, [], "")}
    if not read.get("asciiFold"):
        read.pop("asciiFold", None)
    if not read:
        return {}
    if kind not in _TEXT:
        raise _refused(collection, path, f"a text analyzer is for text, and this is {kind}")
    if not (done["indexSearchable"] or done["indexFilterable"]):
        raise _refused(collection, path, "a text analyzer needs an index, and both are off")
    if read.get("asciiFoldIgnore") and not read.get("asciiFold"):
        raise _refused(collection, path, "asciiFoldIgnore needs asciiFold")
    preset = read.get("stopwordPreset")
    if preset:
        if done["tokenization"] != "word":
            raise _refused(collection, path, "a list of stopwords needs the tokenization word")
        if preset not in ("en", "none") and preset not in (
            inverted_index.get("stopwordPresets") or {}
        ):
            raise _refused(collection, path, f"no list of stopwords named {preset!r}")
    return read


def _refused(collection: str, path: str, what: str) -> UnexpectedStatusCodeError:
    return UnexpectedStatusCodeError(f"{collection}: property {path!r}: {what}", 422)
