"""Puts definitions from files into a stage, by its API: drafts what differs, then puts it in force, what others refer to first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from typing import Any, Final

from chalicelib.definitions.diff import Edit, Op, diff
from infra.api_client import Call
from infra.definition_files import Filed

KNOWN_BY: Final = (
    "chalicelib.identity.published",
    "chalicelib.campaigns.documents",
    "chalicelib.audiences.publishing",
    "chalicelib.tagging.publishing",  # accounts: they may name segments
    "chalicelib.providers.documents",
    "chalicelib.messages.policy.documents",
    "chalicelib.messages.templates.publishing",
    "chalicelib.notices.publishing",
    "chalicelib.journeys.publishing",
    "chalicelib.replies.publishing",
    "chalicelib.menus.publishing",
)
JOURNEYS: Final = "journeys"
SHOWN: Final = 60  # characters of a value in a line
_OK: Final = 200
_NOT_FOUND: Final = 404

Stored = dict[str, Any]
Place = tuple[str, str]  # (kind, name)


@dataclass(slots=True)
class Importing:
    """One import. `lines` tells what happened, for people; `refused` counts what the service would not take."""

    call: Call
    publish: bool = False
    dry_run: bool = False
    lines: list[str] = field(default_factory=list)
    refused: int = 0

    def run(self, files: Iterable[Filed]) -> None:
        """Imports all of them. Nothing goes in force when one of the drafts is refused."""
        wanted = in_order(list(files))
        drafts = [(one, self._drafted(one)) for one in wanted]
        if self.publish and not self.refused:
            for one, version in drafts:
                self._put_in_force(one, version)

    def _drafted(self, one: Filed) -> int | None:
        """Keeps the file's document as the newest version. The version that is not in force yet; None where there is nothing to do."""
        document, problem = _checked(one)
        if problem is not None and (self.dry_run or problem["status"] == _NOT_FOUND):
            self._refuse(one, problem)
            return None
        status, found = self.call("GET", f"/v1/{one.path}", None)
        if status not in (_OK, _NOT_FOUND):
            self._refuse(one, found)
            return None
        edits = diff(found["document"], document) if status == _OK else None
        if edits == []:
            return self._same(one, found)
        self._tell(one, "new" if edits is None else f"version {found['version'] + 1}")
        self.lines += map(_line, edits or ())
        return None if self.dry_run else self._put(one)

    def _put(self, one: Filed) -> int | None:
        status, made = self.call("PUT", f"/v1/{one.path}", one.document)
        if status == _OK:
            return int(made["version"])
        self._refuse(one, made)
        return None

    def _same(self, one: Filed, found: Stored) -> int | None:
        in_force = found["published_version"] == found["version"]
        self._tell(one, "same" if in_force else f"version {found['version']} is the same, not in force")
        return None if in_force or self.dry_run else int(found["version"])

    def _put_in_force(self, one: Filed, version: int | None) -> None:
        if version is None:
            return
        status, found = self.call("POST", f"/v1/{one.path}/publish?version={version}", None)
        if status == _OK:
            self._tell(one, f"version {version} in force")
        else:
            self._refuse(one, found)

    def _refuse(self, one: Filed, problem: Any) -> None:
        self.refused += 1
        self._tell(one, f"REFUSED, {problem['code']}: {problem['detail']}")
        self.lines += [f"    {fault['path']}: {fault['detail']}" for fault in problem.get("errors", [])]

    def _tell(self, one: Filed, what: str) -> None:
        self.lines.append(f"{one.path:<40} {what}")


def make_kinds_known() -> None:
    """Loads the modules that register kinds of definitions."""
    for module in KNOWN_BY:
        import_module(module)


def in_order(files: Sequence[Filed]) -> list[Filed]:
    """What is referred to before what refers to it; else in the order of the kinds and by name."""
    from chalicelib.definitions.kinds import kinds

    make_kinds_known()
    known = list(kinds())
    ranked = sorted(files, key=lambda one: (known.index(one.kind) if one.kind in known else len(known), one.name))
    by_place = {(one.kind, one.name): one for one in ranked}
    sorter = TopologicalSorter({place: _asked(one, by_place) for place, one in by_place.items()})
    try:
        return [by_place[place] for place in sorter.static_order()]
    except CycleError:  # the service says which
        return ranked


def _asked(one: Filed, places: Iterable[Place]) -> list[Place]:
    """Those of the places that a document refers to; none for a document that the service will refuse."""
    from chalicelib.audiences.kinds import RuleKind
    from chalicelib.audiences.publishing import references
    from chalicelib.errors import HuiliuError

    if one.kind == JOURNEYS:
        return _asked_by_journey(one, places)
    try:
        asked = {(reference.kind.value, reference.name) for reference in references(one.kind, one.document)}
    except HuiliuError:
        return []
    stages = any(kind == RuleKind.LIFECYCLE for kind, _ in asked)  # a stage is named, not the life cycle that has it
    return [place for place in places if place in asked or (stages and place[0] == RuleKind.LIFECYCLE)]


def _asked_by_journey(one: Filed, places: Iterable[Place]) -> list[Place]:
    """All that are no journeys, for templates may refer to anything; of journeys, those that it leads to or begins after."""
    from chalicelib.journeys.definition.naming import entered_in, heard_in

    document, problem = _checked(one)
    if problem is not None:
        return []
    named = {found.name for found in (*entered_in(document), *heard_in(document))}
    return [(kind, name) for kind, name in places if kind != JOURNEYS or name in named]


def _checked(one: Filed) -> tuple[Any, Any]:
    """The document as the service keeps it, and what it will say against it, or None."""
    from chalicelib.definitions.kinds import kind_of
    from chalicelib.errors import HuiliuError
    from chalicelib.problems import problem

    try:
        return kind_of(one.kind).written(one.document), None
    except HuiliuError as error:
        return one.document, problem(error, "")


def _line(edit: Edit) -> str:
    match edit.op:
        case Op.ADD:
            return f"    + {edit.path}: {_shown(edit.new)}"
        case Op.REMOVE:
            return f"    - {edit.path}: {_shown(edit.old)}"
        case Op.REPLACE:
            return f"    ~ {edit.path}: {_shown(edit.old)} -> {_shown(edit.new)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
