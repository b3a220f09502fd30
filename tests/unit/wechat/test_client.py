"""What becomes of a call: its token, its attempts, its errors, its count."""

import json
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import telemetry
from chalicelib.settings import settings
from chalicelib.wechat import calling, connected
from chalicelib.wechat.apis import Api, Credential, encoded
from chalicelib.wechat.client import Client
from chalicelib.wechat.error_numbers import Remedy
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, TokenRefused, TryAgain, Unreachable, WechatError
from chalicelib.wechat.secrets import SecretInvalid
from chalicelib.wechat.wire import Answer, Method, NoAnswer
from tests.unit.wechat.platform import APP_SECRET, APPID, CHINA_MIDNIGHT, Given, Platform, refusal, stored
from tests.unit.wechat.test_errors import NUMBERS, RAISED

TOKEN = "/cgi-bin/stable_token"
READ = Api("/cgi-bin/user/info", Method.GET)
SEND = Api("/cgi-bin/message/custom/send", repeatable=False)
LOGIN = Api("/sns/jscode2session", Method.GET, credential=Credential.SECRET)
CONSENTED = Api("/sns/userinfo", Method.GET, credential=Credential.PERSON)
GIVEN = {"access_token": "TOKEN-1", "expires_in": 7200}
LOST = NoAnswer(sent_maybe=True)
NEVER_SENT = NoAnswer(sent_maybe=False)
BUSY = refusal(-1)


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with stored():
        yield


def platform(api: Api, *answers: Given) -> Platform:
    return Platform({TOKEN: [GIVEN], api.path: list(answers)})


def test_a_call_carries_the_token_and_its_body_as_it_is() -> None:
    there = platform(SEND, {"errcode": 0})
    assert Client(APPID, there.means()).call(SEND, body={"touser": "oFan1", "text": {"content": "裙装 ❤"}}) == {"errcode": 0}
    [sent] = there.asked(SEND.path)
    assert sent.url == settings().wechat_api_url + "/cgi-bin/message/custom/send"
    assert (sent.method, sent.query) == (Method.POST, {"access_token": "TOKEN-1"})
    assert (sent.body or b"").decode() == '{"touser":"oFan1","text":{"content":"裙装 ❤"}}'


@pytest.mark.parametrize(("number", "remedy"), NUMBERS)
def test_every_number_of_an_answer_is_raised_as_its_class(number: int, remedy: Remedy) -> None:
    there = platform(SEND, refusal(number))
    there.answers[TOKEN] = [GIVEN, {**GIVEN, "access_token": "TOKEN-2"}]
    raised = Misconfigured if remedy is Remedy.REFRESH_TOKEN else RAISED[remedy]  # the newer token was refused too
    client = Client(APPID, there.means())
    if raised is None:
        assert client.call(SEND, body={})["errcode"] == number
        return
    with pytest.raises(raised) as refused:
        client.call(SEND, body={})
    assert type(refused.value) is raised
    assert (refused.value.number, refused.value.api, refused.value.rid) == (number, SEND.path, "66f0a1b2-0c9d8e7f-1a2b3c4d")


@pytest.mark.parametrize(
    "unreadable",
    [
        Answer(502, b"<html>bad gateway</html>"),
        Answer(500, b'{"errcode":0}'),
        Answer(200, b""),
        Answer(200, b"<html>"),
        Answer(200, b"[]"),
        Answer(200, b"null"),
        Answer(200, b'{"errcode":"0"}'),
        Answer(200, b'{"errcode":true}'),
        LOST,
    ],
)
def test_what_cannot_be_read_counts_as_a_fault_with_an_unknown_outcome(unreadable: Given) -> None:
    with pytest.raises(TryAgain) as failed:
        Client(APPID, platform(SEND, unreadable).means()).call(SEND, body={})
    assert (failed.value.number, failed.value.sent_maybe) == (-1, True)


def test_control_characters_in_somebodys_name_can_be_read() -> None:
    there = platform(READ, Answer(200, b'{"remark":"a\x01b\xff"}'))
    assert Client(APPID, there.means()).call(READ) == {"remark": "a\x01b\ufffd"}


@pytest.mark.parametrize("fault", [BUSY, LOST, Answer(503, b""), NEVER_SENT])
def test_a_read_is_tried_again_after_growing_pauses(fault: Given) -> None:
    there = platform(READ, fault, fault, {"openid": "oFan1"})
    assert Client(APPID, there.means()).call(READ) == {"openid": "oFan1"}
    assert there.pauses == [0.3, 0.6]


