"""Accounts at the local fronts as definitions in force, with their secrets, and channels that reach those fronts without sockets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.channels import carried, pulling
from chalicelib.channels.channel import Parcel
from chalicelib.definitions import store
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers import connected, credentials
from chalicelib.providers.documents import KIND
from chalicelib.providers.model import Account
from tests.unit.local_providers.bridge import ALIYUN, HOOK, HOOK_SECRET, JPUSH, NOW, TENCENT, URL, Fronts

NUMBER = "13800000000"
SMS_BODY = {
    "signature": "旗舰店",
    "template": "T1",
    "variables": {"name": "木兰"},
    "text": "木兰，您好",
    "shown": "【旗舰店】木兰，您好",
    "parts": 1,
}
ALIYUN_SMS = Parcel("m-1", ChannelName.SMS, "ali", NUMBER, {"provider": "aliyun", **SMS_BODY}, Category.SERVICE, "p_1", NOW)
TENCENT_SMS = replace(ALIYUN_SMS, account="tc", body={"provider": "tencent", **SMS_BODY})
PUSH_BODY = {"provider": "jpush", "title": "下单有礼", "text": "您的订单即将失效", "data": {"order": "618"}, "link": "", "live_seconds": 60}
PUSH = Parcel("m-1", ChannelName.PUSH, "jp", "device-1", PUSH_BODY, Category.SERVICE, "p_1", NOW)
CALL = Parcel("m-1", ChannelName.WEBHOOK, "crm", "p_1", {"type": "lead", "data": {"name": "木兰"}}, Category.SERVICE, "p_1", NOW)


def connect(patch: pytest.MonkeyPatch) -> Fronts:
    """Fronts with an account at each and a webhook receiver `crm`, all of them in force; needs the table of definitions and Parameter
    Store.
    """
    fronts = Fronts()
    fronts.driver.receiver("crm", HOOK_SECRET)
    hook = replace(HOOK, settings={"address": f"{URL}/hooks/crm"})
    for account in (ALIYUN, TENCENT, JPUSH, hook):
        in_force(account)
    for module in (carried, pulling):
        patch.setattr(module, "means", lambda: fronts.means)
    return fronts


def in_force(account: Account, **more: str) -> None:
    """Publishes an account with its secrets and `more` of them, to be seen at once."""
    document: dict[str, Any] = {"adapter": account.adapter, "settings": dict(account.settings)}
    publish(account.name, document | ({"url": "http://127.0.0.1:4690"} if account.url else {}))
    put_secrets(account.name, {**account.secrets, **{name: (value,) for name, value in more.items()}})


def publish(name: str, document: Mapping[str, Any]) -> None:
    """Puts a definition of an account in force."""
    store.draft(KIND, name, dict(document), by="test", at=NOW)
    store.publish(KIND, name, by="test", at=NOW)
    connected.forget()


def put_secrets(name: str, secrets: Mapping[str, tuple[str, ...]]) -> None:
    """Puts the secrets of an account."""
    for secret, values in secrets.items():
        credentials.put(name, secret, values)
    connected.forget()
