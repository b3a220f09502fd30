"""The `accounts` document: a WeChat account that pushes to Huiliu. Its name is the appid; its secrets are elsewhere. Pure."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.wechat.account_tags import AccountTags
from chalicelib.wechat.envelope import Mode
from chalicelib.wechat.push import Form

KIND: Final = "accounts"


class AccountType(StrEnum):
    """What the platform calls the account."""

    SERVICE = "service"
    SUBSCRIPTION = "subscription"
    MINI_PROGRAM = "mini_program"


class AccountDocument(BaseModel):
    """An official account or mini program. The definition's name is its appid; token and keys are put with `infra.wechat_secrets`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "旗舰店服务号", "type": "service", "mode": "safe", "open_platform": "brand"}]},
    )

    title: str = Field(default="", max_length=200)
    type: AccountType
    mode: Mode = Field(
        default=Mode.SAFE,
        description="How pushes are encrypted, as the platform's console says. With `compatible` and `safe` unencrypted ones are refused.",
    )
    format: Form = Field(
        default=Form.XML,
        description="The form of pushes that the console says; mini programs may choose JSON. Both are read whichever stands here.",
    )
    open_platform: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="The open platform account that it is bound to: accounts of one share their fans' unionids.",
    )
    tags: AccountTags = Field(
        default=AccountTags(), description="Which segments and tags fans carry there, and which tags come from there."
    )
