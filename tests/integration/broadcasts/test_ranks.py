"""Everybody is told where they stand among the others, whatever happens to workers, messages and people while they are counted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from chalicelib.broadcasts import counting, fanning_out, means, part_store, queue, ranking, ranks, starting, store
from chalicelib.broadcasts.fanning_out import End
from chalicelib.broadcasts.model import Broadcast, Phase, message_of
from chalicelib.broadcasts.parts import COUNTS, LEASE_MS, LOST_MS, SHARDS
from chalicelib.broadcasts.queue import Begin, CarryOn
from chalicelib.broadcasts.ranking import By, Direction, Missing, Ranking
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import State
from chalicelib.people.model import Person
from tests.support.broadcasts import NOW, WANTED, World
from tests.support.crashes import killed_at

PEOPLE = tuple(f"p_{number:02d}" for number in range(40))
BOUGHT = {person: number * 7 % 12 for number, person in enumerate(PEOPLE)}  # equals among them
RANKED = replace(WANTED, rank=Ranking(By.ATTRIBUTE, "bought"))


@pytest.fixture(autouse=True)
def bought(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What people have bought this week; a test may change it."""
    found: dict[str, Any] = dict(BOUGHT)
    monkeypatch.setattr(means, "portrait_of", lambda person, _: {"scores": {}, "attributes": {"bought": found.get(person.id)}})
    return found


def expected(values: Mapping[str, int], direction: Direction = Direction.DESC) -> dict[str, tuple[int, int, int]]:
    """Rank, number of all and value of each, from a sorted list."""
    ordered = sorted(values.values(), reverse=direction is Direction.DESC)
    return {person: (ordered.index(value) + 1, len(ordered), value) for person, value in values.items()}


def told(one: Broadcast, *persons: str) -> dict[str, tuple[Any, ...]]:
    """What texts say to each that is told."""
    found = {person: messages.find(message_of(one.id, person)) for person in persons or PEOPLE}
    asked = {person: message.order.data for person, message in found.items() if message and message.state is not State.REFUSED}
    return {person: (data["rank"], data["ranked"], data["value"]) for person, data in asked.items()}


def counts(one: Broadcast) -> list[CarryOn]:
    """A message for each part that counts."""
    return [CarryOn(one.id, part.number) for part in part_store.counts_of(one.id)]


# ---- ranks ----


@pytest.mark.parametrize("direction", Direction)
def test_everybody_is_told_their_rank_among_all(world: World, direction: Direction) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast(replace(WANTED, data={"week": "47"}, rank=Ranking(By.ATTRIBUTE, "bought", direction)))
    world.fan_out(one)
    assert told(one) == expected(BOUGHT, direction)
    assert world.phase(one) is Phase.DONE
    message = messages.find(message_of(one.id, PEOPLE[0]))
    assert message is not None
    assert message.order.data["week"] == "47"


