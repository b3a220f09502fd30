"""Uploads: temporary media for messages, pictures for articles."""

from collections.abc import Mapping
from typing import Final

from infra.local_wechat.call import OFFICIAL, Api, Body, Call
from infra.local_wechat.media import LIFE_MS
from infra.local_wechat.multipart import File, files
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json, Media

_VOICE_BYTES: Final = 2 << 20
_VIDEO_BYTES: Final = 10 << 20
_THUMB_BYTES: Final = 64 << 10
_ARTICLE_PICTURE_BYTES: Final = 1 << 20
_ENDINGS: Final[Mapping[str, frozenset[str]]] = {
    "image": frozenset({"jpg", "jpeg", "png", "gif", "bmp"}),
    "voice": frozenset({"amr", "mp3"}),
    "video": frozenset({"mp4"}),
    "thumb": frozenset({"jpg", "jpeg"}),
}
_ARTICLE_ENDINGS: Final = frozenset({"jpg", "jpeg", "png"})
_MEDIA_LETTERS: Final = 64


def upload(call: Call) -> Json:
    """Keeps a file for three days. Raises Refused (40004, 41005, 40005, 45001)."""
    kind = call.request.query.get("type", "")
    if kind not in _ENDINGS:
        raise Refused(40004)
    file = _file(call, _ENDINGS[kind], _most_bytes(call, kind))
    media = Media(call.world.chance.text(_MEDIA_LETTERS), kind, len(file.content), call.now + LIFE_MS)
    call.caller.media[media.media_id] = media
    return {"type": kind, "media_id": media.media_id, "created_at": call.world.clock.wire_seconds()}


def upload_picture(call: Call) -> Json:
    """An address for a picture of an article. Raises Refused (41005, 40005, 45001)."""
    _file(call, _ARTICLE_ENDINGS, _ARTICLE_PICTURE_BYTES)
    return {"url": f"http://mmbiz.qpic.cn/mmbiz/{call.world.chance.text(_MEDIA_LETTERS)}/0"}


def _most_bytes(call: Call, kind: str) -> int:
    return {"image": call.world.choices.image_bytes, "voice": _VOICE_BYTES, "video": _VIDEO_BYTES, "thumb": _THUMB_BYTES}[kind]


def _file(call: Call, endings: frozenset[str], most: int) -> File:
    file = files(call.request).get("media")
    if file is None or not file.content:
        raise Refused(41005)
    if file.name.rpartition(".")[2].lower() not in endings:
        raise Refused(40005)
    if len(file.content) > most:
        raise Refused(45001)
    return file


APIS: Final = (
    Api("/cgi-bin/media/upload", upload, body=Body.FILE, per_day=(100_000, 500), bare=True),
    Api("/cgi-bin/media/uploadimg", upload_picture, body=Body.FILE, kinds=OFFICIAL, bare=True),
)
