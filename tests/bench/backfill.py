"""What a pass over all people costs after rules were published: units for a thousand of them, scan and bookkeeping included."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import count
from typing import Any, Final
from unittest.mock import patch
from zlib import crc32

from chalicelib.audiences import passes, planbook
from chalicelib.audiences.pass_work import work
from chalicelib.audiences.passes import Part, Straggler
from chalicelib.audiences.plans import Published, next_plan
from chalicelib.definitions.records import written_together
from chalicelib.events.model import Json
from tests.bench.capacity import item_size, read_units
from tests.bench.consumption import live
from tests.bench.network import Dynamo, Network
from tests.bench.report import Section
from tests.bench.ring import Ring, furnish
from tests.simulation.quick_dynamo import Attributes, Key
from tests.support.aws import forget_caches

FEW: Final = 20
MANY: Final = 60
THOUSAND: Final = 1_000
COLUMNS: Final = ("", "write", "read", "of that: the scan")
NOTE: Final = (
    f"Units for 1,000 people, from the difference between {MANY} and {FEW} who have lived before: six combinations of identifiers, 46 "
    "events of 0.4 KB each. Everybody is brought up and judged, by one publication after the other. Whatever the number of people, a pass "
    "writes some 50 units to keep its place, and one more for every 200 items of the table. Not in it: what the scoring lambda does when "
    "it sees what the pass has written, and what follows from a transition (its event, the list of members)."
)


def _viewed(least: int, **where: Json) -> Json:
    return {"where": {"event": "ProductViewed", "count": {"gte": least}, **({"where": where} if where else {})}}


RULES: Final[Mapping[str, Json]] = {
    "a first rule: a new signal that everybody's events hit": _viewed(100),
    "no new signal": _viewed(90),
    "a new signal that nobody's events hit": {"where": {"event": "PaperViewed"}},
    "another that everybody's events hit": _viewed(100, price={"gt": 0}),
    "the same, and everybody enters the segment": _viewed(3, price={"gt": 1}),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Units of a pass; `scan` are those of `read` that went into finding the people."""

    write: float
    read: float
    scan: float


class ScannedDynamo(Dynamo):
    """Answers scans too, and adds up what they read: a filter does not make them cheaper."""

    def __init__(self) -> None:
        super().__init__()
        self.scanned = 0.0

    def _Scan(self, request: Json) -> Json:  # noqa: N802 - named after the operation
        table, start = self._items(request["TableName"]), request.get("ExclusiveStartKey")
        after: Key = (start["pk"]["S"], start["sk"]["S"]) if start else ("", "")
        keys = sorted(key for key in table if key > after and crc32(key[0].encode()) % request["TotalSegments"] == request["Segment"])
        page = keys[: request["Limit"]]
        self.scanned += read_units(sum(item_size(table[key]) for key in page), bool(request.get("ConsistentRead")))
        filtered = {**request, "ConditionExpression": request["FilterExpression"]}
        found = [_keys(key) for key in page if self._holds(filtered, key)]
        answer = {"Items": found, "Count": len(found), "ScannedCount": len(page)}
        return answer | {"LastEvaluatedKey": _keys(page[-1])} if len(page) < len(keys) else answer

    def _DescribeTable(self, request: Json) -> Json:  # noqa: N802
        return {"Table": {"TableName": request["TableName"], "ItemCount": len(self._items(request["TableName"]))}}


def section() -> Section:
    """Counts everything."""
    few, many = passed(FEW), passed(MANY)
    return Section("A pass over all people", COLUMNS, tuple((name, *_cells(few[name], many[name])) for name in RULES), NOTE)


def passed(people: int) -> dict[str, Cost]:
    """What the pass of each rule costs, one after the other over the same people."""
    dynamo, found = ScannedDynamo(), {}
    with _served(Network(dynamo)) as one:
        for person in range(people):
            live(one, person)
        for number, (name, document) in enumerate(RULES.items()):
            _publish(Published("segments", f"rule-{number}", 1, document))
            bill, before = one.network.opened(), dynamo.scanned
            _pass(one.now)
            scan = dynamo.scanned - before
            found[name] = Cost(bill.units.write, bill.units.read + scan, scan)
    return found


def each(few: Cost, many: Cost, more: int) -> Cost:
    """What each of so many more people costs."""
    return Cost((many.write - few.write) / more, (many.read - few.read) / more, (many.scan - few.scan) / more)


def _cells(few: Cost, many: Cost) -> tuple[str, ...]:
    one = each(few, many, MANY - FEW)
    return tuple(f"{units * THOUSAND:,.0f}" for units in (one.write, one.read, one.scan))


@contextmanager
def _served(network: Network) -> Iterator[Ring[Network]]:
    forget_caches()
    with network.serving():
        furnish()
        yield Ring(network)


def _publish(rule: Published) -> None:
    before = planbook.newest()
    with written_together() as writing:
        planbook.writes(before, next_plan(before, [*before.definitions, rule]), 0)(writing)


def _pass(now: int) -> None:
    """From its start to its end, as the queue and its workers do it."""
    waiting: list[Part | Straggler] = []
    numbers = count()
    with patch.object(passes, "send", lambda messages, _delay=0: waiting.extend(messages)), redirect_stdout(StringIO()):
        passes.ensure_started(planbook.stored(), now)
        while waiting:
            message: Any = waiting.pop()
            work(message, f"m{next(numbers)}", lambda: now)
    if planbook.stored().passed < planbook.newest().version:
        raise AssertionError("the pass has not come to its end")


def _keys(key: Key) -> Attributes:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
