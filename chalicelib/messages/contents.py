"""What is sent to a fan: one of eleven kinds, its texts filled in, and the form that each interface of the platform wants of it. Pure.

    content = Content(ContentKind.TEXT, {"text": "{{ person.attributes.name }}，你好"})
    filled(content, {"person": {...}})
    custom_payload(content, "oFan1", mini_program=False)     # the body of a customer service message

The bodies are those that `content_documents` has checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.messages import liquid
from chalicelib.wechat import replies
from chalicelib.wechat.replies import MAX_TEXT_BYTES, Article, Reply

OPENID: Final = "touser"
KEY: Final = "client_msg_id"  # of a template message: the same to the same person is sent once within ten minutes
_AS_THEY_ARE: Final = frozenset({"media_id", "thumb_media_id", "template_id", "appid", "id"})


class ContentKind(StrEnum):
    """The kinds; a document's content has one of these keys."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    MUSIC = "music"
    NEWS = "news"
    LINK = "link"  # a page, shown as one article
    MINI_PROGRAM = "mini_program"  # a card that opens a page of one
    MENU = "menu"  # a question with answers to tap
    TEMPLATE = "template"
    CARD = "card"  # a coupon


_PLAIN: Final = frozenset({ContentKind.IMAGE, ContentKind.VOICE, ContentKind.CARD})  # an id and nothing else
_NAMED: Final = frozenset({ContentKind.NEWS, ContentKind.LINK, ContentKind.MINI_PROGRAM, ContentKind.MENU})
_NEEDED: Final = frozenset({"title", "url", "path", "text"})  # of these: the platform shows none without them
OF_MINI_PROGRAMS: Final = frozenset({ContentKind.TEXT, ContentKind.IMAGE, ContentKind.LINK, ContentKind.MINI_PROGRAM})
"""What customer service of a mini program can show."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content: its kind, and its document `{kind: ...}`."""

    kind: ContentKind
    document: Json

    @property
    def body(self) -> Any:
        """What stands under the kind's key."""
        return self.document[self.kind]

    @property
    def needs_window(self) -> bool:
        """Whether it goes as a customer service message, within the fan's window."""
        return self.kind is not ContentKind.TEMPLATE


def content_of(document: Mapping[str, Any]) -> Content:
    """The content of a checked document."""
    kind = next(kind for kind in ContentKind if kind in document)
    return Content(kind, dict(document))


def texts_of(content: Content) -> Iterator[tuple[str, str]]:
    """The texts that may hold Liquid, with their paths in the document."""
    if content.kind not in _PLAIN:
        yield from _texts(content.body, content.kind)


def filled(content: Content, values: Mapping[str, Any]) -> Content | None:
    """The content with its texts filled in; None when something that it cannot do without came out empty."""
    if content.kind in _PLAIN:
        return content
    body = _mapped(content.body, lambda text: liquid.rendered(text, values))
    if content.kind is ContentKind.TEXT:
        body = cut(body.strip())
    if not body or (content.kind in _NAMED and not all(text.strip() for path, text in _texts(body, "") if _last(path) in _NEEDED)):
        return None
    return Content(content.kind, {content.kind.value: body})


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def cut(text: str) -> str:
    """As much of a text as the platform takes: 2,048 bytes of UTF-8, no half characters."""
    return text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


def passive(content: Content, articles: int) -> Reply | None:
    """The content as the answer to a push that may hold so many articles; None where the platform cannot answer with it."""
    make = _PASSIVE.get(content.kind)
    return make(content.body, articles) if make else None


def custom_payload(content: Content, openid: str, *, mini_program: bool) -> Json:
    """The body of a customer service message."""
    kind, body = _custom_of_mini(content) if mini_program else _custom(content)
    return {OPENID: openid, "msgtype": kind, kind: body}


def template_payload(content: Content, openid: str, key: str) -> Json:
    """The body of a template message; `key` makes the platform send it once."""
    body = content.body
    found: Json = {OPENID: openid, "template_id": body["template_id"], KEY: key}
    found["data"] = {name: {"value": value} for name, value in body["data"].items()}
    if url := body.get("url"):
        found["url"] = url
    if page := body.get("mini_program"):
        found["miniprogram"] = {"appid": page["appid"], "pagepath": page.get("path", "")}
    return found


def _custom(content: Content) -> tuple[str, Json]:
    """Of an official account."""
    kind, make = _CUSTOM[content.kind]
    return kind, make(content.body)


def _custom_of_mini(content: Content) -> tuple[str, Json]:
    body = content.body
    match content.kind:
        case ContentKind.LINK:
            return "link", _renamed({"description": body["title"], **body}, picture_url="thumb_url")  # which it cannot do without
        case ContentKind.MINI_PROGRAM:
            page = _renamed(body, path="pagepath")
            page.pop("appid", None)  # its own
            return "miniprogrampage", page
    return _custom(content)


def _menu(body: Json) -> Json:
    items = [{"id": one["id"], "content": one["text"]} for one in body["items"]]
    return {"head_content": body["head"], "list": items, "tail_content": body.get("tail", "")}


def _article(body: Json) -> Article:
    return Article(body["title"], body.get("description", ""), body.get("picture_url", ""), body.get("url", ""))


def _renamed(body: Json, **names: str) -> Json:
    return {names.get(name, name): value for name, value in body.items()}


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if name not in _AS_THEY_ARE:
                yield from _texts(one, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _texts(one, f"{path}/{place}")


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: one if name in _AS_THEY_ARE else _mapped(one, change) for name, one in value.items()}
    return [_mapped(one, change) for one in value] if isinstance(value, list | tuple) else value


def _news(bodies: Iterable[Json]) -> Reply:
    return replies.News(tuple(map(_article, bodies)))


def _music(body: Json) -> Reply:
    told = (body.get(name, "") for name in ("title", "description", "url", "high_quality_url"))
    return replies.Music(body["thumb_media_id"], *told)


def _first_article(body: Json) -> Json:
    """A customer service message shows one."""
    return {"articles": [_renamed(body, picture_url="picurl")]}


_PASSIVE: Final[Mapping[ContentKind, Callable[[Any, int], Reply]]] = {
    ContentKind.TEXT: lambda body, _: replies.Text(body),
    ContentKind.IMAGE: lambda body, _: replies.Image(body),
    ContentKind.VOICE: lambda body, _: replies.Voice(body),
    ContentKind.VIDEO: lambda body, _: replies.Video(body["media_id"], body.get("title", ""), body.get("description", "")),
    ContentKind.MUSIC: lambda body, _: _music(body),
    ContentKind.NEWS: lambda body, most: _news(body[:most]),
    ContentKind.LINK: lambda body, _: _news([body]),
}
_CUSTOM: Final[Mapping[ContentKind, tuple[str, Callable[[Any], Json]]]] = {
    ContentKind.TEXT: ("text", lambda body: {"content": body}),
    ContentKind.IMAGE: ("image", lambda body: {"media_id": body}),
    ContentKind.VOICE: ("voice", lambda body: {"media_id": body}),
    ContentKind.VIDEO: ("video", dict),
    ContentKind.MUSIC: ("music", lambda body: _renamed(body, url="musicurl", high_quality_url="hqmusicurl")),
    ContentKind.NEWS: ("news", lambda body: _first_article(body[0])),
    ContentKind.LINK: ("news", _first_article),
    ContentKind.MINI_PROGRAM: ("miniprogrampage", lambda body: _renamed(body, path="pagepath")),
    ContentKind.MENU: ("msgmenu", _menu),
    ContentKind.CARD: ("wxcard", lambda body: {"card_id": body}),
}
