"""A version of a journey as it would be in force: what it names is looked up, and the rules are made that know its questions."""

from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import Plan, next_plan
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.errors import DocumentInvalid
from chalicelib.events.model import Json
from chalicelib.journeys.definition.questions import name_of, with_questions
from chalicelib.journeys.in_force.pages import Book
from chalicelib.journeys.in_force.references import faults_of
from chalicelib.settings import settings


def tried(name: str, version: int, document: Json, before: Book, plan_before: Plan) -> Rules:
    """The rules with the questions of a version, whose plan follows on the one before. Nothing is written.

    Raises DocumentInvalid for what is named and not in force.
    """
    if faults := list(faults_of(name, document, before)):
        raise DocumentInvalid("the journey cannot go in force as it is; the places are named in `errors`", faults)
    plan = next_plan(plan_before, with_questions(plan_before.definitions, name, version, document))
    return compile_rules(plan, settings().time_scale, about=(RuleKind.QUESTIONS.value, name_of(name, version)))
