"""Mini programs: logging in, phone numbers, links and codes."""

from typing import Any

import pytest

from infra.local_wechat.clock import MINUTE_MS, china_day
from tests.unit.local_wechat.calling import MINI, SECRET, SERVICE, Platform, code

LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
LINK = "/wxa/generate_urllink"
UNLIMITED = "/wxa/getwxacodeunlimit"


def granted(platform: Platform, kind: str, appid: str = MINI) -> str:
    return str(platform.admin("grants", appid=appid, person=platform.mulan.person, kind=kind)["code"])


def login(platform: Platform, js_code: str, **changed: str) -> Any:
    query = {"appid": MINI, "secret": SECRET, "js_code": js_code, "grant_type": "authorization_code", **changed}
    return platform.said("GET", LOGIN, **query)


def test_a_login_code_tells_the_person_once(platform: Platform) -> None:
    js_code = granted(platform, "login")
    told = login(platform, js_code)
    visitor = platform.world.relation(MINI, platform.mulan.person)
    assert told == {"openid": visitor.openid, "session_key": visitor.session_key, "unionid": platform.world.unionid(platform.mulan)}
    assert code(login(platform, js_code)) == 40163


def test_each_login_has_a_session_key_of_its_own(platform: Platform) -> None:
    keys = {login(platform, granted(platform, "login"))["session_key"] for _ in range(3)}
    assert len(keys) == 3


@pytest.mark.parametrize(("js_code", "number"), [("", 41008), ("unknown", 40029)])
def test_a_login_needs_a_code(platform: Platform, js_code: str, number: int) -> None:
    assert code(login(platform, js_code)) == number


@pytest.mark.parametrize(("changed", "number"), [({"secret": "wrong"}, 40125), ({"appid": "wx0"}, 40013), ({"appid": SERVICE}, 48001)])
def test_a_login_is_told_to_its_own_mini_program(platform: Platform, changed: dict[str, str], number: int) -> None:
    assert code(login(platform, granted(platform, "login"), **changed)) == number


def test_a_code_is_good_for_five_minutes_and_one_purpose(platform: Platform) -> None:
    late, phone = granted(platform, "login"), granted(platform, "phone")
    platform.clock.advance(5 * MINUTE_MS)
    assert code(login(platform, late)) == 40029
    assert code(login(platform, phone)) == 40029


def test_a_person_logs_in_a_hundred_times_a_minute_at_most(platform: Platform) -> None:
    answers = [code(login(platform, granted(platform, "login"))) for _ in range(101)]
    assert answers == [0] * 100 + [45011]


def test_the_phone_button_tells_the_number_once(platform: Platform) -> None:
    platform.admin("persons", name="mulan", mobile="13800000000")
    button = granted(platform, "phone")
    told = platform.post(PHONE, {"code": button}, MINI)["phone_info"]
    assert (told["purePhoneNumber"], told["countryCode"], told["watermark"]["appid"]) == ("13800000000", "86", MINI)
    assert code(platform.post(PHONE, {"code": button}, MINI)) == 40163
    assert code(platform.post(PHONE, {"code": granted(platform, "login")}, MINI)) == 40029
    assert code(platform.post(PHONE, {}, MINI)) == 40029


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"path": "pages/a", "query": "code=1"}, 0),
        ({"expire_type": 1, "expire_interval": 30}, 0),
        ({"expire_type": 1, "expire_interval": 365}, 0),
        ({"expire_type": 1, "expire_interval": 0}, 85401),
        ({"expire_type": 0, "expire_time": 1}, 40097),
        ({"expire_type": 2}, 40097),
        ({"query": "q" * 1025}, 40035),
        ({"path": "pages/none"}, 41030),
    ],
)
def test_a_link_leads_to_a_page_and_ends_within_thirty_days(platform: Platform, asked: Any, number: int) -> None:
    platform.admin("accounts", appid=MINI, pages=["pages/a"])
    assert code(platform.post(LINK, asked, MINI)) == number
    inside = {name: asked[name] for name in ("path", "query") if name in asked}
    outside = {name: value for name, value in asked.items() if name not in inside}
    assert code(platform.post("/wxa/generatescheme", {"jump_wxa": inside, **outside}, MINI)) == number


def test_links_are_addresses_and_schemes(platform: Platform) -> None:
    assert platform.post(LINK, {"path": "pages/a"}, MINI)["url_link"].startswith("https://wxaurl.cn/")
    assert platform.post("/wxa/generatescheme", {"expire_type": 1, "expire_interval": 1}, MINI)["openlink"].startswith(
        "weixin://dl/business/"
    )


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"scene": "code=618"}, None),
        ({"scene": "s" * 32}, None),
        ({"scene": "s" * 33}, 40129),
        ({"scene": ""}, 40129),
        ({"scene": "裙装"}, 40129),
        ({"scene": "a", "page": "pages/none"}, 41030),
        ({"scene": "a", "page": "pages/none", "check_path": False}, None),
    ],
)
def test_a_code_of_a_mini_program_is_a_picture_or_says_why_not(platform: Platform, asked: Any, number: int | None) -> None:
    platform.admin("accounts", appid=MINI, pages=["pages/a"])
    answer = platform.asked("POST", UNLIMITED, asked, access_token=platform.token(MINI))
    assert (answer.content_type == "image/jpeg", answer.errcode) == (number is None, number or 0)


def test_counted_codes_run_out(platform: Platform) -> None:
    platform.world.counters["codes", MINI] = 99_999
    first = platform.asked("POST", "/wxa/getwxacode", {"path": "pages/a"}, access_token=platform.token(MINI))
    assert first.content_type == "image/jpeg"
    assert code(platform.post("/cgi-bin/wxaapp/createwxaqrcode", {"path": "pages/a"}, MINI)) == 45029
    assert code(platform.post("/wxa/getwxacode", {}, MINI)) == 40035


def test_links_run_out_for_the_day(platform: Platform) -> None:
    platform.world.counters["links", MINI, china_day(platform.clock.world())] = 500_000
    assert code(platform.post(LINK, {}, MINI)) == 45009
