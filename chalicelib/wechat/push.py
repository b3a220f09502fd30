"""A push of WeChat, from XML or from the JSON of mini programs, as one typed value that is the same for both. Pure.

All values are texts, whichever form they came in: the forms disagree on what is a number, and 64-bit ids are safe as texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chalicelib.errors import HuiliuError
from chalicelib.events.model import Json
from chalicelib.events.wire import MAX_TIME_MS
from chalicelib.wechat import xmltext
from chalicelib.wechat.refused import PushRefused, Reason

EVENT: Final = "event"  # the MsgType of everything that is no message
_MS: Final = 1000  # in a second
MAX_SENDER: Final = 128  # characters; an openid has 28, and it becomes part of keys
_TIME_DIGITS: Final = 11  # at most, of a time in seconds
_BOM: Final = b"\xef\xbb\xbf"
_HEAD: Final = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId")
_ENVELOPE: Final = frozenset(_HEAD)
_ITEM: Final = "item"

# Lists that come as a bare object when they have one entry; their names are lists in no other push.
_LISTS: Final = frozenset({"List", "Actions", "detail", "fail_idx"})
_PICTURES: Final = "PicList"
_NEVER_BARE: Final = _LISTS | {_PICTURES}
_PLAIN_TEXT_NAMES: Final = frozenset({"List", "Actions", "detail"})  # of these, a bare text is no entry but a text of another push

# XML wraps the list of a subscription notice in an element named after the event; JSON does not.
_WRAPPERS: Final = frozenset({"SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"})

# Fields that were seen in two spellings, by event: the other one and ours.
_IDS_SPELLED: Final = {"openid": "OpenID", "OpenId": "OpenID", "appid": "AppID", "AppId": "AppID"}
_SPELLED: Final[Mapping[str, Mapping[str, str]]] = {
    "poi_check_notify": {"Msg": "msg"},
    "user_info_modified": _IDS_SPELLED,
    "user_authorization_revoke": _IDS_SPELLED,
    "user_authorization_cancellation": _IDS_SPELLED,
}


class Form(StrEnum):
    """The two forms of a body; the answer has the one of the push."""

    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Push:
    """What WeChat tells: a message or an event.

    `account` is the original id (gh_...) of the account, `openid` the sender, which for news about the account itself is no person;
    `msg_type` and `event` are as they were sent (`event` is "" for messages); `created_at` is epoch ms, 0 when untold; `message_id`
    is that of a message or ""; `fields` is everything else under WeChat's names: texts, objects and lists of them.
    """

    account: str
    openid: str
    msg_type: str
    event: str
    created_at: int
    message_id: str
    fields: Json
    form: Form

    @property
    def kind(self) -> str:
        """What it is called, in lower case since pages and pushes disagree on it: the event, or the type of a message."""
        return (self.event if self.is_event else self.msg_type).lower()

    @property
    def is_event(self) -> bool:
        """Whether it is an event rather than a message or a device's."""
        return self.msg_type.lower() == EVENT


def read_body(body: bytes) -> tuple[Json, Form]:
    """The elements of a body as they came, and its form. An encrypted one has `Encrypt` among them.

    Raises PushRefused (`body_too_large`, `body_unreadable`, `doctype_forbidden`, `nested_too_deep`).
    """
    text = body.removeprefix(_BOM).strip()
    if text.startswith(b"{"):
        return _json(text), Form.JSON
    return xmltext.parse(text), Form.XML


def read(body: bytes) -> Push:
    """The push of a body that is not, or no longer, encrypted. Kinds never seen before are read like all others.

    Raises PushRefused as `read_body`, and `type_missing`.
    """
    return understood(*read_body(body))


