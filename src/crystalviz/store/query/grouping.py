"""The hits of a query put into groups: those that share a value of one property."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query.hits import Hit
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import StoredObject


@dataclass(frozen=True)
class GroupedHits:
    """A group: its name, and its hits in the order of the query."""

    name: str
    members: list[tuple[Hit, StoredObject]]


@dataclass(frozen=True)
class GroupPlan:
    """What `GroupBy` asks, checked against the collection.

    Parameters
    ----------
    prop : str
        A property or a reference.
    is_text : bool
        Whether its values are texts or dates, or lists of them.
    per_group, groups : int
        At most.
    """

    prop: str
    is_text: bool
    per_group: int
    groups: int


def read_group_by(given: Any, config: CollectionConfig) -> GroupPlan:
    """Return what a `GroupBy`, ours or weaviate-client's, asks.

    Raises
    ------
    WeaviateInvalidInputError
        When it is no `GroupBy`, or a number is below 1.
    WeaviateQueryError
        When the property does not exist.
    """
    try:
        name = str(given.prop)
        per_group, groups = int(given.objects_per_group), int(given.number_of_groups)
    except (AttributeError, TypeError, ValueError):
        raise WeaviateInvalidInputError(
            f"not a GroupBy: {given!r}. Write GroupBy(prop, objects_per_group, number_of_groups)"
        ) from None
    if per_group < 1 or groups < 1:
        raise WeaviateInvalidInputError(
            f"GroupBy needs at least one group of one object, not {groups} of {per_group}"
        )
    lowered = name[:1].lower() + name[1:]
    prop = config.property(name) or config.property(lowered)
    if prop is not None:
        return GroupPlan(prop.name, prop.element_type in ("text", "date"), per_group, groups)
    reference = next((r for r in config.references if r.name in (name, lowered)), None)
    if reference is None:
        raise WeaviateQueryError(f"cannot group: no such prop with name {name!r} in {config.name}")
    return GroupPlan(reference.name, False, per_group, groups)


def group_hits(
    hits: Sequence[tuple[Hit, StoredObject]], plan: GroupPlan, texts_only: bool = False
) -> list[GroupedHits]:
    """Return the groups, in the order of their best hits.

    As Weaviate's `adapters/repos/db/shard_group_by.go`: an object belongs to the group of
    each value of its list; one without a value to none.

    Parameters
    ----------
    hits : sequence of (Hit, StoredObject)
        The best first.
    plan : GroupPlan
        By what.
    texts_only : bool
        Leave out values that are no texts, as keyword and hybrid searches do
        (`usecases/traverser/hybrid_group_by.go`).
    """
    groups: dict[str, GroupedHits] = {}
    if texts_only and not plan.is_text:
        return []
    for hit, stored in hits:
        for name in _names(stored.properties.get(plan.prop)):
            group = groups.get(name)
            if group is None:
                if len(groups) >= plan.groups:
                    # No more of this object's values are looked at.
                    break
                group = groups[name] = GroupedHits(name, [])
            if len(group.members) < plan.per_group:
                group.members.append((hit, stored))
    return list(groups.values())


def _names(value: Any) -> list[str]:
    """Return the groups of a value as Weaviate names them: as JSON writes it, text bare."""
    if value is None:
        return []
    if isinstance(value, list):
        # An empty list has a group of its own.
        return [_name(one) for one in value] or [""]
    return [_name(value)]


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dict):
        return str(value.get("beacon", value))
    return str(value)
