"""Template messages: once for a key, and what a refusal teaches of the fan."""

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from chalicelib.channels.wechat import TEMPLATE_PAUSE_MS
from chalicelib.errors import Busy
from chalicelib.fans import parting
from chalicelib.fans import store as fans
from chalicelib.fans.model import Change
from chalicelib.messages.ledger import KEYED_MS
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.wechat import quotas
from tests.support.senders import HOUR, Town
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION

SEND = "message/template/send"


def test_a_fan_gets_a_template_message_with_the_platforms_number_of_it(town: Town) -> None:
    fan = town.fan("mulan")
    outcome = town.template.send(town.parcel(fan, url="https://shop.example/1"), town.now)
    assert outcome == Outcome(Result.SENT, provider_id=str(town.platform.world.outbox[-1].msgid))
    assert (town.sent["touser"], town.sent["client_msg_id"], town.sent["url"]) == (fan, "m1", "https://shop.example/1")


def test_the_same_message_again_within_its_keys_life_reaches_the_fan_once(town: Town) -> None:
    parcel = town.parcel(town.fan("mulan"))
    first = town.template.send(parcel, town.now)
    town.pass_by(town.template.key_lives_ms(parcel) - 1)
    assert town.template.send(parcel, town.now) == first
    assert len(town.outbox) == 1


def test_a_lost_answer_is_unknown_and_not_asked_for_again_by_the_channel(town: Town) -> None:
    parcel = town.parcel(town.fan("mulan"))
    town.fails(SEND, "timeout_after", count=1)
    assert town.template.send(parcel, town.now).kind is Result.UNKNOWN
    assert town.calls(SEND) == 1
    assert town.template.send(parcel, town.now).kind is Result.SENT
    assert len(town.outbox) == 1


def test_somebody_who_left_is_known_to_have_left_and_told_once(town: Town) -> None:
    fan = town.fan("mulan")
    town.relation(fan).subscribed = False
    outcomes = [town.template.send(town.parcel(fan, id=f"m{number}"), town.now) for number in range(2)]
    assert {(one.kind, one.reason) for one in outcomes} == {(Result.UNREACHABLE, "not_following")}
    known = fans.get(SERVICE, fan)
    assert known is not None
    assert known.following is False
    assert [item["n"]["S"] for item in town.stack.items("events")] == ["WechatUnsubscribed"]


def test_a_fan_who_follows_again_in_the_second_of_the_refusal_stays_one(town: Town) -> None:
    fan = town.fan("mulan")
    town.relation(fan).subscribed = False
    town.template.send(town.parcel(fan), town.now)
    back = town.now // 1000 * 1000  # as the push has it, in whole seconds
    assert fans.changed(SERVICE, fan, Change.FOLLOWED, back)


def test_who_has_just_come_is_not_taken_for_gone(town: Town) -> None:
    fan = town.platform.fan("xuan").openid
    fans.changed(SERVICE, fan, Change.FOLLOWED, town.now - 1)
    town.refuses(SEND, 43004)
    assert town.template.send(town.parcel(fan), town.now).reason == "not_following"
    known = fans.get(SERVICE, fan)
    assert known is not None
    assert known.following is True


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"blacklisted": True}, Reason.ADDRESS_BLOCKED),
        ({"frozen": True}, Reason.ADDRESS_GONE),
    ],
)
def test_a_fan_who_cannot_be_reached_is_named_as_such(town: Town, change: dict[str, bool], reason: str) -> None:
    fan = town.fan("mulan")
    for name, value in change.items():
        setattr(town.relation(fan), name, value)
    outcome = town.template.send(town.parcel(fan), town.now)
    assert (outcome.kind, outcome.reason) == (Result.UNREACHABLE, reason)


def test_an_openid_of_another_account_is_nobodys(town: Town) -> None:
    assert town.template.send(town.parcel("oNobody"), town.now).reason == Reason.ADDRESS_INVALID


