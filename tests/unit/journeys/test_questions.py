"""What a journey asks of people, as the rules hold it, and what else it names."""

import pytest

from chalicelib.audiences.plans import Published
from chalicelib.journeys.definition.documents import JourneyDocument
from chalicelib.journeys.definition.naming import Named, NamedTemplate, entered_in, heard_in, ring_of, scores_in, templates_in
from chalicelib.journeys.definition.questions import name_of, questions_of, with_questions, without
from chalicelib.messages.templates.model import ChannelName
from tests.support.journey_documents import DONE, Json, journey, unpaid

VIP = {"segment": "vip"}
MANY = {"all": [VIP, {"tag": "a"}]}


def named(node: Json, **parts: Json) -> JourneyDocument:
    """A journey with a node."""
    return JourneyDocument.model_validate(journey({"at": node, "done": DONE}, **parts))


def test_conditions_and_segments_are_asked_by_their_places() -> None:
    nodes = {
        "a": {"branch": [{"where": VIP, "next": "w"}, {"where": MANY, "next": "done"}], "else": "done"},
        "w": {"wait_for": VIP, "within": "1h", "then": "v", "else": "v"},
        "v": {"wait_for": [{"event": "A"}, VIP], "within": "1h", "then": "done", "else": "done"},
        "done": DONE,
    }
    entry = {"event": "A", "segment": "fans", "then_not": {"event": "$tag_gained", "where": {"tag": "b"}, "within": "1h"}}
    assert questions_of(journey(nodes, entry=entry, exit=[{"segment": "out", "on": "leave"}])) == {
        "questions": {
            "entry": {"segment": "fans"},
            "exit/0": {"segment": "out"},
            "nodes/a/branch/0/where": VIP,
            "nodes/a/branch/1/where": MANY,
            "nodes/w/wait_for": VIP,
            "nodes/v/wait_for/1": VIP,
        },
        "events": {"entry/then_not": {"event": "$tag_gained", "where": {"tag": "b"}}},
    }


@pytest.mark.parametrize("entry", [{}, {"cron": "0 9 ? * MON *"}, {"attribute_date": "d", "at": "09:00"}, {"api": True}])
def test_the_segment_of_every_entry_is_asked(entry: Json) -> None:
    assert questions_of(journey(entry=entry | VIP)) == {"questions": {"entry": VIP}}


def test_what_is_needed_and_never_asked_is_held_too() -> None:
    gives = {"do": [{"add_tag": "a"}, {"add_score": {"score": "s", "points": 1}}], "next": "done"}
    rank = {"cron": "0 9 ? * MON *", **VIP, "rank": {"by": {"attribute": "read"}}}
    asked = questions_of(journey({"at": gives, "done": DONE}, entry=rank))["questions"]
    assert asked["nodes/at/do/1/add_score"] == {"score": "s", "gte": 0}
    assert asked["entry/rank/by"] == {"attribute": "read", "exists": True}


def test_a_journey_that_asks_nothing_has_no_questions() -> None:
    assert questions_of(unpaid(goal={"event": "OrderPaid", "within": ["1d"]})) == {}
    assert with_questions([], "unpaid", 1, unpaid()) == []


def test_each_version_has_its_own_questions() -> None:
    other = Published("segments", "vip", 1, {"where": {"tag": "vip"}})
    one = with_questions([other], "care", 1, journey(entry=VIP))
    two = with_questions(one, "care", 2, journey(entry={"segment": "fans"}))
    assert [made.name for made in two] == ["vip", name_of("care", 1), name_of("care", 2)]
    assert with_questions(two, "care", 2, journey(entry={"segment": "fans"})) == two
    assert without(without(two, "care", 1), "care", 2) == [other]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"send": {"template": "t"}, "next": "done"}, NamedTemplate("nodes/at/send", "t", data={})),
        (
            {"send": {"template": "t", "channels": ["sms"], "data": {"a": 1}}, "next": "done"},
            NamedTemplate("nodes/at/send", "t", channels=(ChannelName.SMS,), data={"a": 1}),
        ),
        (
            {"do": [{"add_tag": "a"}, {"webhook": "w"}], "next": "done"},
            NamedTemplate("nodes/at/do/1", "w", "webhook", (ChannelName.WEBHOOK,), {}),
        ),
        ({"do": [{"notify": {"template": "t", "to": [{"user_id": "a"}]}}], "next": "done"}, NamedTemplate("nodes/at/do/0/notify", "t")),
    ],
)
def test_templates_are_named_with_their_places(node: Json, expected: NamedTemplate) -> None:
    assert list(templates_in(named(node))) == [expected]


def test_scores_and_journeys_are_named_with_their_places() -> None:
    acts = [{"add_score": {"score": "s", "points": 1}}, {"enter": "b"}]
    document = journey(
        {"at": {"do": acts, "next": "done"}, "done": DONE},
        entry={"event": "$journey_goal_reached", "where": {"journey": {"in": ["c", "d"]}}},
    )
    assert list(scores_in(JourneyDocument.model_validate(document))) == [Named("nodes/at/do/0/add_score/score", "s")]
    assert list(entered_in(document)) == [Named("nodes/at/do/1/enter", "b")]
    assert list(heard_in(document)) == [Named("entry/where/journey", "c"), Named("entry/where/journey", "d")]
    assert list(heard_in(unpaid())) == []


@pytest.mark.parametrize(
    ("heard", "entered", "ring"),
    [
        ({}, {"a": {"b"}, "b": {"a"}}, None),  # how deep they enter one another is counted
        ({"a": {"a"}}, {}, ("a", "a")),
        ({"a": {"b"}, "b": {"a"}}, {}, ("a", "b")),
        ({"a": {"b"}}, {"a": {"b"}}, ("b", "a")),
        ({"a": {"b"}}, {"a": {"c"}, "c": {"b"}}, ("b", "a")),
        ({"a": {"b"}, "c": {"a"}}, {}, None),
        ({"b": {"c"}, "c": {"b"}}, {"a": {"b"}}, None),  # not through this one
    ],
)
def test_a_ring_with_an_event_in_it_would_never_end(
    heard: dict[str, set[str]], entered: dict[str, set[str]], ring: tuple[str, str] | None
) -> None:
    by_hearing, by_entering = ({name: frozenset(of) for name, of in steps.items()} for steps in (heard, entered))
    assert ring_of("a", by_hearing, by_entering) == ring
