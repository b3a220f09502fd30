"""Signed and sealed as the platform does it: the bytes are those of another library, for any content."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat import kinds
from infra.local_wechat.envelopes import Destination, Fresh, delivery, verification
from infra.local_wechat.payloads import Payload, Push
from infra.local_wechat.state import Form, Mode
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, FAN, GH, KEY, NONCE, OLD_KEY, SALT, TOKEN, tree

FRESH = Fresh(AT, NONCE, SALT)
HELLO = Push(kinds.text("你好 ]]> <b>&", 24_500_000_000_000_001), GH, FAN, AT)


def to(mode: Mode, form: Form = Form.XML, keys: tuple[bytes, ...] = (KEY, OLD_KEY)) -> Destination:
    return Destination(APPID, GH, "http://shop.example/", TOKEN, mode, form, keys)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=200), st.binary(min_size=16, max_size=16))
def test_the_same_salt_gives_the_bytes_that_another_library_gives(text: str, salt: bytes) -> None:
    push = Push(kinds.text(text, 1), GH, FAN, AT)
    plain = delivery(to(Mode.PLAIN), push, FRESH).body
    sealed = tree(delivery(to(Mode.SAFE), push, Fresh(AT, NONCE, salt)).body.decode())["Encrypt"]
    assert sealed == samples.sealed(plain, salt=salt)
    assert samples.opened(sealed) == (plain, APPID.encode())


def test_what_a_fan_writes_cannot_break_the_xml() -> None:
    assert tree(delivery(to(Mode.PLAIN), HELLO, FRESH).body.decode())["Content"] == "你好 ]]> <b>&"


def test_the_newest_key_seals() -> None:
    sealed = tree(delivery(to(Mode.SAFE), HELLO, FRESH).body.decode())["Encrypt"]
    assert samples.opened(sealed, KEY)[1] == APPID.encode()


def test_message_ids_stay_whole_numbers_beyond_what_floats_hold() -> None:
    body = delivery(to(Mode.PLAIN, Form.JSON), HELLO, FRESH).body
    assert json.loads(body)["MsgId"] == 24_500_000_000_000_001
    assert "<MsgId>24500000000000001</MsgId>" in delivery(to(Mode.PLAIN), HELLO, FRESH).body.decode()


def test_json_in_safe_mode_has_the_same_names_as_xml() -> None:
    outer = json.loads(delivery(to(Mode.SAFE, Form.JSON), HELLO, FRESH).body)
    assert sorted(outer) == ["Encrypt", "ToUserName"]
    assert json.loads(samples.opened(outer["Encrypt"])[0])["Content"] == "你好 ]]> <b>&"


def test_compatible_mode_says_everything_twice() -> None:
    outer = json.loads(delivery(to(Mode.COMPATIBLE, Form.JSON), HELLO, FRESH).body)
    assert outer["Content"] == json.loads(samples.opened(outer["Encrypt"])[0])["Content"]


def test_the_check_of_an_address_is_signed_and_carries_the_echo() -> None:
    request = verification(to(Mode.SAFE), FRESH, "4375120948345356249")
    signature = samples.signed(TOKEN, str(AT), NONCE)
    assert request.method == "GET"
    assert request.query == {"signature": signature, "timestamp": str(AT), "nonce": NONCE, "echostr": "4375120948345356249"}


ONE = [("tpl-A", "accept")]
TWO = [*ONE, ("tpl-B", "reject")]


@pytest.mark.parametrize(
    ("payload", "listed"),
    [
        (kinds.subscription_popup(ONE), {"TemplateId": "tpl-A", "SubscribeStatusString": "accept", "PopupScene": "0"}),
        (
            kinds.subscription_popup(TWO),
            [
                {"TemplateId": "tpl-A", "SubscribeStatusString": "accept", "PopupScene": "0"},
                {"TemplateId": "tpl-B", "SubscribeStatusString": "reject", "PopupScene": "0"},
            ],
        ),
        (kinds.subscription_change(["tpl-A"]), {"TemplateId": "tpl-A", "SubscribeStatusString": "reject"}),
        (kinds.subscription_sent("tpl-A", 17), {"TemplateId": "tpl-A", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}),
    ],
)
def test_json_has_one_subscription_as_an_object_and_more_as_a_list_of_texts(payload: Payload, listed: object) -> None:
    found = json.loads(delivery(to(Mode.PLAIN, Form.JSON), Push(payload, GH, FAN, AT), FRESH).body)
    assert found["List"] == listed
    assert found["CreateTime"] == str(AT)
    in_xml = tree(delivery(to(Mode.PLAIN), Push(payload, GH, FAN, AT), FRESH).body.decode())
    (wrapper,) = [value for name, value in in_xml.items() if name.startswith("SubscribeMsg")]
    assert wrapper["List"] == listed


def test_the_details_of_a_media_check_are_a_list_in_json_only() -> None:
    push = Push(kinds.media_checked(APPID, "trace-1", "risky", 20001), GH, FAN, AT)
    assert json.loads(delivery(to(Mode.PLAIN, Form.JSON), push, FRESH).body)["detail"][0]["suggest"] == "risky"
    assert tree(delivery(to(Mode.PLAIN), push, FRESH).body.decode())["detail"]["suggest"] == "risky"
