"""The Sensors Analytics SDK for Node, unmodified, as a mini program's server uses it."""

import pytest

from tests.e2e.api import Api, Shop, settled_names
from tests.e2e.door import Door
from tests.e2e.node import Run
from tests.e2e.waiting import eventually


@pytest.fixture
def url(door: Door, shop: Shop) -> str:
    return f"{door.url}/sa?project=default&token={shop.key}"


def test_every_call_of_the_sdk_can_be_read_back(run_node: Run, url: str, api: Api, mark: str) -> None:
    told = run_node("everything", url, mark)
    assert (told["sent"], told["errors"]) == (10, [])
    settled_names(api, "user_id", f"node-u-{mark}", ["ViewProduct", "$SignUp", "OrderPaid"])
    viewed, _, paid = api.timeline("user_id", f"node-u-{mark}")
    assert viewed["properties"] | {"product": "红色连衣裙", "tags": ["a", "b"], "shop": "上海旗舰店"} == viewed["properties"]
    assert (paid["properties"]["amount"], paid["time"]) == (99.5, "2026-11-20T04:00:02.000Z")
    # Super properties go into profile calls too, but for the app's version; `shop` was unset again.
    wanted = {"city": "北京", "origin": "node", "points": 12, "likes": ["dress", "bag"]}
    eventually(lambda: api.person("user_id", f"node-u-{mark}")["attributes"], lambda found: found == wanted)
    assert api.read(f"/v1/items/goods/g-{mark}")["properties"]["price"] == 399


@pytest.mark.parametrize(("scenario", "count"), [("counted", 9), ("timed", 5)])
def test_batches_arrive_whole_gzipped_or_not(scenario: str, count: int, run_node: Run, url: str, api: Api, mark: str) -> None:
    told = run_node(scenario, url, mark)
    assert told["errors"] == []
    eventually(lambda: len(api.timeline("anonymous_id", f"node-u-{mark}")), lambda found: found == count)
    assert [event["properties"]["number"] for event in api.timeline("anonymous_id", f"node-u-{mark}")] == list(range(count))


def test_the_debug_mode_keeps_and_its_dry_run_does_not(run_node: Run, url: str, door: Door, api: Api, mark: str) -> None:
    assert run_node("dry", url, mark)["errors"] == []
    assert run_node("debug", url, mark)["errors"] == []
    assert {one.path for one in door.passed} == {"/debug"}
    settled_names(api, "anonymous_id", f"node-u-{mark}", ["Debugged"])


def test_the_debug_mode_says_what_is_wrong(run_node: Run, door: Door, mark: str) -> None:
    (error,) = run_node("debug", f"{door.url}/sa?token=no-such-key", mark)["errors"]
    assert "key_unknown" in error


def test_a_consumer_that_caches_and_replays_twice_is_kept_once(run_node: Run, url: str, door: Door, api: Api, mark: str) -> None:
    door.losing = 1  # the event arrives, but the client believes that it did not
    assert run_node("cached", url, mark)["cached"] == 0
    assert len(door.passed) >= 3  # once in vain, then both copies
    run_node("counted", url, mark)  # from its cache and now: the same event with another number of its own
    eventually(lambda: api.person("anonymous_id", f"node-u-{mark}")["events"], lambda found: found >= 10)
    numbers = [event["properties"]["number"] for event in api.timeline("anonymous_id", f"node-u-{mark}")]
    assert sorted(numbers) == [0, *range(9)]
