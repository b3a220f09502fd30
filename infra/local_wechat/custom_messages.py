"""What each type of customer-service message must have. A broken one is refused with the number that the platform gives for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from infra.local_wechat.call import Call
from infra.local_wechat.media import usable
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json

_TITLE_BYTES: Final = 64
_DESCRIPTION_BYTES: Final = 512
_URL_BYTES: Final = 2048


def check(call: Call) -> str:
    """The message's type. Raises Refused: 40008 for a type that this kind of account does not have, others for what it lacks."""
    msgtype = call.text("msgtype")
    checks = _OFFICIAL if call.caller.official else _MINI
    if msgtype not in checks:
        raise Refused(40008)
    content = call.field(msgtype)
    if not isinstance(content, dict):
        raise Refused(40035, f"{msgtype} missing")
    checks[msgtype](call, content)
    return msgtype


def _text(call: Call, content: Json) -> None:
    said = content.get("content")
    if not isinstance(said, str) or not said:
        raise Refused(44004)
    if len(said.encode()) > call.world.choices.custom_text_bytes:
        raise Refused(45002)


def _media(*types: str) -> Callable[[Call, Json], None]:
    def check_media(call: Call, content: Json) -> None:
        usable(call, content.get("media_id"), *types)

    return check_media


def _video(call: Call, content: Json) -> None:
    usable(call, content.get("media_id"), "video")
    if content.get("thumb_media_id"):
        usable(call, content["thumb_media_id"], "thumb", "image")
    _titled(content)


def _music(call: Call, content: Json) -> None:
    usable(call, content.get("thumb_media_id"), "thumb", "image")
    _titled(content)
    _linked(content, "musicurl")


def _news(_call: Call, content: Json) -> None:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], dict):
        raise Refused(44003)
    if len(articles) > 1:
        raise Refused(45008)
    if not articles[0].get("title"):
        raise Refused(44003)
    _titled(articles[0])
    _linked(articles[0], "url", required=False)


def _menu(_call: Call, content: Json) -> None:
    items = content.get("list")
    if not isinstance(items, list) or not items:
        raise Refused(40035, "msgmenu.list")
    if not all(isinstance(item, dict) and str(item.get("id", "")) and item.get("content") for item in items):
        raise Refused(40035, "msgmenu.list.id and content")


def _card(_call: Call, content: Json) -> None:
    _named(content, "card_id")


def _article(_call: Call, content: Json) -> None:
    _named(content, "article_id")


def _mini_page(call: Call, content: Json) -> None:
    _named(content, "title", "pagepath", *(["appid"] if call.caller.official else []))
    usable(call, content.get("thumb_media_id"), "image", "thumb")


def _link(_call: Call, content: Json) -> None:
    _named(content, "title", "description", "url")
    _linked(content, "url")


def _named(content: Json, *names: str) -> None:
    for name in names:
        if not content.get(name):
            raise Refused(40035, name)


def _titled(content: Json) -> None:
    if len(str(content.get("title", "")).encode()) > _TITLE_BYTES:
        raise Refused(45003)
    if len(str(content.get("description", "")).encode()) > _DESCRIPTION_BYTES:
        raise Refused(45004)


def _linked(content: Json, name: str, required: bool = True) -> None:
    url: Any = content.get(name) or ""
    if not url and not required:
        return
    if len(str(url).encode()) > _URL_BYTES:
        raise Refused(40039)
    if urlsplit(str(url)).scheme not in {"http", "https"}:
        raise Refused(40035, name)


Check = Callable[[Call, Json], None]

_OFFICIAL: Final[Mapping[str, Check]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _video,
    "music": _music,
    "news": _news,
    "mpnews": _media("news"),
    "mpnewsarticle": _article,
    "msgmenu": _menu,
    "wxcard": _card,
    "miniprogrampage": _mini_page,
}

_MINI: Final[Mapping[str, Check]] = {"text": _text, "image": _media("image"), "link": _link, "miniprogrampage": _mini_page}
