"""What no push has told, and logins, in a stack where every lambda may do only what its policy says."""

import json
from typing import Any, Final

import pytest

from infra.local_stack import LocalStack
from infra.local_wechat.driver import Driver
from infra.wechat_connecting import connect
from tests.e2e.api import Api, Shop
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.waiting import eventually

SHOP: Final = "wxfoundshop"
MINI: Final = "wxfoundmini"
AN_HOUR_IS_OVER: Final = {  # what the schedule sends
    "version": "0",
    "id": "1",
    "account": "000000000000",
    "region": "us-east-1",
    "time": "2026-11-22T07:00:00Z",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "resources": [],
    "detail": {},
}
SECONDS: Final = 150.0  # a sync waits a minute before it reads whom it wonders about


@pytest.fixture(scope="module")
def wechat(guarded_stack: LocalStack) -> Driver:
    """An account and a mini program of one brand."""
    connect(guarded_stack, MINI, {"title": "小程序", "type": "mini_program", "mode": "safe", "open_platform": "found"})
    return connect(guarded_stack, SHOP, {"title": "服务号", "type": "service", "mode": "safe", "open_platform": "found"})


@pytest.fixture
def api(guarded_stack: LocalStack) -> Any:
    with Api(guarded_stack.api_url, guarded_stack.api_key) as made:
        yield made


def test_who_came_and_who_left_in_a_minute_without_pushes_is_found(guarded_stack: LocalStack, wechat: Driver, api: Api, mark: str) -> None:
    came, left = wechat.person(f"came-{mark}"), wechat.person(f"left-{mark}")
    gone = wechat.act(left, SHOP, "follow").openid
    eventually(lambda: api.person(f"openid:{SHOP}", gone)["attributes"], lambda found: f"wechat:{SHOP}" in found)
    wechat.push_fault("down", appid=SHOP, count=2)
    here = wechat.act(came, SHOP, "follow").openid
    wechat.act(left, SHOP, "unfollow")
    stage = guarded_stack.stage
    stage.client("lambda").invoke(FunctionName=f"{stage.function_prefix}-upkeep", Payload=json.dumps(AN_HOUR_IS_OVER))
    eventually(lambda: api.call("GET", f"/v1/accounts/{SHOP}/sync").json().get("state"), lambda state: state == "done", SECONDS)
    eventually(lambda: api.names(f"openid:{SHOP}", here), lambda names: names == ["WechatSubscribed"])
    eventually(lambda: sorted(api.names(f"openid:{SHOP}", gone)), lambda names: names == ["WechatSubscribed", "WechatUnsubscribed"])
    found = [one["properties"].get("found_by") for one in api.timeline(f"openid:{SHOP}", here)]
    assert found == ["sync"]


def test_codes_of_mini_program_and_page_make_one_person(wechat: Driver, api: Api, shop: Shop, mark: str) -> None:
    person = wechat.person(f"mulan-{mark}", mobile="13987654321")

    def code(appid: str, action: str, **more: Any) -> str:
        return str(wechat.act(person, appid, action, **more).gives["code"])

    def sent(path: str, **body: Any) -> Any:
        answer = api.call("POST", path, body, key=shop.key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    odd = api.call("GET", f"/mp_login&code={code(MINI, 'open_mini')}&appid={MINI}").json()
    usual = api.call("GET", f"/mp_login?project=default&code={code(MINI, 'open_mini')}&appid={MINI}").json()
    openid = wechat.relation(person, MINI)["openid"]
    assert odd == usual == {"openid": openid}
    sent(f"/v1/mini/{MINI}/login", code=code(MINI, "open_mini"), anonymous_id=f"anon-{mark}")
    assert sent(f"/v1/mini/{MINI}/phone", code=code(MINI, "phone_button"), openid=openid) == {"phone": "139****4321"}
    page = code(SHOP, "oauth", scope="snsapi_userinfo", redirect_uri="https://shop.example/")
    reader = sent(f"/v1/oauth/{SHOP}", code=page)["openid"]
    names = ((f"openid:{MINI}", openid), (f"openid:{SHOP}", reader), ("anonymous_id", f"anon-{mark}"), ("mobile", "13987654321"))
    eventually(lambda: {api.person_id(*one) for one in names}, lambda found: len(found) == 1 and None not in found)


def test_no_lambda_asked_for_more_than_its_policy_gives(guarded_stack: LocalStack, wechat: Driver) -> None:
    assert logged(guarded_stack, "AccessDenied") == []
    assert dead_letters(guarded_stack) == 0
