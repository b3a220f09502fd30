"""What `do` nodes do to and for a person, and what happens when it cannot be done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.dispatch.model import Message, SourceKind, State
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.arrivals import MOST_DEEP
from chalicelib.journeys.engine.model import Enrolment, RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Journeys
from chalicelib.journeys.runs import joining
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import moving_on, ordering
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.model import Person
from chalicelib.people.reading import person_of
from tests.support.aws import Stack
from tests.support.journeys import GRACE, Road, open_journeys

FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")
ANNA: Final = {"user_id": "anna", "mobile": "13900000009"}
HOOK: Final[dict[str, Any]] = {
    "account": "crm",
    "type": "lead",
    "data": {"of": "{{ data.of }}", "order": "{{ entry.properties.order_id }}"},
}
LEAD: Final[dict[str, Any]] = {
    "account": "aliyun",
    "provider": "aliyun",
    "signature": "旗舰店",
    "template": "SMS_9",
    "text": "请联系${name}。",
    "variables": {"name": "{{ data.person.attributes.name | default: '客户' }}"},
}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody on the way, and Anna of the shop."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.office.person(**ANNA)
    return road


def acting(*acts: dict[str, Any], name: str = "acting", entry: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """A journey that does nothing else."""
    nodes = {"act": {"do": list(acts), "next": "done"}, "done": {"exit": "acted"}}
    return name, {"entry": entry or {"event": "Stuck", "re_entry": {"policy": "always"}}, "start": "act", "nodes": nodes}


def sent_to(road: Road, *who: str) -> Sequence[Message]:
    """The messages of journeys to a person."""
    person = person_of(identifier(*who)).id
    found = [road.office.find(item["pk"]["S"]) for item in road.office.stack.items("messages") if item["sk"]["S"] == "send"]
    return [one for one in found if one.order.person == person and one.order.source.kind is SourceKind.JOURNEY]


def attributes(road: Road) -> dict[str, Any]:
    """What is known of the person."""
    found: dict[str, Any] = road.office.ring.person(*WHO)["attributes"]
    return found


def test_attributes_are_set_and_unset_in_the_order_of_the_acts(road: Road) -> None:
    road.publish(*acting({"set": {"step": 3, "city": "西安"}}, {"set": {"step": 4}}, {"unset": ["city"]}))
    road.does("Stuck", **FAN)
    assert attributes(road) == {"step": 4}


def test_tags_are_given_and_taken_as_by_hand(road: Road) -> None:
    road.publish(*acting({"add_tag": "犹豫"}, {"add_tag": "新客"}, {"remove_tag": "犹豫"}))
    road.does("Stuck", **FAN)
    assert [(one["name"], one["by"]) for one in road.office.ring.person(*WHO)["tags"]] == [("新客", "manual")]


def test_a_score_counts_the_points_that_it_is_given_once(road: Road) -> None:
    rule = {"event": "$points_given", "where": {"score": "loyalty"}, "add": 1, "per": "points"}
    road.office.publish("scores", "loyalty", {"rules": [rule]})
    road.later(120_000)
    road.publish(*acting({"add_score": {"score": "loyalty", "points": 7}}))
    road.does("Stuck", **FAN)
    assert road.office.ring.person(*WHO)["scores"]["loyalty"]["value"] == 7


def test_journeys_that_give_points_for_points_come_to_an_end(road: Road) -> None:
    rule = {"event": "$points_given", "where": {"score": "loyalty"}, "add": 1, "per": "points"}
    road.office.publish("scores", "loyalty", {"rules": [rule]})
    road.later(120_000)
    again = {"event": "$points_given", "where": {"score": "loyalty"}, "re_entry": {"policy": "always"}}
    road.publish(*acting({"add_score": {"score": "loyalty", "points": 1}}, entry=again))
    road.publish(*acting({"add_score": {"score": "loyalty", "points": 1}}, name="first"))
    road.does("Stuck", **FAN)
    assert road.office.ring.person(*WHO)["scores"]["loyalty"]["value"] == 1 + MOST_DEEP


def test_a_server_is_told_with_what_the_run_knows(road: Road) -> None:
    road.office.template("crm", channels={"webhook": HOOK})
    road.publish(*acting({"webhook": "crm", "data": {"of": "lead"}}))
    road.does("Stuck", {"order_id": "o7"}, **FAN)
    (message,) = sent_to(road, *WHO)
    assert message.trip is not None
    assert (message.trip.channel, message.trip.body["data"]) == (ChannelName.WEBHOOK, {"of": "lead", "order": "o7"})


def test_the_staff_are_told_who_is_stuck(road: Road) -> None:
    road.office.template("lead", channels={"sms": LEAD})
    road.publish(*acting({"set": {"name": "木兰", "age": 30}}, name="naming", entry={"event": "Named"}))
    road.publish(*acting({"notify": {"template": "lead", "to": [{"user_id": "anna"}, {"user_id": "nobody"}]}}))
    road.does("Named", **FAN)
    road.does("Stuck", **FAN)
    (message,) = sent_to(road, "user_id", "anna")
    assert message.order.data == {"journey": "acting", "person": {"id": person_of(identifier(*WHO)).id, "attributes": {"name": "木兰"}}}
    assert message.trip is not None
    assert message.trip.body["variables"] == {"name": "木兰"}


def test_a_step_that_tells_nobody_who_is_known_has_failed(road: Road) -> None:
    road.office.template("lead", channels={"sms": LEAD})
    road.publish(*acting({"notify": {"template": "lead", "to": [{"user_id": "nobody"}]}}))
    road.does("Stuck", **FAN)
    run = road.run(*WHO, "acting")
    assert (run.state, run.node, run.reason) == (RunState.FAILED, "act", "staff_unknown")


def test_a_journey_leads_into_another(road: Road) -> None:
    road.publish(*acting({"set": {"welcomed": True}}, name="welcome", entry={"api": True}))
    road.publish(*acting({"enter": "welcome", "key": "entry.properties.order_id"}))
    road.does("Stuck", {"order_id": "o7"}, **FAN)
    run = road.run(*WHO, "welcome")
    assert (run.key, run.by, run.depth) == ("o7", identifier(*WHO).key, 1)
    assert attributes(road) == {"welcomed": True}


def test_what_let_somebody_in_is_handed_on_and_the_other_journey_keeps_what_it_asks_for(road: Road) -> None:
    name, welcome = acting({"set": {"welcomed": True}}, name="welcome", entry={"api": True})
    road.publish(name, welcome | {"exit": [{"event": "Paid", "match": {"order_id": "entry.properties.order_id"}}]})
    road.publish(*acting({"enter": "welcome"}))
    road.does("Stuck", {"order_id": "o7", "note": "long"}, **FAN)
    assert road.run(*WHO, "welcome").entry["properties"] == {"order_id": "o7"}


def test_points_of_a_step_that_is_tried_again_are_given_once(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = {"event": "$points_given", "where": {"score": "loyalty"}, "add": 1, "per": "points"}
    road.office.publish("scores", "loyalty", {"rules": [rule]})
    road.later(120_000)
    road.office.template("crm", channels={"webhook": HOOK})
    road.publish(*acting({"add_score": {"score": "loyalty", "points": 7}}, {"webhook": "crm", "data": {"of": "lead"}}))
    with monkeypatch.context() as gone:
        gone.setattr(published, "in_force", lambda _: None)
        road.does("Stuck", **FAN)
    assert road.run(*WHO, "acting").state is RunState.FAILED
    road.later(3_600_000)

    def again(enrolment: Enrolment, person: Person) -> Enrolment:
        charts = joining.charts_for([enrolment], "acting")
        return engine.retried(charts, enrolment, lambda _: True, road.clock.now, view_of(person, road.clock.now))

    joining.change(person_of(identifier(*WHO)).id, "acting", road.clock.now, again)
    road.office.flow()
    assert (road.run(*WHO, "acting").reason, len(sent_to(road, *WHO))) == ("acted", 1)
    assert road.names(*WHO).count("$points_given") == 1


PAID: Final = [{"event": "Paid"}]


def waiting(road: Road, *acts: dict[str, Any]) -> None:
    """Acts after an hour, unless somebody pays; then a day is waited."""
    nodes = {"hold": {"wait": "1h", "next": "act"}, "act": {"do": list(acts), "next": "rest"}, "rest": {"wait": "1d", "next": "done"}}
    road.publish("acting", {"entry": {"event": "Stuck"}, "exit": PAID, "start": "hold", "nodes": {**nodes, "done": {"exit": "acted"}}})
    road.does("Stuck", **FAN)


def test_no_server_is_told_of_whoever_left_between_the_step_and_its_call(road: Road) -> None:
    road.office.template("crm", channels={"webhook": HOOK})
    waiting(road, {"webhook": "crm", "data": {"of": "lead"}})
    road.pass_by(3_600_000 + GRACE)
    moving_on.look_at(person_of(identifier(*WHO)).id, "acting", road.clock.now)
    road.tells("Paid", {}, *WHO)
    road.office.flow()
    (message,) = sent_to(road, *WHO)
    assert (message.state, message.reason) == (State.REFUSED, ordering.EXITED)


def test_whoever_leaves_has_the_messages_of_acts_called_back_too(road: Road) -> None:
    road.office.template("lead", channels={"sms": LEAD})
    waiting(road, {"notify": {"template": "lead", "to": [{"user_id": "anna"}]}})
    road.later(3_600_000 + GRACE)
    (before,) = sent_to(road, "user_id", "anna")
    road.does("Paid", **FAN)
    (after,) = sent_to(road, "user_id", "anna")
    assert (before.state, after.state, after.reason) == (State.QUEUED, State.REFUSED, ordering.EXITED)


def test_leading_into_a_journey_that_is_archived_fails(road: Road) -> None:
    road.publish(*acting({"set": {"welcomed": True}}, name="welcome", entry={"api": True}))
    road.publish(*acting({"enter": "welcome"}))
    standing = book.current().standing("welcome")
    assert standing is not None
    archived = Journeys([*(one for name in ("acting",) if (one := book.current().standing(name))), replace(standing, version=0)])
    book.forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "current", lambda: archived)
        road.does("Stuck", **FAN)
    run = road.run(*WHO, "acting")
    assert (run.state, run.node, run.reason) == (RunState.FAILED, "act", "journey_unknown")


def test_leading_into_a_journey_with_keys_takes_a_key(road: Road) -> None:
    road.publish(*acting({"set": {"welcomed": True}}, name="welcome", entry={"api": True, "key": "key"}))
    road.publish(*acting({"enter": "welcome", "key": "entry.properties.order_id"}))
    road.does("Stuck", **FAN)
    assert (road.run(*WHO, "acting").state, road.run(*WHO, "acting").reason) == (RunState.FAILED, "key_missing")
