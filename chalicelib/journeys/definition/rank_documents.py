"""By what the people whom the calendar brings in are ranked, as documents write it. Pydantic: a wrong one is refused with the place.

{"by": {"attribute": "read-7d"}, "order": "desc", "missing": "out"}
"""

from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.operands import Clause
from chalicelib.broadcasts.ranking import By, Direction, Missing, Ranking
from chalicelib.journeys.definition.event_documents import by_shape

RANKED: Final = frozenset({"rank", "ranked", "value"})  # what whoever is ranked brings along


class ByScore(Clause):
    """By a score in force."""

    score: Name


class ByAttribute(Clause):
    """By an attribute that is a number, derived as a rule."""

    attribute: Name


class RankClause(Clause):
    """Everybody's rank among those who are brought in: `entry.properties.rank` of `.ranked`, with the `.value`. Equals share a rank."""

    by: Annotated[ByScore | ByAttribute, by_shape({"score": ByScore, "attribute": ByAttribute}, "what people are ranked by")]
    order: Annotated[Direction, Field(description="`desc`: whoever has most is the first.")] = Direction.DESC
    missing: Annotated[Missing, Field(description="People without a value: `last` of all, or `out`: they do not come in.")] = Missing.OUT


def ranking_of(document: dict[str, Any]) -> Ranking:
    """The ranking of a checked document."""
    kind, name = next(iter(document["by"].items()))
    return Ranking(By(kind), name, Direction(document.get("order", Direction.DESC)), Missing(document.get("missing", Missing.OUT)))


def question_of(document: dict[str, Any]) -> dict[str, Any]:
    """A condition that nobody asks for, so that what people are ranked by has to be there and to stay."""
    kind, name = next(iter(document["by"].items()))
    return {"score": name, "gte": 0} if kind == By.SCORE else {"attribute": name, "exists": True}
