"""Pictures, sound and film for messages: the platform keeps them for three days."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.wechat.apis import Api
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Upload

KEPT_MS: Final = 3 * 86_400_000
UPLOAD: Final = Api("/cgi-bin/media/upload")  # what is uploaded twice is there twice, and gone after three days
UPLOAD_IMAGE: Final = Api("/cgi-bin/media/uploadimg")
_FIELD: Final = "media"


class MediaType(StrEnum):
    """What the platform takes; each has its limits of size and format."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    THUMB = "thumb"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the platform keeps; `until` (epoch ms) is when it is gone."""

    id: str
    until: int


def upload(client: Client, type: MediaType, name: str, content: bytes, content_type: str) -> Media:  # noqa: A002 - the platform's word
    """Uploads a file. Raises Dropped: 45001 too large, 45007 too long."""
    file = Upload(_FIELD, name, content, content_type)
    found = client.call(UPLOAD, query={"type": type}, file=file)
    begun = fields.number(found, "created_at") * 1000 or client.means.now()
    given = fields.optional(found, "media_id") or fields.text(found, "thumb_media_id", UPLOAD)  # older stacks name a thumb so
    return Media(given, begun + KEPT_MS)


def upload_image(client: Client, name: str, content: bytes, content_type: str) -> str:
    """Uploads a picture of less than 1 MB for the body of an article; its address, for good."""
    found = client.call(UPLOAD_IMAGE, file=Upload(_FIELD, name, content, content_type))
    return fields.text(found, "url", UPLOAD_IMAGE)
