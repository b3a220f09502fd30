"""What is to be known about an interface of the platform before it is called. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chalicelib.wechat import errors
from chalicelib.wechat.error_numbers import NO_ANSWER
from chalicelib.wechat.errors import Dropped, TokenRefused, TryAgain
from chalicelib.wechat.wire import Answer, Method

Json = dict[str, Any]
Query = Mapping[str, str]
FIRST_SERVER_FAULT: Final = 500  # HTTP status


class Credential(StrEnum):
    """What proves to the platform who calls."""

    ACCOUNT = "account"  # the account's access token, put into the query by the client
    SECRET = "secret"  # noqa: S105 - a name; the AppID and AppSecret, put into the query or the body by the client
    PERSON = "person"  # a token of the person who gave consent; the caller puts it in


@dataclass(frozen=True, slots=True)
class Api:
    """An interface. `repeatable`: carried out twice it does no more than once, so it may be called again when no answer came."""

    path: str
    method: Method = Method.POST
    repeatable: bool = True
    credential: Credential = Credential.ACCOUNT


def encoded(body: Json | None) -> bytes | None:
    """A body as the platform reads it: UTF-8 as it is, because escapes are shown to people literally or refused (40033)."""
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")  # lone surrogates become "?"


def decoded(answer: Answer, api: Api, now: int) -> Json:
    """The answer's object; a number that asks for nothing is left in `errcode`. Raises the error of any other (see `errors`)."""
    found = _object(answer)
    if found is None:
        raise lost(api)
    raise_for(found, api, now)
    return found


def content(answer: Answer, api: Api, now: int) -> bytes:
    """The bytes of an answer that is a file. Raises as `decoded` when it is an error."""
    if "json" in answer.type or "text" in answer.type or answer.body.lstrip().startswith(b"{"):
        raise_for(decoded(answer, api, now), api, now)
        raise lost(api)  # an object where a file should be
    if answer.status >= FIRST_SERVER_FAULT or not answer.body:
        raise lost(api)
    return answer.body


def lost(api: Api, sent_maybe: bool = True) -> TryAgain:
    """The error for an answer that did not come, or says nothing."""
    return TryAgain(errors.verdict_of(NO_ANSWER), api.path, sent_maybe=sent_maybe)


def raise_for(found: Json, api: Api, now: int) -> None:
    """Raises the error that an answer tells, if it does."""
    number = found.get("errcode", 0)
    if isinstance(number, bool) or not isinstance(number, int):
        raise lost(api)
    text = found.get("errmsg")
    error = errors.error_of(number, text if isinstance(text, str) else "", api.path, now, api.credential is Credential.SECRET)
    if isinstance(error, TokenRefused) and api.credential is Credential.PERSON:
        raise Dropped(error.verdict, error.api, error.rid)  # the person has to consent again; the account's token is another one
    if error is not None:
        raise error


def _object(answer: Answer) -> Json | None:
    if answer.status >= FIRST_SERVER_FAULT:
        return None
    try:
        found = json.loads(answer.body.decode("utf-8", "replace"), strict=False)  # names of people may hold control characters
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
