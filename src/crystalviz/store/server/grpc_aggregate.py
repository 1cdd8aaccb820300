"""gRPC `Aggregate`: counts and sums, translated to `collection.aggregate`."""

from __future__ import annotations

import time
from typing import Any

from weaviate.proto.v1 import aggregate_pb2

from crystalviz.store.aggregate import AggregateReturn, GroupedBy
from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateUnsupportedFeatureError
from crystalviz.store.metrics import GroupByAggregate, Metrics, PropertyMetrics
from crystalviz.store.server.grpc_filters import read_filter
from crystalviz.store.sums import (
    AggregateBoolean,
    AggregateDate,
    AggregateNumbers,
    AggregateText,
)

_Aggregation = aggregate_pb2.AggregateReply.Aggregations.Aggregation
_GroupedBy = aggregate_pb2.AggregateReply.Group.GroupedBy


def aggregate(
    client: Client, request: aggregate_pb2.AggregateRequest
) -> aggregate_pb2.AggregateReply:
    """Answer a question about many objects."""
    started = time.perf_counter()
    if request.WhichOneof("search"):
        raise WeaviateUnsupportedFeatureError("aggregates of a search are not in this store")
    collection = client.collections.use(request.collection)
    if request.tenant:
        collection = collection.with_tenant(request.tenant)
    types = {prop.name: prop.element_type for prop in collection.config.get().properties}
    answer = collection.aggregate.over_all(
        filters=read_filter(request.filters) if request.HasField("filters") else None,
        group_by=_group_by(request),
        total_count=request.objects_count,
        return_metrics=[_metrics(one) for one in request.aggregations] or None,
    )
    reply = aggregate_pb2.AggregateReply()
    if isinstance(answer, AggregateReturn):
        _fill_sums(reply.single_result, answer, types)
        reply.single_result.SetInParent()
    else:
        reply.grouped_results.SetInParent()
        for group in answer.groups:
            message = reply.grouped_results.groups.add()
            _fill_sums(message, group, types)
            message.grouped_by.CopyFrom(_grouped_by(group.grouped_by))
    reply.took = time.perf_counter() - started
    return reply


def _group_by(request: aggregate_pb2.AggregateRequest) -> GroupByAggregate | None:
    if not request.HasField("group_by"):
        return None
    return GroupByAggregate(
        request.group_by.property, request.limit if request.HasField("limit") else None
    )


def _metrics(message: aggregate_pb2.AggregateRequest.Aggregation) -> PropertyMetrics:
    kind = message.WhichOneof("aggregation")
    asked = getattr(message, kind)
    metrics = Metrics(message.property)
    if kind == "text":
        return metrics.text(
            count=asked.count,
            top_occurrences_count=asked.top_occurences,
            top_occurrences_value=asked.top_occurences,
            limit=asked.top_occurences_limit if asked.HasField("top_occurences_limit") else None,
        )
    if kind == "boolean":
        return metrics.boolean(
            count=asked.count,
            percentage_false=asked.percentage_false,
            percentage_true=asked.percentage_true,
            total_false=asked.total_false,
            total_true=asked.total_true,
        )
    names = ("count", "maximum", "median", "minimum", "mode")
    flags = {name: getattr(asked, name) for name in names}
    if kind == "date":
        return metrics.date_(**flags)
    if kind in ("int", "number"):
        flags |= {"mean": asked.mean, "sum_": asked.sum}
        return metrics.integer(**flags) if kind == "int" else metrics.number(**flags)
    raise WeaviateUnsupportedFeatureError("aggregates of references are not in this store")


def _fill_sums(message: Any, answer: Any, types: dict[str, str]) -> None:
    if answer.total_count is not None:
        message.objects_count = answer.total_count
    for name, sums in answer.properties.items():
        message.aggregations.aggregations.append(_aggregation(name, sums, types[name]))


def _aggregation(name: str, sums: Any, element_type: str) -> Any:
    message = _Aggregation(property=name)
    if isinstance(sums, AggregateNumbers):
        part = message.int if element_type == "int" else message.number
        for field in ("count", "maximum", "mean", "median", "minimum", "mode"):
            _set(part, field, getattr(sums, field))
        _set(part, "sum", sums.sum_)
    elif isinstance(sums, AggregateText):
        _set(message.text, "count", sums.count)
        for top in sums.top_occurrences:
            message.text.top_occurences.items.add(value=top.value or "", occurs=top.count or 0)
        part = message.text
    elif isinstance(sums, AggregateBoolean):
        part = message.boolean
        for field in (
            "count",
            "percentage_false",
            "percentage_true",
            "total_false",
            "total_true",
        ):
            _set(part, field, getattr(sums, field))
    elif isinstance(sums, AggregateDate):
        part = message.date
        for field in ("count", "maximum", "median", "minimum", "mode"):
            _set(part, field, getattr(sums, field))
    else:
        raise TypeError(f"no message for {type(sums).__name__}")
    part.SetInParent()
    return message


def _set(message: Any, field: str, value: Any) -> None:
    if value is not None:
        setattr(message, field, value)


def _grouped_by(given: GroupedBy) -> Any:
    message = _GroupedBy(path=[given.prop])
    value = given.value
    if isinstance(value, bool):
        message.boolean = value
    elif isinstance(value, int):
        message.int = value
    elif isinstance(value, float):
        message.number = value
    else:
        message.text = str(value)
    return message
