"""People of one test and what they do: numbered events, so that none is taken for another, and what rules tell of them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from tests.e2e.api import PAGE, Api, Json, Shop
from tests.e2e.waiting import eventually

SECOND: Final = 1000  # ms, as all of these
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
A_MINUTE_LESS: Final = -MINUTE  # the near side of a boundary, with time to look before it is crossed

ENTERED: Final = "$segment_entered"
LEFT: Final = "$segment_left"
GAINED: Final = "$tag_gained"
LOST: Final = "$tag_lost"
BAND: Final = "$score_band_changed"
STAGE: Final = "$lifecycle_changed"


def now() -> int:
    """The time at this moment, in ms."""
    return int(time.time() * SECOND)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is called `who` by a test is `user_id` `<who>-<mark>` to the service. Usage: `crowd.does("ming", "MenuClicked", key="dress")`."""

    api: Api
    shop: Shop
    mark: str
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def name(self, who: str) -> str:
        """The user id."""
        return f"{who}-{self.mark}"

    def event(self, who: str, name: str, at: int | None = None, /, *, parts: Json | None = None, **properties: Any) -> Json:
        """One event, by default of this moment. `parts` are further fields of it, or others in place of these."""
        event = {"id": f"{self.mark}-{next(self.numbers)}", "name": name, "time": now() if at is None else at}
        return event | {"identifiers": {"user_id": self.name(who)}, "properties": properties} | (parts or {})

    def send(self, events: Iterable[Json]) -> None:
        """Sends them in one request."""
        self.api.send(self.shop, *events)

    def does(self, who: str, name: str, times: int = 1, at: int | None = None, **properties: Any) -> None:
        """Sends the same thing so many times, a millisecond apart."""
        start = now() if at is None else at
        self.send([self.event(who, name, start + place, **properties) for place in range(times)])

    def becomes(self, who: str, **attributes: Any) -> None:
        """Sends a change of attributes; None takes one away."""
        gone = [name for name, value in attributes.items() if value is None]
        kept = {name: value for name, value in attributes.items() if value is not None}
        self.send([self.event(who, "ProfileSent", parts={"attributes": {"set": kept, "unset": gone}})])

    def person(self, who: str) -> Json:
        """The person as the API shows it at this moment."""
        return self.api.person("user_id", self.name(who))

    def settled(self, who: str, events: int) -> Json:
        """The person, once so many events are counted."""
        return eventually(lambda: self.person(who), lambda person: person["events"] == events)

    def told(self, who: str, name: str, **which: Any) -> list[Json]:
        """What the events that rules wrote of that name say, oldest first, as far as they say `which`.

        Without `initial`: a pass over everybody may be the first to see what somebody did while it runs.
        """
        found = [
            one["properties"] for one in self.api.timeline("user_id", self.name(who)) if (one["name"], one["kind"]) == (name, "derived")
        ]
        chosen = [one for one in found if which.items() <= one.items()]
        return [{key: value for key, value in one.items() if key != "initial"} for one in chosen]

    def hears(self, who: str, name: str, wanted: list[Json], **which: Any) -> None:
        """Waits until exactly this has been told."""
        eventually(lambda: self.told(who, name, **which), lambda found: found == wanted)

    def lists(self, segment: str, *wanted: str) -> None:
        """Waits until exactly these of the crowd, given in order of names, are listed in a segment."""
        eventually(lambda: self.in_segment(segment), lambda found: found == [*wanted])

    def explained(self, who: str, **what: str) -> Json:
        """Why the person is where it is."""
        return self.api.read(f"/v1/people/user_id/{self.name(who)}/explain", **what)

    def in_segment(self, name: str, limit: int = PAGE) -> list[str]:
        """Who of this crowd is listed in a segment, as the test calls them, in order of names; twice whoever is listed twice."""
        path, cursor, values = f"/v1/segments/{name}/people", None, []
        while True:
            page = self.api.read(path, limit=limit, **({"cursor": cursor} if cursor else {}))
            values += [one["value"] for member in page["items"] for one in member["identifiers"]]
            if (cursor := page["next"]) is None:
                return sorted(value.removesuffix(f"-{self.mark}") for value in values if value.endswith(f"-{self.mark}"))
