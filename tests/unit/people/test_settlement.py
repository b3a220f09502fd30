"""Who carries a plan out: one worker at a time, the next one when it has died, and never two to an end."""

from collections.abc import Iterator

import pytest

from chalicelib.errors import Busy
from chalicelib.people import clock, settlement, store
from chalicelib.people.planning import Plan
from chalicelib.people.records import PLAN_PREFIX, PlanRecord
from chalicelib.people.settlement import LEASE_MS, record_of, take_over
from chalicelib.signals.plan import SignalPlan
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches

NOW = 1_795_300_000_000


@pytest.fixture(autouse=True)
def _dynamo() -> Iterator[None]:
    forget_caches()
    with QuickDynamo().serving():
        yield


def stored() -> PlanRecord:
    return PlanRecord.get(PLAN_PREFIX + "t", PLAN_PREFIX)


def test_a_plan_is_left_alone_while_its_lease_runs() -> None:
    record_of(Plan("t", {}, (), ()), NOW).save()
    with pytest.raises(Busy):
        take_over("t", NOW + LEASE_MS - 1, SignalPlan())
    assert stored().attempt == 1


def test_a_plan_whose_worker_died_is_finished_by_the_next_one() -> None:
    record_of(Plan("t", {}, (), ()), NOW).save()
    take_over("t", NOW + LEASE_MS, SignalPlan())
    with pytest.raises(PlanRecord.DoesNotExist):
        stored()


def test_a_plan_that_is_finished_needs_nobody() -> None:
    take_over("t", NOW, SignalPlan())


def test_a_worker_that_was_only_slow_finds_that_another_has_taken_over() -> None:
    plan = Plan("t", {}, (("user_id#u1", "p_1", "p_2"),), ())
    record_of(Plan("t", {}, plan.moves, (), attempt=2), NOW).save()
    settlement.finish(Plan("t", {}, (), (), attempt=1), NOW, SignalPlan())
    assert stored().attempt == 2


def test_a_long_rearrangement_renews_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan("t", {}, (), ())
    record_of(plan, NOW).save()
    seconds = iter([0.0, LEASE_MS / 4000, LEASE_MS / 1000, LEASE_MS / 1000 + 1])
    monkeypatch.setattr(clock, "monotonic", lambda: next(seconds))
    lease = settlement._Lease(plan, NOW)
    lease.hold()
    assert stored().until == NOW + LEASE_MS
    lease.hold()
    assert stored().until == NOW + 2 * LEASE_MS
    lease.hold()
    assert stored().until == NOW + 2 * LEASE_MS


def test_a_lease_that_was_taken_over_cannot_be_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    record_of(Plan("t", {}, (), (), attempt=2), NOW).save()
    seconds = iter([0.0, LEASE_MS / 1000])
    monkeypatch.setattr(clock, "monotonic", lambda: next(seconds))
    with pytest.raises(store.Stale):
        settlement._Lease(Plan("t", {}, (), ()), NOW).hold()
