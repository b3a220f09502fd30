"""What messages to the staff say about the person whom they are about."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.messages.templates.published import Template

_PERSON: Final = "person"


def briefed(template: Template, journey: str, person: str, now: int) -> Json:
    """The `data` of a message about a person: of `data.person` what the template asks for, as other texts have it of `person`."""
    asked = [path[2:] for _, _, path, _ in template.document.asked() if path[:2] == ("data", _PERSON)]
    known = _portrait(person, now) if asked else {}
    return {"journey": journey, _PERSON: {"id": person} | shown(known, asked)}


def shown(known: Mapping[str, Any], asked: Iterable[tuple[str, ...]]) -> Json:
    """Those values that paths lead to. Pure."""
    found: Json = {}
    for path in asked:
        value = _at(known, path)
        if path and value is not None:
            _put(found, path, value)
    return found


def _at(known: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        known = known.get(name) if isinstance(known, Mapping) else None
    return known


def _put(found: Json, path: tuple[str, ...], value: Any) -> None:
    *way, last = path
    for name in way:
        found = found.setdefault(name, {})
    found[last] = value


def _portrait(person: str, now: int) -> Json:
    from chalicelib.audiences.portrait import portrait_of  # for few journeys, and not light
    from chalicelib.people import store

    root = next(iter(store.roots([person]).values()), None)
    return portrait_of(root, now) if root is not None else {}
