"""A ring with all of its lambdas and one time for everybody in it: `ring = live(stack, monkeypatch)`, `later(ring, DAY)`."""

from typing import Any, Final

import pytest

from chalicelib.entrypoints import merge, pass_people, recheck, score
from chalicelib.timers import sending
from tests.support import pump
from tests.support.aws import Stack, forget_caches
from tests.support.clock import Clock
from tests.support.deliveries import Payload, stream_record
from tests.support.gateway import NOW
from tests.support.ring import MINUTE, Ring, event, make_ring

HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
PASS: Final = 2 * MINUTE  # a pass over everybody begins half a minute after a publication


def live(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Requests, streams and timers all see the pump's clock."""
    clock = Clock(NOW)
    clock.install(monkeypatch, merge, score, recheck, sending, pass_people)

    def dated(record: Payload, arn: str) -> Payload:
        record["dynamodb"]["ApproximateCreationDateTime"] = clock.time()  # moto writes the machine's time
        return stream_record(record, arn)

    monkeypatch.setattr(pump, "stream_record", dated)
    return make_ring(stack, clock=clock)


def later(ring: Ring, milliseconds: int) -> None:
    """Time goes by, and everything that falls due happens."""
    clock = ring.pump.clock
    assert clock is not None
    clock.pass_by(milliseconds)
    ring.operator.now = ring.shop.now = ring.market.now = clock.now
    ring.flow()


def put_in_force(ring: Ring, **definitions: Any) -> None:
    """Publishes `segments__vip={...}` and what else there is; who is known before is brought up to it two minutes `later`."""
    for place, document in definitions.items():
        kind, _, name = place.partition("__")
        ring.publish(kind.replace("_", "-"), name, document)
    forget_caches()


def does(ring: Ring, name: str, times: int = 1, properties: dict[str, Any] | None = None, **identifiers: str) -> None:
    """Somebody does something at this moment, so many times, a second apart, the last time now."""
    clock = ring.pump.clock
    assert clock is not None
    for number in range(times):
        one = event(name, clock.now - 1000 * (times - 1 - number) - NOW + HOUR, properties, **identifiers)
        assert ring.send(one).json["rejected"] == []
    ring.flow()
