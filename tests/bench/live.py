"""The packaged system on the emulator, end to end. For information: this machine is not AWS."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from typing import Final
from uuid import uuid4

from infra.local_stack import DEMO_SOURCE, local_stack
from infra.paths import LOCAL
from tests.bench import traffic
from tests.bench.report import Section
from tests.e2e.api import Api, Shop
from tests.e2e.waiting import eventually

SENDERS: Final = 4
REQUESTS: Final = 40
BATCH: Final = 50
CROWD: Final = 200  # people that the events are of
EACH: Final = REQUESTS * BATCH // CROWD
DRAIN_SECONDS: Final = 300.0
PROBES: Final = 50
MS: Final = 1000
NOTE: Final = (
    f"The packaged app, emulator and clients together on this machine: {REQUESTS} requests of {BATCH} events by {SENDERS} senders; then "
    f"{PROBES} single events, one after the other, each asked for every 50 ms until it shows. For information only."
)


def section() -> Section:
    """Starts the system, loads it, and watches events arrive."""
    with local_stack(LOCAL / "bench") as stack:
        api, shop = Api(stack.api_url, stack.api_key), Shop(DEMO_SOURCE, stack.write_key)
        accepted, counted = _throughput(api, shop)
        new = [_lag(api, shop, person, 1) for person in _strangers()]
        known = [_lag(api, shop, traffic.identifiers(0), EACH + number) for number in range(1, PROBES + 1)]
    rows = (
        ("events accepted a second", f"{accepted:,.0f}", ""),
        ("events accepted and counted a second", f"{counted:,.0f}", ""),
        ("ms from accepted to shown, a person never seen before", *percentiles(new)),
        ("ms from accepted to counted, a known person", *percentiles(known)),
    )
    return Section("End to end on the emulator", ("", "median", "p99"), rows, NOTE)


def _throughput(api: Api, shop: Shop) -> tuple[float, float]:
    """Events a second: accepted by the HTTP lambda, and through to their people."""
    requests = [[traffic.view((start + number) % CROWD, _now()) for number in range(BATCH)] for start in range(0, REQUESTS * BATCH, BATCH)]
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda events: Api(api.url, api.key).send(shop, *events), requests))
    accepted = time.monotonic() - began
    watched = range(0, CROWD, BATCH // 5)
    eventually(lambda: all(_events(api, traffic.identifiers(person)) == EACH for person in watched), seconds=DRAIN_SECONDS)
    return REQUESTS * BATCH / accepted, REQUESTS * BATCH / (time.monotonic() - began)


def _strangers() -> list[traffic.Json]:
    return [{"anonymous_id": str(uuid4()), "unionid": str(uuid4())} for _ in range(PROBES)]


def _lag(api: Api, shop: Shop, who: traffic.Json, events: int) -> float:
    """Milliseconds from the answer to an event until its person has so many events."""
    api.send(shop, {**traffic.view(0, _now()), "identifiers": who})
    accepted = time.monotonic()
    eventually(lambda: _events(api, who) == events)
    return (time.monotonic() - accepted) * MS


def _events(api: Api, who: traffic.Json) -> int:
    return int(api.person("unionid", who["unionid"])["events"])


def percentiles(lags: list[float]) -> tuple[str, str]:
    """The median and the 99th percentile, in whole numbers."""
    return f"{median(lags):,.0f}", f"{quantiles(lags, n=100)[98]:,.0f}"


def _now() -> int:
    return int(time.time() * MS)
