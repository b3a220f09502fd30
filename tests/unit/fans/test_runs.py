"""How far a sync has come."""

from dataclasses import replace

import pytest

from chalicelib.fans.keys import SHARDS
from chalicelib.fans.runs import Phase, Reads, Run, phase_of, share_of

RUN = Run("wx_shop", 1000, until=5000)
WALKED = replace(RUN, listed=100, total=100, shard=0)
ENDED = replace(WALKED, shard=SHARDS, ended_at=2000, asked=4)


@pytest.mark.parametrize(
    ("run", "reads", "phase", "share"),
    [
        (RUN, Reads(), Phase.LISTING, 0.0),
        (replace(RUN, listed=50, total=100), Reads(), Phase.LISTING, 0.2),
        (replace(RUN, listed=150, total=100), Reads(), Phase.LISTING, 0.4),  # fans came meanwhile
        (WALKED, Reads(), Phase.COMPARING, 0.4),
        (replace(WALKED, shard=SHARDS // 2), Reads(), Phase.COMPARING, 0.45),
        (ENDED, Reads(), Phase.READING, 0.5),
        (ENDED, Reads(messages=2), Phase.READING, 0.75),
        (ENDED, Reads(messages=4), Phase.DONE, 1.0),
        (ENDED, Reads(messages=5), Phase.DONE, 1.0),  # one was read twice, in different company
        (replace(ENDED, asked=0), Reads(), Phase.DONE, 1.0),
        (replace(ENDED, error=48001), Reads(messages=4), Phase.FAILED, 1.0),
    ],
)
def test_it_stands_where_its_parts_stand(run: Run, reads: Reads, phase: Phase, share: float) -> None:
    assert (phase_of(run, reads), share_of(run, reads)) == (phase, share)


def test_it_is_lost_when_nobody_has_come_in_time_and_it_is_not_over() -> None:
    assert RUN.is_lost(5001)
    assert not RUN.is_lost(5000)
    assert not ENDED.is_lost(5001)
