"""Signing in on pages inside WeChat."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.local_wechat.clock import DAY_MS, HOUR_MS
from tests.unit.local_wechat.calling import MINI, SECRET, SERVICE, Platform, code

AUTHORIZE = "/connect/oauth2/authorize"
BACK = "https://shop.example/back?from=menu"


def authorize(platform: Platform, **changed: str) -> Any:
    query = {"appid": SERVICE, "redirect_uri": BACK, "response_type": "code", "scope": "snsapi_userinfo", "state": "s1"}
    return platform.asked("GET", AUTHORIZE, None, **{**query, "person": platform.mulan.person, **changed})


def consent(platform: Platform, scope: str = "snsapi_userinfo") -> Any:
    given = parse_qs(urlsplit(authorize(platform, scope=scope).headers["Location"]).query)["code"][0]
    return exchange(platform, given)


def exchange(platform: Platform, given: str, **changed: str) -> Any:
    query = {"appid": SERVICE, "secret": SECRET, "code": given, "grant_type": "authorization_code", **changed}
    return platform.said("GET", "/sns/oauth2/access_token", **query)


def info(platform: Platform, told: Any, **changed: str) -> Any:
    return platform.said("GET", "/sns/userinfo", **{"access_token": told["access_token"], "openid": told["openid"], **changed})


def test_a_person_who_consents_is_sent_back_with_a_code(platform: Platform) -> None:
    answer = authorize(platform)
    target = urlsplit(answer.headers["Location"])
    assert (answer.status, target.netloc, target.path) == (302, "shop.example", "/back")
    assert {name: values for name, values in parse_qs(target.query).items() if name != "code"} == {"from": ["menu"], "state": ["s1"]}


def test_a_browser_that_is_nobodys_is_asked_who_it_is(platform: Platform) -> None:
    query = {"appid": SERVICE, "redirect_uri": BACK, "response_type": "code", "scope": "snsapi_base"}
    answer = platform.asked("GET", AUTHORIZE, None, **query)
    assert answer.content_type.startswith("text/html")
    assert f"person={platform.mulan.person}" in answer.body.decode()


@pytest.mark.parametrize(
    "changed", [{"scope": "snsapi_login"}, {"response_type": "token"}, {"redirect_uri": "javascript:alert(1)"}, {"person": "p99"}]
)
def test_a_page_that_asks_wrongly_is_told_so(platform: Platform, changed: dict[str, str]) -> None:
    assert authorize(platform, **changed).status == 400


def test_a_code_tells_openid_and_unionid_to_whom_more_was_granted(platform: Platform) -> None:
    told = consent(platform)
    assert (told["openid"], told["unionid"]) == (platform.mulan.openid, platform.world.unionid(platform.mulan))
    assert info(platform, told)["nickname"] == "mulan"


def test_recognising_gives_no_profile(platform: Platform) -> None:
    told = consent(platform, "snsapi_base")
    assert "unionid" not in told
    assert code(info(platform, told)) == 48001


def test_a_code_is_exchanged_once_by_its_own_account(platform: Platform) -> None:
    given = parse_qs(urlsplit(authorize(platform).headers["Location"]).query)["code"][0]
    assert code(exchange(platform, given, secret="wrong")) == 40125
    assert code(exchange(platform, given, appid=MINI)) == 48001
    assert [code(exchange(platform, given)), code(exchange(platform, given)), code(exchange(platform, ""))] == [0, 40163, 41008]


def test_a_snapshot_is_marked_and_has_no_name(platform: Platform) -> None:
    platform.admin("persons", name="mulan", snapshot=True)
    told = consent(platform)
    assert told["is_snapshotuser"] == 1
    assert info(platform, told)["nickname"] == "微信用户"


def test_a_persons_token_lasts_two_hours_and_is_refreshed_for_thirty_days(platform: Platform) -> None:
    told = consent(platform)
    platform.clock.advance(2 * HOUR_MS)
    assert code(info(platform, told)) == 42001
    fresh = platform.said("GET", "/sns/oauth2/refresh_token", refresh_token=told["refresh_token"])
    assert fresh["access_token"] != told["access_token"]
    assert code(platform.said("GET", "/sns/auth", access_token=fresh["access_token"], openid=fresh["openid"])) == 0
    platform.clock.advance(30 * DAY_MS)
    assert code(platform.said("GET", "/sns/oauth2/refresh_token", refresh_token=told["refresh_token"])) == 42002


def test_a_wrong_token_of_a_person_is_refused(platform: Platform) -> None:
    told = consent(platform)
    assert code(info(platform, told, access_token="")) == 41001
    assert code(info(platform, told, access_token="x")) == 40001
    assert code(info(platform, told, openid="oNobody")) == 40003
    assert code(platform.said("GET", "/sns/oauth2/refresh_token", refresh_token="x")) == 40030
