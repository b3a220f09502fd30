"""Messages to a fan. Those without a key of their own are never sent again after an unknown outcome: TryAgain.sent_maybe says so."""

from dataclasses import replace
from typing import Final

from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client

MAX_MASS_KEY_BYTES: Final = 64
KEY: Final = "client_msg_id"  # the same to the same person is sent once within 10 minutes
MASS_KEY: Final = "clientmsgid"

CUSTOM: Final = Api("/cgi-bin/message/custom/send", repeatable=False)
TYPING: Final = Api("/cgi-bin/message/custom/typing")
TEMPLATE: Final = Api("/cgi-bin/message/template/send", repeatable=False)
SUBSCRIBE: Final = Api("/cgi-bin/message/subscribe/send", repeatable=False)
BIZSEND: Final = Api("/cgi-bin/message/subscribe/bizsend", repeatable=False)
MASS_ALL: Final = Api("/cgi-bin/message/mass/sendall", repeatable=False)
MASS_SOME: Final = Api("/cgi-bin/message/mass/send", repeatable=False)
MASS_PREVIEW: Final = Api("/cgi-bin/message/mass/preview", repeatable=False)
MASS_STATE: Final = Api("/cgi-bin/message/mass/get")
MASS_DELETE: Final = Api("/cgi-bin/message/mass/delete")


def send_custom(client: Client, payload: Json) -> None:
    """A customer service message: `{"touser": openid, "msgtype": "text", "text": {"content": ...}}`. Only within the person's window."""
    client.call(CUSTOM, body=payload)


def typing(client: Client, openid: str, on: bool = True) -> None:
    """Shows, or hides, that somebody is typing. Raises Dropped (45080) when the person did not write in the last 30 s."""
    client.call(TYPING, body={"touser": openid, "command": "Typing" if on else "CancelTyping"})


def send_template(client: Client, payload: Json, *, again: bool = True) -> str:
    """A template message; the platform's id of it, which WechatTemplateFinished names too, "" when it was sent a minute ago already.

    With `client_msg_id` in the payload it is tried again when no answer comes, unless the caller does so (`again`).
    """
    return _id(client.call(_keyed(TEMPLATE, payload, KEY) if again else TEMPLATE, body=payload))


def send_subscribe(client: Client, payload: Json) -> str:
    """A subscription notice of a mini program; its id where the platform tells one. Costs the person's acceptance."""
    return _id(client.call(SUBSCRIBE, body=payload))


def bizsend(client: Client, payload: Json) -> str:
    """A subscription notice of a service account; its id where the platform tells one."""
    return _id(client.call(BIZSEND, body=payload))


def send_mass(client: Client, payload: Json, *, again: bool = True) -> str:
    """A mass message to a tag or all (`filter`) or to 2 to 10,000 openids (`touser`); the platform's id of the job.

    With `clientmsgid` it is tried again when no answer comes, unless the caller does so (`again`), and one that was sent before answers
    its id.
    """
    api = MASS_SOME if "touser" in payload else MASS_ALL
    return _id(client.call(_keyed(api, payload, MASS_KEY) if again else api, body=payload))


def preview_mass(client: Client, payload: Json) -> None:
    """Shows a mass message to one person (`touser`, or `towxname` 100 times a day)."""
    client.call(MASS_PREVIEW, body=payload)


def mass_state(client: Client, msg_id: str) -> str:
    """How far a mass message is: SEND_SUCCESS, SENDING, SEND_FAIL or DELETE."""
    return fields.text(client.call(MASS_STATE, body={"msg_id": msg_id}), "msg_status", MASS_STATE)


def delete_mass(client: Client, msg_id: str) -> None:
    """Takes a mass message's content away."""
    client.call(MASS_DELETE, body={"msg_id": int(msg_id) if msg_id.isdecimal() else msg_id})


def _keyed(api: Api, payload: Json, key: str) -> Api:
    return replace(api, repeatable=True) if payload.get(key) else api


def _id(found: Json) -> str:
    """A message's id, which comes as a number or as a text, under two names."""
    return str(found.get("msgid") or found.get("msg_id") or "")
