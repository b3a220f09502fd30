"""Whatever happened and whichever rules there are: signals place a person as the full list of events would, and foretell each move."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.rules import Rules
from chalicelib.events.model import Event, Json
from chalicelib.signals.model import Journal, Ledger
from tests.support import naive_rules
from tests.support.asking import NOW, happened
from tests.support.histories import DURATION, HAPPENINGS, ONE_EVENT, subjects
from tests.support.naive import Subject
from tests.support.naive_rules import Definition
from tests.unit.audiences.world import published, rules_of


def _listens(document: Any) -> bool:
    return "$segment_entered" in str(document)  # which would ask for a segment that there is not


EVENTS = ONE_EVENT.filter(lambda one: not _listens(one))
HAPPENED = HAPPENINGS.filter(lambda one: not _listens(one))
ADD = st.sampled_from((5, -20, 0.1, 1, 3.5, 100))
KEEP = st.sampled_from((0, 0.5, 0.9))
CAPS = st.fixed_dictionaries(
    {"max_per_day": st.sampled_from((3, 5, 12, 0.25))}, optional={"timezone": st.sampled_from(("UTC", "Asia/Shanghai"))}
)
RULE = st.one_of(
    st.builds(
        lambda event, add, rest, more: event | {"add": add} | rest | more,
        EVENTS,
        ADD,
        st.fixed_dictionaries({}, optional={"within": DURATION, "decay": st.fixed_dictionaries({"every": DURATION, "keep": KEEP})}),
        st.one_of(st.just({}), CAPS, st.just({"per": "amount"})),
    ),
    st.builds(lambda condition, add: {"if": condition, "add": add}, HAPPENED, ADD),
)
SCORE = st.fixed_dictionaries(
    {
        "rules": st.lists(RULE, min_size=1, max_size=3),
        "bands": st.sampled_from(
            ([{"name": "x", "upto": 0}, {"name": "xy", "upto": 5}, {"name": "3"}], [{"name": "x", "upto": -1}, {"name": "xy"}])
        ),
    }
)
MEASURE = st.builds(
    lambda event, path, window: event | {"property": path} | window,
    EVENTS,
    st.sampled_from(("amount", "k", "context.channel")),
    st.one_of(st.just({}), st.builds(lambda length: {"within": length}, DURATION)),
)
DERIVED = st.one_of(
    st.builds(lambda way, measure: {way: measure}, st.sampled_from(("most", "latest", "first", "sum", "average")), MEASURE),
    st.builds(lambda event, length: {"count": event | {"within": length}}, EVENTS, DURATION),
    st.builds(lambda event: {"count": event}, EVENTS),
    st.builds(lambda event, then: {"latest_before": event | {"property": "amount", "then": then}}, EVENTS, EVENTS),
)
FOUND = st.one_of(
    HAPPENED,
    st.builds(
        lambda operator, value: {"score": "activity", operator: value},
        st.sampled_from(("gt", "lte", "eq")),
        st.sampled_from((0, 5, -20, 3.5)),
    ),
    st.sampled_from(
        ({"score": "activity", "band": "xy"}, {"attribute": "taste", "gte": 1}, {"attribute": "taste", "exists": True}, {"tag": "manual"})
    ),
)


@st.composite
def definitions(draw: st.DrawFn) -> list[Definition]:
    """One definition of every kind, each after those that it asks for."""
    steps = st.lists(FOUND, min_size=1, max_size=3)
    values = [{"value": f"v{place}", "where": where} for place, where in enumerate(draw(steps))]
    stages = [{"name": f"s{place}", "where": where} for place, where in enumerate(draw(steps))]
    everything = [draw(FOUND), {"any": [{"lifecycle": "s0"}, {"tag": "level", "eq": "v0"}, {"not": {"tag": "plain"}}]}]
    return [
        ("derived-attributes", "taste", draw(DERIVED)),
        ("scores", "activity", draw(SCORE)),
        ("tags", "level", {"values": values}),
        ("tags", "plain", {"where": draw(FOUND)}),
        ("lifecycle", "main", {"stages": stages}),
        ("segments", "some", {"where": {"all": everything}}),
        ("segments", "others", {"where": {"not": {"segment": "some"}}}),
    ]


def compiled(documents: Iterable[Definition]) -> Rules:
    return rules_of(*(published(kind, name, **document) for kind, name, document in documents))


def judge(rules: Rules, who: Subject, now: int, *people: Iterable[Event]) -> Judgement:
    """The judgement of somebody whose events were counted as those of several people who turned out to be one."""
    journals = [Journal(tuple(rules.plan.signals.entries_of(events, 1))) for events in people or (who.events,)]
    states = rules.plan.signals.united([rules.plan.signals.states(Ledger(), journal, 1) for journal in journals])
    activity = who.activity or [0]
    facts = Facts(states, who.attributes, who.manual, frozenset(who.namespaces), activity[0], activity[-1], who.touches)
    return rules.judge(facts, now, 1)


def place(who: Subject) -> tuple[Any, ...]:
    """All that is discrete."""
    return dict(who.bands), dict(who.tags), who.stage, who.segments


@given(definitions(), subjects(), st.lists(st.booleans()), st.integers(-1, 90_000))
def test_signals_place_a_person_as_the_full_history_would(documents: list[Definition], who: Subject, sides: list[bool], later: int) -> None:
    now, side = NOW + later, [*sides, *[True] * len(who.events)]
    parts = [[event for event, mine in zip(who.events, side, strict=False) if mine is one] for one in (True, False)]
    found = judge(compiled(documents), who, now, *parts)
    expected = naive_rules.judged(documents, who, now)
    assert dict(found.scores) == dict(expected.scores)
    assert {name: fact.value for name, fact in found.derived.items()} == dict(expected.derived)
    assert (found.bands, found.tags, found.stage, found.segments) == place(expected)


@given(definitions(), subjects())
def test_nobody_moves_before_the_instant_that_is_foretold(documents: list[Definition], who: Subject) -> None:
    found = judge(compiled(documents), who, NOW)
    here = place(naive_rules.judged(documents, who, NOW))
    assert found.next is None or found.next > NOW
    for moment in sorted(naive_rules.moments(documents, who)):
        for at in (moment - 1, moment):
            if at > NOW and (found.next is None or at < found.next):
                assert place(naive_rules.judged(documents, who, at)) == here


@given(
    st.integers(95, 130),
    st.sampled_from([{"within": "10s"}, {"decay": {"every": "1s", "keep": 0.9}}, {"within": "10s", "per": "amount"}]),
    st.randoms(use_true_random=False),
)
def test_of_a_long_history_the_newest_events_bring_points(number: int, rest: Json, chance: Any) -> None:
    events = [
        happened("Paid", NOW - chance.randrange(12_000), number=at, amount=chance.choice((1, 2.5, -3, "7", None))) for at in range(number)
    ]
    documents: list[Definition] = [("scores", "s", {"rules": [{"event": "Paid", "add": 3} | rest]})]
    assert judge(compiled(documents), Subject(events), NOW).scores == naive_rules.judged(documents, Subject(events), NOW).scores
