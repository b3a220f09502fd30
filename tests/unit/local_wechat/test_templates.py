"""Template messages and subscription notices: their fields, permissions and keys of repetition."""

from typing import Any

import pytest

from infra.local_wechat.clock import MINUTE_MS
from infra.local_wechat.relations import unfollowed
from infra.local_wechat.state import TemplateKind
from infra.local_wechat.template_values import fits
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION, Platform, code

SEND = "/cgi-bin/message/template/send"
NOTICE = "/cgi-bin/message/subscribe/send"
BIZ = "/cgi-bin/message/subscribe/bizsend"
DEVICE = "/cgi-bin/message/device/subscribe/send"
DATA = {"thing1": {"value": "连衣裙"}, "time2": {"value": "2025-06-18 20:00"}}


def send(platform: Platform, **changed: Any) -> Any:
    return platform.post(SEND, {"touser": platform.mulan.openid, "template_id": "T1", "data": DATA, **changed})


@pytest.fixture(autouse=True)
def _template(platform: Platform) -> None:
    platform.template("thing1", "time2")


def test_a_template_message_gets_a_number_that_is_told(platform: Platform) -> None:
    told = send(platform)
    assert told["msgid"] > 1 << 53
    assert [one.fields["sent"].msgid for one in platform.heard] == [told["msgid"]]


def test_it_needs_no_window(platform: Platform) -> None:
    platform.mulan.window = None
    assert code(send(platform)) == 0


def test_a_key_brings_the_first_number_back_for_ten_minutes(platform: Platform) -> None:
    first = send(platform, client_msg_id="m1")
    platform.clock.advance(9 * MINUTE_MS)
    assert send(platform, client_msg_id="m1") == first
    assert len(platform.world.outbox) == 1
    platform.clock.advance(MINUTE_MS)
    assert send(platform, client_msg_id="m1")["msgid"] != first["msgid"]


def test_a_key_is_one_persons(platform: Platform) -> None:
    first = send(platform, client_msg_id="m1")
    assert send(platform, client_msg_id="m1", touser=platform.fan("other").openid)["msgid"] != first["msgid"]


def test_the_same_message_within_a_minute_is_refused(platform: Platform) -> None:
    assert [code(send(platform)), code(send(platform)), code(send(platform, url="https://a.example"))] == [0, 40241, 0]
    platform.clock.advance(MINUTE_MS)
    assert code(send(platform)) == 0


def test_too_many_to_one_person_are_refused_if_a_test_says_how_many(platform: Platform) -> None:
    platform.world.choices.template_sends_to_one = 2
    answers = [code(send(platform, url=f"https://a.example/{number}")) for number in range(3)]
    assert answers == [0, 0, 43117]
    platform.admin("clock", advance_to="day")
    assert code(send(platform)) == 0


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "T0"}, 40037),
        ({"template_id": ""}, 40037),
        ({"data": "{}"}, 47003),
        ({"data": None}, 47003),
        ({"data": {"thing1": {"value": "a"}}}, 47003),
        ({"data": {**DATA, "thing1": "连衣裙"}}, 47003),
        ({"data": {**DATA, "thing1": {"value": "很" * 40}}}, 0),
        ({"data": {**DATA, "more": {"value": "a"}}}, 0),
    ],
)
def test_a_template_message_must_fit_its_template_but_long_values_are_cut(platform: Platform, changed: Any, number: int) -> None:
    assert code(send(platform, **changed)) == number


def test_a_missing_field_is_named(platform: Platform) -> None:
    assert "data.time2.value" in send(platform, data={"thing1": {"value": "a"}})["errmsg"]


def test_it_goes_to_fans_only(platform: Platform) -> None:
    unfollowed(platform.mulan)
    assert code(send(platform)) == 43004


def test_who_receives_nothing_is_found_out_later(platform: Platform) -> None:
    platform.mulan.receives = False
    assert code(send(platform)) == 0
    assert platform.world.outbox[0].decision == "failed:user block"


def test_a_banned_template_and_a_notice_are_refused(platform: Platform) -> None:
    platform.account.templates["T1"].banned = True
    assert code(send(platform)) == 43116
    platform.template("thing1", kind=TemplateKind.ONE_TIME, name="N1")
    assert code(send(platform, template_id="N1")) == 40037


def test_subscription_accounts_have_no_templates(platform: Platform) -> None:
    assert code(platform.post(SEND, {}, SUBSCRIPTION)) == 48001


def test_templates_are_taken_from_the_library_twenty_five_at_most(platform: Platform) -> None:
    def add() -> Any:
        asked = {"template_id_short": "TM1", "keyword_name_list": ["商品"]}
        return platform.post("/cgi-bin/template/api_add_template", asked)

    made = [add() for _ in range(25)]
    assert [code(one) for one in made] == [0] * 24 + [45026]
    listed = platform.get("/cgi-bin/template/get_all_private_template")["template_list"]
    assert {made[0]["template_id"], "T1"} <= {one["template_id"] for one in listed}
    delete = "/cgi-bin/template/del_private_template"
    assert [code(platform.post(delete, {"template_id": "T1"})) for _ in range(2)] == [0, 40037]


