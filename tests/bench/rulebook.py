"""What a brand's operators might have in force: 100 segments of all shapes of conditions, 10 scores, a life cycle; and events for them."""

from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import Plan, Published, next_plan
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from tests.bench import traffic
from tests.bench.traffic import Json

SEGMENTS: Final = 100
SCORES: Final = 10
NAMES: Final = (
    "ProductViewed", "OrderSubmitted", "OrderPaid", "MenuClicked", "CodeScanned", "ArticleRead",
    "TextSent", "CouponClaimed", "CouponUsed", "PageViewed", "CartFilled", "FormSubmitted",
)  # fmt: skip
CATEGORIES: Final = ("女装", "男鞋", "童装", "箱包", "美妆", "家居")
NEVER: Final = 900_000_000  # a threshold that nobody reaches: the same person is to stand where it stands, however long it is measured
STAGES: Final = {
    "stages": [{"name": "沉睡", "where": {"last_seen": {"before": "60d"}}}, {"name": "活跃", "where": {"last_seen": {"within": "60d"}}}]
}

Shape = Callable[[int], Json]


def name_of(place: int) -> str:
    """The event names in turn."""
    return NAMES[place % len(NAMES)]


def _goods(place: int) -> Json:
    """An event that has to do with one category of goods."""
    return {"event": name_of(place), "where": {"category": CATEGORIES[place % len(CATEGORIES)]}}


def _repeated(place: int) -> Json:
    return {**_goods(place), "count": {"gt": 5}, "within": "7d"}


def _often(place: int) -> Json:
    return {"event": name_of(place), "count": {"gte": NEVER - place}}


def _spent(place: int) -> Json:
    return {"event": "OrderPaid", "sum": "amount", "within": "30d", "gte": NEVER + place}


def _persuaded(place: int) -> Json:
    return {"sequence": [{"event": "ProductViewed", "count": 3}, {"event": "OrderPaid"}], "within": f"{place + 1}d"}


def _silent(place: int) -> Json:
    return {"all": [_goods(place + 1) | {"count": 12, "within": "30d"}, {"not": {"event": "CouponUsed", "within": f"{place + 7}d"}}]}


def _profile(place: int) -> Json:
    return {"any": [{"attribute": "city", "in": ["上海", "北京"]}, {"attribute": "points", "gte": 1_000 * place}]}


def _placed(place: int) -> Json:
    return {"all": [{"score": f"score-{place}", "band": "high"}, {"segment": f"segment-{place}5"}, {"not": {"lifecycle": "沉睡"}}]}


def _gone(place: int) -> Json:
    return {"last_seen": {"before": f"{place + 30}d"}}


def _reached(place: int) -> Json:
    came = {"attribute": "$first_touch.campaign.name", "eq": f"campaign-{place}"}
    return {"all": [{"identifier": "mobile", "exists": True}, {"reachable": "sms"}, came]}


def _either(place: int) -> Json:
    return {"any": [{"tag": f"tag-{place}", "by": "manual"}, _goods(place + 2) | {"count": 7, "within": "7d"}, _often(place)]}


SHAPES: Final[dict[str, Shape]] = {
    "a count within 7 days": _repeated,
    "a count of all time": _often,
    "a sum within 30 days": _spent,
    "a sequence": _persuaded,
    "a count, and nothing else within a window": _silent,
    "attributes": _profile,
    "a band, another segment, no stage": _placed,
    "not seen for 30 days": _gone,
    "identifier, channel, first touch": _reached,
    "one of three": _either,
}


def documents() -> Iterator[tuple[RuleKind, str, Json]]:
    """Kind, name and document of every rule, each after those that it asks for."""
    yield RuleKind.LIFECYCLE, "default", STAGES
    for place in range(SCORES):
        yield RuleKind.SCORES, f"score-{place}", _score(place)
    for number in range(SEGMENTS):
        shape = list(SHAPES.values())[number % len(SHAPES)]
        yield RuleKind.SEGMENTS, f"segment-{number:02}", {"where": shape(number // len(SHAPES))}


def plan() -> Plan:
    """All of them in force."""
    return next_plan(Plan(), [Published(kind, name, 1, document) for kind, name, document in documents()])


def _score(place: int) -> Json:
    """Points for events, of some only so many a day, of orders only for a while and by what was paid; and for what is known."""
    rules: list[Json] = [
        {"event": NAMES[place % 6], "add": 1},
        {"event": NAMES[(place + 1) % 6], "add": 5},
        {"event": NAMES[6 + place % 6], "add": 2, "max_per_day": 10},
        {"if": {"attribute": "city", "exists": True}, "add": 20},
    ]
    if place % 5 == 0:
        rules.append({"event": "OrderPaid", "add": 0.01, "per": "amount", "within": "30d"})
    return {"rules": rules, "bands": [{"name": "low", "upto": 0}, {"name": "high"}]}


def happening(person: int, number: int, at: int) -> Json:
    """An event of about 1 KB: the person's `number`th, of the names in turn, in a category of its own."""
    order = traffic.order(person, at)
    category = CATEGORIES[(number * 7 + number // 5) % len(CATEGORIES)]
    return {**order, "name": name_of(number), "properties": {**order["properties"], "category": category, "amount": 398.0}}


def event_of(happened: Json) -> Event:
    """The event as it is kept."""
    who = tuple(identifier(namespace, value) for namespace, value in happened["identifiers"].items())
    return Event(happened["id"], Kind.TRACK, happened["name"], happened["time"], who, traffic.SOURCE, happened["properties"])


def hits(events: int = 720) -> float:
    """How many signals an event hits on average."""
    rules = plan()
    kept = rules.signals.entries_of((event_of(happening(1, number, traffic.NOW)) for number in range(events)), rules.version)
    return sum(len(hit) for _, hit in kept) / events
