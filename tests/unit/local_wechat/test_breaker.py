"""A minute of silence after so many failures in a row, account by account."""

from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.breaker import Breaker
from infra.local_wechat.deliveries import Ways

MINUTE = 60_000
STEPS = st.lists(st.tuples(st.sampled_from(["wx1", "wx2"]), st.booleans(), st.integers(0, 40_000)), max_size=40)


@given(STEPS, st.integers(1, 4))
def test_silence_begins_with_the_last_tolerated_failure_and_lasts_a_minute(steps: list[tuple[str, bool, int]], most: int) -> None:
    breaker, ways, now = Breaker(), Ways(breaker_failures=most), 0
    row, until = {"wx1": 0, "wx2": 0}, {"wx1": 0, "wx2": 0}
    for appid, failed, passes in steps:
        now += passes
        assert breaker.is_open(appid, now) == (now < until[appid])
        if breaker.is_open(appid, now):
            continue
        breaker.count(appid, failed, now, ways)
        row[appid] = row[appid] + 1 if failed else 0
        if row[appid] == most:
            row[appid], until[appid] = 0, now + MINUTE
    assert all(breaker.is_open(appid, now) == (now < until[appid]) for appid in row)
