"""Messages, media and the platform's own count: what is asked of it, what may be sent twice, what is made of its answers."""

import pytest

from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import media, messages, quota
from chalicelib.wechat.calls.media import Media, MediaType
from chalicelib.wechat.calls.quota import Quota
from chalicelib.wechat.errors import TryAgain
from chalicelib.wechat.wire import Upload
from tests.unit.wechat.platform import APPID, NOW, Asked, stored

TEXT: Json = {"touser": "oFan1", "msgtype": "text", "text": {"content": "裙装"}}
TEMPLATE: Json = {"touser": "oFan1", "template_id": "T1", "data": {"thing1": {"value": "裙装"}}}


def test_a_customer_service_message_goes_out_as_it_is_and_never_twice() -> None:
    client = Asked({"errcode": 0})
    messages.send_custom(client, TEXT)
    assert client.last == (messages.CUSTOM, {}, TEXT)
    assert not messages.CUSTOM.repeatable


@pytest.mark.parametrize(("on", "command"), [(True, "Typing"), (False, "CancelTyping")])
def test_typing_is_shown_and_hidden(on: bool, command: str) -> None:
    client = Asked({"errcode": 0})
    messages.typing(client, "oFan1", on)
    assert client.last == (messages.TYPING, {}, {"touser": "oFan1", "command": command})


def test_a_template_message_with_a_key_may_be_sent_again_and_one_without_may_not() -> None:
    client = Asked({"errcode": 0, "msgid": 4_294_967_295_001}, {"errcode": 0, "msgid": 2}, {"errcode": 40241})
    assert messages.send_template(client, {**TEMPLATE, "client_msg_id": "m1"}) == "4294967295001"
    assert messages.send_template(client, TEMPLATE) == "2"
    assert messages.send_template(client, {**TEMPLATE, "client_msg_id": ""}) == ""
    assert [api.repeatable for api, _, _ in client.asked] == [True, False, False]


def test_subscription_notices_have_no_key_and_are_never_sent_twice() -> None:
    client = Asked({"errcode": 0, "msgid": 7}, {"errcode": 0})
    assert messages.send_subscribe(client, TEMPLATE) == "7"
    assert messages.bizsend(client, TEMPLATE) == ""
    assert [(api.path, api.repeatable) for api, _, _ in client.asked] == [
        ("/cgi-bin/message/subscribe/send", False),
        ("/cgi-bin/message/subscribe/bizsend", False),
    ]


@pytest.mark.parametrize(
    ("payload", "path", "repeatable"),
    [
        ({"filter": {"is_to_all": True}}, messages.MASS_ALL.path, False),
        ({"filter": {"tag_id": 2}, "clientmsgid": "c1"}, messages.MASS_ALL.path, True),
        ({"touser": ["a", "b"]}, messages.MASS_SOME.path, False),
        ({"touser": ["a", "b"], "clientmsgid": "c1"}, messages.MASS_SOME.path, True),
    ],
)
def test_a_mass_message_goes_to_a_filter_or_to_a_list(payload: Json, path: str, repeatable: bool) -> None:
    client = Asked({"errcode": 0, "msg_id": 34182})
    assert messages.send_mass(client, payload) == "34182"
    api, _, body = client.last
    assert (api.path, api.repeatable, body) == (path, repeatable, payload)


def test_a_mass_message_that_was_sent_before_answers_its_number() -> None:
    assert messages.send_mass(Asked({"errcode": 45065, "msg_id": 34182}), {"touser": ["a", "b"], "clientmsgid": "c1"}) == "34182"


def test_mass_messages_are_shown_before_followed_and_taken_back() -> None:
    client = Asked({}, {"msg_id": 34182, "msg_status": "SENDING"}, {}, {})
    messages.preview_mass(client, {"touser": "oFan1"})
    assert messages.mass_state(client, "34182") == "SENDING"
    messages.delete_mass(client, "34182")
    assert client.body == {"msg_id": 34182}
    with pytest.raises(TryAgain):
        messages.mass_state(client, "34182")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"type": "image", "media_id": "M1", "created_at": NOW // 1000 - 5}, Media("M1", NOW - 5_000 + media.KEPT_MS)),
        ({"type": "thumb", "thumb_media_id": "M2", "created_at": NOW // 1000}, Media("M2", NOW + media.KEPT_MS)),
        ({"media_id": "M3"}, Media("M3", NOW + media.KEPT_MS)),
    ],
)
def test_a_file_is_kept_for_three_days(answer: Json, kept: Media) -> None:
    client = Asked(answer)
    assert media.upload(client, MediaType.IMAGE, "a.jpg", b"\xff\xd8", "image/jpeg") == kept
    assert (client.last[1], client.files) == ({"type": "image"}, [Upload("media", "a.jpg", b"\xff\xd8", "image/jpeg")])


def test_a_picture_for_articles_has_an_address() -> None:
    client = Asked({"url": "http://mmbiz.qpic.cn/x"})
    assert media.upload_image(client, "a.png", b"\x89PNG", "image/png") == "http://mmbiz.qpic.cn/x"
    with pytest.raises(TryAgain):
        media.upload_image(Asked({}), "a.png", b"\x89PNG", "image/png")


def test_what_is_left_of_a_day_is_told_by_the_platform() -> None:
    rate = {"call_count": 60, "refresh_second": 60}
    client = Asked({"quota": {"daily_limit": 500, "used": 3, "remain": 497}, "rate_limit": rate}, {"quota": {}})
    assert quota.get(client, "/cgi-bin/user/get") == Quota(500, 3, 497, 60, 60)
    assert client.body == {"cgi_path": "/cgi-bin/user/get"}
    assert quota.get(client, "/cgi-bin/user/get") == Quota(0, 0, 0)


@pytest.mark.parametrize(
    ("path", "api", "body"),
    [("/cgi-bin/user/get", quota.CLEAR, {"cgi_path": "/cgi-bin/user/get"}), ("", quota.CLEAR_ALL, {"appid": APPID})],
)
def test_a_count_is_cleared_for_one_interface_or_all_and_never_twice(path: str, api: Api, body: Json) -> None:
    client = Asked({"errcode": 0})
    with stored():
        quota.clear(client, path)
    assert client.last == (api, {}, body)
    assert not api.repeatable


def test_the_platform_explains_a_call_by_its_number() -> None:
    client = Asked({"errcode": 0, "request": {"invoke_time": 1_635_156_704, "cost_in_ms": 30}})
    assert quota.rid(client, "66f0a1b2-0c9d8e7f-1a2b3c4d") == {"invoke_time": 1_635_156_704, "cost_in_ms": 30}
    assert client.body == {"rid": "66f0a1b2-0c9d8e7f-1a2b3c4d"}
