"""Whether the nodes of a journey make a journey: every way leads somewhere, every path ends, and none goes round without time. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from chalicelib.journeys.definition.act_documents import EnterJourney
from chalicelib.journeys.definition.event_documents import ENTRY_KEY, PROPERTIES, SENDS, Happening
from chalicelib.journeys.definition.node_documents import DoNode, ExitNode, Node, SendNode, WaitForNode, WaitNode
from chalicelib.journeys.definition.time_documents import UntilDate
from chalicelib.messages.templates.parts import Wrong

MAX_NODES: Final = 100

Nodes = Mapping[str, Node]
Place = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Brings:
    """What an entry brings along: its properties by name (None: whatever its event, or its caller, has), and whether it has a key."""

    properties: frozenset[str] | None = None
    key: bool = False

    def has(self, known: str) -> bool:
        """Whether a run can know what a path of its entry names."""
        if known == ENTRY_KEY:
            return self.key
        return (
            not known.startswith(PROPERTIES) or self.properties is None or known.removeprefix(PROPERTIES).split(".")[0] in self.properties
        )


def faults_of_nodes(start: str, nodes: Nodes) -> list[Wrong]:
    """What is wrong with them, with the places in the journey's document. Ways to nowhere are told alone: all else follows from them."""
    if len(nodes) > MAX_NODES:
        return [(("nodes",), "nodes_too_many", f"a journey has at most {MAX_NODES} nodes; let one journey enter another")]
    unknown = list(_unknown(start, nodes))
    if unknown:
        return unknown
    reached = _reached([start], {name: [to for _, to, _ in node.ways()] for name, node in nodes.items()})
    lost = [name for name in nodes if name not in reached]
    return [
        *(_wrong(name, "node_unreachable", "no way leads here; take the node out or lead to it") for name in lost),
        *_endless(nodes, reached),
        *_timeless({name: node for name, node in nodes.items() if name in reached}),
    ]


def faults_of_matches(events: Iterable[tuple[str, Happening]], nodes: Nodes, brings: Brings) -> Iterator[Wrong]:
    """Matches that can never hold: with messages of a node that sends none, with what no entry of the journey brings along."""
    for place, one in events:
        for path, known in one.match.items():
            yield from _faults_of_known((*place.split("/"), "match", path), known, nodes, brings)


def faults_of_keys(nodes: Nodes, brings: Brings) -> Iterator[Wrong]:
    """The same for the keys by which other journeys are entered."""
    for name, node in nodes.items():
        for place, act in enumerate(node.do if isinstance(node, DoNode) else ()):
            if isinstance(act, EnterJourney) and act.key:
                yield from _faults_of_known(("nodes", name, "do", place, "key"), act.key, nodes, brings)


def faults_of_dates(nodes: Nodes, brings: Brings) -> Iterator[Wrong]:
    """The same for the dates that nodes wait for."""
    for name, node in nodes.items():
        if isinstance(node, WaitNode) and isinstance(node.wait, UntilDate):
            yield from _faults_of_known(("nodes", name, "wait", "date"), node.wait.date, nodes, brings)


def happenings(nodes: Nodes) -> Iterator[tuple[str, Happening]]:
    """The events that nodes wait for, with their places in the document."""
    for name, node in nodes.items():
        if isinstance(node, WaitForNode):
            yield from ((f"nodes/{name}/{path}", one) for path, one in node.awaited if isinstance(one, Happening))


def _unknown(start: str, nodes: Nodes) -> Iterator[Wrong]:
    if start not in nodes:
        yield ("start",), "node_unknown", f"there is no node {start}"
    for name, node in nodes.items():
        for path, to, _ in node.ways():
            if to not in nodes:
                yield ("nodes", name, *path.split("/")), "node_unknown", f"there is no node {to}"


def _endless(nodes: Nodes, reached: set[str]) -> Iterator[Wrong]:
    """Nodes from which no exit can be reached."""
    back: dict[str, list[str]] = {name: [] for name in nodes}
    for name, node in nodes.items():
        for _, to, _ in node.ways():
            back[to].append(name)
    ending = _reached([name for name, node in nodes.items() if isinstance(node, ExitNode)], back)
    for name in nodes:
        if name in reached and name not in ending:
            yield _wrong(name, "no_end", "no way from here leads to an exit node")


def _timeless(nodes: Nodes) -> Iterator[Wrong]:
    """A ring of ways on which no time need pass: a run would go round for ever in one moment."""
    quick = {name: sorted({to for _, to, timed in node.ways() if not timed}) for name, node in nodes.items()}
    try:
        TopologicalSorter(quick).prepare()
    except CycleError as error:
        ring = list(reversed(error.args[1]))[:-1]
        first = next(name for name in nodes if name in ring)
        turned = ring[ring.index(first) :] + ring[: ring.index(first)]
        way = " → ".join([*turned, first])
        yield _wrong(first, "loop_without_wait", f"{way} goes round without waiting; put a wait for a length or a time of the day into it")


def _reached(start: Iterable[str], ways: Mapping[str, Iterable[str]]) -> set[str]:
    found, left = set[str](), list(start)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += ways[name]
    return found


def _faults_of_known(place: Place, known: str, nodes: Nodes, brings: Brings) -> Iterator[Wrong]:
    if known.startswith(SENDS) and not isinstance(nodes.get(known.removeprefix(SENDS)), SendNode):
        yield place, "match_unknown", f"{known.removeprefix(SENDS)} is no node that sends"
    elif not brings.has(known):
        there = ", ".join(sorted(PROPERTIES + one for one in brings.properties or ())) or "nothing but entry.time and entry.name"
        yield place, "match_unknown", "the entry names no key" if known == ENTRY_KEY else f"the entry of this journey brings along {there}"


def _wrong(name: str, code: str, detail: str) -> Wrong:
    return ("nodes", name), code, detail