def notice(platform: Platform, path: str = BIZ, appid: str = SERVICE, **changed: Any) -> Any:
    fan = platform.world.relation(appid, platform.mulan.person)
    body = {"touser": fan.openid, "template_id": "N1", "data": {"thing1": {"value": "到货"}}, **changed}
    return platform.post(path, body, appid)


@pytest.mark.parametrize(("path", "appid"), [(BIZ, SERVICE), (NOTICE, MINI)])
def test_a_permission_is_used_up_by_one_notice(platform: Platform, path: str, appid: str) -> None:
    platform.template("thing1", kind=TemplateKind.ONE_TIME, appid=appid, name="N1")
    assert code(notice(platform, path, appid)) == 43101
    platform.admin("credits", appid=appid, person=platform.mulan.person, template_id="N1", left=2)
    assert [code(notice(platform, path, appid)) for _ in range(3)] == [0, 0, 43101]


def test_a_permission_for_good_is_not_used_up(platform: Platform) -> None:
    platform.template("thing1", kind=TemplateKind.LONG_TERM, name="N1")
    platform.admin("credits", appid=SERVICE, person=platform.mulan.person, template_id="N1", always=True)
    assert [code(notice(platform)) for _ in range(3)] == [0, 0, 0]
    platform.admin("credits", appid=SERVICE, person=platform.mulan.person, template_id="N1", refused=True)
    assert code(notice(platform)) == 43101


def test_a_notice_reaches_who_does_not_follow(platform: Platform) -> None:
    platform.template("thing1", kind=TemplateKind.ONE_TIME, name="N1")
    platform.admin("credits", appid=SERVICE, person=platform.mulan.person, template_id="N1", left=1)
    unfollowed(platform.mulan)
    assert code(notice(platform)) == 0


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"data": '{"thing1": {"value": "a"}}'}, 47003),
        ({"data": {"thing1": {"value": "很" * 21}}}, 47003),
        ({"data": {"thing1": {"value": ""}}}, 47003),
        ({"template_id": "T1"}, 40037),
        ({"page": "pages/none"}, 41030),
        ({"page": "/pages/order?id=1"}, 0),
        ({"lang": "de_DE"}, 40035),
        ({"miniprogram_state": "beta"}, 40035),
        ({"touser": "oNobody"}, 40003),
    ],
)
def test_a_notice_must_fit_its_template_exactly_and_costs_nothing_if_it_does_not(platform: Platform, changed: Any, number: int) -> None:
    platform.template("thing1", kind=TemplateKind.ONE_TIME, appid=MINI, name="N1")
    platform.template("thing1", appid=MINI)
    platform.admin("accounts", appid=MINI, pages=["pages/order"])
    credit = platform.admin("credits", appid=MINI, person=platform.mulan.person, template_id="N1", left=1)
    assert code(notice(platform, NOTICE, MINI, **changed)) == number
    kept = platform.world.relation(MINI, platform.mulan.person).credits["N1"].left
    assert kept == credit["left"] - (number == 0)


def test_the_templates_of_devices_have_a_call_of_their_own(platform: Platform) -> None:
    platform.template("thing1", kind=TemplateKind.DEVICE, appid=MINI, name="N1")
    platform.admin("credits", appid=MINI, person=platform.mulan.person, template_id="N1", always=True)
    assert code(notice(platform, NOTICE, MINI)) == 40037
    assert code(notice(platform, DEVICE, MINI)) == 0


def test_notices_are_taken_from_the_library_with_two_to_five_fields(platform: Platform) -> None:
    def add(*chosen: int, said: str = "") -> Any:
        return platform.post("/wxaapi/newtmpl/addtemplate", {"tid": "1", "kidList": list(chosen), "sceneDesc": said}, MINI)

    assert [code(add(1)), code(add(1, 2, 3, 4, 5, 6)), code(add(1, 2, said="长" * 16))] == [40035] * 3
    made = add(1, 2)["priTmplId"]
    assert [one["priTmplId"] for one in platform.get("/wxaapi/newtmpl/gettemplate", MINI)["data"]] == [made]
    delete = "/wxaapi/newtmpl/deltemplate"
    assert [code(platform.post(delete, {"priTmplId": made}, MINI)) for _ in range(2)] == [0, 40037]


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("thing1", "很" * 20, "很" * 21),
        ("number2", "12.5", "十二"),
        ("letter3", "VIP", "VIP1"),
        ("symbol4", "★", "abc"),
        ("character_string5", "SF-100 200", "订单1"),
        ("time6", "2025年6月18日 20:00", "明天"),
        ("date7", "2025-06-18", "明天"),
        ("amount8", "¥99.50元", "99 元钱"),
        ("phone_number9", "+86 138-0000-0000", "打电话"),
        ("car_number10", "粤A12345", "粤A1234567890"),
        ("name11", "花木兰", "花木兰2号"),
        ("phrase12", "已发货", "已经发货了吗"),
    ],
)
def test_the_beginning_of_a_fields_name_says_what_it_holds(key: str, right: str, wrong: str) -> None:
    assert (fits(key, right), fits(key, wrong)) == (True, False)


@pytest.mark.parametrize("key", ["keyword1", "first", "enum3", ""])
def test_fields_of_other_names_take_anything(key: str) -> None:
    assert fits(key, "很" * 100)
