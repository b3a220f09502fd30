"""Who a Sensors Analytics record speaks of: its identity keys as identifiers of our namespaces. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.events.wire import Pair, RecordInvalid, distinct, id_text, mapping

USER_ID: Final = "user_id"
ANONYMOUS_ID: Final = "anonymous_id"
DEFAULT_ACCOUNT: Final = "default"  # the account of an openid whose app is not told
LOGIN_FLAG: Final = "$is_login_id"
_LOGIN_KEY: Final = "$identity_login_id"

_NAMESPACES: Final = {
    _LOGIN_KEY: USER_ID,
    "$identity_anonymous_id": ANONYMOUS_ID,
    "$identity_cookie_id": ANONYMOUS_ID,
    "$identity_mp_id": ANONYMOUS_ID,
    "$mp_id": ANONYMOUS_ID,  # the names without `identity_` come from mini programs with old storage
    "$identity_mp_unionid": "unionid",
    "$mp_unionid": "unionid",
    "$identity_mobile": "mobile",
    "$identity_email": "email",
    "$identity_android_id": "device_id",
    "$identity_android_uuid": "device_id",
    "$identity_idfv": "device_id",
    "$identity_ios_uuid": "device_id",
}
_OPENID_KEYS: Final = frozenset({"$identity_mp_openid", "$mp_openid", "openid"})
_OPENID_OF_APP: Final = re.compile(r"\$(?:identity_)?mp_([A-Za-z0-9_.\-]{1,64})_openid")
_APP_ID: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Who:
    """The identifiers of one record: those that `distinct_id` names, those in `identities`, and these with all others."""

    named: tuple[Pair, ...]
    identities: tuple[Pair, ...]
    everything: tuple[Pair, ...]


def who(raw: Json, properties: Json) -> Who:
    """Whom a record names. Raises RecordInvalid (`identifier_missing`, `identifier_invalid`)."""
    identities = _identity_texts(raw)
    app_id = _app_id(properties)
    listed = tuple((namespace_of(key, app_id), value) for key, value in identities.items())
    distinct_id = id_text(raw.get("distinct_id"), "distinct_id")
    sort = USER_ID if _is_login(raw, properties, identities, distinct_id) else ANONYMOUS_ID
    named = distinct([_pair(distinct_id, sort, identities, app_id)])
    login = _pair(id_text(raw.get("login_id"), "login_id"), USER_ID, identities, app_id)
    anonymous = (ANONYMOUS_ID, id_text(raw.get("anonymous_id"), "anonymous_id"))
    everything = distinct((*named, *listed, login, anonymous))
    if not everything:
        raise RecordInvalid("identifier_missing", "the record names nobody: neither distinct_id nor identities")
    return Who(named, distinct(listed), everything)


def signed_up(raw: Json, properties: Json) -> tuple[Pair, ...]:
    """What a `track_signup` links: the login, the id before it, and everything else that the record carries.

    The bare login is linked as an anonymous id too: later records of server SDKs, and unbind records of browsers, name it
    without saying that it is a login.
    """
    found = who(raw, properties)
    bare = tuple((ANONYMOUS_ID, value) for namespace, value in found.named if namespace == USER_ID)
    original = (ANONYMOUS_ID, id_text(raw.get("original_id"), "original_id"))
    return distinct((*found.everything, *bare, original))


def namespace_of(key: str, app_id: str = DEFAULT_ACCOUNT) -> str:
    """Our namespace of an identity key. A key of the sender's own becomes a namespace of its lower-cased name, which may turn out to
    be undeclared or no namespace at all: that is for whoever checks the identifiers.
    """
    if key in _NAMESPACES:
        return _NAMESPACES[key]
    if key in _OPENID_KEYS:
        return f"openid:{app_id}"
    if found := _OPENID_OF_APP.fullmatch(key):
        return f"openid:{found.group(1)}"
    return key.lower().removeprefix("$identity_")


def _pair(text: str, sort: str, identities: Mapping[str, str], app_id: str) -> Pair:
    """The identifier of an id in one of its forms: bare, or `key+value`. Values may hold a `+`, so the key has to be a known one."""
    key, plus, value = text.partition("+")
    if plus and (key in _NAMESPACES or key in _OPENID_KEYS or key in identities or _OPENID_OF_APP.fullmatch(key)):
        return namespace_of(key, app_id), value
    return sort, text


def _is_login(raw: Json, properties: Json, identities: Mapping[str, str], distinct_id: str) -> bool:
    if raw.get("type") == "track_signup" or properties.get(LOGIN_FLAG) is True:
        return True
    return distinct_id in (identities.get(_LOGIN_KEY), raw.get("login_id"))


def _identity_texts(raw: Json) -> dict[str, str]:
    listed = {key: id_text(value, key) for key, value in mapping(raw.get("identities"), "identities").items()}
    return {key: value for key, value in listed.items() if value}


def _app_id(properties: Json) -> str:
    told: Any = properties.get("$app_id")
    return told if isinstance(told, str) and _APP_ID.fullmatch(told) else DEFAULT_ACCOUNT
