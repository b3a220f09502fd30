"""Ranks of a broadcast's people over HTTP: what they are ranked by."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from chalicelib.audiences.kinds import RuleKind
from chalicelib.broadcasts.ranking import FIELDS, By, Direction, Missing, Ranking
from chalicelib.definitions.model import MAX_NAME_LENGTH, NAME_PATTERN
from chalicelib.entrypoints.in_force import in_force
from chalicelib.errors import Fault, NotFound
from chalicelib.events.model import Json

_KINDS: Final = {By.SCORE: RuleKind.SCORES, By.ATTRIBUTE: RuleKind.DERIVED}

Name = Annotated[StrictStr, Field(pattern=rf"^{NAME_PATTERN.pattern}$", max_length=MAX_NAME_LENGTH)]


class ByScore(BaseModel):
    """By a score in force."""

    model_config = ConfigDict(extra="forbid")

    score: Name


class ByAttribute(BaseModel):
    """By a derived attribute in force that is a number."""

    model_config = ConfigDict(extra="forbid")

    attribute: Name


class RankWanted(BaseModel):
    """Everybody is told their rank: `data.rank` of `data.ranked`, with the `data.value`. Equals share a rank."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": {"attribute": "bought-this-week"}}]})

    by: ByScore | ByAttribute = Field(description="The window that it counts over is the definition's own.")
    order: Direction = Field(default=Direction.DESC, description="`desc`: whoever has most is the first.")
    missing: Missing = Field(
        default=Missing.OUT,
        description="People without a value: `last` of all, or `out`: refused as `rank_missing`, and not counted among the others.",
    )

    def ranking(self) -> Ranking:
        """What is asked."""
        if isinstance(self.by, ByScore):
            return Ranking(By.SCORE, self.by.score, self.order, self.missing)
        return Ranking(By.ATTRIBUTE, self.by.attribute, self.order, self.missing)


def faults_of(ranking: Ranking, data: Json) -> list[Fault]:
    """What is wrong with a ranking: it is by something that is not in force, or the broadcast has data of its own under the same names."""
    found = [Fault(f"data/{name}", "rank_reserved", f"data.{name} is said by the ranking") for name in FIELDS if name in data]
    try:
        in_force(_KINDS[ranking.by], ranking.name)
    except NotFound as error:
        found.append(Fault(f"rank/by/{ranking.by}", f"{ranking.by}_unknown", error.detail))
    return found


def shown(ranking: Ranking | None) -> RankWanted | None:
    """As it was asked for."""
    if ranking is None:
        return None
    by = ByScore(score=ranking.name) if ranking.by is By.SCORE else ByAttribute(attribute=ranking.name)
    return RankWanted(by=by, order=ranking.direction, missing=ranking.missing)
