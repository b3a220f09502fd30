"""CPU of the lambdas for one event: the HTTP lambda by batch size and wire format, the ID-merge lambda by what it has to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from tests.bench import traffic
from tests.bench.clusters import fabricate
from tests.bench.network import Network
from tests.bench.report import Section, judged
from tests.bench.ring import Pack, Ring, ring
from tests.bench.timing import Spent, Work, cpu_per_event
from tests.support.environment import PLACE

INGEST_AIM_MS: Final = 0.2  # an event, at a batch of 50
JUDGED_BATCH: Final = 50
EVENTS_A_RUN: Final = 500  # enough for the clock
MOST_REQUESTS: Final = 40
BATCH: Final = 100  # stream records in a batch of the ID-merge lambda
LINKS: Final = 20  # events in a batch that is all links: these take longer
PEOPLE_TABLE: Final = f"{PLACE.prefix}-people"
CLUSTER_SIZES: Final = (2, 100, 10_000)
COLUMNS: Final = ("", "CPU ms", "plain boto3 ms", "ratio", "calls", "aim, ms")
NOTE: Final = (
    "All for one event. Plain boto3: the same calls to DynamoDB made by a bare client, which is the floor; network and DynamoDB take no "
    "part in either number."
)

Make = Callable[[int], traffic.Json]


def ingest() -> Section:
    """The HTTP lambda."""
    kinds: dict[str, tuple[Make, Pack, int]] = {
        "native, 1 KB, batch of 1": (traffic.order, traffic.native_request, 1),
        "native, 1 KB, batch of 50": (traffic.order, traffic.native_request, 50),
        "native, 1 KB, batch of 500": (traffic.order, traffic.native_request, 500),
        "native, 0.4 KB, batch of 50": (traffic.view, traffic.native_request, 50),
        "Sensors, 1 KB, batch of 50": (traffic.sensors_record, traffic.sensors_request, 50),
        "Sensors, 1 KB, gzipped, batch of 50": (traffic.sensors_record, traffic.sensors_gzipped, 50),
        "Segment, 0.9 KB, batch of 50": (traffic.segment_message, traffic.segment_request, 50),
    }
    with ring() as one:
        found = cpu_per_event({name: _requests(one, *kind) for name, kind in kinds.items()}, one.network)
    aims = {name: INGEST_AIM_MS for name, kind in kinds.items() if kind[2] == JUDGED_BATCH}
    return Section("CPU of the HTTP lambda", COLUMNS, cpu_rows(found, aims), NOTE)


def merge() -> Section:
    """The ID-merge lambda."""
    with ring() as one:
        works = {
            "known person, batch of 100 of 1 person": _known(one, 1),
            "known person, batch of 100 of 10 people": _known(one, 10),
            "known person, batch of 100 of 100 people": _known(one, 100),
            "one person, batch after batch": _burst(one),
            "known person, new identifier": _new_links(one),
            "new person of two identifiers": _new_people(one),
        }
        works |= {f"merge of two clusters of {size:,} identifiers each": _clusters(one, size) for size in CLUSTER_SIZES}
        found = cpu_per_event(works, one.network)
    merges = [spent for name, spent in found.items() if name.startswith("merge")]
    note = f"A merge of clusters of {CLUSTER_SIZES[-1]:,} takes {merges[-1].cpu / merges[0].cpu:.2f} times the CPU of one of 2."
    return Section("CPU of the ID-merge lambda", COLUMNS, cpu_rows(found, {}), note)


def cpu_rows(found: Mapping[str, Spent], aims: Mapping[str, float]) -> tuple[tuple[str, ...], ...]:
    """The rows of a table of COLUMNS."""
    return tuple(
        (
            *(name, f"{spent.cpu:.3f}", f"{spent.floor:.3f}", f"{spent.ratio:.1f}" if spent.calls else "", f"{spent.calls:.2f}"),
            judged(spent.cpu, aims[name]) if name in aims else "",
        )
        for name, spent in found.items()
    )


def _requests(one: Ring[Network], make: Make, pack: Pack, batch: int) -> Work:
    count = min(MOST_REQUESTS, max(1, EVENTS_A_RUN // batch))
    requests = [one.request(pack([make(person) for person in range(batch)])) for _ in range(count)]
    return Work(lambda: one.http(*requests), count * batch)


def _known(one: Ring[Network], people: int) -> Work:
    with _kept_apart(one):
        known = list(range(people))
        for _ in range(2):
            one.merge(one.ingest([traffic.view(person, one.now) for person in known]))
            one.now += traffic.PAUSE
        records = one.ingest([traffic.view(known[number % people], one.now) for number in range(BATCH)])
        return _merging(one, records)


def _burst(one: Ring[Network]) -> Work:
    """The stream of a shop's own test phone, or of a loop: what fell out of the person's ring is asked for again and again."""
    with _kept_apart(one):
        for _ in range(5):
            one.merge(one.ingest([traffic.view(1) for _ in range(BATCH)]))
        return _merging(one, one.ingest([traffic.view(1) for _ in range(BATCH)]))


def _new_links(one: Ring[Network]) -> Work:
    with _kept_apart(one):
        one.merge(one.ingest([traffic.view(person) for person in range(LINKS)]))
        return _merging(one, one.ingest([_with(traffic.view(person), device_id=f"d-{person:032d}") for person in range(LINKS)]))


def _new_people(one: Ring[Network]) -> Work:
    with _kept_apart(one):
        return _merging(one, one.ingest([traffic.view(person) for person in range(LINKS)]))


def _clusters(one: Ring[Network], size: int) -> Work:
    with _kept_apart(one):
        ends = [fabricate(one.network.dynamo.tables.setdefault(PEOPLE_TABLE, {}), sort, size) for sort in ("user_id", "anonymous_id")]
        event = {**traffic.view(1), "identifiers": {end.namespace: end.value for end in ends}}
        return _merging(one, one.ingest([event]))


def _with(event: traffic.Json, **identifiers: str) -> traffic.Json:
    return {**event, "identifiers": {**event["identifiers"], **identifiers}}


@contextmanager
def _kept_apart(one: Ring[Network]) -> Iterator[None]:
    """Begins with no people, and leaves none behind."""
    one.network.dynamo.tables[PEOPLE_TABLE] = {}
    yield
    one.network.dynamo.tables[PEOPLE_TABLE] = {}


def _merging(one: Ring[Network], records: Sequence[traffic.Json]) -> Work:
    """The batch, always upon the people that are there now. No item is changed in its place, so a copy of the list is enough."""
    people, now = dict(one.network.dynamo.tables[PEOPLE_TABLE]), one.now

    def before() -> None:
        one.network.dynamo.tables[PEOPLE_TABLE] = dict(people)
        one.now = now

    return Work(lambda: one.merge(records), len(records), before)
