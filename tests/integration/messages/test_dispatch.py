"""A message from the asking to the last receipt: every state by the stream of the one before, each told on the person's timeline."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.channels.mass_jobs import JobDone
from chalicelib.dispatch import asking
from chalicelib.dispatch.followups import AT_ONCE, carry_out
from chalicelib.dispatch.model import State
from chalicelib.dispatch.news import Click, Followup, Job, Left, Receipt, Reply, body_of, followup_of
from chalicelib.dispatch.tally_sheets import Credit
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Fate, Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.living import DAY, HOUR
from tests.support.messages import APPID, CHANNELS, Office, open_office
from tests.support.ring import MINUTE, event

WX, MULAN = f"openid:{APPID}", "oMulan"
PHONE = "13900000001"
ALWAYS = {"from": "00:00", "to": "24:00", "timezone": "Asia/Shanghai"}
SENT = Outcome(Result.SENT, provider_id="88")
BLOCKED = Outcome(Result.UNREACHABLE, Reason.ADDRESS_INVALID)


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = open_office(stack, monkeypatch)
    made.person(openid__wx1=MULAN, mobile=PHONE)
    return made


def receipt(fate: Fate = Fate.DELIVERED, reason: str = "", number: str = "88", **more: Any) -> Receipt:
    of: dict[str, Any] = {"channel": ChannelName.TEMPLATE, "account": APPID, "at": 0}
    return Receipt(fate=fate, reference=number, reason=reason, **{**of, **more})


def test_a_message_goes_round_the_ring(office: Office) -> None:
    message = office.ask(WX, MULAN, event={"name": "PointsChanged", "properties": {"points": 7}})
    office.flow()
    assert office.states(message) == ["accepted", "queued"]
    assert office.trip(message).body["data"]["number2"]["value"] == "7"
    office.clock.pass_by(1000)
    assert office.call(ChannelName.TEMPLATE, SENT) == [message]
    office.clock.pass_by(1000)
    office.back(receipt(at=office.clock.now))
    office.clock.pass_by(1000)
    office.back(Click(message, office.clock.now, "0"))
    assert office.states(message) == ["accepted", "queued", "claimed", "sent", "delivered", "clicked"]
    assert office.told(WX, MULAN) == ["$message_sent", "$message_delivered", "$message_clicked"]


def test_who_follows_gets_the_template_message_and_who_does_not_the_sms(office: Office) -> None:
    office.person(mobile="13900000002")
    follower, stranger = office.ask(WX, MULAN), office.ask("mobile", "13900000002", key="2")
    office.flow()
    assert [due.id for due in office.waiting(ChannelName.TEMPLATE)] == [follower]
    assert [due.id for due in office.waiting(ChannelName.SMS)] == [stranger]


def test_the_persons_favourite_channel_goes_first_unless_the_message_is_strict(office: Office) -> None:
    told = event("SignedUp", HOUR, mobile=PHONE) | {"attributes": {"set": {"preferred_channel": "sms"}}}
    assert office.ring.send(told).json["rejected"] == []
    office.flow()
    asked = office.ask(WX, MULAN), office.ask(WX, MULAN, key="2", strict=True)
    office.flow()
    assert [office.trip(one).channel for one in asked] == [ChannelName.SMS, ChannelName.TEMPLATE]


def test_asking_twice_is_one_message(office: Office) -> None:
    order = office.order(WX, MULAN)
    assert asking.ask([order, order], office.clock.now) == [True, False]
    office.flow()
    assert asking.ask([order], office.clock.now) == [False]
    office.flow()
    assert len(office.waiting(ChannelName.TEMPLATE)) == 1


def test_after_a_known_failure_the_next_channel_takes_the_message(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, BLOCKED)
    assert office.states(message) == ["accepted", "queued", "claimed", "failed", "queued"]
    office.clock.pass_by(1000)
    assert office.call(ChannelName.SMS, SENT) == [message]
    assert office.told(WX, MULAN) == ["$message_failed", "$message_sent"]
    assert [(one.channel, one.result) for one in office.find(message).tried] == [(ChannelName.TEMPLATE, "failed")]


def test_a_receipt_that_says_failed_is_a_known_failure(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.back(receipt(Fate.FAILED, Reason.ADDRESS_BLOCKED))
    assert office.trip(message).channel is ChannelName.SMS
    assert office.find(message).state is State.QUEUED


def test_with_no_channel_left_it_stays_failed(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, BLOCKED)
    office.call(ChannelName.SMS, BLOCKED)
    assert office.find(message).state is State.FAILED
    assert [office.waiting(one) for one in (ChannelName.TEMPLATE, ChannelName.SMS)] == [[], []]


def test_an_unknown_outcome_never_moves_to_another_channel(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT))
    office.later(5 * DAY)
    assert office.find(message).state is State.UNKNOWN
    assert office.waiting(ChannelName.SMS) == []
    assert office.told(WX, MULAN) == ["$message_unknown"]


def test_one_that_was_taken_on_stays_the_only_one_without_a_time_for_its_receipt(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.later(5 * DAY)
    assert office.find(message).state is State.SENT
    assert office.waiting(ChannelName.SMS) == []


def test_without_a_receipt_in_time_the_next_channel_is_tried(office: Office) -> None:
    office.template(receipt_within="10m")
    message = office.ask(WX, MULAN, version=2)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.later(9 * MINUTE)
    assert office.find(message).state is State.SENT
    office.later(MINUTE)
    found = office.find(message)
    assert (found.state, found.reason, office.trip(message).channel) == (State.QUEUED, "receipt_overdue", ChannelName.SMS)
    office.back(receipt(at=office.clock.now))
    assert office.find(message).state is State.DELIVERED
    office.call(ChannelName.SMS, SENT)
    assert office.find(message).state is State.DELIVERED


def test_a_receipt_in_time_keeps_the_message_where_it_is(office: Office) -> None:
    office.template(receipt_within="2h")
    message = office.ask(WX, MULAN, version=2)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.later(HOUR)
    office.back(receipt(at=office.clock.now))
    office.later(2 * HOUR)
    assert office.states(message) == ["accepted", "queued", "claimed", "sent", "delivered"]
    assert office.waiting(ChannelName.SMS) == []


def test_a_channel_with_nothing_to_say_to_this_person_is_passed_over(office: Office) -> None:
    channels = {"template": CHANNELS["template"] | {"data": {"thing1": "{{ data.name }}"}}, "sms": CHANNELS["sms"]}
    office.template(channels=channels)
    message = office.ask(WX, MULAN, version=2)
    only = office.ask(WX, MULAN, key="2", version=2, channels=(ChannelName.TEMPLATE,))
    office.flow()
    assert office.trip(message).channel is ChannelName.SMS
    assert (office.find(only).state, office.find(only).reason) == (State.REFUSED, "variable_missing")
    why = office.find(only).why
    assert why is not None
    assert why["wordless"] == [{"channel": "template", "account": APPID, "reason": "variable_missing"}]


@pytest.mark.parametrize(("change", "reason"), [({"version": 9}, "template_unknown"), ({"person": "p_nobody"}, "person_unknown")])
def test_what_nobody_knows_is_refused(office: Office, change: dict[str, Any], reason: str) -> None:
    order = office.order(WX, MULAN)
    changed = office.order(WX, MULAN, **change) if "version" in change else type(order)(**{**_fields(order), **change})
    asking.ask([changed], office.clock.now)
    office.flow()
    assert (office.find(changed.id).state, office.find(changed.id).reason) == (State.REFUSED, reason)


def test_quiet_hours_hold_a_message_until_they_are_over(office: Office) -> None:
    ends = _clock(office.clock.now + 2 * HOUR)
    office.publish("contact-policies", "ours", {"quiet_hours": [{"from": _clock(office.clock.now - HOUR), "to": ends, "action": "wait"}]})
    message = office.ask(WX, MULAN)
    office.flow()
    assert (office.find(message).state, office.find(message).reason) == (State.DEFERRED, "quiet_hours")
    office.later(HOUR)
    assert office.find(message).state is State.DEFERRED
    office.later(HOUR + MINUTE)
    assert office.find(message).state is State.QUEUED
    office.call(ChannelName.TEMPLATE, SENT)
    assert office.told(WX, MULAN) == ["$message_deferred", "$message_sent"]


def test_what_is_worth_nothing_when_its_time_comes_is_refused(office: Office) -> None:
    ends = _clock(office.clock.now + 2 * HOUR)
    office.publish("contact-policies", "ours", {"quiet_hours": [{"from": _clock(office.clock.now - HOUR), "to": ends, "action": "wait"}]})
    message = office.ask(WX, MULAN, expires=office.clock.now + 2 * HOUR + MINUTE)
    office.flow()
    office.clock.pass_by(3 * HOUR)
    office.later(HOUR)
    assert (office.find(message).state, office.find(message).reason) == (State.REFUSED, "expired")
    assert office.told(WX, MULAN) == ["$message_deferred", "$message_refused"]


def test_a_receipt_that_overtakes_the_record_of_its_message_waits_for_it(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    office.back(receipt(at=office.clock.now))
    assert office.find(message).state is State.QUEUED
    office.call(ChannelName.TEMPLATE, SENT)
    office.later(MINUTE)
    assert office.find(message).state is State.DELIVERED


def test_a_receipt_of_nobodys_message_is_let_go(office: Office) -> None:
    office.back(receipt(number="99"))
    for _ in range(12):
        office.later(15 * MINUTE)
    assert office.stack.messages("followups") == []
    assert office.stack.messages("dead-letters") == []


def test_the_end_of_a_mass_message_is_a_receipt_for_each_where_the_platform_says_who_got_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, now = "1" * 32, office.clock.now
    jobs = {"7": JobDone("g", Fate.DELIVERED, "", (message,), {}), "8": JobDone("h", None, "", (message,), {})}
    monkeypatch.setattr("chalicelib.channels.mass_jobs.finished", lambda *asked: jobs.get(asked[1]["MsgID"]))
    put: list[Any] = []
    monkeypatch.setattr("chalicelib.dispatch.queue.follow_up", lambda *asked: put.append(asked))
    for number in ("7", "8", "9"):  # of the second nobody can say who got it, the third nobody knows yet
        carry_out(Job(APPID, {"MsgID": number}, now), 0, now)
    each, back = put
    assert each == ([Receipt(ChannelName.MASS, APPID, Fate.DELIVERED, now, message=message)],)
    assert back == ([Job(APPID, {"MsgID": "9"}, now)], 5, 1)


def test_the_end_of_a_mass_message_to_very_many_is_told_part_by_part(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    members, now = tuple(f"{number:032x}" for number in range(2 * AT_ONCE + 1)), office.clock.now
    monkeypatch.setattr("chalicelib.channels.mass_jobs.finished", lambda *_: JobDone("g", Fate.FAILED, "why", members, {}))
    parts: list[list[str]] = []
    waiting: list[Followup] = [Job(APPID, {"MsgID": "7"}, now)]

    def put(followups: Sequence[Followup]) -> None:
        parts.append([one.message for one in followups if isinstance(one, Receipt)])
        waiting.extend(followup_of(body_of(one))[0] for one in followups if isinstance(one, Job))

    monkeypatch.setattr("chalicelib.dispatch.queue.follow_up", put)
    while waiting:
        carry_out(waiting.pop(), 0, now)
    assert max(map(len, parts)) == AT_ONCE
    assert [one for part in parts for one in part] == list(members)


def test_who_answers_an_sms_with_stop_gets_no_more_advertising_by_sms(office: Office) -> None:
    office.publish("contact-policies", "ours", {"consent": {"marketing": {"sms": "assumed"}}, "marketing_sms_hours": ALWAYS})
    office.template(category="marketing", channels={"sms": CHANNELS["sms"] | {"text": "${points}，拒收请回复R"}})
    wanted: dict[str, Any] = {"version": 2, "category": Category.MARKETING}
    before = office.ask(WX, MULAN, **wanted)
    office.flow()
    office.back(Reply("aliyun", PHONE, "R", office.clock.now, True, "r1"), Reply("aliyun", PHONE, "谢谢", office.clock.now, False, "r2"))
    after = office.ask(WX, MULAN, key="2", **wanted)
    office.flow()
    assert [office.find(one).state for one in (before, after)] == [State.QUEUED, State.REFUSED]
    assert office.find(after).reason == "consent_refused"


def test_a_fan_who_leaves_soon_after_a_message_is_counted_against_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    credited: list[tuple[str, Any]] = []
    monkeypatch.setattr("chalicelib.dispatch.tallies.credit", lambda message, what: credited.append((message.id, what)))
    sent = [told(office, key, SENT) for key in "12"]
    told(office, "failed", Outcome(Result.REFUSED, Reason.CONTENT_REFUSED))
    told(office, "unknown", Outcome(Result.UNKNOWN))
    office.ask(WX, MULAN, key="waits")
    office.flow()
    office.back(Left(APPID, MULAN, office.find(sent[1]).at + 47 * HOUR), Left(APPID, "oNobody", office.clock.now))
    assert credited == [(sent[1], Credit.UNFOLLOWED)]
    office.back(Left(APPID, MULAN, office.find(sent[1]).at + 49 * HOUR))
    assert len(credited) == 1


def test_a_fan_who_left_before_the_newest_message_went_out_is_counted_against_the_one_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    credited: list[str] = []
    monkeypatch.setattr("chalicelib.dispatch.tallies.credit", lambda message, _: credited.append(message.id))
    first, second = told(office, "1", SENT), told(office, "2", Outcome(Result.SENT, provider_id="89"))
    office.back(receipt(number="88", at=office.clock.now))
    office.back(Left(APPID, MULAN, office.find(second).at - 1))
    assert credited == [first]


def told(office: Office, key: str, outcome: Outcome) -> str:
    """A message by WeChat and what came of the call, an hour after the one before."""
    message = office.ask(WX, MULAN, key=key, channels=(ChannelName.TEMPLATE,))
    office.flow()
    office.clock.pass_by(HOUR)
    office.call(ChannelName.TEMPLATE, outcome)
    return message


def test_what_no_message_can_be_made_of_goes_to_the_dead_letters(office: Office) -> None:
    table = office.stack.client("dynamodb")
    table.put_item(TableName=office.stack.table("messages"), Item={"pk": {"S": "x"}, "sk": {"S": "send"}, "v": {"N": "1"}})
    office.stack.client("sqs").send_message(QueueUrl=office.stack.queue_url("followups"), MessageBody='{"kind": "gossip"}')
    good = office.ask(WX, MULAN)
    office.flow()
    assert sorted(json.loads(one)["function"] for one in office.stack.messages("dead-letters")) == ["dispatch", "follow_up"]
    assert office.find(good).state is State.QUEUED


def test_what_cannot_be_carried_out_is_kept_as_it_is_until_somebody_mends_the_cause(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.setattr("chalicelib.dispatch.followups.carry_out", broken)
    left = Left(APPID, MULAN, office.clock.now)
    office.back(left)
    assert [followup_of(one) for one in office.stack.messages("followups-dlq")] == [(left, 0)]


def _clock(at: int) -> str:
    """The time of day in China."""
    minutes = (at // MINUTE + 8 * 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _fields(order: Any) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__slots__}
