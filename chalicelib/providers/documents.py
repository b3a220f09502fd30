"""The `providers` document: an account at a provider of SMS or push, or the receiver of webhooks. Its secrets are elsewhere. Pure but for
looking which adapters there are.
"""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from chalicelib.definitions.kinds import register
from chalicelib.providers.adapter import PER_MINUTE
from chalicelib.providers.adapters import AdapterUnknown, adapter, names

KIND: Final = "providers"
MAX_SETTING: Final = 2048
MAX_PER_MINUTE: Final = 1_000_000
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})

AdapterName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(names())})]
Setting = Annotated[str, Field(min_length=1, max_length=MAX_SETTING)]


class ProviderDocument(BaseModel):
    """An account at a provider. Templates name it as their `account`; its secrets are put with `infra.provider_secrets`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "腾讯云短信", "adapter": "sms_tencent", "settings": {"sdk_app_id": "1400000001"}}]},
    )

    title: str = Field(default="", max_length=200)
    adapter: AdapterName = Field(description="Who carries the messages.")
    settings: dict[str, Setting] = Field(
        default_factory=dict, max_length=20, description="What the adapter has to know besides secrets.", validate_default=True
    )
    url: str = Field(
        default="",
        max_length=MAX_SETTING,
        description="Where the provider is, if not where it always is: a relay, another zone, a stand-in on this machine.",
    )

    @field_validator("adapter")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            adapter(name)
        except AdapterUnknown:
            raise PydanticCustomError(
                "adapter_unknown", "there is no such adapter; known are {known}", {"known": ", ".join(names())}
            ) from None
        return name

    @field_validator("settings")
    @classmethod
    def _fitting(cls, settings: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        chosen = info.data.get("adapter")
        if chosen is None:  # its own fault is told already
            return settings
        fault = _setting_fault(chosen, settings)
        if fault:
            raise PydanticCustomError("settings_invalid", "{detail}", {"detail": fault})
        return settings

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        if url and not _is_safe(url):
            raise PydanticCustomError("url_invalid", "secrets go there: it must begin with https://, or be on this machine")
        return url


def _setting_fault(chosen: str, settings: dict[str, str]) -> str:
    known = adapter(chosen)
    missing = [name for name in known.settings if name not in settings]
    if missing:
        return f"{chosen} needs {', '.join(missing)}"
    strange = sorted(settings.keys() - {*known.settings, *known.options, PER_MINUTE})
    if strange:
        return f"{chosen} does not know {', '.join(strange)}"
    rate = settings.get(PER_MINUTE, "1")
    if not (rate.isascii() and rate.isdigit() and 0 < int(rate) <= MAX_PER_MINUTE):
        return f"{PER_MINUTE} is a number from 1 to {MAX_PER_MINUTE}"
    return known.setting_fault(settings)


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    alone = not parts.query and not parts.fragment and parts.username is None
    return alone and bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE))


register(KIND, ProviderDocument)
