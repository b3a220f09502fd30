"""Regular expressions that an operator may write: only such as no text can keep busy for long. Pure.

Python's engine tries one way through the text after the other. How many ways there can be is known from the pattern: every repeat of
variable length and every alternative multiplies them, and a search may begin at each character. So the product is bounded, and what
makes it grow beyond counting (repeats of what itself varies, references to groups, look-around) is refused.
"""

import re
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

_parser: Final[Any] = import_module("re._parser")  # the tree of a pattern; the public module has no way to it
MAX_PATTERN: Final = 200  # characters of a pattern
MAX_SEARCHED: Final = 1000  # characters of a text that are searched; what comes after them is not seen
MAX_GROUPS: Final = 20
MAX_UNBOUNDED: Final = 2  # repeats without an upper end
MAX_WAYS: Final = 2_000_000  # ways through the longest text; some 20 ms at worst
_FLAGS: Final = re.UNICODE | re.IGNORECASE
_STARTS: Final = (_parser.AT_BEGINNING, _parser.AT_BEGINNING_STRING)
_SINGLE: Final = (_parser.LITERAL, _parser.NOT_LITERAL, _parser.ANY, _parser.IN, _parser.AT)
_REPEATS: Final = (_parser.MAX_REPEAT, _parser.MIN_REPEAT)


class _Unsafe(ValueError):
    """The pattern is not taken, and why."""


def searches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the first 1,000 characters of the text."""
    return _compiled(pattern).search(text[:MAX_SEARCHED]) is not None


def fault_of_pattern(pattern: str) -> str | None:
    """Why a pattern is not taken, or None."""
    if len(pattern) > MAX_PATTERN:
        return f"a pattern may have {MAX_PATTERN} characters at most"
    if pattern.count("(") > MAX_GROUPS:
        return f"a pattern may have {MAX_GROUPS} groups at most"
    try:
        _check(_parser.parse(pattern))
    except _Unsafe as unsafe:
        return str(unsafe)
    except (re.error, OverflowError) as error:
        return f"not a regular expression: {error}"
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _check(tree: Any) -> None:
    if tree.state.flags & ~_FLAGS:
        raise _Unsafe("of the flags only (?i) may be set")
    if tree.getwidth()[0] > MAX_SEARCHED:
        raise _Unsafe(f"the pattern needs more than the {MAX_SEARCHED} characters that are searched")
    if _unbounded(tree) > MAX_UNBOUNDED:
        raise _Unsafe(f"at most {MAX_UNBOUNDED} repeats without an upper end (*, +, {{n,}}) are taken")
    anchored = bool(tree.data) and tree.data[0][0] is _parser.AT and tree.data[0][1] in _STARTS
    if _ways(tree) * (1 if anchored else MAX_SEARCHED) > MAX_WAYS:
        hint = "" if anchored else " or begin it with ^, and leave out .* at its start"
        raise _Unsafe(f"the pattern can match in too many ways: give its repeats an upper end such as {{0,20}}{hint}")


def _unbounded(tree: Any) -> int:
    """How many repeats without an upper end there are."""
    found = 0
    for operation, argument in tree.data:
        if operation in _REPEATS:
            found += (argument[1] is _parser.MAXREPEAT) + _unbounded(argument[2])
        elif operation is _parser.SUBPATTERN:
            found += _unbounded(argument[3])
        elif operation is _parser.BRANCH:
            found += sum(map(_unbounded, argument[1]))
    return found


def _ways(tree: Any) -> int:
    """In how many ways a sequence may go through a text, from one start."""
    product = 1
    for operation, argument in tree.data:
        product *= _ways_of(operation, argument)
        if product > MAX_WAYS:
            return product  # no need to count on: numbers of thousands of digits take time as well
    return product


def _ways_of(operation: Any, argument: Any) -> int:
    if operation in _SINGLE:
        return 1
    if operation in _REPEATS:
        return _ways_of_repeat(*argument)
    if operation is _parser.BRANCH:
        return sum(map(_ways, argument[1]))
    if operation is _parser.SUBPATTERN:
        _, added, removed, inner = argument
        if (added | removed) & ~re.IGNORECASE:
            raise _Unsafe("of the flags only (?i) may be set")
        return _ways(inner)
    raise _Unsafe("look-around, references to groups and possessive repeats are not taken")


def _ways_of_repeat(least: int, most: int, body: Any) -> int:
    ways = _ways(body)
    if least == most:
        return min(ways, MAX_WAYS) ** min(least, MAX_SEARCHED) if ways > 1 else 1
    if ways > 1:
        raise _Unsafe("a repeat of what itself varies, such as (a+)+ or (ab|c)*, is not taken")
    return min(most - least + 1, MAX_SEARCHED)
