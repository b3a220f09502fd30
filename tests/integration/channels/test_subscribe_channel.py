"""Notices: one for each permission, never twice, and by the interface of the account's kind."""

import pytest
from pynamodb.exceptions import GetError

from chalicelib.contacts import permissions
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason, Result
from chalicelib.wechat import quotas
from chalicelib.wechat.push import Form, Push
from tests.support.senders import Town
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION

SUBSCRIBE = ChannelName.SUBSCRIBE
LATER = 60_000


def allows(town: Town, openid: str, appid: str = SERVICE, times: int = 1) -> None:
    """They say yes in a dialog: the platform knows, and tells us."""
    town.permits(openid, times)
    for number in range(times):
        entry = {"TemplateId": "N1", "SubscribeStatusString": "accept", "PopupScene": "0"}
        at = (town.now + number * 1000) // 1000 * 1000
        permissions.noted(Push("gh_1", openid, "event", "subscribe_msg_popup_event", at, "", {"List": [entry]}, Form.XML), appid, town.now)
    town.pass_by(LATER)


def send(town: Town, openid: str, message: str = "m1", appid: str = SERVICE, **body: object) -> tuple[Result, str]:
    outcome = town.notices.send(town.parcel(openid, SUBSCRIBE, appid, message, **body), town.now)
    return outcome.kind, outcome.reason


def test_one_permission_is_good_for_one_notice(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    assert send(town, fan) == (Result.SENT, "")
    assert send(town, fan, "m2") == (Result.UNREACHABLE, "no_permission")
    assert town.outbox == [fan]
    assert town.calls("subscribe/bizsend") == 1


def test_two_permissions_are_good_for_two(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan, times=2)
    assert [send(town, fan, f"m{number}")[0] for number in range(3)] == [Result.SENT, Result.SENT, Result.UNREACHABLE]


def test_without_a_permission_nobody_is_called(town: Town) -> None:
    fan = town.fan("mulan")
    assert send(town, fan) == (Result.UNREACHABLE, "no_permission")
    assert town.calls("subscribe/bizsend") == 0


def test_when_the_platform_knows_of_no_permission_ours_are_gone(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan, times=3)
    town.permits(fan, 0)
    assert [send(town, fan, f"m{number}") for number in range(3)] == [(Result.UNREACHABLE, "no_permission")] * 3
    assert town.calls("subscribe/bizsend") == 1


def test_a_permission_comes_back_when_nothing_went_out(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    town.refuses("subscribe/bizsend", 45011, count=1)
    assert send(town, fan) == (Result.LIMITED, Reason.ACCOUNT_LIMIT)
    assert send(town, fan, "m2") == (Result.SENT, "")


def test_a_permission_comes_back_when_our_own_stores_fail_before_the_call(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    with monkeypatch.context() as away:
        away.setattr(quotas, "spend", lambda *_: (_ for _ in ()).throw(GetError("none")))
        with pytest.raises(Busy):
            send(town, fan)
    assert send(town, fan, "m2") == (Result.SENT, "")


def test_a_lost_answer_keeps_the_permission_and_is_never_asked_again(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    town.fails("subscribe/bizsend", "timeout_after", count=1)
    assert send(town, fan) == (Result.UNKNOWN, Reason.PROVIDER_SILENT)
    assert town.notices.key_lives_ms(town.parcel(fan, SUBSCRIBE)) == 0
    assert send(town, fan, "m2") == (Result.UNREACHABLE, "no_permission")
    assert (town.outbox, town.calls("subscribe/bizsend")) == ([fan], 1)


def test_a_lasting_permission_is_not_used_up(town: Town) -> None:
    fan = town.fan("mulan")
    town.permits(fan, 2)
    assert [send(town, fan, f"m{number}", lasting=True) for number in range(2)] == [(Result.SENT, "")] * 2
    assert "lasting" not in town.sent


def test_a_mini_programs_notice_opens_its_page_in_the_build_and_language_that_were_chosen(town: Town) -> None:
    visitor = town.platform.fan("jing", MINI).openid
    allows(town, visitor, MINI)
    assert send(town, visitor, appid=MINI, page="pages/order", miniprogram_state="trial", lang="en_US") == (Result.SENT, "")
    assert (town.sent["page"], town.sent["miniprogram_state"], town.sent["lang"]) == ("pages/order", "trial", "en_US")
    assert town.calls("subscribe/send") == 1


def test_who_left_still_gets_what_they_allowed(town: Town) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    town.relation(fan).subscribed = False
    assert send(town, fan) == (Result.SENT, "")


def test_a_notice_to_a_page_that_is_not_released_is_refused_and_the_permission_kept(town: Town) -> None:
    visitor = town.platform.fan("jing", MINI).openid
    allows(town, visitor, MINI)
    town.platform.world.accounts[MINI].pages = {"pages/index"}
    assert send(town, visitor, appid=MINI, page="pages/gone") == (Result.REFUSED, Reason.CONTENT_REFUSED)
    assert send(town, visitor, "m2", MINI, page="pages/index") == (Result.SENT, "")


@pytest.mark.parametrize("number", [43104, 43107, 200011])
def test_an_account_that_may_send_no_notices_waits_for_repair_and_costs_no_permission(town: Town, number: int) -> None:
    fan = town.fan("mulan")
    allows(town, fan)
    town.refuses("subscribe/bizsend", number, count=1)
    assert send(town, fan) == (Result.MISCONFIGURED, Reason.PERMISSION_MISSING)
    assert send(town, fan, "m2") == (Result.SENT, "")


def test_a_subscription_account_has_no_notices(town: Town) -> None:
    assert send(town, "oFan", appid=SUBSCRIPTION) == (Result.MISCONFIGURED, Reason.ACCOUNT_MISMATCH)
