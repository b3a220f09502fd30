"""People with any number of identifiers, written straight into a table: linking ten thousand one by one would take half a minute."""

from pynamodb.models import Model

from chalicelib.identifiers import Identifier
from chalicelib.identity.model import Cluster, edge_between
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import store
from chalicelib.people.model import Activity, Person, person_id
from chalicelib.people.packing import pack_edge, pack_person
from chalicelib.people.records import NodeRecord, node_partition
from tests.bench import traffic
from tests.simulation.quick_dynamo import Attributes, Key

CROWD = "device_id"  # of which a person may have any number


def fabricate(table: dict[Key, Attributes], namespace: str, size: int) -> Identifier:
    """A person of one identifier of `namespace` and `size - 1` devices, each linked to it; returns that identifier."""
    centre = Identifier(namespace, f"{namespace}-{size}")
    crowd = [Identifier(CROWD, f"{namespace}-{size}-{number:08d}") for number in range(size - 1)]
    person = person_id(centre.key)
    cluster = Cluster(size=size, counts={namespace: 1, **({CROWD: size - 1} if crowd else {})})
    activity = Activity(events=size, first_seen=traffic.NOW - traffic.PAUSE, last_seen=traffic.NOW)
    _put(table, pack_person(Person(id=person, version=1, cluster=cluster, activity=activity), 1))
    for one in (centre, *crowd):
        _put(table, NodeRecord(pk=node_partition(one.key), person=person, since=traffic.NOW, source=traffic.SOURCE))
        _put(table, store.member(person, one.key))
    for one in crowd:
        edge = edge_between(centre, one, traffic.NOW, frozenset(), traffic.SOURCE, DEFAULT_RULES)
        for record in pack_edge(edge, 0, ""):
            _put(table, record)
    return centre


def _put(table: dict[Key, Attributes], record: Model) -> None:
    item = record.serialize()
    table[item["pk"]["S"], item["sk"]["S"]] = item
