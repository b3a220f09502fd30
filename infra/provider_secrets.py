"""Puts the secrets of a provider's account where the lambdas read them, and nowhere else.

    python -m infra.provider_secrets --stage dev --account tencent-main --adapter sms_tencent               # asks for each
    python -m infra.provider_secrets --stage dev --account crm --adapter webhook --make                      # makes a signing secret
    python -m infra.provider_secrets --stage dev --account tencent-main --adapter sms_tencent --callback      # makes what it calls us at
    python -m infra.provider_secrets --stage dev --account crm --adapter webhook --only-newest               # ends a replacement
    python -m infra.provider_secrets --stage dev --account tencent-main --adapter sms_tencent < values.json  # {"secret_id": "...", ...}

A new value goes in front of the one in force: webhooks are signed with both until `--only-newest`, providers get the newest. Works with
the AWS credentials of the shell (AWS_ENDPOINT_URL for a local stack). Prints how many values there are, never the values; `--make` and
`--callback` show the one that they made, once, for the receiver and for the provider's console.
"""

import argparse
import base64
import json
import os
import secrets as chance
import sys
from collections.abc import Mapping, Sequence
from getpass import getpass
from typing import Final

_BYTES: Final = 32  # of a made signing secret


def main(arguments: Sequence[str]) -> int:
    """Puts what it is given; 0 when it was done, 1 with a message when that cannot be."""
    options = _parser().parse_args(arguments)
    if options.stage:
        os.environ["HUILIU_STAGE"] = options.stage
    from chalicelib.providers.adapter import CALLBACK
    from chalicelib.providers.adapters import AdapterUnknown, adapter, names  # after the stage is set: names of parameters begin with it
    from chalicelib.providers.credentials import CredentialInvalid

    try:
        known = adapter(options.adapter)
        wanted = (CALLBACK,) if options.callback else (*known.secrets, *known.optional_secrets)
        given = _wanted(options, wanted)
        for name in wanted:
            print(f"{name}: {_kept(options.account, name, given.get(name, ''), options.only_newest)}")
    except AdapterUnknown:
        print(f"there is no such adapter; known are {', '.join(names())}", file=sys.stderr)
        return 1
    except CredentialInvalid as invalid:
        print(invalid, file=sys.stderr)
        return 1
    return 0


def _wanted(options: argparse.Namespace, names: Sequence[str]) -> Mapping[str, str]:
    if options.only_newest:
        return {}
    if options.callback:
        return _made_callback(options.account, *names)
    return _made(names) if options.make else _given(names)


def _made_callback(account: str, name: str) -> Mapping[str, str]:
    value = chance.token_urlsafe(_BYTES)
    print("for the provider's console, shown once, behind the address of the API:")
    print(f"  receipts  /v1/receipts/{account}/{value}\n  replies   /v1/sms-replies/{account}/{value}")
    return {name: value}


def _made(names: Sequence[str]) -> Mapping[str, str]:
    from chalicelib.providers.credentials import CredentialInvalid
    from chalicelib.providers.webhook import PREFIX, SECRET

    if SECRET not in names:
        raise CredentialInvalid("only webhooks have a secret of our making; a provider gives its own")
    value = PREFIX + base64.b64encode(chance.token_bytes(_BYTES)).decode()
    print(f"for the receiver, shown once: {value}")
    return {SECRET: value}


def _given(names: Sequence[str]) -> Mapping[str, str]:
    from chalicelib.providers.credentials import CredentialInvalid

    if sys.stdin.isatty():
        return {name: getpass(f"{name} (empty: as it is): ") for name in names}
    try:
        given = json.load(sys.stdin)
    except ValueError:
        raise CredentialInvalid("standard input must be a JSON object") from None  # the cause would quote it
    if not isinstance(given, dict) or not given.keys() <= {*names} or not all(isinstance(value, str) for value in given.values()):
        raise CredentialInvalid(f"standard input must be an object of texts with the names {', '.join(names)}")
    return given


def _kept(account: str, name: str, value: str, only_newest: bool) -> int:
    """Puts a value in front, or leaves only the first; how many there are then."""
    from chalicelib.providers import credentials

    before = credentials.read(account, (name,)).get(name, ())
    after = before[:1] if only_newest else before
    if value and value not in before[:1]:
        after = (value, *before[:1])
    if after != before:
        credentials.put(account, name, after)
    return len(after)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.provider_secrets", description="Puts the secrets of a provider's account.")
    parser.add_argument("--stage", help="local, dev or prod; else HUILIU_STAGE")
    parser.add_argument("--account", required=True, help="the name of the account's definition")
    parser.add_argument("--adapter", required=True, help="who carries its messages, such as sms_tencent")
    parser.add_argument("--make", action="store_true", help="make a signing secret for a webhook and show it")
    parser.add_argument("--callback", action="store_true", help="make the secret part of the addresses that the provider calls")
    parser.add_argument("--only-newest", action="store_true", help="end a replacement: only the newest value is used from now on")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
