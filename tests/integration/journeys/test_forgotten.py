"""Timers that are lost, come twice, too early, or are nobody's; and versions that nobody needs any more."""

import json
from hashlib import sha256
from typing import Any, Final

import pytest

from chalicelib.entrypoints import move_on, upkeep
from chalicelib.identifiers import identifier
from chalicelib.journeys import retiring
from chalicelib.journeys.engine.model import RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import store
from chalicelib.journeys.steps import timing, watchdog
from chalicelib.journeys.walks import walking
from chalicelib.people.reading import person_of
from chalicelib.timers.timers import Timers
from tests.support.aws import Stack
from tests.support.deliveries import Context
from tests.support.journeys import GRACE, SECOND, Road, open_journeys
from tests.support.living import DAY, HOUR
from tests.support.ring import MINUTE

FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")


def holding(length: str) -> dict[str, Any]:
    """A journey that does nothing but wait."""
    nodes = {"hold": {"wait": length, "next": "done"}, "done": {"exit": "waited"}}
    return {"entry": {"event": "Began", "re_entry": {"policy": "always"}}, "start": "hold", "nodes": nodes}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody who is known."""
    road = open_journeys(stack, monkeypatch)
    road.clock.install(monkeypatch, upkeep)
    road.office.person(**FAN)
    return road


def lose_messages(road: Road) -> None:
    """Whatever waits in the queue of timers is gone."""
    road.office.stack.client("sqs").purge_queue(QueueUrl=road.office.stack.queue_url("journey-dues"))


def lose_sleepers(road: Road) -> None:
    """Executions that sleep are gone, and nobody starts them anew."""
    states = road.office.stack.client("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        for one in states.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")["executions"]:
            states.stop_execution(executionArn=one["executionArn"])


def overdue(capsys: pytest.CaptureFixture[str]) -> int:
    """How many the metric says were forgotten, since it was last looked at."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    return sum(int(line[watchdog.OVERDUE][0]) for line in lines if watchdog.OVERDUE in line)


def ring(road: Road, subject: str, at: int) -> dict[str, Any]:
    """A message of the queue, handed to the lambda."""
    record = {"messageId": "m1", "body": json.dumps({"subject": subject, "at": at})}
    return move_on.move_on({"Records": [record]}, Context("move_on", "r1"))


