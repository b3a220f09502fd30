"""Going through a part of a broadcast's segment: page by page, everybody in it gets a message.

A page is put down person by person and only then noted as gone through. Whoever dies in between leaves a page that is gone through again,
and a message that is there already is not put down again: its id is made of the broadcast and the person. So:

- Whoever is in the segment when the broadcast begins, and still is when their turn comes, gets one message. Who came later gets none.
- Whoever has become somebody else is that one. One who has swallowed others has had theirs, unless it was refused. The second round finds
  those who became one just so that neither was met.
- Paused or cancelled, the part is put down before the next page. So it is while too many of its own messages wait to be sent: what waits in
  a queue is what others have to wait for, and what still goes out of a pause.
- The lease is given up before the message for the next worker is sent. Should that be lost, whoever looks next sends another.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from chalicelib.broadcasts import backlog, part_store, queue, ranks, starting, store
from chalicelib.broadcasts.means import STORES, Listed, Means
from chalicelib.broadcasts.model import NEVER, Broadcast, message_of, order_of
from chalicelib.broadcasts.part_store import LeaseLost, Taken
from chalicelib.broadcasts.parts import LOST_MS, SHARDS, Gone, Part
from chalicelib.broadcasts.queue import CarryOn
from chalicelib.broadcasts.ranking import Table
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.absorb import POISON
from chalicelib.people.model import Person
from chalicelib.telemetry import count_refusals

FUNCTION: Final = "fan_out"
POISON_CODE: Final = "broadcast_poison"
WORK_MS: Final = 60_000  # of one worker
PAGE: Final = 100  # people: as many as one BatchGetItem reads


class End(StrEnum):
    """How a worker ended. After all of them the message is done with."""

    DONE = "done"  # the part is finished
    HANDED_ON = "handed_on"
    WAITING = "waiting"  # for fewer of its messages to wait
    HELD = "held"  # paused or cancelled
    REFUSED = "refused"  # people cannot be ranked, so nobody is told
    LEFT = "left"  # another worker has it, or it was finished before


@dataclass(slots=True)
class _Worker:
    """One invocation at one part. `now` tells the time (epoch ms), `until` is when it stops."""

    one: Broadcast
    channels: tuple[ChannelName, ...]
    means: Means
    now: Callable[[], int]
    until: int
    table: Table | None = None  # of ranks
    first: bool = True  # the page may have been gone through before, and not noted
    done: Gone = field(default_factory=Gone)

    @property
    def is_tired(self) -> bool:
        """Whether it is another worker's turn."""
        return self.now() >= self.until

    def seconds_to_wait(self, part: Part) -> int:
        """For how long too many messages of the part wait to be sent; 0: they do not."""
        recent = backlog.looked_at(part, self.channels)
        if not backlog.may_be_many(recent):
            return 0
        first, last = part.sheet_of(part.pages - len(recent)), part.sheet_of(part.pages - 1)
        waiting = backlog.waiting(recent, self.means.noted(self.one.report, first, last))
        return backlog.seconds_until_again(part, self.now()) if waiting >= backlog.MOST else 0

    def page(self, part: Part) -> tuple[list[Listed], tuple[int, str]]:
        """The next people, and the place behind them: how many shards are behind, and the last person in the next."""
        return page_of(part, self.one.wanted.segment, PAGE, self.means)

    def meet(self, page: Sequence[Listed], part: Part) -> Gone:
        """Everybody on a page gets a message, unless they are left out or have one."""
        ids = [one.person for one in page if one.since <= self.one.started_at]
        out = self.means.excepted(self.one.wanted.excepted, ids) if self.one.wanted.excepted and ids else set()
        roots = self.means.people([one for one in ids if one not in out])
        persons = {person.id: person for person in roots.values() if person.height or not part.is_second}
        orders = self._orders(persons.values(), part)
        begun, self.first = self._begin(orders), False
        if part.is_second:
            return Gone(begun=begun.begun, failed=begun.failed)
        had = Gone(seen=len(page), late=len(page) - len(ids), excepted=len(out), twice=len(roots) - len(orders))
        return begun + had

    def _orders(self, persons: Collection[Person], part: Part) -> list[Order]:
        """Of those who have none. Who is by themselves is not asked about, unless the page is gone through again."""
        again = self.first or part.is_second
        others = {one.id: {message_of(self.one.id, each) for each in self.means.absorbed(one)} for one in persons}
        own = {one.id: message_of(self.one.id, one.id) for one in persons} if again else {}
        asked = {message for mine in others.values() for message in mine} | set(own.values())
        states = self.means.states(asked) if asked else {}
        told = {message for message, state in states.items() if state is not State.REFUSED}
        free = [one for one, theirs in others.items() if own.get(one) not in states and not theirs & told]
        return [order_of(self.one, one, part.sheet, self.now()) for one in free]

    def _begin(self, orders: Sequence[Order]) -> Gone:
        """All at once, which takes fewer reads; one by one when something is wrong with one of them."""
        try:
            return self._put(self._made(orders) if orders else ())
        except POISON:
            return sum((self._begin_one(order) for order in orders), Gone())

    def _begin_one(self, order: Order) -> Gone:
        """Whoever nothing can be made of is put aside: the others are not to wait for them."""
        try:
            return self._put(self._made([order]))
        except POISON as error:
            bury([DeadLetter(FUNCTION, order.person, order.id, f"{type(error).__name__}: {error}")])
            count_refusals([POISON_CODE])
            return Gone(failed=1)

    def _made(self, orders: Sequence[Order]) -> Sequence[Message]:
        if self.table is None:
            return self.means.begun(orders, self.now())
        return ranks.begun(orders, self.table, self.means, self.now())

    def _put(self, messages: Sequence[Message]) -> Gone:
        new = sum(self.means.put_new(one) for one in messages)
        return Gone(begun=new, twice=len(messages) - new)


