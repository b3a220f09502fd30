"""Our replies read by them, theirs by us: the same elements, but for what they are known to leave out or to add."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import replies as wechatpy
from wechatpy.replies import deserialize_reply
from werobot import replies as werobot

from chalicelib.wechat import replies, xmltext
from chalicelib.wechat.push import Form
from chalicelib.wechat.replies import Article, Image, Music, News, Reply, Text, Transfer, Video, Voice
from tests.oracles.others import ADDED, LEFT_OUT, ORACLES, tree
from tests.oracles.pushes import Tree
from tests.unit.wechat.samples import APPID, AT, FAN, GH, KEY, NONCE, NOW, SALT, TOKEN, event, without

FOLLOW = event("subscribe")
WHO = {"source": GH, "target": FAN, "time": AT}
NEWS = News((Article("标题", "D", "http://pics.example/p.jpg", "http://shop.example/u"), Article("二")))
MUSIC = Music("TH", "T", "D", "http://m.example/1.mp3", "http://m.example/2.mp3")
SIGNS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)


def articles(news: News, picture: str) -> list[dict[str, str]]:
    return [{"title": one.title, "description": one.description, picture: one.picture_url, "url": one.url} for one in news.articles]


def news_of_werobot(news: News) -> Any:
    made = werobot.ArticlesReply(**WHO)
    for one in articles(news, "img"):
        made.add_article(werobot.Article(**one))
    return made


SONG = {"title": "T", "description": "D"}
THEIRS: dict[str, list[tuple[Reply, Callable[[], Any]]]] = {
    "wechatpy": [
        (Text("你好 <b>&"), lambda: wechatpy.TextReply(content="你好 <b>&", **WHO)),
        (Image("M1"), lambda: wechatpy.ImageReply(image="M1", **WHO)),
        (Voice("M2"), lambda: wechatpy.VoiceReply(voice="M2", **WHO)),
        (Video("M3", "T", "D"), lambda: wechatpy.VideoReply(video={"media_id": "M3", "title": "T", "description": "D"}, **WHO)),
        (Video("M3"), lambda: wechatpy.VideoReply(video={"media_id": "M3"}, **WHO)),
        (
            MUSIC,
            lambda: wechatpy.MusicReply(
                music={**SONG, "thumb_media_id": "TH", "music_url": MUSIC.url, "hq_music_url": MUSIC.high_quality_url}, **WHO
            ),
        ),
        (NEWS, lambda: wechatpy.ArticlesReply(articles=articles(NEWS, "image"), **WHO)),
        (Transfer(), lambda: wechatpy.TransferCustomerServiceReply(**WHO)),
        (Transfer("kf1@shop"), lambda: wechatpy.TransferCustomerServiceReply(**WHO)),
    ],
    "werobot": [
        (Text("你好 <b>&"), lambda: werobot.TextReply(content="你好 <b>&", **WHO)),
        (Image("M1"), lambda: werobot.ImageReply(media_id="M1", **WHO)),
        (Voice("M2"), lambda: werobot.VoiceReply(media_id="M2", **WHO)),
        (Video("M3", "T", "D"), lambda: werobot.VideoReply(media_id="M3", title="T", description="D", **WHO)),
        (MUSIC, lambda: werobot.MusicReply(**SONG, url=MUSIC.url, hq_url=MUSIC.high_quality_url, **WHO)),
        (NEWS, lambda: news_of_werobot(NEWS)),
        (Transfer(), lambda: werobot.TransferCustomerServiceReply(**WHO)),
        (Transfer("kf1@shop"), lambda: werobot.TransferCustomerServiceReply(account="kf1@shop", **WHO)),
    ],
}
PAIRS = [(name, *pair) for name, pairs in THEIRS.items() for pair in pairs]


def ours(reply: Reply) -> str:
    return replies.rendered(reply, FOLLOW, NOW)


def alike(name: str, mine: Tree, their: Tree) -> bool:
    """Whether the trees are the same but for the known differences, each of which has to be there."""
    kind = (name, mine["MsgType"])
    for path in LEFT_OUT.get(kind, ()):
        outer, _, inner = path.partition(".")
        assert not inner or inner not in their.get(outer, {})
        mine = {**mine, outer: without(mine[outer], inner)} if inner else without(mine, outer)
    for added in ADDED.get(kind, ()):
        assert (their[added], added in mine) == ("", False)
    return mine == without(their, *ADDED.get(kind, ()))


@pytest.mark.parametrize(("name", "reply", "made"), PAIRS)
def test_a_reply_has_the_elements_that_theirs_has(name: str, reply: Reply, made: Callable[[], Any]) -> None:
    theirs = made().render()
    assert alike(name, tree(ours(reply)), tree(theirs))
    assert alike(name, xmltext.parse(ours(reply).encode()), xmltext.parse(theirs.encode()))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Text("你好 ]]> <b>"), {"content": "你好 ]]> <b>"}),
        (Image("M1"), {"image": "M1"}),
        (Voice("M2"), {"voice": "M2"}),
        (Video("M3", "T", "D"), {"media_id": "M3", "title": "T", "description": "D"}),
        (MUSIC, {"thumb_media_id": "TH", "title": "T", "music_url": MUSIC.url, "hq_music_url": MUSIC.high_quality_url}),
        (NEWS, {"articles": [{**one, **{k: v or None for k, v in one.items()}} for one in articles(NEWS, "image")]}),
        (Transfer("kf1@shop"), {}),
    ],
)
def test_wechatpy_understands_a_reply_of_ours(reply: Reply, said: dict[str, Any]) -> None:
    found = deserialize_reply(ours(reply))
    assert {name: getattr(found, name) for name in said} == said
    assert (found.source, found.target, int(found.time)) == (GH, FAN, AT)


@given(SIGNS.filter(lambda text: "]]>" not in text))
def test_any_text_is_what_they_would_send(content: str) -> None:
    expected = tree(ours(Text(content)))
    assert expected == tree(wechatpy.TextReply(content=content, **WHO).render()) == tree(werobot.TextReply(content=content, **WHO).render())


@pytest.mark.parametrize("made", [wechatpy.TextReply, werobot.TextReply])
def test_a_text_that_breaks_their_replies_does_not_break_ours(made: Any) -> None:
    content = "2 ]]> 1"
    with pytest.raises(Exception, match="token"):
        tree(made(content=content, **WHO).render())
    assert tree(ours(Text(content)))["Content"] == content


@pytest.mark.parametrize("name", sorted(ORACLES))
@pytest.mark.parametrize("reply", dict.fromkeys(reply for _, reply, _ in PAIRS))
def test_an_encrypted_reply_is_opened_by_them(name: str, reply: Reply) -> None:
    inner = ours(reply)
    body = replies.sealed(inner, appid=APPID, token=TOKEN, key=KEY, timestamp=AT, nonce=NONCE, salt=SALT, form=Form.XML)
    outer = tree(body)
    assert ORACLES[name].opened(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]) == inner
