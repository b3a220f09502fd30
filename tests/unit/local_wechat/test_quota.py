"""Calls about calls."""

import pytest

from infra.local_wechat.clock import DAY_MS
from tests.unit.local_wechat.calling import MINI, SECRET, SERVICE, TRIAL, Platform, code

INFO = "/cgi-bin/user/info"
GET = "/cgi-bin/openapi/quota/get"


def spend(platform: Platform) -> int:
    return code(platform.get(INFO, openid=platform.mulan.openid))


def test_what_is_left_of_a_day_is_told(platform: Platform) -> None:
    spend(platform)
    assert platform.post(GET, {"cgi_path": INFO})["quota"] == {"daily_limit": 5_000_000, "used": 1, "remain": 4_999_999}
    assert platform.post(GET, {"cgi_path": "/cgi-bin/message/mass/sendall"})["rate_limit"] == {"call_count": 60, "refresh_second": 60}


def test_test_accounts_have_less(platform: Platform) -> None:
    assert platform.post(GET, {"cgi_path": "/cgi-bin/menu/create"}, TRIAL)["quota"]["daily_limit"] == 100


@pytest.mark.parametrize(("path", "number"), [("cgi-bin/user/info", 76003), ("", 76003), ("/cgi-bin/nothing", 76021)])
def test_a_path_must_be_one(platform: Platform, path: str, number: int) -> None:
    assert code(platform.post(GET, {"cgi_path": path})) == number


def test_counts_can_be_cleared_ten_times_a_month_whichever_way(platform: Platform) -> None:
    platform.account.quotas[INFO] = 1
    assert [spend(platform), spend(platform)] == [0, 45009]
    assert code(platform.post("/cgi-bin/clear_quota", {"appid": SERVICE})) == 0
    assert [spend(platform), spend(platform)] == [0, 45009]
    assert code(platform.post("/cgi-bin/openapi/quota/clear", {"cgi_path": INFO})) == 0
    assert spend(platform) == 0
    secret = {"appid": SERVICE, "appsecret": SECRET}
    assert [code(platform.said("POST", "/cgi-bin/clear_quota/v2", secret)) for _ in range(9)] == [0] * 8 + [48006]
    platform.clock.advance(31 * DAY_MS)
    assert code(platform.said("POST", "/cgi-bin/clear_quota/v2", secret)) == 0


def test_counts_are_cleared_by_their_owner(platform: Platform) -> None:
    assert code(platform.post("/cgi-bin/clear_quota", {"appid": MINI})) == 40013
    assert code(platform.post("/cgi-bin/clear_quota", {})) == 41002
    assert code(platform.said("POST", "/cgi-bin/clear_quota/v2", {"appid": SERVICE, "appsecret": "wrong"})) == 40125


def test_a_rid_tells_its_own_account_what_was_asked(platform: Platform) -> None:
    rid = platform.get(INFO, openid="oNobody")["errmsg"].rpartition("rid: ")[2]
    told = platform.post("/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert told["request_url"] == "openid=oNobody"
    assert code(platform.post("/cgi-bin/openapi/rid/get", {"rid": rid}, MINI)) == 76003
    assert code(platform.post("/cgi-bin/openapi/rid/get", {"rid": ""})) == 76003


def test_the_platforms_addresses_are_told_and_the_way_to_the_server_is_checked(platform: Platform) -> None:
    assert platform.get("/cgi-bin/getcallbackip") == {"ip_list": ["127.0.0.1"]}
    assert platform.get("/cgi-bin/get_api_domain_ip") == {"ip_list": ["127.0.0.1"]}
    assert platform.post("/cgi-bin/callback/check", {"action": "all"}).keys() == {"dns", "ping"}
    assert code(platform.post("/cgi-bin/callback/check", {})) == 40035
