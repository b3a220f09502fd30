"""The `journeys` document: who comes in, what happens to them step by step, what ends it, and what it is for. Pydantic.

{"title": "未支付挽回", "entry": {...}, "exit": [...], "goal": {...}, "start": "hold", "nodes": {"hold": {"wait": "2h", "next": "done"}}}
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictStr, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.matchers import NAMED_BY, Path
from chalicelib.audiences.operands import Amount, Clause, Optional, refuse, with_example
from chalicelib.audiences.parts import FILLED
from chalicelib.durations import Duration, duration_ms
from chalicelib.events.reserved import Derived
from chalicelib.journeys.definition import checks
from chalicelib.journeys.definition.entry_documents import ApiEntry, CronEntry, Entry, EventEntry, SegmentEntry
from chalicelib.journeys.definition.event_documents import Awaited, Happening
from chalicelib.journeys.definition.node_documents import AnyNode
from chalicelib.journeys.definition.rank_documents import RANKED
from chalicelib.messages.templates.parts import Wrong, refuse_all

KIND: Final = "journeys"
MAX_DOCUMENT_BYTES: Final = 64 * 1024  # as JSON: those of all journeys in force lie in one item
MAX_EXITS: Final = 10
MAX_WINDOWS: Final = 5  # of a goal
MAX_CONTROL: Final = 0.5  # of the people, who get nothing
MAX_GRACE_MS: Final = 3_600_000

_EXAMPLE: Final = {
    "title": "未支付挽回",
    "entry": {
        "event": "OrderSubmitted",
        "key": "properties.order_id",
        "segment": "followers",
        "re_entry": {"policy": "after_exit", "limit": 1, "within": "7d"},
    },
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "goal": {
        "event": "OrderPaid",
        "match": {"properties.order_id": "entry.properties.order_id"},
        "within": ["1d", "3d", "7d"],
        "revenue": "properties.amount",
    },
    "control": 0.1,
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "unpaid", "channels": ["customer_service", "template", "push", "sms"]}, "next": "claim"},
        "claim": {"wait_for": {"event": "CouponClaimed"}, "within": "15m", "then": "tagged", "else": "pick"},
        "pick": {"branch": [{"where": {"identifier": "mobile", "exists": True}, "next": "call"}], "else": "ab"},
        "ab": {"split": [{"weight": 50, "next": "offer2"}, {"weight": 50, "next": "done"}]},
        "tagged": {"do": [{"add_tag": "claimed"}, {"set": {"stage": "won"}}], "next": "done"},
        "call": {"do": [{"webhook": "sales"}], "next": "done"},
        "offer2": {"send": {"template": "unpaid2", "channels": ["sms"]}, "next": "done"},
        "done": {"exit": "finished"},
    },
}


def _ascending(lengths: tuple[str, ...]) -> tuple[str, ...]:
    known = [duration_ms(one) for one in lengths]
    if known != sorted(set(known)):
        refuse((), "windows_unordered", "windows go from short to long, each once")
    return lengths


def _share(number: int | float) -> int | float:
    if not 0 <= number <= MAX_CONTROL:
        refuse((), "control_invalid", f"the control group is a share of the people, from 0 to {MAX_CONTROL}")
    return number


def _grace(text: str) -> str:
    if duration_ms(text) > MAX_GRACE_MS:
        refuse((), "grace_too_long", "an hour at most: so much later everything happens")
    return text


def _small(value: Any) -> Any:
    """Looked at before anything else: what is too large is not taken apart."""
    if isinstance(value, dict) and len(json.dumps(value, ensure_ascii=False, default=str).encode()) > MAX_DOCUMENT_BYTES:
        refuse((), "document_too_large", f"a journey may have {MAX_DOCUMENT_BYTES // 1024} KB as JSON; let one journey enter another")
    return value


class GoalClause(Happening):
    """The event that the journey is for. Whoever it happens to within a window after the entry, or after a message, is converted."""

    within: Annotated[
        tuple[Duration, ...], FILLED, Field(max_length=MAX_WINDOWS, description="Windows, shortest first."), AfterValidator(_ascending)
    ]
    revenue: Optional[Path] = Field(default=None, description="Where in the event a number stands that it brought.")


class JourneyDocument(Clause):
    """A journey. docs/journeys.md tells what each entry and node does."""

    model_config = ConfigDict(json_schema_extra=with_example(_EXAMPLE))

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    entry: Entry
    exit: Annotated[tuple[Awaited, ...], Field(max_length=MAX_EXITS, description="Whatever happens first ends it at once.")] = ()
    goal: Optional[GoalClause] = None
    control: Annotated[
        Amount,
        AfterValidator(_share),
        Field(description="The share of people who are only watched, for comparison.", json_schema_extra={"maximum": MAX_CONTROL}),
    ] = 0
    grace: Optional[Annotated[Duration, AfterValidator(_grace)]] = Field(
        default=None, description="How late an event may come in that happened before a wait was over; 5s where it is left out."
    )
    start: Name = Field(description="The first node.")
    nodes: Annotated[dict[Name, AnyNode], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _not_too_large(cls, value: Any) -> Any:
        return _small(value)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse_all(checks.faults_of_nodes(self.start, self.nodes))
        refuse_all(list(self._never_matching()))
        return self

    def events(self) -> Iterator[tuple[str, Happening]]:
        """Every event that is looked out for once somebody is inside, with its place."""
        yield from ((f"exit/{place}", one) for place, one in enumerate(self.exit) if isinstance(one, Happening))
        if self.goal is not None:
            yield "goal", self.goal
        if isinstance(self.entry, EventEntry) and self.entry.then_not is not None:
            yield "entry/then_not", self.entry.then_not
        yield from checks.happenings(self.nodes)

    @property
    def brings(self) -> checks.Brings:
        """What an entry brings along. A calendar brings nobody anything but their rank."""
        match self.entry:
            case EventEntry(key=key) | ApiEntry(key=key):
                return checks.Brings(key=key is not None)
            case SegmentEntry():
                return checks.Brings(frozenset({NAMED_BY[Derived.SEGMENT_ENTERED]}))
            case CronEntry(rank=rank) if rank is not None:
                return checks.Brings(RANKED)
        return checks.Brings(frozenset())

    @property
    def brings_properties(self) -> bool:
        """Whether an entry has properties."""
        return self.brings.properties != frozenset()

    def _never_matching(self) -> Iterator[Wrong]:
        yield from checks.faults_of_matches(self.events(), self.nodes, self.brings)
        yield from checks.faults_of_keys(self.nodes, self.brings)
        yield from checks.faults_of_dates(self.nodes, self.brings)
