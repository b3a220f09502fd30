"""Logins of mini programs and of pages inside WeChat: a code becomes an openid, and who was anonymous becomes a person."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.entrypoints import minis as entrypoint
from chalicelib.entrypoints.merge import merge
from chalicelib.fans.guessing import MOST, WINDOW_MS
from chalicelib.identifiers import identifier
from chalicelib.people import reading
from chalicelib.wechat.apis import Api, Json, Query
from chalicelib.wechat.client import Client
from chalicelib.wechat.error_numbers import NO_ANSWER
from chalicelib.wechat.wire import Upload
from infra.mappings import MERGE
from tests.support.aws import Stack
from tests.support.fans import publish, refusal
from tests.support.gateway import NOW, Gateway, Reply
from tests.support.pump import Pump

MINI, SHOP = "wx_mini", "wx_shop"
OPENID, UNIONID = "oMini1", "uMulan"
SESSION_KEY = "c2Vzc2lvbiBrZXkgMTIzNA=="
LOGIN, PHONE, WEB = f"/v1/mini/{MINI}/login", f"/v1/mini/{MINI}/phone", f"/v1/oauth/{SHOP}"


@dataclass(slots=True)
class CodePlatform:
    """Knows what each code stands for; a code works once. `fails` is raised instead by the next call."""

    codes: dict[str, Json] = field(default_factory=dict)
    fails: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def connect(self, appid: str) -> Client:
        return _Connected(appid, self)


class _Connected(Client):
    def __init__(self, appid: str, platform: CodePlatform) -> None:
        super().__init__(appid)
        self._platform = platform

    def call(self, api: Api, *, query: Query | None = None, body: Json | None = None, file: Upload | None = None) -> Json:
        given = {**(query or {}), **(body or {})}
        code = given.get("js_code") or given["code"]
        self._platform.asked.append(code)
        if self._platform.fails:
            raise self._platform.fails.pop()
        if code not in self._platform.codes:
            raise refusal(40029)
        return self._platform.codes.pop(code)


@dataclass(slots=True)
class Shop:
    stack: Stack
    platform: CodePlatform
    page: Gateway
    pump: Pump

    def login(self, path: str = LOGIN, **body: Any) -> Reply:
        return self.page.call("POST", path, {"code": "c1", **body})

    def ask(self, path: str) -> Json:
        """What the SDK gets."""
        reply = Gateway(application.app, now=self.page.now).get(path)
        assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
        found: Json = reply.json
        return found

    def person(self, namespace: str, value: str) -> str:
        return reading.person_of(identifier(namespace, value)).id

    @property
    def everything(self) -> str:
        """Whatever is stored anywhere."""
        return json.dumps([self.stack.items(table) for table in ("events", "fans", "wechat", "people", "rejections")], default=str)


@pytest.fixture
def shop(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Shop:
    publish([MINI], "mini_program", NOW)
    publish([SHOP], "service", NOW)
    definitions.draft(SOURCES, "mini", {"title": "小程序"}, by="test", at=NOW)
    definitions.publish(SOURCES, "mini", by="test", at=NOW)
    platform = CodePlatform({"c1": {"openid": OPENID, "unionid": UNIONID, "session_key": SESSION_KEY}})
    monkeypatch.setattr(entrypoint, "Client", platform.connect)
    key = keys.create_write_key("mini", by="test", at=NOW).text
    pump = Pump(stack)
    pump.stream(MERGE, merge)
    return Shop(stack, platform, Gateway(application.app, key=key, now=NOW), pump)


# ---- for the SDK ----


@pytest.mark.parametrize(
    "path",
    [
        f"/mp_login?code=c1&appid={MINI}",
        f"/mp_login?project=default&code=c1&appid={MINI}",
        f"/mp_login&code=c1&appid={MINI}",
        f"/{quote(f'mp_login&code=c1&appid={MINI}', safe='')}",
        f"/mp_login&code=c1&appid={MINI}?project=default",
    ],
)
def test_the_sdk_gets_the_openid_and_nothing_else(shop: Shop, path: str) -> None:
    assert shop.ask(path) == {"openid": OPENID}


def test_the_unionid_that_the_sdk_never_learns_joins_the_visit_to_the_fan(shop: Shop) -> None:
    shop.ask(f"/mp_login?code=c1&appid={MINI}")
    shop.pump.drain()
    assert shop.person("unionid", UNIONID) == shop.person(f"openid:{MINI}", OPENID)


def test_the_second_start_writes_nothing_new(shop: Shop) -> None:
    shop.ask(f"/mp_login?code=c1&appid={MINI}")
    before = shop.everything
    shop.platform.codes["c2"] = {"openid": OPENID, "unionid": UNIONID, "session_key": SESSION_KEY}
    assert shop.ask(f"/mp_login?code=c2&appid={MINI}") == {"openid": OPENID}
    assert shop.everything == before


def test_without_a_unionid_nothing_is_written(shop: Shop) -> None:
    shop.platform.codes["c2"] = {"openid": OPENID, "session_key": SESSION_KEY}
    shop.ask(f"/mp_login?code=c2&appid={MINI}")
    assert shop.stack.items("events") == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (f"/mp_login?code=used&appid={MINI}", "wechat_code_refused"),
        (f"/mp_login?code=c%201&appid={MINI}", "wechat_code_refused"),
        (f"/mp_login?appid={MINI}", "wechat_code_refused"),
        ("/mp_login?code=c1&appid=wx_nobody", "not_found"),
        (f"/mp_login?code=c1&appid={SHOP}", "not_found"),
        ("/mp_login?code=c1&appid=%23%23", "not_found"),
        ("/mp_login&code=c1", "not_found"),
        ("/mp_login", "not_found"),
    ],
)
def test_what_cannot_be_answered_has_no_openid_so_that_the_sdk_starts_anonymously(shop: Shop, path: str, error: str) -> None:
    assert shop.ask(path) == {"error": error}


@pytest.mark.parametrize(("number", "error"), [(NO_ANSWER, "wechat_busy"), (45011, "wechat_limit_reached"), (40125, "wechat_refused")])
def test_nor_when_wechat_does_not_answer(shop: Shop, number: int, error: str) -> None:
    shop.platform.fails = [refusal(number)]
    assert shop.ask(f"/mp_login?code=c1&appid={MINI}") == {"error": error}


def test_what_cannot_be_a_code_or_an_account_costs_no_call(shop: Shop) -> None:
    for path in (f"/mp_login?code=%3Cscript%3E&appid={MINI}", f"/mp_login?code={'c' * 513}&appid={MINI}", "/mp_login?code=c1&appid=x"):
        shop.ask(path)
    assert shop.platform.asked == []


def test_who_tries_codes_out_is_not_asked_for_any_more_for_a_minute(shop: Shop) -> None:
    for number in range(MOST + 5):
        shop.ask(f"/mp_login?code=guess{number}&appid={MINI}")
    assert len(shop.platform.asked) == MOST
    assert shop.ask(f"/mp_login?code=c1&appid={MINI}") == {"error": "wechat_limit_reached"}
    shop.page.now += WINDOW_MS
    assert shop.ask(f"/mp_login?code=c1&appid={MINI}") == {"openid": OPENID}


@pytest.mark.parametrize("path", ["/favicon.ico", "/mp_logins&code=c1", "/anything"])
def test_other_paths_are_not_found(shop: Shop, path: str) -> None:
    reply = Gateway(application.app, now=NOW).get(path)
    assert (reply.status, reply.json["code"]) == (404, "not_found")


# ---- mini programs ----


def test_a_login_makes_the_anonymous_visitor_the_person(shop: Shop) -> None:
    reply = shop.login(anonymous_id="anon-1", device_id="dev-1")
    assert (reply.status, reply.json) == (200, {"openid": OPENID, "unionid": UNIONID})
    shop.pump.drain()
    names = (("unionid", UNIONID), (f"openid:{MINI}", OPENID), ("anonymous_id", "anon-1"), ("device_id", "dev-1"))
    assert len({shop.person(*one) for one in names}) == 1


def test_a_login_without_unionid_tells_none(shop: Shop) -> None:
    shop.platform.codes["c1"] = {"openid": OPENID, "session_key": SESSION_KEY}
    assert shop.login().json == {"openid": OPENID, "unionid": None}


def test_the_session_key_is_neither_told_nor_kept_nor_logged(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    told = [shop.login().body.decode(), shop.login().body.decode()]
    shop.platform.codes["c2"] = {"openid": OPENID, "unionid": UNIONID, "session_key": SESSION_KEY}
    told.append(str(shop.ask(f"/mp_login?code=c2&appid={MINI}")))
    captured = capsys.readouterr()
    assert all(SESSION_KEY not in text for text in (*told, shop.everything, captured.out, captured.err))


@pytest.mark.parametrize("field_name", ["user_id", "mobile", "unionid", "openid"])
def test_the_client_cannot_name_itself_more_than_a_device(shop: Shop, field_name: str) -> None:
    reply = shop.login(**{field_name: "boss"})
    assert (reply.status, reply.json["code"]) == (422, "document_invalid")
    assert shop.platform.asked == []


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(40029, 400, "wechat_code_refused"), (40163, 400, "wechat_code_refused"), (40226, 400, "wechat_code_refused"),
     (45011, 429, "wechat_limit_reached"), (NO_ANSWER, 503, "wechat_busy"), (40125, 502, "wechat_refused")],
)  # fmt: skip
def test_every_refusal_has_its_code_and_keeps_nothing(shop: Shop, number: int, status: int, code: str) -> None:
    shop.platform.fails = [refusal(number)]
    reply = shop.login()
    assert (reply.status, reply.json["code"]) == (status, code)
    assert shop.stack.items("events") == []


def test_a_login_needs_a_write_key_and_an_account_in_force(shop: Shop) -> None:
    assert Gateway(application.app, now=NOW).call("POST", LOGIN, {"code": "c1"}).status == 401
    assert shop.login(f"/v1/mini/{SHOP}/login").status == 404
    assert shop.login("/v1/mini/wx_nobody/login").status == 404


# ---- phones ----


def test_a_phone_number_becomes_the_persons_and_is_shown_masked(shop: Shop) -> None:
    shop.platform.codes["p1"] = {"phone_info": {"phoneNumber": "13987654321", "purePhoneNumber": "13987654321", "countryCode": "86"}}
    reply = shop.login(PHONE, code="p1", openid=OPENID)
    assert (reply.status, reply.json) == (200, {"phone": "139****4321"})
    shop.pump.drain()
    assert shop.person("mobile", "13987654321") == shop.person(f"openid:{MINI}", OPENID)


def test_a_number_from_abroad_keeps_its_country(shop: Shop) -> None:
    shop.platform.codes["p1"] = {"phone_info": {"phoneNumber": "+85291234567", "purePhoneNumber": "91234567", "countryCode": "852"}}
    assert shop.login(PHONE, code="p1", openid=OPENID).json == {"phone": "+85*****4567"}
    shop.pump.drain()
    assert shop.person("mobile", "+85291234567") == shop.person(f"openid:{MINI}", OPENID)


def test_a_code_of_the_phone_button_works_once(shop: Shop) -> None:
    shop.platform.codes["p1"] = {"phone_info": {"phoneNumber": "13987654321"}}
    assert [shop.login(PHONE, code="p1", openid=OPENID).status for _ in range(2)] == [200, 400]


# ---- pages inside WeChat ----


def consent(**more: Any) -> Json:
    return {"openid": "oShop1", "access_token": "t-secret", "expires_in": 7200, "refresh_token": "r-secret", "scope": "snsapi_base", **more}


def test_a_page_inside_wechat_learns_who_opened_it(shop: Shop) -> None:
    shop.platform.codes["w1"] = consent(unionid=UNIONID)
    reply = shop.login(WEB, code="w1", anonymous_id="anon-2")
    assert reply.json == {"openid": "oShop1", "unionid": UNIONID, "snapshot": False}
    shop.pump.drain()
    assert shop.person("anonymous_id", "anon-2") == shop.person("unionid", UNIONID)
    assert "secret" not in shop.everything


def test_the_made_up_person_of_a_snapshot_is_nobody(shop: Shop) -> None:
    shop.platform.codes["w1"] = consent(unionid="uMadeUp", is_snapshotuser=1)
    reply = shop.login(WEB, code="w1", anonymous_id="anon-2")
    assert reply.json == {"openid": None, "unionid": None, "snapshot": True}
    assert shop.stack.items("events") == []


def test_a_mini_program_has_no_pages(shop: Shop) -> None:
    assert shop.login(f"/v1/oauth/{MINI}").status == 404
