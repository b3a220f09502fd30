"""How long work takes in CPU time, so that what else runs on the machine counts little; medians of rounds that take turns."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.bench.network import Exchange, Network, as_arguments

ROUNDS: Final = 9
MS_PER_SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be measured: `run` does `events` events; `before` puts everything back first, and is not counted."""

    run: Callable[[], Any]
    events: int
    before: Callable[[], Any] = lambda: None


@dataclass(frozen=True, slots=True)
class Spent:
    """For one event: CPU ms in the lambda, CPU ms that plain boto3 takes for the same calls, the first over the second, calls.

    Medians of the rounds, also of the ratio: the machine's speed changes between rounds more than within one.
    """

    cpu: float
    floor: float
    ratio: float
    calls: float


def cpu_per_event(works: Mapping[str, Work], network: Network, rounds: int = ROUNDS) -> dict[str, Spent]:
    """Each work once to warm up, then all of them in turn, round by round. The network's own time is taken off.

    Garbage collection stays on, as in a lambda; each measurement starts with a fresh heap.
    """
    tapes = {name: _taped(work, network) for name, work in works.items()}
    floors = {name: _floor(tape, network) for name, tape in tapes.items()}
    cpu: dict[str, list[float]] = {name: [] for name in works}
    floor: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            work.before()
            cpu[name].append(_once(work.run, network) / work.events)
            with network.replaying(tapes[name]):
                floor[name].append(_once(floors[name], network) / work.events)
    return {name: _spent(cpu[name], floor[name], len(tapes[name]) / work.events) for name, work in works.items()}


def _spent(cpu: Sequence[float], floor: Sequence[float], calls: float) -> Spent:
    ratio = median(one / other for one, other in zip(cpu, floor, strict=True))
    return Spent(median(cpu), median(floor), ratio, calls)


def _once(run: Callable[[], Any], network: Network) -> float:
    """CPU milliseconds. What the network holds is frozen, for no lambda would have to look through it for garbage."""
    gc.collect()
    gc.freeze()
    bill = network.opened()
    began = process_time()
    run()
    spent = process_time() - began - bill.own_seconds
    gc.unfreeze()
    return spent * MS_PER_SECOND


def _taped(work: Work, network: Network) -> list[Exchange]:
    """The calls of a warm run: the first one also looks up keys and rules, which are kept for a minute."""
    for _ in range(2):
        work.before()
        bill = network.opened()
        work.run()
    return bill.tape


def _floor(tape: list[Exchange], network: Network) -> Callable[[], None]:
    """The same calls by a plain client that checks no parameters, as PynamoDB's does not."""
    client = boto3.client("dynamodb", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    calls = [(one.operation, as_arguments(one.request)) for one in tape]

    def run() -> None:
        for operation, arguments in calls:
            try:
                client._make_api_call(operation, arguments)
            except ClientError:
                continue  # as it was the first time

    with network.replaying(tape):
        run()
    return run
