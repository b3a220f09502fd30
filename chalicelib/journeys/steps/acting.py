"""What `do` nodes do to and for a person; each act may be done twice.

Acts that change the person are events on their timeline, so that whatever follows from an event follows from them. Raises StepFailed for
what nobody can do before the journey, or what it names, is mended; and whatever stores raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.dispatch.model import Order
from chalicelib.errors import NotFound
from chalicelib.events.model import Event
from chalicelib.events.store import put_own
from chalicelib.identifiers import Identifier, parse_key
from chalicelib.journeys.engine.acts import Act, CallWebhook, EnterJourney, NotifyStaff
from chalicelib.journeys.engine.chart import Message
from chalicelib.journeys.engine.engine import Arrival, Refused
from chalicelib.journeys.engine.messages import Passing, order_of
from chalicelib.journeys.engine.model import Run, run_id
from chalicelib.journeys.engine.scope import known_at
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import admitting
from chalicelib.journeys.steps import ordering, told
from chalicelib.journeys.steps.briefing import briefed
from chalicelib.journeys.steps.failing import StepFailed
from chalicelib.journeys.steps.ordering import template_of
from chalicelib.journeys.steps.told import Deed
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.reading import person_of, strongest_of
from chalicelib.signals.paths import ABSENT
from chalicelib.telemetry import count_refusals

_NO_KEY: Final = (ABSENT, None, "")
STAFF_UNKNOWN: Final = "journey_staff_unknown"


@dataclass(frozen=True, slots=True)
class Doing:
    """A `do` node is passed. `person` is the one on the journey as they were called then, `number` which effect of its write it was."""

    passing: Passing
    person: str
    number: int = 0

    @property
    def seed(self) -> tuple[str | int, ...]:
        """What the ids of all that its acts leave behind begin with."""
        return self.passing.run.id, self.passing.node, self.passing.visit


def carry_out(doing: Doing, acts: Sequence[Act], now: int, *, unwanted: bool = False) -> None:
    """Does the acts: first, in one write, what is an event on the person's timeline, then the others in their order. Messages of a run
    that is over by now, which are `unwanted`, are put down as refused. Raises StepFailed at the first that cannot be done.
    """
    events = [event for place, act in enumerate(acts) if (event := _event(doing, act, place)) is not None]
    if events:
        put_own(events)
    for place, act in enumerate(acts):
        match act:
            case CallWebhook():
                _put(_call(doing, act, place), unwanted, now)
            case NotifyStaff():
                _put(_notify(doing, act, place, now), unwanted, now)
            case EnterJourney():
                _enter(doing, act, place, now)


def whom(run: Run | None, person: str) -> Identifier:
    """The identifier that events of a run are written under: the one that entered, else the person's strongest. Raises LookupError."""
    found = parse_key(run.by) if run is not None and run.by else strongest_of(person)
    if found is None:
        raise LookupError(f"the person {person} has no identifier to write an event under")
    return found


def _event(doing: Doing, act: Act, place: int) -> Event | None:
    """What an act is on the person's timeline; None for those that are something else."""
    if isinstance(act, CallWebhook | NotifyStaff | EnterJourney):
        return None
    passing = doing.passing
    deed = Deed(
        (*doing.seed, place), _since(passing), whom(passing.run, doing.person), doing.number * told.APART + place, passing.chart.name
    )
    return told.event_of(act, deed, passing.run.depth)


def _since(passing: Passing) -> int:
    """When the visit began. It stays so when the step is tried again, so what was told before is told as the very same event."""
    visits = passing.run.visits
    return visits[passing.visit].since if passing.visit < len(visits) else passing.at


def _put(orders: Sequence[Order], unwanted: bool, now: int) -> None:
    ordering.put(orders, {one.id for one in orders} if unwanted else (), now)


def _call(doing: Doing, act: CallWebhook, place: int) -> list[Order]:
    template = template_of(act.template)
    if ChannelName.WEBHOOK not in template.document.bodies():
        raise StepFailed("channel_missing", f"the template {act.template} has nothing for a webhook")
    wanted = Message(act.template, (ChannelName.WEBHOOK,), strict=True, data=act.data)
    return [order_of(doing.passing, wanted, template, doing.person, (place, 0))]


def _notify(doing: Doing, act: NotifyStaff, place: int, now: int) -> list[Order]:
    """Whoever of the staff nobody knows is counted; the step has failed where all of them are such."""
    template = template_of(act.template)
    known: dict[str, int] = {}
    for number, one in enumerate(act.to):
        if found := _staff(one):
            known.setdefault(found, number)
    if not known:
        raise StepFailed("staff_unknown", "none of those whom the node is to tell is known")
    wanted = Message(act.template, act.channels, data=briefed(template, doing.passing.chart.name, doing.person, now))
    return [order_of(doing.passing, wanted, template, one, (place, number)) for one, number in known.items()]


def _staff(one: Identifier) -> str:
    """The id of somebody of the staff, "" for nobody."""
    try:
        return person_of(one).id
    except NotFound:
        count_refusals([STAFF_UNKNOWN])
        return ""


def _enter(doing: Doing, act: EnterJourney, place: int, now: int) -> None:
    """A refusal is for the other journey to make, and to tell; that there is none in force, or no key for it, is a fault of this one."""
    run, at = doing.passing.run, doing.passing.at
    standing = book.current().standing(act.journey)
    if standing is None or not standing.version:
        raise StepFailed("journey_unknown", f"no journey {act.journey} is in force")
    key = known_at(run, act.key) if act.key else ABSENT
    if standing.current is not None and standing.current.door.key and key in _NO_KEY:
        raise StepFailed(Refused.KEY_MISSING, f"the journey {act.journey} has a thread for each key, and this run knows none")
    arrival = Arrival(
        run=run_id(act.journey, "run", *doing.seed, place),
        key="" if key is ABSENT else str(key),
        by=run.by,
        seed="",
        at=at,
        entry=run.entry,
        depth=run.depth + 1,
    )
    if admitting.admit(doing.person, act.journey, arrival, now) is None:
        raise StepFailed("journey_unknown", f"no journey {act.journey} is in force")
