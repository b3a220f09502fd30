"""A pass over all people, through queue and lambda: everybody is looked at, whatever happens to messages and workers.

What is done to each person stands in here; test_backfills.py has the real thing.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.audiences import pass_records, pass_work, passes, planbook
from chalicelib.audiences.pass_progress import SEGMENTS, Phase, Progress, Tally
from chalicelib.audiences.pass_records import LEASE_MS, LOST_MS
from chalicelib.audiences.passes import START_MS, MessageUnreadable, Part, Straggler
from chalicelib.audiences.plans import Plan
from chalicelib.definitions.records import written_together
from chalicelib.entrypoints import pass_people as entrypoint
from chalicelib.entrypoints.pass_people import pass_people
from chalicelib.errors import Busy
from chalicelib.people import store
from chalicelib.people.model import Person
from chalicelib.people.records import NodeRecord
from infra.mappings import PASS_PEOPLE
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.crashes import killed_at, writes_of
from tests.support.deliveries import Context
from tests.support.pump import Pump

NOW = 1_795_300_000_000  # when the plan is written
SECOND = 1000
HOUR = 3_600 * SECOND
PEOPLE = 24


@dataclass(slots=True)
class Looks:
    """Stands in for bringing up and judging: notes whom it was given, takes its time, and fails as it is told."""

    clock: Clock
    takes: int = 0  # ms
    fails: Callable[[str], Exception | None] = lambda _: None
    before: Callable[[str], None] = lambda _: None
    at: Counter[str] = field(default_factory=Counter)

    def __call__(self, person: str, _plan: Plan, _now: int) -> bool:
        self.before(person)
        self.at[person] += 1
        self.clock.pass_by(self.takes)
        if error := self.fails(person):
            raise error
        return person.endswith("0")  # one in ten has to be counted anew


@dataclass(slots=True)
class World:
    """A table of people, and the queue that feeds the lambda."""

    stack: Stack
    pump: Pump
    clock: Clock
    looks: Looks

    def publish(self, version: int) -> None:
        """Writes the next plan, as a publication does, and starts its pass."""
        with written_together() as writing:
            planbook.writes(planbook.newest(), Plan(version=version), self.clock.now)(writing)
        self.start()
        self.pump.drain()

    def start(self) -> None:
        passes.ensure_started(planbook.stored(), self.clock.now)

    def run(self) -> None:
        """The pass begins, and goes on until nothing is left to do."""
        self.clock.pass_by(START_MS)
        self.pump.drain()

    @property
    def progress(self) -> Progress:
        return passes.progress(planbook.stored())


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock(NOW)
    clock.install(monkeypatch, entrypoint)
    looks = Looks(clock)
    monkeypatch.setattr(pass_work, "treated", looks)
    pump = Pump(stack, clock=clock)
    pump.queue(PASS_PEOPLE, pass_people)
    made = World(stack, pump, clock, looks)
    populate()
    return made


def populate(count: int = PEOPLE) -> None:
    """People with an identifier each, and one who was merged into another."""
    for number in range(count):
        store.save_person(Person(id=f"p_{number}"))
        NodeRecord(pk=f"I#user_id#{number}", person=f"p_{number}", since=NOW, source="shop").save()
    store.save_person(Person(id="p_merged", into="p_0"))


def everybody(times: int = 1) -> dict[str, int]:
    return {f"p_{number}": times for number in range(PEOPLE)}


def message(part: Part | Straggler, number: int = 0) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": passes._text(part)}]}


def call(event: dict[str, Any]) -> dict[str, Any]:
    return pass_people(event, Context("pass_people", "r"))


# ---- who is looked at ----


def test_everybody_is_looked_at_once_and_nobody_who_was_merged_away(world: World) -> None:
    world.publish(1)
    world.run()
    assert world.looks.at == everybody()
    assert planbook.stored().passed == 1


def test_the_pass_tells_how_far_it_is(world: World) -> None:
    world.publish(1)
    begun = world.progress
    assert (begun.phase, begun.share, begun.started_at) == (Phase.WAITING, 0.0, NOW)
    world.run()
    done = world.progress
    assert (done.phase, done.share, done.finished_at) == (Phase.DONE, 1.0, NOW + START_MS)
    assert done.tally == Tally(items=2 * PEOPLE + 1, seen=PEOPLE, recounted=3)


def test_half_way_the_share_says_about_half(world: World) -> None:
    world.publish(1)
    for number in range(SEGMENTS // 2):
        call(message(Part(1, number)))
    assert (world.progress.phase, world.progress.share) == (Phase.RUNNING, 0.5)


def test_a_table_without_people_is_passed_too(stack: Stack, world: World) -> None:
    for item in stack.items("people"):
        stack.client("dynamodb").delete_item(TableName=stack.table("people"), Key={key: item[key] for key in ("pk", "sk")})
    world.publish(1)
    world.run()
    assert world.progress.phase is Phase.DONE


# ---- when it begins ----


def test_a_pass_begins_when_no_lambda_can_hold_the_older_plan_any_more(world: World) -> None:
    world.publish(1)
    world.clock.pass_by(START_MS - SECOND)
    world.pump.drain()
    assert not world.looks.at
    world.clock.pass_by(SECOND)
    world.pump.drain()
    assert world.looks.at == everybody()


def test_starting_a_pass_twice_is_starting_it_once(world: World) -> None:
    world.publish(1)
    world.start()
    world.run()
    world.start()
    world.pump.drain()
    assert world.looks.at == everybody()
    assert world.pump.calls == {"pass_people": SEGMENTS}


def test_a_plan_of_nothing_needs_no_pass(world: World) -> None:
    world.start()
    world.run()
    assert not world.pump.calls


def test_messages_that_were_lost_are_sent_again_by_whoever_looks(world: World) -> None:
    world.publish(1)
    world.stack.client("sqs").purge_queue(QueueUrl=world.stack.queue_url("passes"))
    world.clock.pass_by(START_MS + LOST_MS)
    world.start()
    world.pump.drain()
    assert not world.looks.at
    world.clock.pass_by(1)
    world.start()
    world.start()
    world.pump.drain()
    assert world.looks.at == everybody()
    assert world.pump.calls == {"pass_people": SEGMENTS}


@pytest.mark.parametrize("after", [False, True])
def test_whoever_starts_a_pass_may_die_and_it_goes_its_way(world: World, after: bool) -> None:
    with written_together() as writing:
        planbook.writes(planbook.newest(), Plan(version=1), world.clock.now)(writing)
    assert killed_at(0, world.start, after=after)
    world.pump.drain()
    world.run()
    assert world.looks.at == everybody()
    assert world.progress.phase is Phase.DONE


def test_a_newer_plans_pass_covers_everybody_and_the_older_one_stops(world: World) -> None:
    world.publish(1)
    world.publish(2)
    world.run()
    assert world.looks.at == everybody()
    assert planbook.stored().passed == 2
    assert not any(one.fence for one in pass_records.segments_of(1))


# ---- workers ----


def test_a_worker_hands_on_after_a_minute(world: World) -> None:
    world.looks.takes = 25 * SECOND
    world.publish(1)
    world.run()
    assert world.looks.at == everybody()
    assert world.pump.calls["pass_people"] > SEGMENTS
    assert world.progress.tally.seen == PEOPLE


def test_a_worker_hands_on_after_so_many_people_wherever_it_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pass_work, "WORK_PEOPLE", 2)
    monkeypatch.setattr(pass_work, "PAGE_ITEMS", 5)
    world.publish(1)
    world.run()
    assert world.looks.at == everybody()
    assert world.pump.calls["pass_people"] >= PEOPLE / 2
    assert world.progress.tally.seen == PEOPLE


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_at_any_write_leaves_nobody_out_and_counts_nobody_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(pass_work, "WORK_PEOPLE", 6)
    monkeypatch.setattr(pass_work, "PAGE_ITEMS", 6)
    world.publish(1)
    writes = writes_of(world.run)
    assert writes > 3 * SEGMENTS
    for version, number in enumerate(range(int(after), writes, 4), 2):
        world.looks.at.clear()
        world.publish(version)
        killed_at(number, world.run, after=after)
        assert set(world.looks.at) == set(everybody()), number
        assert (world.progress.phase, world.progress.tally.seen) == (Phase.DONE, PEOPLE), number


def test_a_message_that_comes_twice_while_a_worker_is_at_the_segment_is_done_with(world: World) -> None:
    world.publish(1)

    def doubled(_: str) -> None:
        call(message(Part(1, 0), number=7))

    world.looks.before = doubled
    call(message(Part(1, 0), number=1))
    assert set(world.looks.at.values()) == {1}


def test_the_message_of_a_worker_that_died_takes_its_segment_back_at_once(world: World) -> None:
    world.publish(1)
    world.looks.fails = lambda _: OSError("the network is gone")
    with pytest.raises(OSError, match="network"):
        call(message(Part(1, 0), number=1))
    world.looks.fails = lambda _: None
    call(message(Part(1, 0), number=1))
    assert pass_records.segments_of(1)[0].finished_at is not None


def test_a_worker_that_was_only_slow_writes_nothing_after_another_took_over(world: World) -> None:
    world.publish(1)

    def overtaken(_: str) -> None:
        world.looks.before = lambda _: None
        world.clock.pass_by(LEASE_MS + 1)
        call(message(Part(1, 0), number=2))

    world.looks.before = overtaken
    call(message(Part(1, 0), number=1))
    counted = pass_records.segments_of(1)[0]
    assert counted.finished_at is not None
    assert counted.tally.seen == len(world.looks.at)


def test_the_pass_ends_although_the_last_worker_died_before_it_could_say_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(1)
    with monkeypatch.context() as silent:
        silent.setattr(passes, "mark_passed", lambda _: None)
        world.run()
    assert planbook.stored().passed == 0
    world.start()
    assert world.progress.phase is Phase.DONE


def test_a_finished_segment_whose_message_comes_again_ends_the_pass_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(1)
    with monkeypatch.context() as silent:
        silent.setattr(passes, "mark_passed", lambda _: None)
        world.run()
    call(message(Part(1, 3)))
    assert world.progress.phase is Phase.DONE
    assert world.looks.at == everybody()


# ---- single people ----


def test_a_person_that_cannot_be_brought_up_goes_to_the_dead_letters_and_the_pass_goes_on(stack: Stack, world: World) -> None:
    world.looks.fails = lambda person: ValueError("spoilt") if person == "p_5" else None
    world.publish(1)
    world.run()
    (letter,) = map(json.loads, stack.messages("dead-letters"))
    assert (letter["function"], letter["pk"], letter["reason"]) == ("pass_people", "p_5", "ValueError: spoilt")
    assert set(world.looks.at) == set(everybody())
    assert (world.progress.phase, world.progress.tally.failed) == (Phase.DONE, 1)


def test_a_person_whom_others_hold_is_brought_up_later(world: World) -> None:
    world.looks.fails = lambda person: Busy("held") if person == "p_5" and world.looks.at[person] < 3 else None
    world.publish(1)
    world.run()
    assert world.progress.phase is Phase.DONE
    for _ in range(2):
        world.clock.pass_by(60 * SECOND)
        world.pump.drain()
    assert world.looks.at == everybody() | {"p_5": 3}


def test_a_person_who_is_held_for_ever_goes_to_the_dead_letters(stack: Stack, world: World) -> None:
    world.looks.fails = lambda person: Busy("held") if person == "p_5" else None
    world.publish(1)
    world.run()
    for _ in range(12):
        world.clock.pass_by(HOUR)
        world.pump.drain()
    (letter,) = map(json.loads, stack.messages("dead-letters"))
    assert (letter["pk"], letter["reason"]) == ("p_5", "held")
    assert world.looks.at["p_5"] == 1 + pass_work.MAX_TRIES


def test_somebody_who_turns_up_after_the_pass_has_gone_by_is_caught_up(world: World) -> None:
    world.publish(1)
    passes.catch_up("p_late", planbook.stored(), world.clock.now)
    world.clock.pass_by(START_MS - SECOND)
    world.pump.drain()
    assert not world.looks.at
    world.clock.pass_by(SECOND)
    world.pump.drain()
    assert world.looks.at == everybody() | {"p_late": 1}


def test_somebody_who_came_too_late_for_an_older_plan_is_left_to_the_newer_ones_pass(world: World) -> None:
    world.publish(1)
    passes.catch_up("p_late", planbook.stored(), world.clock.now)
    world.publish(2)
    world.run()
    assert world.looks.at == everybody()


def test_somebody_whose_dead_letter_is_replayed_is_brought_up_to_whatever_is_in_force(world: World) -> None:
    world.publish(1)
    call({"Records": [{"messageId": "m", "body": json.dumps({"person": "p_5"})}]})
    assert world.looks.at == {"p_5": 1}


# ---- messages ----


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "7", "{}", '{"pass": 1}', '{"pass": "x", "segment": 1}', '{"pass": 1, "segment": 8}', '{"person": "p_1", "plan": "x"}'],
)
def test_a_message_that_nobody_understands_is_a_dead_letter_with_the_reason(stack: Stack, body: str) -> None:
    with pytest.raises(MessageUnreadable):
        passes.message_of(body)
    assert call({"Records": [{"messageId": "m", "body": body}]}) == {"batchItemFailures": []}
    (letter,) = map(json.loads, stack.messages("dead-letters"))
    assert (letter["function"], letter["pk"]) == ("pass_people", "m")


@pytest.mark.parametrize("one", [Part(7, 3), Straggler("p_1", 7, 2)])
def test_messages_are_read_as_they_are_written(one: Part | Straggler) -> None:
    assert passes.message_of(passes._text(one)) == one


def test_a_message_for_a_plan_that_never_was_is_done_with(world: World) -> None:
    assert call(message(Part(3, 0))) == {"batchItemFailures": []}
    assert not world.looks.at
