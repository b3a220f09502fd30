"""A journey rehearsed with one person: the clock, what comes first, what becomes of messages that wait."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.events.model import Event
from chalicelib.journeys.engine.arrivals import Arrival, Refused
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.engine import Views
from chalicelib.journeys.engine.model import Do, Run, RunState, Send, Tell, message_of
from chalicelib.journeys.nodes.acting import Do as DoNode
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from chalicelib.journeys.rehearsal.rehearsed import DEFERRED, REFUSED, SENT, Deed, Handed, Play, Post, Story
from chalicelib.journeys.rehearsal.rehearsing import Endless, concerns, rehearse
from chalicelib.journeys.rehearsal.totals import Counted, kept, totals_from, totals_of
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SECOND, SUBMITTED, Somebody, chart, expecting, happened, send

UNPAID = chart(
    hold=Wait(2 * HOUR, "offer"),
    offer=send("on"),
    on=Wait(HOUR, "done"),
    done=Exit("told"),
    exits=(expecting("OrderPaid"),),
    goal=Goal(expecting("OrderPaid", "goal"), (("1h", HOUR), ("1d", DAY))),
    looks=(expecting("OrderPaid"),),
    names=frozenset({"OrderPaid"}),
)
WAITS_UNTIL = NOW + 3 * HOUR


@dataclass(slots=True)
class Actor:
    """Somebody whose messages all go, or wait until an instant; the calendar lets them in when a test says so."""

    person: Somebody = field(default_factory=Somebody)
    until: int = 0
    firings: list[int] = field(default_factory=list)
    listed: bool = True
    asked: list[int] = field(default_factory=list)
    full_from: int = NOW + 1000 * DAY
    deed: Deed = field(default_factory=lambda: Deed("", "", 0, ("add_tag",)))

    def view(self, now: int) -> Views:
        self.asked.append(now)
        return self.person

    def by_calendar(self, after: int) -> Arrival | None:
        at = next((one for one in self.firings if one > after), None)
        return None if at is None else Arrival(f"run@{at}", "", "user_id#ming", "p_ming", at)

    def let_in(self, coming: Arrival) -> Arrival | None:
        return coming if self.listed else None

    def takes_place(self, at: int) -> bool:
        return at < self.full_from

    def act(self, run: Run, effect: Do, number: int, now: int) -> Deed:
        return replace(self.deed, run=run.id, node=effect.node, at=effect.at)

    def tell(self, run: Run, effect: Tell) -> Event:
        return happened(effect.name, effect.at - NOW, f"{run.id}-{effect.name}")

    def post(self, run: Run, effect: Send, now: int) -> Post:
        post = Post(run.id, effect.node, message_of(run.id, effect.node, effect.visit), effect.at, now, SENT, channel="sms")
        return replace(post, state=DEFERRED, channel="", reason="quiet", until=self.until, waited="quiet") if self.until > now else post

    def post_again(self, waiting: Post, now: int) -> Post:
        return replace(waiting, state=SENT, at=now, until=0, channel="sms", reason="")


def play(*events: Event, of: Chart = UNPAID, actor: Actor | None = None, start: int = NOW, end: int = NOW + DAY) -> Story:
    return rehearse(Play(of, start, end), "p_ming", events, actor or Actor())


def test_what_nobody_ends_goes_through_all_nodes() -> None:
    story = play(happened("OrderSubmitted"))
    (run,), (post,) = story.runs, story.posts
    assert [(one.node, one.since - NOW) for one in run.visits] == [("hold", 0), ("offer", 2 * HOUR), ("on", 2 * HOUR), ("done", 3 * HOUR)]
    assert (post.asked_at, post.at, post.state, post.channel) == (NOW + 2 * HOUR, NOW + 2 * HOUR + GRACE, SENT, "sms")


def test_who_pays_in_time_hears_nothing() -> None:
    story = play(happened("OrderSubmitted"), happened("OrderPaid", 2 * HOUR - MINUTE))
    assert (story.runs[0].reason, story.posts) == ("exited", ())


def test_events_may_be_told_in_any_order_and_twice() -> None:
    events = [happened("OrderSubmitted"), happened("OrderPaid", HOUR), happened("OrderSubmitted", 3 * HOUR)]
    assert play(*reversed(events), *events) == play(*events)


def test_of_one_millisecond_a_payment_ends_what_the_order_began() -> None:
    story = play(happened("OrderPaid", key="a"), happened("OrderSubmitted", key="b"))
    assert [run.reason for run in story.runs] == ["exited"]


@pytest.mark.parametrize("after", [-1, DAY])
def test_nobody_enters_outside_the_span(after: int) -> None:
    assert play(happened("OrderSubmitted", after)) == Story()


def test_the_clock_stops_at_the_end() -> None:
    story = play(happened("OrderSubmitted"), end=NOW + HOUR)
    assert [(run.state, run.node) for run in story.runs] == [(RunState.GOING, "hold")]


def test_a_message_that_waits_goes_when_its_time_has_come() -> None:
    (post,) = play(happened("OrderSubmitted"), actor=Actor(until=WAITS_UNTIL)).posts
    assert (post.state, post.at, post.waited) == (SENT, WAITS_UNTIL, "quiet")


def test_a_message_that_waits_is_called_back_by_an_exit() -> None:
    (post,) = play(happened("OrderSubmitted"), happened("OrderPaid", 2 * HOUR + MINUTE), actor=Actor(until=WAITS_UNTIL)).posts
    assert (post.state, post.reason, post.waited) == (REFUSED, "journey_exited", "quiet")


def test_a_message_may_still_wait_at_the_end() -> None:
    (post,) = play(happened("OrderSubmitted"), actor=Actor(until=NOW + 2 * DAY)).posts
    assert (post.state, post.until) == (DEFERRED, NOW + 2 * DAY)


@pytest.mark.parametrize(
    ("after", "reason"), [(HOUR - SECOND, "no"), (HOUR + 2 * SECOND, "yes"), (HOUR + 10 * SECOND, "yes"), (4 * HOUR, "no")]
)
def test_what_happens_within_the_grace_of_a_stay_counts_for_the_next(after: int, reason: str) -> None:
    click = expecting("Clicked", "nodes/watch/wait_for")
    of = chart(
        hold=Wait(HOUR, "watch"), watch=WaitFor(((click, "yes"),), 2 * HOUR, "no"), yes=Exit("yes"), no=Exit("no"),
        looks=(click,), names=frozenset({"Clicked"}),
    )  # fmt: skip
    (run,) = play(happened("OrderSubmitted"), happened("Clicked", after), of=of).runs
    assert run.reason == reason


def test_acts_are_told_with_their_time() -> None:
    story = play(happened("OrderSubmitted"), of=chart(hold=Wait(HOUR, "mark"), mark=DoNode((), "done"), done=Exit("told")))
    assert [(deed.node, deed.at - NOW, deed.acts) for deed in story.deeds] == [("mark", HOUR, ("add_tag",))]


def test_who_finds_no_place_is_turned_away_and_may_come_again() -> None:
    story = play(happened("OrderSubmitted"), happened("OrderSubmitted", HOUR), actor=Actor(full_from=NOW + MINUTE))
    assert [(one.at - NOW, one.code) for one in story.turned] == [(HOUR, "inside")]
    assert [(one.at, one.code) for one in play(happened("OrderSubmitted"), actor=Actor(full_from=NOW)).turned] == [(NOW, "cap_reached")]


def test_of_a_then_not_b_the_place_is_taken_when_somebody_comes_in() -> None:
    door = Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid", "entry/then_not"), HOUR))
    of, placed = replace(UNPAID, door=door, exits=()), Actor(full_from=NOW + HOUR)
    assert (Counted.TURNED_AWAY, "cap_reached") in _totals(happened("OrderSubmitted"), of=of, actor=placed)


def test_what_acts_tell_is_heard_at_once() -> None:
    given = happened("$points_given", HOUR, points=3)
    points = expecting("$points_given", "nodes/watch/wait_for")
    of = chart(
        hold=Wait(HOUR, "mark"), mark=DoNode((), "watch"), watch=WaitFor(((points, "done"),), HOUR, "late"),
        done=Exit("told"), late=Exit("late"), looks=(points,), names=frozenset({points.event}),
    )  # fmt: skip
    actor = Actor(deed=Deed("", "", 0, ("add_score",), told=(given,)))
    assert [(run.reason, run.ended_at - NOW) for run in play(happened("OrderSubmitted"), of=of, actor=actor).runs] == [("told", HOUR)]


def test_a_step_that_would_fail_holds_the_run_and_nothing_comes_after_it() -> None:
    of = chart(hold=Wait(HOUR, "hand"), hand=DoNode((), "offer"), offer=send("done"), done=Exit("told"))
    story = play(happened("OrderSubmitted"), of=of, actor=Actor(deed=Deed("", "", 0, (), failed="key_missing")))
    assert [(run.state, run.node, run.reason) for run in story.runs] == [(RunState.FAILED, "hand", "key_missing")]
    assert story.posts == ()


def test_totals_tell_who_was_handed_over() -> None:
    handed = (Handed("vip", "o1"), Handed("vip", "", Refused.NOT_RUNNING))
    found = _totals(
        happened("OrderSubmitted"), of=chart(hand=DoNode((), "done"), done=Exit("told")), actor=Actor(deed=Deed("", "", 0, (), handed))
    )
    assert found[Counted.HANDED, "hand", "vip"] == found[Counted.NOT_HANDED, "hand", "not_running"] == 1


def test_who_is_turned_away_is_told_with_the_reason() -> None:
    once = replace(UNPAID, door=Door(expected=SUBMITTED, re_entry=ReEntry(Policy.NEVER)))
    story = play(happened("OrderSubmitted"), happened("OrderSubmitted", 5 * HOUR), of=once)
    assert [(one.at - NOW, one.code) for one in story.turned] == [(5 * HOUR, "once")]


def test_the_calendar_lets_in_at_its_instants() -> None:
    weekly = replace(UNPAID, door=Door(cron="0 9 ? * MON *"))
    story = play(of=weekly, actor=Actor(firings=[NOW + HOUR, NOW + 8 * HOUR]))
    assert [run.entered_at - NOW for run in story.runs] == [HOUR, 8 * HOUR]
    assert play(of=weekly, actor=Actor(firings=[NOW + HOUR], listed=False)) == Story()


def test_the_calendar_lets_in_also_in_the_millisecond_of_an_event() -> None:
    weekly = replace(UNPAID, door=Door(cron="0 9 ? * MON *"), exits=())
    story = play(happened("OrderPaid", HOUR), of=weekly, actor=Actor(firings=[NOW + HOUR]))
    assert [run.entered_at - NOW for run in story.runs] == [HOUR]


def test_instants_never_go_back() -> None:
    actor = Actor(until=WAITS_UNTIL, firings=[NOW + 90 * MINUTE])
    play(*(happened("OrderSubmitted", number * HOUR, f"{number}") for number in range(9)), actor=actor)
    assert actor.asked == sorted(actor.asked)


def test_what_goes_round_in_a_ring_is_given_up() -> None:
    class Stuck(Actor):
        def post_again(self, waiting: Post, now: int) -> Post:
            return waiting

    with pytest.raises(Endless):
        play(happened("OrderSubmitted"), actor=Stuck(until=WAITS_UNTIL))


@pytest.mark.parametrize(("name", "means"), [("OrderSubmitted", True), ("OrderPaid", True), ("ArticleRead", False)])
def test_events_that_nobody_looks_out_for_are_passed_over(name: str, means: bool) -> None:
    assert concerns(UNPAID, happened(name)) is means


def _totals(*events: Event, of: Chart = UNPAID, **more: Any) -> dict[tuple[str, ...], int]:
    return dict(totals_of(of, play(*events, of=of, **more)))


def test_totals_count_runs_messages_and_goals() -> None:
    found = _totals(happened("OrderSubmitted"), happened("OrderPaid", 2 * HOUR + MINUTE), actor=Actor(until=WAITS_UNTIL))
    assert found == {
        (Counted.ENTERED,): 1,
        (Counted.ENDED, "exited"): 1,
        (Counted.CONVERTED, "1d"): 1,
        (Counted.REFUSED, "offer", "journey_exited"): 1,
        (Counted.DEFERRED, "offer", "quiet"): 1,
    }


def test_totals_tell_who_is_inside_and_what_waits() -> None:
    found = _totals(happened("OrderSubmitted"), actor=Actor(until=NOW + DAY), end=NOW + 150 * MINUTE)
    assert found[Counted.INSIDE, "on"] == found[Counted.WAITING, "offer"] == 1


def test_totals_keep_the_control_group_apart() -> None:
    found = _totals(happened("OrderSubmitted"), happened("OrderPaid", MINUTE), of=replace(UNPAID, control=1.0))
    assert found == {(Counted.HELD_OUT,): 1, (Counted.CONVERTED_HELD_OUT, "1h"): 1, (Counted.CONVERTED_HELD_OUT, "1d"): 1}


def test_totals_tell_of_who_still_stands_outside() -> None:
    door = Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid", "entry/then_not"), HOUR))
    unless = replace(UNPAID, door=door, exits=())
    assert _totals(happened("OrderSubmitted"), of=unless, end=NOW + MINUTE) == {(Counted.OUTSIDE,): 1}
    assert (Counted.TURNED_AWAY, "not_entered") in _totals(happened("OrderSubmitted"), happened("OrderPaid", MINUTE), of=unless)


def test_totals_come_back_from_json_as_they_were() -> None:
    found = totals_of(UNPAID, play(happened("OrderSubmitted")))
    assert totals_from(kept(found)) == found


@pytest.mark.parametrize("rows", [[["sent", "offer", "sms"]], [["sent", -1]], [[1, 1]]])
def test_what_are_no_totals_is_refused(rows: list[list[str | int]]) -> None:
    with pytest.raises(ValueError, match="no totals"):
        totals_from(rows)


@pytest.mark.parametrize(("counted", "asks"), [((), False), (("$journey_exited",), True)])
def test_what_the_journey_tells_is_written_where_a_condition_counts_it(counted: tuple[str, ...], asks: bool) -> None:
    assert Play(UNPAID, NOW, NOW + DAY, frozenset(counted)).asks_for("$journey_exited") is asks
