"""What is answered to a push right away: the platform's passive replies as XML or JSON, plain or encrypted. Pure."""

import json
from dataclasses import dataclass
from typing import Final

from chalicelib.events.model import Json
from chalicelib.wechat import cipher, xmltext
from chalicelib.wechat.naming import MENU, MESSAGES, RELATION
from chalicelib.wechat.push import Form, Push
from chalicelib.wechat.signature import sign

SUCCESS: Final = "success"  # says "received, nothing to answer"; goes unencrypted in every mode
MAX_TEXT_BYTES: Final = 2048  # UTF-8
MAX_ARTICLES: Final = 8
MAX_ARTICLES_TO_MESSAGE: Final = 1  # in answer to what a fan writes or sends
ANSWERED_EVENTS: Final = frozenset({"subscribe", "scan", "click", "scancode_waitmsg", "location"})
_ACKNOWLEDGED: Final = "xpay_"  # payments that count as not received until they are answered with a code


class ReplyInvalid(ValueError):
    """A reply that the platform would not take; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text; it may hold line breaks and links (`<a href>`, also with `data-miniprogram-appid` and `data-miniprogram-path`)."""

    content: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that was uploaded."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording that was uploaded."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Video:
    """A film that was uploaded."""

    media_id: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Music:
    """A piece of music by its addresses; the picture was uploaded."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    url: str = ""
    high_quality_url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a news reply."""

    title: str
    description: str = ""
    picture_url: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Articles, the first one large. How many are shown depends on what is answered: see `article_limit`."""

    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hands the fan over to the people who serve customers, to one of them if `agent` names an account."""

    agent: str = ""


Reply = Text | Image | Voice | Video | Music | News | Transfer


def takes_reply(push: Push) -> bool:
    """Whether an answer to the push is shown to its sender: messages, and the few events that a fan waits at."""
    if push.is_event:
        return push.kind in ANSWERED_EVENTS and (push.kind in RELATION.names or push.kind in MENU.names)
    return push.kind in MESSAGES.names


def article_limit(push: Push) -> int:
    """How many articles an answer to the push may hold."""
    return MAX_ARTICLES if push.is_event else MAX_ARTICLES_TO_MESSAGE


def needs_acknowledgement(push: Push) -> bool:
    """Whether `success` is not enough, and `acknowledged` has to be answered."""
    return push.is_event and push.kind.startswith(_ACKNOWLEDGED)


def acknowledged(form: Form) -> str:
    """The answer to a payment that was received."""
    return _written({"ErrCode": 0, "ErrMsg": SUCCESS}, form)


def rendered(reply: Reply, push: Push, at: int) -> str:
    """The answer to a push, in the form of the push and from its account to its sender. `at` is epoch ms. Raises ReplyInvalid."""
    kind, body = _body(reply)
    if isinstance(reply, News) and not 1 <= len(reply.articles) <= article_limit(push):
        raise ReplyInvalid(f"a news reply to this push holds 1 to {article_limit(push)} articles")
    head = {"ToUserName": push.openid, "FromUserName": push.account, "CreateTime": at // 1000, "MsgType": kind}
    return _written({**head, **body}, push.form)


def sealed(text: str, *, appid: str, token: str, key: bytes, timestamp: int, nonce: str, salt: bytes, form: Form) -> str:
    """An answer as it goes to an account in compatible or safe mode. `timestamp` counts seconds; `salt` is 16 random bytes."""
    encrypted = cipher.seal(key, text.encode(), appid, salt)
    signature = sign(token, str(timestamp), nonce, encrypted)
    if form is Form.JSON:
        return _written({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": timestamp, "Nonce": nonce}, form)
    # Written here, since none of it but the nonce could break XML, and looking for that in the encrypted part takes longer than the rest.
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{xmltext.cdata(nonce)}</Nonce></xml>"
    )


def _written(tree: Json, form: Form) -> str:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")) if form is Form.JSON else xmltext.render(tree)


def _body(reply: Reply) -> tuple[str, Json]:
    """The type of the reply and what it holds."""
    match reply:
        case Text(content):
            return "text", {"Content": _checked(content)}
        case Image(media_id) | Voice(media_id):
            name = type(reply).__name__
            return name.lower(), {name: {"MediaId": media_id}}
        case Video(media_id, title, description):
            return "video", {"Video": _told(MediaId=media_id, Title=title, Description=description)}
        case Music():
            return "music", {"Music": _music(reply)}
        case News(articles):
            return "news", {"ArticleCount": len(articles), "Articles": {"item": [_article(one) for one in articles]}}
        case Transfer(agent):
            return "transfer_customer_service", {"TransInfo": {"KfAccount": agent}} if agent else {}


def _checked(content: str) -> str:
    if not 0 < len(content.encode("utf-8", "replace")) <= MAX_TEXT_BYTES:
        raise ReplyInvalid(f"a text reply holds 1 to {MAX_TEXT_BYTES} bytes")
    return content


def _music(music: Music) -> Json:
    addresses = _told(MusicUrl=music.url, HQMusicUrl=music.high_quality_url)
    return {**_told(Title=music.title, Description=music.description), **addresses, "ThumbMediaId": music.thumb_media_id}


def _article(article: Article) -> Json:
    return {"Title": article.title, "Description": article.description, "PicUrl": article.picture_url, "Url": article.url}


def _told(**values: str) -> Json:
    return {name: value for name, value in values.items() if value}
