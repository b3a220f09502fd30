"""The person of a rehearsal: as they were at an instant, with what the rehearsal does to them, and what their messages come to."""

from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.audiences.plans import Plan, Published, next_plan
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.identifiers import Identifier
from chalicelib.identity.model import Cluster
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.definition.questions import with_questions
from chalicelib.journeys.engine import acts
from chalicelib.journeys.engine.model import Do
from chalicelib.journeys.rehearsal.calendar import Calendar, TooOften
from chalicelib.journeys.rehearsal.history import Somebody
from chalicelib.journeys.rehearsal.past import Past
from chalicelib.journeys.rehearsal.posts import Desk, Means
from chalicelib.journeys.rehearsal.rehearsed import Play, Story
from chalicelib.journeys.rehearsal.rehearsing import rehearse
from chalicelib.messages.policy.documents import rules_of
from chalicelib.messages.policy.model import Address, ContactFacts
from chalicelib.messages.policy.sends import Sends, Use
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.messages.templates.published import Template
from chalicelib.people.model import Person
from tests.support.charts import DAY, HOUR, MING, MINUTE, NOW, happened

DOCUMENT: Final[dict[str, Any]] = {
    "entry": {"event": "OrderSubmitted", "key": "properties.order_id"},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "1h", "next": "pick"},
        "pick": {"branch": [{"where": {"segment": "readers"}, "next": "mark"}], "else": "offer"},
        "mark": {"do": [{"add_tag": "keen"}, {"set": {"name": "小明"}}], "next": "offer"},
        "offer": {"send": {"template": "unpaid"}, "next": "done"},
        "done": {"exit": "told"},
    },
}  # fmt: skip
READERS: Final = Published("segments", "readers", 1, {"where": {"event": "ArticleRead", "count": {"gte": 2}, "within": "1d"}})
CALENDAR: Final[dict[str, Any]] = {"start": "done", "nodes": {"done": {"exit": "told"}}}
WORDS: Final = {"account": "app", "provider": "jpush", "title": "订单", "body": "{{ person.attributes.name }}，订单{{ entry.key }}"}
NAMED: Final = Event("n", Kind.PROFILE, "$profile", NOW - DAY, (MING,), "shop", attributes=(AttributeChange(Operation.SET, "name", "明"),))
PERSON: Final = Person("p_ming", cluster=Cluster(2, {"user_id": 1, "mobile": 1}))


def rules(document: dict[str, Any], *more: Published) -> Rules:
    """The rules with the questions of the journey."""
    return compile_rules(next_plan(Plan(), with_questions([READERS, *more], "unpaid", 1, document)))


def somebody(*events: Event, document: dict[str, Any] = DOCUMENT, policy: dict[str, Any] | None = None, **facts: Any) -> Somebody:
    """An actor with the app, under a policy."""
    known = rules(document)
    chart = chart_of("unpaid", 1, document, plan=known.plan.version)
    past = Past.of(PERSON, events, known)
    template = TemplateDocument.model_validate({"category": "service", "channels": {"push": WORDS}})
    means = Means({"unpaid": Template("unpaid", 1, template)}, rules_of(policy or {}))
    contact = ContactFacts((Address(ChannelName.PUSH, "t-ming", "app"),), **facts)
    desk = Desk(chart, past, means, lambda: contact, lambda: ["own"])
    return Somebody(chart, past, Calendar.of(chart, NOW - DAY, NOW + 9 * DAY), desk, MING.key)


def play(*events: Event, **more: Any) -> Story:
    actor = somebody(*events, **more)
    return rehearse(Play(actor.chart, NOW, NOW + 9 * DAY), PERSON.id, events, actor)


def order(number: int = 1, after: int = 0) -> Event:
    return happened("OrderSubmitted", after, f"o{number}", order_id=f"o{number}")


def reads(*hours: float) -> list[Event]:
    return [happened("ArticleRead", int(hour * HOUR), f"r{hour}") for hour in hours]


@pytest.mark.parametrize(
    ("read", "way"),
    [((0.1, 0.2), "mark"), ((0.1, 1.5), "offer"), ((-30, 0.2), "offer"), ((-20, 0.9), "mark")],
    ids=["in time", "the second one too late", "the first one too long ago", "before the entry counts"],
)
def test_a_condition_is_asked_of_the_person_as_they_were(read: tuple[float, ...], way: str) -> None:
    (run,) = play(NAMED, order(), *reads(*read)).runs
    assert run.visits[2].node == way


def test_words_see_what_an_act_has_set() -> None:
    plain, marked = play(order()), play(order(), *reads(0.1, 0.2))
    assert [(one.state, one.reason) for one in plain.posts] == [("refused", "variable_missing")]
    assert [one.state for one in marked.posts] == ["sent"]
    assert [one.acts for one in marked.deeds] == [("add_tag", "set")]


def test_words_do_not_see_what_was_set_later() -> None:
    later = replace(NAMED, time=NOW + 2 * HOUR)
    assert [one.reason for one in play(order(), later).posts] == ["variable_missing"]
    assert [one.state for one in play(order(), replace(NAMED, time=NOW + MINUTE)).posts] == ["sent"]


def test_quiet_hours_are_those_of_the_rehearsed_clock() -> None:
    policy = {"quiet_hours": [{"from": "06:00", "to": "12:00"}]}  # it is 06:26 in Shanghai at NOW
    (post,) = play(NAMED, order(), policy=policy).posts
    assert (post.state, post.waited) == ("sent", "quiet_hours")
    assert post.at > post.asked_at + 4 * HOUR


