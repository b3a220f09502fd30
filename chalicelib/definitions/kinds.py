"""The kinds of definitions: what their documents look like, and which names a published one holds for itself.

Rooms register their own kinds (`register("identity-rules", IdentityRules)`); nothing here knows of them. The table of routes declares all
kinds, so that each is there when it is asked for, whatever a lambda has imported.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.errors import DocumentInvalid, NotFound
from chalicelib.later import found
from chalicelib.problems import faults_of

SOURCES: Final = "sources"
MAX_PROJECTS: Final = 40  # old and new ones change in one transaction of at most 100 items

Claims = Callable[[Any], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen to a definition: `version` with `document` goes in force; None and None take it out. `at` is epoch ms, `by`
    a key's id.
    """

    kind: str
    name: str
    version: int | None
    document: dict[str, Any] | None
    at: int
    by: str = ""


class Writing(Protocol):
    """Items that are written together or not at all."""

    def save(self, model: Any, condition: Any = None) -> None:
        """Adds an item, and what has to hold of the one that is there."""


Write = Callable[[Writing], None]
Also = Callable[[Change], Write]
After = Callable[[int], None]


def _claims_nothing(_: Any) -> Iterable[str]:
    return ()


def _nothing_else(_: Change) -> Write:
    return lambda _: None


def _nothing_after(_: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of definition. `claims` names what a published document holds for itself: no two published definitions share a claim.

    `also` is asked before a definition goes in force or out of it. It refuses the change by raising a HuiliuError, or returns what has to
    be written in the same transaction. `after` is called with the time (epoch ms) when it was written, and also when somebody asks for
    what is so already: whoever died before it asks again.
    """

    name: str
    model: type[BaseModel]
    claims: Claims = _claims_nothing
    also: Also = _nothing_else
    after: After = _nothing_after

    def checked(self, document: Any) -> BaseModel:
        """The document as its model. Raises DocumentInvalid with the places."""
        try:
            return self.model.model_validate(document)
        except ValidationError as error:
            raise DocumentInvalid("the document breaks the contract in the places named in `errors`", faults_of(error)) from error

    def written(self, document: Any) -> dict[str, Any]:
        """The document as it is kept: what its author wrote, without defaults, so that later ones reach it. Raises DocumentInvalid."""
        kept: dict[str, Any] = json.loads(self.checked(document).model_dump_json(by_alias=True, exclude_unset=True))
        return kept


_kinds: dict[str, Kind] = {}
_declared: dict[str, Any] = {}


def declare(name: str, model: Any) -> None:
    """Says where a kind comes from: `model` is its documents' model, or is so later (see later.py). Finding it registers the kind."""
    _declared[name] = model


def register(
    name: str, model: type[BaseModel], claims: Claims = _claims_nothing, also: Also = _nothing_else, after: After = _nothing_after
) -> None:
    """Makes a kind known. Doing it again with the same name replaces it."""
    _kinds[name] = Kind(name, model, claims, also, after)


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises NotFound."""
    if name not in _kinds:
        found(_declared.get(name))
    try:
        return _kinds[name]
    except KeyError:
        raise NotFound(f"there are no definitions of the kind {name}") from None


def kinds() -> tuple[str, ...]:
    """The names of all kinds, in the order in which they were made known."""
    for model in _declared.values():
        found(model)
    return tuple(_kinds)


class SourceDocument(BaseModel):
    """Where events come from: a shop, a mini program, a till. Its write keys are made under `/v1/keys`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "官网", "third_party": False, "projects": ["default"]}]},
    )

    title: str = Field(default="", max_length=200)
    third_party: bool = Field(
        default=False,
        description="Whether somebody else collects the data (a marketplace, a form service, a file). Phones and mail addresses from there "
        "count as unverified: they find a person but do not join two.",
    )
    projects: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default=[],
        max_length=MAX_PROJECTS,
        description="Sensors project names whose requests without a key are credited to this source. One project belongs to one source.",
    )


def _projects(document: SourceDocument) -> Iterable[str]:
    return document.projects


register(SOURCES, SourceDocument, _projects)
