"""Definitions as YAML files: `FOLDER/<kind>/<name>.yaml`, Chinese readable, keys always in the same order, so that git shows what changed.

Read as YAML 1.2 does: `yes`, `on` and `2026-05-20` are texts. A file whose document is the same already is not written again, so that the
comments in it stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

LINE: Final = 120  # characters
SUFFIX: Final = ".yaml"
# What a reader looks for first; all else follows by name.
FIRST: Final = (
    "title",
    "name",
    "value",
    "event",
    "sequence",
    "attribute",
    "tag",
    "score",
    "where",
    "if",
    "then",
    "count",
    "within",
    "rules",
    "bands",
)
_BOOLEANS: Final = re.compile(r"true|True|TRUE|false|False|FALSE")


class FileInvalid(Exception):
    """A file that is no definition: which, and why."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A definition in a file."""

    kind: str
    name: str
    document: Any

    @property
    def path(self) -> str:
        """Where it stands below the folder, without the suffix."""
        return f"{self.kind}/{self.name}"


class _Reader(yaml.SafeLoader):
    """YAML 1.2's idea of booleans, and no dates."""


_Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Reader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEANS, list("tTfF"))


def read_folder(folder: Path) -> Iterator[Filed]:
    """The definitions of a folder, by kind and name. Raises FileInvalid."""
    if not folder.is_dir():
        raise FileInvalid(f"{folder}: there is no such folder")
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        yield Filed(path.parent.name, path.stem, _read(path))


def write_file(folder: Path, one: Filed) -> bool:
    """Writes a definition to its file; False when it says the same already."""
    path = folder / f"{one.path}{SUFFIX}"
    if path.exists() and _read(path) == one.document:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_yaml(one.document), "utf-8")
    return True


def to_yaml(document: Any) -> str:
    """A document as text; `from_yaml` gives it back."""
    text = _dumped(document, allow_unicode=True)
    return text if from_yaml(text) == document else _dumped(document, allow_unicode=False)  # a NEL or the like would not come back


def from_yaml(text: str) -> Any:
    """The document of a text. Raises yaml.YAMLError."""
    return yaml.load(text, _Reader)  # noqa: S506 - a SafeLoader with fewer types


def _dumped(document: Any, *, allow_unicode: bool) -> str:
    return str(yaml.safe_dump(_ordered(document), allow_unicode=allow_unicode, sort_keys=False, width=LINE))


def _read(path: Path) -> Any:
    try:
        return from_yaml(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileInvalid(f"{path}: {error}") from error


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_place)}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _place(key: str) -> tuple[int, str]:
    return (FIRST.index(key) if key in FIRST else len(FIRST), key)
