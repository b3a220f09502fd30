"""The dry run: a version of a journey, played over what happened to everybody in a span, within the time that one request may take.

    script = script_of("unpaid", 3, document, start, end)
    rehearsal = go_through(script, Progress(), sample=5, now=now, clock=clock)      # rehearsal.progress.complete at the end

Nothing is sent and nothing is written. People are gone through one by one; what is counted over all of them together, caps on entries and
ranks, takes several rounds (see `counting`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.rules import Rules
from chalicelib.definitions import store as definitions
from chalicelib.errors import BadRequest, Conflict
from chalicelib.events.model import Json
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.messages import channels_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Journeys
from chalicelib.journeys.in_force.trying import tried
from chalicelib.journeys.nodes.acting import SendMessage
from chalicelib.journeys.rehearsal.calendar import Calendar, TooOften
from chalicelib.journeys.rehearsal.caveats import Warned, of_chart, of_round
from chalicelib.journeys.rehearsal.counting import MOST_WINDOWS, Round, following
from chalicelib.journeys.rehearsal.handing import Doors
from chalicelib.journeys.rehearsal.history import Somebody
from chalicelib.journeys.rehearsal.past import Past
from chalicelib.journeys.rehearsal.posts import Desk, Means
from chalicelib.journeys.rehearsal.reading import TooMuch, contact_of, messages_of, recorded
from chalicelib.journeys.rehearsal.rehearsed import Play, Story
from chalicelib.journeys.rehearsal.rehearsing import Endless, rehearse
from chalicelib.journeys.rehearsal.totals import Counted, Totals, totals_of
from chalicelib.messages.contact_policy import current_rules
from chalicelib.messages.templates import published
from chalicelib.messages.templates.published import Template
from chalicelib.people.everybody import Found, Place, everybody
from chalicelib.people.model import Person
from chalicelib.people.reading import strongest_of
from chalicelib.settings import settings

BUDGET_MS: Final = 20_000  # of the 29 s that API Gateway waits for an answer

Clock = Callable[[], int]


class EnteredByApi(Conflict):
    """Nothing is recorded of who would have been let in by the API."""

    code = "dry_run_entered_by_api"


@dataclass(frozen=True, slots=True)
class Script:
    """What is played, and all that it is played with."""

    play: Play
    rules: Rules
    means: Means
    calendar: Calendar
    journeys: Journeys = field(default_factory=Journeys)  # those in force, whose doors people may be sent to
    caveats: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rehearsal has come: what this round comes to, and where its scan is (None before and after it)."""

    totals: Totals = field(default_factory=Totals)
    place: Place | None = None
    round: Round = field(default_factory=Round)
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was found so far, the stories of some of those whom this part of the scan found, and what is to be known of all that."""

    progress: Progress
    sample: tuple[tuple[Person, Story], ...]
    warnings: tuple[Warned, ...] = ()


def script_of(name: str, version: int, document: Json, start: int, end: int) -> Script:
    """A version as it would be in force now, with what is in force now. Raises DocumentInvalid for what it names and is not, EnteredByApi,
    BadRequest for a schedule, or a cap's windows, that come round too often in the span.
    """
    rules = tried(name, version, document, book.newest(), planbook.newest())
    chart = chart_of(name, version, document, settings().pace, rules.plan.version)
    if chart.door.api:
        raise EnteredByApi(
            f"people enter {name} by the API only, and nothing is recorded of that; try it with somebody by POST .../entries"
        )
    if end - start > MOST_WINDOWS * (chart.door.per or end - start):
        raise BadRequest(f"the cap has more than {MOST_WINDOWS} windows in this span; ask for a shorter one")
    sent = {node.message.template for node in chart.nodes.values() if isinstance(node, SendMessage)}
    templates = {one: template for one in sent if (template := published.newest(one)) is not None}
    derived = frozenset(one.name for one in rules.plan.definitions if one.kind == RuleKind.DERIVED)
    try:
        calendar = Calendar.of(chart, start, end, derived)
    except TooOften as error:
        raise BadRequest(str(error)) from error
    means = Means(templates, current_rules(), settings().time_scale)
    caveats = tuple(of_chart(chart, start, _in_force_since, lambda node: _channels(node, templates)))
    counted = frozenset(signal.demand.event for signal in rules.plan.signals.signals)
    return Script(Play(chart, start, end, counted), rules, means, calendar, book.current(), caveats)


def go_through(script: Script, start: Progress, sample: int, now: int, clock: Clock, page_items: int | None = None) -> Rehearsal:
    """Rehearses with everybody behind `start`, at least one and at most as many as fit into BUDGET_MS by `clock` (ms, any beginning)."""
    deadline = clock() + BUDGET_MS
    found = Rehearsal(start, ())
    while not found.progress.complete:
        found = _part(script, found, sample, now, lambda: clock() >= deadline, page_items)
        if clock() >= deadline:
            break
    caveats = (*script.caveats, *of_round(script.play.chart, found.progress.round))
    return replace(found, warnings=caveats)


def _part(script: Script, before: Rehearsal, sample: int, now: int, over: Callable[[], bool], page_items: int | None) -> Rehearsal:
    """What is left of a round, or as much of it as there is time for."""
    played, totals, shown = before.progress.round, Totals(before.progress.totals), list(before.sample)
    for step in everybody(before.progress.place, page_items):
        if step.found:
            totals[Counted.PEOPLE.value,] += 1
            try:
                story = story_of(script, step.found, now, played)
            except (TooMuch, Endless) as error:
                totals[Counted.LEFT_OUT.value, _REASONS[type(error)]] += 1
                story = Story()
            totals += totals_of(script.play.chart, story)
            shown += [(step.found.person, story)] if len(shown) < sample and (story.runs or story.turned) else []
            if played.gives_up(script.play.chart.door.most):
                break
        if step.place and over():
            return Rehearsal(Progress(totals, step.place, played), tuple(shown))
    another = following(played, script.play.chart.door.most)
    if another is not None:
        return Rehearsal(Progress(round=another), ())
    return Rehearsal(Progress(totals, None, played, complete=True), tuple(shown))


def story_of(script: Script, found: Found, now: int, played: Round) -> Story:
    """The story of one person, as part of a round. Raises TooMuch, Endless."""
    person, chart = found.person, script.play.chart
    events = recorded(found, script.play, script.calendar)
    if not events:
        return Story()
    past, by = Past.of(person, events, script.rules), strongest_of(person.id)
    desk = Desk(chart, past, script.means, lambda: contact_of(person, now), lambda: messages_of(person.id, chart.name))
    actor = Somebody(chart, past, script.calendar, desk, by.key if by else "", played, Doors(person.id, script.journeys))
    return rehearse(script.play, person.id, events, actor)


def _in_force_since(segment: str) -> int:
    found = definitions.published(RuleKind.SEGMENTS, segment)
    return (found.published_at or 0) if found else 0


def _channels(node: SendMessage, templates: Mapping[str, Template]) -> int:
    return len(node.message.channels or channels_of(templates[node.message.template].document))


_REASONS: Final = {TooMuch: "too_many_events", Endless: "endless"}
