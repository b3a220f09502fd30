"""DynamoDB as far as people need it, in plain dictionaries: what moto answers, some twenty times faster.

A simulation makes hundreds of thousands of calls. Conditions that are not plain comparisons are evaluated by moto's own code; one seed
in a hundred runs on moto itself (see the tests), so that the two cannot drift apart unseen. It refuses what DynamoDB refuses for its
size, which moto does in part only: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.models.dynamo_type import DynamoType, Item

Attributes = dict[str, dict[str, Any]]
Key = tuple[str, str]

MAX_KEY_BYTES: Final = (2_048, 1_024)  # of a partition key, of a sort key
MAX_ITEM_BYTES: Final = 400 * 1_024
MAX_READ: Final = 100  # keys of a BatchGetItem
MAX_WRITTEN: Final = 100  # items of a transaction
MAX_PUT: Final = 25  # items of a BatchWriteItem


class QuickDynamo:
    """Tables made at their first use; a key is `pk` and, where the table has one, `sk`, both text."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Attributes]] = {}
        self.changes: list[tuple[str, Key, Attributes | None, Attributes | None]] = []  # table, key, item before, item after

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answers every DynamoDB call of the process."""

        def answer(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
            assert client.meta.service_model.service_name == "dynamodb"
            return getattr(self, f"_{operation}")(request)

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    def _put(self, table: str, key: Key, item: Attributes | None) -> None:
        """What changes is remembered, as a stream would tell it."""
        before = self._items(table).pop(key, None)
        if item is not None:
            self._items(table)[key] = item
        if before != item:
            self.changes.append((table, key, before, item))

    def _items(self, table: str) -> dict[Key, Attributes]:
        return self.tables.setdefault(table, {})

    def _BatchGetItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - named after the operation
        found: dict[str, list[Attributes]] = {}
        for table, wanted in request["RequestItems"].items():
            keys = [_key(key) for key in wanted["Keys"]]
            if len(keys) > MAX_READ or len(set(keys)) < len(keys):
                raise _refusal("ValidationException", "BatchGetItem")
            items = (self._items(table).get(key) for key in keys)
            found[table] = [dict(item) for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _GetItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        item = self._items(request["TableName"]).get(_key(request["Key"]))
        return {} if item is None else {"Item": dict(item)}

    def _BatchWriteItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for table, writes in request["RequestItems"].items():
            if len(writes) > MAX_PUT:
                raise _refusal("ValidationException", "BatchWriteItem")
            for write in writes:
                self._put(table, _put_key(write["PutRequest"]["Item"]), dict(write["PutRequest"]["Item"]))
        return {"UnprocessedItems": {}}

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        first, last = _range(request["KeyConditionExpression"], values)
        partition = values[_partition_value(request["KeyConditionExpression"], names)]["S"]
        table, forward = self._items(request["TableName"]), request.get("ScanIndexForward", True)
        rows = sorted((sort for pk, sort in table if pk == partition and first <= sort <= last), reverse=not forward)
        if start := request.get("ExclusiveStartKey"):
            rows = [sort for sort in rows if (sort > start["sk"]["S"] if forward else sort < start["sk"]["S"])]
        page = rows[: request.get("Limit", len(rows))]
        answer = {"Items": [dict(table[partition, sort]) for sort in page], "Count": len(page), "ScannedCount": len(page)}
        return answer | {"LastEvaluatedKey": {"pk": {"S": partition}, "sk": {"S": page[-1]}}} if len(page) < len(rows) else answer

    def _Scan(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        equal = _equalities(request["FilterExpression"]) if "FilterExpression" in request else ()
        assert equal is not None, "only equality can filter a scan here"
        rows = [item for _, item in sorted(self._items(request["TableName"]).items())]
        found = [dict(item) for item in rows if all(item.get(names[name]) == values[value] for name, value in equal)]
        return {"Items": found, "Count": len(found), "ScannedCount": len(rows)}

    def _PutItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        key = _put_key(request["Item"])
        if not self._holds(request, key):
            raise _refusal("ConditionalCheckFailedException", "PutItem")
        self._put(request["TableName"], key, dict(request["Item"]))
        return {}

    def _DeleteItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._put(request["TableName"], _key(request["Key"]), None)
        return {}

    def _UpdateItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        table, key = self._items(request["TableName"]), _key(request["Key"])
        if not self._holds(request, key):
            raise _refusal("ConditionalCheckFailedException", "UpdateItem")
        item = dict(table.get(key, request["Key"]))
        names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})
        for name, value in re.findall(r"(#\d+) = (:\d+)", request["UpdateExpression"]):
            item[names[name]] = values[value]
        for name, value in re.findall(r"(#\d+) (:\d+)", _clause("ADD", request["UpdateExpression"])):
            item[names[name]] = _added(item.get(names[name]), values[value])
        for name, value in re.findall(r"(#\d+) (:\d+)", _clause("DELETE", request["UpdateExpression"])):
            left = set(item.pop(names[name], {"SS": []})["SS"]) - set(values[value]["SS"])
            item.update({names[name]: {"SS": sorted(left)}} if left else {})
        for name in re.findall(r"#\d+", _clause("REMOVE", request["UpdateExpression"])):
            item.pop(names[name], None)
        self._put(request["TableName"], key, item)
        return {"Attributes": dict(item)}

    def _TransactWriteItems(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        steps = [next(iter(step.items())) for step in request["TransactItems"]]
        keys = [(step["TableName"], _put_key(step["Item"]) if kind == "Put" else _key(step["Key"])) for kind, step in steps]
        if len(keys) > MAX_WRITTEN or len(set(keys)) < len(keys):
            raise _refusal("ValidationException", "TransactWriteItems")
        held = [self._holds(step, key) for (_, step), (_, key) in zip(steps, keys, strict=True)]
        if not all(held):
            reasons = [{"Code": "None" if holds else "ConditionalCheckFailed"} for holds in held]
            raise _refusal("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        carry_out = {"Put": self._PutItem, "Delete": self._DeleteItem, "Update": self._UpdateItem}
        for kind, step in steps:
            if kind in carry_out:
                carry_out[kind]({**step, "ConditionExpression": ""})
        return {}

    def _holds(self, step: dict[str, Any], key: Key) -> bool:
        expression = step.get("ConditionExpression")
        if not expression:
            return True
        item = self._items(step["TableName"]).get(key, {})
        names, values = step["ExpressionAttributeNames"], step.get("ExpressionAttributeValues", {})
        if (equal := _equalities(expression)) is not None:
            return all(item.get(names[name]) == values[value] for name, value in equal)
        return bool(get_filter_expression(expression, names, values).expr(_moto_item(key, item)))


def _added(there: dict[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    """What ADD makes of a number, or of a set of texts."""
    if "SS" in more:
        return {"SS": sorted({*(there or {"SS": []})["SS"], *more["SS"]})}
    return {"N": str(int((there or {"N": "0"})["N"]) + int(more["N"]))}


@lru_cache
def _clause(word: str, expression: str) -> str:
    """The part of an update expression that begins with a word, "" without one."""
    found = re.search(rf"\b{word} (.*?)(?= (?:SET|ADD|DELETE|REMOVE) |$)", expression)
    return found.group(1) if found else ""


@lru_cache
def _equalities(expression: str) -> tuple[tuple[str, str], ...] | None:
    """The (name, value) pairs of a condition that asks for nothing but equality of all of them; None for any other."""
    terms = [re.fullmatch(r"(#\d+) = (:\d+)", term) for term in expression.strip("()").split(" AND ")]
    return tuple((term[1], term[2]) for term in terms if term) if all(terms) else None


def _moto_item(key: Key, item: Attributes) -> Item:
    return Item(DynamoType({"S": key[0]}), DynamoType({"S": key[1]}), item)


def _key(item: Attributes) -> Key:
    key = item["pk"]["S"], item["sk"]["S"] if "sk" in item else ""
    if any(len(part) > limit or len(part.encode()) > limit for part, limit in zip(key, MAX_KEY_BYTES, strict=True)):
        raise _refusal("ValidationException", "Key")
    return key


def _put_key(item: Attributes) -> Key:
    """The key of an item that is small enough to be put."""
    texts = [name + next(iter(value.values())) for name, value in item.items() if "S" in value]
    bytes_held = sum(len(value["B"]) for value in item.values() if "B" in value)
    if bytes_held > MAX_ITEM_BYTES or (
        sum(map(len, texts)) > MAX_ITEM_BYTES // 4 and sum(len(text.encode()) for text in texts) + bytes_held > MAX_ITEM_BYTES
    ):
        raise _refusal("ValidationException", "PutItem")
    return _key(item)


def _range(expression: str, values: Attributes) -> tuple[str, str]:
    """The sort keys that a key condition of PynamoDB allows: all, a prefix, those behind one, or between two."""
    kind, names = _sort_condition(expression)
    found = [values[name]["S"] for name in names]
    if kind == "begins_with":
        return found[0], found[0] + "\U0010ffff"
    if kind == ">":
        return found[0] + "\0", "\U0010ffff"
    return (found[0], found[1]) if kind == "BETWEEN" else ("", "\U0010ffff")


@lru_cache
def _sort_condition(expression: str) -> tuple[str, tuple[str, ...]]:
    if found := re.search(r"begins_with \(#\d+, (:\d+)\)", expression):
        return "begins_with", found.groups()
    if found := re.search(r"BETWEEN (:\d+) AND (:\d+)", expression):
        return "BETWEEN", found.groups()
    if found := re.search(r"#\d+ > (:\d+)", expression):
        return ">", found.groups()
    return "", ()


def _partition_value(expression: str, names: dict[str, str]) -> str:
    placeholder = next(name for name, attribute in names.items() if attribute == "pk")
    found = re.search(rf"{placeholder} = (:\d+)", expression)
    assert found
    return found.group(1)


def _refusal(code: str, operation: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)
