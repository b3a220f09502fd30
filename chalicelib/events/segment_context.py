"""The context of a Segment or RudderStack message as our context. Pure.

Fields as Segment's common-fields page lists them; whatever is not text, number or truth value where one is expected is left out.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.events.model import Json

_CHANNELS: Final = (  # parts of library names, most telling first: "analytics.js" is the browser's, "analytics-node" a server's
    ("analytics.js", "h5"),
    ("rudderlabs javascript sdk", "h5"),
    ("analytics-python", "server"),
    ("analytics-node", "server"),
    ("analytics-java", "server"),
    ("analytics-go", "server"),
    ("analytics-ruby", "server"),
    ("analytics-php", "server"),
    ("analytics-android", "app"),
    ("analytics-ios", "app"),
    ("analytics-kotlin", "app"),
    ("analytics-swift", "app"),
    ("analytics-react-native", "app"),
    ("analytics-flutter", "app"),
)
_CHANNEL_NAMES: Final = {"web": "h5", "mobile": "app"}  # RudderStack's words for ours; `server` is the same in both
_CAMPAIGN: Final = {name: name for name in ("source", "medium", "name", "content", "term")}
_PAGE: Final = {name: name for name in ("url", "referrer", "title")}
_DEVICE: Final = {name: name for name in ("brand", "manufacturer", "model", "type", "id", "name")}
_APP: Final = {"id": "namespace", "name": "name", "version": "version", "build": "build"}
_TOP: Final = {"ip": "ip", "user_agent": "userAgent", "locale": "locale", "timezone": "timezone"}


def context_of(message: Json, properties: Json) -> Json:
    """Channel, campaign, page, app, device, address and SDK of a message; only what is known is there.

    `properties` are the message's own: a page call tells its address there as well.
    """
    told = _object(message.get("context"))
    sdk = _picked(_object(told.get("library")), {"name": "name", "version": "version"})
    is_page = message.get("type") == "page"
    groups: Json = {
        "channel": _channel(message, told, sdk),
        "campaign": _picked(_object(told.get("campaign")), _CAMPAIGN),
        "app": _picked(_object(told.get("app")), _APP),
        "device": _device(told),
        "network": _network(_object(told.get("network"))),
        "sdk": sdk,
    }
    page = _picked(_object(told.get("page")), _PAGE) | (_picked(properties, _PAGE) if is_page else {})
    return _picked(told, _TOP) | page | {name: value for name, value in groups.items() if value}


def _channel(message: Json, told: Json, sdk: Json) -> str:
    """The channel: what the sender calls it, else what the library's name gives away."""
    for value in (told.get("channel"), message.get("channel")):
        if isinstance(value, str) and value:
            return _CHANNEL_NAMES.get(value, value)
    library = str(sdk.get("name", "")).lower()
    return next((channel for part, channel in _CHANNELS if part in library), "")


def _device(told: Json) -> Json:
    system, screen = _object(told.get("os")), _object(told.get("screen"))
    return (
        _picked(_object(told.get("device")), _DEVICE)
        | _picked(system, {"os": "name", "os_version": "version"})
        | _picked(screen, {"screen_width": "width", "screen_height": "height"})
    )


def _network(told: Json) -> str:
    kinds: Iterable[str] = ("wifi", "cellular", "bluetooth")
    return next((kind for kind in kinds if told.get(kind) is True), "")


def _picked(values: Json, names: Mapping[str, str]) -> Json:
    return {ours: values[theirs] for ours, theirs in names.items() if _tells(values.get(theirs))}


def _tells(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