def test_pauses_differ_by_chance_so_that_workers_do_not_come_back_together() -> None:
    least, most = platform(READ, BUSY), platform(READ, BUSY)
    for there, chance in ((least, 0.0), (most, 0.999)):
        with pytest.raises(TryAgain):
            Client(APPID, there.means(chance)).call(READ)
    assert least.pauses == pytest.approx([0.15, 0.3])
    assert most.pauses == pytest.approx([0.45, 0.9], rel=0.01)


def test_attempts_come_to_an_end() -> None:
    there = platform(READ, LOST)
    with pytest.raises(TryAgain):
        Client(APPID, there.means()).call(READ)
    assert len(there.asked(READ.path)) == calling.ATTEMPTS


@pytest.mark.parametrize("unknown", [BUSY, LOST, Answer(502, b"")])
def test_a_message_that_may_have_gone_out_is_never_sent_again(unknown: Given) -> None:
    there = platform(SEND, unknown, {"errcode": 0})
    with pytest.raises(TryAgain) as failed:
        Client(APPID, there.means()).call(SEND, body={})
    assert failed.value.sent_maybe
    assert len(there.asked(SEND.path)) == 1


def test_a_message_that_cannot_have_gone_out_is_sent_again() -> None:
    there = platform(SEND, NEVER_SENT, {"errcode": 0})
    Client(APPID, there.means()).call(SEND, body={})
    assert len(there.asked(SEND.path)) == 2
    there = platform(SEND, NEVER_SENT)
    with pytest.raises(TryAgain) as failed:
        Client(APPID, there.means()).call(SEND, body={})
    assert not failed.value.sent_maybe


@pytest.mark.parametrize("number", [40037, 45015, 45009, 48001, 43101])
def test_what_time_does_not_mend_is_not_tried_again(number: int) -> None:
    there = platform(READ, refusal(number))
    with pytest.raises(WechatError):
        Client(APPID, there.means()).call(READ)
    assert (len(there.asked(READ.path)), there.pauses) == (1, [])


@pytest.mark.parametrize("number", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_and_the_call_made_once_more_a_message_too(number: int) -> None:
    there = platform(SEND, refusal(number), {"errcode": 0})
    there.answers[TOKEN] = [GIVEN, {**GIVEN, "access_token": "TOKEN-2"}]
    Client(APPID, there.means()).call(SEND, body={})
    assert [request.query["access_token"] for request in there.asked(SEND.path)] == ["TOKEN-1", "TOKEN-2"]
    assert len(there.asked(TOKEN)) == 2


def test_calls_with_the_app_secret_need_no_token() -> None:
    there = Platform({LOGIN.path: [{"openid": "oVisitor"}]})
    assert Client(APPID, there.means()).call(LOGIN, query={"js_code": "c0de"}) == {"openid": "oVisitor"}
    [sent] = there.requests
    assert sent.query == {"appid": APPID, "secret": APP_SECRET, "js_code": "c0de"}


@pytest.mark.parametrize("number", [40001, 40125])
def test_while_an_app_secret_is_replaced_the_platform_may_know_either(number: int) -> None:
    with stored("newer", "older"):
        there = Platform({LOGIN.path: [refusal(number), {"openid": "oVisitor"}]})
        assert Client(APPID, there.means()).call(LOGIN)["openid"] == "oVisitor"
        assert [request.query["secret"] for request in there.requests] == ["newer", "older"]


def test_what_is_wrong_beside_the_app_secret_is_told_at_once() -> None:
    with stored("newer", "older"):
        there = Platform({LOGIN.path: [refusal(40164)]})
        with pytest.raises(Misconfigured):
            Client(APPID, there.means()).call(LOGIN)
        assert len(there.requests) == 1


def test_an_account_without_an_app_secret_calls_nobody() -> None:
    with stored(""):
        there = Platform()
        for api in (READ, LOGIN):
            with pytest.raises(Misconfigured, match="no AppSecret"):
                Client(APPID, there.means()).call(api)
        assert there.requests == []


def test_an_app_secret_that_cannot_be_read_is_a_matter_for_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_appid: str) -> tuple[str, ...]:
        raise SecretInvalid("a secret's parameter must be a list of texts")

    monkeypatch.setattr(connected, "app_secrets", unreadable)
    with pytest.raises(Misconfigured, match="cannot be read"):
        Client(APPID, Platform().means()).call(READ)


