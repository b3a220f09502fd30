"""What templates are made of, and what one comes to for a person. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.events.model import Json


class ChannelName(StrEnum):
    """The channels that a template can have words for."""

    TEMPLATE = "template"  # a template message of a service account
    SUBSCRIBE = "subscribe"  # a message that the person allowed, once or for long
    CUSTOMER_SERVICE = "customer_service"  # within 48 hours of a message of the fan
    MASS = "mass"  # the same for many, four a month
    SMS = "sms"
    PUSH = "push"
    WEBHOOK = "webhook"
    POPUP = "popup"  # fetched by a mini program or page


class Category(StrEnum):
    """What a message is for: which consent it needs, when and how often it may come."""

    MARKETING = "marketing"
    SERVICE = "service"  # about something that the person did or asked for
    TRANSACTIONAL = "transactional"  # they cannot do without it: an order, a payment, a code


class Overflow(StrEnum):
    """What happens to a value that is too long for its place."""

    CUT = "cut"
    REFUSE = "refuse"


class ProblemCode(StrEnum):
    """What is found when a template is filled in. The values are stable."""

    VARIABLE_MISSING = "variable_missing"
    TEXT_FAILED = "text_failed"  # the Liquid could not be carried out
    VALUE_EMPTY = "value_empty"
    VALUE_INVALID = "value_invalid"  # not of the form that the platform wants in this place
    VALUE_TOO_LONG = "value_too_long"
    VALUE_CUT = "value_cut"  # not fatal
    SHOWN_CUT = "shown_cut"  # not fatal: the platform takes it and shows the beginning
    LINK_IN_VARIABLE = "link_in_variable"
    BRACKETS_IN_TEXT = "brackets_in_text"  # those of the signature
    TEXT_TOO_LONG = "text_too_long"
    PARTS_TOO_MANY = "parts_too_many"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    URL_INVALID = "url_invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something found while a template was filled in: where (`channels/sms/variables/name`), a stable code, what to do about it.

    A fatal one means that the channel has nothing to send. Values of people do not stand in the sentence.
    """

    path: str
    code: ProblemCode
    detail: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes out by one channel. `account` is the appid or the provider account; `body` is the call's, without recipient and key, and
    None when the message is refused.
    """

    channel: ChannelName
    account: str
    body: Json | None
    problems: tuple[Problem, ...] = ()

    @property
    def reason(self) -> str:
        """The code of what refused it, or ""."""
        return next((one.code.value for one in self.problems if one.fatal), "")
