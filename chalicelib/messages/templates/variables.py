"""The variables that templates may ask for, and why one can never have a value. Pure."""

from typing import Final

from chalicelib.messages.liquid import Path
from chalicelib.messages.templates.filling import ROOTS

PERSON_FIELDS: Final = frozenset({"attributes", "tags", "scores", "bands", "segments", "stage"})
EVENT_FIELDS: Final = frozenset({"name", "time", "properties"})
_WHOLE: Final = frozenset({("person", "stage"), ("event", "name"), ("event", "time")})  # one value, with nothing below


def fault_of(asked: Path) -> str:
    """Why a variable can never have a value, or ""."""
    shown = ".".join(asked)
    match asked:
        case ("person", field, *rest) if field in PERSON_FIELDS:
            return _below(asked, rest, shown)
        case ("person", *_):
            return f"{shown} is not known: a person has {', '.join(sorted(PERSON_FIELDS))}"
        case ("event", field, *rest) if field in EVENT_FIELDS:
            return _below(asked, rest, shown)
        case ("event", *_):
            return f"{shown} is not known: an event has {', '.join(sorted(EVENT_FIELDS))}"
        case ("entry" | "data", *rest):
            return "" if rest else f"{shown} is many things; name one of them, as in {shown}.NAME"
    return f"{shown} is not known: variables begin with {', '.join(f'{root}.' for root in ROOTS)}"


def fault_for_many(asked: Path) -> str:
    """Why a text that is the same for many may not ask for a variable, or ""."""
    return fault_of(asked) if asked[:1] == ("data",) else "a mass message is the same for everybody: it may show data. only"


def _below(asked: Path, rest: list[str], shown: str) -> str:
    if bool(rest) == (asked[:2] not in _WHOLE):
        return ""
    return f"{shown} is not known: {'.'.join(asked[:2])} is one value" if rest else f"{shown} is many things; name one, as in {shown}.NAME"
