"""Walks over journeys in plain dictionaries: a queue and timers that a test plays, lists, and workers that die.

yard = Yard({"daily": DAILY})
with yard.open():
    yard.member("user_id#ming")
    cron_entries.fire("daily", AT, AT)
    yard.drain()
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from chalicelib.audiences import planbook
from chalicelib.audiences.membership_records import shard_of as segment_shard_of
from chalicelib.audiences.planbook import NO_PLAN, StoredPlan
from chalicelib.broadcasts.means import Listed, Stores
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.model import Effect
from chalicelib.journeys.in_force.charts import Journeys, Standing
from chalicelib.journeys.runs import admitting, store
from chalicelib.journeys.runs.records import EnrolmentRecord, shard_of
from chalicelib.journeys.steps import moving_on
from chalicelib.journeys.steps.timing import about
from chalicelib.journeys.walks import changing, date_entries, deeds, walk_lists, walk_store, walking, walks, work_queue
from chalicelib.journeys.walks.walk_lists import Listing
from chalicelib.journeys.walks.walks import GoOn, Part, Walk, added
from chalicelib.people.model import Person
from chalicelib.people.records import PERSON, PersonRecord
from chalicelib.timers.model import Due
from chalicelib.timers.timers import Timers
from tests.integration.journeys.world import Town
from tests.support.charts import Somebody
from tests.support.deliveries import Killed


@dataclass(slots=True)
class Yard(Town):
    """Whoever is a member is in every segment. `queue` holds what was sent: (message, when it shows up, its id); `dues` what was armed."""

    members: dict[str, int] = field(default_factory=dict)  # person id: since
    later: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # versions after the first
    left: set[str] = field(default_factory=set)  # members who are listed still
    dates: dict[str, str] = field(default_factory=dict)  # person id: the date
    queue: list[tuple[GoOn, int, str]] = field(default_factory=list)
    dues: set[Due] = field(default_factory=set)
    plan_is_behind: bool = False
    sent: int = 0
    calls: int = 0
    dies_at: int | None = None  # the step, counted from 0, before which the worker is killed: before or after a call, or one message
    meanwhile: Callable[[], None] | None = None  # what happens instead

    def book(self) -> Journeys:
        """All journeys, each with its later versions."""
        return Journeys(map(self._standing, self.journeys))

    @contextmanager
    def open(self) -> Iterator["Yard"]:
        """Serves everything that walks need."""
        with Town.open(self), ExitStack() as patches:
            real = BaseClient._make_api_call  # what Town serves

            def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
                self._step()
                answer = real(client, operation, arguments)
                self._step()
                return answer

            patches.enter_context(patch.object(BaseClient, "_make_api_call", call))
            for target, name, stand_in in self._stand_ins():
                patches.enter_context(patch.object(target, name, stand_in))
            yield self

    def _stand_ins(self) -> Iterator[tuple[Any, str, Any]]:
        yield deeds, "WORKERS", 1  # one after the other: so that each dies at the call that is meant
        yield work_queue, "send", self._send
        yield Timers, "arm", lambda _, dues, __: self._arm(dues)
        yield Stores, "listed", lambda _, *asked: self._members(*asked)
        yield store, "listed", self._inside
        yield walk_lists, "_everybody", self._everybody
        for module in (admitting, changing, date_entries, moving_on):
            yield module, "view_of", self._view_of
        yield planbook, "stored", lambda: StoredPlan(NO_PLAN, NO_PLAN.version - self.plan_is_behind, 0)

    def joins(self, since: int | None = None, **identifiers: str) -> str:
        """Somebody is known, and a member; their id."""
        event = self.event("SignedUp", 0, None, **identifiers)
        self.linked(event)
        person = self.person(event.primary.key)
        self.members[person] = self.now if since is None else since
        return person

    def drain(self) -> None:
        """Works off the queue as messages show up, until there are none. Who dies has their message again."""
        while self.queue:
            self.queue.sort(key=lambda one: (one[1], one[2]))
            self.now = max(self.now, self.queue[0][1])
            self.deliver(0)

    def deliver(self, place: int = 0) -> None:
        """One message; it is gone when its worker is done with it."""
        one = self.queue[place]
        walking.work(one[0], one[2], lambda: self.now)
        self.queue.remove(one)

    def always(self, work: Callable[[], object], check: Callable[[], None], meanwhile: Callable[[], None] | None = None) -> int:
        """Does some work from this moment on again and again, each time with a death one step later, then once more as a message that comes
        again would have it; checks what came of it every time. How many deaths there were. Instead of a death, something may happen
        `meanwhile`.
        """
        tables = {name: dict(table) for name, table in self.dynamo.tables.items()}
        queue, dues, now, members = list(self.queue), set(self.dues), self.now, dict(self.members)
        for deaths in count():
            self.dynamo.tables.clear()
            self.dynamo.tables.update({name: dict(table) for name, table in tables.items()})
            self.queue, self.dues, self.now, self.members, self.calls = list(queue), set(dues), now, dict(members), 0
            self.dies_at, self.meanwhile = deaths, meanwhile
            with suppress(Killed):
                work()
            over, self.dies_at = self.dies_at is not None, None
            work()
            check()
            if over:
                return deaths
        raise AssertionError("it never ends")

    def _standing(self, name: str) -> Standing:
        documents = enumerate([self.journeys[name], *self.later.get(name, ())], 1)
        charts = {version: chart_of(name, version, document) for version, document in documents}
        return Standing(name, self.state, len(charts), at=self.since, since=self.since, charts=charts)

    def _step(self) -> None:
        self.calls += 1
        if self.dies_at is not None and self.calls > self.dies_at:
            self.dies_at = None
            if self.meanwhile is None:
                raise Killed
            self.meanwhile()

    def _arm(self, dues: Iterable[Due]) -> None:
        self._step()
        self.dues.update(dues)
        self._step()

    def effects(self) -> list[Effect]:
        """All that ever followed from a write of an enrolment, in its order."""
        name = EnrolmentRecord.Meta.table_name
        written = [item for table, (pk, _), _, item in self.dynamo.changes if table == name and pk.startswith("P#") and item]
        return [one for item in written for one in store.of_image(item).outbox]

    def counts(self, walk: Walk) -> dict[str, int]:
        """What became of how many people."""
        found: dict[str, int] = {}
        for part in walk_store.parts_of(walk):
            found = added(found, part.counts)
        return found

    def subjects(self) -> list[tuple[str, str, int]]:
        """What timers are set for: (kind, person, when)."""
        return sorted((found.kind.value, found.person, one.at) for one in self.dues for found in [about(one.subject)])

    def _send(self, messages: list[GoOn], delay: int = 0) -> None:
        for one in messages:
            self._step()
            self.sent += 1
            self.queue.append((one, self.now + delay * 1000, f"m{self.sent:05d}"))

    def _members(self, _: str, part: int, after: str, limit: int) -> list[Listed]:
        there = sorted(one for one in self.members if part in (segment_shard_of(one), *self._all) and one > after)
        return [Listed(one, self.members[one]) for one in there[:limit]]

    def _inside(self, journey: str, shard: str, after: str = "", limit: int = 500) -> list[str]:
        items = self.dynamo.tables.get(EnrolmentRecord.Meta.table_name, {})
        listed = [pk[2:] for (pk, sk), item in sorted(items.items()) if sk == journey and "listed" in item]
        return [one for one in listed if (shard_of(one) == shard or self._all) and one > after][:limit]

    def _everybody(self, part: Part) -> Listing:
        items = self.dynamo.tables.get(PersonRecord.Meta.table_name, {})
        there = sorted(pk[2:] for (pk, sk), item in items.items() if sk == PERSON and "into" not in item)
        return Listing(tuple(one for one in there if f"{segment_shard_of(one):x}" == part.shard or self._all), "")

    @property
    def _all(self) -> tuple[int, ...]:
        """The only part, where lists are not cut into parts."""
        return (0,) if len(walks.SHARDS) == 1 else ()

    def _view_of(self, person: Person, _: int) -> Somebody:
        segments = {"members"} if person.id in self.members and person.id not in self.left else set()
        return Somebody(segments=segments, attributes={"birthday": self.dates.get(person.id)})
