"""The command line of the bench."""

import argparse
from collections.abc import Callable
from typing import Final

from tests.bench import (
    backfill,
    broadcast,
    callback,
    callback_lambda,
    consumption,
    counted,
    cpu,
    entering,
    journeys,
    live,
    messages,
    rehearsal,
    report,
    scoring,
    startup,
    steady,
)

PARTS: Final[dict[str, Callable[[], report.Section]]] = {
    "ingest": cpu.ingest,
    "merge": cpu.merge,
    "units": consumption.section,
    "counted": counted.section,
    "people": consumption.people,
    "scoring": scoring.section,
    "scoring-cpu": scoring.lambdas,
    "steady": steady.section,
    "backfill": backfill.section,
    "callback": callback.section,
    "callback-cpu": callback_lambda.section,
    "startup": startup.section,
    "live": live.section,
    "entering": entering.section,
    "messages": messages.units,
    "messages-cpu": messages.cpu,
    "messages-faults": messages.faults,
    "accounts": messages.neighbours,
    "broadcast": broadcast.section,
    "rehearsal": rehearsal.section,
    "journeys": journeys.section,
    "journeys-cpu": journeys.cpu,
    "journeys-lag": journeys.lag,
    "journeys-faults": journeys.faults,
}


def main() -> None:
    """Runs the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be repeated")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    wanted = parser.parse_args()
    sections = [PARTS[name]() for name in wanted.only or PARTS]
    text = report.page(sections)
    print(text)
    if wanted.write:
        report.write(text)
