"""CPU of a dry run: how long it takes to play a journey over what happened to many people."""

import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from chalicelib.audiences.plans import Plan, next_plan
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import Identifier
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.definition.questions import with_questions
from chalicelib.journeys.rehearsal.calendar import Calendar
from chalicelib.journeys.rehearsal.history import Somebody
from chalicelib.journeys.rehearsal.past import Past
from chalicelib.journeys.rehearsal.posts import Desk, Means
from chalicelib.journeys.rehearsal.rehearsed import Play, Story
from chalicelib.journeys.rehearsal.rehearsing import rehearse
from chalicelib.journeys.rehearsal.totals import Totals, totals_of
from chalicelib.messages.policy.model import Address, ContactFacts
from chalicelib.messages.policy.rules import DEFAULT_RULES
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.published import Template
from chalicelib.people.model import Person, person_id
from tests.bench.report import Section, judged

EVENTS: Final = 100_000
AIM_SECONDS: Final = 60
START: Final = 1_795_000_000_000
DAY: Final = 86_400_000
SPAN: Final = 7 * DAY
NAMES: Final = ("ArticleRead", "ArticleRead", "MenuClicked", "OrderSubmitted", "OrderPaid", "CouponClaimed")
JOURNEY: Final[dict[str, Any]] = {
    "entry": {"event": "OrderSubmitted", "key": "properties.order_id", "re_entry": {"policy": "after_exit", "limit": 3, "within": "7d"}},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}, "within": ["1d", "3d"]},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "pick"},
        "pick": {"branch": [{"where": {"event": "ArticleRead", "count": {"gte": 3}, "within": "7d"}, "next": "mark"}], "else": "offer"},
        "mark": {"do": [{"add_tag": "reader"}], "next": "offer"},
        "offer": {"send": {"template": "unpaid"}, "next": "watch"},
        "watch": {"wait_for": {"event": "CouponClaimed"}, "within": "1d", "then": "done", "else": "done"},
        "done": {"exit": "told"},
    },
}  # fmt: skip
TEXT: Final = "{{ person.attributes.name | default: '您' }}的订单{{ entry.properties.order_id }}还没有付款"
TEMPLATE: Final[dict[str, Any]] = {
    "category": "service",
    "channels": {"push": {"account": "app", "provider": "jpush", "title": "订单", "body": TEXT}},
}
NOTE: Final = (
    f"{EVENTS:,} events of a week, through a journey of six nodes with two waits, a branch by counted events, an act and a message that "
    "shows something of the person: every step by the engine, every message by the contact policy with its words. CPU of one core; what "
    "reading the events takes is not in it."
)


def section() -> Section:
    """The same number of events, of people who do little and of people who do much."""
    found = [_measured(people) for people in (20_000, 5_000, 500)]
    rows = tuple(
        (
            *(f"{people:,} people", f"{seconds:.1f}", f"{EVENTS / seconds:,.0f}", f"{totals['entered',]:,}", f"{sent:,}"),
            judged(seconds, AIM_SECONDS),
        )
        for people, seconds, totals, sent in found
    )
    return Section(f"A dry run over {EVENTS:,} events", ("", "CPU s", "events/s", "entered", "messages sent", "aim, s"), rows, NOTE)


def _measured(people: int) -> tuple[int, float, Totals, int]:
    rules = _rules()
    chart = chart_of("unpaid", 1, JOURNEY, plan=rules.plan.version)
    play, calendar = Play(chart, START, START + SPAN), Calendar.of(chart, START, START + SPAN)
    means = Means({"unpaid": Template("unpaid", 1, TemplateDocument.model_validate(TEMPLATE))}, DEFAULT_RULES)
    crowd = {number: list(_week(number, EVENTS // people)) for number in range(people)}
    totals: Totals = Counter()
    begun = time.process_time()
    for number, events in crowd.items():
        totals += totals_of(chart, _played(number, events, play, rules, means, calendar))
    seconds = time.process_time() - begun
    return people, seconds, totals, sum(number for key, number in totals.items() if key[0] == "sent")


def _played(number: int, events: list[Event], play: Play, rules: Rules, means: Means, calendar: Calendar) -> Story:
    who = _who(number)
    person = Person(person_id(who.key))
    past = Past.of(person, events, rules)
    facts = ContactFacts((Address(ChannelName.PUSH, f"token-{number}", "app"),))
    actor = Somebody(play.chart, past, calendar, Desk(play.chart, past, means, lambda: facts), who.key)
    return rehearse(play, person.id, events, actor)


def _rules() -> Rules:
    before = Plan()
    return compile_rules(next_plan(before, with_questions(before.definitions, "unpaid", 1, JOURNEY)))


def _week(number: int, events: int) -> Iterator[Event]:
    chance, who = Random(number), _who(number)
    for place in range(events):
        at = START + SPAN * place // events + chance.randrange(SPAN // events)
        properties = {"order_id": f"o{place // len(NAMES)}", "amount": 99}
        yield Event(f"e{place}", Kind.TRACK, chance.choice(NAMES), at, (who,), "shop", properties)


def _who(number: int) -> Identifier:
    return Identifier("user_id", f"u{number:06d}")