def test_caps_count_what_the_rehearsal_has_sent() -> None:
    policy = {"caps": [{"category": "service", "limit": 1, "within": "1d"}]}
    posts = play(NAMED, order(1), order(2, HOUR), order(3, 2 * DAY), policy=policy).posts
    assert [one.state for one in posts] == ["sent", "refused", "sent"]


@pytest.mark.parametrize(
    ("message", "at", "state"),
    [("other", NOW, "refused"), ("other", NOW + 2 * HOUR, "sent"), ("own", NOW, "sent")],
    ids=["before", "not yet", "of this journey itself"],
)
def test_caps_count_what_others_had_sent_by_then(message: str, at: int, state: str) -> None:
    policy = {"caps": [{"category": "service", "limit": 1, "within": "1d"}]}
    use = Use(at, message, 0, Category.SERVICE, ChannelName.PUSH, "app")
    assert [one.state for one in play(NAMED, order(), policy=policy, sends=Sends((use,))).posts] == [state]


def test_identifiers_count_from_the_event_that_brought_them() -> None:
    known = Past.of(PERSON, [order(), happened("Bound", HOUR, who=Identifier("mobile", "13900000001"))], rules(DOCUMENT))
    assert known.at(NOW).facts.namespaces == {"user_id"}
    assert known.at(NOW + HOUR).facts.namespaces == {"user_id", "mobile"}
    assert Past.of(PERSON, [order()], rules(DOCUMENT)).at(NOW).facts.namespaces == {"user_id", "mobile"}


def test_tags_and_points_of_acts_are_folded_at_once() -> None:
    actor = somebody(NAMED)
    node = replace(actor.chart.nodes["mark"], acts=(acts.AddTag("keen"), acts.SetAttributes({"a": 1}), acts.UnsetAttributes(("name",))))  # type: ignore[type-var]
    actor.chart = replace(actor.chart, nodes={**actor.chart.nodes, "mark": node})
    (run,) = play(order(), *reads(0.1, 0.2)).runs
    assert actor.act(run, Do(run.id, "mark", 2, NOW), 0, NOW).acts == ("add_tag", "set", "unset")
    facts = actor.past.at(NOW).facts
    assert (facts.attributes, set(facts.manual)) == ({"a": 1}, {"keen"})


WEEKLY: Final[dict[str, Any]] = CALENDAR | {"entry": {"cron": "0 9 ? * MON *", "segment": "readers", "timezone": "Asia/Shanghai"}}
BIRTHDAY: Final[dict[str, Any]] = CALENDAR | {"entry": {"attribute_date": "birthday", "at": "09:00", "timezone": "Asia/Shanghai"}}
MONDAY: Final = 1_795_395_600_000


@pytest.mark.parametrize(("read", "entered"), [((20, 21), [MONDAY]), ((1, 27), []), ((200, 201), [])], ids=["in", "not", "a week later"])
def test_a_schedule_lets_in_who_is_in_the_segment_then(read: tuple[int, ...], entered: list[int]) -> None:
    assert [run.entered_at for run in play(*reads(*read), document=WEEKLY).runs] == entered


def test_a_date_lets_in_by_the_attribute_as_it_is_then() -> None:
    told = [_born("1990-11-26", MINUTE), _born("1990-11-24", DAY)]
    seen = happened("ArticleRead", -DAY)
    assert [run.entry["time"][:10] for run in play(seen, *told, document=BIRTHDAY).runs] == ["2026-11-24"]


def _born(day: str, after: int) -> Event:
    return replace(NAMED, id=f"b{after}", time=NOW + after, attributes=(AttributeChange(Operation.SET, "birthday", day),))


def test_nobody_comes_in_before_anything_is_known_of_them() -> None:
    everybody = {**WEEKLY, "entry": {"cron": "0 9 ? * MON *", "segment": "strangers"}}
    strangers = Published("segments", "strangers", 1, {"where": {"not": {"event": "ArticleRead"}}})
    known = rules(everybody, strangers)
    chart = chart_of("unpaid", 1, everybody, plan=known.plan.version)
    calendar = Calendar.of(chart, NOW, NOW + 9 * DAY)
    late, early = (Past.of(PERSON, [happened("Came", after)], known) for after in (5 * DAY, 0))
    assert [calendar.let_in(past, calendar.next(past, MING.key, NOW)) is not None for past in (late, early)] == [False, True]  # type: ignore[arg-type]


def test_a_schedule_that_comes_round_too_often_is_refused() -> None:
    chart = chart_of("unpaid", 1, {**WEEKLY, "entry": {"cron": "* * * * ? *"}})
    with pytest.raises(TooOften):
        Calendar.of(chart, NOW, NOW + 8 * DAY)


def test_of_two_nodes_that_are_passed_at_one_moment_the_later_has_the_last_word() -> None:
    actor = somebody(NAMED)
    first = replace(actor.chart.nodes["mark"], acts=(acts.SetAttributes({"a": 1}), acts.AddTag("keen")))  # type: ignore[type-var]
    then = replace(first, acts=(acts.RemoveTag("keen"),))  # type: ignore[type-var]
    actor.chart = replace(actor.chart, nodes={**actor.chart.nodes, "mark": first, "unmark": then})
    (run,) = play(order(), *reads(0.1, 0.2)).runs
    actor.act(run, Do(run.id, "mark", 2, NOW), 0, NOW)
    actor.act(run, Do(run.id, "unmark", 3, NOW), 1, NOW)
    assert "keen" not in actor.past.at(NOW).facts.manual