def test_nobody_is_told_before_everybody_was_counted(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    *first, last = world.messages()
    for number, body in enumerate(first):
        world.take(body, f"m{number}")
    assert (world.phase(one), world.messages(), world.told(one).total()) == (Phase.COUNTING, [], 0)
    world.take(last, "last")
    assert world.phase(one) is Phase.RUNNING
    world.flow()
    assert told(one) == expected(BOUGHT)


def test_a_broadcast_without_ranks_counts_nobody(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast()
    world.begin(one)
    assert (world.phase(one), part_store.counts_of(one.id)) == (Phase.RUNNING, [])


def test_a_ranking_of_nobody_is_done(world: World) -> None:
    one = world.broadcast(RANKED)
    world.fan_out(one)
    assert (told(one), world.phase(one)) == ({}, Phase.DONE)


def test_the_table_stays_as_it_was_counted_while_people_go_on_buying(world: World, bought: dict[str, Any]) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    for number, body in enumerate(world.messages()):
        world.take(body, f"m{number}")
    bought["p_00"], bought["p_01"] = 100, 10.5
    world.flow()
    found, before = told(one), expected(BOUGHT)
    assert found["p_00"] == (1, 40, 100)
    assert found["p_01"] == (sum(value > 10 for value in BOUGHT.values()) + 1, 40, 10.5)
    assert {person: found[person] for person in PEOPLE[2:]} == {person: before[person] for person in PEOPLE[2:]}


def test_who_comes_later_or_is_left_out_is_not_counted(world: World) -> None:
    world.enlist(*PEOPLE)
    world.enlist(*PEOPLE[:5], segment="asleep")
    one = world.broadcast(replace(RANKED, excepted=("asleep",)))
    world.begin(one)
    world.enlist("p_late", since=NOW + 1)
    world.flow()
    assert told(one) == expected({person: BOUGHT[person] for person in PEOPLE[5:]})


def test_two_who_became_one_are_counted_as_one(world: World) -> None:
    world.enlist(*PEOPLE)
    world.merge(PEOPLE[0], PEOPLE[1])
    one = world.broadcast(RANKED)
    world.fan_out(one)
    assert told(one) == expected({person: value for person, value in BOUGHT.items() if person != PEOPLE[1]})


# ---- people without a value ----


def test_people_without_a_value_are_refused_and_not_counted_among_the_others(world: World, bought: dict[str, Any]) -> None:
    bought |= {"p_03": None, "p_04": "many"}
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.fan_out(one)
    assert told(one) == expected({person: value for person, value in BOUGHT.items() if person not in ("p_03", "p_04")})
    for person in ("p_03", "p_04"):
        message = messages.find(message_of(one.id, person))
        assert message is not None
        assert (message.state, message.trail[-1].reason) == (State.REFUSED, "rank_missing")


def test_people_without_a_value_may_be_the_last(world: World, bought: dict[str, Any]) -> None:
    bought |= {"p_03": None, "p_04": None}
    world.enlist(*PEOPLE)
    one = world.broadcast(replace(RANKED, rank=Ranking(By.ATTRIBUTE, "bought", missing=Missing.LAST)))
    world.fan_out(one)
    found = told(one)
    assert found["p_03"] == found["p_04"] == (39, 40, None)
    assert found["p_00"][:2] == (39 - sum(BOUGHT[person] == 0 for person in PEOPLE if person not in ("p_03", "p_04")), 40)


def test_whoever_nothing_can_be_made_of_is_put_aside_and_the_others_are_ranked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def choosy(person: Person, _: int) -> dict[str, Any]:
        if person.id == PEOPLE[0]:
            raise ValueError("no such event")
        return {"scores": {}, "attributes": {"bought": BOUGHT[person.id]}}

    monkeypatch.setattr(means, "portrait_of", choosy)
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.fan_out(one)
    assert told(one) == expected({person: BOUGHT[person] for person in PEOPLE[1:]})
    (letter,) = world.letters()
    assert letter["pk"] == PEOPLE[0]


# ---- too many values ----


@pytest.mark.parametrize("most", [3, 12], ids=["already in a part", "of all parts"])
def test_more_different_values_than_a_table_holds_refuse_the_broadcast(world: World, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(ranking, "MAX_VALUES", most)
    monkeypatch.setattr(means, "portrait_of", lambda person, _: {"scores": {}, "attributes": {"bought": int(person.id[2:])}})
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.fan_out(one)
    found = store.existing(one.id)
    assert (found.state, found.phase, found.reason) == ("refused", Phase.REFUSED, "rank_values_too_many")
    assert world.told(one).total() == 0
    starting.pause(one.id)
    starting.resume(one.id, world.clock.now)
    assert (store.existing(one.id).state, world.messages(), list(store.unfinished(world.clock.now))) == ("refused", [], [])


# ---- deaths ----


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
def test_a_counting_worker_may_die_at_any_write(world: World, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Whatever was noted is not counted again, and what was not noted is."""
    monkeypatch.setattr(counting, "PAGE", 2)
    number, died = 0, True
    while died:
        world.plane.clear()
        world.enlist(*PEOPLE)
        one = world.broadcast(RANKED)
        world.begin(one)
        world.messages()
        *others, mine = counts(one)
        for message in others:
            world.work(message, f"others{message.part}")
        died = killed_at(number, lambda: world.work(mine, "m"), after=after)  # noqa: B023 - called at once
        world.work(mine, "m")  # the message comes again
        world.flow()
        world.clock.pass_by(LOST_MS + 1)  # whoever died may have taken messages with them
        starting.look_after(one.id, world.clock.now)
        world.flow()
        assert told(one) == expected(BOUGHT), f"died at write {number}"
        assert world.phase(one) is Phase.DONE
        number += 1
    assert number > 4


@pytest.mark.parametrize("seed", range(6))
def test_ranks_are_right_with_deaths_anywhere_and_messages_that_come_twice_in_any_order(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(counting, "PAGE", 3)
    monkeypatch.setattr(fanning_out, "PAGE", 3)
    chance = Random(seed)
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    waiting: list[tuple[str, str]] = [(body_of(Begin(one.id)), "begin")]
    for number in range(600):
        waiting += [(body, f"m{number}-{place}") for place, body in enumerate(world.messages())]
        if not waiting and world.phase(one) is Phase.DONE:
            break
        if not waiting:  # all messages were lost
            world.clock.pass_by(LOST_MS + 1)
            starting.look_after(one.id, world.clock.now)
            continue
        body, name = waiting.pop(chance.randrange(len(waiting)))
        dies = chance.random() < 0.3
        if dies or chance.random() < 0.2:
            waiting.append((body, name))
        killed_at(chance.randrange(5) if dies else 10_000, lambda: world.take(body, name), after=chance.random() < 0.5)  # noqa: B023
    assert world.phase(one) is Phase.DONE
    assert told(one) == expected(BOUGHT)
    assert set(world.told(one).values()) == {1}


def body_of(message: Begin | CarryOn) -> str:
    """As it lies in the queue."""
    return queue._text(message)


def test_messages_that_count_and_were_lost_are_sent_again_by_whoever_looks(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    assert world.messages()  # gone
    world.clock.pass_by(LOST_MS + 1)
    starting.look_after(one.id, world.clock.now)
    world.flow()
    assert told(one) == expected(BOUGHT)


def test_a_counting_worker_that_is_tired_hands_its_part_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PAGE", 1)
    monkeypatch.setattr(counting, "WORK_MS", 0)
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    world.messages()
    first = counts(one)[0]
    assert world.work(first, "m1") is End.HANDED_ON
    assert [queue.message_of(body) for body in world.messages()] == [first]


def test_a_counting_worker_that_lost_its_part_notes_nothing_more(world: World) -> None:
    """It was thought dead, and comes back when another has counted the same people."""
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    old = part_store.take(one.id, COUNTS, "m1", world.clock.now)
    assert not isinstance(old, part_store.Taken)
    world.clock.pass_by(LEASE_MS + 1)
    world.work(CarryOn(one.id, COUNTS), "m2")
    with pytest.raises(part_store.LeaseLost):
        part_store.save_count(old, (0, "p_00"), old.gone, b"", world.clock.now)
    with pytest.raises(part_store.LeaseLost):
        part_store.finish(old, old.gone, world.clock.now, b"other")
    world.flow()
    assert told(one) == expected(BOUGHT)


def test_the_table_is_written_once(world: World) -> None:
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    world.begin(one)
    for message in counts(one):
        world.work(message, "m")
    before = ranks.table_of(one)
    parts = [replace(part, counted=b"") for part in part_store.counts_of(one.id)]
    ranks.settled(store.existing(one.id), parts, world.clock.now)
    assert ranks.table_of(one) == before


# ---- holding ----


def stopped_at(world: World, one: Broadcast, stop: Callable[[str], Any]) -> None:
    """Two pages of the first part are counted, then it is held."""
    done: list[int] = []
    real = counting._Counter.counted

    def counted(self: counting._Counter, page: Any) -> Any:
        done.append(1)
        if len(done) == 2:
            stop(one.id)
        return real(self, page)

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(counting._Counter, "counted", counted)
        world.begin(one)
        world.flow()


def test_paused_while_people_are_counted_nothing_is_lost_or_counted_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PAGE", 2)
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    stopped_at(world, one, starting.pause)
    seen = sum(part.gone.seen for part in part_store.counts_of(one.id))
    assert (store.existing(one.id).state, world.phase(one), world.messages()) == ("paused", Phase.COUNTING, [])
    assert 0 < seen < len(PEOPLE)
    assert world.told(one).total() == 0
    starting.resume(one.id, world.clock.now)
    world.flow()
    assert told(one) == expected(BOUGHT)


def test_cancelled_while_people_are_counted_nobody_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PAGE", 2)
    world.enlist(*PEOPLE)
    one = world.broadcast(RANKED)
    stopped_at(world, one, starting.cancel)
    world.clock.pass_by(LOST_MS + 1)
    starting.look_after(one.id, world.clock.now)
    assert (store.existing(one.id).state, world.messages(), world.told(one).total()) == ("cancelled", [], 0)


def test_a_message_of_the_queue_says_whether_its_part_counts() -> None:
    assert [CarryOn("b_1", number).counts for number in (0, SHARDS, COUNTS)] == [False, False, True]
    assert queue.message_of(body_of(CarryOn("b_1", COUNTS + SHARDS - 1))) == CarryOn("b_1", COUNTS + SHARDS - 1)
    with pytest.raises(queue.MessageUnreadable):
        queue.message_of(body_of(CarryOn("b_1", COUNTS + SHARDS)))
