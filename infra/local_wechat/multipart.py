"""Reads forms with files, as uploads are sent."""

import re
from dataclasses import dataclass
from typing import Final

from infra.local_wechat.wire import Request

_BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME: Final = re.compile(r'[; ]name="?([^";]*)"?', re.IGNORECASE)
_FILE_NAME: Final = re.compile(r'filename="?([^";]*)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    name: str
    content: bytes


def files(request: Request) -> dict[str, File]:
    """The files of a form by the names of their fields; empty for what is no form."""
    boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
    if boundary is None:
        return {}
    parts = request.body.split(b"--" + boundary.group(1).encode())
    return dict(found for part in parts[1:-1] if (found := _file(part)) is not None)


def _file(part: bytes) -> tuple[str, File] | None:
    head, _, content = part.partition(b"\r\n\r\n")
    said = head.decode("utf-8", "replace")
    name, file_name = _NAME.search(said), _FILE_NAME.search(said)
    if name is None or file_name is None:
        return None
    return name.group(1), File(file_name.group(1), content.removesuffix(b"\r\n"))
