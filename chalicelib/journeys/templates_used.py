"""Which nodes of which versions of journeys send a template: their reports are a part of the template's."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.definitions import store as definitions
from chalicelib.definitions.records import VersionRecord, number_of, version_key, whole
from chalicelib.journeys.engine.messages import report_of

KIND: Final = "journeys"
_AT_ONCE: Final = 200  # definitions of one page
_VERSIONS: Final = "v#"


def reports_sending(template: str) -> Iterator[tuple[str, str]]:
    """(journey, report) of every node that sends nothing but a template, in whichever version was ever in force.

    A node that notifies staff by several templates counts for none of them: its report does not tell them apart.
    """
    for name in _names():
        for record in VersionRecord.query(version_key(KIND, name, 0)[0], VersionRecord.sk.startswith(_VERSIONS)):
            if whole(record.published_at) and f'"{template}"' in record.d:
                nodes = json.loads(record.d)["nodes"]
                yield from ((name, report_of(name, number_of(record), node)) for node in nodes if sent_at(nodes[node]) == {template})


def sent_at(node: Mapping[str, Any]) -> set[str]:
    """The templates that a node of a document sends. Pure."""
    found = {node["send"]["template"]} if "send" in node else set()
    for act in node.get("do", ()):
        found |= {act["webhook"]} if "webhook" in act else {act["notify"]["template"]} if "notify" in act else set()
    return found


def _names() -> Iterator[str]:
    cursor: str | None = None
    while True:
        page = definitions.list_definitions(KIND, _AT_ONCE, cursor)
        yield from (one.name for one in page.items)
        if page.next is None:
            return
        cursor = page.next
