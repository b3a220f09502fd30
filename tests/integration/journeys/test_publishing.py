"""Journeys go in force: what they name has to be there, their versions stay as long as somebody is inside, and nothing they need goes."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions import store
from chalicelib.errors import Conflict, DocumentInvalid, NotFound
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import Identifier
from chalicelib.journeys.definition.documents import KIND
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.book import JourneysRecord
from chalicelib.journeys.in_force.charts import Hears, JourneyState
from chalicelib.journeys.in_force.pages import MAX_IN_FLIGHT
from chalicelib.journeys.retiring import SETTLED_MS
from tests.support.aws import memory_stack
from tests.support.journey_documents import DONE, Json, journey, unpaid
from tests.support.rules import put_in_force

NOW = 1_795_300_000_000


def words(text: str = "付款") -> Json:
    """A template with words for push and webhooks."""
    return {
        "category": "service",
        "channels": {
            "push": {"account": "jpush", "provider": "jpush", "title": "订单", "body": text},
            "webhook": {"account": "crm", "data": {"text": text}},
        },
    }


@pytest.fixture(autouse=True)
def _stack() -> Iterator[None]:
    with memory_stack(only=["definitions", "runs", "timers"]) as stack:
        for queue in ("passes", "journey-work", "journey-dues"):
            stack.client("sqs").create_queue(QueueName=stack.table(queue))
        put_in_force("templates", "unpaid", words())
        yield


def publish(name: str, document: Any, at: int = NOW) -> int:
    """The version that a journey is in force with."""
    return put_in_force(KIND, name, document, at).version


def refused(name: str, document: Any) -> list[tuple[str, str]]:
    """Where and why a journey cannot go in force."""
    store.draft(KIND, name, document, by="test", at=NOW)
    with pytest.raises(DocumentInvalid) as error:
        store.publish(KIND, name, by="test", at=NOW)
    return [(one.path, one.code) for one in error.value.faults]


def archive(name: str, kind: str = KIND) -> None:
    """Takes a definition out of force."""
    store.archive(kind, name, by="test", at=NOW)


def questions() -> set[str]:
    """What journeys ask among the rules in force."""
    return {one.name for one in planbook.newest().definitions if one.kind == RuleKind.QUESTIONS}


def happened(name: str, **properties: Any) -> Event:
    """An event."""
    return Event("e", Kind.TRACK, name, NOW, (Identifier("user_id", "u"),), "shop", properties)


def asking(segment: str = "vip") -> Json:
    """A journey that asks who is in a segment."""
    return journey({"ask": {"branch": [{"where": {"segment": segment}, "next": "done"}], "else": "done"}, "done": DONE})


def test_a_published_journey_runs_and_hears_its_events() -> None:
    version = publish("unpaid", unpaid())
    known = book.current()
    assert known.state("unpaid") is JourneyState.RUNNING
    assert known.current("unpaid") == known.chart("unpaid", version)
    assert list(known.hearing(happened("OrderSubmitted"))) == [("unpaid", Hears.ENTERS)]
    assert list(known.hearing(happened("OrderPaid"))) == [("unpaid", Hears.LOOKS_OUT)]


def test_those_inside_keep_their_version_when_another_is_published() -> None:
    one, two = publish("unpaid", unpaid()), publish("unpaid", unpaid(title="二"))
    assert set(book.current().charts("unpaid")) == {one, two}
    assert book.current().current("unpaid") is book.current().chart("unpaid", two)


def test_a_version_that_is_known_is_not_compiled_again() -> None:
    one = publish("unpaid", unpaid())
    before = book.current().chart("unpaid", one)
    publish("other", journey(entry={"api": True}))
    assert book.current().chart("unpaid", one) == before
    assert book.current().names() == ("other", "unpaid")


def test_looking_again_shows_what_others_wrote_and_compiles_nothing_anew() -> None:
    publish("unpaid", unpaid())
    before = book.current().standing("unpaid")
    book.look_again()
    assert book.current().standing("unpaid") is before


def test_whoever_looks_at_the_book_reads_what_was_written_last(monkeypatch: pytest.MonkeyPatch) -> None:
    publish("unpaid", unpaid())
    read, get = list[bool](), JourneysRecord.get

    def noted(partition: str, place: str, consistent_read: bool) -> JourneysRecord:
        read.append(consistent_read)
        return get(partition, place, consistent_read)

    monkeypatch.setattr(JourneysRecord, "get", noted)
    for _ in range(2):
        book.current()
    book.look_again()
    book.current()
    assert read == [True, True]


def test_going_back_to_an_older_version_brings_no_new_one() -> None:
    one, two = publish("unpaid", unpaid()), publish("unpaid", unpaid(title="二"))
    store.publish(KIND, "unpaid", by="test", at=NOW, version=one)
    standing = book.current().standing("unpaid")
    assert standing is not None
    assert (standing.version, set(standing.charts)) == (one, {one, two})


def test_too_many_versions_with_people_inside_are_refused() -> None:
    for number in range(MAX_IN_FLIGHT + 1):
        publish("unpaid", unpaid(title=str(number)))
    store.draft(KIND, "unpaid", unpaid(title="more"), by="test", at=NOW)
    with pytest.raises(Conflict) as error:
        store.publish(KIND, "unpaid", by="test", at=NOW)
    assert [one.code for one in error.value.faults] == ["versions_in_flight"]
    assert "1, 2, 3, 4, 5;" in error.value.detail
    book.retire("unpaid", 1, NOW)
    assert store.publish(KIND, "unpaid", by="test", at=NOW).version == MAX_IN_FLIGHT + 2


def test_versions_that_nobody_is_inside_of_make_room_for_the_next_one_after_ten_minutes() -> None:
    for number in range(MAX_IN_FLIGHT + 1):
        publish("unpaid", unpaid(title=str(number)), NOW + number)
    publish("unpaid", unpaid(title="more"), NOW + SETTLED_MS + 1)
    assert sorted(book.newest().pages["unpaid"].documents) == [2, 3, 4, 5, 6, 7]  # version 1 was left so long ago, the others were not
    publish("unpaid", unpaid(title="still more"), NOW + 3 * SETTLED_MS)
    assert sorted(book.newest().pages["unpaid"].documents) == [7, 8]


def test_the_version_that_is_entered_is_never_forgotten() -> None:
    version = publish("unpaid", unpaid())
    book.retire("unpaid", version, NOW)
    assert book.current().current("unpaid") is not None


def test_an_archived_journey_is_entered_by_nobody_and_forgotten_once_it_is_empty() -> None:
    version = publish("unpaid", unpaid())
    archive("unpaid")
    known = book.current()
    assert known.state("unpaid") is JourneyState.STOPPED
    assert known.current("unpaid") is None
    assert list(known.hearing(happened("OrderSubmitted"))) == []
    assert list(known.hearing(happened("OrderPaid"))) == [("unpaid", Hears.LOOKS_OUT)]
    book.retire("unpaid", version, NOW)
    assert book.current().names() == ()


def test_publishing_an_archived_journey_has_it_run_again() -> None:
    publish("unpaid", unpaid())
    archive("unpaid")
    store.publish(KIND, "unpaid", by="test", at=NOW, version=1)
    assert book.current().state("unpaid") is JourneyState.RUNNING


def test_a_paused_journey_stays_paused_when_a_version_is_published() -> None:
    publish("unpaid", unpaid())
    book.put_state("unpaid", JourneyState.PAUSED, NOW, "anna", "it rains")
    publish("unpaid", unpaid(title="二"))
    standing = book.current().standing("unpaid")
    assert standing is not None
    assert (standing.state, standing.by, standing.reason, standing.at) == (JourneyState.PAUSED, "anna", "it rains", NOW)
    assert list(book.current().hearing(happened("OrderSubmitted"))) == []


def test_the_state_of_what_is_not_in_force_cannot_be_changed() -> None:
    with pytest.raises(NotFound):
        book.put_state("unpaid", JourneyState.PAUSED, NOW, "anna")


def test_an_archived_journey_cannot_be_resumed() -> None:
    publish("unpaid", unpaid())
    archive("unpaid")
    with pytest.raises(Conflict):
        book.put_state("unpaid", JourneyState.RUNNING, NOW, "anna")


def test_the_rules_know_what_a_journey_asks_as_long_as_somebody_may_be_inside() -> None:
    put_in_force("segments", "vip", {"where": {"event": "OrderPaid", "count": 3}})
    version = publish("vips", asking())
    assert questions() == {f"vips@{version}"}
    chart = book.current().current("vips")
    assert chart is not None
    assert chart.plan == planbook.newest().version
    archive("vips")
    assert questions() == {f"vips@{version}"}
    book.retire("vips", version, NOW)
    assert questions() == set()


def test_a_journey_that_asks_nothing_leaves_the_rules_as_they_are() -> None:
    before = planbook.newest().version
    publish("unpaid", unpaid())
    assert planbook.newest().version == before


def test_a_segment_that_a_journey_asks_for_cannot_be_archived() -> None:
    put_in_force("segments", "vip", {"where": {"tag": "vip"}})
    version = publish("vips", asking())
    with pytest.raises(Conflict) as error:
        archive("vip", "segments")
    assert [(one.path, one.code) for one in error.value.faults] == [
        (f"journeys/vips@{version}/nodes/ask/branch/0/where/segment", "reference_in_use")
    ]


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"entry": {"segment": "none"}, "exit": []}, "entry/segment"),
        ({"entry": {"event": "A", "segment": "none"}}, "entry/segment"),
        ({"entry": {"event": "$segment_left", "where": {"segment": "none"}}}, "entry/where/segment"),
        ({"exit": [{"segment": "none", "on": "leave"}]}, "exit/0/segment"),
        ({"exit": [{"event": "$score_band_changed", "where": {"score": "none"}}]}, "exit/0/where/score"),
    ],
)
def test_rules_that_are_not_in_force_are_refused_where_they_are_named(parts: Json, path: str) -> None:
    assert refused("lost", unpaid() | parts) == [(path, "reference_unknown")]


@pytest.mark.parametrize(
    ("node", "path", "code"),
    [
        ({"wait_for": [{"segment": "none"}], "within": "1h", "then": "done", "else": "done"}, "wait_for/0/segment", "reference_unknown"),
        ({"branch": [{"where": {"score": "none", "gt": 1}, "next": "done"}], "else": "done"}, "branch/0/where/score", "reference_unknown"),
        ({"send": {"template": "none"}, "next": "done"}, "send/template", "template_unknown"),
        ({"send": {"template": "unpaid", "channels": ["push", "sms"]}, "next": "done"}, "send/channels/1", "channel_missing"),
        ({"do": [{"webhook": "none"}], "next": "done"}, "do/0/webhook", "template_unknown"),
        ({"do": [{"notify": {"template": "none", "to": [{"user_id": "a"}]}}], "next": "done"}, "do/0/notify/template", "template_unknown"),
        ({"do": [{"add_score": {"score": "none", "points": 1}}], "next": "done"}, "do/0/add_score/score", "reference_unknown"),
        ({"do": [{"enter": "none"}], "next": "done"}, "do/0/enter", "reference_unknown"),
    ],
)
def test_what_a_node_names_has_to_be_in_force(node: Json, path: str, code: str) -> None:
    assert refused("lost", journey({"at": node, "done": DONE})) == [(f"nodes/at/{path}", code)]


def test_a_text_may_not_ask_for_what_a_journey_does_not_have() -> None:
    put_in_force("templates", "asks", words("{{ event.properties.a }}{{ data.code }}{{ data.b | default: 'b' }}{{ entry.properties.c }}"))
    send = {"send": {"template": "asks", "channels": ["push"]}, "next": "done"}
    assert refused("lost", journey({"at": send, "done": DONE})) == [("nodes/at/send/template", "variable_unknown")] * 2


@pytest.mark.parametrize("text", ["{{ entry.properties.a }}", "{{ entry.whatever }}"])
def test_a_text_may_not_ask_for_what_the_entry_does_not_have(text: str) -> None:
    put_in_force("templates", "asks", words(text))
    send = {"send": {"template": "asks", "channels": ["push"]}, "next": "done"}
    birthday = {"attribute_date": "birthday", "at": "09:00"}
    assert refused("lost", journey({"at": send, "done": DONE}, entry=birthday)) == [("nodes/at/send/template", "variable_unknown")]


def test_data_of_the_node_is_what_texts_ask_for() -> None:
    put_in_force("templates", "asks", words("{{ data.code }}"))
    publish("coupon", journey({"at": {"send": {"template": "asks", "data": {"code": "A1"}}, "next": "done"}, "done": DONE}))
    assert book.current().names() == ("coupon",)


def test_a_score_that_is_given_points_goes_on_counting_them() -> None:
    scans = {"event": "Scan", "add": 5}
    given = {"event": "$points_given", "where": {"score": "activity"}, "add": 1, "per": "points"}
    put_in_force("scores", "activity", {"rules": [scans, given]})
    publish("gives", journey({"at": {"do": [{"add_score": {"score": "activity", "points": 5}}], "next": "done"}, "done": DONE}))
    with pytest.raises(DocumentInvalid) as error:
        put_in_force("scores", "activity", {"rules": [scans]})
    assert [(one.path, one.code) for one in error.value.faults] == [("rules", "score_takes_no_points")]
    put_in_force("scores", "activity", {"rules": [given]})


def test_a_journey_that_others_let_people_into_stays_open_to_them() -> None:
    publish("care", journey(entry={"api": True}))
    publish("lost", journey({"at": {"do": [{"enter": "care"}], "next": "done"}, "done": DONE}))
    assert refused("care", journey()) == [("journeys/lost/nodes/at/do/0/enter", "reference_in_use")]
    publish("care", journey(entry={"api": True}, title="二"))


def test_a_score_has_to_count_the_points_that_it_is_given() -> None:
    gives = journey({"at": {"do": [{"add_score": {"score": "activity", "points": 5}}], "next": "done"}, "done": DONE})
    put_in_force("scores", "activity", {"rules": [{"event": "Scan", "add": 5}]})
    assert refused("gives", gives) == [("nodes/at/do/0/add_score/score", "score_takes_no_points")]
    rule = {"event": "$points_given", "where": {"score": "activity"}, "add": 1, "per": "points"}
    put_in_force("scores", "activity", {"rules": [{"event": "Scan", "add": 5}, rule]})
    publish("gives", gives)
    with pytest.raises(Conflict):
        archive("activity", "scores")


def test_only_a_journey_that_waits_for_it_can_be_entered_from_another() -> None:
    sends_on = journey({"at": {"do": [{"enter": "care"}], "next": "done"}, "done": DONE})
    publish("care", unpaid())
    assert refused("first", sends_on) == [("nodes/at/do/0/enter", "journey_closed")]
    publish("care", journey(entry={"api": True}))
    publish("first", sends_on)
    with pytest.raises(Conflict) as error:
        archive("care")
    assert [(one.path, one.code) for one in error.value.faults] == [("journeys/first/nodes/at/do/0/enter", "reference_in_use")]


def test_journeys_that_would_set_one_another_going_for_ever_are_refused() -> None:
    publish("care", journey(entry={"api": True}))
    publish("first", journey(entry={"event": "$journey_exited", "where": {"journey": "care"}}))
    back = journey({"at": {"do": [{"enter": "care"}], "next": "done"}, "done": DONE}, entry={"event": "$journey_exited", "where": {"journey": "first"}})  # fmt: skip # noqa: E501
    assert refused("back", back) == [("entry", "definition_cycle")]
    assert refused("self", journey(entry={"event": "$journey_exited", "where": {"journey": "self"}})) == [("entry", "definition_cycle")]


def test_a_journey_that_is_heard_of_has_to_be_in_force() -> None:
    assert refused("a", journey(entry={"event": "$journey_exited", "where": {"journey": "none"}})) == [
        ("entry/where/journey", "reference_unknown")
    ]
