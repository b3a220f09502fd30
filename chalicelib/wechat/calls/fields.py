"""Reading the platform's answers: fields that have to be there, in the type that they have to have. Pure."""

from chalicelib.wechat import apis
from chalicelib.wechat.apis import Api, Json


def text(found: Json, name: str, api: Api) -> str:
    """A text that an answer must hold. Raises TryAgain, as for any answer that cannot be read."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise apis.lost(api)
    return value


def optional(found: Json, name: str) -> str:
    """A text, "" when there is none."""
    value = found.get(name)
    return value if isinstance(value, str) else ""


def number(found: Json, name: str) -> int:
    """A whole number, 0 when there is none."""
    value = found.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def part(found: Json, name: str) -> Json:
    """An object, empty when there is none."""
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def parts(found: Json, name: str) -> list[Json]:
    """The objects of a list."""
    value = found.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(found: Json, name: str) -> tuple[str, ...]:
    """The texts of a list."""
    value = found.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def numbers(found: Json, name: str) -> tuple[int, ...]:
    """The whole numbers of a list."""
    value = found.get(name)
    return tuple(one for one in value if isinstance(one, int) and not isinstance(one, bool)) if isinstance(value, list) else ()
