"""An independent client, wechatpy, works with the local WeChat as it does with the platform: nothing but the host is changed."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, WeChatOAuth
from wechatpy.exceptions import WeChatClientException

from infra.local_wechat.driver import Driver
from infra.local_wechat.server import LocalWechat

APPID = "wx77aa00bb11cc22dd"
MINI = "wx618mini"
SECRET = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"
PLATFORM = "https://api.weixin.qq.com"


class ToLocal(HTTPAdapter):
    """Sends what is meant for the platform to the local one."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: Any, *args: Any, **more: Any) -> requests.Response:
        request.url = request.url.replace(PLATFORM, self.url)
        return super().send(request, *args, **more)


class Scene:
    """A service account and a mini program of one owner, and a fan who has just written."""

    def __init__(self, wechat: LocalWechat) -> None:
        self.driver = Driver(wechat.url)
        self.driver.account(APPID, "service", secret=SECRET, open_platform="brand")
        self.driver.account(MINI, "mini_program", secret=SECRET, open_platform="brand")
        self.mulan = self.driver.person("mulan", mobile="13800000000")
        self.openid = self.driver.act(self.mulan, APPID, "follow").openid
        self.driver.act(self.mulan, APPID, "text", content="在吗")
        self.client = local(WeChatClient(APPID, SECRET), wechat.url)
        self.mini = local(WeChatClient(MINI, SECRET), wechat.url)
        self.oauth = local(WeChatOAuth(APPID, SECRET, "https://shop.example/back", "snsapi_userinfo"), wechat.url)


def local(client: Any, url: str) -> Any:
    client._http.mount(PLATFORM, ToLocal(url))
    return client


@pytest.fixture
def scene() -> Iterator[Scene]:
    with LocalWechat() as wechat:
        yield Scene(wechat)


def test_users(scene: Scene) -> None:
    told = scene.client.user.get(scene.openid)
    assert (told["subscribe"], told["subscribe_scene"], told["tagid_list"]) == (1, "ADD_SCENE_SEARCH", [])
    assert [one["openid"] for one in scene.client.user.get_batch([scene.openid])] == [scene.openid]
    assert list(scene.client.user.iter_followers()) == [scene.openid]
    scene.client.user.update_remark(scene.openid, "老客户")
    assert scene.client.user.get(scene.openid)["remark"] == "老客户"


def test_tags(scene: Scene) -> None:
    tag = scene.client.tag.create("会员")["id"]
    scene.client.tag.update(tag, "金卡")
    scene.client.tag.tag_user(tag, [scene.openid])
    assert scene.client.tag.get_user_tag(scene.openid) == [tag]
    assert list(scene.client.tag.iter_tag_users(tag)) == [scene.openid]
    assert {"id": tag, "name": "金卡", "count": 1} in scene.client.tag.get()
    scene.client.tag.untag_user(tag, [scene.openid])
    scene.client.tag.delete(tag)
    scene.client.tag.batch_black_list([scene.openid])
    assert scene.client.tag.get_black_list()["data"]["openid"] == [scene.openid]


def test_menus(scene: Scene) -> None:
    button = {"type": "click", "name": "新品", "key": "NEW"}
    scene.client.menu.create({"button": [button]})
    tag = scene.client.tag.create("会员")["id"]
    scene.client.tag.tag_user(tag, [scene.openid])
    made = scene.client.menu.add_conditional({"button": [{**button, "name": "会员"}], "matchrule": {"tag_id": tag}})
    assert scene.client.menu.get()["menu"]["button"][0]["name"] == "新品"
    assert scene.client.menu.try_match(scene.openid)["menu"]["button"][0]["name"] == "会员"
    scene.client.menu.del_conditional(made["menuid"])
    assert scene.client.menu.get_menu_info()["is_menu_open"] == 1
    scene.client.menu.delete()
    with pytest.raises(WeChatClientException) as refused:
        scene.client.menu.get_menu_info() and scene.client.get("menu/get")
    assert refused.value.errcode == 46003


def test_codes(scene: Scene) -> None:
    asked = {"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "expo"}}}
    made = scene.client.qrcode.create(asked)
    assert made["expire_seconds"] == 600
    events = [push["name"] for push in scene.driver.act(scene.mulan, APPID, "scan", ticket=made["ticket"]).pushes]
    assert events == ["SCAN"]


def test_media_and_customer_service_messages(scene: Scene) -> None:
    picture = io.BytesIO(b"\xff\xd8picture")
    picture.name = "a.jpg"
    media = scene.client.media.upload("image", picture)["media_id"]
    scene.client.message.send_text(scene.openid, "您好 🙂")
    scene.client.message.send_image(scene.openid, media)
    scene.client.message.send_articles(scene.openid, [{"title": "新品", "description": "d", "url": "https://a.example", "image": ""}])
    with pytest.raises(WeChatClientException) as refused:
        scene.client.message.send_image(scene.openid, "nothing")
    assert refused.value.errcode == 40007
    assert [one["msgtype"] for one in scene.driver.outbox(openid=scene.openid)] == ["text", "image", "news"]


def test_template_messages(scene: Scene) -> None:
    template = scene.driver.template(APPID, ["thing1", "time2"])
    data = {"thing1": {"value": "连衣裙"}, "time2": {"value": "2025-06-18"}}
    told = scene.client.message.send_template(scene.openid, template, data, url="https://a.example")
    assert told["msgid"] == scene.driver.outbox(template_id=template)[0]["msgid"]
    assert template in {one["template_id"] for one in scene.client.template.get_all_private_template()["template_list"]}


def test_mini_programs_and_pages_know_the_same_person(scene: Scene) -> None:
    login = scene.driver.act(scene.mulan, MINI, "open_mini").gives["code"]
    told = scene.mini.wxa.code_to_session(login)
    given = scene.driver.act(scene.mulan, APPID, "oauth", scope="snsapi_userinfo", redirect_uri="https://shop.example/back").gives["code"]
    scene.oauth.fetch_access_token(given)
    assert scene.oauth.get_user_info()["unionid"] == told["unionid"] == scene.client.user.get(scene.openid)["unionid"]


def test_a_token_that_ends_is_had_anew(scene: Scene) -> None:
    scene.client.user.get(scene.openid)
    scene.driver.advance(7200)
    assert scene.client.user.get(scene.openid)["subscribe"] == 1
    assert scene.driver.report()["calls"]["/cgi-bin/token"] == 2


def test_nothing_that_it_calls_is_missing(scene: Scene) -> None:
    scene.client.misc.get_wechat_ips()
    scene.client.jsapi.get_ticket()
    assert scene.driver.report()["unknown_paths"] == []
