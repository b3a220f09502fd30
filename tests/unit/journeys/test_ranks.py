"""By what those are ranked whom the calendar brings in: as documents write it, and with somebody among them of whom nothing can be made."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from chalicelib.broadcasts.ranking import By, Direction, Missing, Ranking, Table, counted
from chalicelib.definitions.kinds import kind_of
from chalicelib.errors import DocumentInvalid
from chalicelib.journeys import publishing
from chalicelib.journeys.definition.documents import KIND
from chalicelib.journeys.definition.questions import questions_of
from chalicelib.journeys.definition.rank_documents import ranking_of
from chalicelib.journeys.walks import ranks

READ = Ranking(By.ATTRIBUTE, "read-7d")
VALUES = {"ming": 3, "mulan": 9, "hao": 3}


def journey(**rank: Any) -> dict[str, Any]:
    assert publishing, "importing it makes the kind known"
    entry = {"cron": "0 9 ? * MON *", "segment": "readers", "rank": rank}
    return {"entry": entry, "start": "out", "nodes": {"out": {"exit": "told"}}}


class Stores:
    """People's values; of `broken` nothing can be made, alone or among others."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)

    def values(self, persons: Collection[str], _ranking: Ranking, _now: int) -> Mapping[str, int]:
        if self.broken & set(persons):
            raise ValueError("this person's item cannot be read")
        return {one: VALUES[one] for one in persons if one in VALUES}


def test_a_ranking_says_by_what_who_is_first_and_what_becomes_of_those_without() -> None:
    assert ranking_of({"by": {"attribute": "read-7d"}}) == READ
    lowest = ranking_of({"by": {"score": "activity"}, "order": "asc", "missing": "last"})
    assert lowest == Ranking(By.SCORE, "activity", Direction.ASC, Missing.LAST)


@pytest.mark.parametrize(
    ("rank", "place"),
    [
        ({}, "entry/rank/by"),
        ({"by": {}}, "entry/rank/by"),
        ({"by": {"tag": "vip"}}, "entry/rank/by"),
        ({"by": {"score": "activity"}, "order": "up"}, "entry/rank/order"),
        ({"by": {"score": "activity"}, "missing": "first"}, "entry/rank/missing"),
    ],
)
def test_a_ranking_that_says_something_else_is_refused_with_the_place(rank: dict[str, Any], place: str) -> None:
    with pytest.raises(DocumentInvalid) as wrong:
        kind_of(KIND).checked(journey(**rank))
    assert [one.path for one in wrong.value.faults] == [place]


@pytest.mark.parametrize("by", [{"score": "activity"}, {"attribute": "read-7d"}])
def test_what_people_are_ranked_by_has_to_be_there_and_to_stay(by: dict[str, str]) -> None:
    asked = questions_of(journey(by=by))["questions"]["entry/rank/by"]
    assert by.items() <= asked.items()


def test_somebody_of_whom_nothing_can_be_made_has_no_rank_and_keeps_nobody_else_from_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "STORES", Stores("hao"))
    histogram = ranks.counted(list(VALUES), READ, 0)
    assert (dict(histogram.counts), histogram.without) == ({3: 1, 9: 1}, 1)
    found = ranks.standings(Table.of(histogram, READ), list(VALUES), 0)
    assert found == {"ming": {"rank": 2, "ranked": 2, "value": 3}, "mulan": {"rank": 1, "ranked": 2, "value": 9}, "hao": None}


def test_equals_share_a_rank_and_nobody_asks_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "STORES", Stores())
    assert ranks.values([], READ, 0) == {}
    found = ranks.standings(Table.of(counted(VALUES.values()), READ), ["ming", "hao"], 0)
    assert {name: one and one["rank"] for name, one in found.items()} == {"ming": 2, "hao": 2}
