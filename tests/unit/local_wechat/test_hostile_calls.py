"""Whatever is sent, the platform answers: with what was asked for, or with a number and a rid."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.call import Body
from infra.local_wechat.catalogue import APIS
from infra.local_wechat.state import TemplateKind
from tests.unit.local_wechat.calling import MINI, SERVICE, Platform, code

OPENID = "OPENID"  # stands for mulan's, of the account that calls
OTHER = "OTHER"
CLICK = {"type": "click", "name": "新品", "key": "NEW"}
DATA = {"thing1": {"value": "连衣裙"}}
MASS = {"msgtype": "text", "text": {"content": "618"}}
CUSTOM = "/cgi-bin/message/custom/send"
MENU = {"button": [{"name": "更多", "sub_button": [CLICK, {"type": "view", "name": "商城", "url": "https://a.example"}]}]}
QR = {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": {"scene": {"scene_str": "expo"}}}

OF_SERVICE: list[tuple[str, Any]] = [
    ("/cgi-bin/user/info/batchget", {"user_list": [{"openid": OPENID, "lang": "zh_CN"}]}),
    ("/cgi-bin/user/info/updateremark", {"openid": OPENID, "remark": "r"}),
    ("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""}),
    ("/cgi-bin/tags/members/batchblacklist", {"openid_list": [OPENID]}),
    ("/cgi-bin/tags/members/batchunblacklist", {"openid_list": [OPENID]}),
    ("/cgi-bin/tags/create", {"tag": {"name": "new"}}),
    ("/cgi-bin/tags/update", {"tag": {"id": 100, "name": "other"}}),
    ("/cgi-bin/tags/delete", {"tag": {"id": 100}}),
    ("/cgi-bin/tags/members/batchtagging", {"openid_list": [OPENID], "tagid": 100}),
    ("/cgi-bin/tags/members/batchuntagging", {"openid_list": [OPENID], "tagid": 100}),
    ("/cgi-bin/tags/getidlist", {"openid": OPENID}),
    ("/cgi-bin/user/tag/get", {"tagid": 100, "next_openid": ""}),
    ("/cgi-bin/qrcode/create", QR),
    ("/cgi-bin/menu/create", MENU),
    ("/cgi-bin/menu/addconditional", {**MENU, "matchrule": {"tag_id": "100"}}),
    ("/cgi-bin/menu/trymatch", {"user_id": OPENID}),
    (CUSTOM, {"touser": OPENID, "msgtype": "text", "text": {"content": "a"}}),
    (CUSTOM, {"touser": OPENID, "msgtype": "news", "news": {"articles": [{"title": "a", "description": "d", "url": "https://a.example"}]}}),
    (CUSTOM, {"touser": OPENID, "msgtype": "msgmenu", "msgmenu": {"head_content": "h", "list": [{"id": "1", "content": "a"}]}}),
    ("/cgi-bin/message/custom/typing", {"touser": OPENID, "command": "Typing"}),
    ("/cgi-bin/message/template/send", {"touser": OPENID, "template_id": "T1", "client_msg_id": "k", "data": DATA}),
    ("/cgi-bin/message/subscribe/bizsend", {"touser": OPENID, "template_id": "N1", "data": DATA}),
    ("/cgi-bin/template/api_add_template", {"template_id_short": "TM1", "keyword_name_list": ["商品"]}),
    ("/cgi-bin/template/del_private_template", {"template_id": "T1"}),
    ("/cgi-bin/message/mass/sendall", {"filter": {"is_to_all": False, "tag_id": 100}, "clientmsgid": "k", **MASS}),
    ("/cgi-bin/message/mass/send", {"touser": [OPENID, OTHER], **MASS}),
    ("/cgi-bin/message/mass/preview", {"touser": OPENID, **MASS}),
    ("/cgi-bin/message/mass/speed/set", {"speed": 1}),
    ("/cgi-bin/clear_quota", {"appid": SERVICE}),
    ("/cgi-bin/openapi/quota/get", {"cgi_path": CUSTOM}),
    ("/cgi-bin/openapi/quota/clear", {"cgi_path": CUSTOM}),
    ("/cgi-bin/callback/check", {"action": "all"}),
]
OF_MINI: list[tuple[str, Any]] = [
    ("/cgi-bin/message/subscribe/send", {"touser": OPENID, "template_id": "N1", "page": "p", "lang": "zh_CN", "data": DATA}),
    ("/wxaapi/newtmpl/addtemplate", {"tid": "1", "kidList": [1, 2], "sceneDesc": "s"}),
    ("/wxaapi/newtmpl/deltemplate", {"priTmplId": "N1"}),
    ("/wxa/generate_urllink", {"path": "p", "query": "a=1", "expire_type": 1, "expire_interval": 1}),
    ("/wxa/generatescheme", {"jump_wxa": {"path": "p", "query": "a=1"}, "expire_type": 0, "expire_time": 2_000_000_000}),
    ("/wxa/getwxacodeunlimit", {"scene": "s", "page": "p", "check_path": True}),
    ("/wxa/getwxacode", {"path": "p"}),
]
CALLS = [(path, body, SERVICE) for path, body in OF_SERVICE] + [(path, body, MINI) for path, body in OF_MINI]
JUNK: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", "裙" * 2000, [], {}, [1], [[]], {"a": 1}, [{}], [None], {"value": {}}]


def furnished() -> Platform:
    """A platform that has what the bodies speak of."""
    platform = Platform()
    platform.post("/cgi-bin/tags/create", {"tag": {"name": "vip"}})
    platform.post("/cgi-bin/menu/create", {"button": [CLICK]})
    platform.fan("other")
    for appid in (SERVICE, MINI):
        platform.template("thing1", appid=appid)
        platform.template("thing1", kind=TemplateKind.ONE_TIME, appid=appid, name="N1")
        platform.admin("credits", appid=appid, person=platform.mulan.person, template_id="N1", left=1000)
    return platform


def meant(platform: Platform, body: Any, appid: str) -> Any:
    """The body with the openids of those who are meant."""
    other = platform.world.relation(SERVICE, platform.world.person_named("other").id)
    text = json.dumps(body, ensure_ascii=False)
    return json.loads(text.replace(OPENID, platform.world.relation(appid, platform.mulan.person).openid).replace(OTHER, other.openid))


def spoilt(body: Any) -> Iterator[Any]:
    """The body with each of its parts in turn replaced by each kind of junk, or left out."""
    for trail in _trails(body):
        for junk in JUNK:
            changed = copy.deepcopy(body)
            _at(changed, trail[:-1])[trail[-1]] = junk
            yield changed
        changed = copy.deepcopy(body)
        del _at(changed, trail[:-1])[trail[-1]]
        yield changed


def _trails(value: Any) -> Iterator[tuple[Any, ...]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield (key,)
        yield from ((key, *trail) for trail in _trails(value[key]))


def _at(value: Any, trail: tuple[Any, ...]) -> Any:
    for key in trail:
        value = value[key]
    return value


@pytest.mark.parametrize(("path", "body", "appid"), CALLS)
def test_a_right_body_is_accepted(path: str, body: Any, appid: str) -> None:
    platform = furnished()
    answer = platform.asked("POST", path, meant(platform, body, appid), access_token=platform.token(appid))
    assert (answer.status, answer.errcode) == (200, 0)


@pytest.mark.parametrize(("path", "body", "appid"), CALLS)
def test_whatever_part_of_it_is_junk_it_is_answered(path: str, body: Any, appid: str) -> None:
    platform = furnished()
    token = platform.token(appid)
    for changed in spoilt(meant(platform, body, appid)):
        answer = platform.asked("POST", path, changed, access_token=token)
        assert answer.status == 200, changed
        if answer.content_type.startswith("application/json"):
            told = json.loads(answer.body)
            assert ("rid: " in told.get("errmsg", "")) == (code(told) != 0)


def test_hardly_a_call_with_a_body_is_left_out() -> None:
    with_body = {path for path, api in APIS.items() if api.body is Body.JSON}
    assert with_body - {path for path, _, _ in CALLS} == {
        "/cgi-bin/stable_token",
        "/cgi-bin/clear_quota/v2",
        "/cgi-bin/menu/delconditional",
        "/cgi-bin/message/device/subscribe/send",
        "/cgi-bin/message/mass/delete",
        "/cgi-bin/message/mass/get",
        "/cgi-bin/openapi/rid/get",
        "/cgi-bin/wxaapp/createwxaqrcode",
        "/wxa/business/getuserphonenumber",
    }


@given(st.binary(max_size=60), st.sampled_from(sorted(APIS)))
def test_no_bytes_bring_the_platform_down(body: bytes, path: str) -> None:
    platform = Platform()
    assert platform.asked("POST", path, body, access_token=platform.token()).status == 200
