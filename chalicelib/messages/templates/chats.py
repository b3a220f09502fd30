"""Customer service messages, and mass messages: what an account says in the chat. Pure.

{"account": "wx77aa00bb11cc22dd", "content": {"text": "{{ person.attributes.name | default: '您好' }}，订单还没有付款"}}
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator

from chalicelib.audiences.operands import Clause, Optional, exactly_one, refuse
from chalicelib.events.model import Json
from chalicelib.messages.content_documents import ContentDocument
from chalicelib.messages.contents import Content, ContentKind, content_of, cut, texts_of
from chalicelib.messages.templates.filling import WEB, Filling
from chalicelib.messages.templates.model import Overflow, ProblemCode, Rendered
from chalicelib.messages.templates.parts import ChannelBody, Code, Words
from chalicelib.wechat.replies import MAX_TEXT_BYTES

MAX_PICTURES: Final = 20
MAX_KEY_BYTES: Final = 64  # of a clientmsgid, which makes the platform take a mass message once
_ADDRESSES: Final = frozenset({"url", "high_quality_url", "picture_url"})


class CustomerServiceBody(ChannelBody):
    """One message of customer service, of the kinds that replies have."""

    content: ContentDocument
    overflow: Overflow = Field(default=Overflow.CUT, description="Of a text of more than 2,048 bytes.")

    @model_validator(mode="after")
    def _one_message(self) -> Self:
        content = self.message()
        if content.kind is ContentKind.TEMPLATE:
            refuse(("content", "template"), "content_out_of_place", "a template message stands under channels/template")
        if content.kind is ContentKind.NEWS and len(content.body) > 1:
            refuse(("content", "news"), "articles_too_many", "a customer service message shows one article")
        return self

    def message(self) -> Content:
        """What is said."""
        return content_of(self.plain()["content"])

    def texts(self) -> Iterator[tuple[str, str]]:
        """The texts that hold Liquid; ids are no texts."""
        yield from ((f"content/{path}", text) for path, text in texts_of(self.message()))


class MassContent(Clause):
    """The same for everybody: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    text: Optional[Words] = None
    images: Optional[Annotated[tuple[Code, ...], Field(min_length=1, max_length=MAX_PICTURES)]] = None
    voice: Optional[Code] = None
    video: Optional[Code] = Field(default=None, description="The media id that `media/uploadvideo` made of the upload.")
    news: Optional[Code] = Field(default=None, description="The media id of the articles in the draft box.")
    card: Optional[Code] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            refuse((), "content_unknown", f"a mass message is exactly one of {', '.join(type(self).model_fields)}")
        return self


class MassBody(ChannelBody):
    """A mass message. Its text may show `data.` only: nobody's own name, for it goes out once for all."""

    content: MassContent
    send_ignore_reprint: StrictBool = Field(default=True, description="Send articles also when they turn out to be somebody else's.")
    overflow: Overflow = Overflow.REFUSE


def render_customer_service(body: CustomerServiceBody, filling: Filling) -> Rendered:
    """A content as `chalicelib.messages.contents` knows them."""
    content = body.message()
    made: Json = filling.every(body.plain()["content"], "content", {f"content/{path}" for path, _ in texts_of(content)})
    if content.kind is ContentKind.TEXT:
        made["text"] = _text(made["text"], "content/text", body.overflow, filling)
    for path, url in _addresses(made, "content"):
        if url and not url.startswith(WEB):
            filling.refuse(path, ProblemCode.URL_INVALID, "a link begins with https:// or http://")
    return filling.done(body.account, made)


def render_mass(body: MassBody, filling: Filling) -> Rendered:
    """The body of `message/mass/sendall` or `send`, without whom it goes to and `clientmsgid`."""
    content = body.content
    made: Json = {}
    if content.text is not None:
        text = _text(filling.text("content/text", content.text), "content/text", body.overflow, filling)
        made |= {"msgtype": "text", "text": {"content": text}}
    elif content.images is not None:
        made |= {"msgtype": "image"} | _pictures(content.images)
    else:
        made |= _of_media(content)
    if content.news is not None:
        made["send_ignore_reprint"] = int(body.send_ignore_reprint)
    return filling.done(body.account, made)


def client_key_fits(key: str) -> bool:
    """Whether a key may stand as `clientmsgid` of a mass message."""
    return 0 < len(key.encode()) <= MAX_KEY_BYTES


def _pictures(ids: tuple[str, ...]) -> Json:
    """One picture has a form of its own, which is older and taken everywhere."""
    return {"image": {"media_id": ids[0]}} if len(ids) == 1 else {"images": {"media_ids": list(ids)}}


def _of_media(content: MassContent) -> Json:
    for kind, msgtype, name in _MEDIA:
        if (given := getattr(content, kind)) is not None:
            return {"msgtype": msgtype, msgtype: {name: given}}
    raise AssertionError("a mass message has exactly one content")


def _text(text: str, path: str, overflow: Overflow, filling: Filling) -> str:
    found = filling.left(path, text.strip())
    fitting = cut(found)
    if fitting != found and overflow is Overflow.REFUSE:
        filling.refuse(path, ProblemCode.VALUE_TOO_LONG, f"a text holds {MAX_TEXT_BYTES} bytes")
    elif fitting != found:
        filling.note(path, ProblemCode.VALUE_CUT, f"the text was cut to {MAX_TEXT_BYTES} bytes")
    return fitting


def _addresses(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name in _ADDRESSES:
                yield f"{path}/{name}", one
            else:
                yield from _addresses(one, f"{path}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _addresses(one, f"{path}/{place}")


_MEDIA: Final = (
    ("voice", "voice", "media_id"),
    ("video", "mpvideo", "media_id"),
    ("news", "mpnews", "media_id"),
    ("card", "wxcard", "card_id"),
)
