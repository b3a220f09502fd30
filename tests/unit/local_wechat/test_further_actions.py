"""Mini programs, subscriptions, customer service, cards, privacy: what they push and what they give."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.local_wechat.driver import SimulatorRefused
from tests.unit.local_wechat.stage import MINI, SERVICE, Stage, inside


def pushed(stage: Stage) -> Any:
    return inside(stage.receiver.last)


def credit(stage: Stage, template: str, appid: str = MINI) -> Any:
    return stage.driver.relation(stage.mulan, appid)["credits"][template]


def test_each_acceptance_allows_one_notice_more() -> None:
    stage = Stage()
    for _ in range(2):
        stage.act("subscribe_popup", MINI, choices={"tpl-A": "accept", "tpl-B": "reject"})
    assert [one["SubscribeStatusString"] for one in pushed(stage)["List"]] == ["accept", "reject"]
    assert (credit(stage, "tpl-A")["left"], credit(stage, "tpl-B")["left"]) == (2, 0)


def test_one_choice_comes_as_an_object_in_json_and_wrapped_in_xml() -> None:
    stage = Stage()
    stage.act("subscribe_popup", MINI, choices={"tpl-A": "accept"})
    assert pushed(stage)["List"] == {"TemplateId": "tpl-A", "SubscribeStatusString": "accept", "PopupScene": "0"}
    stage.act("subscribe_popup", SERVICE, choices={"tpl-A": "accept"})
    assert pushed(stage)["SubscribeMsgPopupEvent"]["List"]["TemplateId"] == "tpl-A"


def test_a_refusal_spends_nothing_and_a_withdrawal_everything() -> None:
    stage = Stage()
    stage.act("subscribe_popup", MINI, choices={"tpl-A": "accept"}, always=True)
    stage.act("subscribe_popup", MINI, choices={"tpl-A": "reject"})
    assert (credit(stage, "tpl-A")["left"], credit(stage, "tpl-A")["always"]) == (1, True)
    stage.act("withdraw", MINI, template_ids=["tpl-A"])
    assert pushed(stage)["Event"] == "subscribe_msg_change_event"
    assert credit(stage, "tpl-A") == {"left": 0, "always": False, "refused": True}


@pytest.mark.parametrize("choices", [None, {}, {"tpl-A": "maybe"}, ["tpl-A"]])
def test_a_popup_needs_choices(choices: Any) -> None:
    with pytest.raises(SimulatorRefused, match="choices"):
        Stage().act("subscribe_popup", MINI, choices=choices)


def test_entering_the_service_of_a_mini_program_opens_two_messages_for_a_minute() -> None:
    stage = Stage()
    stage.act("enter_service", MINI, session_from="sku=1001|新品")
    assert (pushed(stage)["Event"], pushed(stage)["SessionFrom"]) == ("user_enter_tempsession", "sku=1001|新品")
    window = stage.driver.relation(stage.mulan, MINI)["window"]
    assert (window["left"], window["deadline"] - stage.clock.now) == (2, 60_000)


def test_a_card_of_a_page_is_a_message_to_the_mini_program() -> None:
    stage = Stage()
    stage.act("mini_page", MINI, title="托特包", path="pages/item?id=1")
    assert (pushed(stage)["MsgType"], pushed(stage)["AppId"], pushed(stage)["PagePath"]) == ("miniprogrampage", MINI, "pages/item?id=1")
    assert stage.driver.relation(stage.mulan, MINI)["window"]["left"] == 5


@pytest.mark.parametrize(
    ("event", "name", "fields"),
    [
        ("open", "kf_create_session", {"KfAccount": "kf1@shop"}),
        ("close", "kf_close_session", {"KfAccount": "kf1@shop"}),
        ("switch", "kf_switch_session", {"FromKfAccount": "kf1@shop", "ToKfAccount": "kf2@shop"}),
    ],
)
def test_sessions_with_agents_are_told(event: str, name: str, fields: dict[str, str]) -> None:
    stage = Stage()
    stage.act("agent", event=event, agent="kf1@shop", to="kf2@shop")
    assert pushed(stage).items() >= {"Event": name, **fields}.items()


def test_a_card_that_is_taken_tells_the_unionid_of_an_owner_with_an_open_platform() -> None:
    stage = Stage()
    stage.act("card", card_id="pCard", code="618", fields={"OuterStr": "store_17"})
    unionid = stage.driver.relation(stage.mulan, SERVICE)["unionid"]
    told = {"Event": "user_get_card", "CardId": "pCard", "UserCardCode": "618", "OuterStr": "store_17", "UnionId": unionid}
    assert pushed(stage).items() >= told.items()
    stage.act("card", event="user_del_card", card_id="pCard")
    assert "UnionId" not in pushed(stage)


@pytest.mark.parametrize(
    ("change", "event"),
    [("modified", "user_info_modified"), ("revoke", "user_authorization_revoke"), ("cancel", "user_authorization_cancellation")],
)
def test_what_an_account_may_know_changes(change: str, event: str) -> None:
    stage = Stage()
    openid = stage.act("privacy", MINI, change=change).openid
    assert pushed(stage).items() >= {"Event": event, "OpenID": openid, "AppID": MINI}.items()
    assert ("RevokeInfo" in pushed(stage)) == (change != "modified")


def test_the_platforms_own_news_do_not_come_from_the_fan() -> None:
    stage = Stage()
    openid = stage.act("media_check", MINI, trace_id="trace-1", suggest="risky", label=20001).openid
    assert pushed(stage)["FromUserName"] != openid
    assert (pushed(stage)["trace_id"], pushed(stage)["result"]) == ("trace-1", {"suggest": "risky", "label": 20001})
    stage.act("publish", urls=["https://mp.example/s/1"])
    assert pushed(stage)["PublishEventInfo"]["article_detail"]["item"] == {"idx": "1", "article_url": "https://mp.example/s/1"}


def test_the_consoles_test_push_and_anything_else_can_be_pushed() -> None:
    stage = Stage()
    stage.act("debug_demo", MINI)
    assert (pushed(stage)["Event"], pushed(stage)["debug_str"]) == ("debug_demo", "hello world")
    stage.act("push", event="WifiConnected", fields={"ShopId": "17"})
    assert (pushed(stage)["Event"], pushed(stage)["ShopId"]) == ("WifiConnected", "17")


def test_opening_a_mini_program_gives_a_code_that_works_once() -> None:
    stage = Stage()
    code = stage.act("open_mini", MINI).gives["code"]
    secret = stage.world.accounts[MINI].secret
    target = f"/sns/jscode2session?appid={MINI}&secret={secret}&js_code={code}&grant_type=authorization_code"
    first, second = (json.loads(stage.exchange("GET", target, b"")[1]) for _ in range(2))
    relation = stage.driver.relation(stage.mulan, MINI)
    assert (first["openid"], first["unionid"]) == (relation["openid"], relation["unionid"])
    assert second["errcode"] == 40163


def test_the_phone_button_gives_a_code_for_the_number() -> None:
    stage = Stage()
    code = stage.act("phone_button", MINI).gives["code"]
    assert stage.call("/wxa/business/getuserphonenumber", {"code": code}, MINI)["phone_info"]["purePhoneNumber"] == "13800000000"


@pytest.mark.parametrize("back", ["https://shop.example/h5", "https://shop.example/h5?page=1"])
def test_a_web_page_leads_back_with_a_code_and_what_it_said(back: str) -> None:
    gives = Stage().act("oauth", redirect_uri=back, state="618", scope="snsapi_userinfo").gives
    query = parse_qs(urlsplit(gives["location"]).query)
    assert (query["code"], query["state"]) == ([gives["code"]], ["618"])
    assert gives["location"].startswith(back)


@pytest.mark.parametrize(
    ("action", "appid", "fields"),
    [
        ("open_mini", SERVICE, {}),
        ("phone_button", SERVICE, {}),
        ("enter_service", SERVICE, {}),
        ("mini_page", SERVICE, {"title": "t", "path": "p"}),
        ("media_check", SERVICE, {"trace_id": "t"}),
        ("follow", MINI, {}),
        ("scan", MINI, {"scene": "1"}),
        ("menu", MINI, {"name": "New"}),
        ("oauth", MINI, {}),
    ],
)
def test_what_a_kind_of_account_does_not_have_cannot_be_done_there(action: str, appid: str, fields: dict[str, Any]) -> None:
    with pytest.raises(SimulatorRefused, match="mini program"):
        Stage().act(action, appid, **fields)


@pytest.mark.parametrize(
    ("action", "fields", "named"),
    [
        ("follow", {"via": "telepathy"}, "search"),
        ("privacy", {"change": "all"}, "modified"),
        ("agent", {"event": "shout"}, "open"),
        ("withdraw", {"template_ids": "tpl-A"}, "template_ids"),
        ("card", {}, "card_id"),
        ("push", {"fields": [1]}, "fields"),
        ("link", {"title": "t"}, "url"),
    ],
)
def test_what_an_action_lacks_is_told(action: str, fields: dict[str, Any], named: str) -> None:
    stage = Stage()
    if action == "link":
        stage.act("follow")
    with pytest.raises(SimulatorRefused, match=named):
        stage.act(action, **fields)
