"""DynamoDB as far as people need it, in plain dictionaries: what moto answers, some twenty times faster.

A simulation makes hundreds of thousands of calls. The conditions are evaluated by moto's own code; one seed in a hundred runs on moto
itself (see the tests), so that the two cannot drift apart unseen.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.models.dynamo_type import DynamoType, Item

Attributes = dict[str, dict[str, Any]]
Key = tuple[str, str]


class QuickDynamo:
    """Tables made at their first use; a key is `pk` and, where the table has one, `sk`, both text."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Attributes]] = {}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answers every DynamoDB call of the process."""

        def answer(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
            assert client.meta.service_model.service_name == "dynamodb"
            return getattr(self, f"_{operation}")(request)

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    def _items(self, table: str) -> dict[Key, Attributes]:
        return self.tables.setdefault(table, {})

    def _BatchGetItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - named after the operation
        found: dict[str, list[Attributes]] = {}
        for table, wanted in request["RequestItems"].items():
            items = (self._items(table).get(_key(key)) for key in wanted["Keys"])
            found[table] = [dict(item) for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _GetItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        item = self._items(request["TableName"]).get(_key(request["Key"]))
        return {} if item is None else {"Item": dict(item)}

    def _BatchWriteItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for table, writes in request["RequestItems"].items():
            for write in writes:
                self._items(table)[_key(write["PutRequest"]["Item"])] = dict(write["PutRequest"]["Item"])
        return {"UnprocessedItems": {}}

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        first, last = _range(request["KeyConditionExpression"], values)
        partition = values[_partition_value(request["KeyConditionExpression"], names)]["S"]
        rows = sorted(key for key in self._items(request["TableName"]) if key[0] == partition and first <= key[1] <= last)
        return {"Items": [dict(self._items(request["TableName"])[key]) for key in rows], "Count": len(rows), "ScannedCount": len(rows)}

    def _PutItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not self._holds(request, _key(request["Item"])):
            raise _refusal("ConditionalCheckFailedException", "PutItem")
        self._items(request["TableName"])[_key(request["Item"])] = dict(request["Item"])
        return {}

    def _DeleteItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._items(request["TableName"]).pop(_key(request["Key"]), None)
        return {}

    def _UpdateItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        item = self._items(request["TableName"]).setdefault(_key(request["Key"]), dict(request["Key"]))
        names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})
        for name, value in re.findall(r"(#\d+) = (:\d+)", request["UpdateExpression"]):
            item[names[name]] = values[value]
        for name in re.findall(r"REMOVE (#\d+)", request["UpdateExpression"]):
            item.pop(names[name], None)
        return {"Attributes": dict(item)}

    def _TransactWriteItems(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        steps = [next(iter(step.items())) for step in request["TransactItems"]]
        keys = [(step["TableName"], _key(step["Item"] if kind == "Put" else step["Key"])) for kind, step in steps]
        if len(keys) > 100 or len(set(keys)) < len(keys):
            raise _refusal("ValidationException", "TransactWriteItems")
        held = [self._holds(step, key) for (_, step), (_, key) in zip(steps, keys, strict=True)]
        if not all(held):
            reasons = [{"Code": "None" if holds else "ConditionalCheckFailed"} for holds in held]
            raise _refusal("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        for (kind, step), (table, key) in zip(steps, keys, strict=True):
            if kind == "Put":
                self._items(table)[key] = dict(step["Item"])
            elif kind == "Delete":
                self._items(table).pop(key, None)
        return {}

    def _holds(self, step: dict[str, Any], key: Key) -> bool:
        expression = step.get("ConditionExpression")
        if not expression:
            return True
        condition = get_filter_expression(expression, step.get("ExpressionAttributeNames"), step.get("ExpressionAttributeValues"))
        item = self._items(step["TableName"]).get(key)
        return bool(condition.expr(_moto_item(key, item or {})))


def _moto_item(key: Key, item: Attributes) -> Item:
    return Item(DynamoType({"S": key[0]}), DynamoType({"S": key[1]}), item)


def _key(item: Attributes) -> Key:
    return item["pk"]["S"], item["sk"]["S"] if "sk" in item else ""


def _range(expression: str, values: Attributes) -> tuple[str, str]:
    """The sort keys that a key condition of PynamoDB allows: all, a prefix, or between two."""
    kind, names = _sort_condition(expression)
    found = [values[name]["S"] for name in names]
    if kind == "begins_with":
        return found[0], found[0] + "\U0010ffff"
    return (found[0], found[1]) if kind == "BETWEEN" else ("", "\U0010ffff")


@lru_cache
def _sort_condition(expression: str) -> tuple[str, tuple[str, ...]]:
    if found := re.search(r"begins_with \(#\d+, (:\d+)\)", expression):
        return "begins_with", found.groups()
    if found := re.search(r"BETWEEN (:\d+) AND (:\d+)", expression):
        return "BETWEEN", found.groups()
    return "", ()


def _partition_value(expression: str, names: dict[str, str]) -> str:
    placeholder = next(name for name, attribute in names.items() if attribute == "pk")
    found = re.search(rf"{placeholder} = (:\d+)", expression)
    assert found
    return found.group(1)


def _refusal(code: str, operation: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)
