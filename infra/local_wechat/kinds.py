"""The fields of each message and event that the platform pushes, by the names in its documentation. Pure.

Texts stay texts; whole numbers stand without CDATA.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.local_wechat.payloads import Payload, Tree


def text(content: str, message_id: int, menu_item: str = "") -> Payload:
    """A text that a fan writes, or gets written by tapping an entry of a message with choices (`menu_item`)."""
    return _message("text", message_id, {"Content": content}, {"bizmsgmenuid": menu_item} if menu_item else {})


def image(picture_url: str, media_id: str, message_id: int) -> Payload:
    """A picture."""
    return _message("image", message_id, {"PicUrl": picture_url, "MediaId": media_id})


def voice(media_id: str, message_id: int, recognition: str = "") -> Payload:
    """A recording, and what was said where the account has recognition."""
    fields = {"MediaId": media_id, "Format": "amr", **({"Recognition": recognition} if recognition else {})}
    return _message("voice", message_id, fields, {"MediaId16K": f"{media_id}-16k"})


def video(media_id: str, thumb_media_id: str, message_id: int, *, short: bool = False) -> Payload:
    """A film."""
    return _message("shortvideo" if short else "video", message_id, {"MediaId": media_id, "ThumbMediaId": thumb_media_id})


def location(latitude: str, longitude: str, scale: int, label: str, message_id: int) -> Payload:
    """A place that the fan chose on the map."""
    return _message("location", message_id, {"Location_X": latitude, "Location_Y": longitude, "Scale": scale, "Label": label})


def link(title: str, description: str, url: str, message_id: int) -> Payload:
    """A page that the fan shared."""
    return _message("link", message_id, {"Title": title, "Description": description, "Url": url})


def mini_page(title: str, appid: str, path: str, thumb_media_id: str, message_id: int) -> Payload:
    """A card of a mini program's page, sent into its customer service."""
    fields = {"Title": title, "AppId": appid, "PagePath": path, "ThumbUrl": f"https://mmbiz.example/{thumb_media_id}/0"}
    return _message("miniprogrampage", message_id, {}, {**fields, "ThumbMediaId": thumb_media_id})


def event(name: str, **fields: Any) -> Payload:
    """An event by its name, with the fields in the order given."""
    return Payload("event", dict(fields), name)


def subscribe(scene: str | None = None, ticket: str = "") -> Payload:
    """A follow; with the code that led to it, `qrscene_` stands before what it holds."""
    if scene is None:
        return event("subscribe", EventKey="")
    return event("subscribe", EventKey=f"qrscene_{scene}", Ticket=ticket)


def scan(scene: str, ticket: str) -> Payload:
    """A follower scans a code of the account."""
    return event("SCAN", EventKey=scene, Ticket=ticket)


def reported_location(latitude: str, longitude: str, precision: str) -> Payload:
    """Where the fan is on entering the chat, when they allow it."""
    return event("LOCATION", Latitude=latitude, Longitude=longitude, Precision=precision)


def pictures(name: str, key: str, sums: Sequence[str]) -> Payload:
    """A menu's button to send pictures: how many, and the MD5 of each."""
    items = [{"PicMd5Sum": one} for one in sums]
    return event(name, EventKey=key, SendPicsInfo={"Count": len(items), "PicList": {"item": items}})


def scanned(name: str, key: str, kind: str, result: str) -> Payload:
    """A menu's button to scan something."""
    return event(name, EventKey=key, ScanCodeInfo={"ScanType": kind, "ScanResult": result})


def chosen_place(key: str, latitude: str, longitude: str, label: str, name: str) -> Payload:
    """A menu's button to choose a place."""
    place = {"Location_X": latitude, "Location_Y": longitude, "Scale": "15", "Label": label, "Poiname": name}
    return event("location_select", EventKey=key, SendLocationInfo=place)


def template_job(message_id: int, status: str) -> Payload:
    """What became of a template message: `success`, `failed:user block`, `failed: system failed`, `failed:freq limit`."""
    return event("TEMPLATESENDJOBFINISH", MsgID=message_id, Status=status)


def mass_job(message_id: int, status: str, total: int, filtered: int, sent: int, failed: int) -> Payload:
    """What became of a mass message: `send success`, `send fail` or `err(number)`."""
    counts = {"TotalCount": total, "FilterCount": filtered, "SentCount": sent, "ErrorCount": failed}
    return event("MASSSENDJOBFINISH", MsgID=message_id, Status=status, **counts)


def publish_job(publish_id: int, article_id: str, urls: Sequence[str], name: str = "PUBLISHJOBFINISH") -> Payload:
    """What became of a publication: its article and the addresses of its parts."""
    items = [{"idx": number, "article_url": url} for number, url in enumerate(urls, 1)]
    detail = {"count": len(items), "item": items}
    info = {"publish_id": publish_id, "publish_status": 0, "article_id": article_id, "article_detail": detail}
    return event(name, PublishEventInfo=info)


def subscription_popup(choices: Sequence[tuple[str, str]], scene: str = "0") -> Payload:
    """What the fan answered to a request for subscriptions: pairs of template and `accept`, `reject` or `ban`."""
    entries = [{"TemplateId": one, "SubscribeStatusString": answer, "PopupScene": scene} for one, answer in choices]
    return event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": entries})


def subscription_change(template_ids: Sequence[str]) -> Payload:
    """Subscriptions that the fan ended in the settings."""
    entries = [{"TemplateId": one, "SubscribeStatusString": "reject"} for one in template_ids]
    return event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": entries})


def subscription_sent(template_id: str, message_id: int, code: int = 0, status: str = "success") -> Payload:
    """What became of a subscription message: 0, or a fault of the platform that came later."""
    entry = {"TemplateId": template_id, "MsgID": message_id, "ErrorCode": code, "ErrorStatus": status}
    return event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": [entry]})


def privacy(name: str, openid: str, appid: str, revoked: str = "") -> Payload:
    """The fan changed, revoked or cancelled what the account may know: the account has to refresh or delete it."""
    return event(name, OpenID=openid, AppID=appid, **({"RevokeInfo": revoked} if revoked else {}))


def media_checked(appid: str, trace_id: str, suggest: str, label: int) -> Payload:
    """The result of a check of a mini program's media: `pass`, `review` or `risky`."""
    detail = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    result = {"suggest": suggest, "label": label}
    said = {"appid": appid, "trace_id": trace_id, "version": 2, "detail": detail, "errcode": 0, "errmsg": "ok", "result": result}
    return event("wxa_media_check", **said)


def debug_demo(said: str = "hello world") -> Payload:
    """The test push of the platform's console."""
    return event("debug_demo", debug_str=said)


def _message(msg_type: str, message_id: int, before: Tree, after: Tree | None = None) -> Payload:
    return Payload(msg_type, dict(_ordered(before, message_id, after or {})))


def _ordered(before: Tree, message_id: int, after: Tree) -> Iterator[tuple[str, Any]]:
    yield from before.items()
    yield "MsgId", message_id
    yield from after.items()
