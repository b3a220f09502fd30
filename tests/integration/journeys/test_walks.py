"""Walks do what they are for with everybody, once, whoever dies at whichever line, and however often it is asked for."""

from collections.abc import Iterator
from typing import Any, Final
from unittest.mock import Mock

import pytest

from chalicelib.audiences import planbook
from chalicelib.journeys import operating
from chalicelib.journeys.engine.model import RunState, Why
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.walks import calendar_entries, cron_entries, walk_lists, walk_store, walking, walks
from chalicelib.journeys.walks.walks import KEPT_MS, LOST_MS, GoOn, Walk, What
from tests.integration.journeys.world import DAY, HOUR, NOW, SECOND
from tests.support.walks import Yard

NODES: Final[dict[str, Any]] = {"start": "hold", "nodes": {"hold": {"wait": "2h", "next": "done"}, "done": {"exit": "told"}}}
HOURLY: Final = {"entry": {"cron": "0 * * * ? *", "segment": "members"}, **NODES}
AT: Final = NOW - NOW % HOUR + HOUR
NAMES: Final = ("ming", "mulan", "hao")
Runs = list[tuple[int, RunState, str]]
GOING: Final[Runs] = [(AT, RunState.GOING, "")]


@pytest.fixture
def yard() -> Iterator[Yard]:
    """Three members, at the hour."""
    with Yard({"hourly": HOURLY}).open() as yard:
        for name in NAMES:
            yard.joins(user_id=name)
        yard.now = AT
        yield yard


