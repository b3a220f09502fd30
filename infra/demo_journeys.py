"""Demo of journeys: two fans of the shop order at the same time. One pays a minute before two hours are over, the other does not.

The journey `unpaid-coupon` of docs/examples is in force. With TIME_SCALE=3600 its two hours are two seconds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.error import HTTPError

from chalicelib.durations import duration_ms
from infra.demo_shop import SHOP
from infra.journey_examples import JourneyExamples
from infra.local_stack import LocalStack, call
from infra.local_wechat.driver import Driver, texts

Json = dict[str, Any]

JOURNEY: Final = "unpaid-coupon"
COUPON: Final = "9折券"  # what its message says
IN_TIME: Final = duration_ms("119m")  # after which Bo pays


@dataclass(slots=True)
class JourneysDemo:
    """Tells the demo to a stack. `mark` keeps its people apart from those of another one; `now` is the clock in epoch ms."""

    stack: LocalStack
    mark: str = ""
    now: Callable[[], int] = lambda: int(time.time() * 1000)
    wechat: Driver = field(init=False)
    openids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Knows the platform of the stack."""
        self.wechat = Driver(self.stack.providers_url)

    @property
    def hold(self) -> float:
        """How many seconds the two hours take."""
        return self.stack.pace.span(duration_ms("2h")) / 1000

    def publish(self) -> None:
        """Puts the journey in force, whose accounts are connected: before the first order, as lambdas look for journeys every 20 s."""
        examples = JourneyExamples(self.stack)
        files = examples.files(JOURNEY)
        examples.approve(files)
        examples.publish(files)

    def comes(self, name: str) -> None:
        """Follows and writes, so that the shop may answer for two days."""
        person = self.wechat.person(f"{name}{self.mark}")
        self.openids[name] = self.wechat.act(person, SHOP, "follow").openid
        self.wechat.act(person, SHOP, "text", content="在吗")

    def does(self, name: str, event: str, at: int | None = None, **properties: Any) -> None:
        """Something happens to somebody who follows, at an instant (ms)."""
        moment = self.now() if at is None else at
        self.send(happened(f"{event}-{name}{self.mark}-{moment}", event, moment, {f"openid:{SHOP}": self.openids[name]}, **properties))

    def send(self, *events: Json) -> None:
        """Sends events."""
        call(f"{self.stack.api_url}/v1/events", self.stack.write_key, {"events": list(events)})

    def coupons(self, name: str) -> list[str]:
        """The coupons that somebody sees in the chat."""
        return [one for one in texts(self.wechat.shown(self.wechat.person(f"{name}{self.mark}"), SHOP)) if COUPON in one]

    def told(self, name: str) -> list[Json]:
        """What the journey has told of somebody on their timeline, oldest first."""
        try:
            page = call(f"{self.stack.api_url}{self.path(name)}/timeline?order=asc&limit=200", self.stack.api_key)
        except HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP
                return []
            raise
        return [one for one in page["items"] if one["name"].startswith("$journey_") and one["properties"].get("journey") == JOURNEY]

    def path(self, name: str) -> str:
        """Where the API knows somebody."""
        return f"/v1/people/openid:{SHOP}/{self.openids[name]}"


def happened(event_id: str, name: str, at: int, identifiers: Json, **properties: Any) -> Json:
    """An event in the native format."""
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return {"id": event_id, "name": name, "time": moment, "identifiers": identifiers, "properties": properties}
