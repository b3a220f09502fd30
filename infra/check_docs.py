"""Holds the documents to the project: every `make` command in them exists, and every file that they link to is there."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.paths import ROOT

_TARGET: Final = re.compile(r"^([a-z][a-z0-9-]*):", re.MULTILINE)
_COMMAND: Final = re.compile(r"(?:^\s*(?:\$ )?|`)make ([a-z][a-z0-9-]*)", re.MULTILINE)
_LINK: Final = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def main() -> None:
    """Prints what is wrong and exits 1, or says nothing."""
    faults = [fault for path in documents(ROOT) for fault in faults_in(path, ROOT)]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


def documents(root: Path) -> Iterator[Path]:
    """The project's documents: Markdown at the top and under docs/."""
    yield from sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def faults_in(path: Path, root: Path) -> Iterator[str]:
    """What a document promises and the project does not have."""
    text = path.read_text("utf-8")
    targets = set(_TARGET.findall((root / "Makefile").read_text("utf-8")))
    for command in sorted(set(_COMMAND.findall(text)) - targets):
        yield f"{path.relative_to(root)}: there is no `make {command}`"
    for link in sorted(set(_LINK.findall(text))):
        if not (path.parent / link).exists():
            yield f"{path.relative_to(root)}: there is no file {link}"


if __name__ == "__main__":
    main()
