"""What a journey asks of people, as the rules hold it: so whatever it needs is counted, and nothing that it names is taken away. Pure.

Each version that somebody may be inside of has a definition of the kind `questions` in the rules' plan, called `<journey>@<version>`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import Published
from chalicelib.events.model import Json
from chalicelib.events.reserved import Derived
from chalicelib.journeys.definition.rank_documents import question_of

_DERIVED: Final = frozenset(Derived)


def name_of(journey: str, version: int) -> str:
    """What the questions of a version are called among the rules."""
    return f"{journey}@{version}"


def questions_of(document: Mapping[str, Any]) -> Json:
    """The document of a journey's questions: its conditions and the events of rules that it hears, by their places; {} for none."""
    asked, heard = dict[str, Any](), dict[str, Any]()
    _of_entry(document["entry"], asked, heard)
    for place, one in enumerate(document.get("exit", ())):
        _of_event(f"exit/{place}", one, asked, heard)
    if "goal" in document:
        _of_event("goal", document["goal"], asked, heard)
    for name, node in document["nodes"].items():
        _of_node(f"nodes/{name}", node, asked, heard)
    return {key: found for key, found in (("questions", asked), ("events", heard)) if found}


def with_questions(definitions: Iterable[Published], name: str, version: int, document: Mapping[str, Any]) -> list[Published]:
    """The definitions of a plan, with the questions of a version put in."""
    asked = questions_of(document)
    kept = without(definitions, name, version)
    return [*kept, Published(RuleKind.QUESTIONS.value, name_of(name, version), version, asked)] if asked else kept


def without(definitions: Iterable[Published], name: str, version: int) -> list[Published]:
    """The definitions of a plan without those questions."""
    key = (RuleKind.QUESTIONS.value, name_of(name, version))
    return [one for one in definitions if one.key != key]


def _of_entry(entry: Mapping[str, Any], asked: dict[str, Any], heard: dict[str, Any]) -> None:
    if "segment" in entry:
        asked["entry"] = {"segment": entry["segment"]}
    if "rank" in entry:
        asked["entry/rank/by"] = question_of(entry["rank"])
    if "event" in entry:
        _of_event("entry", entry, {}, heard)
    if "then_not" in entry:
        _of_event("entry/then_not", entry["then_not"], asked, heard)


def _of_node(place: str, node: Mapping[str, Any], asked: dict[str, Any], heard: dict[str, Any]) -> None:
    for number, way in enumerate(node.get("branch", ())):
        asked[f"{place}/branch/{number}/where"] = way["where"]
    for number, act in enumerate(node.get("do", ())):
        if "add_score" in act:  # nobody asks for it, but it has to stay
            asked[f"{place}/do/{number}/add_score"] = {"score": act["add_score"]["score"], "gte": 0}
    awaited = node.get("wait_for", ())
    if isinstance(awaited, Mapping):
        _of_event(f"{place}/wait_for", awaited, asked, heard)
        return
    for number, one in enumerate(awaited):
        _of_event(f"{place}/wait_for/{number}", one, asked, heard)


def _of_event(place: str, one: Mapping[str, Any], asked: dict[str, Any], heard: dict[str, Any]) -> None:
    if "event" not in one:
        asked[place] = {"segment": one["segment"]}
    elif one["event"] in _DERIVED:
        heard[place] = {key: one[key] for key in ("event", "where") if key in one}
