"""What walks are called, which parts they have, and what their messages say."""

import json

import pytest

from chalicelib.journeys.walks.walks import AGAIN, LOST_MS, SHARDS, GoOn, MessageUnreadable, Over, Part, Walk, What, added, message_of

NOW = 1_795_300_000_000
WALK = Walk("daily", What.ENTER, NOW, NOW, sent_at=NOW)


def test_a_walk_is_called_by_its_instant_and_what_it_does() -> None:
    assert WALK.id == "1795300000000@enter"
    assert Walk("daily", What.ENTER, NOW, NOW + 5, arguments={"segment": "vip"}).id == WALK.id


@pytest.mark.parametrize("what", [What.MOVE, What.RETRY])
def test_what_operators_want_at_one_moment_are_several_walks(what: What) -> None:
    one, other = (Walk("daily", what, NOW, NOW, arguments={"node": node}) for node in ("a", "b"))
    assert one.id != other.id
    assert one.id == Walk("daily", what, NOW, NOW, arguments={"node": "a"}).id


@pytest.mark.parametrize(
    ("what", "over", "rounds"),
    [
        (What.ENTER, Over.SEGMENT, 2),
        (What.COUNT, Over.SEGMENT, 1),
        (What.DATES, Over.EVERYBODY, 1),
        (What.END, Over.INSIDE, 2),
        (What.MOVE, Over.INSIDE, 2),
        (What.RETRY, Over.INSIDE, 1),
        (What.WAKE, Over.INSIDE, 2),
    ],
)
def test_whom_a_walk_goes_over_and_how_often(what: What, over: Over, rounds: int) -> None:
    walk = Walk("daily", what, NOW, NOW)
    assert walk.over is over
    assert len(walk.parts) == rounds * len(SHARDS)
    assert sum(Part(name).is_second for name in walk.parts) == (rounds - 1) * len(SHARDS)
    assert {Part(name).shard for name in walk.parts} == set(SHARDS)


@pytest.mark.parametrize("part", ["0", "f", "7" + AGAIN])
def test_a_message_is_read_as_it_was_written(part: str) -> None:
    assert message_of(GoOn("daily", WALK.id, part).text) == GoOn("daily", WALK.id, part)


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "{}", "7", json.dumps({"journey": "daily", "walk": "w"}), json.dumps({"journey": "daily", "walk": "w", "part": "g"})],
)
def test_what_is_no_message_of_ours_is_said_to_be_none(body: str) -> None:
    with pytest.raises(MessageUnreadable):
        message_of(body)


def test_counts_add_up_by_word() -> None:
    assert added({"entered": 1, "limit": 2}, {"entered": 3, "inside": 1}) == {"entered": 4, "inside": 1, "limit": 2}


def test_a_part_is_lost_when_nobody_has_moved_it_for_half_an_hour() -> None:
    assert not Part("0").is_lost(WALK, NOW + LOST_MS)
    assert Part("0").is_lost(WALK, NOW + LOST_MS + 1)
    assert not Part("0", moved_at=NOW + 5).is_lost(WALK, NOW + LOST_MS + 5)
    assert not Part("0", finished_at=NOW).is_lost(WALK, NOW + 9 * LOST_MS)
