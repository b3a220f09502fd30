"""Puts the secrets of a WeChat account where the lambdas read them, and nowhere else.

    python -m infra.wechat_secrets --stage dev --appid wx77aa00bb11cc22dd               # asks for each; an empty answer changes nothing
    python -m infra.wechat_secrets --stage dev --appid wx77aa00bb11cc22dd < values.json # {"token": "...", "aes_key": "..."}
    python -m infra.wechat_secrets --stage dev --appid wx77aa00bb11cc22dd --only-newest # the replaced ones are no longer accepted

A new value goes in front of the one in force, and both are accepted until `--only-newest`. Works with the AWS credentials of the shell
(AWS_ENDPOINT_URL for a local stack). Prints how many values there are, never the values.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from getpass import getpass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.wechat.secrets import Secret


def main(arguments: Sequence[str]) -> int:
    """Puts what it is given; 0 when it was done, 1 with a message when a value cannot be that secret."""
    options = _parser().parse_args(arguments)
    if options.stage:
        os.environ["HUILIU_STAGE"] = options.stage
    from chalicelib.wechat.cipher import KeyInvalid  # after the stage is set: names of parameters begin with it
    from chalicelib.wechat.secrets import Secret, SecretInvalid

    try:
        given = {} if options.only_newest else _given([*Secret])
        for secret in Secret:
            print(f"{secret}: {_kept(options.appid, secret, given.get(secret, ''), options.only_newest)}")
    except (KeyInvalid, SecretInvalid) as invalid:
        print(invalid, file=sys.stderr)
        return 1
    return 0


def _given(names: Sequence[str]) -> Mapping[str, str]:
    from chalicelib.wechat.secrets import SecretInvalid

    if sys.stdin.isatty():
        return {name: getpass(f"{name} (empty: as it is): ") for name in names}
    try:
        given = json.load(sys.stdin)
    except ValueError:
        raise SecretInvalid("standard input must be a JSON object") from None  # the cause would quote it
    if not isinstance(given, dict) or not given.keys() <= {*names} or not all(isinstance(value, str) for value in given.values()):
        raise SecretInvalid(f"standard input must be an object of texts with the names {', '.join(names)}")
    return given


def _kept(appid: str, secret: "Secret", value: str, only_newest: bool) -> int:
    """Puts a value in front, or leaves only the first; how many there are then."""
    from chalicelib.wechat import secrets

    before = secrets.read(appid, secret)[secret]
    after = before[:1] if only_newest else before
    if value and value not in before[:1]:
        after = (value, *before[:1])
    if after != before:
        secrets.put(appid, secret, after)
    return len(after)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.wechat_secrets", description="Puts the secrets of a WeChat account.")
    parser.add_argument("--stage", help="local, dev or prod; else HUILIU_STAGE")
    parser.add_argument("--appid", required=True, help="the account's appid, the name of its definition")
    parser.add_argument("--only-newest", action="store_true", help="end a replacement: only the newest value is accepted from now on")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
