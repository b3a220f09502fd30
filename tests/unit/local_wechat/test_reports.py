"""What accounts send stands in the fan's chat, and the platform reports later what became of it."""

from typing import Any

import pytest

from infra.local_wechat.chat import Via
from tests.unit.local_wechat.stage import MINI, SERVICE, Stage, inside

CUSTOM = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
NOTICE = "/cgi-bin/message/subscribe/send"


def followed() -> Stage:
    stage = Stage()
    stage.act("follow")
    stage.receiver.requests.clear()
    return stage


def openid(stage: Stage, appid: str = SERVICE) -> str:
    return str(stage.driver.relation(stage.mulan, appid)["openid"])


def sent_template(stage: Stage) -> Any:
    template = stage.driver.template(SERVICE, ["thing1"])
    body = {"touser": openid(stage), "template_id": template, "data": {"thing1": {"value": "裙装"}}}
    return stage.call(TEMPLATE, body)


def sent_notice(stage: Stage) -> Any:
    template = stage.driver.template(MINI, ["thing1"], kind="one_time", template_id="tpl-A")
    stage.act("subscribe_popup", MINI, choices={template: "accept"})
    return stage.call(NOTICE, {"touser": openid(stage, MINI), "template_id": template, "data": {"thing1": {"value": "裙装"}}}, MINI)


def reports(stage: Stage) -> list[Any]:
    return [inside(one) for one in stage.receiver.requests if "popup" not in one.body.decode()]


def test_a_customer_service_message_stands_in_the_chat_and_is_not_reported() -> None:
    stage = followed()
    assert stage.call(CUSTOM, {"touser": openid(stage), "msgtype": "text", "text": {"content": "您好"}})["errcode"] == 0
    stage.driver.advance(10)
    (entry,) = [one for one in stage.driver.shown(stage.mulan, SERVICE) if one["via"] == Via.CUSTOM]
    assert (entry["who"], entry["kind"], entry["content"]["text"]["content"]) == ("account", "text", "您好")
    assert reports(stage) == []


def test_a_refused_message_does_not_stand_in_the_chat() -> None:
    stage = followed()
    stage.driver.advance(61)
    assert stage.call(CUSTOM, {"touser": openid(stage), "msgtype": "text", "text": {"content": "too late"}})["errcode"] == 45015
    assert stage.kinds_shown() == [("action", "follow")]


def test_a_template_message_is_reported_with_its_number_a_moment_later() -> None:
    stage = followed()
    answer = sent_template(stage)
    assert reports(stage) == []
    stage.driver.advance(1)
    (report,) = reports(stage)
    assert (report["Event"], report["MsgID"], report["Status"]) == ("TEMPLATESENDJOBFINISH", str(answer["msgid"]), "success")
    assert (Via.TEMPLATE, "template") in [(via, "template") for via, _ in stage.kinds_shown()]


def test_the_report_may_come_before_the_answer() -> None:
    stage = followed()
    stage.driver.ways(jobs_first=True)
    sent_template(stage)
    assert len(reports(stage)) == 1


def test_who_leaves_in_between_has_blocked_it() -> None:
    stage = followed()
    sent_template(stage)
    stage.act("unfollow")
    stage.driver.advance(1)
    assert reports(stage)[-1]["Status"] == "failed:user block"


@pytest.mark.parametrize("status", ["failed: system failed", "failed:freq limit"])
def test_the_platform_may_fail(status: str) -> None:
    stage = followed()
    stage.driver.ways(template_status=status)
    sent_template(stage)
    stage.driver.advance(1)
    assert reports(stage)[0]["Status"] == status


def test_a_notice_by_subscription_is_reported_as_json_has_it() -> None:
    stage = Stage()
    assert sent_notice(stage)["errcode"] == 0
    stage.driver.advance(1)
    report = reports(stage)[-1]
    assert report["Event"] == "subscribe_msg_sent_event"
    assert report["List"].items() >= {"TemplateId": "tpl-A", "ErrorCode": "0", "ErrorStatus": "success"}.items()
    assert Via.NOTICE in [via for via, _ in stage.kinds_shown(MINI)]


def test_a_mass_message_is_reported_to_the_account_with_its_counts() -> None:
    stage = followed()
    friend = stage.driver.person("friend")
    stage.driver.act(friend, SERVICE, "follow")
    stage.receiver.requests.clear()
    people = [openid(stage), str(stage.driver.relation(friend, SERVICE)["openid"])]
    answer = stage.call("/cgi-bin/message/mass/send", {"touser": people, "msgtype": "text", "text": {"content": "618"}})
    assert answer["errcode"] == 0
    stage.driver.advance(1)
    (report,) = reports(stage)
    assert (report["Event"], report["MsgID"], report["Status"]) == ("MASSSENDJOBFINISH", str(answer["msg_id"]), "send success")
    counts = [int(report[name]) for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount")]
    assert counts == [2, 2, 2, 0]
    assert report["FromUserName"] not in people
    assert Via.MASS in [via for via, _ in stage.kinds_shown()]


def test_the_chat_tells_everything_in_its_order() -> None:
    stage = followed()
    sent_template(stage)
    stage.act("text", content="hi")
    stage.call(CUSTOM, {"touser": openid(stage), "msgtype": "text", "text": {"content": "您好"}})
    assert [via for via, _ in stage.kinds_shown()] == ["action", "template", "action", "custom"]
    orders = [one["order"] for one in stage.driver.shown(stage.mulan, SERVICE)]
    assert orders == sorted(set(orders))
