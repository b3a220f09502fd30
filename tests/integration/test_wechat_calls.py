"""The client against the local WeChat, over real sockets: what both believe of the platform must fit together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest

from chalicelib.settings import settings
from chalicelib.wechat import calling, tickets
from chalicelib.wechat.calls import codes, media, menus, messages, minis, oauth, quota, tags, users
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, TryAgain, Unreachable
from infra.local_wechat.driver import Driver
from infra.local_wechat.server import LocalWechat
from tests.unit.wechat.platform import APP_SECRET, APPID, stored

MINI = "wx9a8b7c6d5e4f3a2b"
BUTTON = {"type": "click", "name": "新品", "key": "NEW"}
UNPAID = {"type": "view", "name": "待付款", "url": "https://shop.example.com/cart"}
USER_INFO = users.INFO.path
CUSTOM = messages.CUSTOM.path


@dataclass
class Town:
    """A local WeChat with a service account, its mini program, and Mulan, who follows."""

    wechat: Driver

    def __post_init__(self) -> None:
        for appid, kind in ((APPID, "service"), (MINI, "mini_program")):
            self.wechat.account(appid, kind, token="shop", secret=APP_SECRET, mode="plain", open_platform="brand")
        self.mulan = self.wechat.person("mulan", mobile="13800000000")

    @cached_property
    def fan(self) -> str:
        """Her openid."""
        return self.wechat.act(self.mulan, APPID, "follow", via="search").openid

    @property
    def client(self) -> Client:
        return Client(APPID, self.means)

    @property
    def mini(self) -> Client:
        return Client(MINI, self.means)

    @property
    def means(self) -> calling.Means:
        return calling.Means(sleep=lambda _seconds: None)

    def calls(self, path: str) -> int:
        """How many calls of an interface have come."""
        return int(self.wechat.report()["calls"].get(path, 0))


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with LocalWechat(seed=1) as local, stored():
        monkeypatch.setenv("HUILIU_WECHAT_API_URL", local.url)
        settings.cache_clear()
        yield Town(Driver(local.url))
    monkeypatch.undo()
    settings.cache_clear()


def test_fans_are_found_and_described(town: Town) -> None:
    fan = users.info(town.client, town.fan)
    assert (fan.openid, fan.following, fan.scene) == (town.fan, True, "ADD_SCENE_SEARCH")
    assert users.batch_info(town.client, [town.fan]) == [fan]
    assert users.page(town.client).openids == (town.fan,)
    users.set_remark(town.client, town.fan, "老顾客")
    assert users.info(town.client, town.fan).remark == "老顾客"
    with pytest.raises(Unreachable):
        users.info(town.client, "oNobody")


def test_a_tag_brings_a_personalised_menu(town: Town) -> None:
    tag = tags.create(town.client, "未付款")
    with pytest.raises(Dropped) as taken:
        tags.create(town.client, "未付款")
    assert taken.value.number == 45157
    assert menus.get(town.client) is None
    menus.create(town.client, [BUTTON])
    menu = menus.add_conditional(town.client, [UNPAID], tag)
    tags.tag(town.client, tag, [town.fan])
    assert [button["name"] for button in menus.try_match(town.client, town.fan)] == ["待付款"]
    found = menus.get(town.client)
    assert found is not None
    assert [(one.id, one.tag) for one in found.conditional] == [(menu, tag)]
    assert tags.holders(town.client, tag).openids == (town.fan,)
    tags.untag(town.client, tag, [town.fan])
    assert tags.of_fan(town.client, town.fan) == ()
    assert [button["name"] for button in menus.try_match(town.client, town.fan)] == ["新品"]
    menus.delete_conditional(town.client, menu)
    tags.delete(town.client, tag)
    assert tag not in [one.id for one in tags.all(town.client)]


def test_a_scanned_code_brings_its_scene_back(town: Town) -> None:
    code = codes.create(town.client, "utm_source=expo&code=618", 600)
    assert code.expires_seconds == 600
    openid = town.wechat.act(town.mulan, APPID, "scan", ticket=code.ticket).openid
    assert users.info(town.client, openid).qr_scene == "utm_source=expo&code=618"
    assert codes.create(town.client, "shop-7", None).expires_seconds is None


def test_what_is_sent_is_what_the_fan_sees(town: Town) -> None:
    text = '裙装 ❤ \\u8863 "quoted"'
    messages.send_custom(town.client, {"touser": town.fan, "msgtype": "text", "text": {"content": text}})
    [sent] = town.wechat.outbox(openid=town.fan)
    assert sent["body"]["text"]["content"] == text


def test_a_template_message_with_a_key_arrives_once_whatever_happens(town: Town) -> None:
    template = town.wechat.template(APPID, ["thing1"])
    town.wechat.fault({"path": messages.TEMPLATE.path}, {"count": 1}, {"reset_after": None})
    payload = {"touser": town.fan, "template_id": template, "client_msg_id": "m1", "data": {"thing1": {"value": "裙装"}}}
    assert messages.send_template(town.client, payload)
    assert len(town.wechat.outbox(openid=town.fan, decision="accepted")) == 1


def test_a_customer_service_message_whose_answer_was_lost_is_not_repeated(town: Town) -> None:
    town.wechat.fault({"path": CUSTOM}, {"count": 1}, {"reset_after": None})
    with pytest.raises(TryAgain) as failed:
        messages.send_custom(town.client, {"touser": town.fan, "msgtype": "text", "text": {"content": "裙装"}})
    assert failed.value.sent_maybe
    assert len(town.wechat.outbox(openid=town.fan)) == 1


def test_a_token_that_expired_under_us_is_replaced_and_nobody_notices(town: Town) -> None:
    users.info(town.client, town.fan)
    town.wechat.advance(7_300)
    assert users.info(town.client, town.fan).following
    assert town.calls("/cgi-bin/stable_token") == 2


def test_a_platform_that_refuses_every_token_is_not_asked_for_ever(town: Town) -> None:
    town.wechat.preset("token_always_bad")
    for _ in range(20):
        with pytest.raises(Misconfigured):
            users.info(town.client, "oFan1")
    assert town.calls("/cgi-bin/stable_token") == 2
    assert town.calls(USER_INFO) == 21  # of each the one attempt, and of the first the one with the newer token


def test_files_go_up(town: Town) -> None:
    assert media.upload(town.client, media.MediaType.IMAGE, "裙.jpg", b"\xff\xd8\xff\xe0" + b"0" * 100, "image/jpeg").id


def test_the_platforms_count_can_be_read_and_cleared(town: Town) -> None:
    users.page(town.client)
    assert quota.get(town.client, users.LIST.path).used == 1
    quota.clear(town.client)
    assert quota.get(town.client, users.LIST.path).used == 0
    for _ in range(9):
        quota.clear(town.client)
    with pytest.raises(LimitReached):
        quota.clear(town.client)


def test_a_visitor_of_the_mini_program_is_known_by_the_same_unionid(town: Town) -> None:
    code = town.wechat.act(town.mulan, MINI, "open_mini").gives["code"]
    session = minis.session(town.mini, code)
    assert session.unionid == users.info(town.client, town.fan).unionid != ""
    with pytest.raises(Dropped) as used:
        minis.session(town.mini, code)
    assert used.value.number == 40163
    phone = minis.phone_number(town.mini, town.wechat.act(town.mulan, MINI, "phone_button").gives["code"])
    assert (phone.plain, phone.country) == ("13800000000", "86")


def test_pages_of_the_mini_program_have_links_and_codes(town: Town) -> None:
    assert minis.url_link(town.mini, "/pages/sku", "id=1", 30).startswith("https://")
    assert minis.scheme(town.mini, "/pages/sku", "id=1", 30).startswith("weixin://")
    assert minis.unlimited_code(town.mini, "id=1").startswith(b"\xff\xd8")


def test_a_web_page_learns_who_reads_it(town: Town) -> None:
    code = town.wechat.act(town.mulan, APPID, "oauth", redirect_uri="https://h5.example.com/", scope="snsapi_userinfo").gives["code"]
    consent = oauth.exchange(town.client, code)
    assert (consent.openid, consent.snapshot) == (town.fan, False)
    assert oauth.profile(town.client, consent).openid == town.fan
    assert tickets.ticket(town.client) == tickets.ticket(town.client) != ""
