"""Broadcasts as operators see them: whom one would reach, making it once, how far it is, what came of it, and holding it."""

from typing import Any

import pytest

from chalicelib.audiences import planbook
from chalicelib.audiences.membership_records import SHARDS
from chalicelib.broadcasts import preview
from chalicelib.definitions import store as definitions
from chalicelib.dispatch import tallies
from chalicelib.dispatch.model import SourceKind
from chalicelib.dispatch.tally_sheets import Credit
from chalicelib.entrypoints import fan_out
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from infra.mappings import FAN_OUT
from tests.support.aws import Stack
from tests.support.living import PASS, does, put_in_force
from tests.support.messages import CHANNELS, Office, open_office

PATH = "/v1/broadcasts"
SEGMENT = {"where": {"event": "SignedUp", "count": {"gte": 1}}}
WANTED = {"key": "spring", "segment": "everybody", "template": "points"}
SENT = Outcome(Result.SENT, provider_id="1")
HOUR = 3_600_000


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Two fans, a phone, and somebody whom nobody can reach, in a segment."""
    made = open_office(stack, monkeypatch)
    made.clock.install(monkeypatch, fan_out)
    made.ring.pump.queue(FAN_OUT, fan_out.fan_out)
    put_in_force(made.ring, segments__everybody=SEGMENT, segments__shy={"where": {"event": "Hid", "count": {"gte": 1}}})
    made.person(openid__wx1="oMulan")
    made.person(openid__wx1="oHao", mobile="13900000001")
    made.person(mobile="13900000002")
    made.person(device_id="d1")
    for _ in range(2):
        made.later(PASS)
    assert planbook.stored().passed == planbook.newest().version
    return made


def ask(office: Office, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = office.ring.operator.call(method, path, body)
    assert answer.status == status, answer.json
    return answer.json


def make(office: Office, **more: Any) -> Any:
    return ask(office, "POST", PATH, WANTED | more, 201)


def run(office: Office, **more: Any) -> str:
    """Makes one, and lets everything happen up to the channels' queues."""
    made = make(office, **more)
    office.flow()
    office.later(HOUR)
    return str(made["id"])


def refused(office: Office, **more: Any) -> list[tuple[str, str]]:
    answer = ask(office, "POST", PATH, WANTED | more, 422)
    return [(one["path"], one["code"]) for one in answer["errors"]]


# ---- making ----


def test_everybody_is_told_by_the_channel_that_reaches_them(office: Office) -> None:
    one = run(office)
    assert len(office.call(ChannelName.TEMPLATE, SENT)) == 2
    assert len(office.call(ChannelName.SMS, SENT)) == 1
    shown = ask(office, "GET", f"{PATH}/{one}")
    assert (shown["state"], shown["phase"], shown["progress"]["share"]) == ("done", "done", 1.0)
    assert (shown["progress"]["expected"], shown["progress"]["begun"]) == (4, 4)
    report = shown["report"]
    assert (report["messages"], report["sent"], report["refused"]) == (4, 3, 1)
    assert report["reasons"] == {"refused": {"no_address": 1}}
    assert {name: counts["sent"] for name, counts in report["channels"].items()} == {"template": 2, "sms": 1}


def test_the_same_key_is_the_same_broadcast(office: Office) -> None:
    assert make(office)["id"] == make(office)["id"]
    office.flow()
    assert len(ask(office, "GET", PATH)["items"]) == 1
    assert len(office.waiting(ChannelName.TEMPLATE)) == 2


def test_a_key_of_another_request_is_refused(office: Office) -> None:
    make(office)
    answer = ask(office, "POST", PATH, WANTED | {"channels": ["sms"]}, 409)
    assert answer["code"] == "key_reused"


def test_the_version_that_was_in_force_when_it_was_asked_for_goes_out(office: Office) -> None:
    make(office)
    office.template(category="transactional")
    office.flow()
    (shown,) = ask(office, "GET", PATH)["items"]
    assert (shown["version"], shown["category"]) == (1, "service")
    assert make(office)["id"] == shown["id"]


def test_a_version_published_the_moment_before_is_the_one_that_goes_out(office: Office) -> None:
    published.in_force("points")  # remembered for a minute
    definitions.draft("templates", "points", {"category": "transactional", "channels": CHANNELS}, by="test", at=office.clock.now)
    definitions.publish("templates", "points", by="test", at=office.clock.now)
    assert (make(office)["version"], make(office)["category"]) == (2, "transactional")


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({"segment": "nobody"}, [("segment", "segment_unknown")]),
        ({"except": ["shy", "nobody"]}, [("except/1", "segment_unknown")]),
        ({"template": "nothing"}, [("template", "template_unknown")]),
        ({"channels": ["sms", "push"]}, [("channels/1", "channel_missing")]),
        ({"at": "tomorrow"}, [("at", "time_invalid")]),
        ({"at": "2100-01-01T00:00:00Z"}, [("at", "time_invalid")]),
        ({"expires_in": "soon"}, [("expires_in", "duration_invalid")]),
        ({"data": {"text": "春" * 6_000}}, [("data", "data_too_large")]),  # it is kept with every message
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_the_place(office: Office, more: dict[str, Any], places: list[tuple[str, str]]) -> None:
    assert refused(office, **more) == places


def test_people_of_an_excepted_segment_are_not_told(office: Office) -> None:
    does(office.ring, "Hid", openid__wx1="oMulan")
    run(office, **{"except": ["shy"]})
    assert len(office.waiting(ChannelName.TEMPLATE)) == 1


