"""Connects accounts at the local providers with a local stack, as an operator and the providers' consoles do it together."""

import base64
import hashlib
import json
from typing import Any, Final

from chalicelib.providers.webhook import PREFIX, SECRET
from infra.local_providers.driver import Driver
from infra.local_stack import LocalStack, call

CALLBACK: Final = "callback"  # the secret part of the address that providers tell of receipts and answers

Json = dict[str, Any]


def connect_aliyun(stack: LocalStack, name: str, signature: str, templates: Json) -> Driver:
    """SMS over Aliyun, with its receipts and answers. `templates` by their codes, as `Driver.account` takes them."""
    key_id, secret, callback = (_secret(name, what) for what in ("access_key_id", "access_key_secret", CALLBACK))
    _publish(
        stack, name, {"adapter": "sms_aliyun", "url": stack.senders_url}, access_key_id=key_id, access_key_secret=secret, callback=callback
    )
    driver = Driver(stack.senders_url)
    told = {what: f"{stack.api_url}/v1/{path}/{name}/{callback}" for what, path in _TOLD.items()}
    driver.account("aliyun", key_id, secret, signatures=[signature], templates=templates, **told)
    return driver


def connect_jpush(stack: LocalStack, name: str) -> Driver:
    """Push over JPush."""
    app_key, secret = _secret(name, "app_key")[:24], _secret(name, "master_secret")[:24]
    _publish(stack, name, {"adapter": "push_jpush", "url": stack.senders_url}, app_key=app_key, master_secret=secret)
    driver = Driver(stack.senders_url)
    driver.account("jpush", app_key, secret)
    return driver


def connect_webhook(stack: LocalStack, name: str) -> Driver:
    """A receiver of webhooks, which checks how they are signed and keeps what comes."""
    secret = PREFIX + base64.b64encode(hashlib.sha256(f"{name} {SECRET}".encode()).digest()).decode()
    driver = Driver(stack.senders_url)
    address = driver.receiver(name, secret)
    _publish(stack, name, {"adapter": "webhook", "settings": {"address": address}}, **{SECRET: secret})
    return driver


_TOLD: Final = {"receipts_url": "receipts", "replies_url": "sms-replies"}


def _secret(account: str, what: str) -> str:
    """Follows from the account's name: nothing here is worth guessing."""
    return hashlib.sha256(f"{account} {what}".encode()).hexdigest()[:32]


def _publish(stack: LocalStack, name: str, document: Json, **secrets: str) -> None:
    ssm = stack.stage.client("ssm")
    for secret, value in secrets.items():
        parameter = f"/{stack.stage.place.prefix}/providers/{name}/{secret}"
        ssm.put_parameter(Name=parameter, Value=json.dumps([value]), Type="SecureString", Overwrite=True)
    address = f"{stack.api_url}/v1/providers/{name}"
    call(address, stack.api_key, {"title": name, **document}, "PUT")
    call(f"{address}/publish", stack.api_key, {})
