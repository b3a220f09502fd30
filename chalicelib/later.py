"""What is imported when it is first used, so that a lambda that serves one route does not pay for the imports of all of them.

    people = later("chalicelib.entrypoints.people")
    route = Route("GET", "/v1/people/{id}", people.get_person, ...)     # nothing is imported yet
    found(route.handler)                                                # now it is

A name that is not there shows when it is looked for; a test looks for all of them.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Later:
    """A name of a module; with `arguments` (a tuple, in which Laters may stand) what it returns when it is called with them."""

    module: str
    name: str
    arguments: tuple[Any, ...] | None = field(default=None)

    def __call__(self, *arguments: Any) -> "Later":
        """The result of a call that is made when it is needed."""
        return Later(self.module, self.name, arguments)


class LaterModule:
    """A module of which every name is a Later."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Later:
        return Later(self._module, name)


def later(module: str) -> Any:
    """The module's names, none of which is looked for before it is used."""
    return LaterModule(module)


def found(thing: Thing) -> Thing:
    """What a Later stands for; anything else is what it is. Raises ImportError, AttributeError when it is not there."""
    return _found(thing) if isinstance(thing, Later) else thing


@cache
def _found(thing: Later) -> Any:
    value = getattr(import_module(thing.module), thing.name)
    return value if thing.arguments is None else value(*map(found, thing.arguments))
