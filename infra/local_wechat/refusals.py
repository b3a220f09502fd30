"""How the platform says no: a number, a text in its own words, and a rid; all with HTTP status 200."""

from typing import Final

from infra.local_wechat.chance import Chance
from infra.local_wechat.state import Json


class Refused(Exception):
    """A call that the platform does not carry out. `more` goes into the answer beside number and text."""

    def __init__(self, errcode: int, detail: str = "", more: Json | None = None) -> None:
        super().__init__(f"{errcode} {detail}")
        self.errcode = errcode
        self.detail = detail
        self.more = more or {}


TEXTS: Final = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40031: "invalid openid list",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40039: "invalid url size",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40164: "invalid ip {detail}, not in whitelist",
    40241: "duplicate message",
    40243: "AppSecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41008: "missing code",
    41009: "missing openid",
    41030: "invalid page",
    42001: "access_token expired",
    42002: "refresh_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43101: "user refuse to accept the msg",
    43116: "this template is banned",
    43117: "too many messages to this openid",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45010: "create menu limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45029: "qrcode count out of limit",
    45047: "out of response count limit",
    45056: "too many tag now, no need to add new",
    45057: "can't delete the tag that has too many fans",
    45058: "can't modify sys tag",
    45059: "can not add tag to user, exceed the limit of 20",
    45065: "clientmsgid exist",
    45067: "clientmsgid size out of limit",
    45072: "invalid command",
    45080: "need recent interaction with user",
    45081: "already in typing status",
    45083: "speed out of range",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    46003: "menu no exist",
    46004: "user no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48004: "api forbidden",
    48006: "forbid to clear quota because of reaching the limit",
    50002: "user limited",
    65301: "no such menu",
    65303: "there is no selfmenu, please create selfmenu first",
    65304: "match rule empty",
    65305: "menu count limit",
    65316: "the number of domains exceeds the limit",
    65320: "match rule with personal attributes is no longer supported",
    76003: "invalid rid or cgi_path",
    76021: "cgi_path not found",
    85079: "miniprogram has no online release",
    85401: "param out of range",
    89503: "this ip need admin confirm",
}
"""By number. `{detail}` stands in the middle of some; otherwise a detail follows the text."""


def refusal(refused: Refused, chance: Chance) -> Json:
    """The body of an answer that says no, with a new rid."""
    text = TEXTS.get(refused.errcode, "error")
    said = text.format(detail=refused.detail) if "{detail}" in text else f"{text} {refused.detail}".strip()
    return {"errcode": refused.errcode, "errmsg": f"{said} rid: {chance.rid()}", **refused.more}
