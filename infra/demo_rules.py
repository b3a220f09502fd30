"""Demo of rules: three of the examples are put in force, and Qing's sixth click and a question in the chat make one of each true.

Qing followed the official account some days ago, took a coupon, left an address and paid an order: 90 points of the score `activity`.
Five clicks on the menu for dresses bring ten more, which is still `low`. Then comes the sixth, and a text with 裙 in it.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.error import HTTPError

from chalicelib.durations import duration_ms
from infra.definition_files import Filed, read_folder
from infra.local_stack import LocalStack, call
from infra.paths import ROOT

EXAMPLES: Final = ROOT / "docs" / "examples"
SCORE: Final = "activity"
TAG: Final = "womens-wear"
SEGMENT: Final = "dress-menu"
SHOWN: Final = (f"scores/{SCORE}", f"tags/{TAG}", f"segments/{SEGMENT}")

OPENID: Final = ("openid:wx618brand", "oQing-5e1d")  # Qing at the official account
PATH: Final = "/v1/people/" + "/".join(OPENID)
CLICKS: Final = 5  # that are not enough
ENTERED: Final = "$segment_entered"
LEFT: Final = "$segment_left"
CONSEQUENCES: Final = frozenset({ENTERED, "$tag_gained", "$score_band_changed"})
FAST: Final = 20_160  # 7 days in 30 seconds
DAY_MS: Final = 86_400_000
_CLICKS_A_WINDOW: Final = 20
_BEFORE: Final = (("Followed", 6), ("CouponClaimed", 5), ("FormSubmitted", 4), ("OrderPaid", 2))  # and how many days ago

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RulesDemo:
    """Tells the demo to a stack and watches what follows. `now` is the clock, in epoch ms."""

    stack: LocalStack
    now: Callable[[], int] = lambda: int(time.time() * 1000)

    def publish(self) -> None:
        """Puts the rules in force: before the first event, for whoever is known already is brought up half a minute later."""
        for one in rules():
            self._ask(f"/v1/{one.path}", one.document, "PUT")
            self._ask(f"/v1/{one.path}/publish", {})

    def everybody_knows(self) -> bool:
        """Whether the pass that follows a publication is over. Its lambdas keep those of timers waiting where there is one machine."""
        return bool(self._ask(f"/v1/segments/{SEGMENT}/backfill")["state"] == "done")

    def begin(self) -> None:
        """All that Qing did before, and five clicks."""
        self._send(*before(self.now()), *clicks(range(CLICKS), self.now(), self.pause))

    def go_on(self) -> None:
        """The sixth click, and the text."""
        text = happened("demo-text", "TextSent", self.now(), {"text": "有没有碎花裙？"})
        self._send(*clicks(range(CLICKS, CLICKS + 1), self.now(), self.pause), text)

    def explained(self) -> Json:
        """Why Qing is (not) in the segment; nothing while nobody is known."""
        return self._known(f"{PATH}/explain?segment={SEGMENT}")

    def events(self) -> dict[str, Json]:
        """What rules have told of Qing so far: the latest event of each name."""
        page = self._known(f"{PATH}/timeline?order=asc&limit=200")
        return {one["name"]: one for one in page.get("items", ()) if one["name"] in CONSEQUENCES | {LEFT}}

    @property
    def window(self) -> float:
        """Seconds that the segment's window lasts on this stack."""
        (segment,) = (one for one in rules() if one.path == f"segments/{SEGMENT}")
        return duration_ms(segment.document["where"]["within"]) / 1000 / self.stack.time_scale

    @property
    def pause(self) -> int:
        """Milliseconds between two clicks: all of them are within the window for a while, and leave it one by one."""
        return round(self.window * 1000 / _CLICKS_A_WINDOW)

    def _send(self, *events: Json) -> None:
        call(f"{self.stack.api_url}/v1/events", self.stack.write_key, {"events": list(events)})

    def _ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        return call(self.stack.api_url + path, self.stack.api_key, body, method)

    def _known(self, path: str) -> Json:
        try:
            found: Json = self._ask(path)
        except HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP
                return {}
            raise
        return found


def rules() -> list[Filed]:
    """The examples that are put in force. None of them refers to another."""
    return [one for one in read_folder(EXAMPLES) if one.path in SHOWN]


def before(now: int) -> Iterator[Json]:
    """What Qing did in the days before `now` (ms)."""
    for name, days in _BEFORE:
        yield happened(f"demo-qing-{name}", name, now - days * DAY_MS, {"amount": 259.0} if name == "OrderPaid" else {})


def clicks(numbers: range, now: int, pause: int) -> Iterator[Json]:
    """Clicks on the menu for dresses, `pause` ms apart, the last of them `now` (ms)."""
    for number in numbers:
        yield happened(f"demo-click-{number + 1}", "MenuClicked", now - (numbers[-1] - number) * pause, {"key": "dress", "title": "裙装"})


def happened(event_id: str, name: str, at: int, properties: Json) -> Json:
    """An event of Qing's in the native format."""
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "id": event_id, "name": name, "time": moment, "identifiers": dict([OPENID]), "properties": properties,
        "context": {"channel": "official_account"},
    }  # fmt: skip


def clicked(explained: Json) -> int:
    """How many clicks an explanation has found."""
    return int(explained.get("tree", {}).get("found", {}).get("count", 0))


def entering(demo: RulesDemo, few: Json, explained: Json) -> str:
    """What to say once Qing has entered; `few` is the explanation before the sixth click, `explained` the one after it."""
    found = demo.events()
    command = f"curl -s -H 'Authorization: Bearer {demo.stack.api_key}' '{demo.stack.api_url}{PATH}/explain?segment={SEGMENT}'"
    lines = [
        f"4. What do rules make of it? The score {SCORE}, the tag {TAG} and the segment {SEGMENT} from docs/examples are in force.",
        f"   After {clicked(few)} clicks on the menu for dresses Qing was {_in(few)}. The next one, and a text with 裙 in it, led to",
        *(f"   -> {_told(found[name])}" for name in sorted(CONSEQUENCES)),
        "",
        "5. Why is Qing in the segment, and for how long?",
        f"   {command}",
        f'   -> {clicked(explained)} clicks, {_in(explained)}; "changes_at" {explained["changes_at"]}: then Qing leaves by herself.',
        f"   {_patience(demo)}",
        "",
    ]
    return "\n".join(lines)


def leaving(demo: RulesDemo) -> str:
    """What to say once Qing has left."""
    found = demo.explained()
    why = f"Nothing happened; {clicked(found)} clicks are left in the window, so Qing is {_in(found)}."
    return f"   -> {_told(demo.events()[LEFT])}\n      {why}\n"


def _patience(demo: RulesDemo) -> str:
    if demo.stack.time_scale == 1:
        return f"To see that, stop this and type `make run TIME_SCALE={FAST}`: it makes those 7 days half a minute."
    return f"Its window is {demo.window:,.0f} s long on this stack (TIME_SCALE={demo.stack.time_scale:g})."


def _in(explained: Json) -> str:
    return "in the segment" if explained["holds"] else "not in the segment"


def _told(event: Json) -> str:
    return f"{event['name']} {json.dumps(event['properties'], ensure_ascii=False)} at {event['time']}"
