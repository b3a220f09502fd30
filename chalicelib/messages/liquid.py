"""Liquid in texts: `{{ person.attributes.city | default: "你好" }}`. What is unknown is found when a text is written; what is missing when
it is sent is left empty, and no braces are ever sent. Pure.

Only `rendered` and `Template` import the library, for texts that hold Liquid at all: it costs 50 ms of CPU. Its parts for translations and
for files are not wanted and would bring 30 MB of calendars; stand-ins take their places (see `_library`).
"""

import importlib.resources
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, wraps
from types import ModuleType
from typing import Any, Final

MAX_LOOPS: Final = 500  # rounds of all loops of a text together
MAX_OUTPUT_BYTES: Final = 16_384
MAX_LOCALS_BYTES: Final = 65_536
MAX_TEMPLATE: Final = 4_000  # characters
_OPENINGS: Final = ("{{", "{%")
_FORBIDDEN_TAGS: Final = ("include", "render", "tablerow", "cycle", "increment", "decrement", "ifchanged")
_DEFAULT: Final = "default"
_UNDEFINED: Final = " is undefined"  # what the library says after the path
# What filters of the library raise for values that they did not expect, beside its own errors: true in a sum, 1.5 modulo 0.
_STUMBLES: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

Path = tuple[str, ...]


class LiquidInvalid(ValueError):
    """A text that is no Liquid; the sentence says what is wrong."""


class VariableMissing(ValueError):
    """A variable without a default that a text shows has no value; the message is its path (`data.orders`)."""


class Values(dict[str, Any]):
    """Values by name; as a text it is empty, for the braces of an object are nothing that a person should read."""

    def __str__(self) -> str:
        return ""


def is_template(text: str) -> bool:
    """Whether the text holds Liquid."""
    return any(opening in text for opening in _OPENINGS)


def paths(text: str) -> Mapping[Path, bool]:
    """The variables that a text asks for (`("person", "tags", "vip")`), and whether each has a `default` wherever it is shown.

    What follows an index that is a variable itself is left out. Raises LiquidInvalid.
    """
    return _paths(text) if is_template(text) else {}


def rendered(text: str, values: Mapping[str, Any]) -> str:
    """The text with its variables filled in. What fails while it is filled in leaves the whole text empty rather than half of it."""
    if not is_template(text):
        return text
    library = _library()
    try:
        shown: str = _template(text).render(**{name: guarded(value) for name, value in values.items()})
    except (library.exceptions.LiquidError, *_STUMBLES):
        return ""
    return shown


def strict(text: str, values: Mapping[str, Any]) -> str:
    """The text with all its variables filled in; what a filter makes of nothing is nothing. `values` are what `known` has made.

    Raises VariableMissing for a variable that is shown, has no value and no default, LiquidInvalid when filling in fails.
    """
    if not is_template(text):
        return text
    library = _library()
    try:
        shown: str = _strict_template(text).render(**values)
    except library.exceptions.UndefinedError as error:
        raise VariableMissing(str(error.args[0]).removesuffix(_UNDEFINED).strip("'")) from error
    except library.exceptions.LiquidError as error:
        raise LiquidInvalid(str(error).splitlines()[0]) from error
    except _STUMBLES as error:  # without its words: they hold the value
        raise LiquidInvalid(f"a filter cannot do anything with what it was given ({type(error).__name__})") from error
    return shown


def known(value: Any) -> Any:
    """A value as `guarded`, without the names and places that stand for nothing: null is as good as missing."""
    if isinstance(value, Mapping):
        return Values({str(name): known(one) for name, one in value.items() if one is not None})
    if isinstance(value, list | tuple):
        return [known(one) for one in value if one is not None]
    return value


