"""The page at `/`, where a developer acts as a fan."""

from pathlib import Path
from typing import Final

from infra.local_wechat.wire import HTML_TYPE, Answer, Request
from infra.local_wechat.world import World

_FILE: Final = Path(__file__).with_name("page.html")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"  # nothing from elsewhere


def page(_world: World, _request: Request) -> Answer:
    """One file, with nothing from elsewhere in it."""
    return Answer(_FILE.read_bytes(), content_type=HTML_TYPE, headers={"Content-Security-Policy": _POLICY})
