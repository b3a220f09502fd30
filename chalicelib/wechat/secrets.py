"""The secrets of WeChat accounts: SecureStrings in SSM, several values each while one is being replaced. Never logged, never in a table.

    /huiliu-dev/wechat/wx77aa00bb11cc22dd/token      ["new", "old"]

A parameter holds a JSON list or one value per line, newest first. It is encrypted with the account's own key of SSM, so that whoever may
read the parameter needs no further right.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Final

from chalicelib.settings import settings
from chalicelib.wechat.cipher import key_of

CONNECT_SECONDS: Final = 2  # WeChat waits 5 s for an answer
READ_SECONDS: Final = 2


class Secret(StrEnum):
    """What is kept for an account, by the last part of the parameter's name."""

    TOKEN = "token"  # noqa: S105 - a name; signs pushes
    AES_KEY = "aes_key"  # the EncodingAESKey, 43 letters and digits
    APP_SECRET = "app_secret"  # noqa: S105 - a name; for calls to the platform


class SecretInvalid(ValueError):
    """A value that cannot be such a secret; the message does not repeat it."""


def parameter(appid: str, secret: Secret) -> str:
    """The name of the parameter that holds a secret."""
    return f"/{settings().prefix}/wechat/{appid}/{secret}"


def read(appid: str, *secrets: Secret) -> Mapping[Secret, tuple[str, ...]]:
    """The values of secrets, newest first; none for one that is not there. Raises SecretInvalid when a parameter holds no texts."""
    names = {parameter(appid, secret): secret for secret in secrets}
    found = _ssm_client().get_parameters(Names=list(names), WithDecryption=True)["Parameters"]
    values = {names[one["Name"]]: _values(one["Value"]) for one in found}
    return {secret: values.get(secret, ()) for secret in secrets}


def put(appid: str, secret: Secret, values: Sequence[str]) -> None:
    """Keeps the values of a secret, newest first, in place of those before. Raises SecretInvalid, KeyInvalid."""
    if not values or any(not value or value != "".join(value.split()) for value in values):
        raise SecretInvalid(f"{secret} must be a text without blanks")
    if secret is Secret.AES_KEY:
        for value in values:
            key_of(value)
    text = json.dumps(list(values))
    _ssm_client().put_parameter(Name=parameter(appid, secret), Value=text, Type="SecureString", Overwrite=True)


def _values(text: str) -> tuple[str, ...]:
    if not text.lstrip().startswith("["):
        return tuple(text.split())
    try:
        found = json.loads(text)
    except ValueError:
        raise SecretInvalid("a secret's parameter begins like a JSON list and is none") from None  # the cause would quote it
    if not all(isinstance(one, str) for one in found):
        raise SecretInvalid("a secret's parameter must be a list of texts")
    return tuple(found)


@cache
def _ssm_client() -> Any:
    import boto3
    from botocore.config import Config

    retries = {"max_attempts": 1, "mode": "standard"}
    return boto3.client("ssm", config=Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries=retries))
