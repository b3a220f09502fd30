"""What changed from one document to another. Pure.

    diff({"title": "a", "where": {"tag": "x"}}, {"title": "b", "where": {"tag": "x"}})
    # [Edit(op=replace, path="/title", old="a", new="b")]

The edits are those of a JSON Patch (RFC 6902): done in their order they turn the first document into the second. Beside the new value each
holds the old one, for people who read it. In lists, what was put in or taken out does not make the rest look changed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

MAX_ALIGNED: Final = 1000  # entries of a list; of longer ones only the beginning and the end are aligned, else it would take too long


class Op(StrEnum):
    """What an edit does, in the words of RFC 6902."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. `path` is a JSON Pointer (RFC 6901) into the document as the edits before it left it.

    `old` and `new` are None where there was or is nothing.
    """

    op: Op
    path: str
    old: Any = None
    new: Any = None


def diff(old: Any, new: Any) -> list[Edit]:
    """The edits that turn one JSON value into another; none for equal ones. Numbers are equal as JSON writes them: 1 is not 1.0."""
    return list(_edits("", old, new))


def _edits(path: str, old: Any, new: Any) -> Iterator[Edit]:
    if _text(old) == _text(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_edits(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_edits(path, old, new)
    else:
        yield Edit(Op.REPLACE, path, old, new)


def _object_edits(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Edit]:
    for key in sorted(old.keys() | new.keys()):
        place = f"{path}/{_escaped(key)}"
        if key not in new:
            yield Edit(Op.REMOVE, place, old=old[key])
        elif key not in old:
            yield Edit(Op.ADD, place, new=new[key])
        else:
            yield from _edits(place, old[key], new[key])


def _list_edits(path: str, old: list[Any], new: list[Any]) -> Iterator[Edit]:
    """From left to right, so that what stands before the place is as in the new list already."""
    for start, end, at, until in _unequal([_text(one) for one in old], [_text(one) for one in new]):
        both = min(end - start, until - at)
        for offset in range(both):
            yield from _edits(f"{path}/{at + offset}", old[start + offset], new[at + offset])
        for gone in old[start + both : end]:
            yield Edit(Op.REMOVE, f"{path}/{at + both}", old=gone)
        for place in range(at + both, until):
            yield Edit(Op.ADD, f"{path}/{place}", new=new[place])


def _unequal(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    """The parts of two lists that differ, as (start, end) in the old and in the new one."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(before), len(after)) > MAX_ALIGNED or len(set(before)) < len(before) or len(set(after)) < len(after):
        return [(head, len(old) - tail, head, len(new) - tail)]  # repeated entries make the matcher's time cubic
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(head + start, head + end, head + at, head + until) for tag, start, end, at, until in blocks if tag != "equal"]


def _common(one: list[str], two: list[str]) -> int:
    """How many entries are the same at the beginning."""
    return next((place for place, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), min(len(one), len(two)))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
