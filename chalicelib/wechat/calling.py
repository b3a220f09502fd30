"""Calling the platform, again where that helps and cannot hurt: bounded attempts with growing, random pauses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import random
from time import sleep, time
from typing import Final, TypeVar

from chalicelib import telemetry
from chalicelib.settings import settings
from chalicelib.wechat import apis, connected, quotas, transport
from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.error_numbers import VERDICTS, Remedy, Verdict
from chalicelib.wechat.errors import LimitReached, Misconfigured, TryAgain, WechatError
from chalicelib.wechat.secrets import SecretInvalid
from chalicelib.wechat.wire import Answer, Method, NoAnswer, Request, Upload

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.3  # on average before the second attempt; twice as long before each further one
WRONG_SECRET: Final = (40001, 40125)  # of calls that carry the AppSecret
SECRET_MISSING: Final = 41004  # the platform's number for a request without one; ours for an account without one

Found = TypeVar("Found", Json, bytes)


def _now() -> int:
    return int(time() * 1000)


@dataclass(frozen=True, slots=True)
class Means:
    """What calls work with, so that tests can put other things in place: the time (epoch ms), a pause (seconds), chance from 0 to 1, and
    the way to the platform (raises NoAnswer).
    """

    now: Callable[[], int] = _now
    sleep: Callable[[float], None] = sleep
    chance: Callable[[], float] = random
    send: Callable[[Request], Answer] = transport.send


REAL: Final = Means()


@dataclass(frozen=True, slots=True)
class Call:
    """One call, whole. Its query and body may hold secrets, so they do not show."""

    appid: str
    api: Api
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Json | None = field(default=None, repr=False)
    file: Upload | None = field(default=None, repr=False)


def answered(call: Call, means: Means) -> Json:
    """The answer to a call. Raises the errors of `errors`; TryAgain when all attempts failed."""
    return _repeated(call.api, means, lambda: attempted(call, means, apis.decoded))


def downloaded(call: Call, means: Means) -> bytes:
    """The file that a call answers with. Raises as `answered`."""
    return _repeated(call.api, means, lambda: attempted(call, means, apis.content))


def with_secret(call: Call, ask: Callable[[Call], Found]) -> Found:
    """What a call that carries the AppSecret gives. While one is replaced the platform knows either, so the older is tried second.

    Raises Misconfigured when none was put.
    """
    known = app_secrets(call.appid, call.api)
    for older in known[:-1]:
        try:
            return ask(_carrying(call, older))
        except Misconfigured as failed:
            if failed.number not in WRONG_SECRET:
                raise
    return ask(_carrying(call, known[-1]))


def app_secrets(appid: str, api: Api) -> tuple[str, ...]:
    """The AppSecrets of an account, newest first, one at least. Raises Misconfigured when none was put, or what was put is none."""
    try:
        known = connected.app_secrets(appid)
    except SecretInvalid:
        known = ()
    if not known:
        verdict = Verdict(SECRET_MISSING, Remedy.FIX_CONFIGURATION, "no AppSecret was put for this account, or one that cannot be read")
        raise Misconfigured(verdict, api.path)
    return known


def attempted(call: Call, means: Means, read: Callable[[Answer, Api, int], Found]) -> Found:
    """What one attempt gives, counted by how it ended."""
    quotas.spend(call.appid, call.api.path, means.now())
    try:
        found = read(_sent(call, means), call.api, means.now())
    except WechatError as failed:
        telemetry.count_call(call.appid, call.api.path, failed.verdict.remedy)
        if isinstance(failed, LimitReached):
            quotas.note(call.appid, failed, means.now())
        raise
    telemetry.count_call(call.appid, call.api.path, _remedy(found))
    return found


def pause(place: int, means: Means) -> None:
    """Waits after attempt number `place`, counted from 0."""
    means.sleep(PAUSE_SECONDS * 2**place * (0.5 + means.chance()))


def _repeated(api: Api, means: Means, attempt: Callable[[], Found]) -> Found:
    """What an attempt gives. It is made again after a fault of the moment, unless it may have gone through and must not do so twice."""
    for place in range(ATTEMPTS - 1):
        try:
            return attempt()
        except TryAgain as failed:
            if failed.sent_maybe and not api.repeatable:
                raise
        pause(place, means)
    return attempt()


def _sent(call: Call, means: Means) -> Answer:
    url = settings().wechat_api_url + call.api.path
    request = Request(call.api.method, url, call.query, apis.encoded(call.body), call.file)
    try:
        return means.send(request)
    except NoAnswer as nothing:
        lost = apis.lost(call.api, nothing.sent_maybe)
    raise lost


def _carrying(call: Call, secret: str) -> Call:
    given = {"appid": call.appid, "secret": secret}
    if call.api.method is Method.GET:
        return replace(call, query={**given, **call.query})
    return replace(call, body={**given, **(call.body or {})})


def _remedy(found: Json | bytes) -> Remedy:
    """Of an answer that is no error: its number is none, or one of the table."""
    return VERDICTS[found.get("errcode", 0)].remedy if isinstance(found, dict) else Remedy.NOTHING
