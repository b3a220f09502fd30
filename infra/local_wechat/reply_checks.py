"""What the platform asks of a reply before it shows it to a fan. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from infra.local_wechat.answer_trees import inside, listed, named
from infra.local_wechat.envelopes import Destination
from infra.local_wechat.payloads import Push, Tree
from infra.local_wechat.unanswered import Fault, Unanswered

MAX_TEXT_BYTES: Final = 2048
MAX_ARTICLES: Final = 8
MAX_ARTICLES_TO_MESSAGE: Final = 1
_TRANSFER: Final = "transfer_customer_service"

Knows = Callable[[str], bool]


def check_reply(tree: Tree, to: Destination, push: Push, knows_media: Knows) -> None:
    """Whether a fan could be shown it: the right way round, of a type that this account may answer with, complete. Raises Unanswered."""
    if named(tree, "ToUserName") != push.openid:
        raise Unanswered(Fault.RECEIVER_WRONG, "ToUserName must be the fan who wrote")
    if named(tree, "FromUserName") != push.gh_id:
        raise Unanswered(Fault.SENDER_WRONG, "FromUserName must be the account, as the push calls it")
    if not named(tree, "CreateTime").isdecimal():
        raise Unanswered(Fault.CHILD_MISSING, "CreateTime must be whole seconds")
    kind = named(tree, "MsgType")
    if kind not in _CHECKS or (to.mini and kind != _TRANSFER):
        raise Unanswered(Fault.TYPE_UNKNOWN, f"MsgType {kind!r} is no reply of such an account")
    _CHECKS[kind](tree, push)
    for media_id in _media(tree):
        if not knows_media(media_id):
            raise Unanswered(Fault.MEDIA_UNKNOWN, f"nothing with the media id {media_id!r} was uploaded, or it has expired")


def _check_text(tree: Tree, _push: Push) -> None:
    if len(named(tree, "Content").encode()) > MAX_TEXT_BYTES:
        raise Unanswered(Fault.TOO_LONG, f"Content has more than {MAX_TEXT_BYTES} bytes")


def _check_news(tree: Tree, push: Push) -> None:
    items = listed(inside(tree, "Articles").get("item", []))
    most = MAX_ARTICLES if push.payload.event else MAX_ARTICLES_TO_MESSAGE
    if not 1 <= len(items) <= most or named(tree, "ArticleCount") != str(len(items)):
        raise Unanswered(Fault.COUNT_WRONG, f"ArticleCount must count the articles, 1 to {most} in answer to this push")
    for item in items:
        for name in ("Title", "Description", "PicUrl", "Url"):
            if not isinstance(item, Mapping) or name not in item:
                raise Unanswered(Fault.CHILD_MISSING, f"an article lacks {name}")


def _check_transfer(tree: Tree, _push: Push) -> None:
    if "TransInfo" in tree:
        named(inside(tree, "TransInfo"), "KfAccount")


def _holds(part: str, name: str) -> Callable[[Tree, Push], None]:
    """A check that an element holds another one."""
    return lambda tree, _push: void(named(inside(tree, part), name))


def void(_value: object) -> None:
    """Drops what only had to be there."""


_CHECKS: Final[Mapping[str, Callable[[Tree, Push], None]]] = {
    "text": _check_text,
    "image": _holds("Image", "MediaId"),
    "voice": _holds("Voice", "MediaId"),
    "video": _holds("Video", "MediaId"),
    "music": _holds("Music", "ThumbMediaId"),
    "news": _check_news,
    _TRANSFER: _check_transfer,
}


def _media(tree: Tree) -> list[str]:
    """The ids of uploads that a reply shows."""
    parts = [tree[name] for name in ("Image", "Voice", "Video", "Music") if isinstance(tree.get(name), Mapping)]
    return [str(part[name]) for part in parts for name in ("MediaId", "ThumbMediaId") if part.get(name)]
