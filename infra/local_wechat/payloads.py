"""A push before it travels: what it says, from whom and to whom, and how that is written as XML and as a mini program's JSON. Pure."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from chalicelib.wechat import xmltext
from infra.local_wechat.state import Form

Tree = dict[str, Any]

_SUBSCRIPTION_PART: Final = "SubscribeMsg"  # XML wraps the list of a subscription event in an element of this beginning; JSON does not
_LISTS: Final = {"wxa_media_check": "detail"}  # fields that are a list in JSON and stand once in XML


@dataclass(frozen=True, slots=True)
class Payload:
    """One push, without its head. `fields` are what it says besides `MsgType` and `Event`, in the order of the documentation."""

    msg_type: str
    fields: Tree
    event: str = ""

    @property
    def body(self) -> Tree:
        """All but `ToUserName`, `FromUserName` and `CreateTime`."""
        return {"MsgType": self.msg_type, **({"Event": self.event} if self.event else {}), **self.fields}


@dataclass(frozen=True, slots=True)
class Push:
    """A payload with its head: to an account (`gh_id`), from a fan (or the platform), at a time in whole seconds."""

    payload: Payload
    gh_id: str
    openid: str
    at: int

    @property
    def tree(self) -> Tree:
        """All elements of the push."""
        return {"ToUserName": self.gh_id, "FromUserName": self.openid, "CreateTime": self.at, **self.payload.body}

    def with_fields(self, **fields: Any) -> "Push":
        """The same push with other or further fields; `MsgType` and `Event` too."""
        kept = {name: value for name, value in fields.items() if name not in {"MsgType", "Event"}}
        payload = self.payload
        changed = Payload(fields.get("MsgType", payload.msg_type), {**payload.fields, **kept}, fields.get("Event", payload.event))
        return replace(self, payload=changed)


def written(push: Push, form: Form) -> str:
    """The text of a push."""
    if form is Form.JSON:
        return json.dumps(json_tree(push.tree), ensure_ascii=False, separators=(",", ":"))
    return xmltext.render(push.tree)


def json_tree(tree: Tree) -> Tree:
    """The tree as a mini program's JSON has it: lists of subscriptions without their wrapper, one entry as an object, texts throughout."""
    if any(name.startswith(_SUBSCRIPTION_PART) for name in tree):
        return _unwrapped(tree)
    listed = _LISTS.get(str(tree.get("Event")), "")
    return {name: [value] if name == listed and not isinstance(value, list) else value for name, value in tree.items()}


def _unwrapped(tree: Tree) -> Tree:
    """Everything of such an event is a text, its time too."""
    plain: Tree = {}
    for name, value in tree.items():
        if name.startswith(_SUBSCRIPTION_PART):
            listed = value["List"] if isinstance(value["List"], list) else [value["List"]]
            entries = [{key: str(one) for key, one in entry.items()} for entry in listed]
            plain["List"] = entries[0] if len(entries) == 1 else entries
        else:
            plain[name] = str(value)
    return plain
