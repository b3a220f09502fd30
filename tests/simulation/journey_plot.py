"""Histories of a few people on three journeys: who does what when, when it is stored, what goes wrong. All drawn from one seed.

`unpaid` has a run for each order, which paying it ends; `welcome` one thread a person, with two messages and a goal; `nudge` is for who
has looked at something and not bought it within half an hour.
"""

from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any, Final

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import Identifier, identifier
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.chart import Chart

START: Final = 1_795_300_000_000
SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
HOLD: Final = 2 * HOUR
WITHIN: Final = 30 * MINUTE
UNPAID, WELCOME, NUDGE = "unpaid", "welcome", "nudge"
ENTRIES: Final = {"OrderCreated": UNPAID, "SignedUp": WELCOME, "Viewed": NUDGE}
DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    UNPAID: {
        "entry": {"event": "OrderCreated", "key": "properties.order_id"},
        "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}}],
        "start": "hold",
        "nodes": {
            "hold": {"wait": "2h", "next": "mark"},
            "mark": {"do": [{"add_tag": "unpaid"}], "next": "offer"},
            "offer": {"send": {"template": "coupon"}, "next": "look"},
            "look": {"wait_for": {"event": "Clicked", "then": "thank"}, "within": "1h", "else": "done"},
            "thank": {"send": {"template": "thanks"}, "next": "done"},
            "done": {"exit": "offered"},
        },
    },
    WELCOME: {
        "entry": {"event": "SignedUp"},
        "exit": [{"event": "Bought"}],
        "goal": {"event": "Bought", "within": ["1d"], "revenue": "properties.amount"},
        "start": "hello",
        "nodes": {
            "hello": {"send": {"template": "hello"}, "next": "rest"},
            "rest": {"wait": "1h", "next": "again"},
            "again": {"send": {"template": "again"}, "next": "done"},
            "done": {"exit": "told"},
        },
    },
    NUDGE: {
        "entry": {"event": "Viewed", "then_not": {"event": "Bought", "within": "30m"}},
        "start": "nudge",
        "nodes": {"nudge": {"send": {"template": "nudge"}, "next": "done"}, "done": {"exit": "nudged"}},
    },
}
_WHO: Final = tuple(identifier(*one) for one in (("user_id", "u1"), ("user_id", "u2"), ("anonymous_id", "a1"), ("anonymous_id", "a2")))
_PAID_AFTER: Final = (0, SECOND, 20 * MINUTE, HOLD - MINUTE, HOLD - SECOND, HOLD, HOLD + SECOND, HOLD + HOUR)
_STORED_AFTER: Final = (0, 0, 300, 2 * SECOND, 4 * SECOND)
_TROUBLES: Final = ("", "", "", "lost", "paused", "failing", "outage", "late", "unbound", "merged", "merged")


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happens, and when the shop gets round to storing it (ms)."""

    event: Event
    stored_at: int


@dataclass(frozen=True, slots=True)
class Plot:
    """A history, and what goes wrong besides: `crash` is the chance (0-1) of a worker to die at a call; `trouble` one more thing.

    "lost": every fifth timer never rings. "paused": nobody moves for a while. "failing": a template is gone for a while. "outage": every
    clock jumps ahead. "late": the shop stores things minutes later. "merged", "unbound": people turn out to be one, or two.
    """

    seed: int
    told: tuple[Told, ...]
    crash: float
    trouble: str
    trouble_at: int
    trouble_for: int

    @property
    def is_steady(self) -> bool:
        """Whether everybody stays who they are, and every entry finds an open door."""
        return self.trouble not in ("paused", "unbound", "merged", "late")


@cache
def charts() -> dict[str, Chart]:
    """The journeys as the engine drives them."""
    return {name: chart_of(name, 1, document) for name, document in DOCUMENTS.items()}


def plot_of(seed: int) -> Plot:
    """What a seed stands for."""
    random = Random(seed)
    trouble = _TROUBLES[seed % len(_TROUBLES)]
    crash = (0.0, 0.01, 0.03)[seed // len(_TROUBLES) % 3]
    people = random.sample(_WHO, 2) if random.random() < 0.5 else list(_WHO[:1])
    if trouble in ("merged", "unbound"):
        people = [_WHO[0], random.choice(_WHO[1:])]
    events = [one for number in range(random.randint(1, 3)) for one in _episode(random, random.choice(people), number)]
    events += _links(random, people, trouble)
    told = [_told(random, one, trouble, place) for place, one in enumerate(events)]
    told.sort(key=lambda one: one.stored_at)
    return Plot(seed, tuple(told), crash, trouble, START + random.choice((0, HOLD - MINUTE, HOLD)), random.choice((MINUTE, 40 * MINUTE)))


def _episode(random: Random, who: Identifier, number: int) -> list[Event]:
    """Somebody comes to one of the doors, and does something about it or not."""
    at = START + random.choice((0, 0, 1, 700, 90 * SECOND, HOUR)) + number
    match random.choice(list(ENTRIES)):
        case "OrderCreated":
            order = {"order_id": f"o{number}"}
            paid = [_event("OrderPaid", at + random.choice(_PAID_AFTER), who, order)] if random.random() < 0.6 else []
            clicked = [_event("Clicked", at + HOLD + random.choice((MINUTE, 59 * MINUTE, HOUR)), who)] if random.random() < 0.4 else []
            return [_event("OrderCreated", at, who, order), *paid, *clicked]
        case "SignedUp":
            after = random.choice((SECOND, 50 * MINUTE, HOUR, HOUR + SECOND, 3 * HOUR))
            bought = [_event("Bought", at + after, who, {"amount": 9})] if random.random() < 0.6 else []
            again = [_event("SignedUp", at + random.choice((SECOND, 4 * HOUR)), who)] if random.random() < 0.3 else []
            return [_event("SignedUp", at, who), *bought, *again]
        case _:
            after = random.choice((SECOND, WITHIN - SECOND, WITHIN, WITHIN + SECOND))
            bought = [_event("Bought", at + after, who, {"amount": 5})] if random.random() < 0.6 else []
            return [_event("Viewed", at, who), *bought]


def _links(random: Random, people: list[Identifier], trouble: str) -> list[Event]:
    if trouble not in ("merged", "unbound"):
        return []
    at = START + random.choice((0, 500, MINUTE, 50 * MINUTE, HOLD - SECOND))
    met = Event("", Kind.LINK, "Met", at, tuple(sorted(people, key=lambda one: -one.strength)), "shop")
    if trouble == "merged":
        return [met]
    left = Event("", Kind.UNLINK, "Left", at + random.choice((MINUTE, HOUR)), (people[0],), "shop", unlink=(people[1],))
    return [met, left]


def _event(name: str, at: int, who: Identifier, properties: dict[str, Any] | None = None) -> Event:
    return Event("", Kind.TRACK, name, at, (who,), "shop", properties or {})


def _told(random: Random, event: Event, trouble: str, place: int) -> Told:
    late = random.choice((10 * SECOND, 5 * MINUTE, 40 * MINUTE)) if trouble == "late" and random.random() < 0.5 else 0
    return Told(replace(event, id=f"e{place}"), event.time + random.choice(_STORED_AFTER) + late)
