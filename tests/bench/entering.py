"""How long it takes on the emulator from the event that makes somebody a member to the event that says so."""

import time
from typing import Final
from uuid import uuid4

from infra.local_stack import DEMO_SOURCE, local_stack
from infra.paths import LOCAL
from tests.bench import rulebook, traffic
from tests.bench.live import MS, percentiles
from tests.bench.report import Section
from tests.e2e.api import Api, Shop
from tests.e2e.waiting import eventually

PEOPLE: Final = 200
CLICKS: Final = 5  # the next one joins
BATCH: Final = 50
PASS_SECONDS: Final = 300.0
SEGMENT: Final = "dress-menu"
DOCUMENT: Final = {"where": {"event": "MenuClicked", "where": {"key": "dress"}, "count": {"gt": CLICKS}, "within": "7d"}}
ENTERED: Final = "$segment_entered"
NOTE: Final = (
    f"The packaged app, emulator and client together on this machine, with 100 segments and 10 scores in force. {PEOPLE} people, one "
    "after the other, click for the sixth time; each timeline is asked for every 50 ms until the event shows. For information only."
)


def section() -> Section:
    """Starts the system, puts rules in force, and watches people enter."""
    with local_stack(LOCAL / "bench") as stack:
        api, shop = Api(stack.api_url, stack.api_key), Shop(DEMO_SOURCE, stack.write_key)
        for kind, name, document in [*rulebook.documents(), ("segments", SEGMENT, DOCUMENT)]:
            api.write("PUT", f"/v1/{kind}/{name}", document)
            api.write("POST", f"/v1/{kind}/{name}/publish")
        eventually(lambda: api.read(f"/v1/segments/{SEGMENT}/backfill")["state"] == "done", seconds=PASS_SECONDS)
        people = [str(uuid4()) for _ in range(PEOPLE)]
        _prepare(api, shop, people)
        lags = [_lag(api, shop, who) for who in people]
    rows = (("ms from accepted to `$segment_entered`", *percentiles(lags)),)
    return Section("Entering a segment on the emulator", ("", "median", "p99"), rows, NOTE)


def _prepare(api: Api, shop: Shop, people: list[str]) -> None:
    """Everybody has clicked five times and is known for it."""
    clicks = [_click(who, number) for who in people for number in range(CLICKS)]
    for start in range(0, len(clicks), BATCH):
        api.send(shop, *clicks[start : start + BATCH])
    for who in people:
        eventually(lambda who=who: api.person("unionid", who)["events"] == CLICKS)  # type: ignore[misc]


def _lag(api: Api, shop: Shop, who: str) -> float:
    """Milliseconds from the answer to the sixth click until the timeline tells of the entering."""
    api.send(shop, _click(who, CLICKS))
    accepted = time.monotonic()
    eventually(lambda: ENTERED in api.names("unionid", who))
    return (time.monotonic() - accepted) * MS


def _click(who: str, number: int) -> traffic.Json:
    at = int(time.time() * MS) - (CLICKS - number) * MS
    return {
        "id": f"{who}-{number}", "name": "MenuClicked", "time": at, "identifiers": {"unionid": who},
        "properties": {"key": "dress", "category": "无"}, "context": {"channel": "official_account"},
    }  # fmt: skip
