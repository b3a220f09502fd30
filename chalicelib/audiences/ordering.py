"""In which order rules are applied: what one asks for is decided before it. Pure.

Events that rules write count as well: a segment that looks at `$segment_entered` of another one asks for that one. So no ring can arise in
which two rules set each other off for ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from chalicelib.audiences.conditions import ScoreTest, placed
from chalicelib.audiences.demands import Reference
from chalicelib.audiences.documents import LifecycleDocument, RuleDocument, ScoreDocument, references_in
from chalicelib.audiences.facts import Reference as Key
from chalicelib.audiences.kinds import RuleKind
from chalicelib.errors import DocumentInvalid, Fault

Documents = Mapping[Key, RuleDocument]
_CALLED = {
    RuleKind.SCORES: "score",
    RuleKind.TAGS: "tag with rules",
    RuleKind.SEGMENTS: "segment",
    RuleKind.LIFECYCLE: "life cycle with a stage",
    RuleKind.DERIVED: "derived attribute",
    RuleKind.QUESTIONS: "question",
}


def dependencies_of(documents: Documents, about: Key | None = None) -> dict[Key, dict[Key, str]]:
    """What each definition asks for, with the path of the place that does.

    Raises DocumentInvalid (`reference_unknown`) when something is asked for that there is not. Paths are those within the document of the
    definition `about`; in front of those of other documents stand kind and name.
    """
    found: dict[Key, dict[Key, str]] = {}
    faults: list[Fault] = []
    for key, document in documents.items():
        found[key] = {}
        for reference in references_in(document):
            asked = _key_of(reference, documents)
            if asked is not None:
                found[key].setdefault(asked, reference.path)
            elif not reference.optional:
                faults.append(_unknown(_placed(key, reference.path, about), f"{_CALLED[reference.kind]} {reference.name}".strip()))
        faults += (_unknown(_placed(key, path, about), f"band {name}") for path, name in _unknown_bands(document, documents))
    if faults:
        raise DocumentInvalid("the rules ask for what is not published; the places are named in `errors`", faults)
    return found


def ordered(dependencies: Mapping[Key, Mapping[Key, str]], about: Key | None = None) -> list[Key]:
    """All definitions, each after those that it asks for. Raises DocumentInvalid (`definition_cycle`) for those that ask in a ring."""
    sorter = TopologicalSorter({key: sorted(dependencies[key]) for key in sorted(dependencies)})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        ring = list(reversed(error.args[1]))[:-1]  # each asks for the next one, and the last for the first
    start = ring.index(about) if about in ring else ring.index(min(ring))
    ring = ring[start:] + ring[:start]
    path = dependencies[ring[0]][ring[1] if len(ring) > 1 else ring[0]]
    names = " → ".join("/".join(key) for key in [*ring, ring[0]])
    fault = Fault(_placed(ring[0], path, about), "definition_cycle", f"each of these needs the next one to be decided first: {names}")
    raise DocumentInvalid("the rules ask for one another in a ring", [fault])


def effective(order: Sequence[Key], dependencies: Mapping[Key, Mapping[Key, str]], since: Mapping[Key, int]) -> dict[Key, int]:
    """From which version of the plan on each definition applies: when it and all that it asks for, near or far, do."""
    found: dict[Key, int] = {}
    for key in order:
        found[key] = max([since[key], *(found[asked] for asked in dependencies[key])])
    return found


def _key_of(reference: Reference, documents: Documents) -> Key | None:
    if reference.kind is not RuleKind.LIFECYCLE:
        key = (reference.kind.value, reference.name)
        return key if key in documents else None
    for key, document in documents.items():
        if isinstance(document, LifecycleDocument) and reference.name in {"", *(stage.name for stage in document.stages)}:
            return key
    return None


def _unknown_bands(document: RuleDocument, documents: Documents) -> Iterator[tuple[str, str]]:
    """(path, band) of every condition that asks for a band that its score does not have."""
    for place, condition in document.conditions():
        for path, node in placed(condition, place):
            if isinstance(node, ScoreTest) and node.band is not None:
                score = documents.get((RuleKind.SCORES, node.score))
                if isinstance(score, ScoreDocument) and node.band not in {band.name for band in score.bands}:
                    yield f"{path}/band", node.band


def _unknown(path: str, what: str) -> Fault:
    return Fault(path, "reference_unknown", f"there is no {what} in force; publish it first")


def _placed(key: Key, path: str, about: Key | None) -> str:
    return path if key == about else "/".join([*key, path])
