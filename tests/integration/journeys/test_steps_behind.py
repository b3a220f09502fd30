"""A step fails: nothing that its run has come to after it happens, whichever write tells of it, until it has been tried again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest

from chalicelib.dispatch import deciding
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.entrypoints import perform
from chalicelib.errors import Busy
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, Run, RunState, Send
from chalicelib.journeys.runs import joining, store
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import failing, guard, performing
from chalicelib.journeys.steps.failing import StepFailed
from chalicelib.messages.templates import published
from chalicelib.messages.templates.published import Template
from chalicelib.people.reading import person_of
from chalicelib.people.records import person_partition
from tests.integration.journeys.reminding import FAN, WHO
from tests.support.aws import Stack
from tests.support.deliveries import Context
from tests.support.journeys import Road, open_journeys

STRAIGHT: Final[dict[str, Any]] = {
    "entry": {"event": "Stuck"},
    "start": "offer",
    "nodes": {
        "offer": {"send": {"template": "points"}, "next": "note"},
        "note": {"do": [{"add_tag": "犹豫"}], "next": "more"},
        "more": {"send": {"template": "more"}, "next": "done"},
        "done": {"exit": "told"},
    },
}
TAPPED: Final[dict[str, Any]] = {
    "entry": {"event": "Stuck"},
    "start": "offer",
    "nodes": {
        "offer": {"send": {"template": "points"}, "next": "ear"},
        "ear": {"wait_for": {"event": "Tapped"}, "within": "1d", "then": "more", "else": "done"},
        "more": {"send": {"template": "more"}, "next": "note"},
        "note": {"do": [{"add_tag": "犹豫"}], "next": "done"},
        "done": {"exit": "told"},
    },
}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.office.template("more")
    return road


@contextmanager
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Enrolment]]:
    """The stream is behind: what is written meanwhile, in its order, is yet to be carried out."""
    written: list[Enrolment] = []
    with monkeypatch.context() as behind:
        behind.setattr(performing, "perform", lambda enrolments, _: written.extend(enrolments))
        yield written


@contextmanager
def gone(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[None]:
    """Templates of those names are in force no more."""
    real = published.in_force

    def in_force(name: str) -> Template | None:
        return None if name in names else real(name)

    with monkeypatch.context() as patched:
        patched.setattr(published, "in_force", in_force)
        yield


def run(road: Road) -> Run:
    return road.run(*WHO, "way")


def sent(road: Road) -> list[str]:
    """The nodes whose messages are there."""
    ids = {one.message: one.node for one in run(road).sent}
    found = [item["pk"]["S"] for item in road.office.stack.items("messages") if item["sk"]["S"] == "send"]
    return [ids.get(one, "unknown") for one in found]


def told(road: Road) -> list[str]:
    """What the journey has told of the person, and done to them."""
    shown = road.office.ring.ask(*WHO, "/timeline?limit=200&profile=true").json["items"]
    return sorted(one["name"] for one in shown if one["name"] in ("$journey_exited", "$tags_set"))


def tried_again(road: Road) -> None:
    """As an operator has it done."""

    def changed(enrolment: Enrolment, person: Any) -> Enrolment:
        charts = joining.charts_for([enrolment], "way")
        return engine.retried(charts, enrolment, lambda _: True, road.clock.now, view_of(person, road.clock.now))

    joining.change(person_of(identifier(*WHO)).id, "way", road.clock.now, changed)
    road.office.flow()


def stood_still(road: Road) -> None:
    """At the first step, and nothing has come of any."""
    found = run(road)
    assert (found.state, found.node, found.sent, sent(road), told(road)) == (RunState.FAILED, "offer", (), [], [])


def test_what_comes_after_a_step_that_failed_happens_once_when_it_was_tried_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", STRAIGHT)
    with gone(monkeypatch, "points"):
        road.does("Stuck", **FAN)
    stood_still(road)
    tried_again(road)
    assert (run(road).reason, sorted(sent(road))) == ("told", ["more", "offer"])
    assert told(road) == ["$journey_exited", "$tags_set"]


def test_a_step_that_was_tried_again_still_says_why_it_had_failed(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", STRAIGHT)
    with gone(monkeypatch, "points"):
        road.does("Stuck", **FAN)
    tried_again(road)
    visit = run(road).visits[0]
    assert (visit.outcome, visit.why) == ("next", {"failed": "template_unknown"})


def test_acts_behind_a_message_that_cannot_be_decided_are_not_done(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(orders: Sequence[Order], now: int) -> list[Message]:
        raise KeyError("something of theirs is missing")

    road.publish("way", STRAIGHT)
    with monkeypatch.context() as spoilt:
        spoilt.setattr(deciding, "begun_many", decided)
        road.does("Stuck", **FAN)
    stood_still(road)


def test_what_a_later_write_tells_of_is_left_out_too(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", TAPPED)
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
        road.does("Tapped", **FAN)
    assert run(road).reason == "told"
    with gone(monkeypatch, "points"):
        for _ in range(2):
            for one in written:  # each in a batch of its own
                performing.perform([one], road.clock.now)
    stood_still(road)


def test_in_one_batch_as_well(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", TAPPED)
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
        road.does("Tapped", **FAN)
    with gone(monkeypatch, "points"):
        performing.perform(written, road.clock.now)
    stood_still(road)


def test_a_step_whose_message_is_there_keeps_nothing_back_when_it_comes_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(orders: Sequence[Order], now: int) -> list[Message]:
        if any(one.template == "more" for one in orders):
            raise Busy("others are at it")
        return real(orders, now)

    road.publish("way", STRAIGHT)
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
    real = deciding.begun_many
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "begun_many", decided)
        with pytest.raises(Busy):
            performing.perform(written, road.clock.now)
    assert sent(road) == ["offer"]
    with gone(monkeypatch, "points"):
        performing.perform(written, road.clock.now)
    assert (run(road).reason, sorted(sent(road))) == ("told", ["more", "offer"])


def test_acts_that_fail_when_they_come_again_after_what_follows_them_do_not_put_the_run_back(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = STRAIGHT["nodes"] | {"note": {"do": [{"notify": {"to": [{"openid:wx1": "oMulan"}], "template": "word"}}], "next": "more"}}
    road.office.template("word")
    road.publish("way", STRAIGHT | {"nodes": nodes})
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
    performing.perform(written, road.clock.now)
    with gone(monkeypatch, "word"):
        performing.perform(written, road.clock.now)
    assert (run(road).reason, len(run(road).sent)) == ("told", 2)


def test_the_end_of_who_was_put_back_lets_nobody_into_another_journey(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", STRAIGHT)
    nodes = {"hold": {"wait": "1d", "next": "done"}, "done": {"exit": "told"}}
    road.publish("after", {"entry": {"event": "$journey_exited", "where": {"journey": "way"}}, "start": "hold", "nodes": nodes})
    with gone(monkeypatch, "more"):
        road.does("Stuck", **FAN)
    assert (run(road).node, road.enrolment(*WHO, "after").runs) == ("more", ())
    tried_again(road)
    assert [one.node for one in road.enrolment(*WHO, "after").runs] == ["hold"]


def test_the_guard_is_told_of_a_failure_once_however_often_it_comes(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[str] = []
    monkeypatch.setattr(guard, "failed", lambda journey, _: failures.append(journey))
    road.publish("way", STRAIGHT)
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
    (step,) = (one for one in written[0].outbox if isinstance(one, Send) and one.node == "offer")
    for _ in range(3):
        failing.fail(written[0], step, StepFailed("template_unknown", "no template points is in force"), road.clock.now)
    assert failures == ["way"]


def test_messages_of_a_run_that_is_over_are_refused_behind_a_step_as_well(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.publish("way", STRAIGHT | {"exit": [{"event": "Bought"}]})
    with late(monkeypatch) as written:
        road.does("Stuck", **FAN)
        road.does("Bought", **FAN)
    performing.perform(written[:1], road.clock.now)
    assert {road.office.find(one.message).state for one in run(road).sent} == {State.REFUSED}


def test_nobodys_later_steps_go_ahead_of_one_that_has_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, int]] = []

    def perform_once(enrolments: Sequence[Enrolment], _: int) -> None:
        if len(enrolments) > 1 or (enrolments[0].person, enrolments[0].rev) == ("p_1", 1):
            raise Busy("others are at it")
        done.extend((one.person, one.rev) for one in enrolments)

    monkeypatch.setattr(performing, "perform", perform_once)
    written = [Enrolment(who, "stuck", rev=rev) for who, rev in (("p_1", 1), ("p_2", 1), ("p_1", 2))]
    records = [
        {
            "dynamodb": {
                "SequenceNumber": str(place),
                "Keys": {"pk": {"S": person_partition(one.person)}, "sk": {"S": "stuck"}},
                "NewImage": one,
            }
        }
        for place, one in enumerate(written)
    ]
    monkeypatch.setattr(store, "of_image", lambda image: image)
    answer = perform.perform({"Records": records}, Context("perform", "r1"))
    assert done == [("p_2", 1)]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]}
