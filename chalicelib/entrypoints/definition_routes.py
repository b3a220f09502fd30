"""The routes of definitions, the same for every kind. Nothing that they need is imported before a request asks for it.

routes_of("sources", kinds.SourceDocument)
"""

from functools import partial
from typing import Any, Final

from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions.kinds import declare
from chalicelib.definitions.model import MAX_VERSION
from chalicelib.http import PAGE, Access, Query, Route
from chalicelib.later import later

_VERSION: Final[dict[str, Any]] = {"type": "integer", "minimum": 1, "maximum": MAX_VERSION}
_READ_VERSION: Final = Query("version", "Which version; the latest where it is left out.", _VERSION)
_PUBLISH_VERSION: Final = Query("version", "Which version to put in force; the latest where it is left out.", _VERSION)
_FROM: Final = Query(
    "from",
    "The older version, 0 for nothing at all. Where it is left out: the one in force, or the one before `to` if that is in force.",
    {"type": "integer", "minimum": 0, "maximum": MAX_VERSION},
)
_TO: Final = Query("to", "The newer version; the latest where it is left out.", _VERSION)
_IF_MATCH: Final = Query(
    "If-Match",
    "The ETag of the version that the change is of: refused (412) when it is no longer the latest. `*` for any, if there is one.",
)

_definitions, _history, _backfills, _publishing = (
    later(f"chalicelib.{module}")
    for module in ("entrypoints.definitions", "entrypoints.definition_history", "entrypoints.backfills", "audiences.publishing")
)


def routes_of(kind: str, model: Any) -> tuple[Route, ...]:
    """The routes under `/v1/<kind>`. `model` is the document's, or is so later; the module that it is in registers the kind."""
    declare(kind, model)
    base, one = f"/v1/{kind}", f"/v1/{kind}/{{name}}"
    read, write = (partial(Route, access=access, answer=_definitions.DefinitionAnswer, etag=True) for access in (Access.READ, Access.WRITE))
    return (
        Route("GET", base, _definitions.lists(kind), f"The {kind}", Access.READ, answer=_definitions.DefinitionList, query=PAGE),
        read("GET", one, _definitions.reads(kind), "One version of it", query=(_READ_VERSION,)),
        write("PUT", one, _definitions.drafts(kind, model), "A new draft", body=model, headers=(_IF_MATCH,)),
        write("POST", f"{one}/publish", _definitions.publishes(kind), "Put in force", query=(_PUBLISH_VERSION,)),
        write("POST", f"{one}/archive", _definitions.archives(kind), "Take out of force"),
        *_history_of(kind),
    )


def rules_of(kind: RuleKind) -> tuple[Route, ...]:
    """The routes of a kind of rule."""
    return routes_of(kind.value, _publishing.model_of(kind))


def backfill_of(kind: RuleKind) -> Route:
    """The route that tells how far a rule of the kind applies."""
    path = f"/v1/{kind}/{{name}}/backfill"
    summary = "How far it applies to everybody"
    return Route("GET", path, _backfills.reads(kind.value), summary, Access.READ, answer=_backfills.BackfillShown)


def _history_of(kind: str) -> tuple[Route, ...]:
    """The routes that tell of definitions' past."""
    read = partial(Route, access=Access.READ)
    one = f"/v1/{kind}/{{name}}"
    return (
        read("GET", f"{one}/history", _history.tells(kind), "Who did what to it", answer=_history.DefinitionHistory, query=PAGE),
        read("GET", f"{one}/diff", _history.compares(kind), "What changed", answer=_history.DefinitionDiff, query=(_FROM, _TO, *PAGE)),
    )
