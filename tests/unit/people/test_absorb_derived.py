"""What rules derived is passed over only by a worker that knows as much as the person whom it is about."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.events.model import Kind
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import store
from chalicelib.people.absorb import Delivery, absorb
from chalicelib.people.rulebook import OutdatedPlan, Rulebook
from chalicelib.signals.model import Demand, Signal
from chalicelib.signals.plan import SignalPlan
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches
from tests.unit.signals.events import NOON, event

OLD = Rulebook(DEFAULT_RULES, 0, SignalPlan(1))
NEW = Rulebook(DEFAULT_RULES, 0, SignalPlan(2, (Signal(1, 2, Demand("$segment_entered")),)))
ENTERED = Delivery(event("$segment_entered", NOON + 1, Kind.DERIVED, segment="vip"), NOON + 1, "2")


@pytest.fixture(autouse=True)
def _dynamo() -> Iterator[None]:
    forget_caches()
    with QuickDynamo().serving():
        yield


def arrived(book: Rulebook) -> str:
    """The person after a first event that a worker with this book has absorbed."""
    absorb([Delivery(event("Clicked"), NOON, "1")], book, NOON)
    return str(store.nodes(["user_id#u1"])["user_id#u1"].person)


def test_a_worker_with_older_rules_does_not_pass_over_what_newer_rules_count() -> None:
    person = arrived(NEW)
    with pytest.raises(OutdatedPlan):
        absorb([ENTERED], OLD, NOON + 2)
    absorb([ENTERED], NEW, NOON + 2)
    assert [hits for _, hits in store.persons([person])[person].journal.entries] == [((1, None),)]


def test_what_no_rule_asks_for_writes_nobody() -> None:
    person = arrived(OLD)
    before = store.persons([person])[person]
    assert absorb([ENTERED, replace(ENTERED, token="3")], OLD, NOON + 2).again == []
    assert store.persons([person])[person] == before
