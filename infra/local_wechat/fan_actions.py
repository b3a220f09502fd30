"""What a fan does in an official account, or says in any: follow, leave, scan, write, send, tap a choice."""

from collections.abc import Mapping
from typing import Final

from infra.local_wechat import kinds, relations
from infra.local_wechat.acting import Acted, Action, Scene
from infra.local_wechat.payloads import Payload
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import QrCode, Trigger

_SCENES: Final = {
    "search": "ADD_SCENE_SEARCH",
    "card": "ADD_SCENE_PROFILE_CARD",
    "article": "ADD_SCENE_PROFILE_ITEM",
    "payment": "ADD_SCENE_PAID",
    "other": "ADD_SCENE_OTHERS",
}
_SCANNED: Final = "ADD_SCENE_QR_CODE"
_PLACE: Final = ("31.230416", "121.473701")  # in Shanghai


def follow(scene: Scene) -> Acted:
    """Follows, by `via`: search, card, article, payment, other."""
    via = scene.text("via", "search")
    if via not in _SCENES:
        raise Nonsense(f"via must be one of {', '.join(_SCENES)}")
    _joins(scene, _SCENES[via], None)
    return Acted((kinds.subscribe(),), "follow", {"via": via})


def unfollow(scene: Scene) -> Acted:
    """Leaves: the window closes, tags and remark go by the world's choice when the fan comes back."""
    scene.official().following()
    relations.unfollowed(scene.relation)
    return Acted((kinds.event("unsubscribe", EventKey=""),), "unfollow")


def scan(scene: Scene) -> Acted:
    """Scans a code of the account, by `ticket` or by the `scene` that it holds; who does not follow does then, unless `follow` is false."""
    code = _code(scene.official())
    said = {"scene": str(code.scene)}
    if scene.relation.subscribed:
        scene.opens(Trigger.SCAN)
        return Acted((kinds.scan(str(code.scene), code.ticket),), "scan", said)
    if not scene.flag("follow", True):
        return Acted((), "scan", {**said, "follow": False})
    _joins(scene, _SCANNED, code)
    return Acted((kinds.subscribe(str(code.scene), code.ticket),), "scan", {**said, "follow": True})


def text(scene: Scene) -> Acted:
    """Writes `content`."""
    content = scene.text("content")
    return _says(scene, kinds.text(content, scene.number()), {"Content": content})


def image(scene: Scene) -> Acted:
    """Sends a picture."""
    media_id = scene.text("media_id", scene.media())
    return _says(scene, kinds.image(f"http://mmbiz.qpic.cn/{media_id}/0", media_id, scene.number()), {"MediaId": media_id})


def voice(scene: Scene) -> Acted:
    """Speaks; `recognition` is what was understood."""
    media_id, said = scene.text("media_id", scene.media()), scene.text("recognition", "")
    return _says(scene, kinds.voice(media_id, scene.number(), said), {"MediaId": media_id, "Recognition": said})


def video(scene: Scene) -> Acted:
    """Sends a film, a `short` one perhaps."""
    media_id, thumb = scene.text("media_id", scene.media()), scene.media()
    return _says(scene, kinds.video(media_id, thumb, scene.number(), short=scene.flag("short", False)), {"MediaId": media_id})


def location(scene: Scene) -> Acted:
    """Sends a place: `latitude`, `longitude`, `label`."""
    latitude, longitude = scene.text("latitude", _PLACE[0]), scene.text("longitude", _PLACE[1])
    label = scene.text("label", "上海市黄浦区人民大道")
    return _says(scene, kinds.location(latitude, longitude, 16, label, scene.number()), {"Label": label})


def link(scene: Scene) -> Acted:
    """Shares a page: `title`, `description`, `url`."""
    title, told, url = scene.text("title"), scene.text("description", ""), scene.text("url")
    return _says(scene, kinds.link(title, told, url, scene.number()), {"Title": title, "Url": url})


def choose(scene: Scene) -> Acted:
    """Taps an entry of a message with choices: its `id` and `content`. Opens less than what the fan writes."""
    item, content = scene.text("id"), scene.text("content")
    scene.following().opens(Trigger.CLICK)
    return Acted((kinds.text(content, scene.number(), item),), "text", {"Content": content, "bizmsgmenuid": item})


def report_location(scene: Scene) -> Acted:
    """Lets the account know where they are on entering the chat."""
    latitude, longitude = scene.text("latitude", _PLACE[0]), scene.text("longitude", _PLACE[1])
    scene.official().following()
    return Acted((kinds.reported_location(latitude, longitude, scene.text("precision", "65.0")),), "report_location")


def _says(scene: Scene, payload: Payload, shown: dict[str, str]) -> Acted:
    scene.following().opens(Trigger.MESSAGE)
    return Acted((payload,), payload.msg_type, dict(shown))


def _joins(scene: Scene, how: str, code: QrCode | None) -> None:
    if scene.official().relation.subscribed:
        raise Nonsense(f"{scene.relation.openid} follows {scene.account.appid} already")
    relations.followed(scene.world, scene.relation, how, code)


def _code(scene: Scene) -> QrCode:
    """The newest code of the account that is meant and has not expired."""
    ticket, held = scene.text("ticket", ""), scene.text("scene", "")
    now = scene.world.clock.world()
    for code in reversed(scene.world.codes.values()):
        meant = code.ticket == ticket if ticket else str(code.scene) == held
        if meant and code.appid == scene.account.appid and (code.expires is None or code.expires > now):
            return code
    raise Nonsense("the account has no such code in force: give its ticket, or the scene that it holds")


ACTIONS: Final[Mapping[str, Action]] = {
    one.__name__: one for one in (follow, unfollow, scan, text, image, voice, video, location, link, choose, report_location)
}
