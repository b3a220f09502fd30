"""Reads and conditional writes of people. Every write names the version that it was decided on; who comes second reads again."""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.errors import Busy
from chalicelib.identity.model import Edge
from chalicelib.people.attributes import Profile
from chalicelib.people.keeping import pack_ledger, pack_standing, unpack_ledger, unpack_standing
from chalicelib.people.model import Person
from chalicelib.people.packing import pack_person, pack_profile, unpack_edge, unpack_person, unpack_profile
from chalicelib.people.recent import BLOCK_LIFE_MS, FINGERPRINT_BYTES
from chalicelib.people.records import (
    BLOCK_PREFIX,
    EDGE_PREFIX,
    LISTING_PREFIX,
    MEMBER_PREFIX,
    MERGED_PREFIX,
    NODE,
    PERSON,
    PROFILE,
    SIGNALS,
    STANDING,
    BlockRecord,
    EdgeRecord,
    LedgerRecord,
    MemberRecord,
    NodeRecord,
    PersonRecord,
    ProfileRecord,
    StandingRecord,
    node_partition,
    person_partition,
)
from chalicelib.people.standing import Standing
from chalicelib.signals.model import Ledger

Image = Mapping[str, Mapping[str, Any]]  # an item in DynamoDB's typed JSON, as streams carry it

MAX_REDIRECTS: Final = 64  # a chain is as long as the logarithm of the cluster; more means a loop that must not be followed
MAX_TRANSACTION: Final = 100  # DynamoDB's limit of items in one transaction
MAX_KEY_BYTES: Final = 1024 - len(MEMBER_PREFIX)  # of an identifier key: it stands behind a prefix in sort keys
INVALID: Final = "ValidationException"
_INVALID_ITEM: Final = "ValidationError"  # the same, as a reason of a cancelled transaction
_CONFLICT_CODES: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_LOST: Final = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})  # of a single write


class Unstorable(ValueError):
    """DynamoDB will never take the item (too large, a key too long): trying again cannot help."""


class Stale(Exception):
    """Somebody else wrote first, or the same thing at the same time; read again and decide anew."""


@dataclass(slots=True)
class Transaction:
    """Items that are written together or not at all, each with the condition under which it may be."""

    puts: list[tuple[Model, Condition | None]] = field(default_factory=list)
    checks: list[tuple[type[Model], str, str, Condition]] = field(default_factory=list)
    deletes: list[tuple[Model, Condition | None]] = field(default_factory=list)
    updates: list[tuple[Model, list[Action], Condition | None]] = field(default_factory=list)

    @property
    def room(self) -> int:
        """How many more items there is room for."""
        return MAX_TRANSACTION - len(self.puts) - len(self.checks) - len(self.deletes) - len(self.updates)

    def put(self, record: Model, condition: Condition | None = None) -> None:
        """Writes the item if the condition holds."""
        self.puts.append((record, condition))

    def check(self, model: type[Model], pk: str, sk: str, condition: Condition) -> None:
        """Writes nothing, but everything else only if the condition holds for this item."""
        self.checks.append((model, pk, sk, condition))

    def delete(self, record: Model, condition: Condition | None = None) -> None:
        """Removes the item if the condition holds."""
        self.deletes.append((record, condition))

    def update(self, record: Model, *actions: Action, condition: Condition | None = None) -> None:
        """Changes attributes of an item if the condition holds; an item that is not there begins with them."""
        self.updates.append((record, list(actions), condition))

    def person(self, person: Person) -> None:
        """Writes the person if nobody else has since `person.version` was read."""
        self.put(pack_person(person, person.version + 1), unchanged(PersonRecord, person.version))

    def profile(self, person: str, stored: "StoredProfile") -> None:
        """Writes the attributes if nobody else has since they were read."""
        self.put(pack_profile(person, stored.profile, stored.version + 1, stored.generation), unchanged(ProfileRecord, stored.version))

    def ledger(self, person: str, stored: "StoredLedger") -> None:
        """Writes the ledger of a person's signals if nobody else has since it was read."""
        self.put(_ledger_record(person, stored), unchanged(LedgerRecord, stored.version))

    def standing(self, person: str, standing: Standing) -> None:
        """Writes the standing at its next version if nobody else has since it was read."""
        self.put(_standing_record(person, standing), unchanged(StandingRecord, standing.version))

    def drop_standing(self, person: str, version: int) -> None:
        """Removes the standing of a person who is somebody else now, if it still is the one that was read (or there still is none)."""
        if version:
            self.delete(StandingRecord(pk=person_partition(person), ver=version, d=""), unchanged(StandingRecord, version))
        else:
            self.check(StandingRecord, person_partition(person), STANDING, unchanged(StandingRecord, version))

    def commit(self) -> None:
        """Writes everything. Raises Stale when a condition no longer holds, Busy when it is more than a transaction holds."""
        if self.room < 0:
            raise Busy("too many items for one transaction; the delivery is tried again")
        try:
            with TransactWrite(connection=_connection()) as writing:
                self._hand_over(writing)
        except TransactWriteError as error:
            if _is_conflict(error):
                raise Stale from error
            if _is_invalid(error):
                raise Unstorable(str(error)) from error
            raise

    def _hand_over(self, writing: TransactWrite) -> None:
        for record, condition in self.puts:
            writing.save(record, condition=condition)
        for model, pk, sk, condition in self.checks:
            writing.condition_check(model, pk, sk, condition=condition)
        for record, condition in self.deletes:
            writing.delete(record, condition=condition)
        for record, actions, condition in self.updates:
            writing.update(record, actions=actions, condition=condition)


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """The attributes of a person as they are stored: at version 0 when none are. `generation` is the person's when they were rewritten."""

    profile: Profile = field(default_factory=Profile)
    version: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """A ledger as it was read; version 0 is not stored yet."""

    ledger: Ledger = field(default_factory=Ledger)
    version: int = 0


