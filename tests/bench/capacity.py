"""What DynamoDB charges for a call: its size rules and unit rules as arithmetic. Pure.

Items are typed JSON as the wire carries it, binary values as base64 text. Sources: the DynamoDB developer guide, "Item sizes and
formats" and "Read and write operations" (on-demand capacity), read in 2026. A number's size is given there as approximate; this rounds
up. A condition that fails costs the write as well, so the outcome of a write does not matter here.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096
TRANSACTION_FACTOR: Final = 2
EVENTUAL_FACTOR: Final = 0.5  # a read that need not show the newest state
CONTAINER_BYTES: Final = 3  # of a list or map, whatever it holds
ELEMENT_BYTES: Final = 1  # of each entry of a list or map

Item = Mapping[str, Mapping[str, Any]]
Request = Mapping[str, Any]
Stored = Callable[[str, Item], Item | None]  # (table, key or item) -> the item that is there before the call


@dataclass(frozen=True, slots=True)
class Units:
    """Read and write request units."""

    read: float = 0.0
    write: float = 0.0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)


@dataclass(frozen=True, slots=True)
class Write:
    """One item of a call that writes: its table, its key (or all of it), and what it costs; `check`: only a condition on it is asked."""

    table: str
    item: Item
    units: int
    check: bool = False


def item_size(item: Item | None) -> int:
    """Bytes of an item: names and values. 0 for none."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def write_units(*sizes: int) -> int:
    """Of one write: the larger of the item before and after, in whole units, at least one."""
    return max(1, ceil(max(sizes) / WRITE_UNIT_BYTES))


def read_units(size: int, consistent: bool) -> float:
    """Of one item, or of all that a query read together; an item that is not there costs as much as the smallest."""
    return max(1, ceil(size / READ_UNIT_BYTES)) * (1.0 if consistent else EVENTUAL_FACTOR)


def written(operation: str, request: Request, stored: Stored) -> Units:
    """What the call writes. To be asked before it is carried out, when `stored` still answers with the old items."""
    return Units(write=sum(one.units for one in writes(operation, request, stored)))


def writes(operation: str, request: Request, stored: Stored) -> Iterator[Write]:
    """The items that the call writes, or whose conditions it checks, one by one. To be asked as `written` is."""
    match operation:
        case "PutItem" | "DeleteItem":
            yield _write(request["TableName"], request, stored)
        case "UpdateItem":
            units = write_units(item_size(stored(request["TableName"], request["Key"])), _update_size(request))
            yield Write(request["TableName"], request["Key"], units)
        case "BatchWriteItem":
            for table, steps in request["RequestItems"].items():
                yield from (_write(table, step, stored) for kind in steps for step in kind.values())
        case "TransactWriteItems":
            for kind, step in (pair for one in request["TransactItems"] for pair in one.items()):
                write = _write(step["TableName"], step, stored)
                yield replace(write, units=TRANSACTION_FACTOR * write.units, check=kind == "ConditionCheck")


def read(operation: str, request: Request, answer: Mapping[str, Any]) -> Units:
    """What the call reads, by its answer."""
    match operation:
        case "GetItem":
            return Units(read=read_units(item_size(answer.get("Item")), bool(request.get("ConsistentRead"))))
        case "BatchGetItem":
            return Units(read=sum(_batch_reads(table, wanted, answer) for table, wanted in request["RequestItems"].items()))
        case "Query":
            return Units(read=read_units(sum(map(item_size, answer["Items"])), bool(request.get("ConsistentRead"))))
        case _:
            return Units()


def _write(table: str, step: Request, stored: Stored) -> Write:
    """A put, a delete, an update in a transaction, or the check of a condition."""
    item = step.get("Item") or step["Key"]
    return Write(table, item, write_units(item_size(stored(table, item)), item_size(step.get("Item"))))


def _update_size(request: Request) -> int:
    """What an update sets; of the item after it nothing else is known here."""
    return item_size(request["Key"]) + sum(map(_value_size, request.get("ExpressionAttributeValues", {}).values()))


def _batch_reads(table: str, wanted: Request, answer: Mapping[str, Any]) -> float:
    found: Iterable[Item] = answer["Responses"].get(table, ())
    sizes = [item_size(item) for item in found]
    missing = len(wanted["Keys"]) - len(sizes)
    return sum(read_units(size, bool(wanted.get("ConsistentRead"))) for size in (*sizes, *([0] * missing)))


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return len(base64.b64decode(content))
        case "BOOL" | "NULL":
            return 1
        case _:
            return _collection_size(kind, content)


def _collection_size(kind: str, content: Any) -> int:
    match kind:
        case "L":
            return CONTAINER_BYTES + sum(ELEMENT_BYTES + _value_size(one) for one in content)
        case "M":
            return CONTAINER_BYTES + sum(ELEMENT_BYTES + len(name.encode()) + _value_size(one) for name, one in content.items())
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
        case _:
            raise ValueError(f"{kind} is not a type of DynamoDB")


def _number_size(text: str) -> int:
    """A byte for two significant digits, one more, and one for a sign."""
    digits = text.lstrip("-").partition("E")[0].partition("e")[0].replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")
