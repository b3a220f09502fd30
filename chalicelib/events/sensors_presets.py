"""What the Sensors Analytics SDKs say about the circumstances of an event, as our context. Pure.

Preset properties stay among the properties as they were sent; the context is a reading of them that is the same for every wire format.
"""

from typing import Any, Final

from chalicelib.events.model import Json

BROWSER: Final = "h5"  # the channel of web pages; in WeChat's browser and outside they look the same from here

_CHANNELS: Final = {
    "js": BROWSER,
    "miniprogram": "mini_program",
    "android": "app",
    "ios": "app",
    "harmonyos": "app",
    "python": "server",
    "node": "server",
    "java": "server",
    "php": "server",
    "golang": "server",
    "ruby": "server",
    "dotnet": "server",
}
_MINI_SUFFIX: Final = "mini"  # mini programs of other platforms call themselves AlipayMini, BaiduMini ...
_UTM: Final = {"source": "source", "medium": "medium", "name": "campaign", "content": "content", "term": "term"}
_CAMPAIGN: Final = {ours: f"$utm_{theirs}" for ours, theirs in _UTM.items()}
_LATEST_CAMPAIGN: Final = {ours: f"$latest_utm_{theirs}" for ours, theirs in _UTM.items()}
_PAGE: Final = {"url": "$url", "referrer": "$referrer", "title": "$title", "network": "$network_type", "scene": "$scene"}
_LATEST_SCENE: Final = {"scene": "$latest_scene"}
_APP: Final = {"id": "$app_id", "version": "$app_version", "name": "$app_name"}
_DEVICE: Final = {
    "os": "$os",
    "os_version": "$os_version",
    "brand": "$brand",
    "manufacturer": "$manufacturer",
    "model": "$model",
    "screen_width": "$screen_width",
    "screen_height": "$screen_height",
    "browser": "$browser",
    "browser_version": "$browser_version",
}
# What the SDKs write where they have nothing to say: "direct open", "value not obtained", "abnormal value".
_SENTINELS: Final = ("直接打开", "未取到值", "取值异常")


def context_of(properties: Json, lib: Json) -> Json:
    """Channel, campaign, page, app, device, network, scene and SDK of an event; only what is known is there.

    `campaign_latest` marks a campaign that was not on this page but is the last one that the client remembers.
    """
    context = client_of(properties, lib) | _campaign(properties) | _group(properties, _LATEST_SCENE) | _group(properties, _PAGE)
    for name, group in (("app", _group(properties, _APP)), ("device", _group(properties, _DEVICE))):
        if group:
            context[name] = group
    if version := lib.get("$app_version"):
        context.setdefault("app", {}).setdefault("version", version)
    return context


def client_of(properties: Json, lib: Json) -> Json:
    """Channel and SDK alone: the circumstances of a record that is not about an event."""
    sdk = {"name": lib.get("$lib") or properties.get("$lib"), "version": lib.get("$lib_version") or properties.get("$lib_version")}
    known = {key: value for key, value in sdk.items() if isinstance(value, str) and value}
    context: Json = {"sdk": known} if known else {}
    if channel := _channel(known.get("name", "")):
        context["channel"] = channel
    return context


def _channel(lib: str) -> str:
    name = lib.lower()
    return _CHANNELS.get(name) or ("mini_program" if name.endswith(_MINI_SUFFIX) else "")


def _campaign(properties: Json) -> Json:
    if now := _group(properties, _CAMPAIGN):
        return {"campaign": now}
    latest = _group(properties, _LATEST_CAMPAIGN)
    return {"campaign": latest, "campaign_latest": True} if latest else {}


def _group(properties: Json, names: dict[str, str]) -> Json:
    return {key: properties[name] for key, name in names.items() if name in properties and _tells(properties[name])}


def _tells(value: Any) -> bool:
    """Whether a preset holds a value: a text or a number, not one of the words for having none."""
    if isinstance(value, str):
        return bool(value) and not value.startswith(_SENTINELS)
    return isinstance(value, int | float) and not isinstance(value, bool)
