"""What walks do with everybody inside: all that were meant, and nobody else, whoever dies meanwhile."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from chalicelib.dead_letters import DeadLetter
from chalicelib.errors import Busy
from chalicelib.journeys import operating
from chalicelib.journeys.engine.engine import failed
from chalicelib.journeys.engine.model import Arm, Enrolment, Run, RunState, Why
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import admitting, joining, regrouping
from chalicelib.journeys.walks import changing, deeds, walk_lists, walk_store, walking, walks
from chalicelib.journeys.walks.walks import Walk, What
from chalicelib.people.model import Person
from tests.integration.journeys.world import HOUR, NOW, SECOND, UNPAID, WELCOME
from tests.support.walks import Yard

NAMES: Final = ("ming", "mulan", "hao")
RENAMED: Final[dict[str, Any]] = UNPAID | {"start": "rest", "nodes": {"rest": {"wait": "3h", "next": "done"}, "done": {"exit": "told"}}}
LATER: Final = NOW + 3 * HOUR


@pytest.fixture
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Three orders that wait, on a list in one part, a person a page."""
    monkeypatch.setattr(walks, "SHARDS", "0")
    monkeypatch.setattr(walk_lists, "PAGE", 1)
    with Yard({"unpaid": UNPAID, "welcome": WELCOME}).open() as yard:
        for name in NAMES:
            yard.joins(user_id=name)
            yard.happens(yard.event("OrderCreated", 0, {"order_id": f"o-{name}"}, user_id=name))
        yield yard


def runs(yard: Yard, name: str, journey: str = "unpaid") -> list[Run]:
    return list(yard.enrolment(f"user_id#{name}", journey).runs)


def where(yard: Yard) -> list[tuple[int, str, RunState]]:
    return [(run.version, run.node, run.state) for name in NAMES for run in runs(yard, name)]


def walked(yard: Yard, what: What, at: int = LATER, **arguments: Any) -> dict[str, int]:
    """Begins a walk and lets it go to its end; what became of how many."""
    version = yard.book().standing("unpaid")
    walk = walking.begin(Walk("unpaid", what, at, at, version.version if version else 0, "key", arguments), at)
    yard.now = max(yard.now, at)
    yard.drain()
    return yard.counts(walk)


def fails(yard: Yard, name: str, reason: str = "template_unknown") -> None:
    """Somebody's step cannot be carried out."""

    def stopped(enrolment: Enrolment, _: Person) -> Enrolment:
        run = enrolment.runs[0]
        return failed(enrolment, run.id, "hold", len(run.visits) - 1, reason, yard.now)

    joining.change(yard.person(f"user_id#{name}"), "unpaid", yard.now, stopped)


def test_everybody_is_ended_but_who_enters_after_that(yard: Yard) -> None:
    assert walked(yard, What.END, NOW + SECOND) == {"ended": 3}
    yard.happens(yard.event("OrderCreated", 2 * SECOND, {"order_id": "new"}, user_id="ming"))
    assert walked(yard, What.END, NOW + SECOND) == {"ended": 3}  # the same walk
    assert [run.state for run in runs(yard, "ming")] == [RunState.GOING, RunState.ENDED]


def test_who_was_let_in_by_a_process_that_had_not_heard_is_ended_too(yard: Yard) -> None:
    yard.happens(yard.event("OrderCreated", 10 * SECOND, {"order_id": "new"}, user_id="ming"))
    yard.state = JourneyState.STOPPED
    assert walked(yard, What.END, NOW + SECOND) == {"ended": 3}
    assert [run.state for run in runs(yard, "ming")] == [RunState.ENDED] * 2


