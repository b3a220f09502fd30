"""Links in messages that tell when they are followed. Pure. They need no record of their own: the code is the message's id and the number
of the link, and the message keeps where its links lead.

    trip = tracked(trip, message.id, base="https://api.example.com/api")
    code = read_code("m...")              # of /r/m...
    target_of(message.trip, code.number)  # where it leads

What is the same for many (mass), approved word for word (SMS), tells of itself (popup) or is for machines (webhook) is left as it is.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from chalicelib.campaigns.addresses import Address, AddressInvalid, read_address
from chalicelib.dispatch.model import Trip
from chalicelib.events.model import Json
from chalicelib.messages.templates.model import ChannelName
from chalicelib.wechat.replies import MAX_TEXT_BYTES

MAX_LINKS: Final = 32  # of one message, over all its trips
PATH: Final = "/r/"
_DIGITS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_CODE: Final = re.compile(r"m([a-z2-7]{26})([a-z2-7])", re.ASCII)
_PADDING: Final = "======"  # that base32 of 16 bytes ends with
# An address in a running text, up to a blank, a quotation mark, a tag, or what ends a Chinese sentence or bracket.
_IN_TEXT: Final = re.compile(r"https?://[^\s\"'<>，。！？；：、（）【】《》「」“”]+")
_AFTER: Final = ".,;:!?)"  # more likely of the sentence than of the address


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for: a message, and one of its links by number."""

    message: str
    number: int

    @property
    def text(self) -> str:
        """The code: 28 letters and digits."""
        return "m" + b32encode(bytes.fromhex(self.message)).decode().rstrip("=").lower() + _DIGITS[self.number]


def read_code(text: str) -> Code | None:
    """What a code stands for; None for a text that is none."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    code = Code(b32decode(found[1].upper() + _PADDING).hex(), _DIGITS.index(found[2]))
    return code if code.text == text else None  # one spelling only: the last letter has bits to spare


def target_of(trip: Trip | None, number: int, *, local: bool = False) -> Address | None:
    """Where the link of that number leads; None where the message has none. `local`: addresses of this machine are allowed."""
    if trip is None or number >= len(trip.links):
        return None
    return _address(trip.links[number], local)


def tracked(trip: Trip, message: str, base: str, *, known: tuple[str, ...] = (), local: bool = False) -> Trip:
    """The trip with its links leading by way of us, and where each leads.

    `base` is where this API is reached ("" leaves all links as they are), `known` are the links of the message's earlier trip: they keep
    their numbers, for somebody may follow one of those still.
    """
    replaced = _REPLACED.get(trip.channel)
    if not base or replaced is None:
        return replace(trip, links=known)
    links = list(known)

    def followed(text: str) -> str:
        if _address(text, local) is None or (text not in links and len(links) == MAX_LINKS):
            return text
        if text not in links:
            links.append(text)
        return f"{base}{PATH}{Code(message, links.index(text)).text}"

    body = replaced(trip.body, followed)
    return replace(trip, body=body, links=tuple(links))


_Followed = Callable[[str], str]


def _address(text: str, local: bool) -> Address | None:
    try:
        return read_address(text, local=local)
    except AddressInvalid:
        return None  # a page of an app, or one that clients read in different ways: it stays what its author wrote


def _at(key: str) -> Callable[[Json, _Followed], Json]:
    """The link is the whole value of one key."""
    return lambda body, followed: {**body, key: followed(body[key])} if isinstance(body.get(key), str) else body


def _in_chat(body: Json, followed: _Followed) -> Json:
    """Customer service: addresses in a text, and where articles lead."""
    found = dict(body)
    if isinstance(text := body.get("text"), str):
        made = _IN_TEXT.sub(lambda one: _replaced_in_text(one[0], followed), text)
        found["text"] = made if len(made.encode()) <= MAX_TEXT_BYTES else text
    for kind in ("news", "link"):
        if kind in body:
            found[kind] = _of_articles(body[kind], followed)
    return found


def _replaced_in_text(text: str, followed: _Followed) -> str:
    address = text.rstrip(_AFTER)
    return followed(address) + text[len(address) :]


def _of_articles(articles: Any, followed: _Followed) -> Any:
    if isinstance(articles, list):
        return [_of_articles(one, followed) for one in articles]
    return _at("url")(articles, followed) if isinstance(articles, dict) else articles


_REPLACED: Final[Mapping[ChannelName, Callable[[Json, _Followed], Json]]] = {
    ChannelName.TEMPLATE: _at("url"),
    ChannelName.SUBSCRIBE: _at("page"),
    ChannelName.CUSTOMER_SERVICE: _in_chat,
    ChannelName.PUSH: _at("link"),
}
