"""A journey rehearsed with one person: what was recorded goes through the very engine, by a clock that jumps to whatever comes next. Pure.

    story = rehearse(Play(chart, start, end), "p_7f3a...", events, actor)

The clock begins at `start` and stops at `end`: who came in shortly before that still waits somewhere. Whatever is asked for is asked of the
`Actor`, which says what would become of it; nothing is sent and nothing is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.entering import Gate
from chalicelib.journeys.engine.heard import ordered
from chalicelib.journeys.engine.model import NEVER, Do, Enrolment, Run, Send, Tell, Withdraw
from chalicelib.journeys.rehearsal.rehearsed import DEFERRED, REFUSED, Actor, Deed, Play, Post, Story, Turned

EXITED: Final = "journey_exited"  # why a message does not go any more
MOST_AT_ONCE: Final = 10_000  # turns of the clock at one instant: who needs more goes round in a ring
LOOK_BACK_MS: Final = 60 * 60_000  # as whoever moves on looks back
_TOLD, _HEARD, _CALENDAR, _LOOK, _MESSAGE = range(5)  # what comes first of one instant


class Endless(Exception):
    """The clock does not get on: what is due stays due."""


@dataclass(slots=True)
class _Stage:
    """The rehearsal under way."""

    play: Play
    actor: Actor
    enrolment: Enrolment
    recorded: list[list[Event]]  # by instant, the next one last
    coming: Arrival | None = None
    told: list[Event] = field(default_factory=list)  # by the rehearsal itself, and not heard of yet
    heard: list[Event] = field(default_factory=list)  # of the last hour: what came after one stay was over counts for the next
    runs: dict[str, Run] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)

    @property
    def charts(self) -> dict[int, Chart]:
        """The one version that is rehearsed."""
        return {self.play.chart.version: self.play.chart}

    @property
    def waiting(self) -> Post | None:
        """The deferred message whose time comes first."""
        return min((one for one in self.posts.values() if one.state == DEFERRED), key=lambda one: (one.until, one.message), default=None)

    def next(self, now: int) -> tuple[int, int]:
        """When the clock stops next, at or after `now`, and what for."""
        look, waiting = engine.next_look(self.charts, self.enrolment), self.waiting
        end = (self.play.end, _MESSAGE)
        return min(
            (now, _TOLD) if self.told else end,
            (self.recorded[-1][0].time, _HEARD) if self.recorded else end,
            (self.coming.at, _CALENDAR) if self.coming else end,
            (max(look, now), _LOOK) if look != NEVER else end,
            (max(waiting.until, now), _MESSAGE) if waiting else end,
        )

    def take(self, turn: int, now: int) -> None:
        """What the clock has stopped for."""
        if turn in (_TOLD, _HEARD):
            events, self.told = self.told or self.recorded.pop(), []
            self._hear(events, now)
            if self.coming is None or self.coming.at > now:  # it may come at another instant by now
                self.coming = self.actor.by_calendar(now)
        elif turn == _CALENDAR and self.coming is not None:
            self._enter(self.actor.let_in(self.coming), now)
            self.coming = self.actor.by_calendar(now)
        elif turn == _LOOK:
            self.heard = [one for one in self.heard if one.time >= now - LOOK_BACK_MS]
            self.enrolment = engine.caught_up(self.charts, self.enrolment, self.heard, now, self.actor.view(now), self._gate(now))
        elif (waiting := self.waiting) is not None:
            self.posts[waiting.message] = self.actor.post_again(waiting, now)
        self._carry_out(now)

    def _hear(self, events: Sequence[Event], now: int) -> None:
        """Events of one instant: what they end, what they begin, and what they end of what they have begun."""
        view = self.actor.view(now)
        self.heard += events
        for event in events:
            self.enrolment = engine.heard(self.charts, self.enrolment, event, now, view)
            self._enter(engine.arrival_of(self.play.chart, event, self.enrolment.person), now)
        self.enrolment = engine.heard_all(self.charts, self.enrolment, events, now, view)

    def _enter(self, arrival: Arrival | EntryRefusal | None, now: int) -> None:
        if arrival is None:
            return
        view = self.actor.view(now)
        found = (
            arrival
            if isinstance(arrival, EntryRefusal)
            else engine.entered(self.play.chart, self.enrolment, arrival, now, view, self._gate(now))
        )
        if isinstance(found, EntryRefusal):
            self.turned.append(Turned(now, found.code))
        else:
            self.enrolment = found

    def _gate(self, now: int) -> Gate:
        """Whether there is a place for one more under the journey's cap."""
        return lambda _, __: None if self.actor.takes_place(now) else EntryRefusal(Refused.CAP_REACHED)

    def _carry_out(self, now: int) -> None:
        """What followed from the last turn, in its order."""
        outbox, self.enrolment = self.enrolment.outbox, replace(self.enrolment, outbox=())
        if outbox:
            self.runs.update((run.id, run) for run in self.enrolment.runs)
        failed: set[str] = set()
        for number, effect in enumerate(outbox):
            if effect.run in failed:
                continue
            match effect:
                case Send():
                    post = self.actor.post(self.runs[effect.run], effect, now)
                    self.posts[post.message] = post
                case Do():
                    failed |= {effect.run} if self._act(effect, number, now) else set()
                case Tell() if self.play.asks_for(effect.name):
                    self._told(self.actor.tell(self.runs[effect.run], effect))
                case Withdraw():
                    self._withdraw(effect.messages, now)

    def _act(self, effect: Do, number: int, now: int) -> bool:
        """Does what a node does; whether the run stands still there."""
        deed = self.actor.act(self.runs[effect.run], effect, number, now)
        self.deeds.append(deed)
        self._told(*deed.told)
        if deed.failed:
            self.enrolment = engine.failed(self.enrolment, effect.run, effect.node, effect.visit, deed.failed, now)
        return bool(deed.failed)

    def _told(self, *events: Event) -> None:
        self.told += [one for one in events if concerns(self.play.chart, one)]

    def _withdraw(self, messages: Iterable[str], now: int) -> None:
        for one in messages:
            if (post := self.posts.get(one)) is not None and post.state == DEFERRED:
                self.posts[one] = replace(post, state=REFUSED, reason=EXITED, at=now, until=NEVER)

    def story(self) -> Story:
        """What there is to tell of it."""
        self.runs.update((run.id, run) for run in self.enrolment.runs)
        return Story(
            runs=tuple(sorted(self.runs.values(), key=lambda run: (run.entered_at, run.id))),
            posts=tuple(sorted(self.posts.values(), key=lambda post: (post.asked_at, post.message))),
            deeds=tuple(self.deeds),
            turned=tuple(self.turned),
        )


def rehearse(play: Play, person: str, events: Iterable[Event], actor: Actor) -> Story:
    """What would have happened to a person, given what did happen to them: all of their events, in any order. Raises Endless."""
    meant = ordered(one for one in events if play.start <= one.time < play.end and concerns(play.chart, one))
    recorded = [list(group) for _, group in groupby(meant, key=lambda event: event.time)]
    now, turns = play.start - 1, 0
    stage = _Stage(play, actor, Enrolment(person, play.chart.name), recorded[::-1], actor.by_calendar(now))
    while True:
        at, turn = stage.next(now)
        if at >= play.end:
            return stage.story()
        turns = turns + 1 if at == now else 0
        if turns > MOST_AT_ONCE:
            raise Endless(f"{person} stays at {now}")
        now = at
        stage.take(turn, now)


def concerns(chart: Chart, event: Event) -> bool:
    """Whether an event can mean anything to a journey: its name is looked out for, opens the door, or a date may have changed."""
    opens = chart.door.expected is not None and chart.door.expected.event == event.name
    return opens or event.name in chart.names or bool(chart.door.date and event.attributes)
