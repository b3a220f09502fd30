"""Rules over HTTP: the routes of definitions for each kind of rule."""

from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.publishing import model_of
from chalicelib.entrypoints import definitions
from chalicelib.http import Route


def routes_of(kind: RuleKind) -> tuple[Route, ...]:
    """The routes under `/v1/<kind>`."""
    return definitions.routes_of(kind.value, model_of(kind))
