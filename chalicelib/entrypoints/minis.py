"""Logins of mini programs and of web pages inside WeChat: a code goes to the platform, and what comes back names the person.

The session key that comes with a login opens everything that the mini program sends encrypted. It is not looked at, kept, logged or told.
"""

from typing import Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.errors import HuiliuError, NotFound, Unauthorized
from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.fans import connected, store
from chalicelib.fans.exchanging import asked
from chalicelib.fans.logins import Login, can_be_appid, draft_of, masked, mobile_of
from chalicelib.http import Answer, Request
from chalicelib.identifiers import MAX_VALUE_LENGTH
from chalicelib.identity.published import current_rules
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import minis, oauth
from chalicelib.wechat.client import Client

SDK_PATH: Final = "mp_login"
_NOT_CACHED: Final = {"cache-control": "no-store"}


class Visitor(BaseModel):
    """What the page or mini program knew of the person before: its ids become the same person's."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=512, description="From `wx.login`, or from the address that WeChat came back to.")
    anonymous_id: str = Field(default="", max_length=MAX_VALUE_LENGTH)
    device_id: str = Field(default="", max_length=MAX_VALUE_LENGTH)


class PhoneWanted(BaseModel):
    """A code of the phone button, and who tapped it."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=512, description="From the button's `getPhoneNumber`; not that of `wx.login`.")
    openid: str = Field(min_length=1, max_length=128)


class LoggedIn(BaseModel):
    """Who it is. `unionid` where the account is bound to an open platform account."""

    openid: str
    unionid: str | None = None


class WebLoggedIn(BaseModel):
    """Who it is; nobody while WeChat shows the page as a snapshot, to a made-up person."""

    openid: str | None = None
    unionid: str | None = None
    snapshot: bool = False


class PhoneGiven(BaseModel):
    """The number, masked."""

    phone: str = Field(examples=["139****5678"])


def sdk_login(request: Request) -> Answer:
    """`GET /mp_login`: what the Sensors SDK for mini programs asks at its start. Always 200; without `openid` it goes on anonymously."""
    return _sdk_answer(request, request.query.get("appid", ""), request.query.get("code", ""))


def odd_sdk_login(request: Request) -> Answer:
    """`GET /mp_login&code=…&appid=…`: the same, as the SDK asks when its server address has no query."""
    path, _, rest = request.params["path"].partition("&")
    if path != SDK_PATH:
        raise NotFound("there is nothing under this path")
    fields = dict(parse_qsl(rest))
    return _sdk_answer(request, fields.get("appid", ""), fields.get("code", ""))


def post_login(request: Request) -> Answer:
    """`POST /v1/mini/{appid}/login`: who opened the mini program, and that it is the visitor whose ids are given."""
    source, visitor = _source(request), request.document(Visitor)
    appid = _appid(request, mini=True)
    found = asked(visitor.code, request.source_ip, request.received_at, lambda: minis.session(Client(appid), visitor.code))
    _keep(_login(Login.MINI, appid, visitor, found.openid, found.unionid, request.received_at), source, request)
    return Answer(body=LoggedIn(openid=found.openid, unionid=found.unionid or None), headers=_NOT_CACHED)


def post_web_login(request: Request) -> Answer:
    """`POST /v1/oauth/{appid}`: who opened a web page inside WeChat. Of a snapshot's made-up person nothing is kept or told."""
    source, visitor = _source(request), request.document(Visitor)
    appid = _appid(request, mini=False)
    found = asked(visitor.code, request.source_ip, request.received_at, lambda: oauth.exchange(Client(appid), visitor.code))
    if found.snapshot:
        return Answer(body=WebLoggedIn(snapshot=True), headers=_NOT_CACHED)
    _keep(_login(Login.WEB, appid, visitor, found.openid, found.unionid, request.received_at), source, request)
    return Answer(body=WebLoggedIn(openid=found.openid, unionid=found.unionid or None), headers=_NOT_CACHED)


def post_phone(request: Request) -> Answer:
    """`POST /v1/mini/{appid}/phone`: the phone number becomes the person's, vouched for by WeChat. The answer shows a part of it."""
    source, wanted = _source(request), request.document(PhoneWanted)
    appid = _appid(request, mini=True)
    phone = asked(wanted.code, request.source_ip, request.received_at, lambda: minis.phone_number(Client(appid), wanted.code))
    mobile = mobile_of(phone.country, phone.plain, phone.number)
    pairs = ((f"openid:{appid}", wanted.openid), ("mobile", mobile))
    _keep(draft_of(Login.PHONE, appid, wanted.code, pairs, request.received_at), source, request)
    return Answer(body=PhoneGiven(phone=masked(mobile)), headers=_NOT_CACHED)


def _sdk_answer(request: Request, appid: str, code: str) -> Answer:
    try:
        if not can_be_appid(appid) or connected.type_of(appid) is not AccountType.MINI_PROGRAM:
            raise NotFound("no mini program with this appid is in force")
        found = asked(code, request.source_ip, request.received_at, lambda: minis.session(Client(appid), code))
    except HuiliuError as refused:
        count_refusals([refused.code])
        return Answer(body={"error": refused.code}, headers=_NOT_CACHED)
    if found.unionid:
        _join(appid, found, code, request)
    return Answer(body={"openid": found.openid}, headers=_NOT_CACHED)


def _join(appid: str, found: minis.Session, code: str, request: Request) -> None:
    """Only the platform knows the unionid, and the SDK never learns it. It is told once; the event first, so that it cannot get lost."""
    known = store.get(appid, found.openid)
    if known is not None and known.unionid == found.unionid:
        return
    pairs = ((f"openid:{appid}", found.openid), ("unionid", found.unionid))
    _keep(draft_of(Login.MINI, appid, code, pairs, request.received_at), Source(appid), request)
    store.joined(appid, found.openid, found.unionid)


def _login(login: Login, appid: str, visitor: Visitor, openid: str, unionid: str, at: int) -> Draft:
    own = (("anonymous_id", visitor.anonymous_id), ("device_id", visitor.device_id))
    return draft_of(login, appid, visitor.code, ((f"openid:{appid}", openid), ("unionid", unionid), *own), at)


def _source(request: Request) -> Source:
    source = request.known_caller().source
    if source is None:
        raise Unauthorized("a login needs a write key: an API key does not say which source sends it")
    return source


def _appid(request: Request, *, mini: bool) -> str:
    appid = request.params["appid"]
    kind = connected.type_of(appid)
    if kind is None or (kind is AccountType.MINI_PROGRAM) is not mini:
        raise NotFound(f"no {'mini program' if mini else 'official account'} with this appid is in force")
    return appid


def _keep(draft: Draft, source: Source, request: Request) -> None:
    keep([draft], source, current_rules(), request.received_at)
