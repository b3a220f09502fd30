"""What every call goes through, in the platform's order: each refusal comes before the ones after it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.clock import MINUTE_MS
from infra.local_wechat.steps import has_escapes
from infra.local_wechat.wire import Request
from tests.unit.local_wechat.calling import MINI, SERVICE, Platform, code

INFO = "/cgi-bin/user/info"
TAGS = "/cgi-bin/tags/create"


def test_a_caller_from_elsewhere_is_refused_before_its_token_is_looked_at(platform: Platform) -> None:
    platform.account.allowed_ips = {"10.0.0.1"}
    answer = platform.classic()
    assert code(answer) == 40164
    assert "127.0.0.1" in answer["errmsg"]


@pytest.mark.parametrize(
    ("token", "number"),
    [(None, 41001), ("", 41001), ("nonsense", 40014), ("42_" + "a" * 600, 40014), ("42_" + "a" * 150, 40001)],
)
def test_a_token_must_be_there_be_one_and_be_known(platform: Platform, token: str | None, number: int) -> None:
    query = {} if token is None else {"access_token": token}
    assert code(platform.said("GET", INFO, openid=platform.mulan.openid, **query)) == number


def test_a_token_ends_after_two_hours(platform: Platform) -> None:
    token = platform.token()
    platform.clock.advance(7200 * 1000)
    assert code(platform.said("GET", INFO, access_token=token, openid=platform.mulan.openid)) == 42001


@pytest.mark.parametrize(
    ("path", "appid"),
    [(INFO, MINI), (TAGS, MINI), ("/cgi-bin/message/subscribe/send", SERVICE), ("/wxa/generate_urllink", SERVICE)],
)
def test_a_call_that_this_kind_of_account_does_not_have_is_refused(platform: Platform, path: str, appid: str) -> None:
    assert code(platform.post(path, {}, appid)) == 48001


def test_without_certification_many_calls_are_not_there(platform: Platform) -> None:
    platform.account.certified = False
    assert code(platform.text()) == 48001
    assert code(platform.get(INFO, openid=platform.mulan.openid)) == 0


def test_a_capability_can_be_taken_away_and_a_call_be_banned(platform: Platform) -> None:
    platform.account.denied = {"/cgi-bin/message/custom/send"}
    assert code(platform.text()) == 48001
    platform.account.denied, platform.account.banned = set(), {"*"}
    platform.account.tokens.clear()
    assert code(platform.stable()) == 48004


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        (b'{"tag": {"name": "\xff"}}', 47001),
        (b'{"tag": {"name": "\\u88d9"}}', 40033),
        (b'{"tag": {"name": "vip\\n"}}', 0),
    ],
)
def test_a_body_must_be_json_in_real_utf8(platform: Platform, body: bytes, number: int) -> None:
    assert code(platform.post(TAGS, body)) == number


def test_a_call_with_a_body_must_be_a_post(platform: Platform) -> None:
    assert code(platform.get(TAGS)) == 43002


def test_escapes_may_be_let_through_and_are_counted_all_the_same(platform: Platform) -> None:
    platform.world.choices.strict_utf8 = False
    assert code(platform.post(TAGS, b'{"tag": {"name": "\\u88d9"}}')) == 0
    assert platform.said("GET", "/_sim/report")["escaped_bodies"] == 1


@given(st.text(min_size=1, max_size=40))
def test_escapes_are_seen_in_every_text_beyond_ascii_and_in_no_other(text: str) -> None:
    body = json.dumps({"text": text})
    assert has_escapes(body.encode()) == (re.search("[^\x00-\x7f]", text) is not None)
    assert not has_escapes(json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def test_a_days_calls_are_counted_by_chinas_day(platform: Platform) -> None:
    platform.account.quotas[INFO] = 2

    def ask() -> int:
        return code(platform.get(INFO, openid=platform.mulan.openid))

    assert [ask(), ask(), ask()] == [0, 0, 45009]
    platform.admin("clock", advance_to="day")
    assert ask() == 0


def test_what_was_refused_before_costs_no_quota(platform: Platform) -> None:
    platform.account.quotas[TAGS] = 1
    assert code(platform.post(TAGS, b"{")) == 47001
    assert code(platform.post(TAGS, {"tag": {"name": "vip"}})) == 0


def test_a_minutes_calls_are_counted_too(platform: Platform) -> None:
    path = "/cgi-bin/message/mass/sendall"
    body = {"filter": {"is_to_all": False, "tag_id": 7}, "msgtype": "text", "text": {"content": "a"}}
    answers = [code(platform.post(path, body)) for _ in range(61)]
    assert answers == [45159] * 60 + [45011]
    platform.clock.advance(MINUTE_MS)
    assert code(platform.post(path, body)) == 45159


def test_a_refusal_has_status_200_a_number_and_a_rid(platform: Platform) -> None:
    answer = platform.asked("GET", INFO)
    assert answer.status == 200
    assert re.fullmatch(r"access_token missing rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", json.loads(answer.body)["errmsg"])


def test_a_path_that_the_platform_does_not_have_is_not_found_and_listed(platform: Platform) -> None:
    assert platform.asked("POST", "/cgi-bin/nothing", {}).status == 404
    assert platform.said("GET", "/_sim/report")["unknown_paths"] == ["/cgi-bin/nothing"]


def test_the_log_keeps_every_call_as_it_came(platform: Platform) -> None:
    platform.ask(Request("POST", TAGS, {"access_token": platform.token()}, {}, b'{"tag": {"name": "\xe8\xa3\x99"}}'))
    logged = platform.said("GET", "/_sim/log", path="tags/create")["requests"]
    assert [(one["body"], one["errcode"], one["appid"]) for one in logged] == [('{"tag": {"name": "裙"}}', 0, SERVICE)]


def test_the_same_seed_gives_the_same_log() -> None:
    def told(seed: int) -> bytes:
        platform = Platform(seed)
        platform.text()
        platform.get("/cgi-bin/user/get")
        platform.post("/cgi-bin/qrcode/create", {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 7}}})
        platform.get(INFO, openid="nobody")
        return platform.asked("GET", "/_sim/log").body

    assert told(3) == told(3)
    assert told(3) != told(4)
