"""Messages whose time has come: decided together, each one's trouble its own, and what comes back of others waits for none of them."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.channels import rates
from chalicelib.dispatch import deciding, dispatching, states, store, taking_up
from chalicelib.dispatch.cases import Case, Unknown, cases_of
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.news import Click
from chalicelib.dispatch.timing import TIMERS, message_due
from chalicelib.entrypoints import follow_up, take_up
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.messages import APPID, Office, open_office
from tests.support.ring import MINUTE

WX, MULAN, PHONE = f"openid:{APPID}", "oMulan", "13900000001"
SILENT = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
PEOPLE = ("13900000002", "13900000003", "13900000004")


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    rates.forget()
    made = open_office(stack, monkeypatch)
    made.person(openid__wx1=MULAN, mobile=PHONE)
    return made


def waiting(office: Office, *numbers: str) -> list[str]:
    """Messages that wait for a time that has come."""
    found = []
    for number in numbers:
        office.person(mobile=number)
        message = states.accepted(office.order("mobile", number, key=number), office.clock.now)
        assert store.put_new(states.deferred(message, office.clock.now + MINUTE, "quiet_hours", None, office.clock.now))
        found.append(message.id)
    office.clock.pass_by(2 * MINUTE)
    return found


def records(*messages: str) -> dict[str, Any]:
    body = [json.dumps({"subject": f"m#{one}", "at": 0}) for one in messages]
    return {"Records": [{"messageId": str(place), "body": one} for place, one in enumerate(body)]}


def living_for(milliseconds: int) -> Any:
    return SimpleNamespace(get_remaining_time_in_millis=lambda: milliseconds)


LONG = living_for(60_000)


def test_timers_ring_in_a_queue_of_their_own(office: Office) -> None:
    TIMERS.arm([message_due("1" * 32, office.clock.now)], office.clock.now)
    assert [json.loads(one)["subject"] for one in office.stack.messages("dues")] == ["m#" + "1" * 32]
    assert office.stack.messages("followups") == []


def test_what_comes_back_does_not_stand_behind_what_falls_due(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    monkeypatch.setattr("chalicelib.dispatch.followups.carry_out", lambda one, *_: taken.append(one))
    monkeypatch.setattr(taking_up, "take_up", lambda ids, *_: dict.fromkeys(ids, Busy("a million of them")))
    TIMERS.arm([message_due(f"{number:032d}", office.clock.now) for number in range(30)], office.clock.now)
    office.back(Click("x", 1))
    assert taken == [Click("x", 1)]


def test_those_that_fall_due_together_are_read_and_decided_together(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(some: Sequence[Message], now: int) -> list[Case | Unknown]:
        asked.append(len(some))
        return cases_of(some, now)

    monkeypatch.setattr(dispatching, "cases_of", counted)
    messages = waiting(office, *PEOPLE)
    assert take_up.take_up(records(*messages, messages[0]), LONG) == {"batchItemFailures": []}
    assert asked == [len(PEOPLE)]
    assert {office.find(one).state for one in messages} == {State.QUEUED}


def test_a_broken_message_holds_up_none_of_its_batch(office: Office) -> None:
    messages = waiting(office, *PEOPLE)
    table, name = office.stack.client("dynamodb"), office.stack.table("messages")
    table.put_item(TableName=name, Item={"pk": {"S": "broken"}, "sk": {"S": "send"}, "v": {"N": "1"}})
    assert take_up.take_up(records("broken", *messages), LONG) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert {office.find(one).state for one in messages} == {State.QUEUED}


def test_one_at_whose_decision_something_is_raised_comes_again_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = waiting(office, *PEOPLE)
    decided_of = deciding.decided_of

    def choosy(one: Any, now: int) -> Any:
        if one.message.id == messages[1]:
            raise RuntimeError("the item is too large")
        return decided_of(one, now)

    monkeypatch.setattr(deciding, "decided_of", choosy)
    assert take_up.take_up(records(*messages), LONG) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [office.find(one).state for one in messages] == [State.QUEUED, State.DEFERRED, State.QUEUED]


def test_what_nobody_understands_is_buried_and_the_rest_is_done(office: Office) -> None:
    (message,) = waiting(office, PEOPLE[0])
    event = records(message)
    event["Records"] += [{"messageId": "x", "body": "gossip"}, {"messageId": "y", "body": '{"subject": "b#1", "at": 0}'}]
    assert take_up.take_up(event, LONG) == {"batchItemFailures": []}
    assert [json.loads(one)["function"] for one in office.stack.messages("dead-letters")] == ["take_up"] * 2
    assert office.find(message).state is State.QUEUED


def test_when_little_time_is_left_the_rest_comes_again(office: Office) -> None:
    messages = waiting(office, *PEOPLE)
    failures = take_up.take_up(records(*messages), living_for(take_up.LONGEST_MS))["batchItemFailures"]
    assert [one["itemIdentifier"] for one in failures] == ["0", "1", "2"]
    assert {office.find(one).state for one in messages} == {State.DEFERRED}
    back = {"Records": [{"messageId": one, "body": "gossip"} for one in "01"]}
    assert follow_up.follow_up(back, living_for(follow_up.LONGEST_MS - 1)) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


class Provider:
    """A channel that is asked what became of messages, and says always the same."""

    def __init__(self, answer: Outcome) -> None:
        self.answer, self.asked = answer, 0

    def look_up(self, *_: Any) -> Outcome:
        self.asked += 1
        return self.answer


@pytest.fixture
def lost(office: Office) -> str:
    """A message of which nobody knows, and whose time to be looked for has come."""
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, SILENT)
    office.clock.pass_by(11 * MINUTE)
    office.stack.messages("dues")
    return message


def test_a_provider_whose_account_is_paused_is_not_asked(office: Office, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(Outcome(Result.SENT, provider_id="88"))
    monkeypatch.setattr(taking_up, "channel_of", lambda _: provider)
    armed: list[int] = []
    monkeypatch.setattr(taking_up, "TIMERS", SimpleNamespace(arm=lambda dues, _: armed.extend(one.at for one in dues)))
    now = office.clock.now
    rates.pause(ChannelName.TEMPLATE, APPID, now + 5 * MINUTE, "misconfigured", now)
    assert taking_up.take_up([lost], now) == {}
    assert (provider.asked, armed) == (0, [now + 5 * MINUTE])
    assert taking_up.take_up([lost], now + 5 * MINUTE) == {}
    assert (provider.asked, office.find(lost).state) == (1, State.SENT)


def test_a_provider_that_does_not_answer_is_found_to_hang_by_those_who_ask_too(
    office: Office, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(SILENT)
    monkeypatch.setattr(taking_up, "channel_of", lambda _: provider)
    for _ in range(6):
        assert taking_up.take_up([lost], office.clock.now) == {}
    assert provider.asked == 3
    assert rates.admit(ChannelName.TEMPLATE, APPID, office.clock.now) is not None


def test_who_cannot_ask_leaves_the_one_call_that_a_shut_account_lets_through_to_others(office: Office, lost: str) -> None:
    now = office.clock.now
    rates.pause(ChannelName.TEMPLATE, APPID, now + MINUTE, "hanging", now)
    assert taking_up.take_up([lost], now + MINUTE) == {}  # WeChat never tells
    assert rates.admit(ChannelName.TEMPLATE, APPID, now + MINUTE) is None


def test_a_question_that_raises_is_its_messages_own_trouble(office: Office, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> Any:
        raise OSError("no route to host")

    monkeypatch.setattr(taking_up, "channel_of", broken)
    (waits,) = waiting(office, PEOPLE[0])
    assert list(taking_up.take_up([lost, waits], office.clock.now)) == [lost]
    assert office.find(waits).state is State.QUEUED
