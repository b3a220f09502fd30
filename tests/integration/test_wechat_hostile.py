"""Hostile requests at an account's address, from the gateway down to the tables: a reason, no write, and never an error of ours."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as application
from chalicelib.definitions import store as definitions
from chalicelib.wechat import connected, secrets, xmltext
from chalicelib.wechat.accounts import KIND
from chalicelib.wechat.refused import PushRefused, Reason
from chalicelib.wechat.secrets import Secret
from tests.support.aws import Stack, memory_stack
from tests.support.gateway import Gateway, Reply
from tests.support.junk import JSON_JUNK
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, ENCODING_KEY, FAN, GH, NOW, TOKEN
from tests.unit.wechat.test_hostile import DECLARED, DEEP, ENTERED, FOLLOW, changed

STATUS = {reason.value: PushRefused(reason, "").status for reason in Reason}
OFTEN = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
TABLES = ("events", "rejections", "receipts", "fans", "messages", "codes", "wechat")


class Shop:
    """An account in safe mode, and whoever calls its address."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.gateway = Gateway(application.app, now=NOW)

    def send(self, query: dict[str, str], body: bytes) -> Reply:
        return self.gateway.call("POST", f"/wechat/{APPID}?{urlencode(query)}", body)

    def safe(self, message: bytes) -> Reply:
        encrypt = samples.sealed(message)
        return self.send(samples.safe_query(encrypt), samples.safe_body(encrypt))

    def written(self) -> dict[str, Any]:
        return {table: self.stack.items(table) for table in TABLES}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with memory_stack() as stack:
        secrets.put(APPID, Secret.TOKEN, [TOKEN])
        secrets.put(APPID, Secret.AES_KEY, [ENCODING_KEY])
        definitions.draft(KIND, APPID, {"type": "service", "mode": "safe"}, by="test", at=NOW)
        definitions.publish(KIND, APPID, by="test", at=NOW)
        connected.forget()
        yield Shop(stack)


def refused(reply: Reply) -> str:
    """The reason that the answer begins with, once its status is the one of that reason."""
    reason = reply.body.decode().partition(":")[0]
    assert STATUS.get(reason) == reply.status, (reply.status, reply.body)
    return reason


def read_or_refused(reply: Reply) -> None:
    if reply.status != 200:
        refused(reply)


@given(
    st.dictionaries(st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "openid"]), st.text(max_size=20)),
    st.binary(max_size=300) | changed(FOLLOW) | changed(samples.safe_body(samples.sealed(FOLLOW))),
)
@OFTEN
def test_strangers_leave_nothing_behind(shop: Shop, query: dict[str, str], body: bytes) -> None:
    before = shop.written()
    reason = refused(shop.send(query, body))
    assert reason in {"encryption_missing", "query_invalid", "signature_wrong", "timestamp_stale", "body_unreadable", "doctype_forbidden"}
    assert shop.written() == before


@pytest.mark.parametrize("body", DECLARED.values(), ids=DECLARED)
def test_document_types_leave_nothing_behind(shop: Shop, body: str) -> None:
    before = shop.written()
    assert refused(shop.safe(body.encode())) == "doctype_forbidden"
    assert shop.written() == before


@pytest.mark.parametrize("form", DEEP)
def test_depth_leaves_nothing_behind(shop: Shop, form: str) -> None:
    before = shop.written()
    assert refused(shop.safe(DEEP[form](10_000).encode())) in {"nested_too_deep", "body_unreadable"}
    assert shop.written() == before


@given(changed(FOLLOW) | changed(ENTERED))
@OFTEN
def test_a_changed_push_is_kept_or_refused(shop: Shop, message: bytes) -> None:
    read_or_refused(shop.safe(message))


@given(st.dictionaries(st.text(max_size=12), JSON_JUNK, max_size=5), st.sampled_from(["event", "text", "hologram"]))
@OFTEN
def test_whatever_a_push_holds_it_is_kept_or_refused(shop: Shop, fields: dict[str, Any], msg_type: str) -> None:
    document = {**fields, "ToUserName": GH, "FromUserName": FAN, "CreateTime": AT, "MsgType": msg_type}
    read_or_refused(shop.safe(json.dumps(document).encode()))


@pytest.mark.parametrize("name", ["openid", "text", "event", "key", "nothing"])
@pytest.mark.parametrize("length", [300, 2_000, 60_000, xmltext.MAX_BODY_BYTES // 3 - 300])
def test_however_long_a_part_is_it_is_kept_or_refused(shop: Shop, name: str, length: int) -> None:
    long = "裙" * length
    sender, event_name = (long if name == "openid" else FAN), (long if name == "event" else "CLICK")
    inside = {"text": f"<Content>{long}</Content>", "key": f"<EventKey>{long}</EventKey>"}.get(name, "")
    message = samples.body("text" if name == "text" else "event", "" if name == "text" else event_name, inside, sender=sender)
    encrypt = samples.sealed(message)
    read_or_refused(shop.send(samples.safe_query(encrypt), samples.safe_body(encrypt)))
