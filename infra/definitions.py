"""Definitions to files and back, by the API: sources, identity rules, scores, tags, segments, the life cycle, derived attributes.

    make export TO=definitions                  # what is in force, as definitions/<kind>/<name>.yaml
    make import FROM=docs/examples              # drafts what differs and puts it in force
    python -m infra.definitions import --stage dev --publish --dry-run definitions     # only tells what would change

The API is that of HUILIU_API_URL with the key in HUILIU_API_KEY; for the stage `local`, without them, that of the running local stack.
Exit code 0: done. 1: something was refused, as the lines say. 2: there is nothing to work with.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from infra.api_client import Call, NoApi, api_of
from infra.definition_files import Filed, FileInvalid, read_folder, write_file
from infra.definition_import import Importing
from infra.stage import STAGES

_PAGE: Final = 200


class Refused(Exception):
    """The API would not answer a question."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        api = api_of(options.stage)
        return export(api, options.to, options.latest) if options.command == "export" else _import(api, options)
    except (NoApi, FileInvalid, Refused) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 2


def export(call: Call, folder: Path, latest: bool = False) -> int:
    """Writes every definition in force to its file (with `latest` the newest version of all that are not archived)."""
    written = total = 0
    for one in stored(call, latest):
        total += 1
        if write_file(folder, one):
            written += 1
            print(f"{one.path:<40} written")
    print(f"{total} definitions, {written} files written")
    return 0


def stored(call: Call, latest: bool = False) -> Iterator[Filed]:
    """The definitions of all kinds. Raises Refused."""
    from chalicelib.definitions.kinds import kinds
    from infra.definition_import import make_kinds_known

    make_kinds_known()
    for kind in kinds():
        for listed in _listed(call, kind):
            version = listed["version"] if latest and listed["state"] != "archived" else listed["published_version"]
            if version is not None:
                found = _answer(call, f"/v1/{kind}/{listed['name']}?version={version}")
                yield Filed(kind, listed["name"], found["document"])


def _listed(call: Call, kind: str) -> Iterator[Any]:
    cursor = ""
    while cursor is not None:
        page = _answer(call, f"/v1/{kind}?limit={_PAGE}&cursor={cursor}")
        yield from page["items"]
        cursor = page["next"]


def _answer(call: Call, path: str) -> Any:
    status, found = call("GET", path, None)
    if status != 200:  # noqa: PLR2004 - OK
        raise Refused(f"GET {path}: {found['code']}: {found['detail']}")
    return found


def _import(call: Call, options: argparse.Namespace) -> int:
    importing = Importing(call, options.publish, options.dry_run)
    importing.run(read_folder(options.folder))
    print("\n".join(importing.lines))
    if importing.refused:
        print(f"{importing.refused} refused" + ("" if options.dry_run else "; see above for what was done"), file=sys.stderr)
    return 1 if importing.refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.definitions", description="Definitions to files and back, by the API.")
    commands = parser.add_subparsers(dest="command", required=True)
    out = commands.add_parser("export", help="writes what is in force to files")
    out.add_argument("--to", type=Path, required=True, help="the folder")
    out.add_argument("--latest", action="store_true", help="the newest versions, drafts too, instead of those in force")
    into = commands.add_parser("import", help="drafts what differs in files")
    into.add_argument("folder", type=Path)
    into.add_argument("--publish", action="store_true", help="puts it in force as well")
    into.add_argument("--dry-run", action="store_true", help="only tells what would change")
    for command in (out, into):
        command.add_argument("--stage", default="local", choices=STAGES)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
