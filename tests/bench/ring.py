"""The lambdas of the ring as they are deployed (`app.py`), over a network that is given: events in, stream records across, people out."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import count
from typing import Any, Final, Generic, Protocol, TypeVar
from unittest.mock import patch
from urllib.parse import urlencode

import app
from chalicelib.access.records import KeyRecord, hashed
from chalicelib.definitions.kinds import SOURCES
from chalicelib.definitions.records import ClaimRecord, PointerRecord, VersionRecord, claims_partition, version_key
from chalicelib.entrypoints import merge as merging
from tests.bench import traffic
from tests.bench.network import Bill, Network, Payload
from tests.support.aws import forget_caches
from tests.support.deliveries import Context
from tests.support.gateway import proxy_event
from tests.support.sdk_wire import Wire

CONTEXT: Final = Context("bench", "bench-request")
OK: Final = range(200, 300)
_sequence: Final = count(1)

Pack = Callable[[Sequence[Payload]], Wire]


class Metered(Protocol):
    """What lies behind the lambdas: it counts what they ask for."""

    bill: Bill

    def opened(self) -> Bill:
        """A new, empty bill."""
        ...


Net = TypeVar("Net", bound=Metered)


@dataclass(slots=True)
class Ring(Generic[Net]):
    """Usage: `with ring() as one: one.merge(one.ingest(events))`. `now` (epoch ms) is the time that everything happens at."""

    network: Net
    now: int = traffic.NOW

    def request(self, wire: Wire) -> Payload:
        """The event with which API Gateway calls the HTTP lambda."""
        url = f"{wire.path}?{urlencode(wire.query)}" if wire.query else wire.path
        return proxy_event(app.app, wire.method, url, wire.body, wire.headers, self.now)

    def http(self, *requests: Payload) -> None:
        """Calls the HTTP lambda. Raises with what it logged when it does not answer that all is well."""
        for request in requests:
            with redirect_stdout(StringIO()) as log:
                answer = app.app(request, CONTEXT)
            if answer["statusCode"] not in OK:
                raise AssertionError(f"{answer}\n{log.getvalue()}")

    def ingest(self, events: Sequence[Payload], pack: Pack = traffic.native_request) -> list[Payload]:
        """Sends events in one request; what the stream of the events table shows then."""
        before = len(self.network.bill.events)
        self.http(self.request(pack(events)))
        return self.stream_records(self.network.bill.events[before:])

    def stream_records(self, items: Iterable[Payload]) -> list[Payload]:
        """The records of newly written events."""
        return [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"pk": item["pk"], "sk": item["sk"]},
                    "NewImage": item,
                    "SequenceNumber": str(next(_sequence)),
                    "ApproximateCreationDateTime": self.now / 1000,
                },
            }
            for item in items
        ]

    def merge(self, records: Sequence[Payload]) -> None:
        """Calls the ID-merge lambda. Raises when it does not do all of the batch."""
        with redirect_stdout(StringIO()), patch.object(merging, "time", lambda: self.now / 1000):
            answer: Any = app.merge({"Records": records}, CONTEXT)
        if answer["batchItemFailures"]:
            raise AssertionError(answer)


@contextmanager
def ring() -> Iterator[Ring[Network]]:
    """A ring in memory with one source, its key and project, and lambdas that remember nothing yet."""
    forget_caches()
    with Network().serving() as network:
        furnish()
        yield Ring(network)


def furnish() -> None:
    """Writes the source that sends everything, and its key."""
    document = json.dumps({"title": "Shop", "projects": [traffic.PROJECT]})
    KeyRecord(hashed(traffic.KEY), kind="write", source=traffic.SOURCE, scopes=["ingest"], created=traffic.NOW).save()
    PointerRecord(SOURCES, traffic.SOURCE, latest=1, published=1, changed_at=traffic.NOW, changed_by="bench").save()
    VersionRecord(*version_key(SOURCES, traffic.SOURCE, 1), d=document, created_at=traffic.NOW, created_by="bench").save()
    ClaimRecord(claims_partition(SOURCES), traffic.PROJECT, owner=traffic.SOURCE).save()