def test_a_banned_template_refuses_its_messages_and_not_the_accounts(town: Town) -> None:
    fan = town.fan("mulan")
    town.platform.template("thing1", name="T2")
    town.platform.account.templates["T1"].banned = True
    outcome = town.template.send(town.parcel(fan), town.now)
    assert (outcome.kind, outcome.reason) == (Result.REFUSED, "template_blocked")
    assert town.template.send(town.parcel(fan, id="m2", template_id="T2"), town.now).kind is Result.SENT


@pytest.mark.parametrize("number", [43116, 40037])
def test_a_template_that_the_platform_refuses_is_left_alone_for_a_while(town: Town, number: int) -> None:
    fans = [town.fan(f"fan{place}") for place in range(3)]
    town.refuses(SEND, number)
    assert {town.template.send(town.parcel(fan), town.now).kind for fan in fans} == {Result.REFUSED}
    assert town.calls(SEND) == 1
    town.heals()
    town.pass_by(TEMPLATE_PAUSE_MS)
    quotas.forget()
    assert town.template.send(town.parcel(fans[0]), town.now).kind is Result.SENT


@pytest.mark.parametrize(
    ("body", "reason"),
    [({"template_id": "none"}, Reason.TEMPLATE_UNAPPROVED), ({"data": {}}, Reason.CONTENT_MISMATCH)],
)
def test_a_message_that_the_platform_cannot_show_is_refused_with_the_reason(town: Town, body: dict[str, Any], reason: str) -> None:
    outcome = town.template.send(town.parcel(town.fan("mulan"), **body), town.now)
    assert (outcome.kind, outcome.reason) == (Result.REFUSED, reason)


def test_a_used_up_day_is_known_until_midnight_and_costs_no_further_calls(town: Town) -> None:
    fan = town.fan("mulan")
    town.refuses(SEND, 45009)
    outcomes = [town.template.send(town.parcel(fan), town.now) for _ in range(3)]
    assert {(one.kind, one.reason) for one in outcomes} == {(Result.LIMITED, Reason.ACCOUNT_LIMIT)}
    assert outcomes[0].until == outcomes[2].until
    assert outcomes[0].until is not None
    assert 0 < outcomes[0].until - town.now <= 24 * HOUR
    assert town.calls(SEND) == 1


def test_an_account_without_the_capability_waits_for_repair(town: Town) -> None:
    fan = town.fan("mulan")
    town.platform.account.denied.add("/cgi-bin/message/template/send")
    outcome = town.template.send(town.parcel(fan), town.now)
    assert (outcome.kind, outcome.reason, outcome.raw_code) == (Result.MISCONFIGURED, Reason.PERMISSION_MISSING, "48001")


@pytest.mark.parametrize(
    ("appid", "reason"),
    [(SUBSCRIPTION, Reason.ACCOUNT_MISMATCH), (MINI, Reason.ACCOUNT_MISMATCH), ("wxnone", Reason.ACCOUNT_UNKNOWN)],
)
def test_only_service_accounts_that_are_in_force_have_template_messages(town: Town, appid: str, reason: str) -> None:
    outcome = town.template.send(town.parcel("oFan", appid=appid), town.now)
    assert (outcome.kind, outcome.reason) == (Result.MISCONFIGURED, reason)
    assert town.calls(SEND) == 0


def test_its_key_is_trusted_for_less_than_the_platform_promises(town: Town) -> None:
    assert town.template.key_lives_ms(town.parcel("o")) == KEYED_MS < 10 * 60_000


def test_a_store_that_fails_before_the_call_makes_the_message_wait(town: Town) -> None:
    fan = town.fan("mulan")
    with patch.object(quotas, "closed_until", side_effect=ClientError({}, "Query")), pytest.raises(Busy):
        town.template.send(town.parcel(fan), town.now)
    assert town.calls(SEND) == 0


def test_what_cannot_be_kept_of_a_fan_does_not_change_what_became_of_the_message(town: Town) -> None:
    fan = town.fan("mulan")
    town.relation(fan).subscribed = False
    with patch.object(parting, "gone", side_effect=ClientError({}, "UpdateItem")):
        assert town.template.send(town.parcel(fan), town.now).reason == "not_following"
