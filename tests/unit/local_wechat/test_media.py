"""Uploads: forms are read, types and sizes judged, three days kept."""

import json

import pytest

from infra.local_wechat.clock import DAY_MS
from infra.local_wechat.multipart import files
from infra.local_wechat.wire import Request
from tests.unit.local_wechat.calling import MINI, Platform, code

UPLOAD = "/cgi-bin/media/upload"


def form(name: str, content: bytes, field: str = "media") -> tuple[dict[str, str], bytes]:
    head = f'--B\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    return {"content-type": "multipart/form-data; boundary=B"}, head.encode() + content + b"\r\n--B--\r\n"


def upload(platform: Platform, kind: str, name: str, content: bytes = b"x", path: str = UPLOAD) -> dict[str, object]:
    headers, body = form(name, content)
    answer = platform.ask(Request("POST", path, {"access_token": platform.token(), "type": kind}, headers, body))
    told: dict[str, object] = json.loads(answer.body)
    return told


@pytest.mark.parametrize(
    ("kind", "name", "size", "number"),
    [
        ("image", "a.jpg", 10 << 20, 0),
        ("image", "a.PNG", 1, 0),
        ("image", "a.jpg", (10 << 20) + 1, 45001),
        ("image", "a.exe", 1, 40005),
        ("image", "a.jpg", 0, 41005),
        ("voice", "a.mp3", 2 << 20, 0),
        ("voice", "a.mp3", (2 << 20) + 1, 45001),
        ("voice", "a.wav", 1, 40005),
        ("video", "a.mp4", 1, 0),
        ("thumb", "a.jpg", 64 << 10, 0),
        ("thumb", "a.jpg", (64 << 10) + 1, 45001),
        ("file", "a.jpg", 1, 40004),
    ],
)
def test_an_upload_must_be_of_a_type_and_not_too_large(platform: Platform, kind: str, name: str, size: int, number: int) -> None:
    assert code(upload(platform, kind, name, b"x" * size)) == number


def test_what_was_uploaded_lasts_three_days(platform: Platform) -> None:
    told = upload(platform, "image", "a.jpg")
    assert told.keys() == {"type", "media_id", "created_at"}
    kept = platform.account.media[str(told["media_id"])]
    assert kept.expires == platform.clock.world() + 3 * DAY_MS


def test_a_picture_of_an_article_becomes_an_address(platform: Platform) -> None:
    path = "/cgi-bin/media/uploadimg"
    assert str(upload(platform, "", "a.jpg", path=path)["url"]).startswith("http://mmbiz.qpic.cn/")
    assert code(upload(platform, "", "a.gif", path=path)) == 40005
    assert code(upload(platform, "", "a.jpg", b"x" * ((1 << 20) + 1), path)) == 45001
    assert code(platform.post(path, b"", MINI)) == 48001


def test_a_form_keeps_every_byte_of_its_file() -> None:
    content = bytes(range(256)) + b"\r\n--A\r\n"
    headers, body = form("图.jpg", content)
    assert files(Request("POST", UPLOAD, {}, headers, body))["media"].content == content


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}, {"content-type": "multipart/form-data; boundary=C"}])
def test_what_is_no_form_has_no_file(platform: Platform, headers: dict[str, str]) -> None:
    assert files(Request("POST", UPLOAD, {}, headers, form("a.jpg", b"x")[1])) == {}


def test_a_file_in_another_field_is_not_found(platform: Platform) -> None:
    headers, body = form("a.jpg", b"x", "file")
    answer = platform.ask(Request("POST", UPLOAD, {"access_token": platform.token(), "type": "image"}, headers, body))
    assert answer.errcode == 41005
