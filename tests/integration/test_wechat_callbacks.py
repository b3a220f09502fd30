"""What WeChat pushes, from the address of an account to the stored event: every mode, both forms, retries, forgeries, rotation."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlencode

import pytest

import app as application
from chalicelib.definitions import store as definitions
from chalicelib.entrypoints import wechat
from chalicelib.identity.rules import DEFAULT_NAME, DEFAULT_RULES
from chalicelib.identity.rules import KIND as IDENTITY_RULES
from chalicelib.wechat import connected, secrets, xmltext
from chalicelib.wechat.accounts import KIND
from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.secrets import Secret, SecretInvalid
from infra import wechat_secrets as command
from infra.paths import ROOT
from tests.support.aws import Stack, memory_stack
from tests.support.gateway import Gateway, Reply
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, ENCODING_KEY, FAN, NOW, TOKEN

FOLLOW = samples.body("event", "subscribe", "<EventKey><![CDATA[qrscene_utm_source=expo&code=618]]></EventKey>")
ENTERED = samples.json_body("event", "user_enter_tempsession", SessionFrom="sku=1")
APPROVED = samples.body("event", "weapp_audit_success", "<SuccTime>1795305600</SuccTime>")
NEWER_KEY = "N" * 43


@dataclass(slots=True)
class Shop:
    """An account in force, and the platform that calls it."""

    stack: Stack
    gateway: Gateway = field(default_factory=lambda: Gateway(application.app, now=NOW))

    def publish(self, mode: str, kind: str = KIND, name: str = APPID, **document: Any) -> None:
        definitions.draft(kind, name, {"type": "service", "mode": mode} if mode else document, by="test", at=NOW)
        definitions.publish(kind, name, by="test", at=NOW)
        connected.forget()

    def send(self, query: dict[str, str], body: bytes | None, appid: str = APPID) -> Reply:
        return self.gateway.call("GET" if body is None else "POST", f"/wechat/{appid}?{urlencode(query)}", body)

    def plain(self, body: bytes = FOLLOW) -> Reply:
        return self.send(samples.plain_query(), body)

    def safe(self, message: bytes = FOLLOW, *, salt: bytes = samples.SALT, beside: str = "", **signed: Any) -> Reply:
        encrypt = samples.sealed(message, salt=salt)
        return self.send(samples.safe_query(encrypt, **signed), samples.safe_body(encrypt, beside))

    @property
    def events(self) -> list[str]:
        """What was kept, each as the text of its item."""
        return [str(item) for item in self.stack.items("events")]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with memory_stack() as stack:
        secrets.put(APPID, Secret.TOKEN, [TOKEN])
        secrets.put(APPID, Secret.AES_KEY, [ENCODING_KEY])
        made = Shop(stack)
        made.publish("safe")
        yield made


def one_event(shop: Shop) -> str:
    (event,) = shop.events
    return event


def refused(shop: Shop, reply: Reply, status: int, reason: str) -> None:
    assert (reply.status, reply.body.decode().partition(":")[0]) == (status, reason)
    assert reply.headers["content-type"].startswith("text/plain")
    assert all(shop.stack.items(table) == [] for table in ("events", "rejections", "receipts"))


def acknowledged(reply: Reply) -> None:
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"success", "text/plain; charset=utf-8")


# ---- the address ----


def test_the_console_may_save_the_address(shop: Shop) -> None:
    reply = shop.send({**samples.plain_query(), "echostr": "4375120948345356249"}, None)
    assert (reply.status, reply.body) == (200, b"4375120948345356249")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_somebody_without_the_token_may_not(shop: Shop) -> None:
    refused(shop, shop.send({**samples.plain_query(token="guessed"), "echostr": "<script>"}, None), 403, "signature_wrong")


@pytest.mark.parametrize("appid", ["wx0000000000000000", "x" * 65, "%23"])
def test_an_account_that_is_not_in_force_is_not_found(shop: Shop, appid: str) -> None:
    reply = shop.send(samples.plain_query(), FOLLOW, appid)
    assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert shop.events == []


# ---- what is kept ----


@pytest.mark.parametrize("mode", ["safe", "compatible"])
def test_an_encrypted_follow_becomes_an_event_of_the_fan(shop: Shop, mode: str) -> None:
    shop.publish(mode)
    acknowledged(shop.safe(beside="<MsgType>event</MsgType><Event>unsubscribe</Event>" if mode == "compatible" else ""))
    event = one_event(shop)
    assert f"openid:{APPID}#{FAN}" in event
    assert all(said in event for said in ("WechatSubscribed", "expo", "618"))


def test_a_plain_follow_becomes_the_same(shop: Shop) -> None:
    acknowledged(shop.safe())
    encrypted = one_event(shop)
    shop.publish("plain")
    acknowledged(shop.plain())
    assert one_event(shop) == encrypted


def test_a_mini_program_may_push_json(shop: Shop) -> None:
    encrypt = samples.sealed(ENTERED)
    acknowledged(shop.send(samples.safe_query(encrypt), json.dumps({"ToUserName": samples.GH, "Encrypt": encrypt}).encode()))
    assert "WechatServiceEntered" in one_event(shop)
    shop.publish("plain")
    acknowledged(shop.plain(ENTERED))
    assert "WechatServiceEntered" in one_event(shop)


def test_an_unknown_kind_of_push_is_kept_with_all_that_it_says(shop: Shop) -> None:
    acknowledged(shop.safe(samples.body("event", "hologram_waved", "<Hand>left</Hand>")))
    event = one_event(shop)
    assert all(said in event for said in ("WechatEvent", "hologram_waved", "left"))


def test_retries_are_signed_and_encrypted_anew_and_are_one_event(shop: Shop) -> None:
    for late, salt in enumerate((b"the first salt..", b"the second salt.", b"the third salt..")):
        shop.gateway.now = NOW + 5000 * late
        acknowledged(shop.safe(salt=salt, at=AT + 5 * late, nonce=str(late)))
    one_event(shop)


def test_two_follows_are_two_events(shop: Shop) -> None:
    acknowledged(shop.safe())
    acknowledged(shop.safe(samples.body("event", "subscribe", at=AT + 1)))
    assert len(shop.events) == 2


# ---- news about the account itself ----


def test_nobody_is_made_of_the_account(shop: Shop) -> None:
    acknowledged(shop.safe(APPROVED))
    assert shop.events == []
    assert shop.stack.items("rejections") == []


def test_dropped_news_are_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(wechat, "count_refusals", counted.extend)
    shop.safe(APPROVED)
    shop.safe()
    assert counted == ["account_news_dropped"]


def test_who_declares_their_namespace_keeps_the_news(shop: Shop) -> None:
    rules = DEFAULT_RULES.model_dump(mode="json")
    rules["namespaces"]["wechat_account"] = {"priority": 1}
    shop.publish("", IDENTITY_RULES, DEFAULT_NAME, **rules)
    acknowledged(shop.safe(APPROVED))
    assert "WechatReleaseApproved" in one_event(shop)


# ---- what is refused, without a write ----


def test_a_wrong_signature(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(wechat, "count_refusals", counted.extend)
    refused(shop, shop.safe(token="guessed"), 403, "signature_wrong")
    assert counted == ["signature_wrong"]


def test_a_replay(shop: Shop) -> None:
    shop.gateway.now = NOW + 301_000
    refused(shop, shop.safe(), 403, "timestamp_stale")


def test_a_plain_push_to_an_account_that_encrypts(shop: Shop) -> None:
    refused(shop, shop.plain(), 403, "encryption_missing")


def test_too_long_a_push(shop: Shop) -> None:
    refused(shop, shop.plain(b"<" * (xmltext.MAX_BODY_BYTES + 1)), 413, "body_too_large")


@pytest.mark.parametrize("message", [b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>', b"<!DOCTYPE x>" + FOLLOW])
def test_a_document_type_inside_or_outside_the_encryption(shop: Shop, message: bytes) -> None:
    refused(shop, shop.safe(message), 400, "doctype_forbidden")
    encrypt = samples.sealed(FOLLOW)
    refused(shop, shop.send(samples.safe_query(encrypt), b"<!DOCTYPE x>" + samples.safe_body(encrypt)), 400, "doctype_forbidden")


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\xfe", b"{", b"<xml>"])
def test_what_is_no_push(shop: Shop, body: bytes) -> None:
    refused(shop, shop.send(samples.safe_query(""), body), 400, "body_unreadable")


def test_an_account_without_secrets_believes_nobody(shop: Shop) -> None:
    shop.publish("", name="wxnew", type="mini_program")
    refused(shop, shop.send(samples.plain_query(token=""), FOLLOW, "wxnew"), 403, "encryption_missing")
    encrypt = samples.sealed(FOLLOW, "wxnew")
    refused(shop, shop.send(samples.safe_query(encrypt, token=""), samples.safe_body(encrypt), "wxnew"), 403, "signature_wrong")


# ---- secrets ----


def put(monkeypatch: pytest.MonkeyPatch, values: object, *more: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(values)))
    done = command.main(["--appid", APPID, *more])
    connected.forget()
    return done


def test_old_and_new_secrets_are_accepted_until_the_replacement_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(monkeypatch, {"token": "newer", "aes_key": NEWER_KEY}) == 0
    assert put(monkeypatch, {"token": "newer", "aes_key": NEWER_KEY}) == 0  # again: the old ones stay
    encrypt = samples.sealed(FOLLOW, key=key_of(NEWER_KEY))
    acknowledged(shop.send(samples.safe_query(encrypt, token="newer"), samples.safe_body(encrypt)))
    acknowledged(shop.safe())
    one_event(shop)
    assert put(monkeypatch, None, "--only-newest") == 0
    assert shop.safe().status == 403
    acknowledged(shop.send(samples.safe_query(encrypt, token="newer"), samples.safe_body(encrypt)))


def test_secrets_are_encrypted_where_they_lie(shop: Shop) -> None:
    described = shop.stack.client("ssm").describe_parameters()["Parameters"]
    assert {(one["Name"], one["Type"]) for one in described} == {
        (f"/huiliu-test/wechat/{APPID}/token", "SecureString"),
        (f"/huiliu-test/wechat/{APPID}/aes_key", "SecureString"),
    }
    assert not any(TOKEN in str(shop.stack.items(table)) for table in ("definitions", "events"))


def test_the_api_may_read_the_secrets_of_accounts_and_no_other_parameters() -> None:
    policy = json.loads((ROOT / ".chalice" / "policies" / "api_handler.json").read_text("utf-8"))
    allowed = [one["Resource"] for one in policy["Statement"] if one["Action"] == "ssm:GetParameters"]
    patterns = [one.partition(":parameter")[2].replace("${prefix}", "huiliu-test") for one in allowed]
    assert all(any(fnmatch(secrets.parameter(APPID, secret), one) for one in patterns) for secret in Secret)
    for name in ("/huiliu-other/wechat/x/token", "/huiliu-test/operators/x/token"):
        assert not any(fnmatch(name, one) for one in patterns)


@pytest.mark.parametrize("text", [f'["newer", "{TOKEN}"]', f"newer\n{TOKEN}\n"])
def test_a_parameter_holds_a_list_or_lines(shop: Shop, text: str) -> None:
    name = secrets.parameter(APPID, Secret.TOKEN)
    shop.stack.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    assert secrets.read(APPID, Secret.TOKEN, Secret.APP_SECRET) == {Secret.TOKEN: ("newer", TOKEN), Secret.APP_SECRET: ()}


@pytest.mark.parametrize("text", ['["hush-hush', "[17]"])
def test_a_broken_parameter_is_told_without_repeating_it(shop: Shop, text: str, caplog: pytest.LogCaptureFixture) -> None:
    name = secrets.parameter(APPID, Secret.TOKEN)
    shop.stack.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    connected.forget()
    with caplog.at_level(logging.INFO):
        assert shop.safe().status == 500
    assert "hush-hush" not in caplog.text
    with pytest.raises(SecretInvalid):
        secrets.read(APPID, Secret.TOKEN)


@pytest.mark.parametrize(
    "values", [{"aes_key": "too short"}, {"aes_key": "x" * 42}, {"token": "two words"}, {"password": "x"}, ["x"], {"token": 1}]
)
def test_what_cannot_be_a_secret_is_not_put(
    shop: Shop, values: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert put(monkeypatch, values) == 1
    told = capsys.readouterr()
    assert not any(value in told.err + told.out for value in ("too short", "two words", ENCODING_KEY, TOKEN))
    assert secrets.read(APPID, Secret.TOKEN, Secret.AES_KEY) == {Secret.TOKEN: (TOKEN,), Secret.AES_KEY: (ENCODING_KEY,)}


# ---- what it tells of messages ----


@pytest.mark.parametrize(
    ("push", "kind"),
    [
        (samples.body("event", "TEMPLATESENDJOBFINISH", "<MsgID>88</MsgID><Status>success</Status>"), "receipt"),
        (samples.body("event", "MASSSENDJOBFINISH", "<MsgID>88</MsgID><Status>send success</Status>"), "job"),
        (samples.body("event", "unsubscribe"), "left"),
    ],
)
def test_what_a_push_tells_of_messages_is_put_into_their_queue(shop: Shop, push: bytes, kind: str) -> None:
    acknowledged(shop.safe(push))
    assert [json.loads(one)["kind"] for one in shop.stack.messages("followups")] == [kind]


def test_other_pushes_put_nothing_there(shop: Shop) -> None:
    acknowledged(shop.safe())
    assert shop.stack.messages("followups") == []


def test_a_fan_who_allows_a_notice_may_be_sent_it(shop: Shop) -> None:
    told = {"TemplateId": "S-1", "SubscribeStatusString": "accept", "PopupScene": "2"}
    for _ in range(2):  # WeChat asks twice
        acknowledged(shop.safe(samples.json_body("event", "subscribe_msg_popup_event", List=told)))
    permissions = [one for one in shop.stack.items("contacts") if one["sk"]["S"] == "contact"]
    assert len(permissions) == 1
    assert "S-1" in str(permissions)
