"""Whatever fans do, whatever is answered and whatever goes wrong: what always holds of pushes, chats and windows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local_wechat.answers import Response
from infra.local_wechat.clock import HOUR_MS
from infra.local_wechat.delivery_faults import Effect
from infra.local_wechat.driver import Done, SimulatorRefused
from tests.unit.local_wechat.stage import ACKNOWLEDGED, SERVICE, Stage, inside, says
from tests.unit.wechat.samples import without

ACTIONS = st.sampled_from(["follow", "unfollow", "text", "image", "report_location", "debug_demo", "card"])
ANSWERS = st.sampled_from([ACKNOWLEDGED, Response(200, b""), Response(500, b""), Response(200, b"what?"), says("hi")])
STEPS = st.tuples(ACTIONS, st.lists(ANSWERS, min_size=1, max_size=3), st.sampled_from([None, *Effect]), st.integers(0, 90))
CANNOT_YET = {"text", "image", "report_location", "unfollow"}
CANNOT_AGAIN = {"follow"}
MOST_ATTEMPTS = 4  # three, and a duplicate


def acted(stage: Stage, action: str) -> Done | None:
    """What came of it; None where it could not be done."""
    try:
        return stage.driver.act(stage.mulan, SERVICE, action, content="hi", card_id="pCard")
    except SimulatorRefused:
        return None


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=8))
def test_no_push_is_delivered_more_often_than_it_may_be(steps: list[tuple[str, list[Response], Effect | None, int]]) -> None:
    stage = Stage()
    for action, answers, effect, seconds in steps:
        stage.receiver.answers(*answers)
        stage.driver.no_push_faults()
        if effect is not None:
            stage.driver.push_fault(effect)
        acted(stage, action)
        stage.driver.advance(seconds)
    pushes = stage.driver.pushes()
    assert all(len(one["attempts"]) <= MOST_ATTEMPTS for one in pushes)
    nonces = [one.query["nonce"] for one in stage.receiver.requests]
    assert len(nonces) == len(set(nonces))
    for one in pushes:
        verdicts = [attempt["verdict"] for attempt in one["attempts"]]
        assert (one["outcome"] == "delivered") == any(verdict != "failed" for verdict in verdicts)
        assert one["outcome"] != "failed" or len(verdicts) == 3
        assert one["outcome"] != "under_way"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["plain", "compatible", "safe"]), st.lists(st.sampled_from(["text", "image", "card", "debug_demo"]), max_size=5))
def test_a_push_says_the_same_in_each_of_its_deliveries(mode: str, actions: list[str]) -> None:
    stage = Stage(mode)
    acted(stage, "follow")
    stage.receiver.answers(Response(500, b""))
    for action in actions:
        before = len(stage.receiver.requests)
        acted(stage, action)
        first, *others = [without(inside(one), "Encrypt") for one in stage.receiver.requests[before:]]
        assert others == [first, first]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ACTIONS, st.integers(0, 7200)), max_size=12))
def test_a_window_is_open_only_for_who_follows_and_never_for_longer_than_two_days(steps: list[tuple[str, int]]) -> None:
    stage = Stage()
    for action, seconds in steps:
        followed = stage.driver.relation(stage.mulan, SERVICE)["subscribed"]
        done = acted(stage, action)
        assert (done is None) == (action in (CANNOT_AGAIN if followed else CANNOT_YET))
        relation = stage.driver.relation(stage.mulan, SERVICE)
        window = relation["window"]
        assert window is None or relation["subscribed"]
        assert window is None or (0 <= window["left"] <= 5 and window["deadline"] <= stage.clock.now + 48 * HOUR_MS)
        stage.driver.advance(seconds)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ACTIONS, ANSWERS), max_size=8))
def test_the_chat_only_grows_and_keeps_its_order(steps: list[tuple[str, Response]]) -> None:
    stage = Stage()
    before: list[object] = []
    for action, answer in steps:
        stage.receiver.answers(answer)
        acted(stage, action)
        now = stage.driver.shown(stage.mulan, SERVICE)
        assert now[: len(before)] == before
        assert [one["order"] for one in now] == sorted(one["order"] for one in now)
        before = list(now)