def guarded(value: Any) -> Any:
    """A value whose objects show nothing when a text asks for a whole one of them."""
    if isinstance(value, Mapping):
        return Values({str(name): guarded(one) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return [guarded(one) for one in value]
    return value


@lru_cache(maxsize=512)
def _template(text: str) -> Any:
    library = _library()
    try:
        return _environment().from_string(text)
    except library.exceptions.LiquidError as error:
        raise LiquidInvalid(str(error).splitlines()[0]) from error


@lru_cache(maxsize=512)
def _strict_template(text: str) -> Any:
    return _strict_environment().from_string(text)


@lru_cache(maxsize=512)
def _paths(text: str) -> Mapping[Path, bool]:
    if len(text) > MAX_TEMPLATE:
        raise LiquidInvalid(f"a text with Liquid may have {MAX_TEMPLATE} characters at most")
    template = _template(text)
    found = template.analyze(include_partials=False)
    if unknown := sorted(found.filters.keys() - _environment().filters.keys()):
        raise LiquidInvalid(f"there is no filter {unknown[0]}")
    asked = {_path(one.segments) for several in found.globals.values() for one in several}
    excused, bare = _shown(template)
    return {path: path in excused and path not in bare for path in sorted(asked)}


def _path(segments: Any) -> Path:
    found: list[str] = []
    for segment in segments:
        if isinstance(segment, list):
            break
        found.append(str(segment))
    return tuple(found)


def _shown(template: Any) -> tuple[set[Path], set[Path]]:
    """The paths that stand before a `default`, and those that stand somewhere without one."""
    excused: set[Path] = set()
    bare: set[Path] = set()
    for expression in _expressions(template):
        filters = {one.name for one in getattr(expression, "filters", None) or ()}
        left = getattr(expression, "left", None)
        path = _path_of(left)
        if path and _DEFAULT in filters:
            excused.add(path)
        elif path:
            bare.add(path)
    return excused, bare


def _expressions(template: Any) -> Iterator[Any]:
    library = _library()
    context = library.RenderContext(template)
    waiting = list(template.nodes)
    while waiting:
        node = waiting.pop()
        yield from node.expressions()
        waiting.extend(node.children(context, include_partials=False))


def _path_of(expression: Any) -> Path:
    """The path of an expression that is a variable and nothing else."""
    segments = getattr(expression, "path", None)
    return _path([str(one) if isinstance(one, str | int) else [] for one in segments]) if isinstance(segments, list | tuple) else ()


@cache
def _strict_environment() -> Any:
    """As the other, with filters that pass nothing on as nothing; where it is shown, it raises."""
    import liquid.undefined

    made = type(_environment())(undefined=liquid.undefined.FalsyStrictUndefined)
    made.tags, made.filters = _environment().tags, {}
    for name, function in _environment().filters.items():
        made.filters[name] = _careful(function, liquid.undefined.is_undefined, itself=name == _DEFAULT)
    return made


def _careful(function: Callable[..., Any], missing: Callable[[Any], bool], *, itself: bool) -> Callable[..., Any]:
    """A filter that answers with what is missing among what it is given; `default` takes a missing value and looks at the rest only."""

    @wraps(function)
    def careful(value: Any, *args: Any, **more: Any) -> Any:
        seen = args if itself else (value, *args)
        return next((one for one in seen if missing(one)), None) if any(map(missing, seen)) else function(value, *args, **more)

    return careful


@cache
def _environment() -> Any:
    limits = {
        "loop_iteration_limit": MAX_LOOPS,
        "output_stream_limit": MAX_OUTPUT_BYTES,
        "local_namespace_limit": MAX_LOCALS_BYTES,
    }
    made = type("Bounded", (_library().Environment,), limits)()
    for tag in _FORBIDDEN_TAGS:
        made.tags.pop(tag, None)
    return made


@cache
def _library() -> Any:
    """The library, without what its `__init__` imports for others: filters of babel and pytz, message catalogues, templates in packages."""
    for name, parts in _STAND_INS.items():
        if name not in sys.modules:
            module = ModuleType(name)
            vars(module).update(parts)
            sys.modules[name] = module
    sys.modules.setdefault("importlib_resources", importlib.resources)
    import liquid

    return liquid


def _nothing(*_: Any, **__: Any) -> None:
    return None


_STAND_INS: Final[Mapping[str, Mapping[str, Callable[..., Any] | type]]] = {
    "liquid.extra": {"add_tags_and_filters": _nothing},
    "liquid.messages": {"MessageTuple": tuple, "Translations": object, "extract_from_template": _nothing},
}
