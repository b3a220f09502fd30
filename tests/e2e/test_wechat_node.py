"""The account's server that two packages of Node make, beside ours: the same pushes, the same replies, in plain and safe mode."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from chalicelib.wechat import cipher, push, replies, signature, xmltext
from chalicelib.wechat.replies import Article, Image, Music, News, Reply, Text, Transfer, Video, Voice
from tests.e2e.api import ANSWER_SECONDS
from tests.e2e.node import HERE, program
from tests.oracles import pushes
from tests.oracles.pushes import Sample
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, ENCODING_KEY, FAN, GH, KEY, NONCE, NOW, SALT, TOKEN, event, without

EVERY = {sample.label: sample for sample in pushes.every()}
MESSAGES = ["", "x", "你好，🙂", "a" * 31, "a" * 32, "裙" * 2731]
MUSIC = Music("TH", "T", "D", "http://m.example/1.mp3", "http://m.example/2.mp3")
NEWS = News((Article("标题", "D", "http://pics.example/p.jpg", "http://shop.example/u"), Article("二", "E", "p", "u")))

REPLIES: list[tuple[Reply, Any]] = [
    (Text("你好 <b>&"), "你好 <b>&"),
    (Image("M1"), {"type": "image", "content": {"mediaId": "M1"}}),
    (Voice("M2"), {"type": "voice", "content": {"mediaId": "M2"}}),
    (Video("M3", "T", "D"), {"type": "video", "content": {"mediaId": "M3", "title": "T", "description": "D"}}),
    (
        MUSIC,
        {
            "type": "music",
            "content": {
                "title": "T",
                "description": "D",
                "thumbMediaId": "TH",
                "musicUrl": MUSIC.url,
                "hqMusicUrl": MUSIC.high_quality_url,
            },
        },
    ),
    (NEWS, [{"title": one.title, "description": one.description, "picUrl": one.picture_url, "url": one.url} for one in NEWS.articles]),
    (Transfer(), {"transfer": ""}),
    (Transfer("kf1@shop"), {"transfer": "kf1@shop"}),
]


@dataclass(frozen=True, slots=True)
class NodeServer:
    """The server at work, and the platform that calls it."""

    url: str

    def ask(self, path: str, body: Any = None) -> Any:
        return requests.post(f"{self.url}{path}", json=body, timeout=ANSWER_SECONDS).json()

    def plain(self, xml: str) -> requests.Response:
        return requests.post(f"{self.url}/plain", xml.encode(), params=samples.plain_query(), timeout=ANSWER_SECONDS)

    def safe(self, xml: str, encrypt: str = "") -> requests.Response:
        encrypt = encrypt or cipher.seal(KEY, xml.encode(), APPID, SALT)
        query = {**samples.plain_query(), "encrypt_type": "aes", "msg_signature": signature.sign(TOKEN, str(AT), NONCE, encrypt)}
        return requests.post(f"{self.url}/safe", samples.safe_body(encrypt), params=query, timeout=ANSWER_SECONDS)


@pytest.fixture(scope="module")
def server() -> Iterator[NodeServer]:
    command = [program(), "--no-deprecation", str(HERE / "js" / "wechat_server.js"), TOKEN, ENCODING_KEY, APPID]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield NodeServer(f"http://127.0.0.1:{int(running.stdout.readline())}")
        finally:
            running.terminate()


def opened(answer: str) -> dict[str, Any]:
    """An encrypted answer as the platform reads it."""
    outer = xmltext.parse(answer.encode())
    assert signature.is_signed(outer["MsgSignature"], TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    return xmltext.parse(cipher.unseal(KEY, outer["Encrypt"], APPID))


def test_it_answers_the_address_check_that_ours_answers(server: NodeServer) -> None:
    query = {**samples.plain_query(), "echostr": "4375120948"}
    assert requests.get(f"{server.url}/plain", query, timeout=ANSWER_SECONDS).text == "4375120948"
    wrong = requests.get(f"{server.url}/plain", {**query, "nonce": "1"}, timeout=ANSWER_SECONDS)
    assert wrong.status_code == 401


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_messages_go_both_ways(server: NodeServer, message: str) -> None:
    sealed = cipher.seal(KEY, message.encode(), APPID, SALT)
    assert server.ask("/crypto", {"operation": "open", "encrypt": sealed}) == {"message": message, "id": APPID}
    theirs = server.ask("/crypto", {"operation": "seal", "message": message})
    assert cipher.unseal(KEY, theirs, APPID).decode() == message
    parts = [str(AT), NONCE, theirs]
    assert server.ask("/crypto", {"operation": "sign", "parts": parts}) == signature.sign(TOKEN, *parts)


def test_every_push_arrives_as_it_does_with_us_in_both_modes(server: NodeServer) -> None:
    server.ask("/reply", "")
    for sample in EVERY.values():
        assert (server.plain(sample.xml).text, server.safe(sample.xml).text) == ("", "")
        plain, safe = server.ask("/seen")
        assert plain == safe == push.read_body(sample.xml.encode())[0], sample.label


@pytest.mark.parametrize(("reply", "told"), REPLIES)
def test_a_reply_has_the_elements_that_theirs_has(server: NodeServer, reply: Reply, told: Any) -> None:
    server.ask("/reply", told)
    asked: Sample = EVERY["subscribe-2"]
    ours = xmltext.parse(replies.rendered(reply, event("subscribe"), NOW).encode())
    for theirs in (xmltext.parse(server.plain(asked.xml).content), opened(server.safe(asked.xml).text)):
        assert len(theirs["CreateTime"]) == 13  # theirs counts milliseconds, which the platform does not mind
        assert without(theirs, "CreateTime") == without(ours, "CreateTime")
        assert (theirs["ToUserName"], theirs["FromUserName"]) == (FAN, GH)


def test_it_refuses_what_ours_refuses(server: NodeServer) -> None:
    assert requests.post(f"{server.url}/safe", b"<xml/>", params=samples.plain_query(token="no"), timeout=ANSWER_SECONDS).status_code == 401
    query = samples.safe_query(samples.sealed(b"<xml/>"))
    other = samples.safe_body(samples.sealed(b"<xml><MsgType>text</MsgType></xml>", salt=b"another 16 bytes"))
    assert requests.post(f"{server.url}/safe", other, params=query, timeout=ANSWER_SECONDS).status_code == 401
