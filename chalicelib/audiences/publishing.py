"""Rules go in force and out of it: the kinds of rules, and the next plan, which is written together with every change of them.

Importing this module makes the kinds known.
"""

from collections.abc import Iterable
from typing import Any

from chalicelib.audiences import passes, planbook
from chalicelib.audiences.demands import Reference
from chalicelib.audiences.documents import MODELS, RuleDocument, ScoreDocument, document_of, references_in
from chalicelib.audiences.kinds import PUBLIC_KINDS, RuleKind
from chalicelib.audiences.plans import Published, next_plan
from chalicelib.audiences.points_given import faults_of_score
from chalicelib.audiences.rules import compile_rules
from chalicelib.definitions.kinds import Change, Write, kind_of, register
from chalicelib.errors import Conflict, DocumentInvalid, Fault
from chalicelib.settings import settings


def model_of(kind: RuleKind) -> type[RuleDocument]:
    """What the documents of a kind look like."""
    return MODELS[kind]


def references(kind: str, document: Any) -> list[Reference]:
    """The definitions that a document asks for, with the places; none for other kinds. Raises DocumentInvalid."""
    checked = kind_of(kind).checked(document)
    return references_in(checked) if isinstance(checked, RuleDocument) else []


def _next_plan(change: Change) -> Write:
    """What has to be written so that the rules follow a change of one definition.

    Raises DocumentInvalid when the definitions would not fit together, Conflict when others ask for what goes, TooLarge.
    """
    before = planbook.newest()
    others = [one for one in before.definitions if one.key != (change.kind, change.name)]
    if change.version is None or change.document is None:
        _refuse_used(change, others)
        wanted = others
    else:
        _refuse_pointless(change, others)
        wanted = [*others, Published(change.kind, change.name, change.version, change.document)]
    after = next_plan(before, wanted)
    compile_rules(after, settings().time_scale, about=(change.kind, change.name))
    return planbook.writes(before, after, change.at)


def _refuse_used(change: Change, others: Iterable[Published]) -> None:
    """Also where a definition could do without: what it asks for would silently mean something else."""
    faults = [
        Fault(f"{_shown(one)}/{reference.path}", "reference_in_use", f"{_shown(one).replace('/', ' ')} asks for it at {reference.path}")
        for one in others
        for reference in references_in(document_of(one.kind, one.document))
        if _means(reference, change)
    ]
    if faults:
        raise Conflict("other definitions in force ask for this one: " + "; ".join(one.detail for one in faults), faults)


def _refuse_pointless(change: Change, others: Iterable[Published]) -> None:
    """A score that somebody gives points goes on counting them."""
    document = document_of(change.kind, change.document)
    if isinstance(document, ScoreDocument) and (faults := list(faults_of_score(change.name, document, others))):
        raise DocumentInvalid("journeys in force give this score points that it would not count", faults)


def _shown(one: Published) -> str:
    """A definition as operators know it."""
    return f"journeys/{one.name}" if one.kind == RuleKind.QUESTIONS else f"{one.kind}/{one.name}"


def _means(reference: Reference, change: Change) -> bool:
    """Of the life cycle there is one, so that nobody names it."""
    return reference.kind == change.kind and (reference.name == change.name or reference.kind is RuleKind.LIFECYCLE)


def _begin_pass(at: int) -> None:
    passes.ensure_started(planbook.stored(), at)


def _only_one(_: Any) -> Iterable[str]:
    return (RuleKind.LIFECYCLE.value,)


def _none(_: Any) -> Iterable[str]:
    return ()


for _kind in PUBLIC_KINDS:
    register(_kind.value, MODELS[_kind], _only_one if _kind is RuleKind.LIFECYCLE else _none, _next_plan, _begin_pass)