def unchanged(model: type[PersonRecord | ProfileRecord | LedgerRecord | StandingRecord], version: int) -> Condition:
    """The condition that the item still is at `version`; 0 means that there is none."""
    if version == 0:
        return model.pk.does_not_exist()
    return model.ver == version


def check_keys(keys: Iterable[str]) -> None:
    """Raises Unstorable for an identifier key that no item can hold. A read with one would fail like a fault of the platform."""
    for key in keys:
        if len(key.encode()) > MAX_KEY_BYTES:
            raise Unstorable(f"the identifier {key[:64]!r} takes more than {MAX_KEY_BYTES} bytes")


def nodes(keys: Iterable[str], consistent: bool = True) -> dict[str, NodeRecord]:
    """The identifiers among `keys` that are stored, by key, in the order of `keys` (PynamoDB asks and answers in none)."""
    wanted = {key: (node_partition(key), NODE) for key in keys}
    found = {record.pk[2:]: record for record in NodeRecord.batch_get(wanted.values(), consistent_read=consistent)} if wanted else {}
    return {key: found[key] for key in wanted if key in found}


def persons(ids: Iterable[str], consistent: bool = True) -> dict[str, Person]:
    """The persons among `ids` that are stored, by id, redirects not followed, in the order of `ids`."""
    wanted = {one: (person_partition(one), PERSON) for one in ids}
    records = PersonRecord.batch_get(wanted.values(), consistent_read=consistent) if wanted else ()
    found = {person.id: person for person in map(unpack_person, records)}
    return {one: found[one] for one in wanted if one in found}


def roots(ids: Iterable[str], consistent: bool = True) -> dict[str, Person]:
    """For each person id the person it has been merged into, at the end of all redirects. Unknown ids are left out."""
    target = {one: one for one in ids}
    found: dict[str, Person] = {}
    for _ in range(MAX_REDIRECTS):
        found.update(persons((one for one in target.values() if one not in found), consistent))
        ahead = {one: found[at].into for one, at in target.items() if at in found and found[at].into}
        if not ahead:
            return {one: found[at] for one, at in target.items() if at in found}
        target.update(ahead)
    raise Busy("redirects do not end; the delivery is tried again")


def edges_between(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], EdgeRecord]:
    """The stored evidence among the pairs (low, high), by pair."""
    wanted = [(node_partition(low), EDGE_PREFIX + high) for low, high in pairs]
    found = EdgeRecord.batch_get(wanted, consistent_read=True) if wanted else ()
    return {unpack_edge(record).pair: record for record in found}


def edges_of(key: str) -> list[EdgeRecord]:
    """All evidence that an identifier takes part in."""
    return list(EdgeRecord.query(node_partition(key), EdgeRecord.sk.startswith(EDGE_PREFIX), consistent_read=True))


def members(person: str) -> Iterator[tuple[str, str]]:
    """The identifiers of a person and of all that were merged into it, as (identifier key, person id that lists it)."""
    waiting = [person]
    while waiting:
        at = waiting.pop()
        for record in MemberRecord.query(person_partition(at), MemberRecord.sk.startswith(LISTING_PREFIX), consistent_read=True):
            if record.sk.startswith(MEMBER_PREFIX):
                yield record.sk[len(MEMBER_PREFIX) :], at
            elif record.sk.startswith(MERGED_PREFIX):
                waiting.append(record.sk[len(MERGED_PREFIX) :])


def member(person: str, key: str) -> MemberRecord:
    """The item that lists an identifier under a person."""
    return MemberRecord(pk=person_partition(person), sk=MEMBER_PREFIX + key)


def merged(survivor: str, person: str) -> MemberRecord:
    """The item that lists a person under the one it was merged into."""
    return MemberRecord(pk=person_partition(survivor), sk=MERGED_PREFIX + person)


def profile(person: str) -> StoredProfile:
    """The attributes of a person."""
    for record in ProfileRecord.batch_get([(person_partition(person), PROFILE)], consistent_read=True):
        return StoredProfile(unpack_profile(record), int(record.ver), int(record.gen))
    return StoredProfile()