def understood(raw: Json, form: Form) -> Push:
    """The push of a body's elements. Raises PushRefused (`type_missing`, `body_unreadable`)."""
    try:
        account, openid, created, msg_type, event, message_id = [raw.get(name, "").strip() for name in _HEAD]
    except AttributeError:  # an object or a list
        wrong = next(name for name in _HEAD if not isinstance(raw.get(name, ""), str))
        raise PushRefused(Reason.BODY_UNREADABLE, f"{wrong} must be there once, as a text") from None
    if not msg_type and (event := _text(raw, "InfoType")):
        msg_type = EVENT  # news for operators of third-party platforms come under another name, without accounts
    if not msg_type:
        raise PushRefused(Reason.TYPE_MISSING, "the push has no MsgType")
    if len(openid) > MAX_SENDER:
        raise PushRefused(Reason.BODY_UNREADABLE, f"FromUserName has {MAX_SENDER} characters at most")
    return Push(account, openid, msg_type, event, _created_at(created), message_id, _fields(raw, event.lower()), form)


def _json(text: bytes) -> Json:
    if len(text) > xmltext.MAX_BODY_BYTES:
        raise PushRefused(Reason.BODY_TOO_LARGE, f"a push may hold {xmltext.MAX_BODY_BYTES} bytes at most")
    from chalicelib.events import jsontext  # for mini programs alone, and not light

    try:
        value = jsontext.decode(text)
    except HuiliuError as unreadable:
        raise PushRefused(Reason.BODY_UNREADABLE, "the body is not JSON, or holds too many objects and lists") from unreadable
    found: Json = _as_texts(value, 1)  # an object, as it begins with a brace
    return found


def _as_texts(value: Any, depth: int) -> Any:
    """A JSON value as XML would have told it."""
    if depth > xmltext.MAX_DEPTH:
        raise PushRefused(Reason.NESTED_TOO_DEEP, f"objects and lists may be nested {xmltext.MAX_DEPTH} deep at most")
    if isinstance(value, dict):
        return {name: _as_texts(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_texts(one, depth + 1) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _text(raw: Json, name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise PushRefused(Reason.BODY_UNREADABLE, f"{name} must be there once, as a text")
    return value.strip()


def _created_at(seconds: str) -> int:
    is_time = seconds.isdecimal() and seconds.isascii() and len(seconds) <= _TIME_DIGITS
    time = int(seconds) * _MS if is_time else 0
    return time if time <= MAX_TIME_MS else 0


def _fields(raw: Json, event: str) -> Json:
    fields = _inner({name: raw[name] for name in raw if name not in _ENVELOPE})
    if not _WRAPPERS.isdisjoint(fields):
        fields = _unwrapped(fields)
    spelled = _SPELLED.get(event)
    return {spelled.get(name, name): value for name, value in fields.items()} if spelled else fields


def _unwrapped(fields: Json) -> Json:
    """The fields with what stands inside of their wrappers in place of these."""
    for wrapper in _WRAPPERS & fields.keys():
        if isinstance(fields[wrapper], dict):
            fields = {**{name: value for name, value in fields.items() if name != wrapper}, **fields[wrapper]}
    return fields


def _inner(raw: Json) -> Json:
    return {name: value if isinstance(value, str) and name not in _NEVER_BARE else _field(name, value) for name, value in raw.items()}


def _field(name: str, value: Any) -> Any:
    """The value with its lists as lists: always, and without `item` elements around their entries."""
    if name == _PICTURES:
        return _pictures(value)
    if isinstance(value, dict):
        inner = _inner(value)
        value = _listed(inner[_ITEM]) if inner.keys() == {_ITEM} else inner
    elif isinstance(value, list):
        value = [_field("", one) for one in value]
    if name in _LISTS and not (isinstance(value, str) and name in _PLAIN_TEXT_NAMES):
        return _listed(value)
    return value


def _pictures(value: Any) -> list[Any]:
    """The entries of a PicList: one list of items, or one list for each item; both are sent."""
    parts = [_field("", part) for part in _listed(value) if part]
    return [one for part in parts for one in _listed(part)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