def test_broadcasts_are_listed_the_newest_first_page_by_page(office: Office) -> None:
    made = []
    for number in range(3):
        made.append(make(office, key=f"k{number}")["id"])
        office.later(1000)
    first = ask(office, "GET", f"{PATH}?limit=2")
    rest = ask(office, "GET", f"{PATH}?limit=2&cursor={first['next']}")
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == made[::-1]
    assert rest["next"] is None
    ask(office, "GET", f"{PATH}?cursor=WyJvdGhlciIsIngiXQ", status=400)


def test_there_is_no_broadcast_of_another_id(office: Office) -> None:
    for method, path in (("GET", "b_0"), ("POST", "b_0/pause"), ("POST", "b_0/resume"), ("POST", "b_0/cancel")):
        ask(office, method, f"{PATH}/{path}", status=404)


# ---- holding ----


def test_paused_resumed_and_cancelled(office: Office) -> None:
    one = make(office)["id"]
    assert ask(office, "POST", f"{PATH}/{one}/pause")["state"] == "paused"
    office.flow()
    assert office.waiting(ChannelName.TEMPLATE) == []
    assert ask(office, "POST", f"{PATH}/{one}/resume")["state"] == "scheduled"
    office.flow()
    assert len(office.waiting(ChannelName.TEMPLATE)) == 2
    assert ask(office, "POST", f"{PATH}/{one}/cancel")["state"] == "cancelled"
    assert ask(office, "POST", f"{PATH}/{one}/resume", status=409)["code"] == "broadcast_cancelled"


# ---- preview ----


def test_a_preview_tells_whom_it_would_reach_by_which_channel_and_whom_not_and_why(office: Office) -> None:
    shown = ask(office, "POST", f"{PATH}/preview", {"segment": "everybody", "template": "points"})
    assert (shown["checked"], shown["reached"], shown["complete"], shown["cursor"]) == (4, 3, True, None)
    assert shown["channels"] == {"template": 2, "sms": 1}
    assert shown["refusals"] == {"no_address": 1}
    only = ask(office, "POST", f"{PATH}/preview", {"segment": "everybody", "template": "points", "channels": ["sms"]})
    assert (only["channels"], only["refusals"]) == ({"sms": 2}, {"no_address": 2})


def test_a_preview_sends_and_reserves_nothing(office: Office) -> None:
    before = office.stack.items("contacts")
    ask(office, "POST", f"{PATH}/preview", {"segment": "everybody", "template": "points"})
    office.flow()
    assert (office.stack.items("contacts"), office.stack.items("messages")) == (before, [])


def test_a_preview_cut_into_several_calls_says_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "BUDGET_MS", 0)
    monkeypatch.setattr(preview, "PAGE", 1)
    wanted = {"segment": "everybody", "template": "points"}
    shown, calls = ask(office, "POST", f"{PATH}/preview", wanted), 1
    while not shown["complete"]:
        shown, calls = ask(office, "POST", f"{PATH}/preview", wanted | {"cursor": shown["cursor"]}), calls + 1
    assert (shown["checked"], shown["channels"], shown["refusals"]) == (4, {"template": 2, "sms": 1}, {"no_address": 1})
    assert calls >= SHARDS


def test_a_cursor_of_another_preview_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "BUDGET_MS", 0)
    cursor = ask(office, "POST", f"{PATH}/preview", {"segment": "everybody", "template": "points"})["cursor"]
    ask(office, "POST", f"{PATH}/preview", {"segment": "everybody", "template": "points", "strict": True, "cursor": cursor}, 400)


# ---- reports ----


def test_the_report_goes_along_with_what_becomes_of_the_messages(office: Office) -> None:
    one = run(office, channels=["sms"])
    counts = [ask(office, "GET", f"{PATH}/{one}")["report"]]
    office.call(ChannelName.SMS, SENT)
    counts.append(ask(office, "GET", f"{PATH}/{one}")["report"])
    assert [(found["waiting"], found["sent"], found["refused"]) for found in counts] == [(2, 0, 2), (0, 2, 2)]


def test_who_leaves_after_a_message_counts_for_it_once(office: Office) -> None:
    one = run(office)
    sent = office.call(ChannelName.TEMPLATE, SENT)
    for _ in range(2):
        tallies.credit(office.find(sent[0]), Credit.UNFOLLOWED)
    report = ask(office, "GET", f"{PATH}/{one}")["report"]
    assert (report["unfollowed"], report["unfollow_rate"]) == (1, 0.5)
    assert report["channels"]["template"]["unfollowed"] == 1


def test_a_templates_report_counts_broadcasts_and_what_was_asked_for_by_itself(office: Office) -> None:
    run(office)
    alone = office.ask("mobile", "13900000002", "alone")
    office.flow()
    assert office.find(alone).order.source.kind is SourceKind.API
    office.later(1000)
    shown = ask(office, "GET", "/v1/templates/points/report")
    assert (shown["broadcasts"], shown["report"]["messages"]) == (1, 5)
    assert shown["report"]["channels"]["sms"]["messages"] == 2
    earlier = ask(office, "GET", f"/v1/templates/points/report?to={office.clock.now - 2 * HOUR}")
    assert (earlier["broadcasts"], earlier["report"]["messages"]) == (0, 0)
    ask(office, "GET", "/v1/templates/other/report", status=404)
    ask(office, "GET", "/v1/templates/points/report?from=1", status=400)


def test_a_deferred_message_is_counted_with_what_it_waits_for(office: Office) -> None:
    policy = {"quiet_hours": [{"from": "00:00", "to": "23:59"}]}
    office.publish("contact-policies", "shop", policy)
    one = make(office)["id"]
    office.flow()
    report = ask(office, "GET", f"{PATH}/{one}")["report"]
    assert report["deferred"] == 3
    assert report["reasons"]["deferred"] == {"quiet_hours": 3}