def test_a_cohort_that_was_lost_is_found_and_rung_for_again(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    road.publish("long", holding("2h"))
    road.does("Began", **FAN)
    lose_sleepers(road)
    lose_messages(road)
    road.later(2 * HOUR + 30 * MINUTE)
    assert road.run(*WHO, "long").state is RunState.GOING
    overdue(capsys)
    upkeep.upkeep({}, Context("upkeep", "r1"))
    assert overdue(capsys) >= 1
    road.office.flow()
    assert road.run(*WHO, "long").state is RunState.ENDED


def test_a_message_that_was_lost_is_found_within_sixteen_hours(road: Road) -> None:
    road.publish("short", holding("5m"))
    road.does("Began", **FAN)
    lose_messages(road)
    for _ in range(16):
        road.pass_by(HOUR)
        watchdog.look_after("short", road.clock.now)
    road.office.flow()
    assert road.run(*WHO, "short").state is RunState.ENDED


def test_nobody_is_late_who_was_looked_at(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    road.publish("long", holding("2h"))
    road.does("Began", **FAN)
    road.later(2 * HOUR + 30 * MINUTE)
    overdue(capsys)
    upkeep.upkeep({}, Context("upkeep", "r1"))
    assert overdue(capsys) == 0


def test_nobody_is_late_on_a_journey_that_is_paused(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    road.publish("long", holding("2h"))
    road.does("Began", **FAN)
    book.put_state("long", JourneyState.PAUSED, road.clock.now, "test")
    road.later(2 * HOUR + 30 * MINUTE)
    overdue(capsys)
    upkeep.upkeep({}, Context("upkeep", "r1"))
    assert overdue(capsys) == 0


def test_a_timer_that_rings_too_early_is_set_again(road: Road) -> None:
    road.publish("long", holding("2h"))
    road.does("Began", **FAN)
    lose_sleepers(road)
    lose_messages(road)
    due = timing.look_at(person_of(identifier(*WHO)).id, "long", road.clock.now + 10 * MINUTE)
    assert ring(road, due.subject, due.at) == {"batchItemFailures": []}
    assert road.run(*WHO, "long").state is RunState.GOING
    road.pass_by(2 * HOUR + GRACE + SECOND)
    road.office.flow()
    assert road.run(*WHO, "long").state is RunState.ENDED


@pytest.mark.parametrize("subject", ["m#7f3a", "x#long#p_1", "", "p#long"])
def test_a_timer_that_nobody_understands_is_put_aside(road: Road, subject: str) -> None:
    assert ring(road, subject, road.clock.now) == {"batchItemFailures": []}
    (letter,) = [json.loads(one) for one in road.office.stack.messages("dead-letters")]
    assert letter["function"] == "move_on"


def test_a_timer_of_somebody_or_of_a_journey_that_is_not_known_does_nothing(road: Road) -> None:
    road.publish("long", holding("2h"))
    for subject in ("p#long#p_nobody", f"p#unknown#{person_of(identifier(*WHO)).id}"):
        assert ring(road, subject, road.clock.now) == {"batchItemFailures": []}


def test_a_version_is_kept_while_somebody_is_at_it_and_forgotten_after(road: Road) -> None:
    road.publish("long", holding("2h"))
    road.does("Began", **FAN)
    road.publish("long", holding("3h"))
    road.pass_by(retiring.SETTLED_MS)
    retiring.retire("long", road.clock.now)
    assert sorted(book.newest().pages["long"].documents) == [1, 2]
    road.later(2 * HOUR + MINUTE)
    retiring.retire("long", road.clock.now)
    assert sorted(book.newest().pages["long"].documents) == [2]


def test_a_wait_of_more_than_a_month_is_looked_at_on_the_way_and_ends_in_time(road: Road) -> None:
    road.publish("year", holding("70d"))
    road.does("Began", **FAN)
    for _ in range(13):
        road.office.later(5 * DAY)
    assert road.run(*WHO, "year").state is RunState.GOING
    road.later(5 * DAY + GRACE)
    assert road.run(*WHO, "year").state is RunState.ENDED


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", ""])
def test_a_lost_cohort_of_dates_only_is_rung_for_again(road: Road, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr(Timers, "status", lambda *_: status)
    road.publish("long", holding("2h"))
    due = timing.date_of("p_1", "long", road.clock.now + 2 * HOUR)
    timing.TIMERS.arm([due], road.clock.now)
    lose_sleepers(road)
    road.pass_by(2 * HOUR + 30 * MINUTE)
    lose_messages(road)
    watchdog.look_after_cohorts(road.clock.now)
    assert [json.loads(one)["subject"] for one in road.office.stack.messages("journey-dues")] == [due.subject]


def test_of_a_journey_with_more_people_than_one_turn_takes_everybody_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    people = sorted("p_" + sha256(str(number).encode()).hexdigest()[:12] for number in range(1_000))

    def listed(journey: str, shard: str, after: str = "", limit: int = 0) -> list[str]:
        return [one for one in people if one > after][:limit]

    monkeypatch.setattr(watchdog, "MOST", 20)
    monkeypatch.setattr(store, "listed", listed)
    seen = {one for turn in range(120) for one in watchdog._turn("long", turn * 16)}
    assert seen == set(people)


def test_versions_are_forgotten_after_everybody_was_gone_through_hour_by_hour(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retiring, "MOST", 1)
    monkeypatch.setattr(store, "PAGE", 1)
    monkeypatch.setattr(store.listed, "__defaults__", ("", 1))
    road.publish("long", holding("2h"))
    for number in range(4):
        road.tells("Began", {}, "openid:wx1", f"oFan{number}")
    road.office.flow()
    road.publish("long", holding("3h"))
    road.later(2 * HOUR + MINUTE)
    retiring.retire("long", road.clock.now)
    assert sorted(book.newest().pages["long"].documents) == [1, 2], "not everybody was looked at"
    for _ in range(4):
        retiring.retire("long", road.clock.now)
    assert sorted(book.newest().pages["long"].documents) == [2]


def test_whoever_was_forgotten_comes_before_versions_that_are_and_those_wait_for_time(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, str]] = []
    for module, name in ((watchdog, "look_after"), (walking, "revive"), (retiring, "retire")):
        monkeypatch.setattr(module, name, lambda journey, _, name=name: done.append((name, journey)))
    for journey in ("a", "b"):
        road.publish(journey, holding("2h"))
    upkeep.upkeep({}, Context("upkeep", "r1"))
    assert [name for name, _ in done] == ["look_after", "revive"] * 2 + ["retire"] * 2
    first, done[:] = done[0][1], []
    road.pass_by(HOUR)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: upkeep.LEFT_MS - 1)
    upkeep.upkeep({}, Context("upkeep", "r1"))
    assert [name for name, _ in done] == ["look_after", "revive"] * 2
    assert done[0][1] != first, "another journey is the first each hour"


@pytest.mark.parametrize(("left", "free"), [({1: 99}, {1}), ({1: 101}, set()), ({}, set())])
def test_a_version_that_was_entered_again_since_a_round_began_is_gone_through_anew(left: dict[int, int], free: set[int]) -> None:
    assert retiring.Round(frozenset({1}), 3, "p_1", at=100).still_free(left).free == free
