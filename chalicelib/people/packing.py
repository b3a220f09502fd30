"""People to items and back: short keys, packed bytes, so that the hot item stays under one write unit."""

import json
from typing import Any, Final

from chalicelib.identity.model import FIRST_RANK, Cluster, Edge, Rank
from chalicelib.people.attributes import Profile
from chalicelib.people.keeping import EMPTY, pack_journal, unpack_journal
from chalicelib.people.model import Activity, Person, Touch
from chalicelib.people.recent import FINGERPRINT_BYTES, KnownSets, Recent
from chalicelib.people.records import EDGE_PREFIX, EdgeRecord, PersonRecord, ProfileRecord, node_partition, person_partition

ITEM_BYTES: Final = 48  # names of attributes, sort key, numbers
_TIME_BYTES: Final = 6  # unsigned ms since the epoch; good for 8,900 years


def compact(value: Any) -> str:
    """JSON without spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pack_person(person: Person, version: int) -> PersonRecord:
    """The item of a person at a version."""
    return PersonRecord(
        pk=person_partition(person.id),
        ver=version,
        d=compact(_pack_cluster(person.cluster) | _pack_activity(person.activity) | _pack_history(person)),
        ring=b"".join(person.recent.ring) or None,
        known=b"".join(mark + max(at, 0).to_bytes(_TIME_BYTES, "big") for mark, at in person.known.sets) or None,
        into=person.into or None,
        dirty=person.dirty or None,
        lock=person.lock or None,
    )


def size_of(person: Person) -> int:
    """About how many bytes the item of a person takes, as DynamoDB counts them."""
    record = pack_person(person, person.version + 1)
    return ITEM_BYTES + len(record.pk) + len(record.d.encode()) + len(record.ring or b"") + len(record.known or b"")


def unpack_person(record: PersonRecord) -> Person:
    """The person of an item."""
    body = json.loads(record.d)
    return Person(
        id=record.pk[2:],
        version=int(record.ver),
        cluster=_unpack_cluster(body),
        activity=_unpack_activity(body),
        known=_unpack_known(record.known or b""),
        recent=Recent(ring=tuple(_split(record.ring or b"", FINGERPRINT_BYTES)), spills=_unpack_spills(body.get("sp", {}), record.pk[2:])),
        generation=body.get("g", 0),
        into=record.into or "",
        height=body.get("h", 0),
        recount=bool(body.get("rc")),
        dirty=bool(record.dirty),
        lock=record.lock or "",
        plan=body.get("p", 0),
        journal=unpack_journal(body.get("j", [0])),
        attributes_version=body.get("av", 0),
    )


def pack_profile(person: str, profile: Profile, version: int, generation: int) -> ProfileRecord:
    """The item of a person's attributes at a version."""
    return ProfileRecord(pk=person_partition(person), ver=version, gen=generation, d=compact(profile.operations))


def unpack_profile(record: ProfileRecord) -> Profile:
    """The attributes of an item."""
    return Profile({name: tuple(tuple(one) for one in operations) for name, operations in json.loads(record.d).items()})


def pack_edge(edge: Edge, rules_version: int, reason: str) -> tuple[EdgeRecord, EdgeRecord]:
    """The two items of an edge, one under each end."""
    low, high = (
        EdgeRecord(
            pk=node_partition(key),
            sk=EDGE_PREFIX + edge.other(key),
            first=edge.first,
            last=edge.last,
            verified=edge.verified,
            source=edge.source,
            rules=rules_version,
            reason=reason or None,
        )
        for key in edge.pair
    )
    return low, high


def unpack_edge(record: EdgeRecord) -> Edge:
    """The edge of either of its items."""
    low, high = sorted((record.pk[2:], record.sk[len(EDGE_PREFIX) :]))
    return Edge(low, high, int(record.first), int(record.last), bool(record.verified), record.source)


def pack_cluster(cluster: Cluster) -> dict[str, Any]:
    """A cluster as JSON."""
    return _pack_cluster(cluster)


def unpack_cluster(body: dict[str, Any]) -> Cluster:
    """A cluster from JSON."""
    return _unpack_cluster(body)


def _pack_cluster(cluster: Cluster) -> dict[str, Any]:
    body: dict[str, Any] = {"n": cluster.size, "c": cluster.counts}
    if cluster.unverified:
        body["u"] = 1
    if cluster.weakest != FIRST_RANK:
        body["w"] = list(cluster.weakest[:2])
    return body


def _unpack_cluster(body: dict[str, Any]) -> Cluster:
    return Cluster(size=body["n"], counts=body["c"], unverified=bool(body.get("u")), weakest=_rank(body.get("w")))


def _rank(packed: list[int] | None) -> Rank:
    """Strength and time only: the names break ties, and the last name is an upper bound for all of them."""
    return (packed[0], packed[1], "\U0010ffff", "") if packed else FIRST_RANK


def _pack_activity(activity: Activity) -> dict[str, Any]:
    body: dict[str, Any] = {"e": activity.events, "f": activity.first_seen, "l": activity.last_seen}
    touches = {"ta": activity.arrival, "tf": activity.first, "tl": activity.latest}
    seen: list[Touch] = []
    for name, touch in touches.items():
        if touch and touch in seen:
            body[name] = seen.index(touch)
        elif touch:
            body[name] = [touch.at[0], touch.at[1], touch.what]
            seen.append(touch)
    return body


def _unpack_activity(body: dict[str, Any]) -> Activity:
    touches: list[Touch | None] = []
    seen: list[Touch] = []
    for name in ("ta", "tf", "tl"):
        packed = body.get(name)
        if packed is None:
            touches.append(None)
        elif isinstance(packed, int):
            touches.append(seen[packed])
        else:
            seen.append(Touch(at=(packed[0], packed[1]), what=packed[2]))
            touches.append(seen[-1])
    return Activity(body["e"], body["f"], body["l"], *touches)


def _unpack_spills(packed: dict[str, int], person: str) -> dict[str, int]:
    return {owner or person: at for owner, at in packed.items()}


def _pack_history(person: Person) -> dict[str, Any]:
    own = {"" if owner == person.id else owner: at for owner, at in person.recent.spills.items()}
    body = {
        "sp": own,
        "g": person.generation,
        "h": person.height,
        "rc": int(person.recount),
        "p": person.plan,
        "av": person.attributes_version,
    }
    if person.journal != EMPTY:
        body["j"] = pack_journal(person.journal)
    return {name: value for name, value in body.items() if value}


def _unpack_known(packed: bytes) -> KnownSets:
    width = FINGERPRINT_BYTES + _TIME_BYTES
    return KnownSets(
        tuple((entry[:FINGERPRINT_BYTES], int.from_bytes(entry[FINGERPRINT_BYTES:], "big")) for entry in _split(packed, width))
    )


def _split(packed: bytes, width: int) -> list[bytes]:
    return [packed[start : start + width] for start in range(0, len(packed), width)]
