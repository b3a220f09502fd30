"""Customer service messages: within the window as both sides count it."""

import pytest
from pynamodb.exceptions import GetError

from chalicelib.channels.customer_service import CHANNEL
from chalicelib.errors import Busy
from chalicelib.fans import windows
from chalicelib.fans.contacts import Contact
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason, Result
from chalicelib.wechat import quotas
from chalicelib.wechat.push import Form, Push
from infra.local_wechat.state import Trigger
from infra.local_wechat.windows import opened
from tests.support.senders import HOUR, Town
from tests.unit.local_wechat.calling import MINI, SERVICE

CUSTOM_SERVICE = ChannelName.CUSTOMER_SERVICE
SEND = "message/custom/send"


def writes(town: Town, openid: str, appid: str = SERVICE, number: int = 1) -> None:
    """They write: the platform opens its window, and we ours."""
    opened(town.platform.world, town.relation(openid), Trigger.MESSAGE)
    push = Push("gh_1", openid, "text", "", town.now, str(number), {"Content": "hi"}, Form.XML)
    windows.opened(push, appid, town.now)


def send(town: Town, openid: str, message: str = "m1", appid: str = SERVICE, **body: object) -> tuple[Result, str]:
    outcome = town.service.send(town.parcel(openid, CUSTOM_SERVICE, appid, message, **body), town.now)
    return outcome.kind, outcome.reason


@pytest.fixture
def fan(town: Town) -> str:
    openid = town.fan("mulan")
    writes(town, openid)
    return openid


def test_five_go_out_within_a_window_and_the_sixth_is_refused_without_a_call(town: Town, fan: str) -> None:
    found = [send(town, fan, f"m{number}") for number in range(6)]
    assert found == [(Result.SENT, "")] * 5 + [(Result.UNREACHABLE, "window_used_up")]
    assert town.calls(SEND) == 5


def test_a_closed_window_refuses_without_a_call(town: Town, fan: str) -> None:
    town.pass_by(48 * HOUR)
    assert send(town, fan) == (Result.UNREACHABLE, "window_closed")
    assert town.calls(SEND) == 0


def test_faults_of_our_own_stores_before_the_call_use_up_no_window(town: Town, fan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(quotas, "spend", lambda *_: (_ for _ in ()).throw(GetError("none")))
        for number in range(6):
            with pytest.raises(Busy):
                send(town, fan, f"m{number}")
    assert [send(town, fan, f"m{number}")[0] for number in range(6)] == [Result.SENT] * 5 + [Result.UNREACHABLE]
    assert town.calls(SEND) == 5


@pytest.mark.parametrize(("number", "reason"), [(45015, "window_closed"), (45047, "window_used_up")])
def test_the_platforms_word_shuts_the_window_until_the_fan_is_in_contact_again(town: Town, fan: str, number: int, reason: str) -> None:
    town.refuses(SEND, number)
    assert [send(town, fan, f"m{one}") for one in range(3)] == [(Result.UNREACHABLE, reason)] * 3
    assert town.calls(SEND) == 1
    town.heals()
    town.pass_by(1000)
    writes(town, fan, number=2)
    assert send(town, fan) == (Result.SENT, "")


@pytest.mark.parametrize(
    ("number", "result"),
    [(45011, Result.LIMITED), (40007, Result.REFUSED), (45087, Result.MISCONFIGURED), (43019, Result.UNREACHABLE)],
)
def test_what_certainly_did_not_go_out_takes_nothing_off_the_window(town: Town, fan: str, number: int, result: Result) -> None:
    town.refuses(SEND, number)
    assert send(town, fan)[0] is result
    assert windows.window(SERVICE, fan).left == 5


def test_a_lost_answer_counts_as_one_of_the_window_and_is_not_asked_again(town: Town, fan: str) -> None:
    town.fails(SEND, "timeout_after", count=1)
    assert send(town, fan) == (Result.UNKNOWN, Reason.PROVIDER_SILENT)
    assert (windows.window(SERVICE, fan).left, town.calls(SEND), town.outbox) == (4, 1, [fan])
    assert CHANNEL.key_lives_ms(town.parcel(fan, CUSTOM_SERVICE)) == 0


def test_a_fan_who_left_is_out_of_reach(town: Town, fan: str) -> None:
    town.relation(fan).subscribed = False
    town.relation(fan).window = None
    kind, reason = send(town, fan)
    assert kind is Result.UNREACHABLE
    assert reason in ("window_closed", "not_following")


def test_a_visitor_of_a_mini_program_is_answered_in_its_own_form(town: Town) -> None:
    visitor = town.platform.fan("jing", MINI).openid
    writes(town, visitor, MINI)
    assert send(town, visitor, appid=MINI) == (Result.SENT, "")
    assert town.sent == {"touser": visitor, "msgtype": "text", "text": {"content": "您好"}}


def test_an_entry_into_customer_service_opens_the_window_for_two(town: Town) -> None:
    visitor = town.platform.fan("jing", MINI).openid
    opened(town.platform.world, town.relation(visitor), Trigger.SERVICE)
    windows.opened(Push("gh_1", visitor, "event", "user_enter_tempsession", town.now, "", {}, Form.JSON), MINI, town.now)
    found = [send(town, visitor, f"m{number}", MINI)[1] for number in range(3)]
    assert found == ["", "", "window_used_up"]
    assert Contact.ENTRY.value == "entry"


def test_what_comes_back_after_a_new_contact_is_not_added_to_its_count(town: Town, fan: str) -> None:
    seen = windows.take(SERVICE, fan, town.now)
    town.pass_by(1000)
    writes(town, fan, number=2)
    windows.returned(SERVICE, fan, seen)
    assert windows.window(SERVICE, fan).left == 5
