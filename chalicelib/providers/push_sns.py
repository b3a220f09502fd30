"""Push over Amazon SNS to Apple's and Google's servers. A message goes to the endpoint that a device's token was made into: it is for the
ARN of one, or for `fcm:TOKEN`, `apns:TOKEN`, `apns_sandbox:TOKEN`.

It honours no key and calls nobody back. Settings: `region`, and per platform an application: `apns`, `apns_sandbox`, `fcm` (their ARNs).
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from chalicelib.providers import sns
from chalicelib.providers.adapter import Adapter, Means
from chalicelib.providers.model import Account, Outcome, PushMessage, Reason, Result

MAX_BYTES: Final = 4096  # of a payload, for APNs and for FCM alike
_ARN: Final = "arn:"
_KEPT_ENDPOINTS: Final = 10_000  # ARNs that a process remembers; they never change
_KNOWN: Final = re.compile(r"Endpoint (arn:aws[^ ]+) already exists")


class Platform(StrEnum):
    """Whose servers reach a device; the names are those of the account's settings."""

    APNS = "apns"
    APNS_SANDBOX = "apns_sandbox"
    FCM = "fcm"


_KEYS: Final = {Platform.APNS: "APNS", Platform.APNS_SANDBOX: "APNS_SANDBOX", Platform.FCM: "GCM"}  # as SNS calls them in a message


class SnsPush(Adapter[PushMessage]):
    """SNS's mobile push."""

    settings = (sns.REGION,)
    receipts_by_key = True  # none come
    options = tuple(Platform)
    optional_secrets = (sns.KEY_ID, sns.KEY_SECRET)
    most_bytes = MAX_BYTES

    def _send(self, message: PushMessage, account: Account, now: int, means: Means) -> Outcome:  # noqa: ARG002 - boto3 has its own
        if oversize(message):
            return Outcome(Result.REFUSED, Reason.CONTENT_TOO_LARGE, called=False)
        arn = message.to if message.to.startswith(_ARN) else _arn_of(message.to, account, now)
        if isinstance(arn, Outcome):
            return arn
        attributes = _attributes(message)
        given = {"TargetArn": arn, "MessageStructure": "json", "Message": envelope(message), "MessageAttributes": attributes}
        return sns.published(account, now, given)

    def endpoint(self, token: str, platform: Platform, account: Account, now: int, means: Means) -> str | Outcome:  # noqa: ARG002
        """The ARN that messages to a device go to, made if there was none and switched on again if it was off; or why there is none."""
        return _asked(_switched_on, token, platform, account, now)


def envelope(message: PushMessage) -> str:
    """The message for every platform; SNS takes the part of the endpoint's."""
    parts: dict[str, str] = {"default": message.text}
    for platform, key in _KEYS.items():
        parts[key] = fcm(message) if platform is Platform.FCM else apns(message)
    return _json(parts)


def apns(message: PushMessage) -> str:
    """What goes to an Apple device."""
    alert: Any = {"title": message.title, "body": message.text} if message.title else message.text
    return _json({"aps": {"alert": alert, "sound": "default"}, **_data(message)})


def fcm(message: PushMessage) -> str:
    """What goes to an Android device, in the form of Google's HTTP v1 API."""
    notification = {**({"title": message.title} if message.title else {}), "body": message.text}
    android = {"android": {"ttl": f"{message.live_seconds}s"}} if message.live_seconds is not None else {}
    return _json({"fcmV1Message": {"message": {"notification": notification, "data": _data(message), **android}}})


def oversize(message: PushMessage) -> tuple[Platform, ...]:
    """The platforms that would refuse the message for its size."""
    sizes = {Platform.APNS: len(apns(message).encode()), Platform.FCM: len(fcm(message).encode())}
    return tuple(platform for platform, size in sizes.items() if size > MAX_BYTES)


def _data(message: PushMessage) -> dict[str, str]:
    """For the app. Names that the platforms keep for themselves are not passed on."""
    own = {name: value for name, value in message.data.items() if name not in ("aps", "from") and not name.startswith(("google", "gcm"))}
    return {**own, **({"link": message.link} if message.link else {}), "message": message.key}


def _attributes(message: PushMessage) -> dict[str, dict[str, str]]:
    live = {} if message.live_seconds is None else {f"AWS.SNS.MOBILE.{key}.TTL": str(message.live_seconds) for key in _KEYS.values()}
    chosen = {"AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert", **live}
    return {name: {"DataType": "String", "StringValue": value} for name, value in chosen.items()}


def _arn_of(address: str, account: Account, now: int) -> str | Outcome:
    """The endpoint of `PLATFORM:TOKEN`. One that Amazon has switched off stays so: that is how it tells that the device is gone."""
    platform, _, token = address.partition(":")
    if platform not in _KEYS or not token:
        return Outcome(Result.UNREACHABLE, Reason.ADDRESS_INVALID, called=False)
    found = _asked(_made, token, Platform(platform), account, now)
    if isinstance(found, Outcome) and not found.certainly_not_sent:
        return replace(found, kind=Result.RETRY)  # making an endpoint sends nothing, however it ends
    if isinstance(found, Outcome) and found.reason == Reason.ADDRESS_GONE:
        return replace(found, kind=Result.MISCONFIGURED, reason=Reason.ACCOUNT_CLOSED)  # the application is; devices have none yet
    return found


def _asked(call: Callable[[Any, str, str], str], token: str, platform: Platform, account: Account, now: int) -> str | Outcome:
    """The endpoint's ARN, or why there is none. `call` is given SNS's client, the platform's application and the token."""
    from botocore.exceptions import BotoCoreError, ClientError

    application = account.setting(platform)
    if not application:
        return Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code=f"the setting {platform} is missing")
    try:
        return call(sns.client_of(account), application, token)
    except ClientError as refused:
        return sns.outcome_of(refused.response, now)
    except BotoCoreError as lost:
        return sns.unanswered(lost)


def _switched_on(client: Any, application: str, token: str) -> str:
    """As Amazon advises: make it, and see to it that it has this token and is on, for apps come back with their old one."""
    arn = _made(client, application, token)
    found = client.get_endpoint_attributes(EndpointArn=arn)["Attributes"]
    if found.get("Token") != token or found.get("Enabled", "").lower() != "true":
        client.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": token, "Enabled": "true"})
    return arn


@lru_cache(_KEPT_ENDPOINTS)
def _made(client: Any, application: str, token: str) -> str:
    """The endpoint that there is for a token, or a new one."""
    from botocore.exceptions import ClientError

    try:
        return str(client.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"])
    except ClientError as refused:
        known = _KNOWN.search(str(refused.response.get("Error", {}).get("Message", "")))
        if known is None:
            raise
        return known[1]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


ADAPTER: Final = SnsPush()
