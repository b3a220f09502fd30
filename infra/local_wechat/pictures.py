"""The pictures that the platform draws, as far as a test needs them: a JPEG of one grey pixel."""

import base64
from typing import Final

from infra.local_wechat.wire import Answer

JPEG_TYPE: Final = "image/jpeg"
JPEG: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)


def picture() -> Answer:
    """A drawn code."""
    return Answer(JPEG, content_type=JPEG_TYPE)
