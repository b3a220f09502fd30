"""Whatever is pushed arrives unchanged, in every mode, at libraries that know nothing of us."""

import json

import pytest

from infra.local_wechat.envelopes import Destination, Fresh, Request, delivery
from infra.local_wechat.payloads import Payload, Push
from infra.local_wechat.state import Form, Mode
from tests.oracles import pushes
from tests.oracles.others import BREAKS, ORACLES, UNTYPED, tree
from tests.oracles.pushes import Sample
from tests.unit.wechat.samples import APPID, AT, FAN, GH, KEY, NONCE, SALT, TOKEN, signed, without

EVERY = {sample.label: sample for sample in pushes.every() if "MsgType" in sample.tree}
FRESH = Fresh(AT, NONCE, SALT)
HEAD = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event")


def pushed(sample: Sample, mode: Mode, form: Form = Form.XML) -> Request:
    payload = Payload(sample.tree["MsgType"], without(sample.tree, *HEAD), sample.tree.get("Event", ""))
    to = Destination(APPID, GH, "http://shop.example/", TOKEN, mode, form, (KEY,))
    return delivery(to, Push(payload, GH, FAN, AT), FRESH)


def opened(name: str, request: Request) -> str:
    query = request.query
    return ORACLES[name].opened(request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize("name", sorted(ORACLES))
@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_a_push_arrives_as_it_was_meant_in_each_mode(sample: Sample, name: str) -> None:
    plain = pushed(sample, Mode.PLAIN).body.decode()
    assert tree(plain) == sample.tree
    assert tree(opened(name, pushed(sample, Mode.SAFE))) == sample.tree
    both = pushed(sample, Mode.COMPATIBLE)
    assert tree(opened(name, both)) == without(tree(both.body.decode()), "Encrypt") == sample.tree


@pytest.mark.parametrize("name", sorted(ORACLES))
@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_a_push_is_of_the_type_and_from_the_fan_that_was_meant(sample: Sample, name: str) -> None:
    if sample.label in BREAKS[name]:  # whoever sends it
        with pytest.raises(BREAKS[name][sample.label]):
            ORACLES[name].read(pushed(sample, Mode.PLAIN).body.decode())
        return
    found = ORACLES[name].read(pushed(sample, Mode.PLAIN).body.decode())
    assert (found is None) == (sample.label.rstrip("0123456789").removesuffix("-") in UNTYPED[name])
    if found is not None:
        assert (found.source, found.target) == (FAN, GH)


@pytest.mark.parametrize("sample", EVERY.values(), ids=EVERY)
def test_a_mini_programs_json_says_what_its_xml_would(sample: Sample) -> None:
    found = json.loads(pushed(sample, Mode.PLAIN, Form.JSON).body)
    assert found["FromUserName"] == FAN
    meant = json.loads(sample.json)
    assert set(found) == set(meant)
    assert found.get("List") == one_or_all(meant.get("List"))


def one_or_all(listed: object) -> object:
    return listed[0] if isinstance(listed, list) and len(listed) == 1 else listed


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_the_address_is_signed_as_they_sign(name: str) -> None:
    for mode in Mode:
        request = pushed(EVERY["text-1"], mode)
        query = request.query
        assert query["signature"] == ORACLES[name].signed(TOKEN, str(AT), NONCE) == signed(TOKEN, str(AT), NONCE)
        assert query["openid"] == FAN
        assert (query.get("encrypt_type") == "aes") == ("msg_signature" in query) == (mode is not Mode.PLAIN)


def test_safe_mode_shows_nothing_but_the_receiver() -> None:
    outer = tree(pushed(EVERY["text-1"], Mode.SAFE).body.decode())
    assert sorted(outer) == ["Encrypt", "ToUserName"]
    assert outer["ToUserName"] == GH


def test_the_body_says_what_it_is() -> None:
    assert pushed(EVERY["text-1"], Mode.SAFE).content_type == "text/xml"
    assert pushed(EVERY["text-1"], Mode.SAFE, Form.JSON).content_type == "application/json"
