"""What a run knows: the values that events are matched with, by the paths that documents name them by. Pure.

    known_at(run, "entry.key")                       # what tells it apart from the person's other runs
    known_at(run, "entry.properties.order.id")       # of the event, the API's data or the schedule that set it going
    known_at(run, "entry.time")                      # RFC 3339
    known_at(run, "sends.offer")                     # the id of the newest message that it asked for at the node `offer`

Whether an event is meant may depend on it: `match` of a document names a path in the event, and one of these.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

from chalicelib.events.model import Event
from chalicelib.journeys.engine.chart import Chart, Expected, Match, occurs
from chalicelib.journeys.engine.model import Run, run_id
from chalicelib.signals.comparing import Operator, compare
from chalicelib.signals.paths import ABSENT, value_at, within

ENTRY: Final = "entry"
SENDS: Final = "sends"
KEY: Final = "key"
ENTRY_TIME: Final = "entry.time"
_MARK_BYTES: Final = 6


def known_at(run: Run, path: str) -> Any:
    """What the run knows under a path; None for nothing."""
    head, _, rest = path.partition(".")
    if head == SENDS:
        return next((one.message for one in reversed(run.sent) if one.node == rest), ABSENT)
    if head != ENTRY:
        return ABSENT
    return run.key or ABSENT if rest == KEY else within(run.entry, rest)


def matches(match: Iterable[Match], run: Run, event: Event) -> bool:
    """Whether an event has what the run knows. What either of them lacks matches nothing."""
    return all(_same(value_at(event, one.path), known_at(run, one.known)) for one in match)


def meant(expected: Expected, run: Run, event: Event) -> bool:
    """Whether an event is one that is looked out for on behalf of this run."""
    return occurs(expected, event) and matches(expected.match, run, event)


def means(chart: Chart, expected: Expected, run: Run, event: Event) -> bool:
    """As `meant`, but for the event that began the run: it does nothing else to it."""
    return meant(expected, run, event) and entry_of(chart.name, event) != run.id


def mark_of(event: Event) -> str:
    """What tells events apart, however often each is heard."""
    return blake2b(f"{event.primary.key}|{event.time}|{event.id}".encode("utf-8", "surrogatepass"), digest_size=_MARK_BYTES).hexdigest()


def entry_of(journey: str, event: Event) -> str:
    """The id of the run that an event begins."""
    return run_id(journey, event.primary.key, event.time, event.id)


def _same(actual: Any, known: Any) -> bool:
    return actual is not ABSENT and known is not ABSENT and compare(Operator.EQ, actual, known)
