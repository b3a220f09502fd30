"""What an adapter is asked to send, and what came of it. Pure.

An adapter never raises for what a provider does: whatever happens is an Outcome. What the provider tells later is a Receipt; what a
person answers is a Reply.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Result(StrEnum):
    """What one call of a provider came to, by what has to be done now."""

    SENT = "sent"  # taken on; a receipt may tell more
    REFUSED = "refused"  # this message never; others may go
    UNREACHABLE = "unreachable"  # this address never, or not now; the message may go another way
    LIMITED = "limited"  # certainly not sent; again when the limit is over
    RETRY = "retry"  # certainly not sent; again soon
    UNKNOWN = "unknown"  # may have been sent: again only with the same key where the provider honours keys, else not
    MISCONFIGURED = "misconfigured"  # certainly not sent, and no message of the account will be until somebody repairs it


class Reason(StrEnum):
    """Why, in words that stay. They name nothing of the message."""

    NONE = ""
    ACCOUNT_LIMIT = "account_limit"  # all messages of the account wait
    ADDRESS_LIMIT = "address_limit"  # only this person's do
    OUTSIDE_HOURS = "outside_hours"  # marketing is not carried at this time
    ADDRESS_INVALID = "address_invalid"  # no such number, token or device
    ADDRESS_BLOCKED = "address_blocked"  # the person, or the carrier for them, wants nothing
    ADDRESS_ABSENT = "address_absent"  # switched off, out of reach
    ADDRESS_GONE = "address_gone"  # was one once: the app was removed, the receiver says so
    ADDRESS_FORBIDDEN = "address_forbidden"  # a webhook that points where nothing may be sent
    CONTENT_REFUSED = "content_refused"
    CONTENT_TOO_LARGE = "content_too_large"
    CONTENT_MISMATCH = "content_mismatch"  # the variables do not fit the template that the provider approved
    CONTENT_OVER = "content_over"  # what was to be shown for a time, and the time is over
    REQUEST_INVALID = "request_invalid"  # we asked for nonsense
    TEMPLATE_UNAPPROVED = "template_unapproved"
    SIGNATURE_UNAPPROVED = "signature_unapproved"
    CREDENTIALS_REFUSED = "credentials_refused"
    CREDENTIALS_MISSING = "credentials_missing"
    PERMISSION_MISSING = "permission_missing"
    CALLER_FORBIDDEN = "caller_forbidden"  # from this network the provider takes nothing
    ACCOUNT_UNKNOWN = "account_unknown"  # the template names none that is in force
    ACCOUNT_MISMATCH = "account_mismatch"  # the template names one whose adapter carries something else
    ACCOUNT_UNPAID = "account_unpaid"
    ACCOUNT_CLOSED = "account_closed"
    PROVIDER_FAULT = "provider_fault"  # it says that something is wrong with it
    PROVIDER_SILENT = "provider_silent"  # the answer was lost
    PROVIDER_AWAY = "provider_away"  # no connection came about
    ANSWER_UNREADABLE = "answer_unreadable"
    REDIRECTED = "redirected"
    RECEIVER_REFUSED = "receiver_refused"  # a webhook's receiver says no


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to. `provider_id` is the provider's own number of the message; `until` (epoch ms) when a limit is over, None
    when nobody knows; `raw_code` is what the provider said, for people.

    `called` is False where nobody asked the provider, so that nothing is known of its health. `by_key`: what the provider tells later of
    the message names our id (or it tells nothing), so that nobody looks for its own number.
    """

    kind: Result
    reason: str = Reason.NONE
    provider_id: str = ""
    until: int | None = None
    raw_code: str = ""
    called: bool = True
    by_key: bool = False

    @property
    def certainly_not_sent(self) -> bool:
        """Whether another channel may take the message without telling the person twice."""
        return self.kind not in (Result.SENT, Result.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a provider: `adapter` says which (`sms_tencent`), `settings` what is no secret, `secrets` by name the values in
    force, newest first. An empty `url` is the provider's own.
    """

    name: str
    adapter: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    url: str = ""

    def secret(self, name: str) -> str:
        """The newest value of a secret; "" when there is none."""
        return next(iter(self.secrets.get(name, ())), "")

    def setting(self, name: str, default: str = "") -> str:
        """A setting, or what it is otherwise."""
        return self.settings.get(name) or default


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """One SMS to one number (E.164: +8613800000000). `key` is our id of the message; providers give it back in receipts.

    Chinese providers fill an approved `template` with `variables`, in their order; SNS sends `text` as it is. `marketing` chooses the
    route where a provider has two. `provider_key` is for adapters that draw keys.
    """

    key: str
    to: str = field(repr=False)
    template: str = ""
    signature: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    marketing: bool = True
    provider_key: str = ""


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One push to one device: `to` is a registration id (JPush) or an endpoint ARN (SNS). `data` are texts for the app, among them
    `link`; `live_seconds` is how long the provider keeps it for a device that is off. `provider_key` as for an SMS.
    """

    key: str
    to: str = field(repr=False)
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    link: str = field(default="", repr=False)
    live_seconds: int | None = None
    provider_key: str = ""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """One call of somebody else's server: `to` is its address, `body` JSON as it goes out."""

    key: str
    to: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    provider_key: str = ""


Message = SmsMessage | PushMessage | WebhookMessage


class Fate(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    FAILED = "failed"  # for good; the reason says whether the address is to blame


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that was taken on. It comes once, often, late or never.

    `provider_id` and `key` are as sent and given (`key` is empty where the provider does not return it); `at` is epoch ms, None when it
    is not told. Receipts of one message are told apart by `identity`.
    """

    provider_id: str
    to: str = field(repr=False)
    fate: Fate
    key: str = ""
    at: int | None = None
    reason: Reason = Reason.NONE
    raw_code: str = ""

    @property
    def identity(self) -> str:
        """The same for every delivery of the same receipt."""
        return f"{self.provider_id}#{self.to}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered by SMS. `identity` is the same for every delivery of the same reply; `at` is epoch ms."""

    identity: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: int | None
    stops: bool  # whether it asks us to stop
    signature: str = ""


class CallbackInvalid(ValueError):
    """A body at a callback address that is none of the provider's; the message does not repeat it."""
