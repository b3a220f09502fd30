"""Rules put in force as an operator does, for tests about what follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import PUBLIC_KINDS, RuleKind
from chalicelib.audiences.plans import Plan, Published, next_plan
from chalicelib.audiences.publishing import model_of
from chalicelib.definitions import store
from chalicelib.definitions.kinds import kind_of
from chalicelib.definitions.model import Definition
from infra.definition_files import Filed, read_folder
from infra.definition_import import in_order
from infra.paths import ROOT
from tests.support.aws import Stack, memory_stack

EXAMPLES = ROOT / "docs" / "examples"
PUBLISHED_AT = 1_795_200_000_000


@contextmanager
def definitions_stack() -> Iterator[Stack]:
    """What publishing needs and nothing else, which is made ten times as fast as a whole data plane."""
    with memory_stack(only=["definitions", "keys"]) as stack:
        stack.client("sqs").create_queue(QueueName=stack.table("passes"))
        yield stack


def put_in_force(kind: str, name: str, document: Any, at: int = PUBLISHED_AT) -> Definition:
    """Drafts and publishes a definition; this process knows the new plan at once."""
    store.draft(kind, name, document, by="test", at=at)
    made = store.publish(kind, name, by="test", at=at)
    planbook.forget()
    return made


def examples(folder: Path = EXAMPLES) -> list[Filed]:
    """The examples of the documentation that are rules, each after those that it refers to."""
    rules = {kind.value for kind in PUBLIC_KINDS}
    return in_order([one for one in read_folder(folder) if one.kind in rules])


def plan_of(*definitions: tuple[str, str, Any]) -> Plan:
    """The plan of (kind, name, document)s, as if they had been published at once; no store is needed."""
    for kind, _, document in definitions:
        model_of(RuleKind(kind)).model_validate(document)
    return next_plan(Plan(), [Published(kind, name, 1, kind_of(kind).written(document)) for kind, name, document in definitions])