def profiles(persons: Iterable[str], consistent: bool = True) -> dict[str, Profile]:
    """The attributes of persons, by person id; those without any are left out."""
    wanted = {person_partition(one): one for one in persons}
    keys = [(partition, PROFILE) for partition in wanted]
    records = ProfileRecord.batch_get(keys, consistent_read=consistent) if keys else ()
    return {wanted[record.pk]: unpack_profile(record) for record in records}


def ledger(person: str, consistent: bool = True) -> StoredLedger:
    """What is kept of a person's signals, but for the newest hits."""
    for record in LedgerRecord.batch_get([(person_partition(person), SIGNALS)], consistent_read=consistent):
        return StoredLedger(unpack_ledger(record.d), int(record.ver))
    return StoredLedger()


def standing(person: str) -> Standing:
    """Where rules have put a person; version 0 if they have not."""
    for record in StandingRecord.batch_get([(person_partition(person), STANDING)], consistent_read=True):
        return unpack_standing(record.d, int(record.ver))
    return Standing()


def save_ledger(person: str, stored: StoredLedger) -> None:
    """Writes the ledger if nobody else has since `stored.version` was read; raises Stale otherwise."""
    _save(_ledger_record(person, stored), unchanged(LedgerRecord, stored.version))


def save_standing(person: str, standing: Standing) -> None:
    """Writes the standing at its next version if nobody else has since `standing.version`; raises Stale otherwise."""
    _save(_standing_record(person, standing), unchanged(StandingRecord, standing.version))


def person_of_image(image: Image) -> Person:
    """The person of a stream record's image."""
    record = PersonRecord()
    record.deserialize({name: _with_bytes(value) for name, value in image.items()})
    return unpack_person(record)


def _with_bytes(value: Mapping[str, Any]) -> dict[str, Any]:
    """Lambda hands bytes over in base64."""
    return {kind: b64decode(one) if kind == "B" and isinstance(one, str) else one for kind, one in value.items()}


def standing_of_image(image: Image) -> Standing:
    """The standing of a stream record's image."""
    return unpack_standing(image["d"]["S"], int(image["ver"]["N"]))


def save_person(person: Person) -> Person:
    """Writes the person if nobody else has since it was read; raises Stale otherwise. Returns it at its new version."""
    record = pack_person(person, person.version + 1)
    _save(record, unchanged(PersonRecord, person.version))
    return unpack_person(record)


def save_profile(person: str, stored: StoredProfile) -> None:
    """Writes the attributes if nobody else has since `stored.version` was read; raises Stale otherwise."""
    _save(pack_profile(person, stored.profile, stored.version + 1, stored.generation), unchanged(ProfileRecord, stored.version))


def save_block(owner: str, marks: Sequence[bytes], at: int, place: int = 0) -> None:
    """Keeps fingerprints of applied events for as long as a stream can redeliver them. `at` in ms; writing it twice is one item."""
    BlockRecord(
        pk=person_partition(owner),
        sk=f"{BLOCK_PREFIX}{at:013d}#{place:04d}#{marks[0].hex()}",
        marks=b"".join(marks),
        expires=(at + BLOCK_LIFE_MS) // 1000,
    ).save()


def block_marks(owner: str, since: int) -> set[bytes]:
    """The fingerprints in the blocks of a person that were spilled at or after `since` (ms)."""
    first, last = f"{BLOCK_PREFIX}{max(since, 0):013d}", f"{BLOCK_PREFIX}~"
    found = BlockRecord.query(person_partition(owner), BlockRecord.sk.between(first, last), consistent_read=True)
    return {record.marks[start : start + FINGERPRINT_BYTES] for record in found for start in range(0, len(record.marks), FINGERPRINT_BYTES)}


def edge_values(records: Mapping[tuple[str, str], EdgeRecord]) -> dict[tuple[str, str], Edge]:
    """The evidence in the items, by pair."""
    return {pair: unpack_edge(record) for pair, record in records.items()}


def _ledger_record(person: str, stored: StoredLedger) -> LedgerRecord:
    return LedgerRecord(pk=person_partition(person), ver=stored.version + 1, d=pack_ledger(stored.ledger))


def _standing_record(person: str, standing: Standing) -> StandingRecord:
    return StandingRecord(pk=person_partition(person), ver=standing.version + 1, d=pack_standing(standing))


def _save(record: Model, condition: Condition) -> None:
    try:
        record.save(condition=condition)
    except PutError as error:
        if error.cause_response_code in _LOST:
            raise Stale from error
        if error.cause_response_code == INVALID:
            raise Unstorable(str(error)) from error
        raise


def _connection() -> Connection:
    return PersonRecord.shared_connection()


def _is_conflict(error: TransactWriteError) -> bool:
    return error.cause_response_code == "TransactionInProgressException" or not _CONFLICT_CODES.isdisjoint(_reasons(error))


def _is_invalid(error: TransactWriteError) -> bool:
    return error.cause_response_code == INVALID or _INVALID_ITEM in _reasons(error)


def _reasons(error: TransactWriteError) -> set[str]:
    return {reason.code for reason in error.cancellation_reasons if reason is not None}