@pytest.fixture
def whole(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """The same, with lists that are in one part, a person a page."""
    monkeypatch.setattr(walks, "SHARDS", "0")
    monkeypatch.setattr(walk_lists, "PAGE", 1)
    return yard


def runs(yard: Yard, name: str) -> Runs:
    return [(run.entered_at, run.state, run.reason) for run in yard.enrolment(f"user_id#{name}", "hourly").runs]


def fired(yard: Yard) -> Walk:
    cron_entries.fire("hourly", AT, yard.now)
    return newest(yard)


def newest(_: Yard) -> Walk:
    return walk_store.newest("hourly", 1)[0]


def let_in(yard: Yard) -> None:
    """A firing, to its end."""
    cron_entries.fire("hourly", AT, yard.now)
    yard.drain()


def test_a_firing_lets_everybody_in_and_arms_the_next_one(yard: Yard) -> None:
    let_in(yard)
    assert [runs(yard, name) for name in NAMES] == [GOING] * 3
    assert yard.subjects() == [("c", "", AT + HOUR)]
    assert yard.counts(newest(yard)) == {"entered": 3}
    assert newest(yard).finished_at


def test_a_firing_that_rings_twice_is_one_walk(yard: Yard) -> None:
    let_in(yard)
    let_in(yard)
    assert [runs(yard, name) for name in NAMES] == [GOING] * 3
    assert len(walk_store.newest("hourly", 9)) == 1


def test_a_firing_that_rings_twice_does_not_have_the_next_one_ring_twice(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    armed: list[int] = []
    monkeypatch.setattr(cron_entries, "arm", lambda _, after, __: armed.append(after))
    for _ in range(3):
        let_in(yard)
    assert armed == [AT]


def test_whoever_dies_while_letting_in_everybody_is_in_once(whole: Yard) -> None:
    def check() -> None:
        assert [runs(whole, name) for name in NAMES] == [GOING] * 3
        assert whole.subjects() == [("c", "", AT + HOUR)]
        assert whole.counts(newest(whole)) == {"entered": 3}
        assert newest(whole).finished_at

    assert whole.always(lambda: let_in(whole), check) > 60


def test_whoever_dies_while_ending_everybody_is_out(whole: Yard) -> None:
    let_in(whole)
    whole.state, whole.now = JourneyState.STOPPED, AT + SECOND

    def stopped() -> None:
        operating.stopped("hourly", "key", AT + SECOND, whole.now)
        whole.drain()

    def check() -> None:
        assert [[run[1:] for run in runs(whole, name)] for name in NAMES] == [[(RunState.ENDED, Why.STOPPED)]] * 3
        assert newest(whole).finished_at

    assert whole.always(stopped, check) > 60


def test_a_message_that_comes_twice_does_its_work_once(yard: Yard) -> None:
    walk = fired(yard)
    yard.queue.extend([(message, at, name + "again") for message, at, name in yard.queue])
    yard.drain()
    assert yard.counts(walk) == {"entered": 3}
    assert [runs(yard, name) for name in NAMES] == [GOING] * 3


def test_of_two_workers_at_one_part_the_one_that_is_overtaken_leaves_it(whole: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = fired(whole)
    save = walk_store.save
    met: list[bool] = []

    def overtaken(*moved: Any) -> None:
        if not met:
            met.append(True)
            walking.work(GoOn("hourly", walk.id, "0"), "other", lambda: whole.now)
        save(*moved)

    monkeypatch.setattr(walk_store, "save", overtaken)
    assert walking.work(GoOn("hourly", walk.id, "0"), "first", lambda: whole.now) is walking.End.LEFT
    whole.drain()
    assert whole.counts(walk) == {"entered": 3}
    assert {part.holder for part in walk_store.parts_of(walk)} >= {"other"}


def test_a_write_that_was_told_twice_is_no_other_worker(whole: Yard) -> None:
    walk = fired(whole)
    before, after = walks.Part("0"), walks.Part("0", AT, "p", 1, {"entered": 1}, holder="m1", moved_at=AT)
    walk_store.save(walk, before, after)
    walk_store.save(walk, before, after)
    with pytest.raises(walk_store.Overtaken):
        walk_store.save(walk, before, walks.Part("0", AT, "p", 1, {"entered": 1}, holder="m2", moved_at=AT))


def test_a_worker_goes_on_for_a_minute_and_then_hands_on(whole: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    fired(whole)
    monkeypatch.setattr(walking, "WORK_MS", 0)
    ends = [walking.work(one[0], "m", lambda: whole.now) for one in list(whole.queue)]
    assert ends == [walking.End.HANDED_ON] * 2
    monkeypatch.undo()


def test_a_part_whose_message_was_lost_gets_another_one(yard: Yard) -> None:
    walk = fired(yard)
    yard.queue.clear()
    walking.revive("hourly", AT + LOST_MS)
    assert not yard.queue
    yard.now = AT + LOST_MS + SECOND
    walking.revive("hourly", yard.now)
    assert len(yard.queue) == len(walk.parts)
    yard.drain()
    assert yard.counts(walk) == {"entered": 3}


def test_parts_that_wait_are_not_sent_anew(yard: Yard) -> None:
    walk, yard.state = fired(yard), JourneyState.PAUSED
    for _ in range(len(walk.parts)):
        yard.deliver()
    for looks in range(1, 4):
        walking.revive("hourly", AT + looks * (LOST_MS + SECOND))
    assert len(yard.queue) == len(walk.parts)


def test_a_part_whose_message_was_lost_while_it_waited_gets_another_one_later(yard: Yard) -> None:
    walk, yard.state = fired(yard), JourneyState.PAUSED
    yard.queue.clear()
    walking.revive("hourly", AT + LOST_MS + SECOND)
    yard.state, yard.now = JourneyState.RUNNING, AT + 2 * (LOST_MS + SECOND)
    walking.revive("hourly", yard.now)
    yard.drain()
    assert yard.counts(walk) == {"entered": 3}


def test_who_is_turned_away_by_a_pause_in_the_middle_of_a_page_enters_when_it_goes_on(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, let_in = fired(yard), calendar_entries.let_in

    def paused(*asked: Any) -> str:
        yard.state = JourneyState.PAUSED
        return let_in(*asked)

    monkeypatch.setattr(calendar_entries, "let_in", paused)
    for _ in range(len(walk.parts)):
        yard.deliver()
    monkeypatch.undo()
    yard.state = JourneyState.RUNNING
    yard.drain()
    assert (yard.counts(walk), [runs(yard, name) for name in NAMES]) == ({"entered": 3}, [GOING] * 3)


def test_whether_the_list_is_complete_is_asked_before_its_first_page_alone(whole: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Mock(side_effect=planbook.stored)
    monkeypatch.setattr(planbook, "stored", asked)
    let_in(whole)
    assert asked.call_count == 2  # in each of the two rounds


def test_nobody_enters_while_the_lists_are_not_complete(yard: Yard) -> None:
    walk, yard.plan_is_behind = fired(yard), True
    for _ in range(len(walk.parts)):
        yard.deliver()
    assert [runs(yard, name) for name in NAMES] == [[]] * 3
    yard.plan_is_behind = False
    yard.drain()
    assert [runs(yard, name) for name in NAMES] == [GOING] * 3


def test_a_journey_that_is_paused_lets_in_the_rest_when_it_goes_on(yard: Yard) -> None:
    walk, yard.state = fired(yard), JourneyState.PAUSED
    for _ in range(len(walk.parts)):
        yard.deliver()
    assert [runs(yard, name) for name in NAMES] == [[]] * 3
    yard.state = JourneyState.RUNNING
    yard.drain()
    assert [runs(yard, name) for name in NAMES] == [GOING] * 3


def test_a_journey_that_drains_lets_nobody_in_any_more(yard: Yard) -> None:
    walk, yard.state = fired(yard), JourneyState.DRAINING
    yard.drain()
    assert yard.counts(walk) == {"not_running": 3}


def test_who_joined_the_segment_after_the_firing_has_to_wait_for_the_next(yard: Yard) -> None:
    yard.joins(AT + SECOND, user_id="late")
    yard.now = AT
    let_in(yard)
    assert runs(yard, "late") == []


def test_who_left_the_segment_before_their_turn_does_not_enter(yard: Yard) -> None:
    walk = fired(yard)
    yard.left.add(yard.person("user_id#ming"))
    yard.drain()
    assert (runs(yard, "ming"), yard.counts(walk)) == ([], {"entered": 2, "not_in_segment": 1})


def test_two_who_become_one_at_whatever_moment_enter_once(whole: Yard) -> None:
    whole.joins(mobile="13900000001")
    whole.now = AT

    def become_one() -> None:
        for one in whole.merges_unseen(whole.event("Login", 0, None, user_id="ming", mobile="13900000001")):
            whole.members.pop(one)

    def check() -> None:
        inside = [len([run for run in runs(whole, name) if run[1] is RunState.GOING]) for name in NAMES]
        assert inside == [1, 1, 1]

    assert whole.always(lambda: let_in(whole), check, become_one) > 60


@pytest.mark.parametrize("what", list(What))
def test_a_walk_that_is_over_is_kept_for_a_while(what: What) -> None:
    walk = Walk("hourly", what, AT, AT)
    assert walk.expires >= AT + KEPT_MS
    assert (walk.expires > AT + 60 * DAY) is (what is What.DATES)
