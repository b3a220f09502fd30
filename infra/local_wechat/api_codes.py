"""Codes to scan, with a parameter each: four kinds, temporary or for ever, and their pictures."""

from typing import Any, Final

from infra.local_wechat.call import OFFICIAL, Api, Call
from infra.local_wechat.clock import SECOND_MS
from infra.local_wechat.pictures import picture
from infra.local_wechat.refusals import Refused
from infra.local_wechat.routes import Route
from infra.local_wechat.state import Json, QrCode
from infra.local_wechat.wire import NOT_FOUND, Answer, Request, answer_text
from infra.local_wechat.world import World

LONGEST_SECONDS: Final = 2_592_000  # thirty days
_MOST_PERMANENT_ID: Final = 100_000
_MOST_TEMPORARY_ID: Final = (1 << 32) - 1
_SCENE_LETTERS: Final = 64
_TICKET_LETTERS: Final = 92
_TEXTS: Final = frozenset({"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"})
_PERMANENT: Final = frozenset({"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"})
_ACTIONS: Final = frozenset({"QR_SCENE"}) | _TEXTS | _PERMANENT


def create(call: Call) -> Json:
    """A code. Without the object `scene` around it a parameter is lost without a word: the code's scene is 0 then.

    Raises Refused (40053, 40035, 45029).
    """
    action = call.text("action_name")
    if action not in _ACTIONS or not isinstance(call.field("action_info"), dict):
        raise Refused(40053, "invalid action info")
    scene = _scene(call.field("action_info.scene"), action)
    if action not in _PERMANENT:
        return _temporary(call, scene)
    same = [code for code in _permanent(call) if code.scene == scene]
    if not same and len(_permanent(call)) >= call.world.choices.permanent_codes:
        raise Refused(45029)
    code = same[0] if same else _made(call, scene, None)
    return {"ticket": code.ticket, "url": code.url}


def show(world: World, request: Request) -> Answer:
    """The picture of a ticket's code; nobody asks for a token here."""
    with_code = request.query.get("ticket", "") in world.codes
    return picture() if with_code else answer_text("no such ticket", NOT_FOUND)


def _temporary(call: Call, scene: int | str) -> Json:
    seconds = call.field("expire_seconds")
    if seconds is None:
        seconds = call.world.choices.qr_default_seconds
    if not isinstance(seconds, int) or not 1 <= seconds <= LONGEST_SECONDS:
        raise Refused(40035, "expire_seconds")
    code = _made(call, scene, call.now + seconds * SECOND_MS)
    return {"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}


def _scene(given: Any, action: str) -> int | str:
    if not isinstance(given, dict):
        return 0
    if action in _TEXTS:
        text = given.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= _SCENE_LETTERS:
            raise Refused(40035, "scene_str")
        return text
    number = given.get("scene_id")
    most = _MOST_PERMANENT_ID if action in _PERMANENT else _MOST_TEMPORARY_ID
    if not isinstance(number, int) or not 1 <= number <= most:
        raise Refused(40035, "scene_id")
    return number


def _permanent(call: Call) -> list[QrCode]:
    return [code for code in call.world.codes.values() if code.expires is None and code.appid == call.caller.appid]


def _made(call: Call, scene: int | str, expires: int | None) -> QrCode:
    ticket = "gQ" + call.world.chance.text(_TICKET_LETTERS) + "=="
    code = QrCode(ticket, f"http://weixin.qq.com/q/{call.world.chance.text(22)}", call.caller.appid, scene, expires)
    call.world.codes[ticket] = code
    return code


APIS: Final = (Api("/cgi-bin/qrcode/create", create, kinds=OFFICIAL, certified=True, per_day=(100_000, 10_000), bare=True),)
ROUTES: Final = (Route("GET", "/cgi-bin/showqrcode", show),)
