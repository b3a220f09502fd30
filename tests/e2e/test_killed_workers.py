"""Lambda processes are killed in the middle of their work, as machines fail: nothing is lost and nothing is counted twice."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import requests

from infra.local_stack import LocalStack
from tests.e2e.api import ANSWER_SECONDS, Api, Shop
from tests.e2e.backstage import dead_letters, in_lake, logged
from tests.e2e.waiting import eventually
from tests.e2e.workers import DEATH, kill

PEOPLE: Final = 10
EVENTS: Final = 40  # of each person
NOON: Final = 1_795_147_200_000
BATCH: Final = 20
LONG: Final = 150.0  # seconds; a killed batch is tried again after growing pauses
_TRIES: Final = 30
_BETWEEN_LOOKS: Final = 0.005  # seconds


def event(mark: str, person: int, number: int) -> dict[str, Any]:
    """An event that adds one to a counter of its person: what is folded twice shows."""
    identifiers = {"user_id": f"kill-u{person}-{mark}"} | ({"device_id": f"kill-d{person}-{mark}"} if number % 4 == 0 else {})
    return {
        "id": f"{mark}-{person}-{number}", "name": "Counted", "time": NOON + number, "identifiers": identifiers,
        "properties": {"number": number}, "attributes": {"increment": {"points": 1}},
    }  # fmt: skip


def batches(mark: str) -> list[list[dict[str, Any]]]:
    events = [event(mark, person, number) for number in range(EVENTS) for person in range(PEOPLE)]
    return [events[start : start + BATCH] for start in range(0, len(events), BATCH)]


def send_until_taken(api: Api, shop: Shop, batch: list[dict[str, Any]]) -> int:
    """Sends a batch as a careful client does, again while the service fails; returns the number of tries."""
    for tries in range(1, _TRIES):
        headers = {"Authorization": f"Bearer {shop.key}"}
        answer = requests.post(f"{api.url}/v1/events", json={"events": batch}, headers=headers, timeout=ANSWER_SECONDS)
        if answer.status_code == 202:
            assert answer.json() == {"accepted": len(batch), "rejected": []}
            return tries
        assert answer.status_code >= 500, answer.text
    raise AssertionError(f"never taken: {answer.status_code} {answer.text[:500]}")


def assert_reconciled(api: Api, mark: str) -> None:
    """Waits until every event is folded, then counts by every way there is to count."""
    for person in range(PEOPLE):
        who, device = f"kill-u{person}-{mark}", f"kill-d{person}-{mark}"
        shown = eventually(lambda who=who: api.person("user_id", who), lambda one: one["events"] >= EVENTS, LONG)  # type: ignore[misc]
        assert (shown["events"], shown["attributes"]) == (EVENTS, {"points": EVENTS})
        assert shown["person_id"] == api.person_id("device_id", device)
        assert [one["properties"]["number"] for one in api.timeline("user_id", who)] == list(range(EVENTS))


@contextmanager
def killing(stack: LocalStack, function: str, wanted: int, due: Callable[[int], bool]) -> Iterator[list[int]]:
    """Beside the block, kills all workers of a function up to `wanted` times, the next time once it is `due(times so far)`."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while len(killed) < wanted and not over.wait(_BETWEEN_LOOKS):
            if due(len(killed)) and (count := kill(stack.emulator.process.pid, stack.stage.function_prefix + function)):
                killed.append(count)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_events_survive_the_death_of_the_lambda_that_takes_them_in(stack: LocalStack, api: Api, shop: Shop, mark: str) -> None:
    taken: list[int] = []
    with killing(stack, "", 5, lambda times: len(taken) > 2 * times) as killed, ThreadPoolExecutor(2) as senders:
        for _ in senders.map(lambda batch: taken.append(send_until_taken(api, shop, batch)), batches(mark)):
            pass  # an error in a sender shows here
    assert len(killed) >= 3
    assert sum(taken) > len(taken), "no request was under way when a worker was killed"
    assert_reconciled(api, mark)


def test_events_survive_the_death_of_the_lambda_that_links_and_folds_them(stack: LocalStack, api: Api, shop: Shop, mark: str) -> None:
    first, deaths = f"kill-u0-{mark}", len(logged(stack, DEATH, "-merge"))
    # Each further kill waits for some progress: the worker is in the middle of what is still to do.
    with killing(stack, "-merge", 4, lambda times: int(api.person("user_id", first)["events"]) > 5 * times) as killed:
        for batch in batches(mark):
            send_until_taken(api, shop, batch)
        eventually(lambda: len(killed) == 4 or int(api.person("user_id", first)["events"]) >= EVENTS, seconds=LONG)
    assert_reconciled(api, mark)
    assert len(logged(stack, DEATH, "-merge")) > deaths, "no delivery was under way when a worker was killed"
    assert dead_letters(stack) == 0


def test_the_lake_gets_every_event_although_its_lambda_dies(stack: LocalStack, api: Api, shop: Shop, mark: str) -> None:
    with killing(stack, "-archive", 2, lambda _: True) as killed:
        for batch in batches(mark):
            send_until_taken(api, shop, batch)
        eventually(lambda: len(killed), lambda times: times == 2, LONG)
    wanted = {one["id"] for batch in batches(mark) for one in batch}
    eventually(lambda: wanted - in_lake(stack), lambda missing: not missing, LONG)
