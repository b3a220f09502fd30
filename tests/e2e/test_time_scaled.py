"""Time alone moves people: in a stack whose week takes half a minute they join by the sixth click and leave though nothing else happens."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from infra.local_stack import LocalStack
from tests.e2e.api import Api, Json
from tests.e2e.crowd import ENTERED, GAINED, LEFT, LOST, SECOND, STAGE, Crowd, now
from tests.e2e.stacks import started
from tests.e2e.waiting import eventually

WEEK: Final = 30 * SECOND  # what seven days come to
SCALE: Final = 7 * 86_400 * SECOND / WEEK
LATENESS: Final = 5 * SECOND  # of what is told; what is read is never late
INTEREST: Final = {"stages": [
    {"name": "意向", "where": {"event": "OrderSubmitted", "within": "7d"}}, {"name": "冷淡", "where": {"event": "OrderSubmitted"}},
]}  # fmt: skip


@pytest.fixture(scope="module")
def quick_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    yield from started(tmp_path_factory.mktemp("quick") / "home", time_scale=SCALE)


@pytest.fixture(scope="module")
def quick(quick_stack: LocalStack) -> Iterator[Api]:
    """An operator where the rules are in force, everybody has been gone through and every lambda has been used."""
    with Api(quick_stack.api_url, quick_stack.api_key) as api:
        dresses = {"event": "MenuClicked", "where": {"key": "dress"}, "count": {"gt": 5}, "within": "7d"}
        api.publish("segments", "dress-menu", {"where": dresses})
        api.publish("lifecycle", "default", INTEREST)
        api.publish("tags", "just-seen", {"where": {"event": "WarmedUp", "within": "1d"}})
        crowd = Crowd(api, api.new_shop("shop-quick"), "quick")
        warm_up(crowd)
        # The processes of a pass that starts would take the machine for seconds, just when somebody is to leave.
        eventually(lambda: api.read("/v1/segments/dress-menu/backfill")["state"] == "done")
        yield api


def warm_up(crowd: Crowd) -> None:
    """Has every lambda used once: at first they may need longer than a day takes here."""

    def again() -> list[Json]:
        crowd.does("first", "WarmedUp")
        time.sleep(0.5)
        return crowd.told("first", GAINED)

    eventually(again)
    eventually(lambda: crowd.told("first", LOST))


@pytest.fixture
def crowd(quick: Api, mark: str) -> Crowd:
    return Crowd(quick, quick.new_shop(f"shop-{mark}"), mark)


def watched(crowd: Crowd, who: str, until: int) -> list[tuple[int, int, bool]]:
    """(asked at, answered at, in the segment) of one look after the other."""
    looks = []
    while now() < until:
        asked = now()
        holds = "dress-menu" in crowd.person(who)["segments"]
        looks.append((asked, now(), holds))
        time.sleep(0.1)
    return looks


def told_at(crowd: Crowd, who: str, name: str) -> list[int]:
    """When a thing happened, as rules tell it (ms)."""
    found: list[dict[str, Any]] = [one for one in crowd.api.timeline("user_id", crowd.name(who)) if one["name"] == name]
    return [round(datetime.fromisoformat(one["time"]).timestamp() * SECOND) for one in found]


def test_the_sixth_click_joins_and_a_week_later_the_person_leaves_by_the_clock_alone(crowd: Crowd) -> None:
    start = now() - 12 * SECOND
    crowd.send([crowd.event("ming", "MenuClicked", start + place * SECOND, key="dress") for place in range(5)])
    # Who has seven clicks stays until the second one is too old.
    crowd.send([crowd.event("hong", "MenuClicked", start + place * SECOND, key="dress") for place in range(7)])
    assert crowd.settled("ming", 5)["segments"] == []
    crowd.does("ming", "MenuClicked", key="dress")
    crowd.hears("ming", ENTERED, [{"segment": "dress-menu"}])
    crowd.hears("hong", ENTERED, [{"segment": "dress-menu"}])
    crowd.lists("dress-menu", "hong", "ming")
    leaves = {"ming": start + WEEK, "hong": start + SECOND + WEEK}
    assert now() < leaves["ming"], "the machine is too slow to see anything of the week"
    looks = watched(crowd, "ming", leaves["ming"] + 2 * SECOND)
    assert {holds for _, answered, holds in looks if answered < leaves["ming"]} == {True}
    assert {holds for asked, _, holds in looks if asked >= leaves["ming"]} == {False}
    for who, due in leaves.items():
        crowd.hears(who, LEFT, [{"segment": "dress-menu"}])
        (left,) = told_at(crowd, who, LEFT)
        assert due <= left < due + LATENESS
        assert len(told_at(crowd, who, ENTERED)) == 1
    crowd.lists("dress-menu")


def test_interest_that_comes_to_nothing_cools_down_by_itself(crowd: Crowd) -> None:
    asked = now() - 22 * SECOND
    crowd.does("wen", "OrderSubmitted", at=asked)
    crowd.hears("wen", STAGE, [{"from": None, "to": "意向"}, {"from": "意向", "to": "冷淡"}])
    cooled = told_at(crowd, "wen", STAGE)[1]
    assert asked + WEEK <= cooled < asked + WEEK + LATENESS
    assert crowd.person("wen")["lifecycle"] == "冷淡"
