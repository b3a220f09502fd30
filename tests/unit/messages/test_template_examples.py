"""The examples of the documentation: each is a template as the contract has it, and says to a person what it is there for."""

from typing import Any

import pytest

from chalicelib.messages.templates.documents import KIND, TemplateDocument
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.rendering import render
from infra.definition_files import read_folder
from infra.paths import ROOT

FOLDER = ROOT / "docs" / "examples" / "messages"
EXAMPLES = {one.name: one.document for one in read_folder(FOLDER) if one.kind == KIND}
MULAN = {
    "attributes": {"name": "木兰", "points": 1320, "orders-90d": 3},
    "tags": {},
    "scores": {},
    "bands": {},
    "segments": {},
    "stage": "成交",
}
ORDER = {"order_id": "SO-20260618-1", "item": "碎花连衣裙", "amount": 299, "change": 120, "changed_at": "2026年6月18日 15:01"}
COURSE = {"properties": {"course": "中考数学冲刺", "course_id": "math-9", "begins": "2026年6月20日 19:30"}}
WEEK = {"rank": 3, "before": 8, "from": "2026年6月8日", "to": "2026年6月14日"}
VARIABLES = {"person": MULAN, "event": {"name": "OrderSubmitted", "properties": ORDER}, "entry": COURSE, "data": WEEK}


def said(name: str, **other: Any) -> dict[ChannelName, Rendered]:
    return render(TemplateDocument.model_validate(EXAMPLES[name]), VARIABLES | other)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_kept_as_it_was_written_and_goes_out_by_all_of_its_channels(name: str) -> None:
    document = EXAMPLES[name]
    assert TemplateDocument.model_validate(document).model_dump(mode="json", by_alias=True, exclude_unset=True) == document
    found = said(name)
    assert {channel.value for channel in found} == set(document["channels"])
    assert {channel: (one.reason, one.problems) for channel, one in found.items() if one.problems} == {}


def field(name: str, key: str, **other: Any) -> str:
    body = said(name, **other)[ChannelName.TEMPLATE].body
    assert body is not None
    return str(body["data"][key]["value"])


def test_an_order_tells_how_many_are_missing_for_the_draw_by_the_count_at_the_time_of_sending() -> None:
    assert field("order-progress", "thing2") == "已下3单，再下2单可抽奖"
    assert field("order-progress", "thing2", person={"attributes": {"orders-90d": 5}}) == "已下5单，快去抽奖"
    sms = said("order-progress")[ChannelName.SMS].body
    assert sms is not None
    assert (sms["shown"], sms["variables"], sms["parts"]) == ("【旗舰店】您已下3单，还差2单即可参加618抽奖。", {"1": "3", "2": "2"}, 1)


def test_without_the_count_no_wrong_number_is_sent() -> None:
    found = said("order-progress", person={})
    assert {channel: one.reason for channel, one in found.items()} == {"template": "variable_missing", "sms": "variable_missing"}


def test_the_amount_of_an_unpaid_order_is_in_red_and_leads_to_the_order() -> None:
    body = said("unpaid")[ChannelName.TEMPLATE].body
    assert body is not None
    assert body["data"]["amount2"] == {"value": "¥299", "color": "#FF0000"}
    assert body["miniprogram"] == {"appid": "wx88bb00cc11dd22ee", "pagepath": "pages/order/detail?id=SO-20260618-1"}
    assert body["url"] == "https://shop.example.com/orders/SO-20260618-1"


@pytest.mark.parametrize(("change", "shown"), [(120, "+120"), (-50, "-50")])
def test_a_change_of_points_says_in_which_direction(change: int, shown: str) -> None:
    event = {"name": "PointsChanged", "properties": ORDER | {"change": change}}
    assert field("points-change", "character_string2", event=event) == shown
    assert field("points-change", "number3", event=event) == "1320"


def test_a_ranking_says_over_which_week_it_was_and_is_shown_in_the_app_and_at_the_next_visit_too() -> None:
    assert field("weekly-ranking", "date2") == "2026年6月8日~2026年6月14日"
    push, popup = (said("weekly-ranking")[channel].body for channel in (ChannelName.PUSH, ChannelName.POPUP))
    assert push is not None
    assert popup is not None
    assert push["text"] == "上周您排第3名，前进了5名"
    assert (popup["title"], popup["lasts_ms"]) == ("上周第3名", 3 * 86_400_000)


def test_a_long_course_name_is_cut_in_its_reminder_and_the_rest_stays_true() -> None:
    found = said(
        "course-reminder", entry={"properties": COURSE["properties"] | {"course": "初三数学中考冲刺班第二轮复习函数与几何综合专题"}}
    )[ChannelName.SUBSCRIBE]
    assert found.body is not None
    assert found.body["data"]["thing1"]["value"] == "初三数学中考冲刺班第二轮复习函数与几何…"
    assert found.body["data"]["time2"]["value"] == "2026年6月20日 19:30"
    assert [(one.path, one.code.value, one.fatal) for one in found.problems] == [("channels/subscribe/data/thing1", "value_cut", False)]
