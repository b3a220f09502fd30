"""Makes and ends keys from the command line: the first API key of a stage cannot come from the API.

    python -m infra.keys create --scopes read,write,admin --label operator
    python -m infra.keys create --source shop [--project default] [--third-party] [--text TOKEN]
    python -m infra.keys revoke ID

Works on the stage of HUILIU_STAGE or --stage, with the AWS credentials of the shell (AWS_ENDPOINT_URL for a local stack). A source
that is not there yet is made and published. Prints one JSON object; a new key's text is in it, and nowhere else.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from time import time
from typing import Any, Final

OPERATOR: Final = "command-line"  # what stands as `created_by`


def main(arguments: Sequence[str]) -> int:
    """Runs one command; 0 when it was done, 1 with a message when it was refused."""
    options = _parser().parse_args(arguments)
    if options.stage:
        os.environ["HUILIU_STAGE"] = options.stage
    from chalicelib.errors import HuiliuError  # after the stage is set: table names are read at import

    try:
        print(json.dumps(_run(options, int(time() * 1000)), ensure_ascii=False))
    except HuiliuError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace, now: int) -> dict[str, Any]:
    from chalicelib.access import keys
    from chalicelib.access.model import Scope

    if options.command == "revoke":
        return asdict(keys.revoke_key(options.id, at=now))
    if options.source:
        _ensure_source(options, now)
        made = keys.create_write_key(options.source, by=OPERATOR, at=now, label=options.label, text=options.text)
    else:
        made = keys.create_api_key([Scope(one) for one in options.scopes], by=OPERATOR, at=now, label=options.label)
    return {**asdict(made.key), "key": made.text}


def _ensure_source(options: argparse.Namespace, now: int) -> None:
    from chalicelib.definitions import store
    from chalicelib.definitions.kinds import SOURCES

    if store.published(SOURCES, options.source) is None:
        document = {"title": options.label, "third_party": options.third_party, "projects": options.project}
        store.draft(SOURCES, options.source, document, by=OPERATOR, at=now)
        store.publish(SOURCES, options.source, by=OPERATOR, at=now)


def _scopes(text: str) -> list[str]:
    scopes = text.split(",")
    if not {"read", "write", "admin"}.issuperset(scopes):
        raise argparse.ArgumentTypeError("one or more of read,write,admin")
    return scopes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.keys", description="Makes and ends keys.")
    parser.add_argument("--stage", help="local, dev or prod; else HUILIU_STAGE")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="makes a key and prints it once")
    owner = create.add_mutually_exclusive_group(required=True)
    owner.add_argument("--scopes", type=_scopes, help="an API key with these scopes: read,write,admin")
    owner.add_argument("--source", help="a write key for this source")
    create.add_argument("--label", default="", help="what the key is for")
    create.add_argument("--text", help="for a write key: the token that clients already send")
    create.add_argument("--project", action="append", default=[], help="for a new source: a Sensors project that is credited to it")
    create.add_argument("--third-party", action="store_true", help="for a new source: somebody else collects the data")
    revoke = commands.add_parser("revoke", help="ends a key")
    revoke.add_argument("id", help="the key's id")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