def test_somebody_whom_others_change_at_the_moment_is_tried_again(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    real = regrouping.change
    met: list[str] = []

    def change(person: str, *more: Any) -> Enrolment | None:
        met.append(person)
        if met.count(person) == 1:
            raise Busy("the enrolment changes too fast")
        return real(person, *more)

    monkeypatch.setattr(regrouping, "change", change)
    assert walked(yard, What.END, NOW + SECOND) == {"ended": 3}


def test_somebody_of_whom_nothing_can_be_made_is_put_aside(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    real, spoilt = regrouping.change, yard.person("user_id#hao")
    buried: list[DeadLetter] = []

    def change(person: str, *more: Any) -> Enrolment | None:
        if person == spoilt:
            raise ValueError("spoilt")
        return real(person, *more)

    monkeypatch.setattr(regrouping, "change", change)
    monkeypatch.setattr(deeds, "bury", buried.extend)
    assert walked(yard, What.END, NOW + SECOND) == {"ended": 2, "failed": 2}  # in both rounds
    assert {(letter.function, letter.pk, letter.reason) for letter in buried} == {("journey_work", spoilt, "ValueError: spoilt")}


def test_who_is_ended_has_their_messages_called_back(yard: Yard) -> None:
    yard.happens(*(yard.event("SignedUp", SECOND, None, user_id=name) for name in NAMES))
    operating.stopped("welcome", "key", NOW + HOUR, NOW + HOUR)
    yard.now = NOW + HOUR
    yard.drain()
    assert {run.reason for name in NAMES for run in runs(yard, name, "welcome")} == {Why.STOPPED}
    assert sum("Withdraw" in type(effect).__name__ for effect in yard.effects()) == 3


def test_everybody_whose_time_came_during_a_pause_goes_on(yard: Yard) -> None:
    assert walked(yard, What.WAKE) == {"woken": 3}
    assert [state for _, _, state in where(yard)] == [RunState.ENDED] * 3
    assert len(yard.sends()) == 3


def test_nobody_goes_on_when_it_is_paused_again(yard: Yard) -> None:
    yard.state = JourneyState.PAUSED
    assert walked(yard, What.WAKE) == {"left": 3}  # though both rounds meet them
    assert yard.sends() == []


def test_nobody_is_moved_when_it_is_paused_meanwhile(yard: Yard) -> None:
    yard.later["unpaid"], yard.state = [RENAMED], JourneyState.PAUSED
    assert walked(yard, What.MOVE, NOW + SECOND, **{changing.FROM: 1, changing.NODES: {"hold": "rest"}}) == {"left": 3}
    assert where(yard) == [(1, "hold", RunState.GOING)] * 3


def test_everybody_is_moved_to_the_node_that_is_named(yard: Yard) -> None:
    yard.later["unpaid"] = [RENAMED]
    assert walked(yard, What.MOVE, NOW + SECOND, **{changing.FROM: 1, changing.NODES: {"hold": "rest"}}) == {"moved": 3}
    assert where(yard) == [(2, "rest", RunState.GOING)] * 3


def test_who_is_at_a_node_that_is_gone_stays_at_their_version(yard: Yard) -> None:
    yard.later["unpaid"] = [RENAMED]
    assert walked(yard, What.MOVE, NOW + SECOND, **{changing.FROM: 1, changing.NODES: {}}) == {"left": 3}
    assert where(yard) == [(1, "hold", RunState.GOING)] * 3


def test_nobody_is_moved_to_a_version_whose_place_another_has_taken(yard: Yard) -> None:
    yard.later["unpaid"] = [RENAMED, RENAMED | {"title": "3"}]
    walk = walking.begin(Walk("unpaid", What.MOVE, NOW, NOW, 2, arguments={changing.FROM: 1, changing.NODES: {"hold": "rest"}}), NOW)
    yard.drain()
    assert yard.counts(walk) == {"left": 3}
    assert where(yard) == [(1, "hold", RunState.GOING)] * 3


def test_who_is_moved_to_a_version_that_is_new_is_looked_at_once_more(yard: Yard) -> None:
    yard.later["unpaid"], yard.since = [RENAMED], NOW
    walked(yard, What.MOVE, NOW + SECOND, **{changing.FROM: 1, changing.NODES: {"hold": "rest"}})
    again = [one.at for one in yard.effects() if isinstance(one, Arm) and one.at == NOW + SECOND + admitting.LOOKED_AGAIN_MS]
    assert len(again) == 3


def test_only_steps_that_failed_there_for_that_reason_are_taken_again(yard: Yard) -> None:
    fails(yard, "ming")
    fails(yard, "hao", "poison")
    for wrong in ({changing.NODE: "offer"}, {changing.REASON: "channel_missing"}):
        assert walked(yard, What.RETRY, NOW + SECOND, **wrong) == {}
    assert walked(yard, What.RETRY, NOW + SECOND, **{changing.NODE: "hold", changing.REASON: "template_unknown"}) == {"retried": 1}
    assert [state for _, _, state in where(yard)] == [RunState.GOING, RunState.GOING, RunState.FAILED]
    assert walked(yard, What.RETRY, NOW + SECOND) == {"retried": 1}


def test_a_step_that_fails_once_more_is_not_taken_a_third_time_by_one_walk(yard: Yard) -> None:
    fails(yard, "ming")
    walk = walking.begin(Walk("unpaid", What.RETRY, NOW, NOW, 1), NOW)
    yard.now = NOW + SECOND
    retried = changing.changer(walk, yard.now)
    assert retried(yard.person("user_id#ming")) == "retried"
    fails(yard, "ming")
    assert retried(yard.person("user_id#ming")) == "gone"


@pytest.mark.parametrize("what", [What.END, What.MOVE, What.RETRY, What.WAKE])
def test_whoever_dies_meanwhile_it_is_done_to_everybody_once(yard: Yard, what: What) -> None:
    yard.later["unpaid"] = [RENAMED]
    arguments: dict[str, Any] = {changing.FROM: 1, changing.NODES: {"hold": "rest"}} if what is What.MOVE else {}
    if what is What.RETRY:
        for name in NAMES:
            fails(yard, name)
    done = {
        What.END: [(1, "hold", RunState.ENDED)],
        What.MOVE: [(2, "rest", RunState.GOING)],
        What.RETRY: [(1, "hold", RunState.GOING)],
        What.WAKE: [(1, "done", RunState.ENDED)],
    }

    def check() -> None:
        found = where(yard)
        assert [(version, state) for version, _, state in found] == [(done[what][0][0], done[what][0][2])] * 3
        assert len(yard.sends()) <= 3
        assert walk_store.newest("unpaid", 1)[0].finished_at

    assert yard.always(lambda: walked(yard, what, LATER if what is What.WAKE else NOW + SECOND, **arguments), check) > 50


def test_a_worker_that_is_paused_over_is_not_asked_about_a_version_that_is_gone(yard: Yard) -> None:
    walk = Walk("unpaid", What.MOVE, NOW, NOW, 7, arguments={changing.FROM: 1, changing.NODES: {}})
    assert changing.changer(walk, NOW)(yard.person("user_id#ming")) == "left"
