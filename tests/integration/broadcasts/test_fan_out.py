"""Everybody in a segment gets one message, whatever happens meanwhile to workers, messages and people."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import Mock

import pytest

from chalicelib.audiences import membership_records, planbook
from chalicelib.audiences.membership_records import shard_of
from chalicelib.audiences.planbook import StoredPlan
from chalicelib.audiences.plans import Plan
from chalicelib.broadcasts import backlog, fanning_out, part_store, parts, queue, starting, store
from chalicelib.broadcasts.backlog import PATIENCE_MS
from chalicelib.broadcasts.fanning_out import POISON_CODE, End
from chalicelib.broadcasts.holding import forget, held
from chalicelib.broadcasts.model import Broadcast, BroadcastCancelled, Hold, Phase, message_of
from chalicelib.broadcasts.parts import LEASE_MS, LOST_MS, PARTS, SHARDS, Part, due, gone_through
from chalicelib.broadcasts.queue import Begin, CarryOn
from chalicelib.definitions.model import LostRace
from chalicelib.dispatch import deciding, states, tallies
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.people import store as people
from chalicelib.people.model import Person
from tests.support.broadcasts import NOW, WANTED, World, decided, take_off_list
from tests.support.crashes import killed_at

PEOPLE = tuple(f"p_{number:02d}" for number in range(40))
HOUR = 3_600_000


def once(*people: str) -> Counter[str]:
    return Counter(people)


# ---- who is told ----


def test_everybody_in_the_segment_gets_one_message(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.fan_out(one)
    assert world.told(one) == once(*PEOPLE)
    assert world.phase(one) is Phase.DONE
    gone = gone_through(part_store.parts_of(one.id))
    assert (gone.seen, gone.begun, store.existing(one.id).expected) == (len(PEOPLE), len(PEOPLE), len(PEOPLE))


def test_a_broadcast_to_nobody_is_done(world: World) -> None:
    one = world.broadcast()
    world.fan_out(one)
    assert (world.told(one), world.phase(one)) == (once(), Phase.DONE)


def test_parts_larger_than_a_page_are_gone_through_to_their_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning_out, "PAGE", 2)
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.fan_out(one)
    assert world.told(one) == once(*PEOPLE)


def test_a_message_says_what_was_asked_and_is_counted_in_the_broadcasts_report(world: World) -> None:
    world.enlist("p_1")
    one = world.broadcast(replace(WANTED, data={"code": "X"}, split="content", strict=True, lasts_ms=HOUR))
    world.fan_out(one)
    found = messages.find(message_of(one.id, "p_1"))
    assert found is not None
    order = found.order
    assert (order.data, order.split, order.strict, order.expires) == ({"code": "X"}, "content", True, NOW + HOUR)
    assert (order.template, order.version, order.channels) == ("spring", 1, WANTED.channels)
    assert order.report.startswith(f"broadcast#{one.id}/")


def test_people_of_an_excepted_segment_are_left_out(world: World) -> None:
    world.enlist(*PEOPLE)
    world.enlist(*PEOPLE[:5], segment="asleep")
    world.enlist(*PEOPLE[3:9], segment="angry")
    one = world.broadcast(replace(WANTED, excepted=("asleep", "angry")))
    world.fan_out(one)
    assert world.told(one) == once(*PEOPLE[9:])
    assert gone_through(part_store.parts_of(one.id)).excepted == 9


def test_somebody_who_comes_after_the_beginning_gets_none_and_who_left_before_their_turn_neither(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    world.enlist("p_late", since=NOW + 1)
    take_off_list(PEOPLE[7])
    world.flow()
    assert world.told(one) == once(*PEOPLE) - once(PEOPLE[7])
    assert gone_through(part_store.parts_of(one.id)).late == 1


def test_two_broadcasts_are_two_messages(world: World) -> None:
    world.enlist("p_1")
    first, second = world.broadcast(), world.broadcast()
    world.fan_out(first)
    world.fan_out(second)
    assert (world.told(first), world.told(second)) == (once("p_1"), once("p_1"))


def test_whoever_nothing_can_be_made_of_is_put_aside_and_the_others_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def choosy(orders: Sequence[Order], now: int) -> list[Message]:
        if any(order.person == PEOPLE[0] for order in orders):
            raise ValueError("no such zone")
        return decided(orders, now)

    monkeypatch.setattr(deciding, "begun_many", choosy)
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.fan_out(one)
    assert world.told(one) == once(*PEOPLE[1:])
    (letter,) = world.letters()
    assert (letter["function"], letter["pk"]) == ("fan_out", PEOPLE[0])
    assert POISON_CODE == "broadcast_poison"


# ---- two become one ----


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_two_who_become_one_at_any_moment_get_it_once(world: World, number: int) -> None:
    """For every pair and every moment between two workers: never twice, never not at all."""
    world.enlist(*PEOPLE)
    survivor, absorbed = PEOPLE[number], PEOPLE[-1 - number]
    one = world.broadcast()
    world.begin(one)
    worked: list[int] = []
    before: set[str] = set()

    def work(message: CarryOn, name: str) -> None:
        if len(worked) == number * 2:
            before.update(world.told(one))
            world.merge(survivor, absorbed)
        worked.append(message.part)
        world.work(message, name)

    world.flow(work)
    told = world.told(one)
    became_one = len(worked) > number * 2
    apart = {survivor, absorbed} <= before or not became_one  # both had been told already: nobody could have known
    assert set(told) | {absorbed} == set(PEOPLE)
    assert all(count == 1 for person, count in told.items() if person != survivor)
    assert told[survivor] + told.get(absorbed, 0) == (2 if apart else 1)


def test_one_who_swallowed_somebody_already_told_is_not_told_again(world: World) -> None:
    world.enlist("p_told")
    one = world.broadcast()
    world.begin(one)
    put_down = [CarryOn(one.id, part) for part in range(SHARDS)]
    for number, part in enumerate(put_down):
        world.work(part, f"first{number}")
    world.enlist("p_other")
    world.merge("p_other", "p_told")
    world.flow()
    assert world.told(one) == once("p_other")


def test_those_who_stand_behind_the_worker_after_they_became_one_are_found_by_the_second_round(world: World) -> None:
    by_shard: dict[int, str] = {}
    for person in PEOPLE:
        by_shard.setdefault(shard_of(person), person)
    (early, behind), *_, (late, ahead) = sorted(by_shard.items())
    world.enlist(ahead)
    people_save(behind)
    one = world.broadcast()
    world.begin(one)
    world.work(CarryOn(one.id, early), "first")
    world.merge(behind, ahead)  # the list has them in the part that is finished, and no longer in the one to come
    assert late > early
    world.flow()
    assert world.told(one) == once(behind)


def people_save(person: str) -> None:
    people.save_person(Person(id=person))


def test_one_whose_former_self_was_refused_may_be_told_as_who_they_are_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreached(orders: Sequence[Order], now: int) -> list[Message]:
        return [states.refused(states.accepted(one, now), "no_address", None, now) for one in orders]

    world.enlist("p_device")
    one = world.broadcast()
    world.begin(one)
    monkeypatch.setattr(deciding, "begun_many", unreached)
    for part in range(SHARDS):
        world.work(CarryOn(one.id, part), f"first{part}")
    monkeypatch.setattr(deciding, "begun_many", decided)
    people_save("p_phone")
    world.merge("p_phone", "p_device")
    world.flow()
    assert world.told(one) == once("p_phone")


def test_chains_of_those_who_became_one_are_followed_to_their_end(world: World) -> None:
    world.enlist("p_1")
    one = world.broadcast()
    world.begin(one)
    for part in range(SHARDS):
        world.work(CarryOn(one.id, part), f"first{part}")
    people_save("p_2")
    people_save("p_3")
    world.merge("p_2", "p_1")
    world.merge("p_3", "p_2")
    world.flow()
    assert world.told(one) == once("p_3")


# ---- deaths ----


def carrying_on(world: World, one: str, number: int) -> Callable[[], object]:
    def work() -> None:
        for name, part in (("m1", number),):
            world.work(CarryOn(one, part), name)

    return work


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
def test_a_worker_may_die_at_any_write_and_everybody_still_gets_one(world: World, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    monkeypatch.setattr(fanning_out, "PAGE", 2)
    shard, mine = crowded(5)
    number = 0
    while True:
        world.plane.clear()
        world.enlist(*mine)
        one = world.broadcast()
        world.begin(one)
        world.messages()
        died = killed_at(number, lambda: world.work(carried(one, shard), "m"), after=after)  # noqa: B023 - called at once
        world.work(carried(one, shard), "m")  # the message comes again
        for part in range(SHARDS):
            world.work(CarryOn(one.id, part), f"others{part}")
        world.flow()
        assert world.told(one) == once(*mine), f"died at write {number}"
        assert world.phase(one) is Phase.DONE
        if not died:
            break
        number += 1
    assert number > 8


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
def test_the_beginning_may_die_at_any_write_and_begins_again(world: World, *, after: bool) -> None:
    number = 0
    died = True
    while died:
        world.plane.clear()
        world.enlist(*PEOPLE[:3])
        one = world.broadcast()
        died = killed_at(number, lambda: world.begin(one), after=after)  # noqa: B023 - called at once
        world.begin(one)
        world.flow()
        assert world.told(one) == once(*PEOPLE[:3])
        number += 1 if number < 4 else 7  # one more message noted as sent is like the other
    assert number >= 4


def carried(one: Broadcast, shard: int) -> CarryOn:
    """The message for the part that goes through a shard."""
    return CarryOn(one.id, shard % (len(part_store.parts_of(one.id)) // 2))


def crowded(count: int) -> tuple[int, list[str]]:
    """People who all stand in one shard."""
    people = [f"p_{number:04d}" for number in range(count * 64)]
    shard = shard_of(people[0])
    return shard, [one for one in people if shard_of(one) == shard][:count]


def test_messages_of_the_queue_that_come_twice_or_in_any_order_change_nothing(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    bodies = world.messages()
    for number, body in enumerate([*reversed(bodies), *bodies, *bodies]):
        world.take(body, f"m{number}")
    world.flow()
    world.begin(one)
    world.flow()
    assert world.told(one) == once(*PEOPLE)


def test_a_part_whose_worker_works_on_is_left_to_it(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    part_store.take(one.id, 0, "m1", world.clock.now)
    assert world.work(CarryOn(one.id, 0), "m2") is End.LEFT
    world.clock.pass_by(LEASE_MS + 1)
    assert world.work(CarryOn(one.id, 0), "m2") is End.DONE


def test_a_worker_that_lost_its_part_writes_nothing_more_to_it(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    old = part_store.take(one.id, 0, "m1", world.clock.now)
    assert not isinstance(old, part_store.Taken)
    world.clock.pass_by(LEASE_MS + 1)
    world.work(CarryOn(one.id, 0), "m2")
    with pytest.raises(part_store.LeaseLost):
        part_store.save(old, (0, "p_00"), old.gone, 1, world.clock.now)


def test_messages_that_were_lost_are_sent_again_by_whoever_looks(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    assert world.messages()  # gone
    starting.look_after(one.id, world.clock.now)
    assert world.messages() == []  # they may still come
    world.clock.pass_by(LOST_MS + 1)
    starting.look_after(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once(*PEOPLE)


@pytest.mark.parametrize("looks", [1, 3])
def test_a_part_whose_worker_died_and_whose_message_went_to_the_dead_letters_goes_on_when_somebody_looks(world: World, looks: int) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    for part in due(part_store.parts_of(one.id)):
        part_store.take(one.id, part.number, f"dead{part.number}", world.clock.now)
    world.messages()  # gone, with whoever took them
    world.clock.pass_by(max(LEASE_MS, LOST_MS) + 1)
    for _ in range(looks):
        starting.look_after(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once(*PEOPLE)
    assert world.phase(one) is Phase.DONE


def test_a_broadcast_made_long_before_its_time_is_still_looked_after_when_that_comes(world: World) -> None:
    at = NOW + 300 * 24 * HOUR
    world.enlist("p_1")
    one, past = world.broadcast(replace(WANTED, at=at)), world.broadcast()
    world.clock.pass_by(at - NOW + LOST_MS + 1)
    assert list(store.unfinished(world.clock.now)) == [one.id]
    assert world.phase(past) is Phase.SCHEDULED  # of last year: nobody wants it any more
    starting.look_after(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once("p_1")


def test_what_is_unfinished_is_found_again_every_hour_and_nothing_else(world: World) -> None:
    world.enlist(*PEOPLE)
    lost, done, held = world.broadcast(), world.broadcast(), world.broadcast()
    world.fan_out(done)
    starting.pause(held.id)
    assert list(store.unfinished(world.clock.now)) == [lost.id]
    world.clock.pass_by(LOST_MS + 1)
    starting.look_after(lost.id, world.clock.now)  # its first message never came
    world.flow()
    assert world.told(lost) == once(*PEOPLE)
    assert list(store.unfinished(world.clock.now)) == []


def test_a_worker_that_is_tired_hands_its_part_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning_out, "PAGE", 1)
    monkeypatch.setattr(fanning_out, "WORK_MS", 0)
    shard, mine = crowded(3)
    world.enlist(*mine)
    one = world.broadcast()
    world.begin(one)
    world.messages()
    assert world.work(carried(one, shard), "m1") is End.HANDED_ON
    assert [queue.message_of(body) for body in world.messages()] == [carried(one, shard)]


# ---- times ----


def test_a_broadcast_waits_for_its_time(world: World) -> None:
    world.enlist("p_1")
    one = world.broadcast(replace(WANTED, at=NOW + HOUR))
    world.begin(one)
    assert [queue.message_of(body) for body in world.messages()] == [Begin(one.id)]
    assert world.phase(one) is Phase.SCHEDULED
    world.clock.pass_by(HOUR)
    world.fan_out(one)
    assert (world.told(one), store.existing(one.id).started_at) == (once("p_1"), NOW + HOUR)


def test_a_broadcast_waits_until_everybody_has_been_judged_by_the_rules_in_force(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0]
    monkeypatch.setattr(planbook, "stored", lambda: StoredPlan(Plan(version=1), passed[0], NOW))
    world.enlist("p_1")
    one = world.broadcast()
    world.begin(one)
    assert world.phase(one) is Phase.SCHEDULED
    passed[0] = 1
    world.flow()
    assert world.told(one) == once("p_1")


def test_who_looks_at_a_broadcast_that_waits_for_the_rules_makes_no_more_messages_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0]
    monkeypatch.setattr(planbook, "stored", lambda: StoredPlan(Plan(version=1), passed[0], NOW))
    world.enlist("p_1")
    one = world.broadcast()
    world.begin(one)
    assert len(world.messages()) == 1  # it comes back by itself, and is lost here
    world.clock.pass_by(LOST_MS + 1)
    for _ in range(3):
        starting.look_after(one.id, world.clock.now)
    assert world.messages() == []
    passed[0] = 1
    starting.look_after(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once("p_1")


def test_no_more_is_put_down_while_too_much_of_its_own_waits_to_be_sent(crowd: World) -> None:
    one = crowd.broadcast()
    crowd.begin(one)
    assert crowd.work(CarryOn(one.id, 0), "m") is End.WAITING
    assert crowd.told(one).total() == 4
    crowd.messages()
    note_as(crowd, one, State.QUEUED)
    assert crowd.work(CarryOn(one.id, 0), "m") is End.WAITING
    assert crowd.told(one).total() == 4
    note_as(crowd, one, State.SENT)
    crowd.messages()
    assert crowd.work(CarryOn(one.id, 0), "m") is End.WAITING
    assert [queue.message_of(body) for body in crowd.messages()] == [CarryOn(one.id, 0)]
    assert crowd.told(one).total() == 8


def test_a_paused_broadcast_with_all_its_messages_in_the_queue_holds_up_no_other(crowd: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST", 10 * len(PEOPLE))
    paused, other = crowd.broadcast(), crowd.broadcast()
    crowd.fan_out(paused)
    starting.pause(paused.id)
    note_as(crowd, paused, State.QUEUED)
    monkeypatch.setattr(backlog, "MOST", 4)
    crowd.begin(other)
    flow_noting(crowd, other, State.SENT)
    assert crowd.told(other) == once(*PEOPLE)


@pytest.mark.parametrize("state", [State.DEFERRED, State.REFUSED, State.FAILED, State.UNKNOWN, State.SENT])
def test_messages_that_wait_in_no_queue_hold_nothing_up(crowd: World, state: State) -> None:
    one = crowd.broadcast()
    crowd.begin(one)
    flow_noting(crowd, one, state)
    assert crowd.phase(one) is Phase.DONE


def test_messages_that_nobody_will_ever_send_let_a_page_pass_every_hour(crowd: World) -> None:
    one = crowd.broadcast()
    crowd.begin(one)
    assert crowd.work(CarryOn(one.id, 0), "m") is End.WAITING
    told = crowd.told(one).total()
    for hours in (1, 2):
        crowd.clock.pass_by(PATIENCE_MS)
        assert crowd.work(CarryOn(one.id, 0), "m") is End.WAITING
        assert crowd.told(one).total() == told + 2 * hours


def note_as(world: World, one: Broadcast, state: State) -> None:
    """As the dispatch lambda does."""
    found = [messages.find(message_of(one.id, person)) for person in PEOPLE]
    tallies.note(replace(message, state=state) for message in found if message is not None)


def flow_noting(world: World, one: Broadcast, state: State) -> None:
    """Plays the queue; whatever is put down is noted right after the worker."""

    def work(message: CarryOn, name: str) -> None:
        world.work(message, name)
        note_as(world, one, state)

    world.flow(work)


@pytest.fixture
def crowd(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """People in one part, of whom two make a page, and four that wait are many."""
    monkeypatch.setattr(parts, "PEOPLE", 1_000)
    monkeypatch.setattr(fanning_out, "PAGE", 2)
    monkeypatch.setattr(backlog, "MOST", 4)
    world.enlist(*PEOPLE)
    return world


# ---- parts ----


@pytest.mark.parametrize(("people", "workers"), [(2, 1), (40, 1), (1_000, 1), (1_001, 2), (5_000, 8), (9_000, 16), (1_000_000, 16)])
def test_a_broadcast_has_as_many_workers_as_its_people_are_worth(
    world: World, monkeypatch: pytest.MonkeyPatch, people: int, workers: int
) -> None:
    monkeypatch.setattr(parts, "PEOPLE", 1_000)
    monkeypatch.setattr(starting, "count_of", lambda *_: people)
    world.enlist("p_1", "p_2")
    one = world.broadcast()
    world.begin(one)
    assert len(part_store.parts_of(one.id)) == 2 * workers
    bodies = world.messages()
    assert len(bodies) == workers
    for number, body in enumerate(bodies):
        world.take(body, f"m{number}")
    assert world.told(one) == once("p_1", "p_2")
    world.flow()
    assert world.phase(one) is Phase.DONE


def test_two_who_begin_it_with_different_counts_make_one_set_of_parts(world: World) -> None:
    one = world.broadcast()
    part_store.begin(one.id, 2)
    before = part_store.parts_of(one.id)
    part_store.begin(one.id, 1_000_000)
    assert part_store.parts_of(one.id) == before


@contextmanager
def in_each_others_way() -> Iterator[Mock]:
    """A transaction that another one turns away, as it turns away the other."""
    yield Mock()
    raise LostRace("somebody else is writing the same items")


def test_two_who_begin_it_at_once_and_are_both_turned_away_begin_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.enlist("p_1")
    one = world.broadcast()
    with monkeypatch.context() as both:
        both.setattr(part_store, "written_together", in_each_others_way)
        with pytest.raises(LostRace):
            world.begin(one)
    assert world.phase(one) is Phase.SCHEDULED
    world.fan_out(one)
    assert world.told(one) == once("p_1")


def test_two_who_make_it_at_once_and_are_both_turned_away_may_try_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "written_together", in_each_others_way)
    with pytest.raises(LostRace):
        world.broadcast()


# ---- held ----


@pytest.mark.parametrize("moment", range(0, 2 * SHARDS + 1, 8))
def test_paused_and_resumed_at_any_moment_everybody_gets_one(world: World, moment: int) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    worked: list[int] = []

    def work(message: CarryOn, name: str) -> None:
        if len(worked) == moment:
            starting.pause(one.id)
        worked.append(message.part)
        world.work(message, name)

    world.flow(work)
    paused = world.told(one)
    starting.pause(one.id)
    assert store.existing(one.id).state == "paused"
    starting.resume(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once(*PEOPLE)
    assert paused.total() <= len(PEOPLE)
    assert world.phase(one) is Phase.DONE


def test_nobody_more_is_told_while_it_is_paused(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    starting.pause(one.id)
    world.flow()
    assert world.told(one) == once()


def test_a_worker_that_meets_the_pause_just_as_it_ends_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    world.messages()
    starting.pause(one.id)
    release = part_store.release

    def resumed_meanwhile(part: Part, until: int) -> None:
        starting.resume(one.id, world.clock.now)  # finds a worker at the part
        world.messages()
        release(part, until)

    monkeypatch.setattr(part_store, "release", resumed_meanwhile)
    assert world.work(CarryOn(one.id, 0), "m") is End.HELD
    assert [queue.message_of(body) for body in world.messages()] == [CarryOn(one.id, 0)]


@pytest.mark.parametrize("moment", [0, 5, SHARDS])
def test_cancelled_it_ends_for_good(world: World, moment: int) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    worked: list[int] = []

    def work(message: CarryOn, name: str) -> None:
        if len(worked) == moment:
            starting.cancel(one.id)
        worked.append(message.part)
        world.work(message, name)

    world.flow(work)
    starting.cancel(one.id)
    told = world.told(one)
    with pytest.raises(BroadcastCancelled):
        starting.resume(one.id, world.clock.now)
    with pytest.raises(BroadcastCancelled):
        starting.pause(one.id)
    world.begin(one)
    world.flow()
    assert world.told(one) == told
    assert store.existing(one.id).hold is Hold.CANCELLED


def test_paused_before_its_time_it_begins_when_it_is_resumed(world: World) -> None:
    world.enlist("p_1")
    one = world.broadcast()
    starting.pause(one.id)
    world.fan_out(one)
    assert world.told(one) == once()
    starting.resume(one.id, world.clock.now)
    world.flow()
    assert world.told(one) == once("p_1")


def test_messages_already_written_are_held_although_everybody_has_been_gone_through(world: World) -> None:
    world.enlist("p_1")
    one = world.broadcast()
    world.fan_out(one)
    assert held(one.id) is None
    starting.pause(one.id)
    forget()
    assert held(one.id) is Hold.PAUSED
    starting.cancel(one.id)
    assert held(one.id) is Hold.PAUSED  # remembered for some seconds
    forget()
    assert held(one.id) is Hold.CANCELLED


def test_the_list_is_cut_into_as_many_parts_as_it_has_shards() -> None:
    assert SHARDS == membership_records.SHARDS
    assert PARTS == 2 * SHARDS
