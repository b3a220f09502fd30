"""The write units that the emulator counts for the same calls, to hold the arithmetic against. It counts no reads of a batch.

As a program it runs the flows in a process of its own, whose DynamoDB is the emulator, and prints what they consumed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from unittest.mock import patch

from botocore.client import BaseClient

from infra.emulator.process import ACCOUNT, emulator
from infra.paths import LOCAL, ROOT
from infra.stage import stage_at
from tests.bench.capacity import Units
from tests.bench.consumption import FLOWS, flowed, prepare, spend
from tests.bench.network import Bill, Payload
from tests.bench.report import Section
from tests.bench.ring import Ring, furnish
from tests.support.environment import TEST_ENVIRONMENT

PEOPLE: Final = 4
COMPARED: Final = ("1 KB, one event a person", "0.4 KB, one event a person")
COLUMNS: Final = ("", "write, arithmetic", "write, emulator")
_WRITES: Final = frozenset({"PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass(slots=True)
class Meter:
    """Passes every call on, and adds up what DynamoDB says that it consumed."""

    bill: Bill = field(default_factory=Bill)

    def opened(self) -> Bill:
        """A new, empty bill."""
        self.bill = Bill()
        return self.bill

    @contextmanager
    def serving(self) -> Iterator["Meter"]:
        """Every call of this process is counted."""
        call = BaseClient._make_api_call

        def counted(client: BaseClient, operation: str, request: Payload) -> Any:
            answer = call(client, operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
            if operation in _WRITES:
                self.bill.units += Units(write=_total(answer["ConsumedCapacity"]))
            self.bill.note_events(operation, request)
            return answer

        with patch.object(BaseClient, "_make_api_call", counted):
            yield self


def _total(consumed: Payload | list[Payload]) -> float:
    each = consumed if isinstance(consumed, list) else [consumed]
    return float(sum(one["CapacityUnits"] for one in each))


def section() -> Section:
    """Runs some flows against the emulator and in memory."""
    with emulator(LOCAL / "bench") as running:
        stage = stage_at(running.endpoint, "test", running.environment(), ACCOUNT)
        stage.deploy_data()
        found = _child({**os.environ, **TEST_ENVIRONMENT, **running.environment(), "PYTHONPATH": str(ROOT)})
    rows = []
    for name in COMPARED:
        own = flowed(replace(FLOWS[name], people=PEOPLE))
        rows.append((name, f"{own.write:.3f}", f"{found[name]:.3f}"))
    note = f"The same calls for {PEOPLE} people at a time, against the emulator with ReturnConsumedCapacity=TOTAL."
    return Section("The arithmetic held against the emulator", COLUMNS, tuple(rows), note)


def _child(environment: Mapping[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.counted"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError((result.stdout + result.stderr)[-3000:])
    found: dict[str, float] = json.loads(result.stdout)
    return found


def _counted() -> dict[str, float]:
    """Write units of an event by flow."""
    found: dict[str, float] = {}
    with Meter().serving() as meter:
        furnish()
        for place, name in enumerate(COMPARED):
            one, flow = Ring(meter), replace(FLOWS[name], people=PEOPLE, first=place * PEOPLE)
            prepare(one, flow)
            found[name] = spend(one, flow).write
    return found


if __name__ == "__main__":
    print(json.dumps(_counted()))
