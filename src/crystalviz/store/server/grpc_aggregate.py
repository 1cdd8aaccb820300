"""gRPC `Aggregate`: counts and sums, translated to `collection.aggregate`."""

from __future__ import annotations

import time
from typing import Any

from weaviate.proto.v1 import aggregate_pb2

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.query.metrics import GroupByAggregate, Metrics
from crystalviz.store.server import grpc_asking as asking
from crystalviz.store.server.access import collection_of
from crystalviz.store.server.grpc_filters import read_filter

_Aggregation = aggregate_pb2.AggregateReply.Aggregations.Aggregation
_GroupedBy = aggregate_pb2.AggregateReply.Group.GroupedBy

# What may be asked of each type: the argument of `Metrics`, and the message's field.
_NUMBERS = {name: name for name in ("count", "maximum", "mean", "median", "minimum", "mode")}
_NUMBERS["sum_"] = "sum"
_FIELDS = {
    "int": _NUMBERS,
    "number": _NUMBERS,
    "date": {name: name for name in ("count", "maximum", "median", "minimum", "mode")},
    "boolean": {
        name: name
        for name in (
            "count",
            "percentage_false",
            "percentage_true",
            "total_false",
            "total_true",
        )
    },
}
_METHODS = {"int": "integer", "number": "number", "date": "date_", "boolean": "boolean"}


def aggregate(
    client: Client, request: aggregate_pb2.AggregateRequest
) -> aggregate_pb2.AggregateReply:
    """Answer a question about many objects."""
    started = time.perf_counter()
    answer = _ask(client, request)
    kinds = {one.property: one.WhichOneof("aggregation") for one in request.aggregations}
    reply = aggregate_pb2.AggregateReply()
    groups = getattr(answer, "groups", None)
    if groups is None:
        reply.single_result.SetInParent()
        _fill(reply.single_result, answer, kinds)
    else:
        reply.grouped_results.SetInParent()
        for group in groups:
            message = reply.grouped_results.groups.add()
            message.grouped_by.CopyFrom(_grouped_by(group.grouped_by))
            _fill(message, group, kinds)
    reply.took = time.perf_counter() - started
    return reply


def _ask(client: Client, request: aggregate_pb2.AggregateRequest) -> Any:
    asking.refuse(request)
    sums = collection_of(client, request.collection, request.tenant).aggregate
    options: dict[str, Any] = {
        "filters": read_filter(request.filters) if request.HasField("filters") else None,
        "group_by": _group_by(request),
        "total_count": request.objects_count,
        "return_metrics": [_metrics(one) for one in request.aggregations] or None,
    }
    search = request.WhichOneof("search")
    if search is None:
        return sums.over_all(**options)
    options["object_limit"] = request.object_limit if request.HasField("object_limit") else None
    if search == "near_vector":
        return sums.near_vector(**asking.near_vector(request.near_vector), **options)
    if search == "near_object":
        near = request.near_object
        return sums.near_object(
            near.id, **asking.bounds(near), target_vector=asking.targets(near), **options
        )
    return sums.hybrid(**asking.hybrid(request.hybrid), **options)


def _group_by(request: aggregate_pb2.AggregateRequest) -> GroupByAggregate | None:
    if not request.HasField("group_by"):
        return None
    return GroupByAggregate(
        request.group_by.property, request.limit if request.HasField("limit") else None
    )


def _metrics(message: aggregate_pb2.AggregateRequest.Aggregation) -> Any:
    kind = message.WhichOneof("aggregation")
    if kind is None:
        raise WeaviateInvalidInputError(f"property {message.property!r}: nothing is asked of it")
    asked = getattr(message, kind)
    metrics = Metrics(message.property)
    if kind == "text":
        # Weaviate answers the top occurrences of a text, whatever is asked of it.
        return metrics.text(
            count=asked.count,
            top_occurrences_count=True,
            top_occurrences_value=True,
            limit=asked.top_occurences_limit if asked.HasField("top_occurences_limit") else None,
        )
    if kind == "reference":
        return metrics.reference(pointing_to=asked.pointing_to)
    flags = {ours: getattr(asked, theirs) for ours, theirs in _FIELDS[kind].items()}
    return getattr(metrics, _METHODS[kind])(**flags)


def _fill(message: Any, answer: Any, kinds: dict[str, str]) -> None:
    if answer.total_count is not None:
        message.objects_count = answer.total_count
    for name, sums in answer.properties.items():
        message.aggregations.aggregations.append(_aggregation(name, sums, kinds[name]))


def _aggregation(name: str, sums: Any, kind: str) -> Any:
    message = _Aggregation(property=name)
    part = getattr(message, kind)
    part.SetInParent()
    if kind == "reference":
        part.pointing_to.extend(sums.pointing_to or ())
        return message
    if kind == "text":
        if sums.count is not None:
            part.count = sums.count
        for top in sums.top_occurrences:
            part.top_occurences.items.add(value=top.value or "", occurs=top.count or 0)
        return message
    for ours, theirs in _FIELDS[kind].items():
        value = getattr(sums, ours)
        if value is not None:
            setattr(part, theirs, value)
    return message


def _grouped_by(given: Any) -> Any:
    message = _GroupedBy(path=[given.prop])
    value = given.value
    if isinstance(value, bool):
        message.boolean = value
    elif isinstance(value, int):
        message.int = value
    elif isinstance(value, float):
        message.number = value
    elif hasattr(value, "latitude"):
        message.geo.latitude = value.latitude
        message.geo.longitude = value.longitude
    else:
        message.text = str(value)
    return message
