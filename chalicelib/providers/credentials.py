"""The secrets of providers' accounts: SecureStrings in SSM, newest value first. Never logged, never in a table; half a minute old at most.

/huiliu-dev/providers/tencent-main/secret_key      ["new", "old"]

A parameter holds a JSON list or one value per line.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from chalicelib.access.cache import LookupCache
from chalicelib.settings import settings

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 3
KEPT_SECONDS: Final = 30.0  # `connected` keeps what was read for as long again
KEPT_ENTRIES: Final = 200
MAX_SECRETS: Final = 10  # of one account; SSM gives no more at once


class CredentialInvalid(ValueError):
    """A value that cannot be a secret; the message does not repeat it."""


def parameter(account: str, name: str) -> str:
    """The name of the parameter that holds a secret."""
    return f"/{settings().prefix}/providers/{account}/{name}"


def read(account: str, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The values of an account's secrets, newest first; nothing for one that is not there. Raises CredentialInvalid."""
    return _kept.get((account, tuple(names))) if names else {}


def put(account: str, name: str, values: Sequence[str]) -> None:
    """Keeps the values of a secret, newest first, in place of those before. Raises CredentialInvalid."""
    if not values or any(not value or value != "".join(value.split()) for value in values):
        raise CredentialInvalid(f"{name} must be a text without blanks")
    text = json.dumps(list(values))
    _ssm_client().put_parameter(Name=parameter(account, name), Value=text, Type="SecureString", Overwrite=True)


def forget() -> None:
    """Reads anew at the next use."""
    _kept.clear()


def _load(key: tuple[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    account, names = key
    wanted = {parameter(account, name): name for name in names[:MAX_SECRETS]}
    found = _ssm_client().get_parameters(Names=list(wanted), WithDecryption=True)["Parameters"]
    return {wanted[one["Name"]]: _values(one["Value"]) for one in found}


def _values(text: str) -> tuple[str, ...]:
    if not text.lstrip().startswith("["):
        return tuple(text.split())
    try:
        found = json.loads(text)
    except ValueError:
        raise CredentialInvalid("a secret's parameter begins like a JSON list and is none") from None  # the cause would quote it
    if not all(isinstance(one, str) for one in found):
        raise CredentialInvalid("a secret's parameter must be a list of texts")
    return tuple(found)


_kept: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)


@cache
def _ssm_client() -> Any:
    import boto3
    from botocore.config import Config

    retries = {"max_attempts": 1, "mode": "standard"}
    return boto3.client("ssm", config=Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries=retries))
