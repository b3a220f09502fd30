"""Why a message went out the way it did, or did not, asked by API; tests to oneself; and what became of what nobody knows."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.dispatch import taking_up
from chalicelib.dispatch.model import Source, SourceKind, State
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.gateway import Reply
from tests.support.living import DAY
from tests.support.messages import APPID, CHANNELS, Office, open_office
from tests.support.ring import MINUTE

WX, MULAN, PHONE = f"openid:{APPID}", "oMulan", "13900000001"
QUIET = {"quiet_hours": [{"from": "00:00", "to": "23:59", "action": "drop"}], "caps": [{"limit": 1, "within": "day"}]}
TEST = {"source": Source(SourceKind.TEST, "k1"), "channels": (ChannelName.SMS,), "strict": True}


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = open_office(stack, monkeypatch)
    made.person(openid__wx1=MULAN, mobile=PHONE)
    return made


def why(office: Office, message: str, more: str = "", whom: tuple[str, str] = (WX, MULAN)) -> Reply:
    return office.ring.ask(*whom, f"/explain?message={message}{more}")


def test_a_refusal_shows_every_check_and_what_it_found(office: Office) -> None:
    office.publish("contact-policies", "ours", QUIET)
    message = office.ask(WX, MULAN)
    office.flow()
    shown = why(office, message).json
    assert (shown["state"], shown["reason"], shown["decision"]["decision"]) == ("refused", "quiet_hours", "refuse")
    assert [(one["channel"], one["reason"]) for one in shown["decision"]["reasons"]] == [("template", "quiet_hours")]
    assert shown["decision"]["checks"][-1]["verdict"] == "stops"
    assert [one["state"] for one in shown["trail"]] == ["accepted", "refused"]
    assert PHONE not in str(shown)


def test_one_that_failed_shows_why_no_other_channel_takes_it(office: Office) -> None:
    message = office.ask(WX, MULAN, channels=(ChannelName.TEMPLATE,))
    office.flow()
    office.call(ChannelName.TEMPLATE, Outcome(Result.UNREACHABLE, Reason.ADDRESS_BLOCKED))
    shown = why(office, message).json
    assert [(one["channel"], one["result"]) for one in shown["tried"]] == [("template", "failed")]
    assert (shown["state"], shown["decision"]["reason"]) == ("failed", "already_tried")


def test_one_that_is_on_its_way_shows_where_it_has_been(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    shown = why(office, message).json
    assert [(one["state"], one["channel"]) for one in shown["trail"]] == [("accepted", ""), ("queued", "template")]
    assert shown["decision"] is None


def test_messages_are_explained_to_whom_they_are_for(office: Office) -> None:
    office.person(mobile="13900000002")
    message = office.ask(WX, MULAN)
    assert why(office, message, whom=("mobile", PHONE)).status == 200
    assert why(office, message, whom=("mobile", "13900000002")).status == 404
    assert why(office, "0" * 32).status == 404
    assert why(office, message, "&segment=vip").status == 400


def test_a_message_to_oneself_asks_for_no_consent_and_keeps_no_hours_or_caps(office: Office) -> None:
    office.template(category="marketing", channels={"sms": CHANNELS["sms"] | {"text": "${points}，拒收请回复R"}})
    office.publish("contact-policies", "ours", QUIET)
    tests = [office.ask(WX, MULAN, key=key, version=2, category=Category.MARKETING, **TEST) for key in "12"]
    real = office.ask(WX, MULAN, key="3", version=2, category=Category.MARKETING)
    office.flow()
    assert [office.find(one).state for one in (*tests, real)] == [State.QUEUED, State.QUEUED, State.REFUSED]
    assert [one for one in office.stack.items("contacts") if one["sk"]["S"] == "uses"] == []


class Provider:
    """A channel that can be asked; it knows after so many questions."""

    def __init__(self, *answers: Outcome | None) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    def look_up(self, parcel: Any, sent_at: int, now: int) -> Outcome | None:
        assert parcel.id
        assert sent_at
        self.asked.append(now)
        return self.answers.pop(0)


NOT_YET = Outcome(Result.UNKNOWN)


@pytest.mark.parametrize(
    ("answer", "state"),
    [(Outcome(Result.SENT, provider_id="88"), State.SENT), (Outcome(Result.REFUSED, Reason.CONTENT_REFUSED), State.QUEUED)],
)
def test_the_provider_is_asked_what_became_of_a_message(
    office: Office, monkeypatch: pytest.MonkeyPatch, answer: Outcome, state: State
) -> None:
    provider = Provider(NOT_YET, NOT_YET, answer)
    monkeypatch.setattr("chalicelib.dispatch.taking_up.channel_of", lambda _: provider)
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT))
    began = office.clock.now
    for _ in range(9):
        office.later(5 * MINUTE)
    assert [at - began for at in provider.asked] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert office.find(message).state is state


@pytest.mark.parametrize("answers", [[None], [NOT_YET] * 20])
def test_and_not_for_ever(office: Office, monkeypatch: pytest.MonkeyPatch, answers: list[Outcome | None]) -> None:
    provider = Provider(*answers)
    monkeypatch.setattr("chalicelib.dispatch.taking_up.channel_of", lambda _: provider)
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, NOT_YET)
    for _ in range(5):
        office.later(DAY)
    asked = len(provider.asked)
    assert asked <= 4
    office.later(10 * DAY)
    assert len(provider.asked) == asked
    assert office.find(message).state is State.UNKNOWN


def test_a_timer_that_rings_too_early_or_for_nobody_does_nothing(office: Office) -> None:
    message = office.ask(WX, MULAN)
    office.flow()
    before = office.find(message)
    assert taking_up.take_up([message, "0" * 32], office.clock.now) == {}
    assert office.find(message) == replace(before)
