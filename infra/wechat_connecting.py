"""Connects an account of the local WeChat with a local stack, as an operator and the platform's console do it together.

The account is published, its secrets go to the emulator's Parameter Store, and the platform checks the address before it keeps it.
"""

import base64
import hashlib
import json
from typing import Any, Final

from chalicelib.wechat.secrets import Secret
from infra.local_stack import LocalStack, call
from infra.local_wechat.driver import Driver

_KEY_LETTERS: Final = 43  # of an EncodingAESKey


def connect(stack: LocalStack, appid: str, document: dict[str, Any]) -> Driver:
    """Makes the account of an `accounts` document work in both. Its secrets follow from its appid: nothing here is worth guessing.

    Raises NotVerified when the address does not answer the platform.
    """
    secrets = secrets_of(appid)
    for secret, value in secrets.items():
        _put(stack, appid, secret, value)
    call(f"{stack.api_url}/v1/accounts/{appid}", stack.api_key, document, "PUT")
    call(f"{stack.api_url}/v1/accounts/{appid}/publish", stack.api_key, {})
    driver = Driver(stack.providers_url)
    told = {name: document[name] for name in ("mode", "open_platform") if name in document}
    given = {"token": secrets[Secret.TOKEN], "aes_key": secrets[Secret.AES_KEY], "secret": secrets[Secret.APP_SECRET]}
    driver.account(appid, document["type"], callback_url=f"{stack.api_url}/wechat/{appid}", **given, **told)
    return driver


def secrets_of(appid: str) -> dict[Secret, str]:
    """What the account signs, encrypts and calls with."""
    return {
        Secret.TOKEN: _letters(appid, "token")[:32],
        Secret.AES_KEY: _letters(appid, "aes_key")[:_KEY_LETTERS],
        Secret.APP_SECRET: hashlib.sha256(f"{appid} app_secret".encode()).hexdigest()[:32],
    }


def _letters(appid: str, what: str) -> str:
    """Letters and digits."""
    return base64.b32encode(hashlib.sha256(f"{appid} {what}".encode()).digest()).decode().rstrip("=")


def _put(stack: LocalStack, appid: str, secret: Secret, value: str) -> None:
    name = f"/{stack.stage.place.prefix}/wechat/{appid}/{secret}"
    stack.stage.client("ssm").put_parameter(Name=name, Value=json.dumps([value]), Type="SecureString", Overwrite=True)