def work(message: CarryOn, name: str, now: Callable[[], int], means: Means = STORES) -> tuple[End, Gone]:
    """Carries on a part for a message called `name`; how that ended, and what was done. Raises what is the platform's fault."""
    began = now()
    found = taken(message, name, began)
    if found is None:
        return End.LEFT, Gone()
    one, part = found
    worker = _Worker(one, channels_of(one), means, now, began + WORK_MS, ranks.table_of(one))
    try:
        return _carried_on(part, worker), worker.done
    except LeaseLost:
        return End.LEFT, worker.done


def taken(message: CarryOn, name: str, now: int) -> tuple[Broadcast, Part] | None:
    """The part, claimed for a message called `name`, and its broadcast; None where there is nothing to do."""
    one = store.find(message.broadcast)
    part = part_store.take(message.broadcast, message.part, name, now) if one is not None else Taken.UNKNOWN
    if one is not None and not isinstance(part, Taken):
        return one, part
    if part is Taken.OVER:
        starting.look_after(message.broadcast, now)  # whoever finished the last part may have died before saying so
    return None


def page_of(part: Part, segment: str, size: int, means: Means) -> tuple[list[Listed], tuple[int, str]]:
    """The next people of a part, and the place behind them: how many shards are behind, and the last person in the next."""
    found: list[Listed] = []
    while part.shard < SHARDS and len(found) < size:
        wanted = size - len(found)
        more = means.listed(segment, part.shard, part.after, wanted)
        found += more
        part = replace(part, after=more[-1].person) if len(more) == wanted else replace(part, shards=part.shards + 1, after="")
    return found, (part.shards, part.after)


def channels_of(one: Broadcast) -> tuple[ChannelName, ...]:
    """The channels that its messages may go by."""
    if one.wanted.channels:
        return one.wanted.channels
    template = published.of_version(one.wanted.template, one.wanted.version)
    return tuple(template.document.bodies()) if template is not None else ()


def _carried_on(part: Part, worker: _Worker) -> End:
    before = part.gone
    while True:
        found = store.find(part.broadcast)
        if found is None or not found.goes_on:
            return put_down(part)
        if seconds := worker.seconds_to_wait(part):
            return handed_on(part, worker.now(), seconds)
        if worker.is_tired:
            return handed_on(part, worker.now())
        worker.one = found
        page, place = worker.page(part)
        met = worker.meet(page, part)
        worker.done += met
        if len(page) < PAGE:
            part_store.finish(part, before + worker.done, worker.now())
            starting.look_after(part.broadcast, worker.now())
            return End.DONE
        part = part_store.save(part, place, before + worker.done, met.begun, worker.now())


def handed_on(part: Part, now: int, seconds: int = 0) -> End:
    """Another worker is to go on with it, in so many seconds. Raises LeaseLost."""
    part_store.release(part, now + LOST_MS)
    queue.send([CarryOn(part.broadcast, part.number)], seconds)
    return End.WAITING if seconds else End.HANDED_ON


def put_down(part: Part) -> End:
    """Whoever resumes it sends a message for a part that is lost. Who did so just before found a worker here. Raises LeaseLost."""
    part_store.release(part, NEVER)
    found = store.find(part.broadcast)
    if found is not None and found.goes_on:
        queue.send([CarryOn(part.broadcast, part.number)])
    return End.HELD
