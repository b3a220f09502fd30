"""What a push says to rules. Pure."""

from typing import Any, Final

from chalicelib.events.model import Draft, Json
from chalicelib.fans.contacts import MENU_MESSAGE
from chalicelib.replies.rules import Heard
from chalicelib.replies.triggers import Trigger
from chalicelib.wechat.push import Push

_BY_EVENT: Final = {"subscribe": Trigger.FOLLOW, "scan": Trigger.SCAN, "click": Trigger.CLICK, "scancode_waitmsg": Trigger.CLICK}
_TEXT: Final = "text"


def heard_of(push: Push, draft: Draft) -> tuple[Heard, ...]:
    """What rules may answer to; () when there is nothing. `draft` is the record of the push, with its campaign.

    A tap on an answer of a message menu comes back as a text: it is a click first, and a text if no rule knows that key.
    """
    said = _said(draft)
    if push.is_event:
        trigger = _BY_EVENT.get(push.kind)
        return (_heard(trigger, said),) if trigger else ()
    if push.kind != _TEXT:
        return ()
    key = _text(push.fields.get(MENU_MESSAGE))
    written = _heard(Trigger.TEXT, said)
    return (_heard(Trigger.CLICK, said | {"key": key}), written) if key else (written,)


def _heard(trigger: Trigger, said: Json) -> Heard:
    campaign = said.get("campaign")
    return Heard(
        trigger,
        text=_text(said.get("text")),
        key=_text(said.get("key")),
        scene=_text(said.get("scene")),
        campaign=_text(campaign.get("name")) if isinstance(campaign, dict) else "",
        said=said,
    )


def _said(draft: Draft) -> Json:
    beside: Json = {name: draft.context[name] for name in ("scene", "code", "campaign", "inviter") if name in draft.context}
    return {**draft.properties, **beside}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
