"""Whether what a journey names is in force, and can do what is asked of it."""

from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.audiences.documents import ScoreDocument
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.points_given import CODE, rule_for, takes_points
from chalicelib.definitions import store
from chalicelib.errors import Fault
from chalicelib.events.model import Json
from chalicelib.journeys.definition.documents import KIND, JourneyDocument
from chalicelib.journeys.definition.naming import NamedTemplate, entered_in, heard_in, ring_of, scores_in, templates_in
from chalicelib.journeys.in_force.pages import Book
from chalicelib.messages.liquid import Path
from chalicelib.messages.templates.documents import KIND as TEMPLATES
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName

ENTRY_FIELDS: Final = frozenset({"name", "time", "key"})  # beside its properties


def faults_of(name: str, written: Json, book: Book) -> Iterator[Fault]:
    """What a checked document names that is not there, or cannot do it, with the places. `book` are the journeys in force so far."""
    document = JourneyDocument.model_validate(written)
    for named in templates_in(document):
        yield from _faults_of_template(named, document)
    for one in scores_in(document):
        yield from _faults_of_score(one.path, one.name)
    yield from _faults_of_journeys(name, written, book)


def _faults_of_template(named: NamedTemplate, document: JourneyDocument) -> Iterator[Fault]:
    found = store.published(TEMPLATES, named.template)
    if found is None:
        yield Fault(named.place, "template_unknown", f"no template {named.template} is in force; publish it first")
        return
    template = TemplateDocument.model_validate(found.document)
    yield from _faults_of_channels(named, template, found.version)
    yield from _faults_of_variables(named, template, properties=document.brings_properties)


def _faults_of_channels(named: NamedTemplate, template: TemplateDocument, version: int) -> Iterator[Fault]:
    there = template.bodies()
    if not named.channels and set(there) == {ChannelName.MASS}:
        yield Fault(named.place, "channel_missing", "the template has words for mass only, which go to many at once")
    for place, channel in enumerate(named.channels):
        if channel not in there:
            detail = f"version {version} of the template {named.template} has no words for {channel}; it has {', '.join(there)}"
            yield Fault(f"{named.path}/channels/{place}" if named.key == "template" else named.place, "channel_missing", detail)


def _faults_of_variables(named: NamedTemplate, template: TemplateDocument, *, properties: bool) -> Iterator[Fault]:
    """What a text asks for and a journey does not have. Which properties the entry has shows when somebody comes in."""
    meant = named.channels or tuple(one for one in template.bodies() if one is not ChannelName.MASS)
    for channel, path, asked, excused in template.asked():
        if channel in meant and not excused and _lacks(named, asked, properties=properties):
            shown = ".".join(asked)
            detail = (
                f"channels/{channel}/{path} of the template asks for {shown}: a journey tells of entry., person. and the node's own data."
            )
            yield Fault(named.place, "variable_unknown", detail)


def _lacks(named: NamedTemplate, asked: Path, *, properties: bool) -> bool:
    match asked:
        case _ if named.data is None:
            return False
        case ("entry", "properties", *_):
            return not properties
        case ("entry", field, *_):
            return field not in ENTRY_FIELDS
        case ("data", name, *_):
            return name not in named.data
    return asked[0] == "event"


def _faults_of_score(path: str, name: str) -> Iterator[Fault]:
    found = store.published(RuleKind.SCORES.value, name)
    if found is not None and not takes_points(name, ScoreDocument.model_validate(found.document)):
        yield Fault(path, CODE, f"the score {name} does not count points that are given; add the rule {rule_for(name)}")


def _faults_of_journeys(name: str, written: Json, book: Book) -> Iterator[Fault]:
    known = {other: kept.document for other, page in book.pages.items() if (kept := page.current) is not None} | {name: written}
    for one in [*entered_in(written), *heard_in(written)]:
        if one.name not in known:
            yield Fault(one.path, "reference_unknown", f"no journey {one.name} is in force; publish it first")
    for one in entered_in(written):
        if one.name in known and not known[one.name]["entry"].get("api"):
            detail = f"only a journey whose entry is {{'api': true}} can be entered from another; {one.name} is not"
            yield Fault(one.path, "journey_closed", detail)
    if not written["entry"].get("api"):
        yield from faults_of_entering(name, book)
    yield from _faults_of_rings(name, known)


def faults_of_entering(name: str, book: Book) -> Iterator[Fault]:
    """Other journeys in force that let people into this one."""
    for other, page in book.pages.items():
        for one in entered_in(page.current.document) if other != name and page.current is not None else ():
            if one.name == name:
                detail = f"the journey {other} lets people into it at {one.path}"
                yield Fault(f"{KIND}/{other}/{one.path}", "reference_in_use", detail)


def _faults_of_rings(name: str, known: Mapping[str, Json]) -> Iterator[Fault]:
    heard = {other: frozenset(one.name for one in heard_in(document)) for other, document in known.items()}
    entered = {other: frozenset(one.name for one in entered_in(document)) for other, document in known.items()}
    ring = ring_of(name, heard, entered)
    if ring is not None:
        detail = f"{ring[1]} begins when {ring[0]} lets people in or out, and leads back to it: they would set one another going for ever"
        yield Fault("entry", "definition_cycle", detail)
