"""Codes that a person scans to follow the account, each with a text of ours inside."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from chalicelib.settings import settings
from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client

MAX_SCENE: Final = 64  # characters
MAX_SECONDS: Final = 2_592_000  # 30 days: how long a temporary code lives at most
MAX_PERMANENT: Final = 100_000  # of an account; none can ever be deleted

CREATE: Final = Api("/cgi-bin/qrcode/create")  # a temporary code that was made twice is only two codes for one scene
CREATE_PERMANENT: Final = Api(CREATE.path, repeatable=False)


@dataclass(frozen=True, slots=True)
class Code:
    """A code: `url` is what its picture says, `ticket` names the picture; a permanent one has no `expires_seconds`."""

    ticket: str
    url: str
    expires_seconds: int | None


def create(client: Client, scene: str, expire_seconds: int | None) -> Code:
    """Makes a code for a scene of 1 to MAX_SCENE characters, permanent without `expire_seconds`. Scanned, it comes back as `scene`."""
    api = CREATE_PERMANENT if expire_seconds is None else CREATE
    action = "QR_LIMIT_STR_SCENE" if expire_seconds is None else "QR_STR_SCENE"
    body: Json = {"action_name": action, "action_info": {"scene": {"scene_str": scene}}}
    if expire_seconds is not None:
        body["expire_seconds"] = min(expire_seconds, MAX_SECONDS)
    found = client.call(api, body=body)
    lives = None if expire_seconds is None else fields.number(found, "expire_seconds") or min(expire_seconds, MAX_SECONDS)
    return Code(fields.text(found, "ticket", api), fields.text(found, "url", api), lives)


def image_url(ticket: str) -> str:
    """Where the picture of a code is, a JPEG; it asks for no token."""
    return f"{settings().wechat_mp_url}/cgi-bin/showqrcode?ticket={quote(ticket, safe='')}"