def test_a_persons_token_that_is_over_does_not_cost_the_accounts() -> None:
    there = Platform({CONSENTED.path: [refusal(42001)]})
    with pytest.raises(Dropped):
        Client(APPID, there.means()).call(CONSENTED, query={"access_token": "a-person"})
    assert len(there.requests) == 1


def test_a_limit_that_the_platform_tells_of_spares_the_calls_until_it_is_over() -> None:
    there = platform(READ, refusal(45009), {"openid": "oFan1"})
    client = Client(APPID, there.means())
    for _ in range(3):
        with pytest.raises(LimitReached) as reached:
            client.call(READ)
        assert (reached.value.number, reached.value.until) == (45009, CHINA_MIDNIGHT)
    assert len(there.asked(READ.path)) == 1
    there.now = CHINA_MIDNIGHT
    assert client.call(READ)["openid"] == "oFan1"


@pytest.mark.parametrize(("number", "raised"), [(43117, LimitReached), (45047, LimitReached), (45011, LimitReached), (45015, Unreachable)])
def test_one_persons_limit_is_not_everybodys(number: int, raised: type[WechatError]) -> None:
    there = platform(SEND, refusal(number), {"errcode": 0})
    client = Client(APPID, there.means())
    with pytest.raises(raised):
        client.call(SEND, body={"touser": "oFan1"})
    assert client.call(SEND, body={"touser": "oFan2"}) == {"errcode": 0}


def test_a_file_is_handed_over_as_it_is_and_an_error_in_its_place_is_raised() -> None:
    api = Api("/wxa/getwxacodeunlimit")
    client = Client(APPID, platform(api, b"\xff\xd8picture", refusal(45009), Answer(200, b"", "image/png"), {"errcode": 0}).means())
    assert client.content(api, body={}) == b"\xff\xd8picture"
    with pytest.raises(LimitReached):
        client.content(api, body={})


@pytest.mark.parametrize("nothing", [Answer(200, b"", "image/png"), {"errcode": 0}, Answer(502, b"\xff\xd8", "image/png")])
def test_a_file_that_is_none_counts_as_a_fault(nothing: Given) -> None:
    api = Api("/wxa/getwxacodeunlimit")
    with pytest.raises(TryAgain):
        Client(APPID, platform(api, nothing).means()).content(api, body={})


def test_no_secret_stands_in_errors_or_in_what_is_shown() -> None:
    there = platform(READ, refusal(40037, "hint: TOKEN-1 openid oFan1 rid: 66f0a1b2-0c9d8e7f"))
    client = Client(APPID, there.means())
    with pytest.raises(Dropped) as refused:
        client.call(READ, query={"openid": "o" + "Fan1"})
    shown = "".join(traceback.format_exception(refused.value)) + repr(client) + repr(there.requests)
    assert [secret for secret in ("TOKEN-1", APP_SECRET, "oFan1") if secret in shown] == []


def test_every_call_is_counted_by_interface_and_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry._calls.clear()
    client = Client(APPID, platform(READ, BUSY, {"openid": "oFan1"}, refusal(40003)).means())
    with telemetry.invocation("read_fans", "r1"):
        client.call(READ)
        with pytest.raises(Unreachable):
            client.call(READ)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {(line["api"], line["outcome"]): line["WechatCalls"] for line in lines if "WechatCalls" in line}
    assert counted == {
        (TOKEN, "nothing"): [1.0],
        (READ.path, "retry"): [1.0],
        (READ.path, "nothing"): [1.0],
        (READ.path, "unreachable"): [1.0],
    }
    assert {line["account"] for line in lines if "WechatCalls" in line} == {APPID}


def test_a_token_that_is_refused_twice_is_a_matter_for_the_operator() -> None:
    there = platform(READ, refusal(40001))
    there.answers[TOKEN] = [GIVEN, {**GIVEN, "access_token": "TOKEN-2"}]
    with pytest.raises(Misconfigured) as failed:
        Client(APPID, there.means()).call(READ)
    assert not isinstance(failed.value, TokenRefused)
    assert len(there.asked(READ.path)) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_bodies_hold_no_escapes_of_letters_and_come_back_equal(body: dict[str, object]) -> None:
    sent = encoded(body)
    assert sent is not None
    assert json.loads(sent) == body
    assert all(int(part[:4], 16) < 0x20 for part in sent.decode().replace("\\\\", "").split("\\u")[1:])
