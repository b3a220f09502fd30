"""The network and DynamoDB behind it, in memory: answers what botocore would send, adds up what it would cost, and tells its own time.

Everything above the socket is real: PynamoDB, botocore's serializer, signer and parser. Only `send` is replaced.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from tests.bench.capacity import Item, Units, Write, read, writes
from tests.simulation.quick_dynamo import QuickDynamo

JSON_TYPE: Final = {"content-type": "application/x-amz-json-1.0"}

Payload = dict[str, Any]


@dataclass(slots=True)
class Bill:
    """What was asked since it was opened. `own_seconds` is CPU time that the stand-in took itself, to be subtracted."""

    units: Units = field(default_factory=Units)
    calls: Counter[str] = field(default_factory=Counter)
    own_seconds: float = 0.0
    writes: list[Write] = field(default_factory=list)
    events: list[Payload] = field(default_factory=list)  # items written to the events table, as their stream would show them
    tape: list["Exchange"] = field(default_factory=list)

    def note_events(self, operation: str, request: Payload) -> None:
        """Keeps the events that a call writes."""
        if operation == "BatchWriteItem":
            for table, steps in request["RequestItems"].items():
                if table.endswith("-events"):
                    self.events += [step["PutRequest"]["Item"] for step in steps]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call as it was made, and the answer's status and body."""

    operation: str
    request: Payload
    status: int
    answer: bytes


class Dynamo(QuickDynamo):
    """Asked by the names that operations have on the wire."""

    def stored(self, table: str, item: Item) -> Item | None:
        """The item under the key that `item` has."""
        return self.tables.get(table, {}).get((item["pk"]["S"], item.get("sk", {"S": ""})["S"]))

    def answer(self, operation: str, request: Payload) -> Any:
        """Carries an operation out. Raises ClientError as botocore would."""
        return getattr(self, f"_{operation}")(request)


@dataclass(slots=True)
class Network:
    """Usage: `with network.serving(): ...; network.bill.units.write`."""

    dynamo: Dynamo = field(default_factory=Dynamo)
    bill: Bill = field(default_factory=Bill)
    _replies: Iterator[Exchange] | None = None

    def opened(self) -> Bill:
        """A new, empty bill."""
        self.bill = Bill()
        return self.bill

    @contextmanager
    def serving(self) -> Iterator["Network"]:
        """Every request of this process ends here."""

        def send(_session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            began = process_time()
            response = self._respond(request)
            self.bill.own_seconds += process_time() - began
            return response

        with patch.object(URLLib3Session, "send", send):
            yield self

    @contextmanager
    def replaying(self, tape: Sequence[Exchange]) -> Iterator[None]:
        """Requests are not carried out but get the answers of the tape, one after the other."""
        self._replies = iter(tape)
        try:
            yield
        finally:
            self._replies = None

    def _respond(self, request: AWSPreparedRequest) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        exchange = next(self._replies) if self._replies is not None else self._carried_out(operation, json.loads(request.body))
        response = AWSResponse(request.url, exchange.status, JSON_TYPE, None)
        response._content = exchange.answer
        return response

    def _carried_out(self, operation: str, request: Payload) -> Exchange:
        bill = self.bill
        bill.calls[operation] += 1
        writing = list(writes(operation, request, self.dynamo.stored))
        bill.writes += writing
        bill.units += Units(write=sum(one.units for one in writing))
        bill.note_events(operation, request)
        try:
            status, answer = 200, self.dynamo.answer(operation, request)
            bill.units += read(operation, request, answer)
        except ClientError as error:
            status, answer = 400, {"__type": error.response["Error"]["Code"], **error.response}
        exchange = Exchange(operation, request, status, json.dumps(answer).encode())
        bill.tape.append(exchange)
        return exchange


def as_arguments(value: Any) -> Any:
    """A request of the wire as boto3 takes it: binary values as bytes."""
    if isinstance(value, list):
        return [as_arguments(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    return {name: as_arguments(one) for name, one in value.items()}
