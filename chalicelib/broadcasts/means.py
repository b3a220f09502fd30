"""What going through a segment needs of the stores, and the stores themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.membership_records import PERSON_PREFIX, MemberOfRecord, partition, shard_of
from chalicelib.audiences.portrait import portrait_of
from chalicelib.broadcasts.ranking import Ranking, Value
from chalicelib.dispatch import deciding, places, tallies
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.dispatch.records import SEND, MessageRecord
from chalicelib.dispatch.tally_sheets import Counts
from chalicelib.messages.policy.decisions import Decision
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.people.records import MERGED_PREFIX, MemberRecord, person_partition

_READ: Final = 100  # keys of one BatchGetItem


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list of a segment's people, and since when (ms)."""

    person: str
    since: int


class Means(Protocol):
    """The stores, as somebody sees them who goes through a segment."""

    def listed(self, segment: str, part: int, after: str, limit: int) -> list[Listed]:
        """The next people of a part, by id; fewer than `limit` at its end only."""
        ...

    def excepted(self, segments: Sequence[str], persons: Collection[str]) -> set[str]:
        """Those of the persons who are in one of the segments."""
        ...

    def people(self, ids: Iterable[str]) -> Mapping[str, Person]:
        """For each id the person that it is now."""
        ...

    def absorbed(self, person: Person) -> Sequence[str]:
        """The ids of all who have become part of a person."""
        ...

    def states(self, messages: Collection[str]) -> Mapping[str, State]:
        """The states of those of the messages that there are."""
        ...

    def values(self, persons: Collection[str], ranking: Ranking, now: int) -> Mapping[str, Value]:
        """What persons are ranked by at `now` (ms), of those who have it."""
        ...

    def begun(self, orders: Sequence[Order], now: int) -> list[Message]:
        """What becomes of orders, not written yet."""
        ...

    def put_new(self, message: Message) -> bool:
        """Writes a message unless there is one already; whether it did."""
        ...

    def noted(self, report: str, first: str, last: str) -> Counts:
        """Where the messages are that the sheets of a report from `first` to `last` tell of."""
        ...


class Stores:
    """The real ones."""

    def listed(self, segment: str, part: int, after: str, limit: int) -> list[Listed]:
        """A part is a shard of the list."""
        behind = MemberOfRecord.sk > PERSON_PREFIX + after
        found = MemberOfRecord.query(partition(Audience.SEGMENT, segment, part), behind, limit=limit, page_size=limit)
        return [Listed(one.sk.removeprefix(PERSON_PREFIX), int(one.since)) for one in found if one.sk.startswith(PERSON_PREFIX)]

    def excepted(self, segments: Sequence[str], persons: Collection[str]) -> set[str]:
        """By their places on the lists."""
        keys = [(partition(Audience.SEGMENT, name, shard_of(one)), PERSON_PREFIX + one) for name in segments for one in persons]
        return {record.sk.removeprefix(PERSON_PREFIX) for record in _all_of(MemberOfRecord, keys)}

    def people(self, ids: Iterable[str]) -> Mapping[str, Person]:
        """Strongly consistent: whoever has become somebody else is that one."""
        return people.roots(ids)

    def absorbed(self, person: Person) -> Sequence[str]:
        """A query for each of them, none for somebody who is all by themselves."""
        found: list[str] = []
        waiting = [person.id] if person.height else []
        while waiting:
            listed = MemberRecord.query(person_partition(waiting.pop()), MemberRecord.sk.startswith(MERGED_PREFIX), consistent_read=True)
            more = [record.sk.removeprefix(MERGED_PREFIX) for record in listed]
            found += more
            waiting += more
        return found

    def states(self, messages: Collection[str]) -> Mapping[str, State]:
        """By key."""
        return {one.pk: State(one.s) for one in _all_of(MessageRecord, [(one, SEND) for one in messages])}

    def values(self, persons: Collection[str], ranking: Ranking, now: int) -> Mapping[str, Value]:
        """As texts have it: judged by the rules in force, which takes two reads for each person."""
        found = {key: ranking.value_in(portrait_of(person, now)) for key, person in people.persons(persons).items()}
        return {key: value for key, value in found.items() if value is not None}

    def begun(self, orders: Sequence[Order], now: int) -> list[Message]:
        """What has to be known of all of them is read together."""
        return deciding.begun_many(orders, now)

    def weighed(self, orders: Sequence[Order], now: int) -> list[Decision]:
        """What the policy would say; nothing is reserved."""
        return deciding.weighed_many(orders, now)

    def put_new(self, message: Message) -> bool:
        """The stream of the write drives what follows. What the decision took under the caps is given back where nobody needs it."""
        won = messages.put_new(message)
        places.settled(message, won)
        return won

    def noted(self, report: str, first: str, last: str) -> Counts:
        """As the dispatcher has noted it, a second or so ago."""
        return tallies.counted_on(report, first, last)


STORES: Final = Stores()


def _all_of(model: type[Any], keys: Sequence[tuple[str, str]]) -> list[Any]:
    """Strongly consistent."""
    chunks = (keys[start : start + _READ] for start in range(0, len(keys), _READ))
    return [record for chunk in chunks for record in model.batch_get(chunk, consistent_read=True)]
