"""Notices of an app, by JPush or Amazon SNS. Pure.

    {"account": "app", "provider": "jpush", "title": "订单提醒", "body": "您的订单还没有付款", "url": "myshop://order/1"}

Apple and Google take 4 KB each; JPush packs anew for them and takes a little less.
"""

import json
from typing import Annotated, Any, Final, Self

from pydantic import Field, StrictStr, model_validator

from chalicelib.audiences.operands import Optional
from chalicelib.durations import SECOND_MS, Duration, duration_ms
from chalicelib.events.model import Json
from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import Overflow, ProblemCode, Rendered
from chalicelib.messages.templates.parts import ChannelBody, Line, Target, Title, Words, listed, of_channel, refuse_all
from chalicelib.providers import adapters

MAX_EXTRAS: Final = 20
DEFAULT_LIFE: Final = "1d"
FRAME_BYTES: Final = 256  # of a payload, for the names around the texts, the message's id and how long it lives
ELLIPSIS: Final = "…"
_RESERVED: Final = frozenset({"aps", "from", "message_type", "notification", "link", "message"})  # the last two are ours
_RESERVED_BEGINNINGS: Final = ("google", "gcm")


PushProvider = Annotated[StrictStr, of_channel("push"), listed("push")]
ExtraName = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class PushBody(ChannelBody):
    """A notice on the phone. A tap opens the app, or `url` in it."""

    provider: PushProvider
    title: Title
    body: Words
    url: Optional[Target] = Field(default=None, description="Where a tap leads: a link of the app or the web, which it is given as `link`.")
    extras: Annotated[dict[ExtraName, Line], Field(max_length=MAX_EXTRAS)] = Field(default={}, description="Texts for the app.")
    keep_for: Duration = Field(default=DEFAULT_LIFE, description="How long it waits for a phone that is off.")
    overflow: Overflow = Field(default=Overflow.REFUSE, description="Of a payload that is too large: cut the body until it fits.")

    @model_validator(mode="after")
    def _free(self) -> Self:
        taken = [name for name in self.extras if name in _RESERVED or name.startswith(_RESERVED_BEGINNINGS)]
        refuse_all([(("extras", name), "name_reserved", "this name is kept for other things; take another") for name in taken])
        return self


def render_push(body: PushBody, filling: Filling) -> Rendered:
    """What the notice says; the provider's adapter makes its payload of it."""
    made: Json = {
        "provider": body.provider,
        "title": filling.line("title", body.title),
        "text": filling.left("body", filling.text("body", body.body).strip()),
        "data": {name: filling.text(f"extras/{name}", text) for name, text in body.extras.items()},
        "link": filling.text("url", body.url).strip() if body.url else "",
        "live_seconds": duration_ms(body.keep_for) // SECOND_MS,
    }
    return filling.done(body.account, made | {"text": _fitting(body, made, filling)})


def _fitting(body: PushBody, made: Json, filling: Filling) -> str:
    """As much of the text as the payload has room for."""
    whole = str(made["text"])
    room = (
        adapters.adapter(f"push_{body.provider}").most_bytes - FRAME_BYTES - sum(_bytes(made[name]) for name in ("title", "data", "link"))
    )
    excess = _bytes(whole) - room
    if excess <= 0:
        return whole
    if body.overflow is Overflow.REFUSE or _bytes(ELLIPSIS) > room:
        filling.refuse("", ProblemCode.PAYLOAD_TOO_LARGE, f"the payload is {excess} bytes larger than {body.provider} takes")
        return whole
    fits = _most(whole, room)
    filling.note("body", ProblemCode.VALUE_CUT, f"the text has {len(whole)} characters and was cut to {fits}")
    return whole[:fits] + ELLIPSIS


def _most(whole: str, room: int) -> int:
    """How many characters of a text have room in so many bytes, with the sign that it goes on."""
    fits, not_any_more = 0, len(whole)
    while not_any_more - fits > 1:
        middle = (fits + not_any_more) // 2
        fits, not_any_more = (middle, not_any_more) if _bytes(whole[:middle] + ELLIPSIS) <= room else (fits, middle)
    return fits


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
